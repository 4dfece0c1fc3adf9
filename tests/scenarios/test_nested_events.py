from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.exchange import Delivery
from conformance.platform.delivery_form import DeliveryForm, Shape
from conformance.scenarios.payloads import _malformed
from one_story import acted
from parcel_service import LARKPOST


def content(delivery: Delivery) -> Any:
    """What was delivered."""
    return json.loads(delivery.request.body)


def test_another_body_names_another_object_whole() -> None:
    """Its tenant too, where objects are got by both: a partner that believes the body has something to get."""
    play = acted(LARKPOST, "second-body")
    (first,), (second,) = play.deliveries("first"), play.deliveries("second")
    changed = {at for at in ("code", "shipper", "what") if content(first)["about"][at] != content(second)["about"][at]}

    assert {"code", "shipper"} == changed


def test_poison_leaves_what_names_an_event_and_its_object() -> None:
    """However deep these stand: what remains is an event that a partner can begin to handle."""
    nulls, texts, _ = acted(LARKPOST, "poison-event").deliveries("poison")
    told = content(nulls)

    assert nulls.event_id == told["notice"]["reference"]
    assert nulls.event_type == told["notice"]["kind"]
    assert nulls.object_id == told["about"]["code"]
    assert told["about"]["shipper"] is not None
    assert (None, None) == (told["notice"]["raised"], told["about"]["happening"])
    assert "\x00%s{0}$1" == content(texts)["about"]["happening"]


@pytest.mark.parametrize("key", ["type", "two words", 'a \\" in it', ""])
def test_a_body_without_quotes_around_its_first_key_is_no_json(key: str) -> None:
    """Whatever the key is; a body that stayed as it was would be held against whoever accepts it."""
    body = b'{"%s":{"b":1}}' % key.encode()

    assert b'{%s:{"b":1}}' % key.encode() == _malformed(body, "unquoted-key", Shape.JSON)


@pytest.mark.parametrize("shape", [Shape.JSON, Shape.BATCH])
def test_garbage_follows_a_whole_document(shape: Shape) -> None:
    """Whoever reads the first document of a body and no further finds one, a list where events come in lists."""
    form = DeliveryForm(shape, "application/json", "", {})
    sent = form.wrapped(_malformed(b'{"a":1}', "trailing-garbage", shape)).decode()
    first, end = json.JSONDecoder().raw_decode(sent)

    assert ([{"a": 1}] if shape is Shape.BATCH else {"a": 1}) == first
    assert "garbage" in sent[end:]
