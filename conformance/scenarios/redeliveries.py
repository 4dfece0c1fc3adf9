"""Stories about redeliveries: at the same instant, after a failure, long after, with another body, many at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from conformance import pointer
from conformance.errors import NotAssessable
from conformance.kit import Effect, Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, Thing, compact
from conformance.scenarios.parameters import gettable_types, orderable_types, told_types
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage
from conformance.wire import Form

__all__: list[str] = []

_PAIRS: Final = 3
_COPIES: Final = 40
_AT_ONCE: Final = 8
_RETRIES: Final = 3
_TRIED: Final = 10


def plain_types(description: Description) -> tuple[str, ...]:
    """The types of the order stories, or one that can be seen where a platform has no order."""
    return orderable_types(description) or (gettable_types(description) or told_types(description))[:1]


async def _control(stage: Stage, kind: str) -> bool:
    """An ordinary event of the type, to see what becomes of one; whether its object is held in the end."""
    event = stage.news(kind)
    delivery = await stage.deliver_accepted(event, "control")
    await stage.until_effect(event, after=delivery.started)
    await stage.settle()
    await stage.ask_applied(event)
    return stage.offers("objects") and await stage.control.held(stage.play, event.thing) is not None


async def _processed(stage: Stage, event: Event, *, holds: bool, after: float) -> None:
    """Wait for the effect of an event; where objects are held, until this one is; then ask for both."""
    effect = await stage.until_effect(event, after=after)
    if holds and effect is not Effect.UNSEEN:
        await stage.until_shown(event.thing, version=event.version)
    await stage.ask_effect(event)


@story("simultaneous-copies", per=plain_types)
async def simultaneous_copies(stage: Stage) -> None:
    """Two copies of one event arrive at the same instant, three times over."""
    await _control(stage, stage.parameter)
    events = [stage.event(stage.make(stage.parameter), "created", age=30) for _ in range(_PAIRS)]
    for event in events:
        copies = await stage.deliver_together([(event, "copy", Wrapping())] * 2)
        if not any(copy.succeeded for copy in copies):
            await stage.deliver_accepted(event, "copy")
        await stage.until_effect(event, after=copies[0].started)
    await stage.quiet(stage.parameter)
    for event in events:
        await stage.ask_applied(event)


def failures(description: Description) -> tuple[str, ...]:
    """The ways in which a first delivery fails: a get that it leads to, or the delivery itself."""
    fetching = ("failing-get",) if set(plain_types(description)) & set(gettable_types(description)) else ()
    return (*fetching, "half-sent", "hung-up")


@story("failed-delivery", per=failures)
async def failed_delivery(stage: Stage) -> None:
    """The first delivery of an event fails, and the platform delivers the event again."""
    if stage.parameter == "failing-get":
        await _failing_get(stage)
        return
    kind = plain_types(stage.description)[0]
    holds = await _control(stage, kind)
    event = stage.news(kind)
    form = Form(abandon=0.5 if stage.parameter == "half-sent" else 1.0)
    first = await stage.deliver(event, "first", wrapping=Wrapping(form=form))
    await stage.deliver(event, "retry", retry=True)
    await _processed(stage, event, holds=holds, after=first.started)


async def _failing_get(stage: Stage) -> None:
    """The partner's first two tries to get the object fail; until it has it, the event is delivered again."""
    d = stage.description
    if d.thin and not stage.kit.fetches:
        raise NotAssessable("positive control failed: the partner got no object that an event named (see FET-01)")
    kind = next(name for name in plain_types(d) if d.object_types[name].get)
    holds = await _control(stage, kind)
    event = _change_of_a_stranger(stage, kind)
    thing = event.thing
    async with stage.fault_about(thing, FaultKind.STATUS, times=2, status=500) as fault:
        first = delivery = await stage.deliver(event, "first", patient=False)
        known = 0
        for _ in range(_RETRIES):
            if delivery.succeeded and (await _got(stage, thing, fault, known) or not (d.thin or fault.struck)):
                break
            await stage.settle()
            known = fault.struck
            delivery = await stage.deliver(event, "retry", patient=False)
    await _processed(stage, event, holds=holds, after=first.started)


def _change_of_a_stranger(stage: Stage, kind: str) -> Event:
    """Of an object that it has never seen, a partner may want to know the rest even where events carry it."""
    if kind in stage.kit.followed:
        return stage.news(kind)
    thing = stage.make(kind, age=60)
    stage.change(thing, age=30)
    return stage.event(thing, "updated", age=30)


async def _got(stage: Stage, thing: Thing, fault: Fault, known: int) -> bool:
    """Wait until the partner gets the object, or fails to once more than is known; whether it has got it."""

    def got() -> bool:
        return any(call.does == "get" and call.succeeded and call.object_id == thing.id for call in stage.calls())

    within = stage.waits.retry / _RETRIES if stage.description.thin else stage.waits.settle
    await stage.until("get", lambda: got() or fault.struck > known, within=within)
    return got()


@story("long-ago", exclusive=True)
async def long_ago(stage: Stage) -> None:
    """The oldest event of the run comes again, after so many others that a short memory has lost it."""
    event = await _oldest(stage)
    for name in (event.thing.id, event.correlation):
        if name:
            stage.kit.owners.claim(name, stage.play)
    kind = plain_types(stage.description)[0]
    wanted = stage.description.remembered_events
    await _deliver_others(stage, kind, wanted - _others(stage, event))
    others = _others(stage, event)
    if others < wanted:
        raise NotAssessable(f"the partner accepted only {others} other events, of {wanted}")
    stage.note("others", str(others))
    await stage.ask_applied(event)
    await stage.deliver(event, "again", retry=True)
    await stage.quiet(kind)
    await stage.ask_applied(event)


async def _oldest(stage: Stage) -> Event:
    """The oldest event that the partner accepted and, where it can be asked, handled."""
    accepted = [stored.event for stored in stage.kit.state.events.values() if stored.delivered]
    for event in accepted[:_TRIED]:
        if not stage.offers("events") or await stage.control.applied(stage.play, event.id):
            return event
    raise NotAssessable("positive control failed: no event of the run so far was accepted and handled")


def _others(stage: Stage, event: Event) -> int:
    """How many other events the partner accepted after it saw this one last."""
    deliveries = [d for play in stage.kit.journal.transcript().plays for d in play.deliveries() if d.succeeded]
    last = max(d.started for d in deliveries if d.event_id == event.id)
    return len({d.event_id for d in deliveries if d.started > last})


async def _deliver_others(stage: Stage, kind: str, count: int) -> None:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one() -> None:
        async with room:
            await stage.deliver(stage.event(stage.make(kind), "created", age=30), "other", retry=True)

    await asyncio.gather(*(one() for _ in range(count)))


@story("second-body", negative=True)
async def second_body(stage: Stage) -> None:
    """After an event comes another body under its id: another state of the object, or another object."""
    kind = plain_types(stage.description)[0]
    event = stage.event(stage.make(kind), "created", age=60)
    first = await stage.deliver_accepted(event, "first")
    await stage.until_effect(event, after=first.started)
    if stage.offers("objects"):
        await stage.until_shown(event.thing, version=1)
    await stage.ask_held(event.thing)
    second = _with_another_body(stage, event)
    await stage.deliver(second, "second", genuine=False)
    await stage.quiet(kind)
    await stage.ask_effect(second)


def _with_another_body(stage: Stage, event: Event) -> Event:
    """The event with a later time and another body: what it then tells of is not so on the platform."""
    d = stage.description
    at = stage.kit.clock.stamp(age=30)
    event = replace(event, occurred_at=at, content=pointer.placed(event.content, d.time_at, at))
    content = event.content
    if d.thin:
        thing = stage.make(event.thing.object_type)
        ids = stage.kit.composer.names.of_objects(thing.object_type)
        content = pointer.write(content, d.object_id_at, ids.written(thing.id))
        for there, at in d.address_at(thing.object_type):
            if pointer.read(content, there) is not None:
                content = pointer.write(content, there, pointer.read(stage.kit.state.held(thing), at))
        return replace(event, thing=thing, content=content)
    changing = d.object_types[event.thing.object_type].changing
    for field in changing:
        content = pointer.write(content, d.payload_at + field.at, field.values[1])
    stage.note("first body", _told(event.content, d, [field.at for field in changing]))
    stage.note("second body", _told(content, d, [field.at for field in changing]))
    return replace(event, content=content)


def _told(content: object, d: Description, places: list[str]) -> str:
    return compact({at: pointer.read(content, d.payload_at + at) for at in places}).decode()


@story("many-redeliveries")
async def many_redeliveries(stage: Stage) -> None:
    """An event comes again forty times, each time on a new connection, eight at once."""
    kind = plain_types(stage.description)[0]
    event = stage.event(stage.make(kind), "created", age=30)
    first = await stage.deliver_accepted(event, "first")
    await stage.until_done(event, after=first.started)
    for _ in range(_COPIES // _AT_ONCE):
        await asyncio.gather(*(stage.deliver(event, "again") for _ in range(_AT_ONCE)))
    await stage.quiet(kind)
    await stage.ask_applied(event)
