"""Stories about the correlation id of an event on the calls that it leads to."""

from __future__ import annotations

from conformance.platform.description import Description
from conformance.platform.event import Event, Thing
from conformance.scenarios.parameters import gettable_types
from conformance.scenarios.story import story
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage

__all__: list[str] = []


def correlated_types(description: Description) -> tuple[str, ...]:
    """Every object type with a get operation, where the platform has correlation ids."""
    return gettable_types(description) if description.correlation_header else ()


@story("correlated-event", per=correlated_types)
async def correlated_event(stage: Stage) -> None:
    """An event with a correlation id makes the partner call the platform, whose first answer is a failure."""
    thing, event = _event(stage, stage.new_id())
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
    thing, event = _event(stage, f"Op.{text}-x_7")
    delivery = await stage.deliver_accepted(event, "event")
    await stage.until_fetched(thing, after=delivery.started, within=stage.waits.settle)


def _event(stage: Stage, correlation: str) -> tuple[Thing, Event]:
    """An event of a change of an object that the partner has never seen: what gives it most reason to call."""
    thing = stage.make(stage.parameter, age=90)
    stage.change(thing, age=60)
    return thing, stage.event(thing, "updated", age=60, correlation=correlation)
