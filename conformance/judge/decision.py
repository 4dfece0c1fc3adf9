"""From what judges say of plays to verdicts: of one round, of an item over its rounds, of requirements, of the run.

The first round of a play may have overlapped with others. Load excuses what is missing or late, so a failure seen then
is decided alone; it excuses no deed. Everything here is a pure function of the transcript and the catalogue.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final

from conformance.catalogue import Catalogue
from conformance.exchange import Asking, Call, Delivery, Exchange, Failure
from conformance.judge.bench import judges_of
from conformance.judge.binding import Case, Judge, Said
from conformance.platform.description import Description
from conformance.report import ItemResult, RequirementResult
from conformance.requirement import Evidence, Finding, Inapplicable, Remark, Requirement, Unassessable
from conformance.transcript import Ending, Outcome, PlannedItem, Play, Transcript
from conformance.verdict import Level, Verdict, join

__all__ = ["Doubt", "description_of", "doubts", "level_of", "requirement_results"]

CALIBRATION: Final = "calibration"
CHECK_UP: Final = "check-up"
BROKEN: Final = frozenset({Verdict.FAIL, Verdict.WARN})
_SETTLED: Final = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.PASS})
# So many items of a requirement are repeated alone; when all of them fail again, the others stand with them.
SAMPLE: Final = 2
# A play in which the kit stood still for so many seconds, and for so much of its time, shows nothing by absence.
_STALLED: Final = 0.5
_STALLED_PART: Final = 0.2
_LATE_CONTROL: Final = (
    "slow under load: decided alone, because a genuine event showed no effect while stories overlapped"
)
_NO_JUDGE: Final = (
    "its judge does not ship with the kit and was not named: webhook-conformance judge --requirements MODULE judges it"
)
_LIKE_OTHERS: Final = "not repeated alone: other items of this requirement were, and failed again"


@dataclass(frozen=True, slots=True)
class _Round:
    """What one round of plays says of an item."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]
    plays: tuple[Play, ...]

    @property
    def reason(self) -> str:
        return "; ".join(dict.fromkeys(self.reasons))


@dataclass(frozen=True, slots=True)
class Doubt:
    """An item whose failure must be repeated alone, and the plays to repeat (by story and parameter)."""

    item: PlannedItem
    plays: tuple[tuple[str, str], ...]


def description_of(transcript: Transcript) -> Description:
    """The platform description as it was in force in the run."""
    confirmed = frozenset(at for at, _ in transcript.header.overrides)
    return Description.from_text(transcript.header.description, confirmed=confirmed)


def level_of(requirement: Requirement, description: Description) -> Level:
    """The level in force on a platform."""
    return description.levels.get(requirement.id, requirement.level)


@dataclass(frozen=True, slots=True)
class _Court:
    """What is needed to judge any item of a transcript."""

    transcript: Transcript
    catalogue: Catalogue
    description: Description
    rounds: Mapping[int, tuple[Play, ...]]
    case: Case

    @classmethod
    def over(cls, transcript: Transcript, catalogue: Catalogue) -> _Court:
        rounds: defaultdict[int, list[Play]] = defaultdict(list)
        for play in transcript.plays:
            rounds[play.round].append(play)
        description = description_of(transcript)
        by_number = {n: tuple(p) for n, p in rounds.items()}
        return cls(transcript, catalogue, description, by_number, _case(transcript, description))

    @property
    def _finished(self) -> bool:
        end = self.transcript.end
        return end is not None and end.ending is Ending.FINISHED

    def round(self, item: PlannedItem, number: int, *, of: frozenset[str] = frozenset()) -> _Round | None:
        """What a round says of an item, or what its plays `of` these names say; None when it did not play them all."""
        requirement = self.catalogue[item.requirement]
        judge = _judge(item)
        if judge is None and item.requirement not in self.catalogue.own:
            raise LookupError(f"no judge for {item.name}")
        if judge is None:
            return _Round(Verdict.NOT_ASSESSABLE, (), (_NO_JUDGE,), ()) if number == 0 else None
        plays = self._plays(judge, item, number)
        if number > 0:
            plays = tuple(p for p in plays if p.name in of)
            if not plays or not of <= {p.name for p in plays}:
                return None
        missing = self._missing(requirement)
        if missing:
            return _Round(Verdict.NOT_ASSESSABLE, (), (missing,), plays)
        if judge.of_play is not None:
            return self._of_play(requirement, judge, plays)
        return self._of_run(requirement, judge, plays)

    def _plays(self, judge: Judge, item: PlannedItem, number: int) -> tuple[Play, ...]:
        plays = self.rounds.get(number, ())
        if judge.of_play is not None:
            return tuple(p for p in plays if p.story == item.story and p.parameter == item.parameter)
        return tuple(plays)

    def _missing(self, requirement: Requirement) -> str:
        offers = self.transcript.header.offers
        missing = [name for name in requirement.needs_control if name not in offers]
        if not missing:
            return ""
        names = ", ".join(repr(name) for name in missing)
        return f"the partner's control endpoint does not offer {names} (see --partner-control-url)"

    def _of_play(self, requirement: Requirement, judge: Judge, plays: tuple[Play, ...]) -> _Round:
        if not plays or plays[0].outcome is Outcome.NOT_RUN:
            return _Round(Verdict.NOT_RUN, (), ("the story did not run to its end",), plays)
        play = plays[0]
        if play.outcome is Outcome.ERROR:
            return _Round(Verdict.ERROR, (), (play.reason,), plays)
        assert judge.of_play is not None  # the caller asked for that kind
        if play.outcome is Outcome.NOT_ASSESSABLE:
            return _Round(Verdict.NOT_ASSESSABLE, (), (play.reason,), plays)
        heard = self._heard(requirement, judge, judge.of_play(play, self.case), plays)
        return self._unless_stalled(heard, play)

    def _unless_stalled(self, heard: _Round, play: Play) -> _Round:
        """What is missing or late while the kit itself stood still for a good part of the play proves nothing."""
        if not play.alone or heard.verdict not in BROKEN or any(f.evidence is Evidence.DEED for f in heard.findings):
            return heard
        stalled = self.case.stalled_for(play.started, play.ended)
        if stalled < max(_STALLED, _STALLED_PART * (play.ended - play.started)):
            return heard
        why = f"the kit itself stood still for {stalled:.1f} s of this story"
        return _Round(Verdict.NOT_ASSESSABLE, (), (why,), heard.plays)

    def _of_run(self, requirement: Requirement, judge: Judge, plays: tuple[Play, ...]) -> _Round:
        first = not plays or plays[0].round == 0
        # A repetition plays what a finding cited, and that may be any story.
        needed = [p for p in plays if p.story in judge.stories or not first]
        if not needed or all(p.outcome is Outcome.NOT_RUN for p in needed):
            return _Round(Verdict.NOT_RUN, (), ("the stories did not run to their end",), plays)
        assert judge.of_run is not None  # the caller asked for that kind
        stage = (*plays, _stray_play(self.transcript.strays)) if first else plays
        heard = self._heard(requirement, judge, judge.of_run(stage, self.case), plays)
        cut_short = [p.reason for p in needed if p.outcome is Outcome.NOT_ASSESSABLE and not first]
        errors = [p.reason for p in needed if p.outcome is Outcome.ERROR]
        unfinished = any(p.outcome is Outcome.NOT_RUN for p in needed) or (first and not self._finished)
        if errors and heard.verdict not in BROKEN:
            return _Round(Verdict.ERROR, (), (errors[0],), plays)
        if unfinished and heard.verdict not in BROKEN:
            return _Round(Verdict.NOT_RUN, (), ("not all stories ran to their end",), plays)
        if cut_short and heard.verdict not in BROKEN:
            return _Round(Verdict.NOT_ASSESSABLE, (), (cut_short[0],), plays)
        return heard

    def _heard(self, requirement: Requirement, judge: Judge, said: Said, plays: tuple[Play, ...]) -> _Round:
        level = level_of(requirement, self.description)
        findings: list[Finding] = []
        reasons: list[str] = []
        unassessable: list[str] = []
        inapplicable: list[str] = []
        verdict = Verdict.PASS
        try:
            words = tuple(said)
            fault = next(filter(None, map(self._fault_in, words)), "")
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  # a fault of one judge must not cost the verdicts of the others
            fault = f"{type(error).__name__}: {error}"
        if fault:
            return _Round(Verdict.ERROR, (), (f"{judge.whose} failed while judging: {fault}",), plays)
        for word in words:
            if isinstance(word, Finding):
                binding, why = self._weight(word, level)
                findings.append(word)
                reasons += [why] if why else []
                verdict = join((verdict, Verdict.FAIL if binding else Verdict.WARN))
            elif isinstance(word, Unassessable):
                unassessable.append(word.reason)
            elif isinstance(word, Inapplicable):
                inapplicable.append(word.reason)
            else:
                reasons.append(word.text)
        if not findings and unassessable:
            return _Round(Verdict.NOT_ASSESSABLE, (), tuple(unassessable), plays)
        if not findings and inapplicable:
            return _Round(Verdict.NOT_APPLICABLE, (), tuple(inapplicable), plays)
        return _Round(verdict, tuple(findings), tuple(reasons), plays)

    def _fault_in(self, word: object) -> str:
        """What is wrong with a word of a judge: reports show it, so it must be what it says that it is."""
        if not isinstance(word, Finding | Unassessable | Inapplicable | Remark):
            return f"it yielded {type(word).__name__}, which is no Finding, Unassessable, Inapplicable or Remark"
        if not all(isinstance(getattr(word, f.name), str) for f in fields(word) if f.name != "exchanges"):
            return f"it yielded a {type(word).__name__} with a field that is no text"
        if isinstance(word, Finding) and not (isinstance(word.level, Level) and isinstance(word.evidence, Evidence)):
            return "it yielded a Finding whose level is no Level, or whose evidence is no Evidence"
        if isinstance(word, Finding) and not (isinstance(word.exchanges, tuple) and word.exchanges):
            return "it yielded a Finding without a tuple of the ids of exchanges"
        if isinstance(word, Finding) and not all(
            isinstance(name, str) and self.transcript.exchange(name) for name in word.exchanges
        ):
            return f"it yielded a Finding that cites {word.exchanges!r}, which are not all ids of exchanges of the run"
        return ""

    def _weight(self, finding: Finding, level: Level) -> tuple[bool, str]:
        """Whether a finding fails its requirement, and what a reader must know of it."""
        if level is not Level.MUST or finding.level is not Level.MUST:
            return False, ""
        if finding.rests_on and self.description.is_assumed(finding.rests_on):
            return False, (
                f"a warning only: it rests on {finding.rests_on}, which the platform does not publish "
                f"(confirm it with --conformance-set {finding.rests_on.strip('/').replace('/', '.')}=VALUE)"
            )
        return True, ""


def _case(transcript: Transcript, description: Description) -> Case:
    header = transcript.header
    return Case(
        description,
        header.offers,
        transcript.stalls,
        header.shared_machine,
        unasked=tuple(e for e in transcript.strays if isinstance(e, Call)),
        away=tuple(_away(transcript)),
        holds=_held_types(transcript),
    )


def _away(transcript: Transcript) -> Iterator[float]:
    """When nobody listened at the partner's address, and when a connection with a genuine request simply ended.

    A proxy in front of a partner goes on listening: that the partner has died shows in answers that never come.
    """
    for exchange in transcript.exchanges():
        harmless = isinstance(exchange, Asking) or (
            isinstance(exchange, Delivery) and exchange.genuine and exchange.is_event
        )
        if exchange.failure is Failure.REFUSED:
            yield exchange.started
        elif harmless and exchange.failure is Failure.CLOSED and exchange.response is None:
            yield exchange.ended


def _held_types(transcript: Transcript) -> frozenset[str]:
    """The object types of which the partner held an object at some time of the run."""
    shown = (e for e in transcript.exchanges() if isinstance(e, Asking) and e.call == "objects" and e.succeeded)
    return frozenset(asking.object_type for asking in shown if asking.object_type)


def _stray_play(strays: tuple[Exchange, ...]) -> Play:
    """What belongs to no story, as a play of its own: only judges of the whole run see it."""
    return Play(id="", story="", parameter="", round=0, alone=False, outcome=Outcome.PLAYED, exchanges=strays)


def _judge(item: PlannedItem) -> Judge | None:
    """The judge of an item; a journal may name requirements of somebody's own whose judges are not here."""
    candidates = judges_of(item.requirement)
    for judge in candidates:
        if judge.of_run is not None or judge.covers(item.story, item.parameter):
            return judge
    return None


def doubts(transcript: Transcript, catalogue: Catalogue) -> tuple[Doubt, ...]:
    """The items whose failure is to be repeated alone next, with what to play for each.

    Of a requirement with many failing items a sample is repeated first; only where it does not fail again, the rest is.
    """
    court = _Court.over(transcript, catalogue)
    found: list[Doubt] = []
    by_requirement: defaultdict[str, list[PlannedItem]] = defaultdict(list)
    for item in transcript.items:
        by_requirement[item.requirement].append(item)
    for items in by_requirement.values():
        found += _doubts_of(court, items)
    return tuple(found)


def _doubts_of(court: _Court, items: list[PlannedItem]) -> Iterator[Doubt]:
    """A warning says nothing of a failure, so that each has a sample of its own."""
    failing = [(item, first) for item in items if (first := court.round(item, 0)) and first.verdict in BROKEN]
    for verdict in (Verdict.FAIL, Verdict.WARN):
        yield from _sampled(court, [(item, first) for item, first in failing if first.verdict is verdict])
    for item in items:
        open_still = court.round(item, 0)
        if open_still and _hurried(open_still) and not _alone(court, item, open_still):
            yield Doubt(item, tuple((p.story, p.parameter) for p in open_still.plays))


def _sampled(court: _Court, failing: list[tuple[PlannedItem, _Round]]) -> Iterator[Doubt]:
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


def _hurried(first: _Round) -> bool:
    """Whether an item is open only because its positive control was not seen in time while stories overlapped."""
    is_open = first.verdict is Verdict.NOT_ASSESSABLE and len(first.plays) == 1
    return is_open and bool(first.plays[0].note("control late"))


def _cited(first: _Round) -> tuple[Play, ...]:
    """The plays that hold the exchanges of the findings."""
    cited = {name for finding in first.findings for name in finding.exchanges}
    if len(first.plays) == 1:
        return first.plays
    return tuple(p for p in first.plays if any(e.id in cited for e in p.exchanges))


def _repeatable(first: _Round) -> tuple[Play, ...]:
    """The cited plays to play again: not those that belong to no requirement; of deeds, a sample proves enough."""
    plays = tuple(p for p in _cited(first) if p.story not in {CALIBRATION, CHECK_UP})
    deeds = all(finding.evidence is Evidence.DEED for finding in first.findings)
    return plays[:SAMPLE] if deeds else plays


def _alone(court: _Court, item: PlannedItem, first: _Round) -> list[_Round]:
    """The lone rounds of an item: the first one too, where a cited play had the partner to itself."""
    wanted = frozenset(p.name for p in _repeatable(first))
    later = [r for number in (1, 2) if (r := court.round(item, number, of=wanted)) is not None]
    return [first, *later] if any(p.alone for p in _cited(first)) else later


def requirement_results(transcript: Transcript, catalogue: Catalogue) -> tuple[RequirementResult, ...]:
    """The verdicts of all requirements that were asked for, in the order of the catalogue."""
    court = _Court.over(transcript, catalogue)
    items: defaultdict[str, list[PlannedItem]] = defaultdict(list)
    for item in transcript.items:
        items[item.requirement].append(item)
    return tuple(_result(court, catalogue[name], items[name]) for name in transcript.header.requirements)


def _result(court: _Court, requirement: Requirement, items: list[PlannedItem]) -> RequirementResult:
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


def _decided(court: _Court, items: list[PlannedItem]) -> list[ItemResult]:
    decided: list[tuple[PlannedItem, _Round, list[_Round], Verdict | None, str]] = []
    for item in items:
        first = court.round(item, 0) or _Round(Verdict.NOT_RUN, (), (), ())
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


def _failed_alone(alone: list[_Round]) -> bool:
    """Whether an item failed each time that it was played alone: only then do others stand with it."""
    settled = [r for r in alone if r.verdict in _SETTLED]
    return bool(settled) and all(r.verdict in BROKEN for r in settled)


def _over_rounds(first: _Round, alone: list[_Round]) -> tuple[Verdict | None, str]:
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


def _repeated(first: _Round, settled: list[_Round], *, deed: bool) -> tuple[Verdict, str]:
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
    if len(settled) == 1:
        return Verdict.FLAKY, "failed while stories overlapped and passed once alone; not repeated a second time"
    if deed:
        return Verdict.FLAKY, "failed while stories overlapped and passed twice alone; load excuses no deed"
    return Verdict.PASS, f"{_excuse(first)}: failed while stories overlapped, passed twice alone"


def _over_warnings(first: _Round, settled: list[_Round], *, deed: bool) -> tuple[Verdict, str]:
    """A warning that does not stay is still no more than a warning."""
    if len(settled) > 1 and not deed and all(r.verdict is Verdict.PASS for r in settled):
        return Verdict.PASS, f"{_excuse(first)}: a warning while stories overlapped, none in two runs alone"
    return Verdict.WARN, "seen while stories overlapped, and not every time alone"


def _excuse(first: _Round) -> str:
    by_chance = any(finding.evidence is Evidence.CHANCE for finding in first.findings)
    return "by chance, for the partner makes such calls unasked" if by_chance else "slow under load"


def _with_siblings(first: _Round, siblings: list[Verdict]) -> tuple[Verdict, str]:
    if not _cited(first):
        return first.verdict, "seen outside of any story, so it is not repeated"
    if siblings and all(_confirms(verdict, first.verdict) for verdict in siblings):
        return first.verdict, _LIKE_OTHERS
    if any(finding.evidence is Evidence.DEED for finding in first.findings):
        return first.verdict, "seen once; the run ended before it was repeated alone"
    return Verdict.NOT_ASSESSABLE, "failed while stories overlapped; the run ended before it was repeated alone"


def _item_result(court: _Court, item: PlannedItem, rounds: list[_Round], verdict: Verdict, why: str) -> ItemResult:
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


def _rerun(court: _Court, item: PlannedItem) -> str:
    header = court.transcript.header
    return shlex.join([*header.invocation, f"--conformance-seed={header.seed}", f"conformance::{item.name}"])
