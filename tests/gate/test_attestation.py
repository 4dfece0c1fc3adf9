"""Signed runs: whose key, which level, for how long, and everything that may be wrong with them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conformance.attestation import Statement, signed
from conformance.catalogue import shipped_catalogue
from conformance.cli import main
from conformance.gate.attested import Trust
from conformance.gate.attesting import vouched_for
from conformance.gate.decision import Answer, Check
from conformance.gate.files import Files
from conformance.gate.policy import Policy
from gated import Lines, Recorded, decided, told

_PARTNER: Final = Ed25519PrivateKey.generate()
_PLATFORM: Final = Ed25519PrivateKey.generate()
_NOW: Final = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class HandedIn:
    """A run with a nonce, whoever ran it."""

    files: Files
    policy: Policy

    def statement(self, **changes: Any) -> Statement:
        """What is signed of it."""
        found = vouched_for(self.files, shipped_catalogue(), platform=self.policy.platform, now=datetime.now(UTC))
        assert found.about is not None, found.refused
        about = replace(found.about, **{key: changes.pop(key) for key in ("nonce", "plan") if key in changes})
        statement = Statement(
            report=self.files.report_digest,
            journal=self.files.journal_digest,
            about=about,
            level=found.level.number,
            issued=datetime.now(UTC).isoformat(),
            expires=(datetime.now(UTC) + timedelta(days=1)).isoformat(),
        )
        return replace(statement, **changes)

    def check(self, envelope: bytes | None, policy: Policy | None = None, **trust: Any) -> Check:
        """What the gate says of it; the partner's key is trusted where no other is named."""
        keys = trust or {"partner_keys": (_PARTNER.public_key(),)}
        decision = decided(self.files, policy or self.policy, trust=Trust(envelope, **keys))
        return next(check for check in decision.checks if check.name == "attestation")


def _of(run: Recorded, **header: str) -> HandedIn:
    return HandedIn(
        run.forged(lambda lines: lines[0].update(header)), replace(run.policy, nonce=header.get("nonce", ""))
    )


@pytest.fixture(scope="module")
def by_partner(run: Recorded) -> HandedIn:
    """A run of the partner with a nonce of the platform."""
    return _of(run, nonce="4711")


@pytest.fixture(scope="module")
def by_platform(run: Recorded) -> HandedIn:
    """A run of the platform."""
    return _of(run, run_by="platform")


def test_with_the_key_alone_it_is_level_1(run: Recorded) -> None:
    """Nothing was changed since it was signed."""
    handed = HandedIn(run.files, run.policy)
    check = handed.check(signed(handed.statement(), _PARTNER).encode())

    assert Answer.OK is check.answer, check
    assert check.reasons[0].startswith("level 1: run by the partner; whoever holds the key")


def test_with_the_nonce_it_is_level_2(by_partner: HandedIn) -> None:
    """Only where the gate gave it."""
    envelope = signed(by_partner.statement(), _PARTNER).encode()
    asked, unasked = by_partner.check(envelope), by_partner.check(envelope, replace(by_partner.policy, nonce=""))

    assert "level 2" in asked.reasons[0]
    assert "level 1" in unasked.reasons[0]


def test_with_the_platform_s_key_it_is_level_3(by_platform: HandedIn) -> None:
    """Only where the platform ran it; its key vouches for a run of the partner as well, and makes no more of it."""
    envelope = signed(by_platform.statement(), _PLATFORM).encode()

    assert "level 3" in by_platform.check(envelope, platform_keys=(_PLATFORM.public_key(),)).reasons[0]


def test_a_partner_cannot_claim_the_platform_s_run(by_platform: HandedIn) -> None:
    """Its own key says nothing of that."""
    check = by_platform.check(signed(by_platform.statement(), _PARTNER).encode())

    assert Answer.NO is check.answer
    assert "it says that the platform ran this, and is signed with a key of the partner" in check.reasons


@pytest.mark.parametrize(("asked", "answer"), [(1, Answer.OK), (2, Answer.OK), (3, Answer.NO)])
def test_a_policy_asks_for_a_level(by_partner: HandedIn, asked: int, answer: Answer) -> None:
    """What is below it is refused."""
    envelope = signed(by_partner.statement(), _PARTNER).encode()

    assert answer is by_partner.check(envelope, replace(by_partner.policy, attestation=asked)).answer


def test_one_of_several_keys_will_do(by_partner: HandedIn) -> None:
    """As while keys change."""
    envelope = signed(by_partner.statement(), _PARTNER).encode()
    keys = (Ed25519PrivateKey.generate().public_key(), _PARTNER.public_key())

    assert Answer.OK is by_partner.check(envelope, partner_keys=keys).answer


def test_another_key_is_refused(by_partner: HandedIn) -> None:
    """Nobody knows whose it is."""
    check = by_partner.check(signed(by_partner.statement(), _PLATFORM).encode())

    assert (Answer.NO, True) == (check.answer, "no key that was named here has signed it" in check.reasons[0])


def test_none_is_refused_where_one_is_asked_for(by_partner: HandedIn) -> None:
    """With what to do."""
    no_key = decided(by_partner.files, replace(by_partner.policy, attestation=1))

    assert "webhook-conformance attest makes one" in by_partner.check(None).reasons[0]
    assert ("no key is named: --public-key or --platform-key",) == no_key.checks[-2].reasons


_DAY: Final = timedelta(days=1)
_WRONG: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "another report": ({"report": "0" * 64}, "it is about another report than this one"),
    "another journal": ({"journal": "0" * 64}, "it is about another journal than this one"),
    "another plan": ({"plan": "0" * 64}, f"it says plan {'0' * 64!r}, and that is"),
    "another nonce": ({"nonce": "4712"}, "it says nonce '4712', and that is '4711'"),
    "a level beyond": ({"level": 3}, "it claims level 3, which is not what such a run can have"),
    "expired": ({"expires": (_NOW - _DAY).isoformat()}, "it expired at"),
    "expired, in the time of another zone": (
        {"expires": (_NOW - timedelta(hours=1)).astimezone(timezone(timedelta(hours=5))).isoformat()},
        "it expired at",
    ),
    "of the future": ({"issued": (_NOW + _DAY).isoformat()}, "it was signed in the future"),
    "before the run": ({"issued": (_NOW - _DAY).isoformat()}, "it was signed before the run had ended"),
    "without a time": ({"issued": "soon"}, "it does not say from when to when it holds"),
    "with a time of another kind": ({"expires": None}, "it does not say from when to when it holds"),
}


@pytest.mark.parametrize("name", _WRONG)
def test_a_statement_that_is_not_true_is_refused(by_partner: HandedIn, name: str) -> None:
    """Although the key is the right one."""
    changes, says = _WRONG[name]
    check = by_partner.check(signed(by_partner.statement(**changes), _PARTNER).encode())

    assert Answer.NO is check.answer
    assert [reason for reason in check.reasons if reason.startswith(says)], check.reasons


@pytest.mark.parametrize(("minutes", "answer"), [(4, Answer.OK), (6, Answer.NO)])
def test_clocks_may_differ_by_five_minutes(by_partner: HandedIn, minutes: int, answer: Answer) -> None:
    """So much before the end of its run, or before now, a run may seem to be signed, and no more."""
    claims = json.loads(by_partner.files.report)
    ended = datetime.fromisoformat(claims["started_at"]) + timedelta(seconds=claims["duration"])
    early, late = ended - timedelta(minutes=minutes), datetime.now(UTC) + timedelta(minutes=minutes)
    envelopes = [signed(by_partner.statement(issued=at.isoformat()), _PARTNER).encode() for at in (early, late)]

    assert [answer] * 2 == [by_partner.check(envelope).answer for envelope in envelopes]


def test_a_time_without_a_zone_is_utc(by_partner: HandedIn) -> None:
    """As the kit means it."""
    later = (datetime.now(UTC) + _DAY).replace(tzinfo=None).isoformat()

    assert Answer.OK is by_partner.check(signed(by_partner.statement(expires=later), _PARTNER).encode()).answer


def _envelope(statement: Any, /, **changes: Any) -> bytes:
    """An envelope with this payload, signed as it should be."""
    from conformance import attestation

    content = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    signature = _PARTNER.sign(attestation._authenticated(content))  # nobody else signs what is wrong
    envelope = {
        "payloadType": "application/vnd.in-toto+json",
        "payload": base64.b64encode(content).decode(),
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps({**envelope, **changes}).encode()


@pytest.mark.parametrize(
    ("envelope", "says"),
    [
        (b"", "it is not a JSON object"),
        (b"[" * 100_000, "it is not a JSON object"),
        (b"[]", "it is not a JSON object"),
        (b"\xff", "it is not a JSON object"),
        (b"{}", "it is not an envelope with an in-toto statement"),
        (_envelope({}, payloadType="text/plain"), "it is not an envelope with an in-toto statement"),
        (_envelope({}, signatures={}), "it is not an envelope with an in-toto statement"),
        (_envelope({}, payload=5), "it is not an envelope with an in-toto statement"),
        (_envelope({}, payload="*"), "it holds something that is not base64"),
        (_envelope({}, signatures=[]), "no key that was named here has signed it"),
        (_envelope({}, signatures=[5, {}, {"sig": "*"}, {"sig": "AAAA"}]), "no key that was named here has signed it"),
        (_envelope({}), "it is a statement about something else"),
        (_envelope(b"[]"), "it is not a JSON object"),
        (
            _envelope(
                {
                    "_type": "https://in-toto.io/Statement/v1",
                    "predicateType": "https://webhook-conformance.invalid/attestation/v1",
                }
            ),
            "its statement is not complete",
        ),
    ],
)
def test_what_is_no_attestation_is_refused(by_partner: HandedIn, envelope: bytes, says: str) -> None:
    """Whoever signed it."""
    check = by_partner.check(envelope)

    assert Answer.NO is check.answer
    assert check.reasons[0].startswith(says)


# The commands


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _private(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _public(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@dataclass(frozen=True)
class Desk:
    """A folder with a run and both keys."""

    folder: Path
    platform: str

    def attest(self, *words: str, environment: dict[str, str] | None = None) -> Result:
        """Sign what lies there."""
        named = ["attest", str(self.folder / "reports"), "--platform", self.platform, *words]
        return CliRunner().invoke(main, named, env={"CONFORMANCE_ATTESTATION_KEY": None, **(environment or {})})

    def gate(self, *words: str) -> Result:
        """Decide on what lies there."""
        named = ["--partner", "demo", "--platform", self.platform]
        return CliRunner().invoke(main, ["gate", str(self.folder / "reports"), *named, *words])


@pytest.fixture
def desk(run: Recorded, tmp_path: Path) -> Desk:
    """Where the partner signs and the platform decides."""
    _write(tmp_path / "reports" / "report.json", run.files.report)
    _write(tmp_path / "reports" / "journal.jsonl", run.files.journal)
    _write(tmp_path / "key.pem", _private(_PARTNER))
    _write(tmp_path / "public.pem", _public(_PARTNER))
    return Desk(tmp_path, str(run.platform))


def test_what_attest_signs_the_gate_believes(desk: Desk) -> None:
    """With the public half of the key; without one the gate says that there is something to check."""
    made = desk.attest("--key-file", str(desk.folder / "key.pem"))
    asked, unasked = desk.gate("--public-key", str(desk.folder / "public.pem")), desk.gate()

    assert (0, 0, 0) == (made.exit_code, asked.exit_code, unasked.exit_code), made.output + asked.output
    assert "conforms, level 1: run by the partner" in made.output
    assert "level 1: run by the partner" in asked.output
    assert "there is one; --public-key FILE would check it" in unasked.output


@pytest.mark.parametrize("name", ["CONFORMANCE_ATTESTATION_KEY", "CONFORMANCE_ATTESTATION_KEY_FILE"])
def test_the_key_may_come_from_the_environment(desk: Desk, name: str) -> None:
    """As a value or as the name of a file; it is printed nowhere and written nowhere."""
    key = _private(_PARTNER).decode()
    value = str(desk.folder / "key.pem") if name.endswith("_FILE") else key
    made = desk.attest(environment={name: value})
    body = key.splitlines()[1]

    assert 0 == made.exit_code, made.output
    assert body not in made.output
    assert body not in (desk.folder / "reports" / "attestation.json").read_text(encoding="ascii")


@pytest.mark.parametrize("where", ["--key-file", "CONFORMANCE_ATTESTATION_KEY_FILE"])
def test_a_key_in_the_place_of_its_file_is_not_told(desk: Desk, where: str) -> None:
    """Who mistakes the one for the other reads where, and no log holds the key."""
    key = _private(_PARTNER).decode()
    words, environment = ((where, key), {}) if where.startswith("--") else ((), {where: key})
    made = desk.attest(*words, environment=environment)

    assert 2 == made.exit_code
    assert f"{where}: the file that it names cannot be read" in made.output
    assert key.splitlines()[1] not in made.output


def _forge(desk: Desk) -> None:
    path = desk.folder / "reports" / "report.json"
    path.write_text(path.read_text(encoding="ascii").replace("MUST proven", "MUST shown"), encoding="ascii")


@pytest.mark.parametrize(
    ("spoil", "words", "status", "says"),
    [
        (lambda _: None, (), 2, "no key is given"),
        (lambda _: None, ("--key-file", "nowhere.pem"), 2, "cannot be read"),
        (lambda _: None, ("--key-file", "public.pem"), 2, "is no private key in PEM"),
        (lambda _: None, ("--key-file", "other.pem"), 2, "is a key of another kind than Ed25519"),
        (lambda _: None, ("--key-file", "key.pem", "--valid-for", "ever"), 2, "'ever' is no duration"),
        (lambda _: None, ("--key-file", "key.pem", "--valid-for", "99999999d"), 2, "is no duration"),
        (lambda _: None, ("--key-file", "key.pem", "--out", "nowhere/a.json"), 2, "cannot be written"),
        (_forge, ("--key-file", "key.pem"), 3, "nothing is signed: report: /headline"),
    ],
)
def test_what_cannot_be_signed_is_told(
    desk: Desk, spoil: Callable[[Desk], None], words: tuple[str, ...], status: int, says: str
) -> None:
    """And nothing is written."""
    _write(desk.folder / "other.pem", _private(generate_private_key(SECP256R1())))
    spoil(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk.folder)
        made = desk.attest(*words)

    assert status == made.exit_code, made.output
    assert says in made.output
    assert not (desk.folder / "reports" / "attestation.json").exists()


def test_a_run_that_failed_is_signed_as_what_it_is(run: Recorded, desk: Desk) -> None:
    """A signature says who vouches, and makes nothing better."""

    def fail(lines: Lines) -> None:
        for line in lines:
            if line["record"] == "delivery" and line["genuine"] and line["response"] is not None:
                line["response"]["status"] = 500

    files = run.forged(fail)
    _write(desk.folder / "reports" / "report.json", files.report)
    _write(desk.folder / "reports" / "journal.jsonl", files.journal)
    made = desk.attest("--key-file", str(desk.folder / "key.pem"))

    assert "attestation.json: fails, level 1" in made.output
    assert 1 == desk.gate("--public-key", str(desk.folder / "public.pem")).exit_code


def _of_no_known_kind() -> bytes:
    """A key whose algorithm is 1.2.3.4."""
    body = base64.b64encode(bytes.fromhex("300d 3005 06032a0304 0304 00010203")).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n".encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no public key in PEM"),
        (_private(_PARTNER), "is no public key in PEM"),
        (_of_no_known_kind(), "is no public key in PEM (Unknown key type: 1.2.3.4)"),
        (_public(generate_private_key(SECP256R1())), "is a key of another kind than Ed25519"),
    ],
)
def test_a_public_key_that_is_none_is_a_mistake_of_use(desk: Desk, content: bytes, says: str) -> None:
    """The exit status is 2."""
    path = _write(desk.folder / "public.pem", content)
    decided = desk.gate("--public-key", str(path))

    assert 2 == decided.exit_code
    assert says in decided.output


def test_without_the_library_it_is_said_what_to_install(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra `sign`."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    decided = desk.gate("--public-key", str(desk.folder / "public.pem"))

    assert 2 == decided.exit_code
    assert "pip install 'webhook-conformance[sign]'" in decided.output


@pytest.mark.parametrize(("words", "level"), [((), 0), (("--public-key", "public.pem"), 1)])
def test_the_decision_says_which_level_was_proven(desk: Desk, words: tuple[str, ...], level: int) -> None:
    """For programs, in JSON; none where no key was named."""
    desk.attest("--key-file", str(desk.folder / "key.pem"))
    decided = desk.gate("--json", *(str(desk.folder / word) if word.endswith(".pem") else word for word in words))

    assert level == json.loads(decided.output)["attestation"]["level"]


def test_a_report_names_the_plan_that_is_signed(run: Recorded) -> None:
    """Where all was planned that the platform asks for."""
    statement = HandedIn(run.files, run.policy).statement()

    assert statement.about.plan == json.loads(run.files.report)["digests"]["plan"]


def test_a_report_names_the_level_that_it_can_have(run: Recorded, by_partner: HandedIn, by_platform: HandedIn) -> None:
    """By who ran it and whether it has a nonce."""
    levels = [
        json.loads(each.report)["assurance"]["level"] for each in (run.files, by_partner.files, by_platform.files)
    ]

    assert [1, 2, 3] == levels
    assert "run by the platform" in json.loads(by_platform.files.report)["assurance"]["says"]
    assert told(run.files, assurance__level=3) != run.files
