"""What `doctor` finds in set-ups that are broken, each in one way: the cause, and nothing else."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
import trustme
from click.testing import CliRunner

from conformance.cli import main
from conformance.delivery import Sent
from conformance.doctor.doctor import examine
from conformance.doctor.reach import certificate, reached
from conformance.doctor.secrets import RoundTrip
from conformance.doctor.symptom import CHECKS, Condition, Examination, State, Symptom
from conformance.doctor.telling import as_json, as_text
from conformance.doctor.variations import clocks, credentials, signatures
from conformance.doctor.welcome import endpoint, skew
from conformance.exchange import Delivery, Failure, Request, Response
from conformance.settings import read_settings
from conformance.stage import Stage
from conformance.tls import shake_hands, trusting
from conversations import conversing
from kit_process import SECRETS, free_port
from kits import kit
from partner_set_up import set_up
from senders import answers
from servers import serving, writing
from shipped import SECRETS as SHIPPED
from shipped import seeded, specification

_OTHER: Final = "another-value-8Kd2"
_LATER: Final = "import time\nours = time.time\ntime.time = lambda: ours() + 600\n"
SECRETS_OF_STANDARD: Final = {"CONFORMANCE_SIGNING_SECRET": "whsec_" + base64.b64encode(b"s" * 24).decode()}
_PAGE: Final = b"<!DOCTYPE html><html><head><title>Sign in \x1b[2J</title></head><body>::error::</body></html>"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A set-up: which check finds it, in which words, and what is wrong with the partner, its URL, or the kit's side.

    `{url}` is the partner's address, `{api}` that of the simulated platform, `{folder}` a folder of the test.
    """

    check: str
    words: str
    partner: Mapping[str, str] = field(default_factory=dict)
    url: str = "{url}"
    options: Mapping[str, object] = field(default_factory=dict)
    platform: str = "feewise"
    condition: Condition = Condition.CONFIGURATION


_SECRET: Final = SECRETS["CONFORMANCE_SIGNING_SECRET"]
_WRONG: Final = {
    "wrong-port": Wrong("partner", "nothing listens", url="http://127.0.0.1:{free}", condition=Condition.UNREACHABLE),
    "wrong-host": Wrong("partner", "no address", url="http://partner.invalid", condition=Condition.UNREACHABLE),
    "wrong-path": Wrong("endpoint", "nothing is served at /hooks", url="{url}/hooks"),
    "https-in-the-url": Wrong("tls", "wrong version number", url="https://{host}"),
    "wrong-secret": Wrong(
        "secrets", "CONFORMANCE_SIGNING_SECRET differs", partner={"CONFORMANCE_SIGNING_SECRET": _OTHER}
    ),
    "secret-in-base64": Wrong(
        "secrets",
        "encoded once more in base64",
        partner={"CONFORMANCE_SIGNING_SECRET": base64.b64encode(_SECRET.encode()).decode()},
    ),
    "secret-in-quotes": Wrong("secrets", "quotation marks", partner={"CONFORMANCE_SIGNING_SECRET": f'"{_SECRET}"'}),
    "secret-with-a-line-break": Wrong(
        "secrets", "ends in a line break", partner={"CONFORMANCE_SIGNING_SECRET": f"{_SECRET}\n"}
    ),
    "secrets-swapped": Wrong(
        "secrets",
        "verifies with CONFORMANCE_API_KEY",
        partner={"CONFORMANCE_SIGNING_SECRET": SECRETS["CONFORMANCE_API_KEY"]},
    ),
    "wrong-webhook-token": Wrong(
        "secrets", "CONFORMANCE_WEBHOOK_TOKEN differs", partner={"CONFORMANCE_WEBHOOK_TOKEN": _OTHER}
    ),
    "wrong-webhook-token-and-no-signature": Wrong(
        "secrets", "CONFORMANCE_WEBHOOK_TOKEN differs", {"CONFORMANCE_WEBHOOK_TOKEN": _OTHER}, platform="wawex"
    ),
    "clock-ten-minutes-ahead": Wrong("clock", " s ahead", partner={"PYTHONPATH": "{folder}/later"}),
    "wrong-api-address": Wrong("calls", "called nothing here", partner={"PARTNER_API_URL": "http://127.0.0.1:{free}"}),
    "wrong-api-address-and-thin": Wrong(
        "calls", "called nothing here", partner={"PARTNER_API_URL": "http://127.0.0.1:{free}"}, platform="wawex"
    ),
    "api-address-with-a-path": Wrong("calls", "no such operation", partner={"PARTNER_API_URL": "{api}/v2"}),
    "wrong-api-key": Wrong("calls", "X-API-KEY does not hold", partner={"CONFORMANCE_API_KEY": _OTHER}),
    "wrong-partner-id": Wrong(
        "calls", "X-CHANNEL-PARTNER-ID does not hold", partner={"CONFORMANCE_PARTNER_ID": _OTHER}
    ),
    "wrong-control-token": Wrong("control", "refuses the token", partner={"CONFORMANCE_CONTROL_TOKEN": _OTHER}),
    "wrong-control-path": Wrong("control", "nothing is served at", options={"partner_control_url": "{url}/controls"}),
    "wrong-control-port": Wrong(
        "control", "nothing listens", options={"partner_control_url": "http://127.0.0.1:{free}/control"}
    ),
    "port-in-use": Wrong("platform", "cannot listen", options={"platform_bind": "{host}"}),
}


def examined(folder: Path, url: str, *, platform: str = "feewise", **options: object) -> Examination:
    """What the doctor finds."""
    given = {"partner_url": url, "platform": platform, "conformance_set": ["waits.effect=6"], **options}
    return asyncio.run(examine(read_settings(given, SECRETS, folder)))


def told(examination: Examination, check: str) -> Symptom:
    """What was found by a check."""
    return next(symptom for symptom in examination.symptoms if symptom.check == check)


@pytest.mark.parametrize("name", _WRONG)
def test_a_broken_set_up_is_told_by_its_cause(name: str, tmp_path: Path) -> None:
    """The one check that finds it has a problem, in words that name the cause, and no other check has one."""
    wrong = _WRONG[name]
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "sitecustomize.py").write_text(_LATER, encoding="ascii")
    with free_port() as platform_port, free_port() as free:
        words = {"api": f"http://127.0.0.1:{platform_port}", "folder": str(tmp_path), "free": str(free)}
        partner = {key: value.format(**words) for key, value in wrong.partner.items()}
        with set_up(tmp_path / "partner", wrong.platform, words["api"], partner) as url:
            words |= {"url": url, "host": url.removeprefix("http://")}
            options = {
                "platform_bind": f"127.0.0.1:{platform_port}",
                "partner_control_url": "{url}/control",
                **wrong.options,
            }
            given = {key: str(value).format(**words) for key, value in options.items()}
            found = examined(tmp_path, wrong.url.format(**words), platform=wrong.platform, **given)

    assert [wrong.check] == [symptom.check for symptom in found.problems], as_text(found)
    assert wrong.words in found.problems[0].found, as_text(found)
    assert found.problems[0].remedy
    assert wrong.condition is found.condition
    assert list(CHECKS) == [symptom.check for symptom in found.symptoms]


@pytest.mark.parametrize("platform", ["feewise", "standard-webhooks", "wawex"])
def test_nothing_is_in_the_way_of_a_partner_that_is_right(platform: str, tmp_path: Path) -> None:
    """Every check of the embedded partner is fine, or says why nobody can tell."""
    found = examined(tmp_path, "demo", platform=platform)

    assert Condition.READY is found.condition, as_text(found)
    assert "is refused" in told(found, "secrets").found
    assert [] == [s.check for s in found.symptoms if s.state is not State.OK and s.check != "calls"], as_text(found)


def test_a_partner_that_verifies_nothing_is_no_matter_of_configuration(tmp_path: Path) -> None:
    """Whether secrets agree cannot be told there, and nothing is in the way of a run that will say so."""
    found = examined(tmp_path, "demo:accepts-any-signature")

    assert State.UNKNOWN is told(found, "secrets").state, as_text(found)
    assert Condition.READY is found.condition


def test_without_forgeries_none_is_sent(tmp_path: Path) -> None:
    """A look at a live system sends genuine events alone, and says what it left out."""
    found = examined(tmp_path, "demo", conformance_no_negative=True)

    assert "not tried" in told(found, "secrets").found
    assert Condition.READY is found.condition


@contextmanager
def _answering(status: str, content_type: str, body: bytes, *headers: str) -> Iterator[str]:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", f"Content-Type: {content_type}", *headers, "", ""]
    with conversing(writing("\r\n".join(lines).encode() + body)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("status", "content_type", "body", "headers", "words"),
    [
        ("200 OK", "text/html", _PAGE, (), r"a page for people answers a genuine event (status 200: Sign in \x1b[2J)"),
        ("200 OK", "text/plain", _PAGE, (), "a page for people"),
        ("200 OK", "text/html; charset=utf-8", b"<h1>Welcome</h1>", (), "a page for people"),
        ("404 No", "text/html", _PAGE, (), "nothing is served at /"),
        ("308 There", "text/plain", b"", ("Location: https://there.example/",), "sends elsewhere"),
        ("502 Bad", "text/plain", b"", (), "the partner behind it does not"),
        ("405 No", "application/json", b"{}", ("Allow: GET",), "takes no POST"),
        ("415 No", "application/json", b"{}", (), "content type application/json is refused"),
        ("429 Wait", "application/json", b"{}", (), "asks to wait"),
        ("500 Oh", "application/json", b"{}", (), "fails at a genuine event"),
    ],
)
def test_somebody_else_answers(
    status: str, content_type: str, body: bytes, headers: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """A page, a redirect, a gateway or a wrong place is told as such, and what it says is made harmless."""
    with _answering(status, content_type, body, *headers) as url, free_port() as port:
        found = examined(tmp_path, url, platform_bind=f"127.0.0.1:{port}")

    assert ["endpoint"] == [symptom.check for symptom in found.problems], as_text(found)
    assert words in as_text(found).replace("\n" + " " * 19, " ")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        ("204 No Content", b"", ("a genuine event is answered", "and so is a forged one")),
        ("200 OK", b"ok", ("a genuine event is answered", "and so is a forged one")),
        ("401 No", _PAGE, ("a genuine event is refused (status 401: Sign in", "a proxy or a login may stand before")),
    ],
)
def test_a_framework_calls_every_answer_a_page(
    status: str, body: bytes, words: tuple[str, str], tmp_path: Path
) -> None:
    """Flask says text/html of an empty answer, and makes a page of each refusal: it is the partner all the same."""
    with _answering(status, "text/html; charset=utf-8", body) as url, free_port() as port:
        found = examined(tmp_path, url, platform_bind=f"127.0.0.1:{port}")

    assert State.OK is told(found, "endpoint").state, as_text(found)
    assert [] == [each for each in words if each not in as_text(found).replace("\n" + " " * 19, " ")], as_text(found)


def test_a_server_of_tls_does_not_answer_plain_http(tmp_path: Path) -> None:
    """Whoever writes http:// where TLS is spoken is told to write https://."""
    with conversing(writing(b"\x15\x03\x01\x00\x02\x02\x46")) as port, free_port() as platform_port:
        url = f"http://127.0.0.1:{port}"
        found = examined(tmp_path, url, platform_bind=f"127.0.0.1:{platform_port}")

    assert "https://" in found.problems[0].remedy, as_text(found)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"no json", "answers no JSON"), (b'{"a": 1}', "something else than its offers"), (_PAGE, "a page for people")],
)
def test_an_endpoint_that_is_no_control_endpoint_is_told(answer: bytes, words: str, tmp_path: Path) -> None:
    """Whatever else answers 200 at the control URL is named by what it answers."""
    with (
        _answering("200 OK", "application/json", answer) as url,
        free_port() as port,
        set_up(tmp_path / "partner", "feewise", f"http://127.0.0.1:{port}", {}) as partner,
    ):
        found = examined(tmp_path, partner, platform_bind=f"127.0.0.1:{port}", partner_control_url=url)

    assert ["control"] == [symptom.check for symptom in found.problems], as_text(found)
    assert words in told(found, "control").found


# Without a partner in a process


def _certified(certificate_of: str) -> ssl.SSLContext:
    """A server's side with a certificate that nobody vouches for, or of an authority, for another name or expired."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    match certificate_of:
        case "itself":
            with authority.cert_pem.tempfile() as chain, authority.private_key_pem.tempfile() as key:
                context.load_cert_chain(chain, key)
        case name:
            authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("server", "words"),
    [("itself", "Nobody vouches"), ("127.0.0.1", "Its authority is not known")],
)
def test_a_certificate_that_does_not_verify_is_told_with_a_remedy(server: str, words: str) -> None:
    """A self-signed certificate is told from one whose authority is not known."""

    async def look() -> Symptom:
        async with serving(writing(b""), tls=_certified(server)) as url:
            return await certificate(url, trusting(), now=0.0)

    found = asyncio.run(look())

    assert State.PROBLEM is found.state
    assert found.remedy.startswith(words)


def test_a_certificate_that_verifies_tells_its_end() -> None:
    """The days that it is still good for are shown; near the end there is something to do."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    ours = trusting()
    authority.configure_trust(ours)

    async def look() -> tuple[Symptom, Symptom]:
        async with serving(writing(b""), tls=server) as url:
            until = (await shake_hands(url, ours, deadline=60)).valid_until
            assert until is not None
            return await certificate(url, ours, now=0.0), await certificate(url, ours, now=until - 5 * 86_400)

    far, near = asyncio.run(look())

    assert State.OK is far.state is near.state
    assert near.found.endswith("valid for another 5 days")
    assert ("", "Renew the certificate soon.") == (far.remedy, near.remedy)


def test_a_full_queue_is_no_refusal() -> None:
    """Where packets are dropped nothing is refused: a connection is waited for, and the firewall is named."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        found = asyncio.run(reached(f"http://127.0.0.1:{port}", within=0.5))
        for one in waiting:
            one.close()

    assert found.away
    assert "firewall" in found.remedy


def _delivery(
    response: Response | None, failure: Failure | None = None, url: str = "http://partner.example/"
) -> Delivery:
    return Delivery(
        id="d1",
        play="doctor",
        request=Request("POST", url),
        response=response,
        failure=failure,
        started=10.0,
        ended=11.0,
        role="doctor",
        genuine=True,
        event_id="e",
        event_type="t",
        object_type="o",
        object_id="i",
        version=1,
        correlation=None,
        attempt=1,
    )


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        (b"Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        (b"Thu, 01 Jan 1970 00:00:09 GMT", 0.0),
        (b"Thu, 01 Jan 1970 00:10:11 GMT", 600.0),
        (b"Thu, 01 Jan 1970 00:00:00 GMT", -9.0),
        (b"yesterday", None),
    ],
)
def test_the_clock_is_read_from_the_date_of_the_answer(date: bytes, ahead: float | None) -> None:
    """What the exchange took, and the second that the header leaves out, is no difference."""
    assert ahead == skew(_delivery(Response(200, ((b"Date", date),))), 0.0)


def test_an_answer_without_a_date_tells_no_time() -> None:
    """Nothing is guessed."""
    assert skew(_delivery(Response(200)), 0.0) is None


@pytest.mark.parametrize(
    ("failure", "url", "words"),
    [
        (Failure.TIMEOUT, "http://a.example", "no answer within"),
        (Failure.TOO_LARGE, "http://a.example", "larger than"),
        (Failure.CLOSED, "http://a.example", "does not answer as HTTP"),
        (Failure.CLOSED, "https://a.example", "got no answer"),
    ],
)
def test_an_answer_that_does_not_come_is_told(failure: Failure, url: str, words: str) -> None:
    """Each way of not answering has its words."""
    found = endpoint(_delivery(None, failure, url))

    assert found is not None
    assert words in found.found


@pytest.mark.parametrize("status", [200, 202, 400, 401, 403, 500])
def test_what_may_be_the_partners_own_answer_is_no_wrong_place(status: int) -> None:
    """Refusals and errors are looked into by others."""
    assert endpoint(_delivery(Response(status, (), b'{"error": "no"}'))) is None


def visited(*statuses: int) -> tuple[Symptom, list[Request]]:
    """What is said of the secrets of a partner that answers so, the last status ever after, and what it was sent."""
    left = list(statuses)
    sent: list[Request] = []

    def partner(request: Request) -> Sent:
        sent.append(request)
        return answers(request, status=left.pop(0) if len(left) > 1 else left[0])

    async def look() -> Symptom:
        trip = RoundTrip(Stage(kit("feewise", partner), "doctor", "", seeded()), negative=True)
        _, secrets = await trip.examine(await trip.send(), 0.0)
        return secrets

    return asyncio.run(look()), sent


def test_a_partner_that_accepts_now_and_then_has_no_cause() -> None:
    """A variation counts only while a genuine event is still refused: else it was chance."""
    found, _ = visited(401, 401, 401, 200)

    assert "no variation of the secrets is accepted" in found.found


def test_a_partner_that_accepts_a_variation_has_that_cause() -> None:
    """The first variation is accepted and a genuine event still is not: what is varied is what is wrong."""
    found, _ = visited(401, 401, 401, 200, 401)

    assert "base64url" in found.found or "the partner" in found.found
    assert "no variation" not in found.found


def test_a_partner_that_asks_to_wait_is_left_alone() -> None:
    """After too many refusals some partners shut the door: nothing more is tried."""
    found, sent = visited(401, 401, 401, 429)

    assert "no variation of the secrets is accepted" in found.found
    assert len(sent) < 8


def test_variations_are_tried_once_each() -> None:
    """No two variations send the same key, and none sends the right one."""
    d = specification("feewise").description
    keys = [v.wrapping.key for v in signatures(d, SHIPPED) if v.wrapping.key is not None]

    assert len(set(keys)) == len(keys)
    assert SHIPPED.signing.encode() not in keys
    assert b"" in keys


def test_a_platform_without_secrets_has_no_variations() -> None:
    """What is not there cannot be set wrongly."""
    signed, unsigned = (specification(name).description for name in ("standard-webhooks", "wawex"))

    assert [] == [*signatures(unsigned, SHIPPED), *clocks(unsigned, 600.0), *credentials(signed, SHIPPED)]


def test_what_the_partner_says_cannot_move_the_cursor() -> None:
    """Text of the partner is shown as text, in both forms."""
    symptom = Symptom.problem("endpoint", "says \x1b[2J\n::error::", "##[group]")
    found = Examination("P\x1b", "http://p", (symptom,))
    text, content = as_text(found), as_json(found)

    assert "\x1b" not in text + content
    assert "\n::" not in text
    assert "##[" not in text
    assert "configuration" == json.loads(content)["condition"]


# The command


def command(*words: str, **environment: str) -> tuple[int, str]:
    """The exit status and the output of `webhook-conformance doctor`."""
    result = CliRunner().invoke(main, ["doctor", *words], env=environment)
    return result.exit_code, result.output


def test_the_command_ends_with_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 when nothing is in the way, 2 for configuration, 3 when the partner is not reached."""
    monkeypatch.chdir(tmp_path)
    with free_port() as port:
        away = f"--partner-url=http://127.0.0.1:{port}"
        ready = command("--partner-url=demo", "--platform=standard-webhooks", "--json")
        missing = command(away, "--platform=feewise", CONFORMANCE_API_KEY="short")
        unreached = command(away, "--platform=wawex", "--platform-bind=127.0.0.1:0", **SECRETS)

    assert (0, 2, 3) == (ready[0], missing[0], unreached[0]), ready[1] + missing[1] + unreached[1]
    assert "ready" == json.loads(ready[1])["condition"]
    assert missing[1].count("problem  settings") > 2


def test_settings_come_from_the_same_file_as_those_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pyproject.toml names the platform; an option of a run that does not matter here is taken and ignored."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.webhook-conformance]\nplatform = "standard-webhooks"\n')
    status, output = command("--partner-url=demo", "--conformance-seed=7", "--requirement=ACK-01")

    assert 0 == status, output
    assert "Standard Webhooks" in output


@pytest.mark.parametrize(("partner", "words"), [("", "is missing"), ("hook", "not called here")])
def test_a_partner_that_cannot_be_examined_is_said_so(
    partner: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a URL there is nothing to look at, and hooks belong to pytest."""
    monkeypatch.chdir(tmp_path)
    status, output = command(f"--partner-url={partner}", "--platform=standard-webhooks", **SECRETS_OF_STANDARD)

    assert 2 == status
    assert words in output


def test_a_command_that_does_not_start_the_partner_is_configuration(tmp_path: Path) -> None:
    """Whoever asks the kit to start the partner has a command to mend."""
    with free_port() as port, free_port() as platform_port:
        found = examined(
            tmp_path,
            f"http://127.0.0.1:{port}",
            partner_command="python -c pass",
            partner_wait="0",
            platform_bind=f"127.0.0.1:{platform_port}",
        )

    assert ["partner"] == [symptom.check for symptom in found.problems]
    assert "--partner-command" in found.problems[0].remedy
    assert Condition.CONFIGURATION is found.condition
