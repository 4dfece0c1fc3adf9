"""Stories about many events at once, a fetch that hangs, requests that never end, and events for a long time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final

from conformance.errors import NotAssessable
from conformance.exchange import Delivery
from conformance.kit import Wrapping
from conformance.platform.event import Event, Thing
from conformance.retry_after import retry_after
from conformance.scenarios.parameters import gettable_types
from conformance.scenarios.positive_control import accepted_control, usual_type
from conformance.scenarios.story import story
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage
from conformance.wire import Form

__all__ = ["all_at_once", "see_effects"]

# Who asks to wait without saying how long is asked again so many seconds later, then twice as many, and so on.
_FIRST_PAUSE: Final = 1.0
_SPREAD: Final = 0.5
# So many questions about effects are asked at once.
_ASKING: Final = 8
_OTHERS: Final = 10
_BROKEN_OFF: Final = (0.0, 0.25, 0.5, 0.75, 0.95)
_DRIPPING: Final = 5
# A body that drips for two seconds: long enough to be in the way, and well within every limit.
_DRIP: Final = Form(pieces=20, pause=0.1)
_STEADY: Final = 4.0
_STEADY_OBJECTS: Final = 40


async def all_at_once(acts: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do everything at the same time; the first failure ends the rest and is raised."""
    tasks = [asyncio.create_task(act) for act in acts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def see_effects(stage: Stage, delivered: Iterable[tuple[Event, Delivery]], *, within: float) -> None:
    """Wait for the effects of events, all of them within that time."""
    room = asyncio.Semaphore(_ASKING)
    clock = stage.kit.clock
    end = clock.elapsed + within

    async def see(event: Event, delivery: Delivery) -> None:
        async with room:
            await stage.until_effect(event, after=delivery.started, within=max(end - clock.elapsed, 0.0))

    await all_at_once(see(event, delivery) for event, delivery in delivered)


@story("burst", exclusive=True, negative=True)
async def burst(stage: Stage) -> None:
    """As many events as the platform may send at once, about as many objects; who asks to wait is asked again."""
    kind = usual_type(stage.description)
    await accepted_control(stage, kind, stage.news(kind))
    events = [stage.news(kind) for _ in range(stage.description.burst)]
    accepted: list[tuple[Event, Delivery]] = []
    until = stage.kit.clock.elapsed + stage.waits.retry

    async def offer(event: Event) -> None:
        delivery = await _offered(stage, event, until)
        if delivery.succeeded:
            accepted.append((event, delivery))

    await all_at_once(offer(event) for event in events)
    await see_effects(stage, accepted, within=stage.waits.effect)


async def _offered(stage: Stage, event: Event, until: float) -> Delivery:
    """Deliver an event, and again when it is asked to wait, as the platform would; the last delivery."""
    tries = 0
    while True:
        delivery = await stage.deliver(event, "burst", patient=False)
        if not delivery.asks_to_wait:
            return delivery
        asked = retry_after(delivery.response, now=stage.kit.clock.now)
        left = until - stage.kit.clock.elapsed
        if asked is not None and asked > left and not tries:
            stage.note("asked to wait too long", event.id)
        wait = _FIRST_PAUSE * 2**tries if asked is None else asked
        if wait > left:
            return delivery
        # Whoever lets some in at a time is not served by all of them coming back at the same moment.
        await asyncio.sleep(wait + stage.random.uniform(0.0, _SPREAD))
        tries += 1


@story("hung-fetch", per=lambda description: gettable_types(description)[:1], exclusive=True)
async def hung_fetch(stage: Stage) -> None:
    """The platform holds the answer to one fetch; other events arrive meanwhile."""
    kind = stage.parameter
    await accepted_control(stage, kind, stage.news(kind))
    thing = stage.make(kind)
    stage.change(thing, age=30)
    event = stage.event(thing, "updated", age=30)
    others = [stage.event(stage.make(kind), "created", age=30) for _ in range(_OTHERS)]
    async with stage.fault_about(thing, FaultKind.HOLD) as fault:
        hanging = asyncio.create_task(stage.deliver(event, "hanging"))
        try:
            if stage.kit.fetches:
                await stage.until_held_call(fault)
            stage.note("held", "yes" if fault.struck else "no")
            delivering = [asyncio.create_task(stage.deliver(other, "meanwhile")) for other in others]
            await asyncio.wait(delivering, timeout=3 * stage.description.ack_limit)
        finally:
            stage.note("released", repr(stage.kit.clock.elapsed))
            fault.release.set()
        await asyncio.gather(hanging, *delivering)


@story("half-sent", negative=True, last=True)
async def half_sent(stage: Stage) -> None:
    """Some requests break off in their body, others drip; genuine events arrive meanwhile and afterwards."""
    kind = usual_type(stage.description)
    await accepted_control(stage, kind, stage.news(kind))

    async def send(role: str, form: Form) -> None:
        event = stage.event(stage.make(kind), "created", age=30, listed=False)
        await stage.deliver_once(event, role, genuine=False, wrapping=Wrapping(form=form))

    accepted: list[bool] = []

    async def deliver(role: str) -> None:
        delivery = await stage.deliver(stage.event(stage.make(kind), "created", age=30), role)
        accepted.append(delivery.succeeded)

    await all_at_once(send("broken-off", Form(abandon=part)) for part in _BROKEN_OFF)
    await all_at_once([*(send("dripping", _DRIP) for _ in range(_DRIPPING)), deliver("meanwhile")])
    if all(accepted):
        await deliver("after")


@story("soak", last=True)
async def soak(stage: Stage) -> None:
    """Genuine events at a steady rate, for as long as the operator wants it."""
    if not stage.kit.soak:
        raise NotAssessable("no soak was asked for: --conformance-soak DURATION")
    kind = usual_type(stage.description)
    things = [stage.make(kind) for _ in range(_STEADY_OBJECTS)]
    clock = stage.kit.clock
    began = clock.elapsed
    delivering: list[asyncio.Task[Delivery]] = []
    try:
        while clock.elapsed - began < stage.kit.soak and stage.kit.deliveries_left > 0:
            number = len(delivering)
            event = _steady(stage, things[number % len(things)], first=number < len(things))
            delivering.append(asyncio.create_task(stage.deliver(event, "steady", patient=False)))
            await asyncio.sleep(max(0.0, began + (number + 1) / _STEADY - clock.elapsed))
        await asyncio.gather(*delivering)
    finally:
        for task in delivering:
            task.cancel()


def _steady(stage: Stage, thing: Thing, *, first: bool) -> Event:
    """The next event about an object: its creation, then one change after the other."""
    if first:
        return stage.event(thing, "created")
    stage.change(thing)
    return stage.event(thing, "updated")
