"""The register of judges: which function judges which requirement, on which stories.

A judge is a generator. It sees finished plays and the case, and nothing else; it returns, or yields a Finding for each
departure, an Unassessable where it cannot decide, an Inapplicable where nothing is asked, a Remark for what a reader
should know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from conformance.exchange import Call
from conformance.platform.description import Description
from conformance.requirement import Evidence, Finding, Inapplicable, Remark, Unassessable
from conformance.transcript import Play, Stall

__all__ = ["JUDGES", "Case", "Judge", "PlayJudge", "RunJudge", "Said", "judges", "judges_run"]

Said: TypeAlias = Iterator[Finding | Unassessable | Inapplicable | Remark]


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge knows beside the plays.

    `unasked` are calls of the partner that no story brought about; `away` is when nobody listened at its address;
    `holds` are the types of which the partner held an object in the run.
    """

    description: Description
    offers: tuple[str, ...]
    stalls: tuple[Stall, ...] = ()
    shared_machine: bool = False
    unasked: tuple[Call, ...] = ()
    away: tuple[float, ...] = ()
    holds: frozenset[str] = frozenset()

    def offered(self, call: str) -> bool:
        """Whether the partner's control endpoint offers a call."""
        return call in self.offers

    def stalled_for(self, started: float, ended: float) -> float:
        """For how many seconds of that stretch of time the kit itself stood still."""
        return sum(max(0.0, min(ended, s.ended) - max(started, s.started)) for s in self.stalls)

    def was_away(self, started: float, ended: float) -> bool:
        """Whether the partner was away in that stretch of time: one that starts again may have forgotten its plans."""
        return any(started <= moment <= ended for moment in self.away)

    def proof(self, does: str) -> Evidence:
        """What a call of that kind, where there must be none, proves of a partner that may make such calls unasked."""
        return Evidence.CHANCE if any(call.does == does for call in self.unasked) else Evidence.DEED


PlayJudge = Callable[[Play, Case], Said]
RunJudge = Callable[[tuple[Play, ...], Case], Said]


@dataclass(frozen=True, slots=True)
class Judge:
    """A function bound to a requirement.

    `only` narrows the parameters of the story; a judge of the whole run sees every play, and needs at least those of
    its stories to have been played; `whose` judge it is, is said where it fails.
    """

    requirement: str
    stories: tuple[str, ...]
    only: tuple[str, ...]
    of_play: PlayJudge | None
    of_run: RunJudge | None
    whose: str = "the kit"

    def covers(self, story: str, parameter: str) -> bool:
        """Whether a play of that story and parameter is one of this judge's items."""
        return story in self.stories and (not self.only or parameter in self.only)


JUDGES: Final[list[Judge]] = []


def judges(requirement: str, *, story: str, only: Iterable[str] = ()) -> Callable[[PlayJudge], PlayJudge]:
    """Bind a function that judges one play; each play is an item of the requirement."""

    def bind(function: PlayJudge) -> PlayJudge:
        JUDGES.append(Judge(requirement, (story,), tuple(only), function, None))
        return function

    return bind


def judges_run(requirement: str, *, stories: Iterable[str]) -> Callable[[RunJudge], RunJudge]:
    """Bind a function that judges all plays together; the requirement has one item."""

    def bind(function: RunJudge) -> RunJudge:
        JUDGES.append(Judge(requirement, tuple(stories), (), None, function))
        return function

    return bind
