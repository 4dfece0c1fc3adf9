"""Stories about events that arrive in another order than they happened."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import permutations
from math import floor
from typing import Final

from conformance import pointer
from conformance.errors import NotAssessable
from conformance.kit import Effect
from conformance.platform.description import Description
from conformance.platform.event import Event, Thing
from conformance.scenarios.parameters import orderable_types
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []

_STRAIGHT: Final = 2
# Every order of three events but their own.
_ORDERS: Final = tuple(permutations(range(3)))[1:]
# Seconds between two changes.
_GAPS: Final = (0.4, 0.01)
_TO_THE_SECOND: Final = len("2026-01-01T00:00:00")


@story("late-older-event", per=orderable_types)
async def late_older_event(stage: Stage) -> None:
    """An object is made and changes twice; the event of the first change arrives last."""
    thing = stage.make(stage.parameter, age=90)
    made = stage.event(thing, "created", age=90)
    delivery = await stage.deliver_accepted(made, "made")
    await stage.until_effect(made, after=delivery.started)
    await stage.ask_held(thing)
    stage.change(thing, age=60)
    older = stage.event(thing, "updated", age=60)
    stage.change(thing, age=30)
    newer = stage.event(thing, "updated", age=30)
    stage.expect(thing)
    delivery = await stage.deliver_accepted(newer, "newer")
    await stage.until_effect(newer, after=delivery.started)
    if stage.description.thin and stage.kit.fetches:
        await stage.until_fetched(thing, version=3)
    await stage.deliver(older, "older", retry=True)
    await stage.quiet(stage.parameter)
    await stage.ask_held(thing)


async def _show_what_is_held(stage: Stage) -> None:
    """An object of the type whose creation is all that is told: who holds not even that has no use for the type."""
    plain = stage.event(stage.make(stage.parameter), "created", age=30)
    delivery = await stage.deliver(plain, "plain")
    if delivery.succeeded:
        await stage.until_effect(plain, after=delivery.started)
        await stage.ask_held(plain.thing)


@story("update-before-creation", per=orderable_types)
async def update_before_creation(stage: Stage) -> None:
    """The event of an object's change arrives before that of its creation."""
    thing = stage.make(stage.parameter, age=90)
    made = stage.event(thing, "created", age=90)
    stage.change(thing, age=60)
    changed = stage.event(thing, "updated", age=60)
    stage.expect(thing)
    await _show_what_is_held(stage)
    first = await stage.deliver(changed, "update")
    if first.succeeded:
        await stage.until_effect(changed, after=first.started)
    second = await stage.deliver(made, "creation")
    if second.succeeded:
        await stage.until_effect(made, after=first.started)
    await stage.quiet(stage.parameter)
    await _until_newest(stage, thing)
    await stage.ask_held(thing)


def terminal_types(description: Description) -> tuple[str, ...]:
    """The object types with a state that is never left."""
    return tuple(rule.object_type for rule in description.terminal)


@story("terminal-state", per=terminal_types)
async def terminal_state(stage: Stage) -> None:
    """An object reaches a state that it never leaves; the event of an earlier state arrives after that."""
    rule = next(r for r in stage.description.terminal if r.object_type == stage.parameter)
    before, after = (stage.description.event_types[name] for name in (rule.before, rule.after))
    thing = stage.make(stage.parameter, age=120)
    stage.change(thing, age=90, event_type=before)
    early = stage.event(thing, "created", age=90, event_type=before)
    stage.change(thing, age=60, event_type=after)
    final = stage.event(thing, "updated", age=60, event_type=after)
    stage.expect(thing)
    delivery = await stage.deliver_accepted(final, "final")
    await stage.until_effect(final, after=delivery.started)
    await stage.deliver(early, "late", retry=True)
    await stage.quiet(stage.parameter)
    await stage.ask_held(thing)


@story("shuffled-batch", per=orderable_types)
async def shuffled_batch(stage: Stage) -> None:
    """Two objects are told of in order, then five more, each in another order and all of them mixed up."""
    things = [stage.make(stage.parameter, age=100) for _ in range(_STRAIGHT + len(_ORDERS))]
    batches = [_life_of(stage, thing) for thing in things]
    for thing in things:
        stage.expect(thing)
    for events in zip(*batches[:_STRAIGHT], strict=True):
        for event in events:
            await stage.deliver_accepted(event, "straight")
    queues = [[events[place] for place in order] for order, events in zip(_ORDERS, batches[_STRAIGHT:], strict=True)]
    turns = [number for number, queue in enumerate(queues) for _ in queue]
    stage.random.shuffle(turns)
    for turn in turns:
        await stage.deliver(queues[turn].pop(0), "shuffled", retry=True)
    await stage.quiet(stage.parameter)
    await asyncio.gather(*(_until_newest(stage, thing) for thing in things))
    for thing in things:
        await stage.ask_held(thing)


def _life_of(stage: Stage, thing: Thing) -> list[Event]:
    """An object's creation and two changes, half a minute apart."""
    events = [stage.event(thing, "created", age=100)]
    for age in (70, 40):
        stage.change(thing, age=age)
        events.append(stage.event(thing, "updated", age=age))
    return events


async def _until_newest(stage: Stage, thing: Thing) -> None:
    """Wait until the partner holds an object, or has got it, as it is now."""
    version = stage.kit.state.version(thing)
    if stage.offers("objects"):
        await stage.until_shown(thing, version=version)
    elif stage.description.thin and stage.kit.fetches:
        await stage.until_fetched(thing, version=version)


@story("late-about-another", per=orderable_types)
async def late_about_another(stage: Stage) -> None:
    """After an event about one object comes one about another that is five minutes older."""
    control = stage.news(stage.parameter)
    accepted = await stage.deliver_accepted(control, "control")
    await stage.until_effect(control, after=accepted.started)
    late = stage.news(stage.parameter, age=330)
    delivery = await stage.deliver(late, "late", retry=True)
    effect = await stage.until_effect(late, after=delivery.started) if delivery.succeeded else Effect.UNSEEN
    await stage.settle()
    await stage.ask_effect(control)
    if stage.offers("objects") and effect is Effect.SEEN:
        await stage.until_shown(late.thing, version=late.version)
    await stage.ask_effect(late)


ARRIVALS = ("in-order", "reversed")


def arrivals(description: Description) -> tuple[str, ...]:
    """The orders in which two changes arrive, where order counts."""
    return ARRIVALS if orderable_types(description) else ()


@story("within-a-second", per=arrivals)
async def within_a_second(stage: Stage) -> None:
    """An object changes twice within one second, 400 milliseconds apart, and another one 10 milliseconds apart."""
    kind = orderable_types(stage.description)[0]
    things = [stage.make(kind, age=90) for _ in _GAPS]
    for thing, gap in zip(things, _GAPS, strict=True):
        await _two_changes(stage, thing, gap)
    await stage.quiet(kind)
    await asyncio.gather(*(_until_newest(stage, thing) for thing in things))
    for thing in things:
        await stage.ask_held(thing)


async def _two_changes(stage: Stage, thing: Thing, gap: float) -> None:
    """An object is made and changes twice, `gap` seconds apart and within one second of the clock."""
    await _taken(stage, stage.event(thing, "created", age=90), "made")
    moment = floor(stage.kit.clock.now - 60) + stage.random.uniform(0.1, 0.5)
    older = _changed_at(stage, thing, moment)
    if stage.parameter == "in-order":
        await _taken(stage, older, "older")
    newer = _changed_at(stage, thing, moment + gap)
    same = older.occurred_at[:_TO_THE_SECOND] == newer.occurred_at[:_TO_THE_SECOND]
    if not same or older.occurred_at >= newer.occurred_at:
        raise NotAssessable("the kit itself stalled while it dated two events")
    stage.expect(thing)
    await _taken(stage, newer, "newer")
    if stage.parameter == "reversed":
        await stage.deliver(older, "older", retry=True)


def _changed_at(stage: Stage, thing: Thing, moment: float) -> Event:
    """The object changes at that moment, in seconds since 1970, and an event of the same time tells of it."""
    clock, state = stage.kit.clock, stage.kit.state
    stage.change(thing, age=clock.now - moment)
    event = stage.event(thing, "updated", age=clock.now - moment, listed=False)
    modified = stage.description.object_types[thing.object_type].modified
    at = pointer.read(state.held(thing), modified) if modified else event.occurred_at
    event = replace(event, occurred_at=at, content=pointer.placed(event.content, stage.description.time_at, at))
    state.remember(event)
    return event


async def _taken(stage: Stage, event: Event, role: str) -> None:
    """Deliver an event and wait for its effect, and for its object as it is now."""
    delivery = await stage.deliver_accepted(event, role)
    if await stage.until_effect(event, after=delivery.started) is Effect.SEEN:
        await _until_newest(stage, event.thing)
