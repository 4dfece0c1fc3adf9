"""Stories about fetching what an event names, and about event types that nobody knows."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AbstractAsyncContextManager
from typing import Final

from conformance import pointer
from conformance.errors import NotAssessable, PlatformRefusal
from conformance.exchange import Delivery, Failure
from conformance.platform.description import Change, Description
from conformance.platform.event import Event, Thing
from conformance.scenarios.parameters import announced_types, gettable_types, told_types
from conformance.scenarios.retries import fetched_types
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
    async with _fault(stage, thing) as fault:
        delivery = await stage.deliver_accepted(stage.event(thing, "created", age=30), "event")
        await stage.until_fetched(thing, after=delivery.started, within=stage.waits.retry)
        if not fault.struck:
            stage.note_lateness()


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
        await stage.until("first try", lambda: fault.struck >= 1, within=stage.waits.effect)
        if not fault.struck:
            stage.note_lateness()
        if stage.parameter == "appears":
            await stage.until_fetched(thing, after=delivery.started, within=stage.waits.retry)
            return
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


def renewed_forms(description: Description) -> tuple[str, ...]:
    """When an object changes again, where events make partners fetch objects that change."""
    return ("before-the-event-came", "during-the-fetch") if _renewed_types(description) else ()


def _renewed_types(description: Description) -> tuple[str, ...]:
    return tuple(name for name in announced_types(description) if description.object_types[name].changing)


@story("renewed-object", per=renewed_forms)
async def renewed_object(stage: Stage) -> None:
    """An object changes, and what the partner has got of it, or is just getting, is no longer what it is."""
    _needs_fetches(stage)
    types = _renewed_types(stage.description)
    thing = stage.make(types[stage.random.randrange(len(types))], age=90)
    if stage.parameter == "before-the-event-came":
        await _changed_before(stage, thing)
    else:
        await _changed_during(stage, thing)
    newest = stage.kit.state.version(thing)
    stage.expect(thing)
    await stage.until_fetched(thing, version=newest)
    if stage.offers("objects"):
        await stage.until_shown(thing, version=newest)
        await stage.quiet(thing.object_type)
        await stage.ask_held(thing)


async def _changed_before(stage: Stage, thing: Thing) -> None:
    """The partner holds the first version; the event of the second comes when there is a third already."""
    announced = await stage.deliver_accepted(stage.event(thing, "created", age=90), "announced")
    await stage.until_fetched(thing, after=announced.started)
    stage.change(thing, age=60)
    told = stage.event(thing, "updated", age=60)
    stage.change(thing, age=30)
    await stage.deliver_accepted(told, "event")


async def _changed_during(stage: Stage, thing: Thing) -> None:
    """The answer with the first version is held until the event of the second was acknowledged.

    A partner that fetches before it acknowledges, or handles events of one object one after the other, does not
    acknowledge the second event before its first fetch ends: so the answer is not held for long.
    """
    async with stage.fault_about(thing, FaultKind.HOLD, times=1) as fault:
        first = asyncio.create_task(stage.deliver(stage.event(thing, "created", age=60), "announced"))
        second: asyncio.Task[Delivery] | None = None
        try:
            if await stage.until_held_call(fault):
                stage.change(thing, age=30)
                second = asyncio.create_task(stage.deliver_accepted(stage.event(thing, "updated", age=30), "event"))
                await asyncio.wait({second}, timeout=stage.waits.settle)
                await stage.until_fetched(thing, version=2, within=stage.waits.settle)
        finally:
            fault.release.set()
            await asyncio.wait({first, *([second] if second else [])})
    if second is None:
        raise NotAssessable("the partner made no call to get the object that could be held (see FET-01)")
    await second


_KNOWN_OBJECTS: Final = 10


def where_known(description: Description) -> tuple[str, ...]:
    """Once, where events carry objects that could be got as well."""
    return () if description.thin or not fetched_types(description) else ("",)


@story("known-objects", per=where_known)
async def known_objects(stage: Stage) -> None:
    """Objects are created and then change, and each event carries the whole object."""
    types = fetched_types(stage.description)
    told = tuple(t for t in types if stage.description.event_types_about(t, "created"))
    things = [stage.make((told or types)[0], age=90) for _ in range(_KNOWN_OBJECTS)]
    await _tell_all(stage, things, "created", age=90)
    for thing in things:
        stage.change(thing, age=60)
    await _tell_all(stage, things, "updated", age=60)


async def _tell_all(stage: Stage, things: list[Thing], change: Change, *, age: float) -> None:
    events = [stage.event(thing, change, age=age) for thing in things]
    deliveries = [await stage.deliver_accepted(event, change) for event in events]
    await stage.until_effect(events[-1], after=deliveries[-1].started)
    await stage.settle()


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
    await stage.see_control(control, accepted)
    known = stage.event(stage.make(kind), "created", age=30, listed=False)
    content = pointer.placed(known.content, d.type_at, d.unknown_type)
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


def where_subscribed(description: Description) -> tuple[str, ...]:
    """Once, where partners choose the event types that they subscribe to."""
    return ("",) if description.subscriptions is not None and _not_subscribed(description) else ()


def _not_subscribed(description: Description) -> str:
    """The object type whose events the partner does not subscribe to: one that can be seen."""
    return unknown_parameters(description)[0]


@story("unsubscribed-type", per=where_subscribed, exclusive=True)
async def unsubscribed_type(stage: Stage) -> None:
    """The partner is asked to subscribe to a few event types, and is sent one of another type."""
    if not stage.offers("subscribe"):
        raise NotAssessable("the partner's control endpoint does not offer 'subscribe'")
    kind = _not_subscribed(stage.description)
    types = tuple(t.name for t in stage.description.delivered_types if t.object_type != kind)[:2]
    # From now on what the partner makes itself is all that it has subscribed to.
    before = stage.kit.state.withdraw_subscriptions()
    ids: tuple[str, ...] = ()
    try:
        ids = await stage.control.subscribe(stage.play, stage.kit.partner_url, types)
        wanted = next(t for t in stage.description.delivered_types if t.name in types)
        control = stage.event(stage.make(wanted.object_type), wanted.changes[0], age=30, event_type=wanted)
        await stage.deliver_accepted(control, "subscribed")
        event = stage.event(stage.make(kind), "created", age=30, listed=False)
        delivery = await stage.deliver(event, "unsubscribed")
        if delivery.succeeded:
            await stage.settle()
            await stage.ask_effect(event)
    except PlatformRefusal as refusal:
        raise NotAssessable(str(refusal)) from None
    finally:
        if ids and stage.offers("unsubscribe"):
            with contextlib.suppress(PlatformRefusal):
                await stage.control.unsubscribe(stage.play, ids)
        stage.kit.state.restore_subscriptions(before)
