"""Judges of the chapter Duplicates."""

from __future__ import annotations

from typing import Final

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import (
    answered,
    applied,
    fetches,
    held,
    not_accepted,
    seconds,
    shows_as_get,
    wrong_state,
)
from conformance.judge.single_effect import NO_EFFECT, applied_once
from conformance.requirement import Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

_NO_GET: Final = "positive control failed: the partner got no object that an event named (see FET-01)"


@judges("DUP-01", story="redelivery")
def acknowledges_a_redelivery(play: Play, case: Case) -> Said:
    """The partner answers a redelivery of the same event with 2xx."""
    for delivery in answered(play, "again"):
        if not delivery.succeeded:
            yield not_accepted(delivery, *(d.id for d in play.deliveries("first")[-1:]))
            return


@judges("DUP-02", story="redelivery")
def applies_a_redelivered_event_once(play: Play, case: Case) -> Said:
    """The partner applies an event once, however often it is delivered."""
    yield from applied_once(play, play.deliveries("first", "again"))


@judges("DUP-05", story="look-alikes", only=("another-id",))
def takes_another_id_for_another_event(play: Play, case: Case) -> Said:
    """An event that equals an earlier one in all but its id and time is another event."""
    made, there, elsewhere, back = (play.deliveries(role)[-1] for role in ("made", "there", "elsewhere", "back"))
    if case.description.thin:
        yield from _each_fetched_or_applied(play, case, (made, there, elsewhere, back))
    elif case.offered("objects"):
        yield from wrong_state(play, case, cites=(there, elsewhere), version=3, before=back.started, if_kept=True)
        yield from wrong_state(play, case, cites=(there, elsewhere, back), if_kept=True)
    else:
        yield from _each_applied(play, (made, there, elsewhere, back))


@judges("DUP-05", story="look-alikes", only=("first-digit", "last-digit"))
def tells_ids_apart_by_every_digit(play: Play, case: Case) -> Said:
    """Two events whose ids differ in one digit are two events."""
    pair = (play.deliveries("first")[-1], play.deliveries("second")[-1])
    if all(shows_as_get(play, case, delivery) for delivery in pair):
        yield from _each_fetched_or_applied(play, case, pair)
    else:
        yield from _each_applied(play, pair)


def _each_fetched_or_applied(play: Play, case: Case, deliveries: tuple[Delivery, ...]) -> Said:
    """On thin events each one shows as a get of its object, or else in what the partner reports."""
    for delivery in deliveries:
        count = applied(play, delivery.event_id)
        got = fetches(play, delivery.object_id, after=delivery.started)
        if got if count is None else count[0] >= 1:
            continue
        if delivery is deliveries[0]:
            # Nothing came before it that it could be taken for.
            yield Unassessable(NO_EFFECT if count else _NO_GET)
            return
        yield Finding(
            expected=f"the event {delivery.event_id} is handled like any other",
            actual=f"no get of its object within {seconds(play.waited())}" if count is None else "applied 0 times",
            exchanges=tuple(d.id for d in deliveries),
        )
        return


def _each_applied(play: Play, deliveries: tuple[Delivery, ...]) -> Said:
    for delivery in deliveries:
        count = applied(play, delivery.event_id)
        seen = held(play, delivery.object_id)
        if count is None and seen is None:
            yield Unassessable("the partner's control endpoint offers neither 'events' nor 'objects'")
            return
        done = count[0] >= 1 if count is not None else seen is not None and seen[0] is not None
        if not done and delivery is deliveries[0]:
            # Nothing came before it that it could be taken for.
            yield Unassessable(NO_EFFECT)
            return
        if not done:
            asked = [answer[1].id for answer in (count, seen) if answer is not None]
            yield Finding(
                expected=f"the event {delivery.event_id} is applied",
                actual=f"not within {seconds(play.waited('effect'))}",
                exchanges=(*(d.id for d in deliveries), *asked),
            )
            return


@judges("DUP-05", story="look-alikes", only=("other-bytes",))
def takes_the_same_id_for_the_same_event(play: Play, case: Case) -> Said:
    """The same event id with other key order and white space is the same event."""
    yield from applied_once(play, play.deliveries("first", "rewritten"))
