"""Stories about correlation ids: on the calls that an event leads to, and those of the partner on events."""

from __future__ import annotations

from typing import Final

from conformance.errors import NotAssessable
from conformance.kit import Effect
from conformance.platform.description import Description
from conformance.platform.event import Event, Thing
from conformance.scenarios.own_objects import create
from conformance.scenarios.parameters import created_types, gettable_types
from conformance.scenarios.story import story
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage

__all__ = ["correlated_types", "event_of_a_stranger"]


def correlated_types(description: Description) -> tuple[str, ...]:
    """Every object type with a get operation, where the platform has correlation ids."""
    return gettable_types(description) if description.correlation_header else ()


@story("correlated-event", per=correlated_types)
async def correlated_event(stage: Stage) -> None:
    """An event with a correlation id makes the partner call the platform, whose first answer is a failure."""
    thing, event = event_of_a_stranger(stage, stage.new_id())
    async with stage.fault_about(thing, FaultKind.STATUS, status=503, times=1) as fault:
        delivery = await stage.deliver_accepted(event, "event")
        within = stage.waits.effect if stage.description.thin and stage.kit.fetches else stage.waits.settle
        called = await stage.until("first call", lambda: fault.struck >= 1, within=within)
    if called:
        await stage.until_fetched(thing, after=delivery.started, within=stage.waits.retry)


@story("opaque-correlation", per=correlated_types)
async def opaque_correlation(stage: Stage) -> None:
    """An event with a correlation id that is no uuid makes the partner call the platform."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    text = "".join(stage.random.choice(alphabet) for _ in range(20))
    thing, event = event_of_a_stranger(stage, f"Op.{text}-x_7")
    delivery = await stage.deliver_accepted(event, "event")
    await stage.until_fetched(thing, after=delivery.started, within=stage.waits.settle)


def event_of_a_stranger(stage: Stage, correlation: str) -> tuple[Thing, Event]:
    """An event of a change of an object that the partner has never seen: what gives it most reason to call."""
    thing = stage.make(stage.parameter, age=90)
    stage.change(thing, age=60)
    return thing, stage.event(thing, "updated", age=60, correlation=correlation)


def created_and_correlated(description: Description) -> tuple[str, ...]:
    """Every object type that a partner can create, where the platform has correlation ids."""
    return created_types(description) if description.correlation_header else ()


# Changes lie so far apart that a partner which orders them by the second orders them rightly.
_APART: Final = 1.1


@story("foreign-correlation", per=created_and_correlated, creates=True)
async def foreign_correlation(stage: Stage) -> None:
    """The platform changes what the partner has created: under a new id, one that begins like its own, and its own."""
    thing = await create(stage)
    made = [call for call in stage.calls() if thing and call.does == "create" and call.object_id == thing.id]
    own = made[-1].correlation if made else None
    if thing is None or not own:
        raise NotAssessable("the partner's create call shows no correlation id of its own (see OWN-01 and COR-01)")
    caused = stage.event(thing, "created", correlation=own)
    delivery = await stage.deliver_accepted(caused, "own")
    await stage.until_effect(caused, after=delivery.started, within=stage.waits.settle)
    for role, correlation in (("foreign", stage.new_id()), ("prefixed", f"{own}-0001"), ("again", own)):
        await stage.until("the next second", lambda: False, within=_APART)
        version = stage.change(thing)
        event = stage.event(thing, "updated", correlation=correlation)
        delivery = await stage.deliver(event, role, retry=True)
        if delivery.succeeded:
            await _processed(stage, event, version, after=delivery.started)
        await stage.ask_effect(event)
    stage.expect(thing)


async def _processed(stage: Stage, event: Event, version: int, *, after: float) -> None:
    """Wait for what shows that the change has arrived, as far as this partner lets it be seen."""
    if stage.offers("objects"):
        await stage.until_shown(event.thing, version=version)
    elif stage.description.thin and stage.kit.fetches:
        await stage.until_fetched(event.thing, after=after, version=version)
    elif await stage.until_effect(event, after=after) is Effect.INVISIBLE:
        await stage.settle()
