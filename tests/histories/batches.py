"""Plays of stories about batches: how a correct partner takes several events of one delivery."""

from __future__ import annotations

import json
from typing import Final

from conformance.exchange import Delivery
from histories.performance import Performance, Told
from histories.repertoire import plays

__all__: list[str] = []

_MOST: Final = 10


def _kinds(stage: Performance) -> tuple[str, ...]:
    """The object types of a batch."""
    told = (t.object_type for t in stage.description.delivered_types)
    return tuple(dict.fromkeys((stage.usual, *(k for k in stage.description.object_types if k in set(told)))))[:3]


def _events(stage: Performance, count: int) -> list[Told]:
    kinds = _kinds(stage)
    for kind in kinds:
        stage.ask_effect(stage.control(kind))
    return [stage.news(kinds[0]), *(stage.news(kinds[n % len(kinds)]) for n in range(count - 1))]


def _see(stage: Performance, delivery: Delivery, events: list[Told]) -> None:
    """Work on what was accepted; a partner that is wrong here leaves one event out, or all after the first."""
    parts = [{"event": e.id, "object_type": e.kind, "object": e.about} for e in events]
    stage.note("batch", json.dumps(parts))
    if not delivery.succeeded:
        return
    lost = {stage.random.choice(events).id} if stage.chance(0.5) else {event.id for event in events[1:]}
    for event in events:
        if not (stage.breaks("PAY-07") and event.id in lost):
            stage.work_on(event, delivery)
    for event in events:
        stage.until_effect(event)
    for event in events:
        stage.ask_effect(event)


@plays("batch", "PAY-07")
def batch(stage: Performance) -> None:
    """Several events in one delivery."""
    events = _events(stage, min(stage.description.batch, _MOST))
    refused = stage.breaks("PAY-07") and stage.chance(0.3)
    answer = stage.refuses(stage.random.choice((400, 413, 500))) if refused else None
    _see(stage, stage.deliver(events[0], "batch", answer=answer), events)


@plays("spoiled-batch", "PAY-07")
def spoiled_batch(stage: Performance) -> None:
    """What is no event stands among them: a partner may refuse the whole, or take the rest."""
    events = _events(stage, max(2, min(stage.description.batch, _MOST) - 1))
    answer = stage.refuses(400) if stage.chance(0.5) else stage.accepts()
    delivery = stage.deliver(events[0], "spoiled", genuine=False, answer=answer)
    if not delivery.succeeded:
        delivery = stage.deliver(events[0], "batch")
    _see(stage, delivery, events)
