"""Stories about objects that the partner creates itself."""

from __future__ import annotations

import asyncio

from conformance.errors import NotAssessable, PlatformRefusal
from conformance.platform.event import Thing
from conformance.scenarios.parameters import created_types
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage

__all__ = ["create"]


@story("own-object", per=created_types, creates=True)
async def own_object(stage: Stage) -> None:
    """The partner creates an object and, where it can, updates it; notifications of both come back to it."""
    thing = await create(stage)
    if thing is None:
        return
    await _notify(stage, thing, "created")
    kind = stage.description.object_types[stage.parameter]
    if kind.update and stage.offers("update"):
        try:
            updated = await stage.control.update(stage.play, thing)
        except PlatformRefusal:
            updated = False
        if updated:
            await _notify(stage, thing, "updated")
    await stage.settle()


async def create(stage: Stage) -> Thing | None:
    """Have the partner create an object; None when it reports an id that the platform did not give."""
    if not stage.offers("create"):
        raise NotAssessable("the partner's control endpoint does not offer 'create'")
    try:
        name = await stage.control.create(stage.play, stage.parameter)
    except PlatformRefusal as refusal:
        raise NotAssessable(str(refusal)) from None
    if name is None:
        raise NotAssessable(f"the partner's control endpoint does not offer to create a {stage.parameter}")
    thing = stage.kit.state.find(stage.parameter, name)
    if thing is None:
        stage.note("unknown id", name)
    return thing


async def _notify(stage: Stage, thing: Thing, change: str) -> None:
    """Tell the partner what its own call led to, with the correlation id of that call."""
    caused = [call for call in stage.calls() if call.object_id == thing.id and call.changes_objects]
    correlation = caused[-1].correlation if caused else None
    event = stage.event(thing, "created" if change == "created" else "updated", correlation=correlation)
    delivery = await stage.deliver_accepted(event, "own")
    await stage.until_effect(event, after=delivery.started, within=stage.waits.settle)
    await stage.ask_applied(event)


@story("overtaking-notification", per=created_types, creates=True)
async def overtaking_notification(stage: Stage) -> None:
    """The answer to the partner's create call is held until a notification of a later change was delivered."""
    if not stage.offers("create"):
        raise NotAssessable("the partner's control endpoint does not offer 'create'")
    fault = Fault(kind=FaultKind.HOLD, does="create", object_type=stage.parameter, times=1)
    async with stage.fault(fault):
        creating = asyncio.create_task(stage.control.create(stage.play, stage.parameter))
        try:
            await stage.until_held_call(fault, unless=creating)
            if fault.holding.is_set():
                await fault.made.wait()
            thing = fault.held
            if thing is None:
                why = await _refusal(creating)
                raise NotAssessable(why or "the partner made no create call that the platform could hold")
            stage.change(thing)
            event = stage.event(thing, "updated")
            stage.expect(thing)
            delivery = await stage.deliver(event, "overtaking")
            if delivery.succeeded:
                await _let_it_work(stage, thing)
        finally:
            fault.release.set()
            await asyncio.wait({creating})
        refused = await _refusal(creating)
    if refused:
        # A partner that has given its call up meanwhile has shown what it does with the notification, and no more.
        stage.note("create failed", refused)
        return
    if stage.description.thin and stage.kit.fetches:
        await stage.until_fetched(thing, version=2)
    if stage.offers("objects"):
        await stage.until_shown(thing, version=2)
        await stage.settle()
        await stage.ask_effect(event)


async def _let_it_work(stage: Stage, thing: Thing) -> None:
    """Give the partner time to handle the notification before its create call is answered.

    Only then can the old answer overwrite the new state. A correct partner may keep the notification until its call
    returns, so the time is bounded.
    """
    if stage.description.thin and stage.kit.fetches:
        await stage.until_fetched(thing, version=2, within=stage.waits.settle)
    await stage.settle()


async def _refusal(creating: asyncio.Task[str | None]) -> str:
    """Why the partner could not create the object, empty when it could."""
    try:
        name = await creating
    except PlatformRefusal as refusal:
        return str(refusal)
    return "" if name is not None else "the partner's control endpoint does not offer to create this object type"


@story("lost-answer", per=created_types, creates=True)
async def lost_answer(stage: Stage) -> None:
    """The platform makes the object that the partner asks for, and the answer is lost on its way."""
    if not stage.offers("create"):
        raise NotAssessable("the partner's control endpoint does not offer 'create'")
    fault = Fault(kind=FaultKind.LOSE, does="create", object_type=stage.parameter, times=1)
    began = stage.kit.clock.elapsed
    async with stage.fault(fault):
        creating = asyncio.create_task(stage.control.create(stage.play, stage.parameter))
        lost = asyncio.create_task(fault.made.wait())
        try:
            await asyncio.wait({creating, lost}, timeout=stage.waits.effect, return_when=asyncio.FIRST_COMPLETED)
            if fault.held is not None:
                await _tell_of(stage, fault.held)
            refused = await _refusal(creating)
        finally:
            lost.cancel()
            creating.cancel()
            await asyncio.wait({creating})
        if fault.held is None:
            raise NotAssessable(refused or "the partner made no create call whose answer could be lost")
        # A partner may say that it failed and try once more behind its back.
        await stage.settle()
    if stage.kit.journal.was_called("list-events", since=began):
        stage.note("looked at events", "yes")


async def _tell_of(stage: Stage, thing: Thing) -> None:
    """The notification of what the lost call led to: from it, too, a partner may learn that the object is there."""
    caused = [call for call in stage.calls() if call.object_id == thing.id]
    event = stage.event(thing, "created", correlation=caused[-1].correlation if caused else None)
    await stage.deliver(event, "own")
