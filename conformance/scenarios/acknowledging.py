"""Stories about acknowledging: every event type, the platform's API held, the endpoint of another type."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.scenarios.parameters import delivered_event_types, gettable_types, orderable_types, told_types
from conformance.scenarios.story import story
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage

__all__: list[str] = []

_WAVES: Final = 3
_IN_FLIGHT: Final = 20


@story("every-event-type", per=delivered_event_types)
async def every_event_type(stage: Stage) -> None:
    """The platform sends one genuine event of the type."""
    kind = stage.description.event_types[stage.parameter]
    thing = stage.make(kind.object_type)
    change = kind.changes[0]
    if change != "created":
        stage.change(thing, age=30, event_type=kind)
    await stage.deliver(stage.event(thing, change, age=30, event_type=kind), "event")


@story("held-api", per=gettable_types)
async def held_api(stage: Stage) -> None:
    """The platform's API is held while an event is delivered that may make the partner call it."""
    thing = stage.make(stage.parameter)
    stage.change(thing, age=30)
    event = stage.event(thing, "updated", age=30)
    limit = stage.description.ack_limit
    async with stage.fault_about(thing, FaultKind.HOLD) as fault:
        delivering = asyncio.create_task(stage.deliver(event, "event", patient=False))
        await asyncio.wait({delivering}, timeout=3 * limit)
        if delivering.done() and stage.kit.fetches:
            await stage.until_held_call(fault)
        stage.note("held", "yes" if fault.struck else "no")
        stage.note("released", repr(stage.kit.clock.elapsed))
    await delivering


def foreign_types(description: Description) -> tuple[str, ...]:
    """The types of the order stories, where each type has an endpoint of its own."""
    return orderable_types(description) if description.endpoint_per_type else ()


@story("foreign-endpoint", per=foreign_types, negative=True)
async def foreign_endpoint(stage: Stage) -> None:
    """A genuine event goes to the endpoint of another object type."""
    types = list(stage.description.object_types)
    other = types[(types.index(stage.parameter) + 1) % len(types)]
    control = stage.event(stage.make(stage.parameter), "created", age=30)
    accepted = await stage.deliver_accepted(control, "control")
    await stage.see_control(control, accepted)
    thing = stage.make(stage.parameter)
    event = stage.event(thing, "created", age=30, listed=False)
    await stage.deliver(event, "foreign", genuine=False, wrapping=Wrapping(endpoint=other))
    await stage.quiet(stage.parameter)
    await stage.ask_effect(event)
    # Who believes the endpoint holds an object of that type under the id.
    await stage.ask_held(replace(thing, object_type=other))


@story("twenty-in-flight", exclusive=True, negative=True)
async def twenty_in_flight(stage: Stage) -> None:
    """Three times over, twenty genuine events arrive at the same instant."""
    d = stage.description
    kinds = orderable_types(d) or told_types(d)
    await stage.deliver_accepted(stage.event(stage.make(kinds[0]), "created", age=30), "control")
    for _ in range(_WAVES):
        events = [stage.event(stage.make(kinds[n % len(kinds)]), "created", age=30) for n in range(_IN_FLIGHT)]
        await stage.deliver_together([(event, "event", Wrapping()) for event in events])
