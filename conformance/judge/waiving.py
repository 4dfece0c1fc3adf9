"""What waivers do to verdicts, as a pure function: the day of a run is the day on which it began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from conformance.platform.description import Description
from conformance.report import ItemResult, RequirementResult
from conformance.transcript import RunHeader
from conformance.verdict import Level, Verdict, join
from conformance.waiver import Waiver, WaiverState, WaiverUse

__all__ = ["waive"]

# What was seen to be broken, be it only now and then. What has no answer, or an error of ours, cannot be accepted.
_COVERED: Final = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.FLAKY})


def waive(
    results: Iterable[RequirementResult], header: RunHeader, description: Description
) -> tuple[tuple[RequirementResult, ...], tuple[WaiverUse, ...]]:
    """The results with the waivers of the run applied, and what became of each waiver."""
    found = {result.requirement.id: result for result in results}
    uses = []
    for waiver in header.waivers:
        result = found.get(waiver.requirement)
        state = _state(waiver, result, header, description)
        uses.append(WaiverUse(waiver, state, result.verdict if result is not None else None))
        if result is not None and state is WaiverState.APPLIED:
            found[waiver.requirement] = _waived(result, waiver)
    return tuple(found.values()), tuple(uses)


def _state(
    waiver: Waiver, result: RequirementResult | None, header: RunHeader, description: Description
) -> WaiverState:
    """What becomes of a waiver; one that may not count is never more than that, whatever the verdict."""
    if waiver.expired(header.started_at):
        return WaiverState.EXPIRED
    if result is None or result.verdict is Verdict.NOT_APPLICABLE:
        return WaiverState.UNDECIDED
    if result.level is Level.MUST and waiver.requirement not in description.may_waive:
        return WaiverState.NOT_ALLOWED
    if any(item.verdict in _COVERED for item in result.items):
        return WaiverState.APPLIED
    if result.verdict is not Verdict.PASS:
        return WaiverState.NOT_COVERED
    return WaiverState.UNDECIDED if waiver.requirement in header.partly else WaiverState.NOT_NEEDED


def _waived(result: RequirementResult, waiver: Waiver) -> RequirementResult:
    """The result with every broken item waived; what is no break keeps its verdict, and may still be the worst."""
    items = tuple(_waived_item(item, waiver) if item.verdict in _COVERED else item for item in result.items)
    verdict = join(item.verdict for item in items)
    reason = _accepted(waiver, result.verdict) if verdict is Verdict.WAIVED else result.reason
    return replace(result, verdict=verdict, reason=reason, items=items)


def _waived_item(item: ItemResult, waiver: Waiver) -> ItemResult:
    reason = "; ".join(filter(None, (_accepted(waiver, item.verdict), item.reason)))
    return replace(item, verdict=Verdict.WAIVED, reason=reason)


def _accepted(waiver: Waiver, verdict: Verdict) -> str:
    return f"{verdict} is waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"
