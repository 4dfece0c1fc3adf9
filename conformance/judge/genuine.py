"""Judges of what a partner accepts although it looks odd.

An acceptance counts only beside a genuine event accepted and a forged one refused in the same play: a partner that
accepts everything proves nothing.
"""

from __future__ import annotations

from conformance.exchange import Delivery, Failure
from conformance.judge.authenticity import TOLERANCE, resting_on
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, no_refusal, not_accepted
from conformance.requirement import Inapplicable, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

_WRITTEN = ("white-space", "key-order", "final-newline", "escaped-slash", "escape-in-upper-case", "fraction-of-zero")


@judges("SIG-04", story="odd-but-genuine", only=_WRITTEN)
def accepts_unusual_json(play: Play, case: Case) -> Said:
    """The partner accepts genuinely signed JSON in whatever form it is written."""
    yield from _accepted(play)


@judges("SIG-07", story="odd-but-genuine", only=("clock-behind", "clock-ahead"))
def bears_with_another_clock(play: Play, case: Case) -> Said:
    """The partner accepts a genuine signature whose timestamp departs from its clock within the tolerance."""
    yield from resting_on(TOLERANCE, _accepted(play))


@judges("SIG-09", story="odd-but-genuine", only=("known-key-first", "known-key-last"))
def finds_its_own_among_several_signatures(play: Play, case: Case) -> Said:
    """The partner accepts an event that its key has signed beside another, in either order."""
    yield from _accepted(play)


@judges("SIG-10", story="odd-but-genuine", only=("beside-a-good-one",))
def ignores_a_signature_of_unknown_version(play: Play, case: Case) -> Said:
    """The partner accepts an event with a good signature beside one of a version that it does not know."""
    yield from _accepted(play)


@judges("RPL-03", story="odd-but-genuine", only=("one-hour-old", "one-day-old"))
def accepts_a_late_retry(play: Play, case: Case) -> Said:
    """The partner accepts an event that was made long ago and is delivered, freshly signed, only now."""
    yield from _accepted(play)


def _accepted(play: Play) -> Said:
    if play.note("left out"):
        yield Inapplicable(play.note("left out"))
        return
    odd = answered(play, "odd")[-1]
    if not odd.succeeded:
        yield not_accepted(odd, *(d.id for d in play.deliveries("control")[-1:]))
        return
    forged = play.deliveries("forged")[-1:]
    if forged and not _refused(forged[0]):
        why = f"negative control failed: a forged event is not refused ({forged[0].outcome()})"
        yield Unassessable(f"{why}, so an acceptance proves nothing")


def _refused(delivery: Delivery) -> bool:
    """Whether it was: with a status, or with a closed connection, but neither by a limit nor by taking too long."""
    return not delivery.succeeded and delivery.failure in {None, Failure.CLOSED} and not any(no_refusal(delivery))
