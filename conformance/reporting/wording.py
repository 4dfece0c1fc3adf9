"""Sentences and orders that all formats share, so that a run reads the same wherever it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from conformance.report import ItemResult, Report, RequirementResult
from conformance.transcript import Ending
from conformance.verdict import Level, RunVerdict, Verdict
from conformance.waiver import WaiverState, WaiverUse

__all__ = [
    "BROKEN",
    "Group",
    "flagged",
    "groups",
    "instant",
    "interruption",
    "named",
    "reasons",
    "seconds",
    "share",
    "verdict_sentence",
    "why",
    "words",
]

BROKEN = (Verdict.FAIL, Verdict.FLAKY, Verdict.ERROR)
_MINUTE = 60
_OPEN = (Verdict.ERROR, Verdict.FLAKY, Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE)


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one requirement that share a verdict; no items where the requirement itself has it."""

    result: RequirementResult
    verdict: Verdict
    items: tuple[ItemResult, ...]

    @property
    def name(self) -> str:
        """The first item and how many more there are: `FET-01[document] and 11 more items`."""
        if not self.items:
            return self.result.requirement.id
        first, more = self.items[0].name, len(self.items) - 1
        return f"{first} and {named(more, 'more item')}" if more else first

    @property
    def reason(self) -> str:
        """Why, in the words of the first item that says so."""
        return next((item.reason for item in self.items if item.reason), self.result.reason)


def named(number: int, noun: str) -> str:
    """A number with its noun: `1 item`, `2 items`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def seconds(duration: float) -> str:
    """A duration as people say it."""
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    if duration < _MINUTE:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), _MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def instant(iso: str) -> str:
    """A time of the calendar, as people read it: `2026-11-20 09:30:00 UTC`; what is none stays as it is."""
    try:
        moment = datetime.fromisoformat(iso)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return iso
    return f"{moment:%Y-%m-%d %H:%M:%S}" + (" UTC" if moment.tzinfo is not None else "")


def _musts(report: Report, *verdicts: Verdict) -> int:
    return sum(r.level is Level.MUST and r.verdict in verdicts for r in report.requirements)


def _incomplete(report: Report) -> str:
    unanswered = _musts(report, *_OPEN)
    proven = _musts(report, Verdict.PASS, Verdict.WARN)
    if proven and not unanswered and report.ending is not Ending.FINISHED:
        return f"Not proven: the run as partner of {report.title} did not come to its end."
    if not proven or not unanswered:
        return f"Nothing is proven: no MUST requirement of {report.title} was shown to be met."
    verb = "has" if unanswered == 1 else "have"
    return f"Not proven: {named(unanswered, 'MUST requirement')} of {report.title} {verb} no answer."


def verdict_sentence(report: Report) -> str:
    """The verdict of the run as one sentence."""
    if report.verdict is RunVerdict.FAILS:
        broken = named(_musts(report, Verdict.FAIL), "MUST requirement")
        return f"The partner does not conform to {report.title}: it breaks {broken}."
    if report.verdict is RunVerdict.INCOMPLETE:
        return _incomplete(report)
    waived = _musts(report, Verdict.WAIVED)
    conforms = f"The partner conforms to {report.title}{_narrowed(report)}"
    return conforms + (f", with {named(waived, 'MUST requirement')} waived." if waived else ".")


def _narrowed(report: Report) -> str:
    """How much of the whole was selected, where something was left out."""
    selected, planned = report.header.selected, report.header.planned
    return f" in the {selected} of {planned} items that were selected" if selected < planned else ""


def interruption(report: Report) -> str:
    """What to say of a run that did not finish; empty for one that did."""
    if report.ending is Ending.FINISHED:
        return ""
    word = "INTERRUPTED" if report.ending is Ending.INTERRUPTED else "REFUSED"
    why = f"{word}: {report.ending_reason}" if report.ending_reason else word
    if report.not_run:
        return f"{why.rstrip('.')}. {named(len(report.not_run), 'item')} did not run."
    return why if report.requirements else f"{why.rstrip('.')}. Nothing ran."


def flagged(report: Report) -> list[str]:
    """What to say of waivers that somebody should look at: those that do not count, or that nothing needs."""
    told = ((use.waiver, _flag(use, report.title)) for use in report.waivers)
    return [f"the waiver of {w.requirement} {flag} ({w.owner}: {w.reason})" for w, flag in told if flag]


def _flag(use: WaiverUse, title: str) -> str:
    match use.state:
        case WaiverState.EXPIRED:
            return f"expired on {use.waiver.expires} and does not count"
        case WaiverState.NOT_ALLOWED:
            return f"does not count: {title} lets nobody waive this MUST"
        case WaiverState.NOT_NEEDED:
            return "is not needed any more: the requirement is met"
        case WaiverState.NOT_COVERED:
            return f"does not count: no waiver covers {words(use.verdict or '')}"
        case _:
            return ""


def share(result: RequirementResult) -> str:
    """How many items carry the verdict of their requirement: `3 of 12 items`."""
    having = sum(item.verdict is result.verdict for item in result.items)
    return f"{having} of {named(len(result.items), 'item')}" if result.items else "no items"


def why(result: RequirementResult) -> str:
    """The reason for a verdict in one line: the requirement's own, or the first that its items with it give."""
    having = [item for item in result.items if item.verdict is result.verdict]
    actual = (finding.actual for item in having for finding in item.findings)
    return result.reason or next((item.reason for item in having if item.reason), "") or next(actual, "")


def words(verdict: str) -> str:
    """A verdict as it is read: `NOT RUN`."""
    return verdict.replace("_", " ")


def groups(report: Report, *verdicts: Verdict) -> Iterator[Group]:
    """What has one of these verdicts, in the order in which they are named, one group per requirement."""
    for verdict in verdicts:
        for result in report.requirements:
            items = tuple(item for item in result.items if item.verdict is verdict)
            if items or (not result.items and result.verdict is verdict):
                yield Group(result, verdict, items)


def reasons(report: Report, verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """The reasons for a verdict, each with the ids of the requirements that it concerns."""
    found: dict[str, dict[str, None]] = {}
    for group in groups(report, verdict):
        for reason in {item.reason or group.result.reason: None for item in group.items} or {group.result.reason: None}:
            found.setdefault(reason, {})[group.result.requirement.id] = None
    return {reason: tuple(ids) for reason, ids in found.items()}
