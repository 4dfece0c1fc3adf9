"""Stories about handshakes, with a partner that is a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

import handshaking_platforms
from conformance.delivery import Sent
from conformance.errors import NotAssessable
from conformance.exchange import Delivery, Request, Response
from conformance.scenarios.programme import PLAYED
from conformance.scenarios.story import STORIES
from conformance.stage import Stage
from kits import kit
from senders import answers
from shipped import PLATFORMS, seeded, specification

NAMES = ("handshake", "forged-challenge", "markup-challenge", "ping", "verified-subscription")


def _acted(platform: str, story: str, parameter: str, partner: Callable[[Request], Sent]) -> list[Delivery]:
    """What was delivered in the story; what a story raises is raised."""

    async def act() -> list[Delivery]:
        made = kit("feewise", partner)
        described = handshaking_platforms.description(platform)
        made.specification = replace(made.specification, description=described)
        await STORIES[story].play(Stage(made, "p1", parameter, seeded(7)))
        return [record for record in made.journal.records if isinstance(record, Delivery)]

    return asyncio.run(act())


def _echo(request: Request) -> Sent:
    """The challenge of whoever asks."""
    text = parse_qs(urlsplit(request.target).query)["hub.challenge"][0]
    return Sent(request, Response(200, ((b"Content-Type", b"text/plain"),), text.encode()), None)


@pytest.mark.parametrize(("story", "parameter"), [("forged-challenge", "no-token"), ("markup-challenge", "")])
def test_a_false_challenge_comes_after_a_genuine_one(story: str, parameter: str) -> None:
    """The genuine one was answered."""
    assert ["challenge", parameter or "markup"] == [d.role for d in _acted("getting", story, parameter, _echo)]


@pytest.mark.parametrize(("story", "parameter"), [("forged-challenge", "no-token"), ("markup-challenge", "")])
def test_a_partner_that_answers_nobody_proves_nothing(story: str, parameter: str) -> None:
    """The story ends where the genuine challenge is not answered."""
    with pytest.raises(NotAssessable, match=r"a genuine challenge is not answered \(the body is empty\)"):
        _acted("getting", story, parameter, answers)


@pytest.mark.parametrize("story", ["verified-subscription", "forged-challenge"])
def test_a_subscription_needs_the_control_call(story: str) -> None:
    """Where the platform asks at subscriptions only, somebody has to subscribe."""
    with pytest.raises(NotAssessable, match="does not offer 'subscribe'"):
        _acted("validating", story, "no-token", _echo)


def test_a_ping_shows_an_object_that_nobody_knows() -> None:
    """Between two genuine events, in the words of the platform."""
    control, ping, sentinel = _acted("posting", "ping", "", answers)

    assert ["control", "ping", "sentinel"] == [d.role for d in (control, ping, sentinel)]
    assert ("webhook.ping", "invoice", True) == (ping.event_type, ping.object_type, ping.genuine)
    assert (ping.object_id or "?").encode() in ping.request.body
    assert ping.request.header("X-FeeWise-Webhook-Signature")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_shipped_platform_plays_them(platform: str) -> None:
    """None of them asks a URL for anything."""
    assert set(NAMES) <= PLAYED
    assert [()] * len(NAMES) == [STORIES[name].parameters(specification(platform).description) for name in NAMES]


def test_a_method_by_which_a_challenge_comes_is_no_other_method() -> None:
    """A partner may answer it as it likes."""
    plain, getting = (
        STORIES["other-method"].parameters(d)
        for d in (specification("feewise").description, handshaking_platforms.description("getting"))
    )

    assert {"GET"} == set(plain) - set(getting)
