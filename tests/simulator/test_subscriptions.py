from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

import handshaking_platforms
from parcel_service import LARKPOST
from played_platform import PlayedPlatform
from shipped import specification

BASE = "/api/v3/partner/webhooks"
HOOK = "https://partner.example/hooks"
PARTY = str(uuid4())


@pytest.fixture
def platform() -> Iterator[PlayedPlatform]:
    """FeeWise behind a port."""
    with PlayedPlatform("feewise") as played:
        yield played


def wanted(**changed: Any) -> dict[str, Any]:
    """A subscription as a partner asks for it."""
    return {
        "party_id": PARTY,
        "name": "Tests",
        "description": "For tests.",
        "url": HOOK,
        "status": "Enabled",
        "events": ["payout.paid", "payment.all"],
        "authentication": {"type": "bearer_token", "add_position": "header", "data": {"token": "t"}},
        **changed,
    }


def test_a_subscription_lives_from_post_to_delete(platform: PlayedPlatform) -> None:
    """Created with an id of the platform's making, listed, replaced, deleted once."""
    created = platform.call("POST", BASE, wanted()).json["webhook"]
    listed = platform.call("GET", BASE).json["webhooks"]
    replaced = platform.call("PUT", BASE, {**created, "name": "Others"}).json["webhook"]
    relisted = platform.call("GET", BASE).json["webhooks"]
    deleted = platform.call("DELETE", f"{BASE}/{created['webhook_id'].upper()}")
    again = platform.call("DELETE", f"{BASE}/{created['webhook_id']}")

    assert {**wanted(), "webhook_id": created["webhook_id"]} == created
    assert [created] == listed
    assert [replaced] == relisted
    assert "Others" == replaced["name"]
    assert (204, b"", 404) == (deleted.status, deleted.body, again.status)
    assert [] == platform.call("GET", BASE).json["webhooks"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 409),
        ({"name": "Another", "description": "Another."}, 409),
        ({"events": ["payment.all", "payout.paid"]}, 409),
        ({"events": ["payout.paid"]}, 200),
        ({"url": f"{HOOK}/2"}, 200),
        ({"party_id": str(uuid4())}, 200),
    ],
    ids=["same", "other words", "other order", "other events", "other url", "other party"],
)
def test_an_equal_subscription_is_a_conflict(platform: PlayedPlatform, changed: dict[str, Any], status: int) -> None:
    """Equal are those of the same party, URL and events, in whatever order these stand."""
    platform.call("POST", BASE, wanted())

    assert status == platform.call("POST", BASE, wanted(**changed)).status


def test_somebody_else_may_subscribe_to_the_same(platform: PlayedPlatform) -> None:
    """What the kit subscribes to for somebody is listed, and conflicts like any other."""
    words = {"partner_id": wanted()["party_id"], "webhook_token": "t"}
    types = wanted()["events"]
    made = platform.on_loop(lambda: platform.state.subscribe_partner(wanted()["url"], words, types=types))

    assert [made] == [each["webhook_id"] for each in platform.call("GET", BASE).json["webhooks"]]
    assert 409 == platform.call("POST", BASE, wanted()).status


def test_a_replacement_may_not_equal_another(platform: PlayedPlatform) -> None:
    """A subscription may be replaced by itself, and by nothing that another one is."""
    first = platform.call("POST", BASE, wanted()).json["webhook"]
    second = platform.call("POST", BASE, wanted(url=f"{HOOK}/2")).json["webhook"]

    assert 200 == platform.call("PUT", BASE, first).status
    assert 409 == platform.call("PUT", BASE, {**second, "url": HOOK}).status
    assert 404 == platform.call("PUT", BASE, {**second, "webhook_id": str(uuid4())}).status


@pytest.mark.parametrize(
    "wrong", [{"webhook_id": str(uuid4())}, {"events": ["payout.lost"]}, {"url": 7}, {"status": "On"}]
)
def test_a_wrong_subscription_is_refused(platform: PlayedPlatform, wrong: dict[str, Any]) -> None:
    """An id of the partner's making, an event type that is none, a wrong type."""
    assert 400 == platform.call("POST", BASE, wanted(**wrong)).status


def test_topics_are_those_that_can_be_subscribed_to(platform: PlayedPlatform) -> None:
    """The list holds what is never sent itself, too."""
    topics = platform.call("GET", "/api/v3/partner/events/topics").json["event_topics"]

    assert 26 == len(topics)
    assert {"payment.all", "payout.paid"} <= set(topics)


def test_deliveries_go_to_every_url_that_subscribed(platform: PlayedPlatform) -> None:
    """Each URL once, in the order of the subscriptions; a topic that stands for others counts for them."""
    for body in (
        wanted(),
        wanted(events=["payout.paid"]),
        wanted(url=f"{HOOK}/2"),
        wanted(url=f"{HOOK}/3", status="Disabled"),
        wanted(url=f"{HOOK}/4", events=["payout.failed"]),
    ):
        assert 200 == platform.call("POST", BASE, body).status

    assert (HOOK, f"{HOOK}/2") == platform.state.targets("payout.paid")
    assert (HOOK, f"{HOOK}/2") == platform.state.targets("payment.failed")
    assert (f"{HOOK}/4",) == platform.state.targets("payout.failed")
    assert () == platform.state.targets("firm.pricing.updated")


def test_the_partner_under_test_is_subscribed_to_everything(platform: PlayedPlatform) -> None:
    """The kit's own subscription is one that the document allows, and is listed like any other."""
    words = {"partner_id": PARTY, "webhook_token": "t"}
    platform.on_loop(lambda: platform.state.subscribe_partner(HOOK, words))
    (held,) = platform.call("GET", BASE).json["webhooks"]
    document = platform.specification.document

    assert () == document.violations("/components/schemas/Webhook", held)
    assert "t" == held["authentication"]["data"]["token"]
    for kind in platform.description.delivered_types:
        assert (HOOK,) == platform.state.targets(kind.name)


def test_a_platform_without_subscriptions_has_no_targets() -> None:
    """Where each type has an endpoint of its own, deliveries go there."""
    platform = PlayedPlatform("wawex")
    platform.state.subscribe_partner(HOOK, {})
    platform._loop.close()

    assert () == platform.state.targets("DOCUMENT_NOTIFICATION")


def test_a_url_that_fails_the_handshake_gets_no_subscription() -> None:
    """The platform asks before it answers the call, and refuses in its own way; a URL that passes is subscribed."""
    described = handshaking_platforms.description("validating")
    complaints = iter(("it does not answer", ""))
    asked: list[object] = []

    async def verify(play: str | None, url: object) -> str:
        asked.append((play, url))
        return next(complaints)

    with PlayedPlatform("feewise", read=replace(specification("feewise"), description=described)) as platform:
        platform.api.verify = verify
        refused = platform.call("POST", BASE, wanted())
        held = platform.call("GET", BASE).json["webhooks"]
        made = platform.call("POST", BASE, wanted())

    assert (422, "it does not answer", []) == (refused.status, refused.json["detail"], held)
    assert 200 == made.status
    assert [(None, HOOK)] * 2 == asked


def test_a_subscription_is_replaced_by_the_id_in_the_path() -> None:
    """A body need not repeat it, and what is answered has it."""
    first = {"address": HOOK, "kinds": ["parcel.moved"], "active": True}
    second = {**first, "kinds": ["parcel.booked"]}
    with PlayedPlatform(LARKPOST) as played:
        made = played.call("POST", "/listeners", first).json["listener"]
        replaced = played.call("PUT", f"/listeners/{made['listener']}", second)
        listed = played.call("GET", "/listeners").json["listeners"]
        unknown = played.call("PUT", f"/listeners/{uuid4()}", second)

    assert (200, {**second, "listener": made["listener"]}) == (replaced.status, replaced.json["listener"])
    assert [replaced.json["listener"]] == listed
    assert 404 == unknown.status


def test_another_url_of_an_old_subscription_is_verified() -> None:
    """One that the platform delivers to already is not asked again."""
    handshake = handshaking_platforms.description("validating").handshake
    described = replace(specification("feewise").description, handshake=handshake)
    asked: list[object] = []

    async def verify(_: str | None, url: object) -> str:
        asked.append(url)
        return "it does not answer" if str(url).endswith("/silent") else ""

    with PlayedPlatform("feewise", read=replace(specification("feewise"), description=described)) as platform:
        platform.api.verify = verify
        made = platform.call("POST", BASE, wanted()).json["webhook"]
        renamed = platform.call("PUT", BASE, {**made, "name": "Others"})
        refused = platform.call("PUT", BASE, {**made, "url": f"{HOOK}/silent"})
        moved = platform.call("PUT", BASE, {**made, "url": f"{HOOK}/2"})

    assert [200, 422, 200] == [renamed.status, refused.status, moved.status]
    assert [HOOK, f"{HOOK}/silent", f"{HOOK}/2"] == asked


def test_a_permission_to_deliver_is_no_call_of_the_api() -> None:
    """It needs no credential, breaks no document, and belongs to the play that asked for it."""
    name = str(uuid4())
    with PlayedPlatform("feewise") as platform:
        platform.on_loop(lambda: platform.api.permissions.ask(name))
        platform.owners.claim(name, "p7")
        path = f"/webhook-permissions/{name}"
        granted = platform.call("POST", path, without="X-API-KEY")
        call = platform.last_call
        strange = platform.call("GET", f"/webhook-permissions/{uuid4()}")

    assert (200, 404) == (granted.status, strange.status)
    assert ("p7", None, ()) == (call.play, call.operation, call.problems)
