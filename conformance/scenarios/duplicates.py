"""Stories about the same event twice, and about events that only look the same."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance import pointer
from conformance.errors import NotAssessable
from conformance.kit import Effect, Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []


@story("redelivery", per=told_types)
async def redelivery(stage: Stage) -> None:
    """The platform delivers an event, and then the same event again, signed anew."""
    event = stage.event(stage.make(stage.parameter), "created", age=30)
    first = await stage.deliver_accepted(event, "first")
    await stage.until_done(event, after=first.started)
    await stage.deliver(event, "again")
    await stage.deliver(event, "again")
    await stage.quiet(stage.parameter)
    await stage.ask_applied(event)


LOOK_ALIKES = ("another-id", "first-digit", "last-digit", "other-bytes")


def look_alikes(description: Description) -> tuple[str, ...]:
    """The ways in which two deliveries look the same, or not."""
    return LOOK_ALIKES if orderable_types(description) else ()


@story("look-alikes", per=look_alikes)
async def look_alike(stage: Stage) -> None:
    """Two events that differ in little more than their id, or one event whose bytes differ."""
    kind = orderable_types(stage.description)[0]
    if stage.parameter == "another-id":
        await _another_id(stage, kind)
    elif stage.parameter == "other-bytes":
        await _other_bytes(stage, kind)
    else:
        await _one_digit(stage, kind, first=stage.parameter == "first-digit")


async def _another_id(stage: Stage, kind: str) -> None:
    """The object changes and changes back: the last event differs from an earlier one by its id and time alone.

    What tells the versions of the object apart is of the last one: by an older one a partner may order.
    Both carry one correlation id, as events do that come of one operation.
    """
    thing = stage.make(kind, age=100)
    # A partner may keep an update until the creation has arrived.
    await _taken(stage, stage.event(thing, "created", age=100), "made", version=1)
    stage.change(thing, age=80)
    there = stage.event(thing, "updated", age=80)
    await _taken(stage, there, "there", version=2)
    stage.change(thing, age=60)
    await _taken(stage, stage.event(thing, "updated", age=60), "elsewhere", version=3)
    stage.kit.state.change_back(thing, 2, age=40)
    back = stage.event(thing, "updated", age=40, version=4)
    d = stage.description
    content = pointer.placed(there.content, d.id_at, pointer.read(back.content, d.id_at))
    content = pointer.placed(content, d.time_at, back.occurred_at)
    told = d.object_types[kind]
    for at in (d.payload_at + part for part in (told.version, told.modified) if part and not d.thin):
        if pointer.read(content, at) is not None:
            content = pointer.write(content, at, pointer.read(back.content, at))
    stage.expect(thing)
    await _taken(stage, replace(back, content=content, correlation=there.correlation), "back", version=4)


async def _taken(stage: Stage, event: Event, role: str, *, version: int) -> None:
    delivery = await stage.deliver_accepted(event, role)
    effect = await stage.until_effect(event, after=delivery.started)
    if effect is not Effect.INVISIBLE and stage.offers("objects"):
        await stage.until_shown(event.thing, version=version)


async def _one_digit(stage: Stage, kind: str, *, first: bool) -> None:
    """Two events about two objects, whose ids differ in one digit."""
    ids = stage.kit.composer.names.of_events
    first_id = stage.new_event_id()
    alike = ids.siblings(first_id, first=first)
    second_id = next((name for name in alike if ids.allows(name)), "")
    if not second_id:
        raise NotAssessable("no two ids of the platform's form differ in one digit alone")
    stage.kit.owners.claim(second_id, stage.play)
    for role, event_id in (("first", first_id), ("second", second_id)):
        event = stage.news(kind, event_id=event_id)
        delivery = await stage.deliver_accepted(event, role)
        await stage.until_effect(event, after=delivery.started)


async def _other_bytes(stage: Stage, kind: str) -> None:
    """One event twice: the second time with white space between the tokens and its keys the other way round."""
    event = stage.event(stage.make(kind), "created", age=30)
    first = await stage.deliver_accepted(event, "first")
    await stage.until_done(event, after=first.started)
    turned = dict(reversed(event.content.items()))
    body = json.dumps(turned, indent=1, ensure_ascii=True).encode("ascii")
    await stage.deliver(event, "rewritten", wrapping=Wrapping(body=body))
    await stage.quiet(kind)
    await stage.ask_applied(event)
