"""Stories about events that arrive in another order than they happened."""

from __future__ import annotations

from conformance.platform.description import Description
from conformance.scenarios.parameters import orderable_types
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []


@story("late-older-event", per=orderable_types)
async def late_older_event(stage: Stage) -> None:
    """An object is made and changes twice; the event of the first change arrives last."""
    thing = stage.make(stage.parameter, age=90)
    made = stage.event(thing, "created", age=90)
    delivery = await stage.deliver_accepted(made, "made")
    await stage.until_effect(made, after=delivery.started)
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


@story("update-before-creation", per=orderable_types)
async def update_before_creation(stage: Stage) -> None:
    """The event of an object's change arrives before that of its creation."""
    thing = stage.make(stage.parameter, age=90)
    made = stage.event(thing, "created", age=90)
    stage.change(thing, age=60)
    changed = stage.event(thing, "updated", age=60)
    stage.expect(thing)
    first = await stage.deliver(changed, "update")
    if first.succeeded:
        await stage.until_effect(changed, after=first.started)
    second = await stage.deliver(made, "creation")
    if second.succeeded:
        await stage.until_effect(made, after=first.started)
    await stage.quiet(stage.parameter)
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
