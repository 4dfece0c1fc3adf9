"""Stories about calls of the partner that fail, and about what it does next."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from conformance.errors import NotAssessable, PlatformRefusal
from conformance.exchange import Headers
from conformance.platform.description import Description
from conformance.platform.event import Event, Thing
from conformance.scenarios.parameters import created_types, gettable_types
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage

__all__ = ["Fetch", "failing_fetch_of", "fetched_types", "follow_up"]

_NEVER_GOT: Final = {
    True: "positive control failed: the partner got no object that an event named (see FET-01)",
    False: "positive control failed: the partner got no object of which it only heard that it changed",
}
# Seconds: long enough that a partner's own first pause is shorter, short enough for a run.
_COME_AGAIN: Final = 3
_DATE_AHEAD: Final = 3.5
# For so long after the time to come again a try is still awaited; one that comes later is later than asked.
_AFTERWARDS: Final = 0.5
# Long enough for more than ten tries that are a second apart.
_REFUSED_FOR: Final = 12.0
# Who has tried so often has shown enough, and the run need not bear more of it.
_ENOUGH: Final = 12


def fetched_types(description: Description) -> tuple[str, ...]:
    """The object types that a partner gets by their own id."""
    operations = description.operations
    return tuple(
        name
        for name in gettable_types(description)
        if description.object_types[name].id in {at for _, at in operations[description.object_types[name].get].keys}
    )


@dataclass(frozen=True, slots=True)
class Fetch:
    """A get of an object that met a fault, and the run's time at which the event about it began to be delivered."""

    thing: Thing
    fault: Fault
    since: float


@asynccontextmanager
async def failing_fetch_of(stage: Stage, kind: FaultKind, **settings: Any) -> AsyncIterator[Fetch]:
    """An event makes the partner get an object, and while the block runs that get fails.

    Where events carry their objects, it is told of changes of objects that it does not hold, type after type, until it
    gets one of them. Each event is delivered once: a second delivery would be a second reason to try.
    Raises NotAssessable when the partner gets nothing.
    """
    thin = stage.description.thin
    if not stage.kit.fetches:
        raise NotAssessable(_NEVER_GOT[thin])
    types, fetches = fetched_types(stage.description), list[Fetch]()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(stage.kit.faulty)
        for name in (types[stage.random.randrange(len(types))],) if thin else types:
            thing, event = _news(stage, name)
            fault = stage.kit.faults.add(Fault(kind=kind, object_id=thing.id, **settings))
            stack.callback(stage.kit.faults.remove, fault)
            delivery = await stage.deliver(event, "event", patient=False)
            fetches.append(Fetch(thing, fault, delivery.started))
            if await _is_struck(stage, fetches, waiting=delivery.succeeded):
                yield next(fetch for fetch in fetches if fetch.fault.struck)
                return
            if not delivery.succeeded:
                raise NotAssessable(f"positive control failed: a genuine event is not accepted ({delivery.outcome()})")
    # Where nothing has shown that it gets anything, whoever has tried saves the others the trouble.
    stage.kit.fetches = _gets(stage)
    if stage.kit.fetches:
        stage.note_lateness()
    raise NotAssessable(_NEVER_GOT[thin])


def _gets(stage: Stage) -> bool:
    """Whether this partner gets objects: calibration shows it on thin events, and any get of the run on thick ones."""
    return stage.description.thin or bool(stage.kit.followed) or stage.kit.journal.was_called("get", since=0.0)


def _news(stage: Stage, kind: str) -> tuple[Thing, Event]:
    """What gives the partner most reason to get an object: its announcement, or a change where events carry data."""
    thing = stage.make(kind, age=90)
    if stage.description.thin:
        return thing, stage.event(thing, "created", age=30)
    stage.change(thing, age=60)
    return thing, stage.event(thing, "updated", age=60)


async def _is_struck(stage: Stage, fetches: list[Fetch], *, waiting: bool) -> bool:
    within = stage.waits.effect if _gets(stage) else stage.waits.settle
    return await stage.until(
        "first call", lambda: any(fetch.fault.struck for fetch in fetches), within=within if waiting else 0.0
    )


async def follow_up(stage: Stage, kind: str) -> None:
    """The next event, about another object: whoever survived handles it."""
    event = stage.event(stage.make(kind), "created", age=30)
    delivery = await stage.deliver(event, "follow-up", retry=True)
    if delivery.succeeded:
        stage.note("follow-up effect", await stage.until_effect(event, after=delivery.started))


def throttling_forms(description: Description) -> tuple[str, ...]:
    """The ways in which Retry-After says when to come again, where there is something to get."""
    return ("seconds", "date") if fetched_types(description) else ()


@story("throttled-fetch", per=throttling_forms)
async def throttled_fetch(stage: Stage) -> None:
    """The first try to get an object is answered 429 and the time at which to come again."""
    told = _in_seconds if stage.parameter == "seconds" else lambda: _as_date(stage)
    async with failing_fetch_of(stage, FaultKind.STATUS, status=429, times=1, headers_then=told) as fetch:
        await _until_next(stage, "get", fetch.thing.object_type)


def _in_seconds() -> Headers:
    return ((b"Retry-After", str(_COME_AGAIN).encode()),)


def _as_date(stage: Stage) -> Headers:
    """A date is of whole seconds, so it is fixed at the moment of the answer, and noted on the run's own clock."""
    clock = stage.kit.clock
    now, elapsed = clock.now, clock.elapsed
    date = math.ceil(now + _DATE_AHEAD)
    stage.note("come again at", f"{elapsed + date - now:.3f}")
    texts = [format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True).encode() for at in (now, date)]
    return ((b"Date", texts[0]), (b"Retry-After", texts[1]))


async def _until_next(stage: Stage, does: str, object_type: str) -> None:
    """Wait for the next try, no longer than it would be too early."""

    def tries() -> int:
        return sum(call.does == does and call.object_type == object_type for call in stage.calls())

    await stage.until("next try", lambda: tries() > 1, within=_DATE_AHEAD + 1 + _AFTERWARDS)


def first_created(description: Description) -> tuple[str, ...]:
    """One object type that a partner creates: its own call shows what it does when calls fail, also if it gets none."""
    return created_types(description)[:1]


@story("throttled-create", per=first_created, creates=True)
async def throttled_create(stage: Stage) -> None:
    """The partner is asked to create an object, and its call is answered 429 and when to come again."""
    fault = Fault(
        kind=FaultKind.STATUS,
        does="create",
        object_type=stage.parameter,
        times=1,
        status=429,
        headers=_in_seconds(),
    )
    await _create_under(stage, fault)


@story("failing-create", per=first_created, creates=True)
async def failing_create(stage: Stage) -> None:
    """The partner is asked to create an object, and its calls fail until it gives up."""
    await _create_under(stage, Fault(kind=FaultKind.STATUS, does="create", object_type=stage.parameter, status=503))


async def _create_under(stage: Stage, fault: Fault) -> None:
    """Have the partner create an object, under a fault that ends with the retry window at the latest."""
    if not stage.offers("create"):
        raise NotAssessable("the partner's control endpoint does not offer 'create'")
    async with stage.fault(fault):
        creating = asyncio.create_task(stage.control.create(stage.play, stage.parameter))
        spent = asyncio.create_task(_until_spent(stage, fault, stage.waits.retry))
        try:
            await asyncio.wait({creating, spent}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            creating.cancel()
            raise
        finally:
            spent.cancel()
    try:
        name = await creating
    except PlatformRefusal:
        return
    if name is None:
        raise NotAssessable(f"the partner's control endpoint does not offer to create a {stage.parameter}")


async def _until_spent(stage: Stage, fault: Fault, within: float) -> None:
    """Let the partner try until the window is over, or until it has tried so often that no more need be seen."""
    await stage.until("end of the retries", lambda: fault.struck >= _ENOUGH, within=max(within, 0.0))


def broken_forms(description: Description) -> tuple[str, ...]:
    """How a get fails for long, where there is something to get."""
    return ("500",) if fetched_types(description) else ()


@story("broken-fetch", per=broken_forms)
async def broken_fetch(stage: Stage) -> None:
    """Every try to get an object fails, for as long as the retry window lasts."""
    async with failing_fetch_of(stage, FaultKind.STATUS, status=int(stage.parameter)) as fetch:
        await _until_spent(stage, fetch.fault, fetch.since + stage.waits.retry - stage.kit.clock.elapsed)


def refused_forms(description: Description) -> tuple[str, ...]:
    """Once, where there is something to get."""
    return ("",) if fetched_types(description) else ()


@story("refused-fetch", per=refused_forms)
async def refused_fetch(stage: Stage) -> None:
    """Every try to get an object is answered 401 for a while; then another event comes."""
    async with failing_fetch_of(stage, FaultKind.STATUS, status=401) as fetch:
        await _until_spent(stage, fetch.fault, min(stage.waits.retry, _REFUSED_FOR))
    await follow_up(stage, fetch.thing.object_type)


_HTML: Final = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>"
_GARBLED: Final[dict[str, dict[str, Any]]] = {
    "truncated": {"kind": FaultKind.TRUNCATE},
    "html": {"kind": FaultKind.BODY, "status": 200, "content_type": "text/html; charset=utf-8", "body": _HTML},
    "xml": {"kind": FaultKind.BODY, "status": 200, "content_type": "application/xml", "body": b"<object/>"},
    "list": {"kind": FaultKind.BODY, "status": 200, "body": b"[]"},
    "number": {"kind": FaultKind.BODY, "status": 200, "body": b"17"},
}


def garbled_forms(description: Description) -> tuple[str, ...]:
    """The answers that are not the object, where there is something to get."""
    return tuple(_GARBLED) if fetched_types(description) else ()


@story("garbled-fetch", per=garbled_forms, exclusive=True)
async def garbled_fetch(stage: Stage) -> None:
    """The answer to a get is not the object that was asked for; then another event comes."""
    async with failing_fetch_of(stage, **_GARBLED[stage.parameter]) as fetch:
        # Who tries again has got over the first answer; who does not gets the time to fall over it.
        await stage.until("next try", lambda: fetch.fault.struck > 1, within=stage.waits.settle)
        await follow_up(stage, fetch.thing.object_type)
