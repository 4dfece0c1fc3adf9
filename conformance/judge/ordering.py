"""Judges of the chapter Order."""

from __future__ import annotations

from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import wrong_state
from conformance.requirement import Evidence, Finding
from conformance.transcript import Play

__all__: list[str] = []


@judges("ORD-01", story="late-older-event")
def keeps_the_newer_state(play: Play, case: Case) -> Said:
    """The partner does not go back to an older state when an older event arrives late."""
    yield from wrong_state(play, case, cites=play.deliveries("newer", "older"))


@judges("ORD-02", story="update-before-creation")
def takes_an_update_before_its_creation(play: Play, case: Case) -> Said:
    """The partner acknowledges an update that arrives before its creation, and holds the updated object in the end."""
    deliveries = play.deliveries("update", "creation")
    for delivery in deliveries:
        if not delivery.succeeded:
            yield Finding(
                expected="a status from 200 to 299",
                actual=f"{delivery.outcome()} to the {delivery.role}",
                exchanges=(delivery.id,),
                evidence=Evidence.ABSENCE if delivery.failure else Evidence.DEED,
            )
            return
    yield from wrong_state(play, case, cites=deliveries)


@judges("ORD-05", story="terminal-state")
def keeps_the_terminal_state(play: Play, case: Case) -> Said:
    """The partner keeps a state that is never left when the event of an earlier state arrives late."""
    yield from wrong_state(play, case, cites=play.deliveries("final", "late"))
