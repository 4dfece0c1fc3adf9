"""From rounds to verdicts: of an item over its rounds, of requirements, of the run.

The first round of a play may have overlapped with others. Load excuses what is missing or late, so a failure seen then
is decided alone; it excuses no deed. Everything here is a pure function of the transcript and the catalogue.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from conformance.catalogue import Catalogue
from conformance.judge.court import BROKEN, Court, Round, level_of
from conformance.report import ItemResult, RequirementResult
from conformance.requirement import Evidence, Finding, Requirement
from conformance.transcript import PlannedItem, Play, Transcript
from conformance.verdict import Verdict, join

__all__ = ["CALIBRATION", "CHECK_UP", "Doubt", "doubts", "requirement_results"]

CALIBRATION: Final = "calibration"
CHECK_UP: Final = "check-up"
_SETTLED: Final = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.PASS})
# So many items of a requirement are repeated alone; when all of them fail again, the others stand with them.
SAMPLE: Final = 2
_LATE_CONTROL: Final = (
    "slow under load: decided alone, because a genuine event showed no effect while stories overlapped"
)
_LIKE_OTHERS: Final = "not repeated alone: other items of this requirement were, and failed again"


@dataclass(frozen=True, slots=True)
class Doubt:
    """An item whose failure must be repeated alone, and the plays to repeat (by story and parameter)."""

    item: PlannedItem
    plays: tuple[tuple[str, str], ...]


def doubts(transcript: Transcript, catalogue: Catalogue) -> tuple[Doubt, ...]:
    """The items whose failure is to be repeated alone next, with what to play for each.

    Of a requirement with many failing items a sample is repeated first; only where it does not fail again, the rest is.
    """
    court = Court.over(transcript, catalogue)
    found: list[Doubt] = []
    by_requirement: defaultdict[str, list[PlannedItem]] = defaultdict(list)
    for item in transcript.items:
        by_requirement[item.requirement].append(item)
    for items in by_requirement.values():
        found += _doubts_of(court, items)
    return tuple(found)


def _doubts_of(court: Court, items: list[PlannedItem]) -> Iterator[Doubt]:
    """A warning says nothing of a failure, so that each has a sample of its own."""
    failing = [(item, first) for item in items if (first := court.round(item, 0)) and first.verdict in BROKEN]
    for verdict in (Verdict.FAIL, Verdict.WARN):
        yield from _sampled(court, [(item, first) for item, first in failing if first.verdict is verdict])
    for item in items:
        open_still = court.round(item, 0)
        if open_still and _hurried(open_still) and not _alone(court, item, open_still):
            yield Doubt(item, tuple((p.story, p.parameter) for p in open_still.plays))


def _sampled(court: Court, failing: list[tuple[PlannedItem, Round]]) -> Iterator[Doubt]:
    tried = [(item, first, _alone(court, item, first)) for item, first in failing]
    repeated = [alone for _, _, alone in tried if len(alone) >= 1]
    stands = len(repeated) >= SAMPLE and all(_confirms(alone[0].verdict, failing[0][1].verdict) for alone in repeated)
    fresh = 0
    for item, first, alone in tried:
        plays = tuple(dict.fromkeys((p.story, p.parameter) for p in _repeatable(first)))
        if not plays:
            continue
        if not alone:
            fresh += 1
            if not stands and (fresh + len(repeated) <= SAMPLE or len(repeated) >= SAMPLE):
                yield Doubt(item, plays)
        elif len(alone) == 1 and alone[0].verdict not in BROKEN:
            yield Doubt(item, plays)


def _confirms(verdict: Verdict, first: Verdict) -> bool:
    """Whether what came of one item lets another stand as it is: a warning is too little for a failure."""
    return verdict is Verdict.FAIL or (verdict is Verdict.WARN and first is Verdict.WARN)


def _hurried(first: Round) -> bool:
    """Whether an item is open only because its positive control was not seen in time while stories overlapped."""
    is_open = first.verdict is Verdict.NOT_ASSESSABLE and len(first.plays) == 1
    return is_open and bool(first.plays[0].note("control late"))


def _cited(first: Round) -> tuple[Play, ...]:
    """The plays that hold the exchanges of the findings."""
    cited = {name for finding in first.findings for name in finding.exchanges}
    if len(first.plays) == 1:
        return first.plays
    return tuple(p for p in first.plays if any(e.id in cited for e in p.exchanges))


def _repeatable(first: Round) -> tuple[Play, ...]:
    """The cited plays to play again: not those that belong to no requirement; of deeds, a sample proves enough."""
    plays = tuple(p for p in _cited(first) if p.story not in {CALIBRATION, CHECK_UP})
    deeds = all(finding.evidence is Evidence.DEED for finding in first.findings)
    return plays[:SAMPLE] if deeds else plays


def _alone(court: Court, item: PlannedItem, first: Round) -> list[Round]:
    """The lone rounds of an item: the first one too, where a cited play had the partner to itself."""
    wanted = frozenset(p.name for p in _repeatable(first))
    later = [r for number in (1, 2) if (r := court.round(item, number, of=wanted)) is not None]
    return [first, *later] if any(p.alone for p in _cited(first)) else later


def requirement_results(transcript: Transcript, catalogue: Catalogue) -> tuple[RequirementResult, ...]:
    """The verdicts of all requirements that were asked for, in the order of the catalogue."""
    court = Court.over(transcript, catalogue)
    items: defaultdict[str, list[PlannedItem]] = defaultdict(list)
    for item in transcript.items:
        items[item.requirement].append(item)
    return tuple(_result(court, catalogue[name], items[name]) for name in transcript.header.requirements)


def _result(court: Court, requirement: Requirement, items: list[PlannedItem]) -> RequirementResult:
    level = level_of(requirement, court.description)
    lacking = [feature for feature in requirement.applies_when if feature not in court.description.features]
    if lacking or not items:
        reason = (
            f"{court.description.title} has no {', no '.join(f.replace('-', ' ') for f in lacking)}"
            if lacking
            else (f"{court.description.title} has nothing to play this with")
        )
        return RequirementResult(
            requirement=requirement, level=level, verdict=Verdict.NOT_APPLICABLE, reason=reason, items=()
        )
    results = _decided(court, items)
    verdict = join(r.verdict for r in results)
    told = [r.reason for r in results if r.verdict is verdict and r.reason and r.reason != _LIKE_OTHERS]
    return RequirementResult(
        requirement=requirement,
        level=level,
        verdict=verdict,
        reason="; ".join(dict.fromkeys(told[:3])),
        items=tuple(results),
    )


def _decided(court: Court, items: list[PlannedItem]) -> list[ItemResult]:
    decided: list[tuple[PlannedItem, Round, list[Round], Verdict | None, str]] = []
    for item in items:
        first = court.round(item, 0) or Round(Verdict.NOT_RUN, (), (), ())
        alone = _alone(court, item, first) if first.verdict in BROKEN or _hurried(first) else []
        verdict, why = _over_rounds(first, alone)
        decided.append((item, first, alone, verdict, why))
    siblings: defaultdict[Verdict, list[Verdict]] = defaultdict(list)
    for _, first, alone, verdict, _ in decided:
        if first.verdict in BROKEN and verdict is not None:
            siblings[first.verdict].append(verdict if _failed_alone(alone) else Verdict.NOT_ASSESSABLE)
    results = []
    for item, first, alone, verdict, why in decided:
        final = (verdict, why) if verdict is not None else _with_siblings(first, siblings[first.verdict])
        rounds = [first, *(r for r in alone if r is not first)]
        results.append(_item_result(court, item, rounds, *final))
    return results


def _failed_alone(alone: list[Round]) -> bool:
    """Whether an item failed each time that it was played alone: only then do others stand with it."""
    settled = [r for r in alone if r.verdict in _SETTLED]
    return bool(settled) and all(r.verdict in BROKEN for r in settled)


def _over_rounds(first: Round, alone: list[Round]) -> tuple[Verdict | None, str]:
    """The verdict of an item over its rounds; None when that of its siblings decides."""
    if first.verdict not in BROKEN:
        return (alone[0].verdict, _LATE_CONTROL) if alone else (first.verdict, "")
    if not alone or alone == [first]:
        return (None if not alone else first.verdict), ""
    deed = any(f.evidence is Evidence.DEED for f in first.findings)
    settled = [r for r in alone if r.verdict in _SETTLED]
    if not settled and deed:
        return first.verdict, "seen once; it could not be repeated alone"
    if not settled:
        why = f"failed while stories overlapped, and could not be repeated alone: {alone[0].reason}"
        return Verdict.NOT_ASSESSABLE, why
    return _repeated(first, settled, deed=deed)


def _repeated(first: Round, settled: list[Round], *, deed: bool) -> tuple[Verdict, str]:
    """The verdict on a failure that was repeated alone."""
    if all(r.verdict in BROKEN for r in settled):
        worst = join(r.verdict for r in settled)
        if deed and first.verdict is Verdict.FAIL and worst is Verdict.WARN:
            return Verdict.FLAKY, "a MUST was broken while stories overlapped, and not alone; load excuses no deed"
        return worst, ""
    if Verdict.FAIL not in {first.verdict, *(r.verdict for r in settled)}:
        return _over_warnings(first, settled, deed=deed)
    if any(r.verdict in BROKEN for r in settled):
        return Verdict.FLAKY, "the same story alone fails once and passes once"
    if len(settled) == 1 and not deed:
        # Less than this, no lone round at all, leaves it open too.
        return Verdict.NOT_ASSESSABLE, "failed while stories overlapped and passed alone; judged alone only once"
    if len(settled) == 1:
        return Verdict.FLAKY, "failed while stories overlapped and passed once alone; not repeated a second time"
    if deed:
        return Verdict.FLAKY, "failed while stories overlapped and passed twice alone; load excuses no deed"
    return Verdict.PASS, f"{_excuse(first)}: failed while stories overlapped, passed twice alone"


def _over_warnings(first: Round, settled: list[Round], *, deed: bool) -> tuple[Verdict, str]:
    """A warning that does not stay is still no more than a warning."""
    cleared = not deed and all(r.verdict is Verdict.PASS for r in settled)
    if cleared and len(settled) > 1:
        return Verdict.PASS, f"{_excuse(first)}: a warning while stories overlapped, none in two runs alone"
    if cleared:
        return Verdict.NOT_ASSESSABLE, "a warning while stories overlapped, none alone; judged alone only once"
    return Verdict.WARN, "seen while stories overlapped, and not every time alone"


def _excuse(first: Round) -> str:
    by_chance = any(finding.evidence is Evidence.CHANCE for finding in first.findings)
    return "by chance, for the partner makes such calls unasked" if by_chance else "slow under load"


def _with_siblings(first: Round, siblings: list[Verdict]) -> tuple[Verdict, str]:
    if not _cited(first):
        return first.verdict, "seen outside of any story, so it is not repeated"
    if siblings and all(_confirms(verdict, first.verdict) for verdict in siblings):
        return first.verdict, _LIKE_OTHERS
    if any(finding.evidence is Evidence.DEED for finding in first.findings):
        return first.verdict, "seen once; the run ended before it was repeated alone"
    return Verdict.NOT_ASSESSABLE, "failed while stories overlapped; the run ended before it was repeated alone"


def _item_result(court: Court, item: PlannedItem, rounds: list[Round], verdict: Verdict, why: str) -> ItemResult:
    was_open = rounds[0].verdict not in BROKEN
    shown = rounds[-1] if was_open or (verdict in BROKEN and rounds[-1].findings) else rounds[0]
    findings = shown.findings if verdict in {*BROKEN, Verdict.FLAKY} or why else ()
    told = [why, *(shown.reasons if verdict is shown.verdict or verdict in BROKEN else ())]
    plays = [play for r in rounds for play in r.plays]
    return ItemResult(
        name=item.name,
        parameter=item.parameter,
        verdict=verdict,
        reason="; ".join(dict.fromkeys(filter(None, told))),
        findings=findings,
        exchanges=tuple(_exchanges(item, plays, findings)),
        plays=tuple(play.id for play in plays) if item.story else (),
        rerun=_rerun(court, item),
    )


def _exchanges(item: PlannedItem, plays: Iterable[Play], findings: Iterable[Finding]) -> Iterator[str]:
    """What proves an item: all exchanges of its plays, or what the findings cite when it looks at the whole run."""
    if item.story:
        for play in plays:
            yield from (e.id for e in play.exchanges)
        return
    yield from dict.fromkeys(name for finding in findings for name in finding.exchanges)


def _rerun(court: Court, item: PlannedItem) -> str:
    header = court.transcript.header
    return shlex.join([*header.invocation, f"--conformance-seed={header.seed}", f"conformance::{item.name}"])
