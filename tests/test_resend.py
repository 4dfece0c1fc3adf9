"""Deliveries that are sent again: the same in everything but the moment, or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Final

import pytest
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.errors import NotReproducible
from conformance.exchange import Delivery, Failure, Request
from conformance.kit import Kit, Secrets
from conformance.platform.description import Description
from conformance.resend.remaking import Orders, Remade, remade
from conformance.scenarios.story import STORIES
from conformance.transcript import Outcome, Play, RunHeader, Transcript
from conformance.wire import PLAIN, Form
from kit_process import SECRETS, free_port
from kit_run import run_kit, settings_for
from kits import PARTNER
from partner_set_up import set_up
from signed_platforms import described
from verifying import Verifier, played, scene

_LATER: Final = 100_000.0
# One of each kind: several signatures in a header, one header for all, a pair of keys, and those of other standards.
_SCHEMES: Final = ("standard-webhooks", "stripe", "discord", "rfc9421", "jws")
# What a verifier with a defect answers otherwise than a right one: the story, its parameter, and in which role.
_CAUGHT_BY: Final = {
    "accepts-unsigned-events": ("forged-event", "no-signature", "forged"),
    "accepts-any-signature": ("forged-event", "another-key", "forged"),
    "accepts-empty-key": ("forged-event", "empty-key", "forged"),
    "compares-as-far-as-given": ("forged-event", "cut-short", "forged"),
    "takes-seconds-for-minutes": ("forged-event", "twice-the-tolerance", "forged"),
    "verifies-reserialised-body": ("forged-event", "white-space", "forged"),
    "accepts-old-signatures": ("forged-event", "one-day-old", "forged"),
    "accepts-future-signatures": ("forged-event", "from-the-future", "forged"),
    "believes-a-second-timestamp": ("forged-event", "stamped-twice", "forged"),
    "tries-neighbouring-seconds": ("forged-event", "one-second-off", "forged"),
    "ignores-signature-versions": ("forged-event", "unknown-version", "forged"),
    "believes-timestamps-that-are-none": ("forged-event", "timestamp-not-a-number", "forged"),
    "refuses-unusual-json": ("odd-but-genuine", "white-space", "odd"),
    "reads-first-signature-only": ("odd-but-genuine", "known-key-last", "odd"),
    "bears-no-skew": ("odd-but-genuine", "clock-behind", "odd"),
}
# What is drawn anew each time it is forged.
_DRAWN: Final = frozenset({"another-key", "repeated", "another-credential", "more-than-the-credential"})


def recorded(
    story: str, parameter: str, platform: Description, *, defect: str = ""
) -> tuple[Transcript, Kit, Verifier]:
    """The transcript of a play, with the kit and the verifier that were in it."""
    made, verifier, _ = played(scene(story, parameter), platform, defect=defect)
    (head,) = [r for r in made.journal.records if isinstance(r, RunHeader)]
    header = replace(head, started_at=made.clock.started_at(), description=platform.as_text())
    play = Play(id="p1", story=story, parameter=parameter, round=0, alone=True, outcome=Outcome.PLAYED)
    others = [r for r in made.journal.records if not isinstance(r, RunHeader)]
    return Transcript.from_records([header, *others, play]), made, verifier


def again(
    transcript: Transcript, delivery: Delivery, secrets: Secrets, *, later: float = _LATER, **orders: bool
) -> Remade:
    """The delivery, so many seconds after it was sent."""
    sent_at = datetime.fromisoformat(transcript.header.started_at).timestamp() + delivery.started
    given = Orders(partner_url=PARTNER, now=sent_at + later, random=Random(7), **orders)  # noqa: S311  # reproducible
    return remade(transcript, delivery, secrets, given)


def answer(verifier: Verifier, made: Remade, now: float) -> int | None:
    """What the verifier says to it at that time."""
    verifier.clock = lambda: now
    response = verifier.answer(made.request).response
    return response.status if response is not None else None


def deliveries(transcript: Transcript) -> Iterator[Delivery]:
    """The deliveries of the only play."""
    yield from transcript.plays[0].deliveries()


@pytest.mark.parametrize("preset", _SCHEMES)
@pytest.mark.parametrize("story", ["forged-event", "odd-but-genuine"])
def test_what_is_sent_again_is_answered_as_it_was(story: str, preset: str) -> None:
    """A day later, what was genuine is genuine, and what was forged is forged: a verifier says the same of both."""
    platform = described(preset)
    seen, expected = {}, {}
    for parameter in STORIES[story].parameters(platform):
        transcript, made, verifier = recorded(story, parameter, platform)
        for number, delivery in enumerate(deliveries(transcript)):
            name = f"{parameter} {number} {delivery.role}"
            expected[name] = delivery.status
            remade_one = again(transcript, delivery, made.secrets)
            seen[name] = answer(verifier, remade_one, made.clock.now + _LATER)

    assert expected == seen
    assert 200 in expected.values()


@pytest.mark.parametrize("defect", _CAUGHT_BY)
def test_what_a_defect_let_pass_passes_again(defect: str) -> None:
    """Whoever accepted a forgery, or refused what is genuine, does the same to what is sent again."""
    story, parameter, role = _CAUGHT_BY[defect]
    platform = described("standard-webhooks")
    transcript, made, verifier = recorded(story, parameter, platform, defect=defect)
    delivery = next(each for each in deliveries(transcript) if each.role == role)

    assert delivery.status == answer(verifier, again(transcript, delivery, made.secrets), made.clock.now + _LATER)
    assert delivery.succeeded is not delivery.genuine


@pytest.mark.parametrize("parameter", STORIES["forged-event"].parameters(described("standard-webhooks")))
def test_at_the_same_moment_it_is_the_same_to_the_byte(parameter: str) -> None:
    """Sent again without any time between, a delivery has the bytes that it had, but for what a forger draws anew."""
    transcript, made, _ = recorded("forged-event", parameter, described("standard-webhooks"))
    for delivery in deliveries(transcript):
        request = made.redactor.request(again(transcript, delivery, made.secrets, later=0.0).request)
        was = delivery.request
        if delivery.role == "forged" and parameter in _DRAWN:
            assert was.headers != request.headers
            was = replace(was, headers=request.headers)

        assert (was.method, was.target, was.body) == (request.method, request.target, request.body)
        assert was.headers == request.headers


def _genuine(preset: str = "standard-webhooks") -> tuple[Transcript, Kit, Verifier, Delivery]:
    transcript, made, verifier = recorded("forged-event", "another-key", described(preset))
    return transcript, made, verifier, next(deliveries(transcript))


def test_an_event_with_a_fresh_id_is_another_event() -> None:
    """The new id stands wherever the old one stood, and the signature covers it."""
    transcript, made, verifier, delivery = _genuine()
    fresh = again(transcript, delivery, made.secrets, fresh_ids=True)
    name = delivery.event_id.encode()

    assert name in delivery.request.body
    assert name not in fresh.request.body
    assert all(name not in value for _, value in fresh.request.headers)
    assert 200 == answer(verifier, fresh, made.clock.now + _LATER)
    assert any("new id" in remark for remark in fresh.remarks)


def test_another_secret_signs_what_is_genuine_and_is_told() -> None:
    """What was genuine is signed with the secret of the environment, also where the run had another one."""
    transcript, made, _, delivery = _genuine()
    other = replace(made.secrets, signing="whsec_" + "QUJD" * 8)
    sent = again(transcript, delivery, other)

    assert sent.request.header("webhook-signature") != delivery.request.header("webhook-signature")
    assert any("another signing secret" in remark for remark in sent.remarks)


def test_a_forgery_of_another_secret_is_not_sent() -> None:
    """Without the secret of the run nobody can tell how a forgery was made."""
    transcript, made, _, _ = _genuine()
    forged = next(each for each in deliveries(transcript) if each.role == "forged")
    other = replace(made.secrets, signing="whsec_" + "QUJD" * 8)

    with pytest.raises(NotReproducible, match="what is wrong with it cannot be told"):
        again(transcript, forged, other)


def test_a_secret_that_a_story_drew_is_not_replaced() -> None:
    """An event that was genuine under a key of its own cannot be signed again, and is not signed with another."""
    transcript, made, _ = recorded("key-change", "key-change", described("standard-webhooks"))
    by_role = {each.role: each for each in deliveries(transcript)}

    with pytest.raises(NotReproducible, match="a secret that its story drew for itself"):
        again(transcript, by_role["new-alone"], made.secrets)
    assert any("Signed anew" in remark for remark in again(transcript, by_role["retired"], made.secrets).remarks)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"failure": Failure.CANCELLED, "response": None}, "broke it off"),
        ({"request": Request("POST", PARTNER, (), b'{"a": "[secret api_key]"}')}, "a secret stood in its body"),
        ({"request": Request("GET", f"{PARTNER}?t=[secret webhook_token]")}, "a secret stood in its body"),
        ({"request": Request("POST", PARTNER, ((b"X-Odd", b"[unknown 0123abcd]"),), b"{}")}, "the header X-Odd"),
        ({"request": Request("PO ST", PARTNER)}, "no run writes"),
        ({"request": Request("P\u00d6ST", PARTNER)}, "no run writes"),
        ({"request": Request("POST", f"{PARTNER}?a b")}, "no run writes"),
        ({"request": Request("POST", PARTNER, ((b"X", b"1\r\nY: 2"),))}, "no run writes"),
        ({"request": Request("POST", PARTNER, ((b"X Y", b"1"),))}, "no run writes"),
    ],
)
def test_what_the_journal_does_not_hold_is_not_made_up(changes: dict[str, object], why: str) -> None:
    """Marks in place of secrets, and requests that were broken off, cannot be sent again."""
    transcript, made, _, delivery = _genuine()

    with pytest.raises(NotReproducible, match=why):
        again(transcript, replace(delivery, **changes), made.secrets)  # type: ignore[arg-type]  # of the right types


@pytest.mark.parametrize(
    ("header", "form", "remark"),
    [
        ((b"Transfer-Encoding", b"chunked"), Form(chunks=4), "chunks"),
        ((b"Expect", b"100-continue"), Form(expect=True), "100-continue"),
        ((b"Connection", b"close"), PLAIN, ""),
    ],
)
def test_the_form_on_the_wire_is_kept(header: tuple[bytes, bytes], form: Form, remark: str) -> None:
    """Chunks and expectations are made again, and nothing is said of a form that is plain."""
    transcript, made, _, delivery = _genuine()
    odd = replace(delivery, request=replace(delivery.request, headers=(*delivery.request.headers, header)))
    sent = again(transcript, odd, made.secrets)

    assert form == sent.form
    assert header not in sent.request.headers
    assert remark in " ".join(sent.remarks)
    assert not any("In the run" in each for each in sent.remarks)


def test_what_is_not_as_it_was_is_told() -> None:
    """Of what dripped, shared a connection or overlapped with others it is said that it now does not."""
    transcript, made, _, delivery = _genuine()
    play = transcript.plays[0]
    dripping = replace(delivery, role="dripping")
    shared = replace(play, parameter="reused-connection")
    crowd = replace(play, exchanges=(delivery, replace(delivery, id="another")))

    for odd, story, remark in (
        (dripping, play, "in pieces"),
        (delivery, shared, "shared a connection"),
        (delivery, crowd, "at the same time"),
    ):
        sent = again(replace(transcript, plays=(story,)), odd, made.secrets)
        assert [remark] == [remark for each in sent.remarks if each.startswith("In the run") and remark in each]


def test_a_key_in_the_address_comes_from_the_one_that_is_given_now() -> None:
    """The journal keeps a mark in its place, and nothing else of the old address counts."""
    transcript, made, _, delivery = _genuine()
    marked = replace(delivery, request=replace(delivery.request, target=f"{PARTNER}?code=[secret url_parameter]"))
    given = Orders(partner_url="http://other.example/?code=aB3dE5fG7hI9jK1l", now=0.0, random=Random(7))  # noqa: S311

    assert given.partner_url == remade(transcript, marked, made.secrets, given).request.target


# The command


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """The folder of a run that failed SIG-05, the URL of the partner that failed, and that of one that is right."""
    folder = tmp_path_factory.mktemp("failed")
    requirements = ("SIG-05",)
    with free_port() as port:
        api = f"http://127.0.0.1:{port}"
        with (
            set_up(folder / "wrong", "feewise", api, {"PARTNER_DEFECT": "accepts-old-signatures"}) as wrong,
            set_up(folder / "right", "feewise", api, {}) as right,
        ):
            settings = settings_for(
                wrong,
                "feewise",
                folder,
                requirements=requirements,
                environment=SECRETS,
                platform_bind=f"127.0.0.1:{port}",
            )
            run_kit(settings)
            yield folder / "reports", wrong, right


def resend(*words: str, **environment: str) -> Result:
    """What `webhook-conformance resend` does."""
    return CliRunner().invoke(main, ["resend", *words], env={**SECRETS, **environment})


def test_a_failed_item_is_sent_again(failed: tuple[Path, str, str]) -> None:
    """The partner that failed accepts the old signature once more, and a right one refuses it."""
    reports, wrong, right = failed
    fails = resend(str(reports), "sig-05", "--partner-url", wrong)
    passes = resend(str(reports / "report.json"), "SIG-05[one-day-old]", "--partner-url", right)

    assert (0, 0) == (fails.exit_code, passes.exit_code), fails.output + passes.output
    assert "in the run: status 200\nnow:        status 200" in fails.output
    assert "now:        status 401" in passes.output
    assert "expected  a refusal" in passes.output
    assert "FAIL SIG-05" in fails.output
    assert "A correct partner refuses it." in fails.output


def test_no_secret_is_printed(failed: tuple[Path, str, str]) -> None:
    """Neither what is sent nor what comes back shows a secret, and a line for the shell names its variable."""
    reports, wrong, _ = failed
    output = resend(str(reports), "SIG-05", "--partner-url", wrong).output
    output += resend(str(reports), "SIG-05", "--partner-url", wrong, "--print-curl").output
    keyed = f"{wrong}?code=aB3dE5fG7hI9jK1l"
    output += resend(str(reports), "SIG-05", "--partner-url", keyed).output
    output += resend(str(reports), "SIG-05", "--partner-url", keyed, "--print-curl").output

    assert "aB3dE5fG7hI9jK1l" not in output
    assert 2 == output.count("[secret url_parameter]")
    assert [] == [name for name, value in SECRETS.items() if value in output]
    assert '"${CONFORMANCE_WEBHOOK_TOKEN:?}"' in output


def test_the_line_for_the_shell_sends_the_same(failed: tuple[Path, str, str]) -> None:
    """A shell that has the token runs the line, and the partner answers as it did."""
    reports, wrong, _ = failed
    line = resend(str(reports / "journal.jsonl"), "SIG-05", "--partner-url", wrong, "--print-curl").stdout
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    done = subprocess.run(["sh", "-c", line], env={**os.environ, **SECRETS}, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("HTTP/1.1 200")
    assert "" == done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ACK-99", "--partner-url", "{wrong}"], "is no item and no exchange of this run"),
        (["c1", "--partner-url", "{wrong}"], "is no delivery"),
        (["SIG-05", "--partner-url", "nowhere"], "is not a http or https URL"),
        (["SIG-05", "--partner-url", ""], "is not a http or https URL"),
        (["SIG-05"], "--partner-url"),
    ],
)
def test_a_mistake_is_told(words: list[str], said: str, failed: tuple[Path, str, str]) -> None:
    """Nothing is sent, and the message says what is wrong."""
    reports, wrong, _ = failed
    result = resend(str(reports), *(word.format(wrong=wrong) for word in words))

    assert 2 == result.exit_code
    assert said in result.output


def test_secrets_are_needed_and_a_partner_too(failed: tuple[Path, str, str]) -> None:
    """Without the secrets nothing is made; where nobody listens the command ends with 3."""
    reports, _, _ = failed
    with free_port() as port:
        away = resend(str(reports), "SIG-05", "--partner-url", f"http://127.0.0.1:{port}")
    unset = resend(str(reports), "SIG-05", "--partner-url", "http://127.0.0.1:9", CONFORMANCE_SIGNING_SECRET="")

    assert (3, 2) == (away.exit_code, unset.exit_code)
    assert "CONFORMANCE_SIGNING_SECRET: is not set" in unset.output
