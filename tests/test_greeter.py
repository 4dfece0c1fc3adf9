"""The handshakes that the kit makes, with a partner that is a function."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import handshaking_platforms
from conformance.delivery import Sent
from conformance.exchange import Delivery, Failure, Request, Response
from conformance.greeter import Greeter, Twist
from conformance.kit import Kit
from conformance.platform.handshake import handshake_from_raw
from conformance.transcript import Note
from kits import PARTNER, kit
from senders import answers, fails
from shipped import SECRETS, seeded

URL = f"{PARTNER}/hooks?tenant=7"


def _greeting(
    name: str, partner: Callable[[Request], Sent], act: Callable[[Greeter, Kit], Any], **changes: Any
) -> tuple[Any, list[Delivery], list[Any]]:
    """What comes of the act, and what was recorded: handshakes, and what was written down of them."""

    async def run() -> tuple[Any, Kit]:
        made = kit("feewise", partner)
        described = handshaking_platforms.description(name)
        handshake = handshake_from_raw({**handshaking_platforms.HANDSHAKES[name], **changes})
        assert handshake is not None
        made.specification = replace(made.specification, description=replace(described, handshake=handshake))
        return await act(Greeter(made, handshake, seeded(3)), made), made

    result, made = asyncio.run(run())
    sent = [record for record in made.journal.records if isinstance(record, Delivery)]
    notes = [json.loads(r.text) for r in made.journal.records if isinstance(r, Note) and r.name == "handshake"]
    return result, sent, notes


def _one(name: str, kind: str, twist: Twist | None = None) -> tuple[Delivery, Mapping[str, str]]:
    (greeting, (delivery,), (note,)) = _greeting(name, answers, lambda g, _: g.greet("p1", URL, kind, twist))

    assert (delivery.id, kind, greeting[1]) == (note["exchange"], note["kind"], note["words"])
    return delivery, greeting[1]


def test_a_challenge_in_the_query_stands_beside_what_the_url_has() -> None:
    """Names with dots stay as they are, and the token is no longer to be read."""
    delivery, words = _one("getting", "challenge")
    query = parse_qs(urlsplit(delivery.request.target).query)

    assert ("GET", b"", True) == (delivery.request.method, delivery.request.body, delivery.genuine)
    assert query == {
        "tenant": ["7"],
        "hub.mode": ["subscribe"],
        "hub.challenge": [words["challenge"]],
        "hub.verify_token": ["[secret webhook_token]"],
    }


@pytest.mark.parametrize(("twist", "told"), [(Twist.NO_TOKEN, None), (Twist.WRONG_TOKEN, len(SECRETS.webhook_token))])
def test_a_token_can_be_wrong_or_missing(twist: Twist, told: int | None) -> None:
    """The rest of the challenge is as it should be."""
    delivery, words = _one("getting", "challenge", twist)
    query = parse_qs(urlsplit(delivery.request.target).query)

    assert told == (len(query["hub.verify_token"][0]) if "hub.verify_token" in query else None)
    assert [words["challenge"]] == query["hub.challenge"]
    assert (str(twist), False) == (delivery.role, delivery.genuine)


def test_a_token_in_the_body_can_be_missing() -> None:
    """The field is left out."""
    delivery, words = _one("everything", "challenge", Twist.NO_TOKEN)

    assert {"type": "url_verification", "challenge": words["challenge"]} == json.loads(delivery.request.body)


def test_a_challenge_may_be_signed_as_deliveries_are() -> None:
    """With the credential of deliveries; the HMAC that is waited for is that of the challenge."""
    delivery, words = _one("posting", "challenge")
    key = SECRETS.signing.encode()

    assert delivery.request.header("X-FeeWise-Webhook-Signature")
    assert "Bearer [secret webhook_token]" == delivery.request.header("Authorization")
    right = hmac.new(key, words["challenge"].encode(), hashlib.sha256).digest()
    assert right == base64.b64decode(words["proof"])


def test_a_signature_can_be_missing_or_somebody_elses() -> None:
    """Everything else is as it should be."""
    unsigned, _ = _one("posting", "challenge", Twist.NO_SIGNATURE)
    strange, _ = _one("posting", "challenge", Twist.ANOTHER_KEY)

    assert unsigned.request.header("X-FeeWise-Webhook-Signature") is None
    assert strange.request.header("X-FeeWise-Webhook-Signature")


def test_a_post_without_a_body_says_so() -> None:
    """It calls nothing JSON."""
    delivery, _ = _one("validating", "challenge")

    assert ("POST", b"") == (delivery.request.method, delivery.request.body)
    assert "text/plain; charset=utf-8" == delivery.request.header("Content-Type")


def test_permission_is_asked_for_with_origin_and_rate() -> None:
    """As CloudEvents HTTP webhooks have it."""
    delivery, _ = _one("granting", "options")

    assert "OPTIONS" == delivery.request.method
    assert ("feewise.example", "120") == (
        delivery.request.header("WebHook-Request-Origin"),
        delivery.request.header("WebHook-Request-Rate"),
    )
    assert not delivery.is_event


@pytest.mark.parametrize(
    ("twist", "is_genuine"), [(None, True), (Twist.NO_SIGNATURE, False), (Twist.ANOTHER_KEY, False)]
)
def test_a_get_is_signed_over_its_query(twist: Twist | None, *, is_genuine: bool) -> None:
    """It has no body that could be signed."""
    delivery, _ = _one("signing", "challenge", twist)
    told = delivery.request.header("X-FeeWise-Webhook-Signature-Timestamp") or ""
    signed = f"{told}.{urlsplit(delivery.request.target).query}".encode()
    right = base64.b64encode(hmac.digest(SECRETS.signing.encode(), signed, "sha256")).decode()

    assert ("GET", b"") == (delivery.request.method, delivery.request.body)
    assert is_genuine == (right == delivery.request.header("X-FeeWise-Webhook-Signature"))


def _by_callback(partner: Callable[[Kit, Request], Sent], **changes: Any) -> tuple[str, str | None, list[Any]]:
    """What the platform complains of, the callback that it sent, and what was written down."""
    options = {**handshaking_platforms.HANDSHAKES["granting"]["options"], "callback": True}
    kits: list[Kit] = []

    async def act(greeter: Greeter, made: Kit) -> str:
        kits.append(made)
        made.permissions.base_url = "http://platform.example"
        return greeter.complaint(await greeter.greet("p1", URL, "options"))

    partner_of = lambda request: partner(kits[0], request)  # noqa: E731  # the kit is made before it delivers
    found, sent, notes = _greeting("granting", partner_of, act, options=options, **{"limit": 0.1, **changes})
    return found, sent[-1].request.header("WebHook-Request-Callback"), notes


def _calls_back(made: Kit, request: Request) -> Sent:
    """A partner that grants by a call, and says nothing in its answer."""
    callback = request.header("WebHook-Request-Callback") or ""
    assert not made.permissions.take(Request("GET", f"{urlsplit(callback).path}0"))
    assert made.permissions.take(Request("GET", urlsplit(callback).path))
    return answers(request)


def test_permission_may_come_by_a_call() -> None:
    """Of a URL that nobody can guess."""
    complaint, callback, notes = _by_callback(_calls_back)

    assert ("", "by callback") == (complaint, notes[0]["words"]["granted"])
    assert (callback or "").startswith("http://platform.example/webhook-permissions/")


def test_a_call_that_never_comes_is_no_permission() -> None:
    """Nor is one that comes in another way."""

    def puts(made: Kit, request: Request) -> Sent:
        assert not made.permissions.take(Request("PUT", request.header("WebHook-Request-Callback") or ""))
        return answers(request)

    assert "no WebHook-Allowed-Origin header" == _by_callback(puts)[0]


def test_who_grants_at_once_is_not_waited_for() -> None:
    """The answer is a permission, whatever else the partner could do; one that asks to wait is asked again."""
    granted = ((b"WebHook-Allowed-Origin", b"*"), (b"WebHook-Allowed-Rate", b"*"))
    statuses = iter((429, 200))
    complaint, _, notes = _by_callback(
        lambda _, request: Sent(request, Response(next(statuses), granted), None), limit=600
    )

    assert ("", 2) == (complaint, len(notes))
    assert [] == [note for note in notes if "granted" in note["words"]]


def test_who_asks_to_wait_is_asked_again() -> None:
    """With the very same challenge, until it answers."""
    statuses = iter((503, 200))
    _, sent, notes = _greeting(
        "getting", lambda r: answers(r, status=next(statuses)), lambda g, _: g.greet("p1", URL, "challenge")
    )

    assert [(503, 1), (200, 2)] == [(delivery.status, delivery.attempt) for delivery in sent]
    assert notes[0]["words"] == notes[1]["words"]


def _echo(request: Request) -> Sent:
    query = parse_qs(urlsplit(request.target).query)
    return Sent(request, Response(200, ((b"Content-Type", b"text/plain"),), query["validationToken"][0].encode()), None)


def test_a_url_that_answers_is_verified() -> None:
    """False challenges that a story ordered go before the genuine one, once."""

    async def twice(greeter: Greeter, made: Kit) -> list[str]:
        made.twists = (Twist.NO_TOKEN,)
        return [await greeter.verify("p1", URL), await greeter.verify(None, URL)]

    found, sent, _ = _greeting("validating", _echo, twice)

    assert ["", ""] == found
    assert ["no-token", "challenge", "challenge"] == [delivery.role for delivery in sent]
    assert ["p1", "p1", None] == [delivery.play for delivery in sent]


@pytest.mark.parametrize(
    ("partner", "why"),
    [
        (answers, "the Content-Type is missing"),
        (lambda r: answers(r, status=404), "status 404"),
        (lambda r: fails(r, Failure.TIMEOUT), "no complete answer before the deadline"),
    ],
)
def test_a_url_that_does_not_answer_is_refused(partner: Callable[[Request], Sent], why: str) -> None:
    """With what is wrong."""
    found, _, _ = _greeting("validating", partner, lambda g, _: g.verify("p1", URL))

    assert why in found


@pytest.mark.parametrize(
    "url", [None, 7, "", "partner.example/hooks", "ftp://partner.example", "http://[::1", "http:///x"]
)
def test_what_is_no_url_is_not_asked(url: object) -> None:
    """Nothing is sent anywhere."""
    found, sent, _ = _greeting("validating", _echo, lambda g, _: g.verify("p1", url))

    assert "cannot be verified" in found
    assert [] == sent


def test_a_cap_on_deliveries_holds_for_handshakes() -> None:
    """And so does the end of the partner."""

    async def capped(greeter: Greeter, made: Kit) -> list[str]:
        made.deliveries_left = 0
        first = await greeter.verify("p1", URL)
        made.lose_partner("partner stopped answering")
        return [first, await greeter.verify("p1", URL)]

    found, sent, _ = _greeting("validating", _echo, capped)

    assert [] == sent
    assert ["--conformance-total" in found[0], "partner stopped answering" in found[1]] == [True, True]


def test_a_limit_of_the_platform_is_the_deadline() -> None:
    """Without one, that of deliveries holds."""

    async def deadline(greeter: Greeter, _: Kit) -> float:
        return greeter.deadline

    assert 1.0 == _greeting("getting", answers, deadline)[0]
    assert 3.25 == _greeting("getting", answers, deadline, limit=3)[0]
