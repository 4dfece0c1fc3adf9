"""Stories about fetching what an event names, and about event types that nobody knows."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from conformance import pointer
from conformance.errors import NotAssessable
from conformance.exchange import Failure
from conformance.platform.description import Description
from conformance.platform.event import Event, Thing
from conformance.scenarios.parameters import announced_types, gettable_types, told_types
from conformance.scenarios.story import once, story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage

__all__: list[str] = []


@story("announced-object", per=announced_types)
async def announced_object(stage: Stage) -> None:
    """The platform makes an object; the partner hears of it for the first time."""
    thing = stage.make(stage.parameter)
    delivery = await stage.deliver(stage.event(thing, "created", age=30), "event", retry=True)
    if delivery.succeeded:
        await stage.until_fetched(thing, after=delivery.started)


def _fault(stage: Stage, thing: Thing) -> AbstractAsyncContextManager[Fault]:
    """The fault that the parameter names, on calls about an object."""
    if stage.parameter == "time-out":
        return stage.fault_about(thing, FaultKind.HOLD, times=1, seconds=stage.waits.hold, reset_after=True)
    if stage.parameter == "reset":
        return stage.fault_about(thing, FaultKind.RESET, times=2)
    return stage.fault_about(thing, FaultKind.STATUS, times=2, status=int(stage.parameter))


def failing_forms(description: Description) -> tuple[str, ...]:
    """The ways in which a fetch fails, where events make partners fetch."""
    return ("500", "502", "503", "time-out", "reset") if announced_types(description) else ()


@story("failing-fetch", per=failing_forms)
async def failing_fetch(stage: Stage) -> None:
    """The first tries to fetch the object fail, the next would succeed."""
    _needs_fetches(stage)
    types = announced_types(stage.description)
    thing = stage.make(types[stage.random.randrange(len(types))])
    async with _fault(stage, thing):
        delivery = await stage.deliver_accepted(stage.event(thing, "created", age=30), "event")
        await stage.until_fetched(thing, after=delivery.started, within=stage.waits.retry)


def missing_forms(description: Description) -> tuple[str, ...]:
    """How long the object is missing, where events make partners fetch."""
    return ("appears", "never") if announced_types(description) else ()


@story("not-yet-there", per=missing_forms)
async def not_yet_there(stage: Stage) -> None:
    """The object that an event announces is not there yet: it appears after two tries, or never."""
    _needs_fetches(stage)
    types = announced_types(stage.description)
    kind = types[stage.random.randrange(len(types))]
    thing = stage.make(kind)
    times = 2 if stage.parameter == "appears" else None
    async with stage.fault_about(thing, FaultKind.STATUS, status=404, times=times) as fault:
        delivery = await stage.deliver_accepted(stage.event(thing, "created", age=30), "event")
        if stage.parameter == "appears":
            await stage.until_fetched(thing, after=delivery.started, within=stage.waits.retry)
            return
        await stage.until("first try", lambda: fault.struck >= 1, within=stage.waits.effect)
        next_thing = stage.make(kind)
        followed = await stage.deliver(stage.event(next_thing, "created", age=30), "follow-up")
        await stage.until_fetched(next_thing, after=followed.started)
        left = delivery.started + stage.waits.retry - stage.kit.clock.elapsed
        await stage.until("end of the retry window", lambda: False, within=max(left, 0.0))
        # A partner that has died gives up as well: only one that still works has given up the object alone.
        last_thing = stage.make(kind)
        followed = await stage.deliver(stage.event(last_thing, "created", age=30), "follow-up")
        await stage.until_fetched(last_thing, after=followed.started)


def _needs_fetches(stage: Stage) -> None:
    if not stage.kit.fetches:
        raise NotAssessable("positive control failed: the partner got no object that an event named (see FET-01)")


def unknown_parameters(description: Description) -> tuple[str, ...]:
    """One object type that can be seen: fetched where that is possible."""
    return (gettable_types(description) or told_types(description))[:1]


@story("unknown-event-type", per=once)
async def unknown_event_type(stage: Stage) -> None:
    """The platform sends an event of a type that the partner cannot know yet."""
    d = stage.description
    kind = unknown_parameters(d)[0]
    control = stage.event(stage.make(kind), "created", age=30)
    accepted = await stage.deliver_accepted(control, "control")
    stage.note("control effect", await stage.until_effect(control, after=accepted.started))
    known = stage.event(stage.make(kind), "created", age=30, listed=False)
    content = pointer.write(known.content, d.type_at, d.unknown_type)
    if d.object_type_at:
        content = pointer.write(content, d.object_type_at, d.unknown_type)
    event = _retyped(known, d.unknown_type, content)
    delivery = await stage.deliver(event, "unknown")
    if delivery.failure is not Failure.TIMEOUT:
        await stage.quiet(kind)
    if stage.offers("objects"):
        await stage.control.held(stage.play, event.thing)


def _retyped(event: Event, name: str, content: object) -> Event:
    return Event(
        id=event.id,
        type=name,
        thing=event.thing,
        change=event.change,
        version=event.version,
        occurred_at=event.occurred_at,
        correlation=event.correlation,
        content=content,
    )
