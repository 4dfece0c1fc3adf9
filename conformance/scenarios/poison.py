"""Stories about poison events: those that a partner cannot bring to an end, whatever it does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Final

from conformance import pointer
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, compact
from conformance.scenarios.parameters import announced_types
from conformance.scenarios.positive_control import accepted_control, usual_type
from conformance.scenarios.retries import failing_fetch_of, fetched_types
from conformance.scenarios.story import story
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage

__all__ = ["FOLLOW_UPS"]

FOLLOW_UPS: Final = 3
_DEPTH: Final = 500


def wild_forms(description: Description) -> tuple[str, ...]:
    """Once: the item has a name because the requirement has another one."""
    return ("wild-event",)


# Whoever stops at such an event stops for good, and of what other stories send nobody could tell which one it was.
@story("poison-event", per=wild_forms, negative=True, first=True)
async def poison_event(stage: Stage) -> None:
    """After events that cannot be read come events about other objects."""
    kind = _kind(stage.description)
    await accepted_control(stage, kind, stage.news(kind))
    for event, body in _wild(stage, kind):
        await stage.deliver(event, "poison", genuine=False, wrapping=Wrapping(body=body))
    await _follow(stage, kind)


def failing_forms(description: Description) -> tuple[str, ...]:
    """Once, where there is something to get."""
    return ("failing-fetch",) if fetched_types(description) else ()


@story("endless-failure", per=failing_forms, exclusive=True, negative=True)
async def endless_failure(stage: Stage) -> None:
    """While every try to get an object fails come events about other objects."""
    kind = _kind(stage.description)
    await accepted_control(stage, kind, stage.news(kind))
    async with failing_fetch_of(stage, FaultKind.STATUS, status=500):
        await _follow(stage, kind)


def _kind(description: Description) -> str:
    return (announced_types(description) or (usual_type(description),))[0]


async def _follow(stage: Stage, kind: str) -> None:
    """Events about other objects, all of them delivered before the first effect is awaited."""
    events = [stage.news(kind) for _ in range(FOLLOW_UPS)]
    followed = [(event, await stage.deliver(event, "follow-up", retry=True)) for event in events]
    accepted = [(event, delivery) for event, delivery in followed if delivery.succeeded]
    effects = await asyncio.gather(*(stage.until_effect(event, after=d.started) for event, d in accepted))
    told = {event.id: str(effect) for (event, _), effect in zip(accepted, effects, strict=True)}
    stage.note("effects", json.dumps(told))


def _wild(stage: Stage, kind: str) -> Iterator[tuple[Event, bytes]]:
    """Genuine events whose bodies make careless handlers stumble: in what they read, and in how deep they read."""
    for changed in (_nulls, _texts):
        event = stage.event(stage.make(kind), "created", age=30, listed=False)
        yield event, compact(changed(stage.description, event.content))
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    deep = b"[" * _DEPTH + b"]" * _DEPTH
    yield event, event.body[:-1] + b',"deep":' + deep + b',"big":' + b"9" * 400 + b"}"


def _nulls(d: Description, content: Any) -> Any:
    """The event with null for all that does not name it."""
    return _overwritten(d, content, None)


def _texts(d: Description, content: Any) -> Any:
    """The event with a text for all that does not name it, lists and objects included."""
    return _overwritten(d, content, "\x00%s{0}$1")


def _overwritten(d: Description, content: Any, value: Any) -> Any:
    address = {at for object_type in d.object_types for at, _ in d.address_at(object_type)}
    named = {d.id_at, d.type_at, d.object_id_at, d.object_type_at, *address}
    waiting = ["" if d.thin else d.payload_at]
    while waiting:
        at = waiting.pop()
        for name in pointer.read(content, at):
            here = f"{at}/{pointer.escaped(name)}"
            if any(place.startswith(f"{here}/") for place in named):
                waiting.append(here)
            elif here not in named:
                content = pointer.write(content, here, value)
    return content
