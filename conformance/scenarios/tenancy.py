"""The story of two tenants whose objects have the same id."""

from __future__ import annotations

import json

from conformance import pointer
from conformance.errors import NotAssessable
from conformance.platform.description import Description
from conformance.platform.event import Thing
from conformance.scenarios.parameters import told_types
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []


def tenant_types(description: Description) -> tuple[str, ...]:
    """The object types that belong to a tenant, and in which one state can be told from another."""
    kinds = description.object_types
    return tuple(
        name
        for name in told_types(description)
        if kinds[name].tenant not in {"", kinds[name].id} and kinds[name].changing
    )


@story("two-tenants", per=tenant_types)
async def two_tenants(stage: Stage) -> None:
    """Two tenants have an object of the same id, in different states; the platform tells of both."""
    if not stage.offers("objects"):
        raise NotAssessable("the partner's control endpoint does not offer 'objects'")
    await _control(stage)
    one = stage.make(stage.parameter, age=90)
    other = stage.make(stage.parameter, age=90, name=one.id)
    stage.change(other, age=60)
    first, second = stage.event(one, "created", age=90), stage.event(other, "created", age=60)
    told = {thing.tenant: _told(stage, thing) for thing in (one, other)}
    stage.note("tenants", json.dumps({"object": one.id, "tenants": told}))
    for event, role in ((first, "one"), (second, "other")):
        delivery = await stage.deliver_accepted(event, role)
        await stage.until_effect(event, after=delivery.started)
    await stage.settle()
    for thing in (one, other):
        await stage.ask_held(thing)


async def _control(stage: Stage) -> None:
    """An object of one tenant alone: a partner that does not hold even that has no use for its type."""
    thing = stage.make(stage.parameter, age=90)
    await stage.deliver_accepted(stage.event(thing, "created", age=90), "control")
    if not await stage.until_shown(thing, version=1):
        raise NotAssessable(
            f"positive control failed: the partner does not hold a {stage.parameter} that it was told of"
        )


def _told(stage: Stage, thing: Thing) -> dict[str, object]:
    """The fields by which the states of the two objects differ, as the platform holds them for a tenant."""
    kind = stage.description.object_types[thing.object_type]
    held = stage.kit.state.held(thing)
    return {at: pointer.read(held, at) for at in (kind.tenant, *(field.at for field in kind.changing))}
