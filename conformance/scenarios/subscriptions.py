"""Stories about subscribing and unsubscribing."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from conformance.errors import ControlChannelError, NotAssessable, PlatformRefusal
from conformance.exchange import Call
from conformance.platform.description import Description
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage
from conformance.transcript import Record

__all__: list[str] = []

# So many equal create calls are a loop: the story need not wait for its end.
_A_LOOP: Final = 6
# Whatever a control call is asked, it has ended by then.
_CALL_ENDED: Final = 120.0


def where_subscribed(description: Description) -> tuple[str, ...]:
    """Once, where partners subscribe through the API."""
    return ("",) if description.subscriptions is not None else ()


@story("subscription", per=where_subscribed, exclusive=True)
async def subscription(stage: Stage) -> None:
    """The partner is asked to subscribe to two event types, and to delete what it made."""
    _needs_subscribe(stage)
    # A partner that looks first finds nothing, and has to create: no other story plays meanwhile.
    before = stage.kit.state.withdraw_subscriptions()
    try:
        ids = await stage.control.subscribe(stage.play, stage.kit.partner_url, _types(stage, 0, 2))
        stage.note("subscribed", "\n".join(ids))
        await _unsubscribe(stage, ids)
    except PlatformRefusal as refusal:
        stage.note_refusal(refusal)
    finally:
        stage.kit.state.restore_subscriptions(before)


def _needs_subscribe(stage: Stage) -> None:
    if not stage.offers("subscribe"):
        raise NotAssessable("the partner's control endpoint does not offer 'subscribe'")


def _types(stage: Stage, first: int, last: int) -> tuple[str, ...]:
    """Event types of a story's own: a partner that remembers its subscriptions knows of none to these."""
    return tuple(t.name for t in stage.description.delivered_types[first:last])


async def _unsubscribe(stage: Stage, ids: tuple[str, ...]) -> None:
    if ids and stage.offers("unsubscribe"):
        await stage.control.unsubscribe(stage.play, ids)


@story("subscription-conflict", per=where_subscribed, exclusive=True)
async def subscription_conflict(stage: Stage) -> None:
    """The partner is asked to subscribe just when somebody else does so: each create call is answered 409."""
    _needs_subscribe(stage)
    state = stage.kit.state
    before = state.withdraw_subscriptions()
    equal: list[str] = []

    def appear(record: Record) -> None:
        # Told before the 409 goes out, so that a partner that looks again finds the equal one.
        if not equal and isinstance(record, Call) and record.does == "create-subscription":
            words = {"partner_id": stage.kit.secrets.partner_id, "webhook_token": stage.kit.secrets.webhook_token}
            equal.append(state.subscribe_partner(stage.kit.partner_url, words, types=_types(stage, 2, 3)))

    stop = stage.kit.journal.listen(appear)
    asking = asyncio.create_task(stage.control.subscribe(stage.play, stage.kit.partner_url, _types(stage, 2, 3)))
    try:
        async with stage.fault(Fault(kind=FaultKind.STATUS, status=409, does="create-subscription")):
            await _until_answered_or_looping(stage, asking)
        # The loop that would go on for ever now finds its way out.
        for name in equal:
            state.subscriptions.pop(name, None)
        await asyncio.wait({asking})
        _conclude(stage, asking)
    finally:
        stop()
        state.restore_subscriptions(before)


async def _until_answered_or_looping(stage: Stage, asking: asyncio.Task[tuple[str, ...]]) -> None:
    looping = asyncio.create_task(stage.until("loop", lambda: _most_alike(stage) >= _A_LOOP, within=_CALL_ENDED))
    try:
        await asyncio.wait({asking, looping}, return_when=asyncio.FIRST_COMPLETED)
        if not looping.done():
            await stage.settle()
    finally:
        looping.cancel()


def _most_alike(stage: Stage) -> int:
    creates = Counter(call.request.body for call in stage.calls() if call.does == "create-subscription")
    return max(creates.values(), default=0)


def _conclude(stage: Stage, asking: asyncio.Task[tuple[str, ...]]) -> None:
    """Write down how the partner answered; one that was caught in a loop need not have found a proper answer."""
    try:
        stage.note("subscribed", "\n".join(asking.result()))
    except PlatformRefusal as refusal:
        stage.note_refusal(refusal)
    except ControlChannelError as error:
        if _most_alike(stage) < _A_LOOP:
            raise
        stage.note("broken", str(error))


@story("subscribed-twice", per=where_subscribed, exclusive=True)
async def subscribed_twice(stage: Stage) -> None:
    """The partner is asked twice to subscribe to the same event types at the same URL."""
    _needs_subscribe(stage)
    types = _types(stage, 3, 5)
    before = stage.kit.state.withdraw_subscriptions()
    try:
        ids = await stage.control.subscribe(stage.play, stage.kit.partner_url, types)
        ids += await stage.control.subscribe(stage.play, stage.kit.partner_url, types)
        await _unsubscribe(stage, tuple(dict.fromkeys(ids)))
    except PlatformRefusal as refusal:
        stage.note_refusal(refusal)
    finally:
        stage.kit.state.restore_subscriptions(before)


@story("unsubscription", per=where_subscribed, exclusive=True)
async def unsubscription(stage: Stage) -> None:
    """The partner is asked to subscribe and to delete that subscription; then an event comes that was on its way."""
    _needs_subscribe(stage)
    if not stage.offers("unsubscribe"):
        raise NotAssessable("the partner's control endpoint does not offer 'unsubscribe'")
    (chosen,) = _types(stage, 5, 6)
    kind = stage.description.event_types[chosen]
    late = stage.event(stage.make(kind.object_type), kind.changes[0], event_type=kind)
    before = stage.kit.state.withdraw_subscriptions()
    try:
        ids = await stage.control.subscribe(stage.play, stage.kit.partner_url, (chosen,))
        stage.note("subscribed", "\n".join(ids))
        await stage.control.unsubscribe(stage.play, ids)
    except PlatformRefusal as refusal:
        stage.note_refusal(refusal)
    finally:
        stage.kit.state.restore_subscriptions(before)
    # Whether a partner takes it or refuses it, both are right: so it does not count as one that must be accepted.
    await stage.deliver(late, "late", genuine=False)
