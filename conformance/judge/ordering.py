"""Judges of the chapter Order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, not_accepted, wrong_state
from conformance.requirement import Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []


@judges("ORD-01", story="late-older-event")
def keeps_the_newer_state(play: Play, case: Case) -> Said:
    """The partner does not go back to an older state when an older event arrives late."""
    yield from _not_taken(play, "older")
    late = play.deliveries("older")[-1]
    yield from wrong_state(play, case, cites=play.deliveries("newer", "older"), late=late.version or 0)


@judges("ORD-02", story="update-before-creation")
def takes_an_update_before_its_creation(play: Play, case: Case) -> Said:
    """The partner acknowledges an update that arrives before its creation, and holds the updated object in the end."""
    told = answered(play, "update", "creation")
    refused = [d for d in told if not d.succeeded]
    if len(refused) == len(told):
        yield Unassessable(f"positive control failed: the creation is not accepted either ({refused[-1].outcome()})")
        return
    if refused:
        yield not_accepted(refused[0])
        return
    yield from wrong_state(play, case, cites=play.deliveries("update", "creation"))


@judges("ORD-05", story="terminal-state")
def keeps_the_terminal_state(play: Play, case: Case) -> Said:
    """The partner keeps a state that is never left when the event of an earlier state arrives late."""
    yield from _not_taken(play, "late")
    late = play.deliveries("late")[-1]
    yield from wrong_state(play, case, cites=play.deliveries("final", "late"), late=late.version or 0)


def _not_taken(play: Play, role: str) -> Iterator[Finding]:
    """A late event is a genuine one: it is acknowledged, whatever becomes of it."""
    delivery = play.deliveries(role)[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
