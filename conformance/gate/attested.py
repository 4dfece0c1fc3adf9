"""What an attestation is worth to a gate: whose key signed it, what of it is true, and which level that makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from conformance.assurance import Assurance, claimed
from conformance.attestation import About, Statement, opened
from conformance.gate.decision import Answer, Check
from conformance.gate.exam import Exam
from conformance.gate.files import Files
from conformance.gate.policy import Policy
from conformance.report import Report
from conformance.transcript import Party, plan_digest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["Trust", "Vouched", "about", "attestation"]

_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Trust:
    """An attestation that lies beside the report, and the keys that are trusted: those of a role may be several."""

    envelope: bytes | None = None
    partner_keys: tuple[Ed25519PublicKey, ...] = ()
    platform_keys: tuple[Ed25519PublicKey, ...] = ()

    @property
    def keys(self) -> tuple[Ed25519PublicKey, ...]:
        """All of them."""
        return (*self.platform_keys, *self.partner_keys)


@dataclass(frozen=True, slots=True)
class Vouched:
    """The check of an attestation, and the level that was proven; None where nobody vouches for anything."""

    check: Check
    level: Assurance | None = None


def about(exam: Exam, report: Report) -> About:
    """What can be said of a run whose description is known here; its plan is all that the platform asks for."""
    header = exam.transcript.header
    return About(
        kit=header.kit,
        platform=header.platform,
        partner=header.partner,
        verdict=report.verdict,
        plan=plan_digest(header, exam.programme.items),
        nonce=header.nonce,
        run_by=header.run_by,
        started_at=header.started_at,
    )


def attestation(files: Files, exam: Exam, report: Report, policy: Policy, trust: Trust, now: datetime) -> Vouched:
    """Whether somebody vouches for these very files, and at which level."""
    if not trust.keys and not policy.attestation:
        there = trust.envelope is not None
        asked = "there is one; --public-key FILE would check it" if there else "none was asked for"
        claims = exam.transcript.header.run_by is Party.PLATFORM
        unproven = ("the run says that the platform ran it, and nothing here proves that",) if claims else ()
        return Vouched(Check("attestation", Answer.NOT_ASKED, (asked, *unproven)))
    if not trust.keys:
        return _no("no key is named: --public-key or --platform-key")
    if trust.envelope is None:
        return _no("there is no attestation.json beside the report: webhook-conformance attest makes one")
    try:
        statement, key = opened(trust.envelope, trust.keys)
    except ValueError as error:
        return _no(str(error))
    by_platform = any(key is known for known in trust.platform_keys)
    level = _level(statement, policy, by_platform=by_platform)
    faults = [*_faults(statement, files, about(exam, report)), *_out_of_time(statement, report, now)]
    if statement.about.run_by is Party.PLATFORM and not by_platform:
        faults.append("it says that the platform ran this, and is signed with a key of the partner")
    if statement.level != claimed(statement.about.run_by, statement.about.nonce).number:
        faults.append(f"it claims level {statement.level}, which is not what such a run can have")
    if level.number < policy.attestation:
        faults.append(f"it is of level {level.number}, {level.says}; the policy asks for {policy.attestation}")
    if faults:
        return _no(*faults)
    told = f"level {level.number}: {level.says}", f"it holds until {statement.expires}"
    return Vouched(Check("attestation", Answer.OK, told), level)


def _no(*reasons: str) -> Vouched:
    return Vouched(Check("attestation", Answer.NO, reasons))


def _level(statement: Statement, policy: Policy, *, by_platform: bool) -> Assurance:
    """The level that the keys and the nonce of this gate make, whatever the statement says of itself."""
    if by_platform and statement.about.run_by is Party.PLATFORM:
        return Assurance.OWN_RUN
    fresh = bool(policy.nonce) and statement.about.nonce == policy.nonce
    return Assurance.FRESHNESS if fresh else Assurance.INTEGRITY


def _faults(statement: Statement, files: Files, found: About) -> Iterator[str]:
    if statement.report != files.report_digest:
        yield "it is about another report than this one"
    if statement.journal != files.journal_digest:
        yield "it is about another journal than this one"
    for field in fields(About):
        said, true = (getattr(each, field.name) for each in (statement.about, found))
        if said != true:
            yield f"it says {field.name} {said!r}, and that is {true!r}"


def _out_of_time(statement: Statement, report: Report, now: datetime) -> Iterator[str]:
    try:
        issued, expires, began = (_time(t) for t in (statement.issued, statement.expires, statement.about.started_at))
    except (ValueError, TypeError, OverflowError):
        yield "it does not say from when to when it holds"
        return
    if issued > now + _SKEW:
        yield f"it was signed in the future, at {statement.issued}"
    if (issued - began + _SKEW).total_seconds() < report.duration:
        yield "it was signed before the run had ended"
    if expires < now:
        yield f"it expired at {statement.expires}"


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)
