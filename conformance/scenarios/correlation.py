"""Stories about the correlation id of an event on the calls that it leads to."""

from __future__ import annotations

from conformance.platform.description import Description
from conformance.scenarios.parameters import gettable_types
from conformance.scenarios.story import story
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage

__all__: list[str] = []


def correlated_types(description: Description) -> tuple[str, ...]:
    """Every object type with a get operation, where the platform has correlation ids."""
    return gettable_types(description) if description.correlation_header else ()


@story("correlated-event", per=correlated_types, holds=True)
async def correlated_event(stage: Stage) -> None:
    """An event with a correlation id makes the partner call the platform, whose first answer is a failure."""
    await _play(stage, stage.new_id())


@story("opaque-correlation", per=correlated_types, holds=True)
async def opaque_correlation(stage: Stage) -> None:
    """As before, with a correlation id that is no uuid."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    text = "".join(stage.random.choice(alphabet) for _ in range(20))
    await _play(stage, f"Op.{text}-x_7")


async def _play(stage: Stage, correlation: str) -> None:
    thing = stage.make(stage.parameter, age=90)
    stage.kit.owners.claim(thing.tenant or thing.id, stage.play)
    stage.change(thing, age=60)
    event = stage.event(thing, "updated", age=60, correlation=correlation)
    with stage.fault_about(thing, FaultKind.STATUS, status=503, times=1):
        delivery = await stage.deliver_accepted(event, "event")
        await stage.until_effect(event, after=delivery.started)
        if stage.description.thin:
            if stage.kit.fetches:
                await stage.until_fetched(thing, after=delivery.started, within=stage.waits.retry)
            return
        await stage.settle()
        if stage.calls():
            await stage.until_fetched(thing, after=delivery.started, within=stage.waits.retry)
