"""One round of plays as judges see it: what they say of an item, weighed and checked.

A judge may be somebody else's: what it says is looked at before it is believed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final

from conformance.catalogue import Catalogue
from conformance.exchange import Asking, Call, Delivery, Exchange, Failure
from conformance.judge.bench import judges_of
from conformance.judge.binding import Case, Judge, Said
from conformance.platform.description import Description
from conformance.requirement import Evidence, Finding, Inapplicable, Remark, Requirement, Unassessable
from conformance.transcript import Ending, Outcome, PlannedItem, Play, Transcript
from conformance.verdict import Level, Verdict, join

__all__ = ["BROKEN", "Court", "Round", "description_of", "level_of"]

BROKEN: Final = frozenset({Verdict.FAIL, Verdict.WARN})
# A play in which the kit stood still for so many seconds, and for so much of its time, shows nothing by absence.
_STALLED: Final = 0.5
_STALLED_PART: Final = 0.2
_NO_JUDGE: Final = (
    "its judge does not ship with the kit and was not named: webhook-conformance judge --requirements MODULE judges it"
)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of plays says of an item."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]
    plays: tuple[Play, ...]

    @property
    def reason(self) -> str:
        """All reasons as one text, each once."""
        return "; ".join(dict.fromkeys(self.reasons))


def description_of(transcript: Transcript) -> Description:
    """The platform description as it was in force in the run."""
    confirmed = frozenset(at for at, _ in transcript.header.overrides)
    return Description.from_text(transcript.header.description, confirmed=confirmed)


def level_of(requirement: Requirement, description: Description) -> Level:
    """The level in force on a platform."""
    return description.levels.get(requirement.id, requirement.level)


@dataclass(frozen=True, slots=True)
class Court:
    """What is needed to judge any item of a transcript."""

    transcript: Transcript
    catalogue: Catalogue
    description: Description
    rounds: Mapping[int, tuple[Play, ...]]
    case: Case

    @classmethod
    def over(cls, transcript: Transcript, catalogue: Catalogue) -> Court:
        """The court for a transcript, under the description that was in force in its run."""
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

    def round(self, item: PlannedItem, number: int, *, of: frozenset[str] = frozenset()) -> Round | None:
        """What a round says of an item, or what its plays `of` these names say; None when it did not play them all."""
        requirement = self.catalogue[item.requirement]
        judge = _judge(item)
        if judge is None and item.requirement not in self.catalogue.own:
            raise LookupError(f"no judge for {item.name}")
        if judge is None:
            return Round(Verdict.NOT_ASSESSABLE, (), (_NO_JUDGE,), ()) if number == 0 else None
        plays = self._plays(judge, item, number)
        if number > 0:
            plays = tuple(p for p in plays if p.name in of)
            if not plays or not of <= {p.name for p in plays}:
                return None
        missing = self._missing(requirement)
        if missing:
            return Round(Verdict.NOT_ASSESSABLE, (), (missing,), plays)
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

    def _of_play(self, requirement: Requirement, judge: Judge, plays: tuple[Play, ...]) -> Round:
        if not plays or plays[0].outcome is Outcome.NOT_RUN:
            return Round(Verdict.NOT_RUN, (), ("the story did not run to its end",), plays)
        play = plays[0]
        if play.outcome is Outcome.ERROR:
            return Round(Verdict.ERROR, (), (play.reason,), plays)
        assert judge.of_play is not None  # the caller asked for that kind
        if play.outcome is Outcome.NOT_ASSESSABLE:
            return Round(Verdict.NOT_ASSESSABLE, (), (play.reason,), plays)
        heard = self._heard(requirement, judge, judge.of_play(play, self.case), plays)
        return self._unless_stalled(heard, play)

    def _unless_stalled(self, heard: Round, play: Play) -> Round:
        """What is missing or late while the kit itself stood still for a good part of the play proves nothing."""
        if not play.alone or heard.verdict not in BROKEN or any(f.evidence is Evidence.DEED for f in heard.findings):
            return heard
        stalled = self.case.stalled_for(play.started, play.ended)
        if stalled < max(_STALLED, _STALLED_PART * (play.ended - play.started)):
            return heard
        why = f"the kit itself stood still for {stalled:.1f} s of this story"
        return Round(Verdict.NOT_ASSESSABLE, (), (why,), heard.plays)

    def _of_run(self, requirement: Requirement, judge: Judge, plays: tuple[Play, ...]) -> Round:
        first = not plays or plays[0].round == 0
        # A repetition plays what a finding cited, and that may be any story.
        needed = [p for p in plays if p.story in judge.stories or not first]
        if not needed or all(p.outcome is Outcome.NOT_RUN for p in needed):
            return Round(Verdict.NOT_RUN, (), ("the stories did not run to their end",), plays)
        assert judge.of_run is not None  # the caller asked for that kind
        stage = (*plays, _stray_play(self.transcript.strays)) if first else plays
        heard = self._heard(requirement, judge, judge.of_run(stage, self.case), plays)
        cut_short = [p.reason for p in needed if p.outcome is Outcome.NOT_ASSESSABLE and not first]
        errors = [p.reason for p in needed if p.outcome is Outcome.ERROR]
        unfinished = any(p.outcome is Outcome.NOT_RUN for p in needed) or (first and not self._finished)
        if errors and heard.verdict not in BROKEN:
            return Round(Verdict.ERROR, (), (errors[0],), plays)
        if unfinished and heard.verdict not in BROKEN:
            return Round(Verdict.NOT_RUN, (), ("not all stories ran to their end",), plays)
        if cut_short and heard.verdict not in BROKEN:
            return Round(Verdict.NOT_ASSESSABLE, (), (cut_short[0],), plays)
        return heard

    def _heard(self, requirement: Requirement, judge: Judge, said: Said, plays: tuple[Play, ...]) -> Round:
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
            return Round(Verdict.ERROR, (), (f"{judge.whose} failed while judging: {fault}",), plays)
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
            return Round(Verdict.NOT_ASSESSABLE, (), tuple(unassessable), plays)
        if not findings and inapplicable:
            return Round(Verdict.NOT_APPLICABLE, (), tuple(inapplicable), plays)
        return Round(verdict, tuple(findings), tuple(reasons), plays)

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
