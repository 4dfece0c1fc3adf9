"""Plays of stories about order and state, and about objects of several tenants."""

from __future__ import annotations

import json

from conformance import pointer
from histories.performance import Answer, Performance, Told
from histories.repertoire import plays

__all__: list[str] = []


def _go_back(stage: Performance, told: Told, version: int) -> None:
    """Let the partner hold an older state; where it gets objects, its last get answered that one."""
    stage.held[told.about] = version


def _late(stage: Performance, told: Told, role: str, broken: str) -> None:
    """A late event of an older state is acknowledged, and changes nothing, unless the partner is to break that."""
    if stage.breaks(broken) and stage.chance(0.3):
        stage.deliver(told, role, answer=Answer(stage.random.choice((409, 422, 500))))
        return
    stage.take(told, role)
    if stage.breaks(broken):
        _go_back(stage, told, told.version)


@plays("late-older-event", "ORD-01")
def late_older_event(stage: Performance) -> None:
    """The event of the first change arrives last."""
    made = stage.event(stage.parameter)
    stage.take(made, "made")
    stage.until_effect(made)
    stage.ask_held(made)
    older = stage.event(stage.parameter, about=made.about, version=2)
    newer = stage.event(stage.parameter, about=made.about, version=3)
    stage.expect(made)
    stage.take(newer, "newer")
    stage.until_effect(newer)
    _late(stage, older, "older", "ORD-01")
    stage.quiet(stage.parameter)
    stage.ask_held(made)


@plays("update-before-creation", "ORD-02")
def update_before_creation(stage: Performance) -> None:
    """The event of an object's change arrives before that of its creation."""
    plain = stage.event(stage.parameter)
    stage.take(plain, "plain")
    stage.until_effect(plain)
    stage.ask_held(plain)
    update = stage.event(stage.parameter, version=2)
    creation = stage.event(stage.parameter, about=update.about)
    stage.expect(update)
    how = stage.random.choice(("refused", "lost", "undone")) if stage.breaks("ORD-02") else ""
    if how == "refused":
        stage.deliver(update, "update", answer=Answer(404))
    else:
        stage.take(update, "update")
    stage.take(creation, "creation")
    if how == "lost":
        del stage.held[update.about]
    elif how == "undone":
        _go_back(stage, update, 1)
    stage.quiet(stage.parameter)
    stage.ask_held(update)


@plays("terminal-state", "ORD-05")
def terminal_state(stage: Performance) -> None:
    """The event of an earlier state arrives after one that is never left."""
    early = stage.event(stage.parameter, version=2)
    final = stage.event(stage.parameter, about=early.about, version=3)
    told = json.dumps({"object": early.about, "versions": [{"/status": s} for s in ("pending", "paid", "failed")]})
    stage.note("versions", told)
    stage.take(final, "final")
    refused = stage.breaks("ORD-05") and stage.chance(0.3)
    stage.deliver(early, "late", answer=Answer(409) if refused else None)
    stage.quiet(stage.parameter)
    if stage.offers("objects"):
        status = "paid" if stage.breaks("ORD-05") and not refused else "failed"
        if stage.manner.keeps_objects:
            stage.ask("objects", early.about, stage.parameter, answer={"status": status})
        else:
            stage.ask("objects", early.about, stage.parameter, status=404)


_ORDERS = ((1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1))


@plays("shuffled-batch", "ORD-03")
def shuffled_batch(stage: Performance) -> None:
    """Objects are told of in every order, and all of them end in the same state."""
    objects = [(stage.event(stage.parameter, version=3), order) for order in ((1, 2, 3), (1, 2, 3), *_ORDERS)]
    for told, _ in objects:
        stage.expect(told)
    for told, order in objects:
        role = "straight" if order == (1, 2, 3) else "shuffled"
        for version in order:
            stage.take(stage.event(stage.parameter, about=told.about, version=version), role)
    if stage.breaks("ORD-03"):
        told, order = stage.random.choice(objects[2:4])
        _go_back(stage, told, order[-1] if order[-1] < 3 else 1)
    stage.quiet(stage.parameter)
    for told, _ in objects:
        stage.ask_held(told)


@plays("late-about-another", "ORD-04")
def late_about_another(stage: Performance) -> None:
    """After an event about one object comes a much older one about another."""
    control = stage.news(stage.parameter)
    stage.take(control, "control")
    stage.until_effect(control)
    late = stage.news(stage.parameter)
    if stage.breaks("ORD-04"):
        stage.deliver(late, "late", answer=Answer(400) if stage.chance(0.3) else None)
        stage.wait("effect", 30.0, rewarded=False)
    else:
        stage.take(late, "late")
        stage.until_effect(late)
    stage.settle()
    stage.ask_effect(control)
    stage.ask_effect(late)


@plays("within-a-second", "ORD-06")
def within_a_second(stage: Performance) -> None:
    """Two changes within one second, in either order of arrival."""
    objects = [stage.event() for _ in range(2)]
    for made in objects:
        stage.take(made, "made")
        older, newer = (stage.event(made.kind, about=made.about, version=v) for v in (2, 3))
        stage.expect(made)
        for told in (older, newer) if stage.parameter == "in-order" else (newer, older):
            stage.take(told, "older" if told is older else "newer")
            stage.until_effect(told)
    if stage.breaks("ORD-06"):
        _go_back(stage, stage.random.choice(objects), 2)
    stage.quiet()
    for made in objects:
        stage.ask_held(made)


@plays("two-tenants", "TEN-01")
def two_tenants(stage: Performance) -> None:
    """Objects of two tenants have the same id, and stay two objects."""
    kind = stage.description.object_types[stage.parameter]
    if not stage.offers("objects") or not stage.manner.keeps_objects:
        stage.unassessable("the partner's control endpoint does not offer 'objects'")
        return
    one = stage.event(stage.parameter)
    tenants = [stage.event().about for _ in range(2)]
    states = {
        tenant: {kind.tenant: tenant, **stage.state(stage.parameter, number)}
        for number, tenant in enumerate(tenants, start=1)
    }
    stage.note("tenants", json.dumps({"object": one.about, "tenants": states}))
    for role in ("one", "other"):
        stage.deliver(stage.event(stage.parameter, about=one.about), role)
    stage.settle()
    lost = stage.breaks("TEN-01") and stage.chance(0.3)
    for number, tenant in enumerate(tenants):
        told = states[tenants[1] if stage.breaks("TEN-01") else tenant]
        content: object = {}
        for at, value in told.items():
            content = pointer.write(content, at, value)
        if lost and not number:
            stage.ask("objects", one.about, stage.parameter, status=404, tenant=tenant)
        else:
            stage.ask("objects", one.about, stage.parameter, answer=content, tenant=tenant)
