"""Which of the events that a partner acknowledged had no effect, as far as effects can be seen."""

from __future__ import annotations

from conformance.exchange import Delivery
from conformance.judge.evidence import applied, fetches, held
from conformance.transcript import Play

__all__ = ["accepted", "is_visible", "lost"]


def accepted(play: Play, role: str) -> tuple[Delivery, ...]:
    """The deliveries in this role that were acknowledged, one for each event."""
    return tuple({d.event_id: d for d in play.deliveries(role) if d.succeeded}.values())


def is_visible(play: Play) -> bool:
    """Whether the effect of a genuine event was seen in this play: only then does a missing one mean anything."""
    return play.note("control effect") == "seen"


def lost(play: Play, delivery: Delivery) -> tuple[str, ...]:
    """The exchanges that prove that an acknowledged event had no effect; none where it had one."""
    count = applied(play, delivery.event_id)
    if count is not None:
        return (delivery.id, count[1].id) if count[0] == 0 else ()
    seen = held(play, delivery.object_id)
    if seen is not None:
        return (delivery.id, seen[1].id) if seen[0] is None else ()
    return () if fetches(play, delivery.object_id, after=delivery.started, succeeded=True) else (delivery.id,)
