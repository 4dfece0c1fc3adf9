"""The judge of what poison events leave behind."""

from __future__ import annotations

import json

from conformance.exchange import Delivery, Failure
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, not_accepted, seconds
from conformance.requirement import Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

_SEEN = "seen"
_UNSEEN = "not seen"


@judges("ERR-05", story="poison-event")
@judges("ERR-05", story="endless-failure")
def goes_on_after_a_poison_event(play: Play, case: Case) -> Said:
    """After an event that cannot be brought to an end, the partner accepts and handles those about other objects."""
    poison = play.deliveries("poison", "event")[-1]
    last = {delivery.event_id: delivery for delivery in answered(play, "follow-up")}
    for delivery in last.values():
        if not delivery.succeeded:
            yield not_accepted(delivery, poison.id)
            return
    if play.note("control effect") != _SEEN:
        yield Unassessable(
            "a genuine event shows no effect here, so the status alone shows that the partner goes on "
            "(see --partner-control-url)"
        )
        return
    effects = json.loads(play.note("effects"))
    behind = [delivery for delivery in last.values() if effects.get(delivery.event_id) == _UNSEEN]
    if behind:
        waited = seconds(play.waited("effect") or play.waited("fetch"))
        yield Finding(
            expected="the effect of events about other objects, as before the poison event",
            actual=f"{len(behind)} of {len(last)} events have none within {waited}",
            exchanges=(poison.id, *(delivery.id for delivery in behind)),
        )
        return
    unread = [d for d in answered(play, "poison") if _may_be_unread(d)]
    if unread:
        yield Unassessable(f"nobody knows whether the partner read the poison event: {unread[0].outcome()}")


def _may_be_unread(delivery: Delivery) -> bool:
    """Whether nothing shows that the partner has seen it; who hangs up has."""
    hung_up = delivery.failure is Failure.CLOSED
    return delivery.asks_to_wait or (delivery.response is None and not hung_up)
