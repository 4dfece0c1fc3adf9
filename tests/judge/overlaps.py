"""Plays of one story, first beside others and then alone, with what load may excuse and what it may not."""

from __future__ import annotations

from typing import Final

from conformance.exchange import Failure
from conformance.transcript import Outcome
from transcripts import Moment, Scene, delivered, play

__all__ = ["BAD", "EVERY", "GOOD", "LATE", "again", "overlapped"]

EVERY: Final = "every-event-type"
GOOD: Final = delivered("event")
# What is missing may be excused by load; a deed is not.
LATE: Final = delivered("event", failure=Failure.TIMEOUT, took=20)
BAD: Final = delivered("event", status=500)


def overlapped(moment: Moment, parameter: str = "A") -> Scene:
    """The first round of a play, beside others."""
    return play(EVERY, parameter, moment, alone=False)


def again(number: int, *moments: Moment, parameter: str = "A", outcome: Outcome = Outcome.PLAYED) -> Scene:
    """A repetition of it, alone."""
    return play(EVERY, parameter, *moments, round=number, outcome=outcome, reason="no control" * (not moments))
