"""Stories about handshakes: how a platform asks a URL whether it wants deliveries, and who else could ask so."""

from __future__ import annotations

from typing import Final

from conformance.errors import NotAssessable, PlatformRefusal
from conformance.exchange import Call
from conformance.greeter import Greeter, Twist
from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.platform.handshake import Handshake
from conformance.platform.template import filled
from conformance.scenarios.positive_control import accepted_control, usual_type
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []

_OF_TOKEN: Final = (Twist.WRONG_TOKEN, Twist.NO_TOKEN)
_OF_SIGNATURE: Final = (Twist.NO_SIGNATURE, Twist.ANOTHER_KEY)
# Other stories subscribe to the event types before.
_FIRST_OWN: Final = 6


def _handshake(stage: Stage) -> Handshake:
    handshake = stage.description.handshake
    assert handshake is not None  # or none of these stories is played
    return handshake


def _greeter(stage: Stage) -> Greeter:
    return Greeter(stage.kit, _handshake(stage), stage.random)


# What the platform asks


def asked_at_start(description: Description) -> tuple[str, ...]:
    """The ways in which the platform asks whenever it likes."""
    handshake = description.handshake
    return handshake.kinds if handshake is not None and handshake.at_start else ()


@story("handshake", per=asked_at_start)
async def handshake(stage: Stage) -> None:
    """The platform asks the partner's URL whether it wants deliveries."""
    greeter = _greeter(stage)
    await greeter.greet(stage.play, greeter.url(), stage.parameter)


def asked_at_subscription(description: Description) -> tuple[str, ...]:
    """Once, where the platform asks before it answers the call that creates a subscription."""
    return ("",) if "handshake-at-subscription" in description.features else ()


@story("verified-subscription", per=asked_at_subscription, exclusive=True)
async def verified_subscription(stage: Stage) -> None:
    """The partner is asked to subscribe; the platform asks the URL before it answers, and refuses where that fails."""
    await _subscribed(stage)


async def _subscribed(stage: Stage, *twists: Twist) -> None:
    """Have the partner subscribe and delete what it made; before the genuine challenge go those with twists."""
    if not stage.offers("subscribe"):
        raise NotAssessable("the partner's control endpoint does not offer 'subscribe'")
    before = stage.kit.state.withdraw_subscriptions()
    stage.kit.twists = tuple(twists)
    try:
        ids = await stage.control.subscribe(stage.play, stage.kit.partner_url, (_own_type(stage, *twists),))
        stage.note("subscribed", "\n".join(ids))
        if ids and stage.offers("unsubscribe"):
            await stage.control.unsubscribe(stage.play, ids)
    except PlatformRefusal as refusal:
        # A partner that has given up its call says so before the platform has seen what becomes of it.
        await stage.until("subscribe call", lambda: bool(_creates(stage)), within=_greeter(stage).deadline)
        stage.note_refusal(refusal)
    finally:
        stage.kit.twists = ()
        stage.kit.state.restore_subscriptions(before)


def _own_type(stage: Stage, *twists: Twist) -> str:
    """An event type of a story's own: a partner that remembers its subscriptions knows of none to it."""
    types = stage.description.delivered_types
    number = _FIRST_OWN + sum(1 + list(Twist).index(twist) for twist in twists)
    return types[number % len(types)].name


# What others ask


def forged_challenges(description: Description) -> tuple[str, ...]:
    """The ways in which a challenge can be somebody else's."""
    handshake = description.handshake
    if handshake is None or handshake.challenge is None:
        return ()
    of_token = _OF_TOKEN if handshake.challenge.has_token else ()
    return tuple(map(str, (*of_token, *(_OF_SIGNATURE if handshake.challenge.signed else ()))))


@story("forged-challenge", per=forged_challenges, exclusive=True, negative=True)
async def forged_challenge(stage: Stage) -> None:
    """The platform sends its challenge, and somebody else sends one that lacks what proves it."""
    await _challenged(stage, Twist(stage.parameter))


def echoed_challenges(description: Description) -> tuple[str, ...]:
    """Once, where the partner sends the challenge back."""
    return ("",) if "echoed-challenge" in description.features else ()


@story("markup-challenge", per=echoed_challenges, exclusive=True, negative=True)
async def markup_challenge(stage: Stage) -> None:
    """The platform sends its challenge, and then one that a browser would take for a part of a page."""
    await _challenged(stage, Twist.MARKUP)


async def _challenged(stage: Stage, twist: Twist) -> None:
    """A genuine challenge and one with a twist, whenever the platform sends any.

    Raises NotAssessable where the genuine one is not answered: then nothing shows that this URL answers any.
    """
    greeter = _greeter(stage)
    if _handshake(stage).at_start:
        complaint = greeter.complaint(await greeter.greet(stage.play, greeter.url(), "challenge"))
        if not complaint:
            await greeter.greet(stage.play, greeter.url(), "challenge", twist)
    else:
        await _subscribed(stage, twist)
        complaint = _last_refusal(stage)
    if complaint:
        raise NotAssessable(f"positive control failed: a genuine challenge is not answered ({complaint})")


def _creates(stage: Stage) -> list[Call]:
    return [call for call in stage.calls() if call.does == "create-subscription"]


def _last_refusal(stage: Stage) -> str:
    """Why the platform has not made the subscription; empty where it has."""
    creates = _creates(stage)
    if not creates:
        return "the partner made no call that creates a subscription"
    return "" if creates[-1].succeeded else f"its subscription was refused with {creates[-1].outcome()}"


# What tells of nothing


def pinged(description: Description) -> tuple[str, ...]:
    """Once, where the platform sends pings."""
    return ("",) if description.handshake is not None and description.handshake.ping is not None else ()


@story("ping", per=pinged)
async def ping(stage: Stage) -> None:
    """After a genuine event comes a ping, and then a genuine event again."""
    kind = usual_type(stage.description)
    await accepted_control(stage, kind)
    sent = _ping(stage)
    await stage.deliver(sent, "ping")
    await stage.quiet(kind)
    if _names_object(stage):
        await stage.ask_held(sent.thing)


def _names_object(stage: Stage) -> bool:
    told = _handshake(stage).ping
    return told is not None and bool(told.object_type)


def _ping(stage: Stage) -> Event:
    told = _handshake(stage).ping
    assert told is not None  # or this story is not played
    thing = stage.make(told.object_type or usual_type(stage.description), age=30)
    name, now = stage.new_event_id(), stage.kit.clock.stamp()
    held = stage.kit.state.held(thing)
    names = stage.kit.composer.names
    words = {
        "id": names.of_events.written(name),
        "type": told.type,
        "time": now,
        "object_id": names.of_objects(thing.object_type).written(thing.id),
        "object": held,
    }
    return Event(
        id=name,
        type=told.type,
        thing=thing,
        change="",
        version=1,
        occurred_at=now,
        correlation=stage.new_id() if stage.description.correlation_header else None,
        content=filled(told.body, words),
    )
