"""Judges of the chapter Order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, not_accepted, wrong_state
from conformance.judge.single_effect import has_its_effect
from conformance.requirement import Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []


@judges("ORD-01", story="late-older-event")
def keeps_the_newer_state(play: Play, case: Case) -> Said:
    """The partner does not go back to an older state when an older event arrives late."""
    yield from _not_taken(play, "older")
    late = play.deliveries("older")[-1]
    yield from wrong_state(play, case, cites=play.deliveries("newer", "older"), late=late.version or 0, if_kept=True)


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
    yield from wrong_state(play, case, cites=play.deliveries("update", "creation"), if_kept=True)


@judges("ORD-05", story="terminal-state")
def keeps_the_terminal_state(play: Play, case: Case) -> Said:
    """The partner keeps a state that is never left when the event of an earlier state arrives late."""
    yield from _not_taken(play, "late")
    late = play.deliveries("late")[-1]
    yield from wrong_state(play, case, cites=play.deliveries("final", "late"), late=late.version or 0, if_kept=True)


@judges("ORD-03", story="shuffled-batch")
def ends_alike_for_any_order(play: Play, case: Case) -> Said:
    """The partner ends in the same state, in whatever order the events about an object arrive."""
    for events in _by_object(play, "straight"):
        said = tuple(_state_of(play, case, events))
        yield from (word for word in said if isinstance(word, Unassessable))
        if any(isinstance(word, Finding) for word in said):
            yield Unassessable("positive control failed: events in their order do not lead to the newest state either")
            return
    for events in _by_object(play, "shuffled"):
        refused = [event for event in events if not _taken_in_the_end(event, events)]
        yield from (not_accepted(event) for event in refused[:1])
        if not refused:
            yield from _state_of(play, case, events)


def _taken_in_the_end(event: Delivery, attempts: tuple[Delivery, ...]) -> bool:
    return any(other.succeeded for other in attempts if other.event_id == event.event_id)


def _by_object(play: Play, *roles: str) -> tuple[tuple[Delivery, ...], ...]:
    """The deliveries in these roles, object by object, in the order of their arrival."""
    deliveries = answered(play, *roles)
    names = dict.fromkeys(d.object_id for d in deliveries)
    return tuple(tuple(d for d in deliveries if d.object_id == name) for name in names)


def _state_of(play: Play, case: Case, events: tuple[Delivery, ...]) -> Said:
    """Judge the state of an object after these events about it; the version told of last is not the newest if late."""
    last, newest = events[-1].version or 0, max(event.version or 0 for event in events)
    late = last if last != newest else 0
    yield from wrong_state(play, case, cites=events, late=late, about=events[0].object_id or "", if_kept=True)


@judges("ORD-04", story="late-about-another")
def takes_a_late_event_about_another_object(play: Play, case: Case) -> Said:
    """An event that is older than the last one about another object has its effect."""
    control, late = play.deliveries("control")[-1], play.deliveries("late")[-1]
    if not late.succeeded:
        yield not_accepted(late, control.id)
        return
    yield from has_its_effect(play, case, control, late, expected="the effect of an event, however late it comes")


@judges("ORD-06", story="within-a-second")
def orders_changes_within_a_second(play: Play, case: Case) -> Said:
    """The partner holds the newer of two changes within one second, whichever arrives first."""
    for events in _by_object(play, "older", "newer"):
        yield from _state_of(play, case, events)


def _not_taken(play: Play, role: str) -> Iterator[Finding]:
    """A late event is a genuine one: it is acknowledged, whatever becomes of it."""
    delivery = play.deliveries(role)[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
