"""Stories about asking for what was missed, and about lists that fail, are empty, or tell old news."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from conformance.errors import NotAssessable, PlatformRefusal
from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage

__all__: list[str] = []


def where_recovered(description: Description) -> tuple[str, ...]:
    """Once, where missed events can be listed."""
    return ("",) if description.recovery is not None else ()


@story("outage", per=where_recovered, exclusive=True)
async def outage(stage: Stage) -> None:
    """Events are lost in an outage; while the partner asks for them, another is pushed."""
    kind = _recoverable(stage)
    await _handled(stage, kind)
    missed = [_event(stage, kind) for _ in range(3)]
    stage.note("missed", "\n".join(event.id for event in missed))
    pushed = await _recover_under_pushes(stage, kind)
    await asyncio.gather(*(stage.until_effect(event) for event in (*missed, *pushed)))
    await stage.settle()
    for event in (*missed, *pushed):
        await stage.ask_applied(event)


def _recoverable(stage: Stage) -> str:
    """The object type that recovery is played with.

    Raises NotAssessable where the partner cannot be asked to recover.
    """
    if not stage.offers("recover"):
        raise NotAssessable("the partner's control endpoint does not offer 'recover'")
    return (orderable_types(stage.description) or told_types(stage.description))[0]


def _event(stage: Stage, kind: str) -> Event:
    return stage.event(stage.make(kind, age=0), "created")


async def _handled(stage: Stage, kind: str) -> Event:
    """An event that the partner has handled, so that there is a last one to begin at."""
    event = _event(stage, kind)
    delivery = await stage.deliver_accepted(event, "before")
    await stage.until_effect(event, after=delivery.started)
    return event


async def _until_recovered(stage: Stage, event: Event) -> None:
    """Wait for the effect of a missed event; a partner that never lists would let us wait in vain."""

    def listed() -> bool:
        return any(call.does == "list-events" for call in stage.calls())

    if await stage.until("list call", listed, within=stage.waits.settle):
        await stage.until_effect(event)


async def _recover(stage: Stage, fault: Fault | None = None) -> bool:
    """Have the partner recover, under a fault perhaps; whether it says that it came to the end."""
    try:
        await stage.control.recover(stage.play)
    except PlatformRefusal as refusal:
        stage.note_refusal(refusal, of="list-events", unseen=fault is not None and fault.struck > 0)
        return False
    return True


async def _recover_under_pushes(stage: Stage, kind: str) -> tuple[Event, Event]:
    """Let the partner recover; while its list call is held, one event is pushed that is listed and one that is not."""
    async with stage.fault(Fault(kind=FaultKind.HOLD, does="list-events", times=1, late=True)) as fault:
        recovering = asyncio.create_task(_recover(stage, fault))
        try:
            await stage.until_held_call(fault, unless=recovering)
            listed = _event(stage, kind)
            pushed = [await stage.deliver(listed, "pushed", retry=True)]
            fault.make.set()
            if fault.holding.is_set():
                await fault.made.wait()
            unlisted = _event(stage, kind)
            pushed.append(await stage.deliver(unlisted, "pushed", retry=True))
        finally:
            fault.release.set()
            fault.make.set()
            await asyncio.wait({recovering})
        await recovering
    # Who takes nothing while it recovers gets it again when it has, as from any platform.
    for event, delivery in zip((listed, unlisted), pushed, strict=True):
        if not delivery.succeeded:
            await stage.deliver(event, "pushed", retry=True)
    return listed, unlisted


@story("failed-events", per=where_recovered, exclusive=True)
async def failed_events(stage: Stage) -> None:
    """An event could not be delivered; the partner is asked to recover failed ones only."""
    kind = _recoverable(stage)
    await _handled(stage, kind)
    _event(stage, kind)
    try:
        if not await stage.control.recover(stage.play, failed_only=True):
            stage.note("not offered", "501")
    except PlatformRefusal as refusal:
        stage.note_refusal(refusal, of="list-events")


_THROTTLED: Final = ((b"Retry-After", b"1"),)


def troubles(description: Description) -> tuple[str, ...]:
    """What a recovery may meet, where missed events can be listed."""
    forms = ("server-error", "throttled", "empty-list", "unknown-last-id")
    return forms if description.recovery is not None else ()


@story("troubled-recovery", per=troubles, exclusive=True)
async def troubled_recovery(stage: Stage) -> None:
    """The list of missed events fails for a while, or is empty, or the platform does not know the last event."""
    kind = _recoverable(stage)
    await _handled(stage, kind)
    if stage.parameter == "empty-list":
        with _listing(stage):
            await _recover(stage)
        expected = await _handled(stage, kind)
    else:
        expected = _event(stage, kind)
        await _TROUBLES[stage.parameter](stage, expected)
        await _until_recovered(stage, expected)
    stage.note("expected", f"{expected.id} {expected.thing.id}")
    await stage.ask_effect(expected)


async def _fail(stage: Stage, expected: Event) -> None:
    await _recover_through(stage, Fault(kind=FaultKind.STATUS, status=500, does="list-events"))


async def _throttle(stage: Stage, expected: Event) -> None:
    await _recover_through(stage, Fault(kind=FaultKind.STATUS, status=429, headers=_THROTTLED, does="list-events"))


async def _recover_through(stage: Stage, fault: Fault) -> None:
    """The list fails until the quiet time is over, so that a partner that asks without a pause shows itself."""
    async with stage.fault(fault):
        recovering = asyncio.create_task(_recover(stage, fault))
        asked = asyncio.create_task(stage.until("list call", lambda: fault.struck > 0, within=stage.waits.effect))
        await asyncio.wait({recovering, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        await stage.settle()
    # To say that the platform failed, and to recover when asked again later, is a way to survive.
    if not await recovering:
        await _recover(stage)


async def _forget(stage: Stage, expected: Event) -> None:
    """The platform knows of no event but the missed one: whichever was the partner's last is unknown to it."""
    state = stage.kit.state
    forgotten = state.forget_events(but=expected)
    try:
        if not await _recover(stage):
            await _recover(stage)
    finally:
        state.restore_events(forgotten)


_TROUBLES: Final = {"server-error": _fail, "throttled": _throttle, "unknown-last-id": _forget}


@contextmanager
def _listing(stage: Stage, *events: Event) -> Iterator[None]:
    """While the block runs, the platform lists just these events, whatever it is asked for."""
    stage.kit.state.listing = events
    try:
        yield
    finally:
        stage.kit.state.listing = None


@story("old-news", per=where_recovered, exclusive=True)
async def old_news(stage: Stage) -> None:
    """The list holds an event that was handled, and one that never came and tells of a state that is long past."""
    kind = _recoverable(stage)
    thing = stage.make(kind, age=90)
    made = stage.event(thing, "created", age=90)
    stage.change(thing, age=60)
    older = stage.event(thing, "updated", age=60)
    stage.change(thing, age=30)
    newer = stage.event(thing, "updated", age=30)
    stage.expect(thing)
    for event, role in ((made, "made"), (newer, "newer")):
        delivery = await stage.deliver_accepted(event, role)
        await stage.until_effect(event, after=delivery.started)
    await stage.ask_effect(made)
    missed = _event(stage, kind)
    with _listing(stage, made, older, missed):
        await _recover(stage)
    await _until_recovered(stage, missed)
    await stage.settle()
    stage.note("handled", made.id)
    stage.note("missed", f"{missed.id} {missed.thing.id}")
    await stage.ask_effect(missed)
    await stage.ask_effect(made)
