"""Stories about subscribing, and about asking for what was missed."""

from __future__ import annotations

import asyncio

from conformance.errors import NotAssessable, PlatformRefusal
from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage

__all__: list[str] = []


def where_subscribed(description: Description) -> tuple[str, ...]:
    """Once, where partners subscribe through the API."""
    return ("",) if description.subscriptions is not None else ()


@story("subscription", per=where_subscribed, exclusive=True)
async def subscription(stage: Stage) -> None:
    """The partner is asked to subscribe to two event types, and to delete what it made."""
    if not stage.offers("subscribe"):
        raise NotAssessable("the partner's control endpoint does not offer 'subscribe'")
    types = tuple(t.name for t in stage.description.delivered_types[:2])
    # A partner that looks first finds nothing, and has to create: no other story plays meanwhile.
    before = stage.kit.state.withdraw_subscriptions()
    try:
        ids = await stage.control.subscribe(stage.play, stage.kit.partner_url, types)
        stage.note("subscribed", "\n".join(ids))
        if ids and stage.offers("unsubscribe"):
            await stage.control.unsubscribe(stage.play, ids)
    except PlatformRefusal as refusal:
        stage.note("refused", str(refusal))
    finally:
        stage.kit.state.restore_subscriptions(before)


def where_recovered(description: Description) -> tuple[str, ...]:
    """Once, where missed events can be listed."""
    return ("",) if description.recovery is not None else ()


@story("outage", per=where_recovered, exclusive=True)
async def outage(stage: Stage) -> None:
    """Events are lost in an outage; while the partner asks for them, another is pushed."""
    if not stage.offers("recover"):
        raise NotAssessable("the partner's control endpoint does not offer 'recover'")
    kind = (orderable_types(stage.description) or told_types(stage.description))[0]
    before = _event(stage, kind)
    delivery = await stage.deliver_accepted(before, "before")
    await stage.until_effect(before, after=delivery.started)
    missed = [_event(stage, kind) for _ in range(3)]
    stage.note("missed", "\n".join(event.id for event in missed))
    pushed = await _recover(stage, kind)
    for event in (*missed, *pushed):
        await stage.until_effect(event)
    await stage.settle()
    for event in (*missed, *pushed):
        await stage.ask_applied(event)


def _event(stage: Stage, kind: str) -> Event:
    return stage.event(stage.make(kind, age=0), "created")


async def _recover(stage: Stage, kind: str) -> tuple[Event, Event]:
    """Let the partner recover; while its list call is held, one event is pushed that is listed and one that is not."""
    async with stage.fault(Fault(kind=FaultKind.HOLD, does="list-events", times=1, late=True)) as fault:
        recovering = asyncio.create_task(stage.control.recover(stage.play))
        try:
            await stage.until_held_call(fault, unless=recovering)
            listed = _event(stage, kind)
            await stage.deliver(listed, "pushed", retry=True)
            fault.make.set()
            if fault.holding.is_set():
                await fault.made.wait()
            unlisted = _event(stage, kind)
            await stage.deliver(unlisted, "pushed", retry=True)
        finally:
            fault.release.set()
            fault.make.set()
            await asyncio.wait({recovering})
        try:
            await recovering
        except PlatformRefusal as refusal:
            stage.note("refused", str(refusal))
    return listed, unlisted
