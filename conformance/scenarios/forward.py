"""Stories about events of a platform that has moved on: with more fields, other values, fewer of the optional ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from conformance.generate.variants import LEVELS, Variant, Variants
from conformance.kit import Effect
from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.scenarios.controls import deliver_beside, first_event, first_types, new_name
from conformance.scenarios.positive_control import accepted_control
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__ = ["UNFORESEEN", "WHERE"]

WHERE: Final = ("envelope", "payload", "nested", "item")
UNFORESEEN: Final = ("unknown-value", "absent-optional", "null-optional")
_LEVEL_OF: Final = dict(zip(WHERE[1:], LEVELS, strict=True))


def levels(description: Description) -> tuple[str, ...]:
    """Where fields can be added."""
    return WHERE


@story("unknown-fields", per=levels)
async def unknown_fields(stage: Stage) -> None:
    """The platform adds fields to its events, or, where these carry no object, to the object that they lead to."""
    plain = stage.parameter == "envelope" and stage.description.form.cloud
    values = ("later", 2) if plain else ("later", [{"since": 2}])
    fields = {new_name(stage): value for value in values}
    if stage.parameter == "envelope" or not stage.description.thin:
        await _in_the_event(stage, fields)
    else:
        await _in_the_object(stage, fields)


async def _in_the_event(stage: Stage, fields: dict[str, Any]) -> None:
    d = stage.description
    level, root = ("top", "") if stage.parameter == "envelope" else (_LEVEL_OF[stage.parameter], d.payload_at)
    for object_type in first_types(d):
        event = stage.news(object_type, listed=False)
        variants = Variants.of_event(stage.kit.specification, d.event_types[event.type])
        extended = variants.with_unknown_fields(event.content, fields, level, root=root)
        if extended is not None:
            await accepted_control(stage, object_type, stage.news(object_type))
            await deliver_beside(stage, _varied(stage, event, extended), "extended")
            return
    stage.note("left out", f"no event of the platform has room for a new field there ({stage.parameter})")


async def _in_the_object(stage: Stage, fields: dict[str, Any]) -> None:
    state = stage.kit.state
    for object_type in first_types(stage.description):
        thing = stage.make(object_type)
        variants = Variants.of_object(stage.kit.specification, object_type)
        extended = variants.with_unknown_fields(state.held(thing), fields, _LEVEL_OF[stage.parameter], root="")
        if extended is not None and stage.description.object_types[object_type].get:
            await accepted_control(stage, object_type)
            state.restate(thing, extended.content)
            stage.note("changed", "\n".join(extended.changed))
            event = stage.event(thing, "created", age=30)
            delivery = await stage.deliver(event, "extended")
            if delivery.succeeded:
                stage.note("effect", await _effect_of_object(stage, event))
            return
    stage.note("left out", f"no object of the platform has room for a new field there ({stage.parameter})")


async def _effect_of_object(stage: Stage, event: Event) -> Effect:
    """What the partner makes of the object that it got: to have got it is no effect of what is in it."""
    if stage.offers("events"):
        return await stage.until_effect(event)
    if stage.offers("objects"):
        return Effect.SEEN if await stage.until_shown(event.thing, version=1) else Effect.UNSEEN
    return Effect.INVISIBLE


def unforeseen_forms(description: Description) -> tuple[str, ...]:
    """The ways in which an event can be other than a partner foresaw."""
    return UNFORESEEN


@story("unforeseen-values", per=unforeseen_forms)
async def unforeseen_values(stage: Stage) -> None:
    """An event has a value that its document does not list, or lacks what is optional, or has null there."""
    for object_type in first_types(stage.description):
        event = first_event(stage, object_type)
        varied = _unforeseen(stage, event)
        if varied is not None:
            await accepted_control(stage, object_type)
            await stage.deliver(_varied(stage, event, varied), "varied", genuine=False)
            return
    what = {"unknown-value": "has a list of values", "absent-optional": "is optional", "null-optional": "is optional"}
    stage.note("left out", f"no field of the platform's events {what[stage.parameter]}")


def _unforeseen(stage: Stage, event: Event) -> Variant | None:
    variants = Variants.of_event(stage.kit.specification, stage.description.event_types[event.type])
    root = stage.description.payload_at
    if stage.parameter == "unknown-value":
        return variants.with_unknown_values(event.content, f"NEW_{stage.random.getrandbits(32):08X}", root=root)
    if stage.parameter == "absent-optional":
        return variants.without_optional(event.content, root=root)
    return variants.with_nulls(event.content, root=root)


def _varied(stage: Stage, event: Event, variant: Variant) -> Event:
    stage.note("changed", "\n".join(variant.changed))
    return replace(event, content=variant.content)
