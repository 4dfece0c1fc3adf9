"""What a gate asks of a run beside its verdicts: which kit, which partner, how old, whose nonce, what was waived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from conformance import __version__
from conformance.credentials import is_recorded_as, without_secrets
from conformance.gate.decision import Answer, Check, Outcome
from conformance.gate.policy import Policy
from conformance.report import Report
from conformance.reporting.wording import instant, seconds
from conformance.transcript import RunHeader, Transcript
from conformance.waiver import WaiverState, WaiverUse

__all__ = ["accepted", "age", "events", "kit", "nonce", "offers", "partner", "waivers"]

# Clocks of two machines differ by so many seconds at most.
_SKEW: Final = 300.0
_DEMO: Final = "demo"


def kit(header: RunHeader, policy: Policy) -> Check:
    """Whether this kit can judge the run anew."""
    if header.kit == __version__:
        return Check("kit", Answer.OK, (f"{header.kit}, the one that is installed here",))
    here = f"the run was judged by {header.kit}, and this is {__version__}"
    if not policy.oldest_kit:
        what = (
            f"{here}: what another version judged cannot be recomputed. Run again with this one, or gate with that one"
        )
        return Check("kit", Answer.NO, (what,))
    if not _number(policy.oldest_kit) <= _number(header.kit) <= _number(__version__):
        return Check("kit", Answer.NO, (f"{here}: the policy allows {policy.oldest_kit} and newer, up to this one",))
    return Check("kit", Answer.OK, (f"{here}, which judged the journal anew",))


def _number(version: str) -> tuple[int, ...]:
    """A version in its order; one that is no row of numbers is older than all others."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(p.isdecimal() and p.isascii() for p in parts) else ()


def partner(header: RunHeader, policy: Policy, *, endpoint_per_type: bool) -> Check:
    """Whether the partner was judged that was to be judged; the demo partner only where it is asked for."""
    if policy.partner:
        # As settings read it.
        wanted = policy.partner.rstrip("/") if endpoint_per_type else policy.partner
        if header.partner == wanted:
            return Check("partner", Answer.OK, (header.partner,))
        if is_recorded_as(wanted, header.partner):
            what = f"{header.partner}; the journal keeps no keys, so theirs were not compared"
            return Check("partner", Answer.OK, (what,))
        return Check("partner", Answer.NO, (f"{header.partner} was judged, not {without_secrets(policy.partner)}",))
    if header.partner == _DEMO or header.partner.startswith(f"{_DEMO}:"):
        what = f"the kit's own demo partner was judged, not yours (--partner {header.partner} accepts it)"
        return Check("partner", Answer.NO, (what,))
    return Check("partner", Answer.NOT_ASKED, (f"{header.partner} was judged; --partner URL would hold it to one",))


def age(transcript: Transcript, policy: Policy, now: datetime) -> Check:
    """Whether the run is young enough, counted from its end."""
    said, end = transcript.header.started_at, transcript.end
    try:
        began = datetime.fromisoformat(said)
        began = began.astimezone(UTC) if began.tzinfo is not None else began.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return Check("age", Answer.NO, (f"{said!r} is no time at which a run can have begun",))
    old = (now - began).total_seconds() - (end.at if end is not None else 0.0)
    when = instant(said)
    if old < -_SKEW:
        return Check("age", Answer.NO, (f"the run ended in the future: it began on {when}",))
    if policy.max_age is None:
        return Check("age", Answer.NOT_ASKED, (f"the run of {when} may be of any age",))
    told = f"the run of {when} ended {seconds(max(old, 0.0))} ago"
    if old > policy.max_age:
        return Check("age", Answer.NO, (f"{told}; {seconds(policy.max_age)} are allowed (--max-age)",))
    return Check("age", Answer.OK, (told,))


def nonce(header: RunHeader, policy: Policy) -> Check:
    """Whether the run carries the nonce that was given for it."""
    if not policy.nonce:
        said = f"the run carries {header.nonce!r}, for which nobody asked here" if header.nonce else "none was given"
        return Check("nonce", Answer.NOT_ASKED, (said,))
    if header.nonce == policy.nonce:
        return Check("nonce", Answer.OK, (f"the run carries {header.nonce!r}",))
    carried = f"the run carries {header.nonce!r}" if header.nonce else "the run carries none"
    return Check("nonce", Answer.NO, (f"{carried}, not {policy.nonce!r}: it is another run, or was begun without",))


def events(header: RunHeader, policy: Policy) -> Check:
    """Whether the sample events were some that the policy names; no gate draws them, for that takes their libraries."""
    digest = header.corpus_digest
    if not policy.corpus:
        told = f"the sample events have the digest {digest[:12]}…; `corpus` in a policy would hold them to some"
        return Check("events", Answer.NOT_ASKED, (told,))
    if digest in policy.corpus:
        return Check("events", Answer.OK, ("the sample events are some that the policy names",))
    return Check("events", Answer.NO, (f"the sample events have the digest {digest}, which the policy does not name",))


def accepted(use: WaiverUse, policy: Policy, now: datetime) -> bool:
    """Whether a waiver that changed a verdict may do so: it is allowed, and still holds today."""
    allowed = policy.waivers is None or use.waiver.requirement in policy.waivers
    return allowed and not _expired(use, now)


def _expired(use: WaiverUse, now: datetime) -> bool:
    """Whether a waiver counts no longer today; one without a day never did."""
    try:
        return now.date() > date.fromisoformat(use.waiver.expires)
    except ValueError:
        return True


def waivers(report: Report, policy: Policy, now: datetime) -> Check:
    """Whether all that was waived may be waived."""
    applied = [use for use in report.waivers if use.state is WaiverState.APPLIED]
    wrong = [use for use in applied if not accepted(use, policy, now)]
    told = tuple(_told(applied, policy, now))
    if wrong:
        return Check("waivers", Answer.NO, told, Outcome.INCOMPLETE)
    return Check("waivers", Answer.OK, told or ("nothing was waived",))


def _told(applied: list[WaiverUse], policy: Policy, now: datetime) -> Iterator[str]:
    for use in applied:
        waiver = use.waiver
        if _expired(use, now):
            why = f"expired on {waiver.expires}"
        else:
            why = "waived" if accepted(use, policy, now) else "the policy lets nobody waive it"
        yield f"{waiver.requirement} ({use.verdict}): {why}, until {waiver.expires} by {waiver.owner}: {waiver.reason}"


def offers(header: RunHeader, policy: Policy) -> Check:
    """Whether the control endpoint offered what the policy asks for."""
    missing = [name for name in policy.offers if name not in header.offers]
    if missing:
        what = f"the partner's control endpoint does not offer {', '.join(missing)}"
        return Check("control endpoint", Answer.NO, (what,), Outcome.INCOMPLETE)
    told = f"offers {', '.join(header.offers)}" if header.offers else "none"
    return Check("control endpoint", Answer.OK if policy.offers else Answer.NOT_ASKED, (told,))
