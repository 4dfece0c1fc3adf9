"""The first story of every run: genuine events, one after the other, to see how the partner reacts and how fast."""

from __future__ import annotations

from collections import Counter
from random import SystemRandom

from conformance.errors import NotAssessable
from conformance.exchange import Delivery, Failure
from conformance.kit import Effect
from conformance.platform.event import Event, Thing
from conformance.scenarios.parameters import gettable_types, orderable_types, told_types
from conformance.stage import Stage
from conformance.tls import shake_hands

__all__ = ["calibrate"]

_EVENTS = 3
# So many events without an answer, or without an effect, say enough.
_ENOUGH = 2
_SILENT = "silent"
SETTLE_FLOOR = 0.5
SETTLE_CEILING = 5.0
_UNMEASURED = 1.5
# Seconds; a partner that works in batches gets what it heard of within this time.
_FOLLOWS_WITHIN = 6.0


async def calibrate(stage: Stage) -> None:
    """Three genuine events; the quiet time of the run comes from the slowest reaction to them.

    Raises NotAssessable when the partner has seen the ids of this seed before.
    """
    kinds = gettable_types(stage.description) or told_types(stage.description)
    await _try_control(stage, kinds[0])
    reactions: list[float] = []
    seen = Counter[str]()
    for number in range(_EVENTS):
        event = stage.event(stage.make(kinds[number % len(kinds)]), "created", age=30)
        if number == 0:
            await _refuse_known_seed(stage, event)
        delivery = await stage.deliver(event, "event")
        if delivery.succeeded:
            effect = await _effect(stage, event, delivery)
            seen[effect] += 1
            reactions += [stage.kit.clock.elapsed - delivery.started] if effect is Effect.SEEN else []
        elif delivery.failure is Failure.TLS:
            handshake = await shake_hands(stage.kit.partner_url, stage.kit.tls, deadline=stage.waits.deadline)
            stage.kit.untrusted = f"no delivery can be made: {handshake.fault or delivery.outcome()} (see TLS-01)"
        elif delivery.failure is Failure.TIMEOUT and delivery.response is None:
            seen[_SILENT] += 1
            if seen[_SILENT] == _ENOUGH:
                why = f"{_ENOUGH} genuine events got no answer, each within {delivery.took:.0f} s"
                stage.kit.lose_partner(why)
        if _ENOUGH in {seen[Effect.UNSEEN], seen[_SILENT]} or (delivery.failure and not seen[_SILENT]):
            break
    _conclude(stage, reactions)
    shown = stage.description.thin or stage.offers("events") or stage.offers("objects")
    if not (shown or stage.kit.partner_gone or stage.kit.untrusted):
        await _see_what_is_followed(stage)


async def _see_what_is_followed(stage: Stage) -> None:
    """Where nothing else shows what a partner does: of which types it gets an object that it only heard has changed."""
    changed: list[Event] = []
    for kind in orderable_types(stage.description):
        if stage.description.object_types[kind].get:
            thing = stage.make(kind, age=90)
            stage.change(thing, age=60)
            event = stage.event(thing, "updated", age=60)
            if (await stage.deliver(event, "change")).succeeded:
                changed.append(event)

    def got() -> frozenset[str]:
        fetched = {call.object_id for call in stage.calls() if call.does == "get" and call.succeeded}
        return frozenset(event.thing.object_type for event in changed if event.thing.id in fetched)

    if changed:
        await stage.until("gets after changes", lambda: len(got()) == len(changed), within=_FOLLOWS_WITHIN)
    stage.kit.followed = got()


async def _try_control(stage: Stage, kind: str) -> None:
    """See whether the control endpoint tells what it knows from what it does not."""
    # Not from the seed: these ids are new to any partner, also to one that remembers an earlier run.
    names, random = stage.kit.composer.names, SystemRandom()
    tenant = names.of_tenants(kind).fresh(random) if stage.description.object_types[kind].tenant else ""
    await stage.control.try_truth(stage.play, Thing(kind, names.of_objects(kind).fresh(random), tenant))


async def _refuse_known_seed(stage: Stage, event: Event) -> None:
    if stage.offers("events") and await stage.control.applied(stage.play, event.id):
        raise NotAssessable(
            "the partner has seen this seed before: it remembers its event ids; run with another --conformance-seed"
        )


async def _effect(stage: Stage, event: Event, delivery: Delivery) -> Effect:
    """What is seen of an event; a partner may report it as handled before it has got the object."""
    effect = await stage.until_effect(event, after=delivery.started)
    if effect is Effect.SEEN and stage.description.thin and gettable_types(stage.description):
        await stage.until_fetched(event.thing, after=delivery.started)
    return effect


def _conclude(stage: Stage, reactions: list[float]) -> None:
    stage.waits.settle = _settle(reactions)
    stage.kit.reacts = bool(reactions)
    if stage.description.thin:
        stage.kit.fetches = any(call.does == "get" for call in stage.calls())
    stage.note("settle time", f"{stage.waits.settle:.2f} s")
    stage.note("slowest reaction to a genuine event", f"{max(reactions):.3f} s" if reactions else "none seen")


def _settle(reactions: list[float]) -> float:
    if not reactions:
        return _UNMEASURED
    return min(max(3 * max(reactions), SETTLE_FLOOR), SETTLE_CEILING)
