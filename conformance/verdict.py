"""Levels, verdicts, and the one rule that joins verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

__all__ = ["Level", "RunVerdict", "Verdict", "join", "run_verdict"]


class Level(StrEnum):
    """How strongly a requirement binds, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    INFORMATIVE = "INFORMATIVE"


class Verdict(StrEnum):
    """What is known of a requirement, worst first: the order of the members is the order in which they join."""

    FAIL = "FAIL"
    ERROR = "ERROR"
    FLAKY = "FLAKY"
    NOT_RUN = "NOT_RUN"
    WARN = "WARN"
    WAIVED = "WAIVED"
    PASS = "PASS"  # noqa: S105  # a verdict
    NOT_ASSESSABLE = "NOT_ASSESSABLE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class RunVerdict(StrEnum):
    """What a report says in one word."""

    CONFORMS = "conforms"
    FAILS = "fails"
    INCOMPLETE = "incomplete"


_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}
_UNPROVEN = frozenset({Verdict.ERROR, Verdict.FLAKY, Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE})


def join(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a requirement from those of its items: the worst one; NOT_RUN when there are none."""
    return min(verdicts, key=_RANK.__getitem__, default=Verdict.NOT_RUN)


def run_verdict(requirements: Mapping[str, tuple[Level, Verdict]]) -> RunVerdict:
    """The verdict of a run from (level, verdict) by requirement id; only MUST requirements move it.

    Nothing proven is never `conforms`.
    """
    musts = [verdict for level, verdict in requirements.values() if level is Level.MUST]
    if Verdict.FAIL in musts:
        return RunVerdict.FAILS
    if _UNPROVEN.intersection(musts) or not {Verdict.PASS, Verdict.WARN}.intersection(musts):
        return RunVerdict.INCOMPLETE
    return RunVerdict.CONFORMS
