"""The register of cases: a transcript written by hand, the requirement that judges it, and the verdict that it earns.

A function that returns a transcript becomes a test with `@case`; `test_bench.py` counts what the register holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final

from conformance.catalogue import shipped_catalogue
from conformance.judge.bench import judges_of
from conformance.judge.binding import Judge
from conformance.judge.decision import requirement_results
from conformance.report import RequirementResult
from conformance.transcript import PlannedItem, Transcript
from conformance.verdict import Verdict
from judge.tellings import kept, told_in_full
from transcripts import planned

__all__ = ["CASES", "Case", "case", "judged", "telling"]


@dataclass(frozen=True, slots=True)
class Case:
    """A transcript, and what it earns."""

    requirement: str
    verdict: Verdict
    told: Callable[[], Transcript]

    @property
    def name(self) -> str:
        """The test that it is, by its module."""
        return f"{self.told.__module__.rpartition('.')[2]}.{self.told.__name__}"

    def in_full(self) -> list[str]:
        """All that is told of it."""
        transcript = planned(self.told(), self.requirement)
        return told_in_full(transcript, judged(self.requirement, transcript))

    def by_judge(self) -> tuple[tuple[Judge, Verdict], ...]:
        """What each judge that had an item in this transcript came to."""
        transcript = planned(self.told(), self.requirement)
        items = zip(transcript.items, judged(self.requirement, transcript).items, strict=True)
        return tuple((_judge_of(plan), item.verdict) for plan, item in items)


def _judge_of(item: PlannedItem) -> Judge:
    return next(j for j in judges_of(item.requirement) if j.of_run or j.covers(item.story, item.parameter))


CASES: Final[list[Case]] = []


def judged(requirement: str, transcript: Transcript) -> RequirementResult:
    """The result of one requirement over a transcript, from the real judges and the real catalogue."""
    (result,) = requirement_results(planned(transcript, requirement), shipped_catalogue())
    return result


def telling(result: RequirementResult) -> str:
    """All that a reader is told of a result."""
    words = [result.reason]
    for item in result.items:
        words += [item.reason, *(f"{f.expected} / {f.actual}" for f in item.findings)]
    return "\n".join(words)


def case(
    requirement: str, verdict: Verdict, says: str = ""
) -> Callable[[Callable[[], Transcript]], Callable[[], None]]:
    """Make a test of a function that returns a transcript: it earns the verdict, and its telling holds the words."""

    def bind(told: Callable[[], Transcript]) -> Callable[[], None]:
        registered = Case(requirement, verdict, told)

        @wraps(told)
        def test() -> None:
            transcript = planned(told(), requirement)
            result = judged(requirement, transcript)
            heard = telling(result)

            assert verdict == result.verdict, heard
            assert says in heard
            in_full = told_in_full(transcript, result)
            assert kept().get(registered.name, in_full) == in_full
            assert not [f for i in result.items for f in i.findings if not _is_proven(f.exchanges, transcript)]

        CASES.append(registered)
        return test

    return bind


def _is_proven(exchanges: tuple[str, ...], transcript: Transcript) -> bool:
    """Whether a finding cites exchanges, and only such as were recorded."""
    return bool(exchanges) and all(transcript.exchange(name) is not None for name in exchanges)
