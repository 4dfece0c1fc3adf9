"""Stories about batches: one delivery that holds several events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.exchange import Delivery
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, compact
from conformance.scenarios.parameters import told_types
from conformance.scenarios.positive_control import accepted_control, usual_type
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []

_MOST: Final = 10
_KINDS: Final = 3
# Whatever an event is, it is more than this: it lacks its type at least.
_UNFIT: Final[Mapping[str, Any]] = {}


def batched(description: Description) -> tuple[str, ...]:
    """Once, where the platform puts several events into one delivery."""
    return ("",) if "batches" in description.features else ()


@story("batch", per=batched)
async def batch(stage: Stage) -> None:
    """After genuine events that come alone, the platform delivers several events in one batch."""
    await _show_effects(stage)
    events = _events(stage, min(stage.description.batch, _MOST))
    await _see(stage, await _deliver(stage, events), events)


@story("spoiled-batch", per=batched, negative=True)
async def spoiled_batch(stage: Stage) -> None:
    """A batch holds something among its events that is no event; refused, its events are delivered without that."""
    await _show_effects(stage)
    events = _events(stage, max(2, min(stage.description.batch, _MOST) - 1))
    first, *others = (event.body for event in events)
    spoiled = Wrapping(body=first, beside=(compact(_UNFIT), *others))
    delivery = await stage.deliver(events[0], "spoiled", genuine=False, wrapping=spoiled)
    if not delivery.succeeded:
        delivery = await _deliver(stage, events)
    await _see(stage, delivery, events)


def _kinds(description: Description) -> tuple[str, ...]:
    """The object types of a batch: an endpoint of one type takes no others."""
    if description.endpoint_per_type:
        return (usual_type(description),)
    return tuple(dict.fromkeys((usual_type(description), *told_types(description))))[:_KINDS]


async def _show_effects(stage: Stage) -> None:
    """A genuine event of each type is accepted, and its effect is there to compare with."""
    for kind in _kinds(stage.description):
        event = stage.news(kind)
        await accepted_control(stage, kind, event)
        await stage.ask_effect(event)


def _events(stage: Stage, count: int) -> tuple[Event, ...]:
    """Events about as many objects, the first two of one type; a delivery has one correlation id, and so have they."""
    kinds = _kinds(stage.description)
    first = stage.news(kinds[0])
    others = (stage.news(kinds[n % len(kinds)], correlation=first.correlation) for n in range(count - 1))
    return (first, *others)


async def _deliver(stage: Stage, events: Sequence[Event]) -> Delivery:
    first, *others = events
    delivery = await stage.deliver(first, "batch", wrapping=Wrapping(beside=tuple(event.body for event in others)))
    if delivery.succeeded:
        for event in others:
            stage.kit.state.events[event.id].delivered = True
    return delivery


async def _see(stage: Stage, delivery: Delivery, events: Sequence[Event]) -> None:
    """Wait for what each event brings about, and ask for it; which events those are is for the judge."""
    parts = [{"event": e.id, "object_type": e.thing.object_type, "object": e.thing.id} for e in events]
    stage.note("batch", json.dumps(parts))
    if not delivery.succeeded:
        return
    await asyncio.gather(*(stage.until_effect(event, after=delivery.started) for event in events))
    for event in events:
        await stage.ask_effect(event)
