"""Which of the events that a partner acknowledged had no effect, as far as effects can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.exchange import Delivery
from conformance.judge.evidence import applied, fetches, held, seconds
from conformance.requirement import Finding
from conformance.transcript import Play

__all__ = ["accepted", "is_visible", "loss_findings"]

# A finding cites so many of the lost events; more of them say no more.
_CITED: Final = 5
_LOOKS: Final = frozenset({"effect", "fetch"})


def accepted(play: Play, role: str) -> tuple[Delivery, ...]:
    """The deliveries in this role that were acknowledged, one for each event."""
    return tuple({d.event_id: d for d in play.deliveries(role) if d.succeeded}.values())


def is_visible(play: Play) -> bool:
    """Whether the effect of a genuine event was seen in this play: only then does a missing one mean anything."""
    return play.note("control effect") == "seen"


@dataclass(frozen=True, slots=True)
class _Loss:
    """An acknowledged event without effect: what was seen in its place, and the exchanges that prove it."""

    told: str
    proof: tuple[str, ...]


def loss_findings(play: Play, taken: tuple[Delivery, ...], *, expected: str) -> Iterator[Finding]:
    """One finding for all acknowledged events that had no effect; none where each had one."""
    lost = [loss for delivery in taken if (loss := _loss(play, delivery))]
    if lost:
        waited = max((w.ended - w.started for w in play.waits if w.what in _LOOKS and not w.rewarded), default=0.0)
        within = f" within {seconds(waited)}" if waited else ""
        yield Finding(
            expected=expected,
            actual=f"no effect of {len(lost)} of {len(taken)} acknowledged events{within}; {lost[0].told}",
            exchanges=tuple(name for loss in lost[:_CITED] for name in loss.proof),
        )


def _loss(play: Play, delivery: Delivery) -> _Loss | None:
    count = applied(play, delivery.event_id)
    if count is not None:
        told = f"the partner reports that it applied {delivery.event_id} 0 times"
        return _Loss(told, (delivery.id, count[1].id)) if count[0] == 0 else None
    seen = held(play, delivery.object_id)
    if seen is not None:
        told = f"the partner holds nothing of {delivery.object_id}, the object of {delivery.event_id}"
        return _Loss(told, (delivery.id, seen[1].id)) if seen[0] is None else None
    tries = fetches(play, delivery.object_id, after=delivery.started)
    if any(call.succeeded for call in tries):
        return None
    failed = f"; {len(tries)} failed" if tries else ""
    told = f"no get of {delivery.object_id}, the object of {delivery.event_id}, succeeded{failed}"
    return _Loss(told, (delivery.id, *(call.id for call in tries[-1:])))
