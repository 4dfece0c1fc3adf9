"""Stories about values that lose something when they are turned into numbers, or into defaults."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from conformance.errors import NotAssessable
from conformance.generate.places import removed, replaced
from conformance.generate.variants import BEYOND, Variants
from conformance.platform.description import Description
from conformance.platform.event import Thing
from conformance.scenarios.controls import first_event, first_types
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__ = ["EXACT"]

EXACT: Final = ("decimals", "large-integers", "absent-or-null")


def exact_forms(description: Description) -> tuple[str, ...]:
    """The kinds of values that can be lost."""
    return EXACT


@story("exact-values", per=exact_forms)
async def exact_values(stage: Stage) -> None:
    """New objects hold values that must be kept as they are; the partner is asked what it holds of them."""
    if not stage.offers("objects"):
        raise NotAssessable("the partner's control endpoint does not offer 'objects'")
    for object_type in first_types(stage.description):
        versions = _versions(stage, object_type)
        for number, values in enumerate(versions):
            await _tell(stage, stage.make(object_type), f"told-{number}", values)
        if versions:
            return
    what = {"decimals": "holds a decimal as a text", "large-integers": "holds whole numbers beyond 2^53"}
    stage.note("left out", f"no object of the platform {what.get(stage.parameter, 'has an optional field')}")


# What stands for the value of a field that is left out.
_ABSENT: Final = object()


def _versions(stage: Stage, object_type: str) -> list[dict[str, Any]]:
    """The values of each object to be told of, by their pointers; thin events leave them to the object itself."""
    d, specification = stage.description, stage.kit.specification
    if d.thin:
        variants, root = Variants.of_object(specification, object_type), ""
        sample = stage.kit.state.held(stage.make(object_type))
    else:
        variants, root = Variants.of_event(specification, stage.event_type(object_type, "created")), d.payload_at
        sample = first_event(stage, object_type).content
    return [
        {at.removeprefix(root): value for at, value in values.items()}
        for values in _found(stage, variants, sample, root)
    ]


def _found(stage: Stage, variants: Variants, sample: Any, root: str) -> list[dict[str, Any]]:
    if stage.parameter == "decimals":
        decimals = variants.decimals(sample, root=root)
        return [{at: pair[number] for at, pair in decimals.items()} for number in (0, 1)] if decimals else []
    if stage.parameter == "large-integers":
        large = variants.large_integers(sample, root=root)
        return [dict.fromkeys(large, BEYOND)] if large else []
    optional = variants.optional(sample, root=root)
    free = [at for at in variants.texts(sample, "Conformance", root=root) if at in optional][-1:] or optional[-1:]
    nullable = [at for at in free if variants.allows(replaced(sample, at, None))]
    return [{at: value} for places, value in ((free, _ABSENT), (nullable, None)) for at in places]


async def _tell(stage: Stage, thing: Thing, role: str, values: dict[str, Any]) -> None:
    """Make the object hold the values, tell the partner of it, and ask what it holds."""
    state, d = stage.kit.state, stage.description
    content = state.held(thing)
    absent = [at for at, value in values.items() if value is _ABSENT]
    for at, value in values.items():
        content = removed(content, at) if value is _ABSENT else replaced(content, at, value)
        told = {"means": "absent"} if value is _ABSENT else {"value": value}
        stage.note("told", json.dumps({"object": thing.id, "at": at, **told}))
    state.restate(thing, content)
    event = stage.event(thing, "created", age=30, listed=False)
    for at in absent if not d.thin else ():
        # What the state lacks is filled in from the sample.
        event = replace(event, content=removed(event.content, d.payload_at + at))
    delivery = await stage.deliver_accepted(event, role)
    await stage.until_effect(event, after=delivery.started)
    await stage.until_shown(thing, version=1)
    await stage.ask_held(thing)
