"""Stories about the correlation header of events: many at once, hostile values, none, other spellings of its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from conformance.errors import NotAssessable
from conformance.exchange import Delivery, Headers
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Thing
from conformance.scenarios.correlation import correlated_types, event_of_a_stranger
from conformance.scenarios.parameters import gettable_types, told_types
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage

__all__: list[str] = []

# Two calls at once are enough to mix ids; more make it likelier, and fewer spare a partner with few workers.
_AT_ONCE: Final = 5
# Calls are held until none is new for so long, and no longer than that in all.
_NONE_NEW: Final = 1.0
_HELD: Final = 2.0


@story("concurrent-events", per=correlated_types)
async def concurrent_events(stage: Stage) -> None:
    """Events about several objects come at once, and the calls that they lead to are answered the other way round."""
    told = [event_of_a_stranger(stage, stage.new_id()) for _ in range(_AT_ONCE)]
    faults = [stage.fault_of(thing, FaultKind.HOLD) for thing, _ in told]
    async with stage.faults(faults):
        deliveries = await asyncio.gather(*(stage.deliver(event, "event", retry=True) for _, event in told))
        _accepted(deliveries)
        for fault in reversed(await _holding(stage, faults)):
            await _release(stage, fault)
    for thing, _ in told:
        await stage.until_fetched(thing, within=stage.waits.settle)


def _accepted(deliveries: Sequence[Delivery]) -> None:
    taken = [delivery for delivery in deliveries if delivery.succeeded]
    if len(taken) < 2:  # to mix takes two
        raise NotAssessable(f"positive control failed: {len(taken)} of {len(deliveries)} genuine events are accepted")


async def _holding(stage: Stage, faults: Sequence[Fault]) -> list[Fault]:
    """The faults that hold a call, in the order in which the calls came."""
    held: list[Fault] = []
    waiting = {asyncio.create_task(fault.holding.wait()): fault for fault in faults}
    within = stage.waits.effect if stage.description.thin and stage.kit.fetches else stage.waits.settle
    clock = stage.kit.clock
    ends = float("inf")
    try:
        while waiting and within > 0:
            done, _ = await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
            held += [waiting.pop(task) for task in done]
            ends = min(ends, clock.elapsed + _HELD)
            within = min(_NONE_NEW, ends - clock.elapsed)
    finally:
        for task in waiting:
            task.cancel()
    return held


async def _release(stage: Stage, fault: Fault) -> None:
    """Let a held call be answered, and wait until it is."""
    fault.release.set()
    named = fault.object_id
    await stage.until(
        "released call", lambda: any(named in c.request.target.lower() for c in stage.calls()), within=_NONE_NEW
    )


def hostile_forms(description: Description) -> tuple[str, ...]:
    """The forms of a hostile value, where the platform has correlation ids."""
    return tuple(_HOSTILE) if description.correlation_header else ()


@story("hostile-correlation", per=hostile_forms, negative=True)
async def hostile_correlation(stage: Stage) -> None:
    """Between two genuine events comes one whose correlation id is hostile, and it gives reason to call."""
    kind = (gettable_types(stage.description) or told_types(stage.description))[0]
    control = stage.event(stage.make(kind), "created", age=30)
    accepted = await stage.deliver_accepted(control, "control")
    await stage.see_control(control, accepted)
    value = _HOSTILE[stage.parameter](stage)
    thing = stage.make(kind, age=90)
    stage.change(thing, age=60)
    hostile = stage.event(thing, "updated", age=60, correlation=value, listed=False)
    delivery = await stage.deliver(hostile, "hostile", genuine=False)
    if delivery.succeeded:
        await stage.until_effect(hostile, after=delivery.started, within=stage.waits.settle)
    following = stage.event(stage.make(kind), "created", age=30)
    followed = await stage.deliver(following, "follow-up", retry=True)
    if followed.succeeded:
        stage.note("follow-up effect", await stage.until_effect(following, after=followed.started))
    await stage.settle()


def _large(stage: Stage) -> str:
    stage.note("large", "yes")
    return "a" * 8192


def _line_break(stage: Stage) -> str:
    name = f"X-Injected-{stage.random.randrange(10**6):06}"
    stage.note("injected header", name)
    return f"{stage.new_id()}%0d%0a{name}:%20yes"


def _lookup(stage: Stage) -> str:
    """What logging and templating libraries were led by to a URL of the sender's."""
    url = stage.bait("lookup")
    return f"${{jndi:ldap://{url.partition('://')[2]}}} ${{url:UTF-8:{url}}}"


_HOSTILE: Final[dict[str, Callable[[Stage], str]]] = {
    "8-kilobytes": _large,
    "quotes": lambda stage: f"{stage.new_id()}'\";\\`--",
    "line-break-in-percent-codes": _line_break,
    "markup": lambda stage: f"<script>alert('{stage.new_id()}')</script>",
    "lookup": _lookup,
    "no-uuid": lambda stage: f"order {stage.random.randrange(10**6)}/7",
}


@story("uncorrelated-event", per=correlated_types)
async def uncorrelated_event(stage: Stage) -> None:
    """After an event with a correlation id comes one without, which gives reason to call."""
    await stage.deliver_accepted(event_of_a_stranger(stage, stage.new_id())[1], "control")
    thing, event = event_of_a_stranger(stage, stage.new_id())
    delivery = await stage.deliver(replace(event, correlation=None), "bare", retry=True)
    if delivery.succeeded:
        await _until_called(stage, thing, delivery)
    for name in {call.correlation for call in stage.calls(after=delivery.started) if call.correlation}:
        if stage.kit.owners.claimant(name) not in {None, stage.play}:
            # Stories overlap, and an id that is kept in a global may be that of any event.
            stage.note("id of another story", name)


async def _until_called(stage: Stage, thing: Thing, delivery: Delivery) -> None:
    """Wait for the get that an event leads to; where events carry the data, it may never come."""
    sure = stage.description.thin and stage.kit.fetches
    within = stage.waits.effect if sure else stage.waits.settle
    await stage.until_fetched(thing, after=delivery.started, within=within)


@story("header-spellings", per=correlated_types)
async def header_spellings(stage: Stage) -> None:
    """Three events that give reason to call, with the name of the correlation header in three spellings."""
    for spell in (str.lower, _title, str.upper):
        thing, event = event_of_a_stranger(stage, stage.new_id())
        delivery = await stage.deliver(event, "spelled", wrapping=Wrapping(edit=_renaming(stage, spell)), retry=True)
        if delivery.succeeded:
            await _until_called(stage, thing, delivery)


def _title(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


def _renaming(stage: Stage, spell: Callable[[str], str]) -> Callable[[Headers], Headers]:
    known = stage.description.correlation_header.lower().encode()

    def renamed(headers: Headers) -> Headers:
        return tuple((spell(k.decode("latin-1")).encode() if k.lower() == known else k, v) for k, v in headers)

    return renamed
