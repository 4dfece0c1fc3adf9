"""The reference partner: its parts by themselves, and the whole over loopback with a platform of a few lines."""

from __future__ import annotations

import ast
import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import trustme

import conformance.reference
from conformance.reference import document, holding, retry, signature
from conformance.reference.defects import DEFECTS, Defects
from conformance.reference.event import Event, MalformedEventError, deduplication_key, identity
from conformance.reference.memory import Memory
from conformance.reference.partner import Partner
from conformance.reference.profile import Profile
from conformance.reference.settings import Settings, SettingsError
from conformance.reference.store import Incoming, ObjectKey, OwnWork, Receipt, State, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(conformance.reference.__file__).parent
SECRET, TOKEN, CONTROL = "signing-secret", "webhook-token", "control-token"
RIGHT = Defects()
DEADLINE = 60.0

THICK: dict[str, Any] = {
    "description": {
        "deliveries": {"endpoints": "one", "credential": {"type": "bearer", "header": "Authorization"}},
        "events": {
            "style": "thick",
            "id": "/id",
            "type": "/type",
            "time": "/time",
            "payload": "/data",
            "types": {
                "bill.created": {"object_type": "bill", "changes": ["created"]},
                "bill.updated": {"object_type": "bill", "changes": ["updated"]},
                "payout.paid": {"object_type": "payout", "changes": ["created"]},
                "payout.failed": {"object_type": "payout", "changes": ["updated"]},
            },
        },
        "acknowledgement": {"limit": 5, "refused": [401]},
        "signature": {
            "digest": "sha256",
            "content": "{timestamp}.{body}",
            "encoding": "base64",
            "headers": {"X-Signature": "{signature}", "X-Timestamp": "{timestamp}"},
            "tolerance": 300,
        },
        "correlation": {"header": "x-correlation-id", "enabled": True},
        "api": {"credentials": {"X-API-KEY": "{api_key}"}},
        "object_types": {
            "bill": {
                "id": "/bill_id",
                "tenant": "/firm_id",
                "create_body": {"external_id": "{uuid}", "amount": "1.00"},
            },
            "payout": {"id": "/payout_id", "tenant": "/firm_id"},
        },
        "operations": {
            "getBill": {
                "does": "get",
                "object_type": "bill",
                "keys": {"id": "/bill_id"},
                "answer": {"bill": "{object}"},
            },
            "createBill": {"does": "create", "object_type": "bill", "answer": {"bill": "{object}"}},
            "findBill": {
                "does": "find",
                "object_type": "bill",
                "keys": {"external_id": "/external_id"},
                "answer": {"bill": "{object}"},
            },
            "listTypes": {"does": "list-event-types", "answer": {"types": "{event_types}"}},
            "listHooks": {"does": "list-subscriptions", "answer": {"hooks": "{subscriptions}"}},
            "createHook": {"does": "create-subscription", "answer": {"hook": "{subscription}"}},
            "deleteHook": {"does": "delete-subscription", "keys": {"id": "/id"}},
            "listEvents": {
                "does": "list-events",
                "filters": {"since": "since", "last_id": "after", "status": "status"},
                "answer": {"events": "{events}"},
            },
            "replayEvents": {
                "does": "list-events",
                "keys": {"last_id": "after"},
                "answer": {"events": "{events}"},
            },
        },
        "order": {"terminal": [{"object_type": "payout", "before": "payout.paid", "after": "payout.failed"}]},
        "subscriptions": {
            "id": "/id",
            "url": "/url",
            "event_types": "/events",
            "default": {"url": "{url}", "events": "{event_types}", "token": "{webhook_token}"},
        },
        "recovery": {"sent": "sent", "failed": "failed", "look_back": 86400, "unknown_after": 404},
        "limits": {"body": 10_000},
    },
    "operations": {
        "getBill": {"method": "GET", "path": "/bills/{id}"},
        "createBill": {"method": "POST", "path": "/bills"},
        "findBill": {"method": "GET", "path": "/bills/external/{external_id}"},
        "listTypes": {"method": "GET", "path": "/types"},
        "listHooks": {"method": "GET", "path": "/hooks"},
        "createHook": {"method": "POST", "path": "/hooks"},
        "deleteHook": {"method": "DELETE", "path": "/hooks/{id}"},
        "listEvents": {"method": "GET", "path": "/events"},
        "replayEvents": {"method": "GET", "path": "/events/replay/{last_id}"},
    },
}
THIN: dict[str, Any] = {
    "description": {
        "deliveries": {
            "endpoints": "per-object-type",
            "credential": {"type": "bearer", "header": "Authorization"},
            "paths": {"customer": "/customer", "paper": "/paper"},
        },
        "events": {
            "style": "thin",
            "id": "/id",
            "type": "/type",
            "time": "/time",
            "payload": "",
            "object_id": "/object",
            "change": {"at": "/event", "values": {"created": "CREATED", "updated": "UPDATED", "deleted": "DELETED"}},
            "types": {
                "CUSTOMER": {"object_type": "customer", "changes": ["created", "updated", "deleted"]},
                "PAPER": {"object_type": "paper", "changes": ["created", "updated", "deleted"]},
            },
        },
        "acknowledgement": {"limit": 5, "refused": [403]},
        "correlation": {"header": "x-correlation-id", "enabled": True},
        "api": {"credentials": {"Authorization": "Bearer {api_key}"}},
        "object_types": {
            "customer": {"id": "/id", "version": "/version", "create_body": {}},
            "paper": {"id": "/id", "version": "/version"},
        },
        "operations": {
            "getCustomer": {"does": "get", "object_type": "customer", "keys": {"id": "/id"}, "answer": "{object}"},
            "createCustomer": {"does": "create", "object_type": "customer", "answer": "{object}"},
            "updateCustomer": {
                "does": "update",
                "object_type": "customer",
                "keys": {"id": "/id"},
                "answer": "{object}",
            },
            "getPaper": {"does": "get", "object_type": "paper", "keys": {"id": "/id"}, "answer": "{object}"},
        },
    },
    "operations": {
        "getCustomer": {"method": "GET", "path": "/customers/{id}"},
        "createCustomer": {"method": "POST", "path": "/customers"},
        "updateCustomer": {"method": "PUT", "path": "/customers/{id}"},
        "getPaper": {"method": "GET", "path": "/papers/{id}"},
    },
}


def fresh() -> str:
    """Give an id that no other test has."""
    return str(uuid.uuid4())


def profile(described: dict[str, Any]) -> Profile:
    """Read one of the profiles above."""
    return Profile.from_document(described)


def eventually(holds: Callable[[], bool]) -> bool:
    """Look until it holds or the deadline passes."""
    end, pause = time.monotonic() + DEADLINE, threading.Event()
    while not holds():
        if time.monotonic() > end:
            return False
        pause.wait(0.005)
    return True


# The parts


@dataclass(frozen=True)
class Signed:
    """A body with the headers that sign it."""

    body: bytes = b'{"a":1}'
    at: str = "1000"
    secret: bytes = SECRET.encode()

    def headers(self) -> dict[str, list[str]]:
        """Sign independently of the code under test."""
        digest = hmac.new(self.secret, self.at.encode() + b"." + self.body, hashlib.sha256).digest()
        return {"x-signature": [base64.b64encode(digest).decode()], "x-timestamp": [self.at]}


def is_accepted(headers: dict[str, list[str]], body: bytes, *, now: float = 1000, defect: str = "") -> bool:
    """Ask the verifier."""
    scheme = profile(THICK).signature
    assert scheme is not None
    return signature.accepts(scheme, headers, body, keys=[SECRET.encode()], now=now, defects=Defects(defect))


@pytest.mark.parametrize("now", [1000, 701, 1299])
def test_accepts_a_genuine_signature(now: float) -> None:
    """A genuine signature counts for as long as the tolerance, in both directions."""
    assert is_accepted(Signed().headers(), Signed().body, now=now)


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        ({}, b'{"a":1}', 1000),
        (Signed().headers(), b'{"a":2}', 1000),
        (Signed().headers(), b'{"a": 1}', 1000),
        (Signed(secret=b"other").headers(), b'{"a":1}', 1000),
        (Signed(secret=b"").headers(), b'{"a":1}', 1000),
        (Signed().headers(), b'{"a":1}', 1301),
        (Signed().headers(), b'{"a":1}', 699),
        (Signed().headers() | {"x-timestamp": ["1001"]}, b'{"a":1}', 1000),
        (Signed().headers() | {"x-timestamp": ["1000", "1000"]}, b'{"a":1}', 1000),
        (Signed(at="9" * 400).headers(), b'{"a":1}', 1000),
        (Signed(at="-1000").headers(), b'{"a":1}', 1000),
        (Signed().headers() | {"x-signature": ["\u00ff"]}, b'{"a":1}', 1000),
    ],
)
def test_refuses_a_signature_that_is_not_right(headers: dict[str, list[str]], body: bytes, now: float) -> None:
    """Nothing but the raw body, the signed time and a known secret makes a signature right."""
    assert not is_accepted(headers, body, now=now)


@pytest.mark.parametrize(
    ("defect", "headers", "body", "now"),
    [
        ("accepts-unsigned-events", {}, b'{"a":1}', 1000),
        ("accepts-any-signature", Signed(secret=b"other").headers(), b'{"a":1}', 1000),
        ("accepts-empty-key", Signed(secret=b"").headers(), b'{"a":1}', 1000),
        ("verifies-reserialised-body", Signed().headers(), b'{"a": 1}', 1000),
        ("verifies-reserialised-body", Signed(body=b"a=%7B%22a%22%3A1%7D").headers(), b"a=%7B%22a%22%3A+1%7D", 1000),
        ("accepts-old-signatures", Signed().headers(), b'{"a":1}', 9999),
        ("accepts-future-signatures", Signed().headers(), b'{"a":1}', 1),
        ("tries-neighbouring-seconds", Signed().headers() | {"x-timestamp": ["1001"]}, b'{"a":1}', 1000),
        ("believes-a-second-timestamp", Signed().headers() | {"x-timestamp": ["1000", "9999"]}, b'{"a":1}', 9999),
        ("believes-timestamps-that-are-none", Signed(at="NaN").headers(), b'{"a":1}', 1000),
    ],
)
def test_signature_defects_accept_what_is_wrong(
    defect: str, headers: dict[str, list[str]], body: bytes, now: float
) -> None:
    """Each signature defect accepts its own kind of wrong, and genuine signatures still."""
    assert is_accepted(headers, body, now=now, defect=defect)
    assert is_accepted(Signed().headers(), Signed().body, defect=defect)


@pytest.mark.parametrize(
    ("defect", "signed", "now"),
    [("refuses-unusual-json", Signed(body=b'{"a": 1}'), 1000), ("bears-no-skew", Signed(), 1011)],
)
def test_signature_defects_refuse_what_is_right(defect: str, signed: Signed, now: float) -> None:
    """Each signature defect of the other kind refuses what a right partner accepts."""
    assert is_accepted(signed.headers(), signed.body, now=now)
    assert not is_accepted(signed.headers(), signed.body, now=now, defect=defect)
    assert is_accepted(Signed().headers(), Signed().body, defect=defect)


def is_rotating(*signatures: str, keys: tuple[bytes, ...] = (b"old",), defect: str = "", event_id: str = "e") -> bool:
    """Ask a verifier of several signatures with versions, which has these keys."""
    told: dict[str, Any] = {"content": "{id}.{timestamp}.{body}", "version": "v1,", "separator": " "}
    told["headers"] = {"Id": "{id}", "T": "{timestamp}", "S": "{signature}"}
    described = {**THICK["description"], "signature": {**THICK["description"]["signature"], **told}}
    scheme = profile({**THICK, "description": described}).signature
    assert scheme is not None
    headers = {"id": [event_id], "t": ["1000"], "s": [" ".join(signatures)]}
    return signature.accepts(scheme, headers, b"{}", keys=keys, now=1000, defects=Defects(defect))


def of(key: bytes, version: str = "v1,") -> str:
    """Sign `{}` independently of the code under test."""
    return version + base64.b64encode(hmac.new(key, b"e.1000.{}", hashlib.sha256).digest()).decode()


def test_any_of_several_signatures_counts() -> None:
    """In any order, beside those of other keys and other versions; the id of the event is signed too."""
    assert is_rotating(of(b"old"))
    assert is_rotating(of(b"new"), of(b"old"))
    assert is_rotating(of(b"old"), of(b"new"), keys=(b"new",))
    assert is_rotating(of(b"?", "v9,"), of(b"old"))
    assert not is_rotating(of(b"old", "v9,"))
    assert not is_rotating(of(b"new"))
    assert not is_rotating(of(b"old"), event_id="f")


def test_defects_of_several_signatures() -> None:
    """Each of them is wrong about one thing, and right about a signature alone."""
    defects = ("reads-first-signature-only", "refuses-unknown-signature-versions", "ignores-signature-versions")

    assert all(is_rotating(of(b"old"), defect=defect) for defect in defects)
    assert not is_rotating(of(b"new"), of(b"old"), defect="reads-first-signature-only")
    assert not is_rotating(of(b"?", "v9,"), of(b"old"), defect="refuses-unknown-signature-versions")
    assert is_rotating(of(b"old", "v9,"), defect="ignores-signature-versions")


def test_a_malformed_signature_crashes_one_defect() -> None:
    """What its decoder raises is caught by nobody."""
    with pytest.raises(ValueError, match=r"."):
        is_accepted(Signed().headers() | {"x-signature": ["%%%"]}, b"{}", defect="crashes-on-malformed-signatures")


@pytest.mark.parametrize("body", [b"{", b"NaN", b'{"a":-Infinity}', b"1e999", b"\xff", b"[" * 100_000, b"{}x", b""])
def test_json_is_read_strictly(body: bytes) -> None:
    """What RFC 8259 does not allow is a ValueError, whatever the parser would make of it."""
    with pytest.raises(ValueError, match=r"."):
        document.read(body)


def test_values_stay_whole() -> None:
    """Large integers, trailing zeros in texts and lone surrogates come out as they went in."""
    body = rb'{"n":123456789012345678901,"t":"1000.00","s":"\ud800","z":null}'

    assert document.write(document.read(body)) == body


@pytest.mark.parametrize(
    ("template", "pointer"), [("{object}", ""), ({"a": {"b": "{object}"}}, "/a/b"), ({"a": 1}, None)]
)
def test_the_place_of_an_answer_is_found(template: document.Json, pointer: str | None) -> None:
    """A template tells where in an answer the object stands."""
    assert document.where(template, "{object}") == pointer


def thin_event(**changed: object) -> dict[str, Any]:
    """Give a notification of a new paper."""
    event = {"id": fresh(), "type": "PAPER", "time": "2026-01-01T00:00:00Z", "object": fresh(), "event": "CREATED"}
    return {**event, **changed}


@pytest.mark.parametrize(
    "changed",
    [{"id": 5}, {"id": None}, {"type": []}, {"object": ""}, {"object": ".."}, {"object": 7}, {"event": 1}, {"time": 3}],
)
def test_a_malformed_envelope_is_no_event(changed: dict[str, object]) -> None:
    """A field of the envelope that is missing or of another type makes the event malformed."""
    with pytest.raises(MalformedEventError):
        Event.from_document(thin_event(**changed), profile(THIN))


def test_an_unknown_type_is_an_event() -> None:
    """An event of a type that is not known needs no more than an id and a type."""
    event = Event.from_document({"id": "a", "type": "NEWS"}, profile(THIN))

    assert (event.object_type, event.object_id) == ("", None)


def test_uuids_are_equal_in_any_case() -> None:
    """The case of a uuid means nothing, that of any other id does."""
    name = fresh()

    assert identity(name.upper()) == name
    assert identity("Ab") != identity("aB")


@pytest.mark.parametrize(
    ("tells", "told", "expected"),
    [
        ("/version", {"version": 3}, 3),
        ("/modified", {"modified": "1970-01-01T00:00:02Z"}, 2_000_000),
        ("/modified", {}, None),
    ],
    ids=["a version", "a time of the object", "nothing"],
)
def test_an_event_without_a_time_is_ordered_by_its_object(
    tells: str, told: dict[str, Any], expected: int | None
) -> None:
    """Where the platform tells no time, what tells the versions of an object apart tells which event is newer."""
    described = json.loads(json.dumps(THICK))
    del described["description"]["events"]["time"]
    described["description"]["object_types"]["bill"][tells[1:]] = tells
    event: dict[str, Any] = {"id": fresh(), "type": "bill.updated", "data": {"bill_id": fresh(), **told}}

    assert expected == Event.from_document(event, profile(described)).time


def keys_of(first: dict[str, Any], second: dict[str, Any], defect: str) -> tuple[str, str]:
    """Give the deduplication keys of two events."""
    described = profile(THIN)

    def key(event: dict[str, Any]) -> str:
        read = Event.from_document(event, described)
        return deduplication_key(read, event, json.dumps(event).encode(), described, Defects(defect))

    return key(first), key(second)


@pytest.mark.parametrize(
    ("defect", "changed"),
    [
        ("deduplicates-by-object", {"id": fresh(), "event": "UPDATED"}),
        ("deduplicates-by-body", {"id": fresh(), "time": "2026-01-02T00:00:00Z"}),
    ],
)
def test_other_ids_are_other_events(defect: str, changed: dict[str, object]) -> None:
    """Only the event id tells events apart; each defect looks at something else."""
    event = thin_event()
    right, wrong = keys_of(event, event | changed, ""), keys_of(event, event | changed, defect)

    assert right[0] != right[1]
    assert wrong[0] == wrong[1]


def test_the_end_of_an_id_counts() -> None:
    """Ids that differ only in their last digit are two; the prefix defect takes them for one."""
    event = thin_event(id="0" * 8 + "-0000-4000-8000-" + "0" * 12)
    other = event | {"id": event["id"][:-1] + "1"}
    right, wrong = keys_of(event, other, ""), keys_of(event, other, "deduplicates-by-id-prefix")

    assert right[0] != right[1]
    assert wrong[0] == wrong[1]


def test_the_form_of_the_body_does_not_count() -> None:
    """The same event written in another key order is the same; the raw bytes defect takes it for another."""
    event = thin_event()
    turned = dict(reversed(event.items()))
    right, wrong = keys_of(event, turned, ""), keys_of(event, turned, "deduplicates-by-raw-bytes")

    assert right[0] == right[1]
    assert wrong[0] != wrong[1]


def held_after(news: list[tuple[dict[str, Any], holding.Mark]], defect: str = "") -> dict[str, Any]:
    """Take in news in this order."""
    held = holding.Held()
    for data, mark in news:
        held = holding.after_event(held, data, mark, deleted=False, profile=profile(THICK), defects=Defects(defect))
    return held.data


def test_order_of_arrival_does_not_count() -> None:
    """Each field has the value of the newest event that names it, in any order of arrival."""
    old = ({"a": 1, "b": 1}, holding.Mark(10, 1, "bill.created"))
    new = ({"a": 2}, holding.Mark(20, 2, "bill.updated"))

    assert held_after([old, new]) == held_after([new, old]) == {"a": 2, "b": 1}


def test_seconds_are_too_coarse() -> None:
    """Within one second, the defect lets the last to arrive win."""
    newer = ({"a": 2}, holding.Mark(1_900_000, 1, "bill.updated"))
    older = ({"a": 1}, holding.Mark(1_100_000, 2, "bill.updated"))

    assert held_after([newer, older]) == {"a": 2}
    assert held_after([newer, older], "orders-by-the-second") == {"a": 1}


def test_one_parked_update_is_not_enough() -> None:
    """Of two updates before the creation, the defect keeps the last to arrive; after the creation it is right."""
    made = ({"a": 1}, holding.Mark(10, 3, "bill.created"))
    first = ({"a": 2}, holding.Mark(20, 2, "bill.updated"))
    second = ({"a": 3}, holding.Mark(30, 1, "bill.updated"))

    assert held_after([second, first, made]) == {"a": 3}
    assert held_after([second, first, made], "parks-one-update") == {"a": 2}
    assert held_after([made, second, first], "parks-one-update") == {"a": 3}


def test_the_arrival_decides_where_times_do_not() -> None:
    """Without a time, and at the same time, what came later into the inbox is the newer."""
    first = ({"a": 1}, holding.Mark(None, 1, "bill.updated"))
    second = ({"a": 2}, holding.Mark(10, 2, "bill.updated"))
    third = ({"a": 3}, holding.Mark(10, 3, "bill.updated"))

    assert held_after([second, first]) == {"a": 2}
    assert held_after([third, second]) == {"a": 3}


@pytest.mark.parametrize("time_of_paid", [5, 30])
def test_a_terminal_state_stays(time_of_paid: int) -> None:
    """A payout that failed stays failed, whenever the event that says paid was made or comes."""
    paid = ({"status": "Paid"}, holding.Mark(time_of_paid, 2, "payout.paid"))
    failed = ({"status": "Failed"}, holding.Mark(20, 1, "payout.failed"))

    assert held_after([failed, paid]) == held_after([paid, failed]) == {"status": "Failed"}
    assert held_after([failed, paid], "revives-terminal-state") == {"status": "Paid"}


def test_arrival_order_is_a_defect() -> None:
    """The defect lets an older event that arrives late win."""
    old = ({"a": 1}, holding.Mark(10, 2, "bill.created"))
    new = ({"a": 2}, holding.Mark(20, 1, "bill.updated"))

    assert held_after([new, old]) == {"a": 2}
    assert held_after([new, old], "applies-in-arrival-order") == {"a": 1}


def test_a_fetched_object_does_not_go_back() -> None:
    """A fetched object counts only if its version is not older than the one held."""
    paper = profile(THIN).object_types["paper"]
    held = holding.after_fetch(holding.Held(), {"version": 2}, paper, RIGHT)

    assert holding.after_fetch(held, {"version": 1}, paper, RIGHT).data == {"version": 2}
    assert holding.after_fetch(held, {"version": 3}, paper, RIGHT).data == {"version": 3}


def test_a_fetched_object_only_completes_news() -> None:
    """What an event said stays when the whole object is fetched afterwards."""
    held = holding.completed(holding.Held({"a": 2}), {"a": 1, "b": 1})

    assert held.data == {"a": 2, "b": 1}


def test_retries_do_not_storm() -> None:
    """From the second retry on there is more than a second between tries, and there are eight tries at most."""
    waits = [retry.wait_before_next(retry.Failure.FAILED, tries, 0, RIGHT) for tries in range(1, 9)]

    assert waits[-1] is None
    assert all(wait is not None and wait > 1 for wait in waits[1:-1])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), ("Thu, 01 Jan 1970 00:00:10 GMT", 7.0), ("soon", 0.0), (None, 0.0), ("-1", 0.0)],
)
def test_retry_after_is_read_in_both_forms(text: str | None, seconds: float) -> None:
    """Retry-After is a number of seconds or a date; anything else says nothing."""
    assert retry.seconds_to_wait(text, now=3.0, defects=RIGHT) == seconds


def test_the_platform_sets_the_wait() -> None:
    """A longer Retry-After takes the place of the own wait."""
    assert retry.wait_before_next(retry.Failure.THROTTLED, 1, 9.0, RIGHT) == 9.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a store of its own."""
    opened = Store(tmp_path / "partner.sqlite", now=1.0)
    yield opened
    opened.close()


def incoming(key: str, *, at: int = 10) -> Incoming:
    """Give an event on its way in."""
    return Incoming(key, key, at, b"{}", "c")


def test_an_event_is_new_once(store: Store) -> None:
    """The same key is known the second time."""
    assert [store.receive(incoming("a")), store.receive(incoming("a"))] == [Receipt.NEW, Receipt.KNOWN]


def test_a_failed_event_is_new_again(store: Store) -> None:
    """An event that was given up is processed when it is delivered again."""
    store.receive(incoming("a"))
    store.finish("a", State.FAILED, times=0)

    assert store.receive(incoming("a")) is Receipt.NEW
    assert store.applied("a") == 0


def test_another_body_is_a_correction_only_on_demand(store: Store) -> None:
    """The first body of a key stays, unless the defect asks for the second."""
    other = replace(incoming("a"), body=b'{"amount": 2}')
    store.receive(incoming("a"))

    assert store.receive(other) is Receipt.KNOWN
    assert store.receive(incoming("a"), corrects=True) is Receipt.KNOWN
    assert store.receive(other, corrects=True) is Receipt.NEW


def test_memories_forget() -> None:
    """What each forgetting defect knows of an event that comes again; a right partner asks its store."""
    others = [str(number) for number in range(100)]
    recent, divided = Memory(Defects("forgets-after-100-events")), Memory(Defects("remembers-per-worker"))

    assert not Memory(RIGHT).decides
    assert recent.decides
    assert divided.decides
    assert [recent.knows(key) for key in ("a", "a")] == [False, True]
    assert [recent.knows(key) for key in (*others, "a")] == [False] * 101
    assert [divided.knows("a") for _ in range(9)] == [False, *[True] * 6, False, True]


def test_a_look_before_a_note_lets_two_in() -> None:
    """Two copies at the same instant both pass between look and note; a later one is known."""
    memory = Memory(Defects("looks-before-it-stores"))
    with ThreadPoolExecutor(2) as pool:
        known = list(pool.map(memory.knows, ["a", "a"]))

    assert known == [False, False]
    assert memory.knows("a")


def test_the_store_outlives_the_process(tmp_path: Path) -> None:
    """What was received and not finished is there when the file is opened again."""
    first = Store(tmp_path / "s", now=1.0)
    first.receive(incoming("a"))
    first.receive(incoming("b"))
    first.finish("b", State.HANDLED)
    first.close()
    second = Store(tmp_path / "s", now=2.0)

    assert second.unfinished() == ["a"]
    assert second.receive(incoming("b")) is Receipt.KNOWN
    assert second.started() == 1.0
    second.close()


def broken_transaction(store: Store) -> None:
    """Receive an event in a transaction that does not come to its end."""
    with store.transaction():
        store.receive(incoming("a"))
        raise InterruptedError


def test_a_transaction_is_whole_or_nothing(store: Store) -> None:
    """An exception undoes everything that the transaction did."""
    with pytest.raises(InterruptedError):
        broken_transaction(store)

    assert store.event("a") is None


def test_tenants_stay_apart(store: Store) -> None:
    """The same id under two tenants is two objects."""
    store.hold(ObjectKey("bill", "x", "1"), holding.Held({"of": "x"}))
    store.hold(ObjectKey("bill", "y", "1"), holding.Held({"of": "y"}))
    held = store.held(ObjectKey("bill", "x", "1"))

    assert held is not None
    assert held.data == {"of": "x"}


def test_the_newest_event_is_by_its_own_time(store: Store) -> None:
    """Recovery starts at the newest handled event; one that is not handled, or from the far future, does not count."""
    for key, at, state in [("a", 20, State.HANDLED), ("b", 10, State.HANDLED), ("c", 30, State.FAILED)]:
        store.receive(incoming(key, at=at))
        store.finish(key, state)
    store.receive(incoming("d", at=99), State.HANDLED)

    assert store.newest_handled(before=50) == "a"


def test_own_work_is_this_change_of_this_object(store: Store) -> None:
    """Another change, another object or another correlation id is not the partner's own."""
    own = OwnWork("c", "bill", "1", "created")
    store.remember(own)

    assert store.is_own(own)
    for other in [("c", "bill", "1", "updated"), ("c", "bill", "2", "created"), ("cc", "bill", "1", "created")]:
        assert not store.is_own(OwnWork(*other))


def test_every_defect_is_switched_at_one_place() -> None:
    """Each registered defect decides something in the code, and nothing else asks for a defect."""
    asked = {
        node.args[0].value
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "on"
        and isinstance(node.args[0], ast.Constant)
    }

    assert asked == set(DEFECTS)


def test_the_partner_imports_nothing_of_the_kit() -> None:
    """The partner stands alone: its own package, the standard library, and libraries that verify signatures."""
    imported = {
        name
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }

    libraries = {"cryptography", "http_message_signatures", "joserfc"}
    ours = {name for name in imported if name.split(".")[0] not in {*sys.stdlib_module_names, *libraries}}
    assert all(name.split(".")[:2] == ["conformance", "reference"] for name in ours)


def test_settings_name_all_mistakes(tmp_path: Path) -> None:
    """Everything that is missing is told at once."""
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(THICK))
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment(
            {"PARTNER_PROFILE": str(path), "PARTNER_DEFECT": "none", "PARTNER_PORT": "x", "PARTNER_REPLAY": "x"}
        )

    for name in ("PARTNER_API_URL", "CONFORMANCE_API_KEY", "CONFORMANCE_SIGNING_SECRET", "PORT", "DEFECT", "REPLAY"):
        assert name in str(raised.value)


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Missing, or of another kind."""
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(THICK))
    with pytest.raises(SettingsError, match="PARTNER_CERTIFICATE cannot be used"):
        Settings.from_environment({"PARTNER_PROFILE": str(path), "PARTNER_CERTIFICATE": str(path)})


# The whole


@dataclass(frozen=True)
class Seen:
    """A call that the platform got."""

    method: str
    path: str
    correlation_id: str | None
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Says:
    """What the platform answers; `drop` closes the connection instead, `hold` is waited for first."""

    status: int = 200
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    hold: threading.Event | None = None


class FakePlatform:
    """A platform whose answers a test decides, one function for all paths."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.seen: list[Seen] = []
        self.answer: Callable[[Seen], Says] = lambda _: Says(404)
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Stay silent."""

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.command, self.path, headers.get("x-correlation-id"), headers, body)
                says = platform.answer(seen)
                platform.seen.append(seen)
                if says.hold is not None:
                    says.hold.wait(DEADLINE)
                if says.drop:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(says.status)
                for name, value in says.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(says.document).encode())

            do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class looks for these names

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def calls(self, method: str, path: str = "") -> list[Seen]:
        """Give the calls seen so far."""
        return [each for each in self.seen if each.method == method and each.path.startswith(path)]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Running:
    """A partner that runs, and what a platform or an operator can say to it."""

    partner: Partner
    platform: FakePlatform

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Make one request."""
        connection = http.client.HTTPConnection(self.partner.url.removeprefix("http://"), timeout=DEADLINE)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def control(self, method: str, path: str = "", asked: object = None) -> tuple[int, Any]:
        """Make a control call."""
        body = None if asked is None else json.dumps(asked).encode()
        return self.request(method, f"/control{path}", body, {"Authorization": f"Bearer {CONTROL}"})

    def post(self, path: str, event: object, correlation_id: str | None = None) -> int:
        """Deliver an event, with credential and signature."""
        body = json.dumps(event).encode()
        signed = {name: values[0] for name, values in Signed(body, str(int(time.time()))).headers().items()}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}", **signed}
        if correlation_id is not None:
            headers["X-Correlation-ID"] = correlation_id
        return self.request("POST", path, body, headers)[0]

    def applied(self, event: dict[str, Any]) -> int:
        """Ask how often an event was handled."""
        return int(self.control("GET", f"/events/{event['id']}")[1]["applied"])

    def held(self, object_type: str, object_id: str) -> Any:
        """Ask what is held of an object."""
        return self.control("GET", f"/objects/{object_type}/{object_id}")[1]


@contextmanager
def running(
    described: dict[str, Any],
    defect: str = "",
    database: Path | None = None,
    certificate: Path | None = None,
    *,
    by_path: bool = False,
) -> Iterator[Running]:
    """Run a partner in a thread, with a platform of its own."""
    platform = FakePlatform()
    partner = Partner(
        Settings(
            profile=profile(described),
            api_url=platform.url,
            database=database,
            certificate=certificate,
            defect=defect,
            replays_by_path=by_path,
            signing_secret=SECRET,
            api_key="api-key",
            webhook_token=TOKEN,
            control_token=CONTROL,
        )
    )
    thread = threading.Thread(target=partner.serve, daemon=True)
    thread.start()
    try:
        yield Running(partner, platform)
    finally:
        partner.stop()
        thread.join()
        partner.close()
        platform.close()


def bill_event(name: str = "created", second: int = 1, **data: object) -> dict[str, Any]:
    """Give an event of a bill."""
    bill = {"bill_id": fresh(), "firm_id": "f", "amount": "1.00", **data}
    return {"id": fresh(), "type": f"bill.{name}", "time": f"2026-01-01T00:00:{second:02}.000000Z", "data": bill}


def test_a_thick_event_is_held_once() -> None:
    """A thick event brings its object; a redelivery is acknowledged and changes nothing."""
    event = bill_event()
    with running(THICK) as run:
        assert [run.post("/", event), run.post("/", event | {"id": event["id"].upper()})] == [200, 200]
        assert eventually(lambda: run.applied(event) == 1)
        assert run.held("bill", event["data"]["bill_id"]) == event["data"]
        assert run.platform.seen == []


def test_an_update_of_an_unknown_object_is_completed() -> None:
    """Told of a change to an object that it does not hold, the partner keeps the news and gets the rest."""
    event = bill_event("updated", amount="2.00")
    bill_id = event["data"]["bill_id"]
    with running(THICK) as run:
        run.platform.answer = lambda _: Says(document={"bill": {"bill_id": bill_id, "amount": "1.00", "note": "n"}})
        run.post("/", event, "Correlation/1")

        assert eventually(lambda: "note" in (run.held("bill", bill_id) or {}))
        assert run.held("bill", bill_id) == event["data"] | {"note": "n"}
        assert [(each.path, each.correlation_id) for each in run.platform.seen] == [
            (f"/bills/{bill_id}", "Correlation/1")
        ]
        assert run.platform.seen[0].headers["x-api-key"] == "api-key"


@pytest.mark.parametrize(
    "trouble", [Says(503), Says(404), Says(drop=True), Says(200, "no object"), Says(302, headers={"Location": "/bait"})]
)
def test_a_thin_event_leads_to_its_object(trouble: Says) -> None:
    """A fetch that meets trouble is made again, with the same correlation id, and never elsewhere."""
    event = thin_event()
    answers = iter([trouble, Says(document={"id": event["object"], "version": 1})])
    with running(THIN) as run:
        run.platform.answer = lambda _: next(answers)
        assert run.post("/paper", event, "c-1") == 200

        assert eventually(lambda: run.applied(event) == 1)
        assert run.held("paper", event["object"]) == {"id": event["object"], "version": 1}
        assert [(each.path, each.correlation_id) for each in run.platform.seen] == [
            (f"/papers/{event['object']}", "c-1")
        ] * 2


def test_other_endpoints_and_types() -> None:
    """An event at another type's endpoint is refused, one of an unknown type is acknowledged; neither is fetched."""
    with running(THIN) as run:
        statuses = [
            run.post("/customer", thin_event()),
            run.post("/paper", thin_event(type="NEWS")),
            run.post("/paper", thin_event(object="")),
            run.post("/nowhere", thin_event()),
        ]

        assert statuses == [422, 200, 400, 404]
        assert run.platform.seen == []


def test_a_deleted_object_is_gone() -> None:
    """A deletion needs no fetch, and the object is no longer held."""
    event = thin_event(event="DELETED")
    with running(THIN) as run:
        run.post("/paper", event)

        assert eventually(lambda: run.applied(event) == 1)
        assert run.control("GET", f"/objects/paper/{event['object']}")[0] == 404
        assert run.platform.seen == []


def test_what_is_no_delivery_is_refused() -> None:
    """Method, content type, size, credential, signature and JSON are each refused with their own status."""
    good = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    broken = Signed(b"{", str(int(time.time())))
    broken_headers = good | {name: values[0] for name, values in broken.headers().items()}
    with running(THICK) as run:
        statuses = [
            run.request("GET", "/")[0],
            run.request("POST", "/", b"{}", good | {"Content-Type": "text/plain"})[0],
            run.request("POST", "/", b"x" * 20_000, good)[0],
            run.request("POST", "/", b"{}", good | {"Authorization": "Bearer other"})[0],
            run.request("POST", "/", b"{", good)[0],
            run.request("POST", "/", b"{", broken_headers)[0],
        ]

        assert statuses == [405, 415, 413, 401, 401, 400]


@pytest.mark.parametrize(("defect", "times"), [("", 1), ("applies-replays", 2)])
def test_a_replay_is_a_duplicate(defect: str, times: int) -> None:
    """The same signature, the same event: one effect, unless that is the defect."""
    event = json.dumps(bill_event()).encode()
    signed = {n: v[0] for n, v in Signed(event, str(int(time.time()))).headers().items()}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}", **signed}
    with running(THICK, defect) as run:
        assert [200, 200] == [run.request("POST", "/", event, headers)[0] for _ in range(2)]
        assert eventually(lambda: run.applied(json.loads(event)) == times)


@pytest.mark.parametrize(("defect", "status"), [("", 401), ("acknowledges-replays", 200)])
def test_an_old_signature_is_refused_whatever_it_signs(defect: str, status: int) -> None:
    """An event that is known does not make its signature younger; one that is not known is refused in any case."""
    body, unknown = json.dumps(bill_event()).encode(), json.dumps(bill_event()).encode()
    good = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}

    def post(event: bytes, age: int) -> int:
        signed = {n: v[0] for n, v in Signed(event, str(int(time.time()) - age)).headers().items()}
        return run.request("POST", "/", event, good | signed)[0]

    with running(THICK, defect) as run:
        assert (200, status, 401, 401) == (post(body, 0), post(body, 900), post(unknown, 900), post(b"{}", 900))


@pytest.mark.parametrize(("defect", "status"), [("", 200), ("refuses-late-retries", 422)])
def test_an_event_may_come_late(defect: str, status: int) -> None:
    """The age of an event is not that of its delivery."""
    with running(THICK, defect) as run:
        assert status == run.post("/", bill_event())


@pytest.mark.parametrize(("defect", "status"), [("", 401), ("keeps-retired-keys", 200)])
def test_a_key_is_retired(defect: str, status: int) -> None:
    """What is not among the accepted secrets does not count."""
    with running(THICK, defect) as run:
        assert 200 == run.control("POST", "/secrets", {"accept": ["another-secret"]})[0]
        assert status == run.post("/", bill_event())


@pytest.mark.parametrize("pieces", [["100-continue"], ["chunked"]])
def test_bodies_come_in_all_forms(pieces: list[str]) -> None:
    """A body may be chunked, and may wait for 100 Continue."""
    event = json.dumps(bill_event()).encode()
    signed = Signed(event, str(int(time.time()))).headers()
    lines = ["POST / HTTP/1.1", "host: x", "content-type: application/json", f"AUTHORIZATION: bearer {TOKEN}"]
    lines += [f"{name}: {values[0]}" for name, values in signed.items()]
    is_chunked = pieces == ["chunked"]
    lines.append(
        "transfer-encoding: chunked" if is_chunked else f"expect: 100-continue\r\ncontent-length: {len(event)}"
    )
    with running(THICK) as run, socket.create_connection(("127.0.0.1", int(run.partner.url[17:])), DEADLINE) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode())
        if is_chunked:
            wire.sendall(b"5\r\n" + event[:5] + b"\r\n%x\r\n" % (len(event) - 5) + event[5:] + b"\r\n0\r\n\r\n")
        else:
            assert wire.recv(100).startswith(b"HTTP/1.1 100 ")
            wire.sendall(event)

        assert wire.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_created_object_is_recognised() -> None:
    """The partner holds what it created, and its own event brings neither a fetch nor a second create."""
    made = fresh()
    with running(THICK) as run:
        run.platform.answer = lambda seen: Says(document={"bill": json.loads(seen.body) | {"bill_id": made}})
        assert run.control("POST", "/create", {"object_type": "bill"}) == (200, {"id": made})
        own = run.platform.seen[0].correlation_id
        event = bill_event(bill_id=made)
        run.post("/", event, own)

        assert eventually(lambda: run.applied(event) == 1)
        assert len(run.platform.seen) == 1
        assert run.held("bill", made)["amount"] == "1.00"


@pytest.mark.parametrize(
    ("defect", "version"), [("", 2), ("overwrites-with-create-answer", 1), ("loses-event-during-create", 1)]
)
def test_news_that_overtakes_the_create_answer_stays(defect: str, version: int) -> None:
    """An event that arrives while the create call runs is handled, and the answer does not undo it."""
    made, released = fresh(), threading.Event()
    event = thin_event(type="CUSTOMER", object=made, event="UPDATED")
    with running(THIN, defect) as run:

        def answer(seen: Seen) -> Says:
            if seen.method == "POST":
                return Says(document={"id": made, "version": 1}, hold=released)
            return Says(document={"id": made, "version": 2})

        run.platform.answer = answer
        creating = threading.Thread(target=run.control, args=("POST", "/create", {"object_type": "customer"}))
        creating.start()
        assert eventually(lambda: len(run.platform.calls("POST")) == 1)
        assert run.post("/customer", event) == 200
        assert defect == "loses-event-during-create" or eventually(lambda: run.applied(event) == 1)
        released.set()
        creating.join()

        assert run.held("customer", made)["version"] == version


def test_a_lost_create_answer_does_not_make_two() -> None:
    """When the answer to a create is lost, the partner looks for the object instead of creating it again."""
    made = fresh()
    with running(THICK) as run:
        run.platform.answer = lambda seen: (
            Says(drop=True) if seen.method == "POST" else Says(document={"bill": {"bill_id": made}})
        )

        assert run.control("POST", "/create", {"object_type": "bill"}) == (200, {"id": made})
        assert len(run.platform.calls("POST")) == 1


def test_an_honest_answer_when_the_platform_fails() -> None:
    """A create that the platform refuses is answered 502, one that it does not have 501."""
    with running(THICK) as run:
        run.platform.answer = lambda _: Says(400)

        assert run.control("POST", "/create", {"object_type": "bill"})[0] == 502
        assert run.control("POST", "/create", {"object_type": "payout"})[0] == 501


def test_an_update_is_put() -> None:
    """The partner updates an object and holds what the platform made of it."""
    made = fresh()
    with running(THIN) as run:
        run.platform.answer = lambda _: Says(document={"id": made, "version": 5})

        assert run.control("POST", "/update", {"object_type": "customer", "id": made})[0] == 200
        assert [(each.method, each.path) for each in run.platform.seen] == [("PUT", f"/customers/{made}")]
        assert run.held("customer", made)["version"] == 5


def test_a_subscription_is_made_once() -> None:
    """The partner reads the event types, looks before it subscribes, and subscribes to what exists."""
    hooks: list[dict[str, Any]] = []

    def answer(seen: Seen) -> Says:
        if seen.path == "/types":
            return Says(document={"types": ["bill.created"]})
        if seen.method == "POST":
            hooks.append(json.loads(seen.body) | {"id": "h1"})
            return Says(document={"hook": hooks[-1]})
        return Says(document={"hooks": list(hooks)})

    asked = {"url": "http://127.0.0.1/x", "event_types": ["bill.created", "bill.lost"]}
    with running(THICK) as run:
        run.platform.answer = answer

        assert run.control("POST", "/subscribe", asked) == (200, {"ids": ["h1"]})
        assert run.control("POST", "/subscribe", asked) == (200, {"ids": ["h1"]})
        assert hooks == [{"url": asked["url"], "events": ["bill.created"], "token": TOKEN, "id": "h1"}]
        assert run.control("POST", "/unsubscribe", {"ids": ["h1"]})[0] == 200
        assert len(run.platform.calls("DELETE", "/hooks/h1")) == 1


def test_a_conflict_is_no_loop() -> None:
    """When an equal subscription appeared in the meantime, the partner looks once more and takes that one."""
    looks = iter([[], [{"id": "h9", "url": "u", "events": ["bill.created"]}]])

    def answer(seen: Seen) -> Says:
        if seen.path == "/types":
            return Says(document={"types": ["bill.created"]})
        return Says(409) if seen.method == "POST" else Says(document={"hooks": next(looks)})

    with running(THICK) as run:
        run.platform.answer = answer

        assert run.control("POST", "/subscribe", {"url": "u", "event_types": ["bill.created"]})[1] == {"ids": ["h9"]}
        assert len(run.platform.calls("POST")) == 1


def test_missed_events_are_asked_for() -> None:
    """Recovery asks from the last event that was processed and applies what is new, once."""
    known, missed = bill_event(), bill_event(second=2)
    with running(THICK) as run:
        run.post("/", known)
        assert eventually(lambda: run.applied(known) == 1)
        run.platform.answer = lambda _: Says(document={"events": [known, missed]})

        assert run.control("POST", "/recover", {})[0] == 200
        assert run.platform.seen[0].path == f"/events?last_id={known['id']}"
        assert (run.applied(known), run.applied(missed)) == (1, 1)
        assert run.control("POST", "/recover", {"status": "failed"})[0] == 200
        assert "status=failed" in run.platform.seen[1].path


def test_a_forgotten_last_event_is_no_obstacle() -> None:
    """When the platform does not know the last event any more, the partner asks by time."""
    known = bill_event()
    with running(THICK) as run:
        run.post("/", known)
        assert eventually(lambda: run.applied(known) == 1)
        run.platform.answer = lambda seen: Says(404) if "last_id" in seen.path else Says(document={"events": []})

        assert run.control("POST", "/recover", {})[0] == 200
        assert run.platform.seen[-1].path.startswith("/events?since=")
        assert "last_id" not in run.platform.seen[-1].path


def test_missed_events_can_be_asked_for_by_path() -> None:
    """The last event is named in the path where the partner is told so; what comes by time has no such path."""
    known, missed = bill_event(), bill_event(second=2)
    with running(THICK, by_path=True) as run:
        run.platform.answer = lambda _: Says(document={"events": []})
        assert run.control("POST", "/recover", {})[0] == 200
        run.post("/", known)
        assert eventually(lambda: run.applied(known) == 1)
        run.platform.answer = lambda _: Says(document={"events": [missed]})
        assert run.control("POST", "/recover", {})[0] == 200
        run.platform.answer = lambda seen: Says(404) if "replay" in seen.path else Says(document={"events": []})
        assert run.control("POST", "/recover", {})[0] == 200

        assert [
            "/events?since",
            f"/events/replay/{known['id']}",
            f"/events/replay/{missed['id']}",
            "/events?since",
        ] == [each.path.partition("=")[0] for each in run.platform.seen]
        assert run.applied(missed) == 1


def test_secrets_are_replaced() -> None:
    """After a change of the accepted secrets the old one counts no more."""
    with running(THICK) as run:
        assert run.control("POST", "/secrets", {"accept": ["another"]})[0] == 200
        assert run.post("/", bill_event()) == 401
        assert run.control("POST", "/secrets", {"accept": ["another", SECRET]})[0] == 200
        assert run.post("/", bill_event()) == 200


def test_control_asks_for_its_token() -> None:
    """Without the control token nothing is told."""
    with running(THICK) as run:
        assert run.request("GET", "/control")[0] == 401
        assert run.control("GET")[1]["offers"] == [
            "create",
            "objects",
            "events",
            "subscribe",
            "unsubscribe",
            "recover",
            "secrets",
        ]


def test_an_acknowledged_event_survives_the_process(tmp_path: Path) -> None:
    """An event that was acknowledged and not yet handled is handled by the next process."""
    event = thin_event()
    with running(THIN, database=tmp_path / "p") as run:
        run.platform.answer = lambda _: Says(503)
        run.post("/paper", event)
        assert eventually(lambda: len(run.platform.seen) > 0)
    with running(THIN, database=tmp_path / "p") as run:
        run.platform.answer = lambda _: Says(document={"id": event["object"], "version": 1})

        assert eventually(lambda: run.applied(event) == 1)


def delivered_twice(run: Running) -> tuple[list[int], int]:
    """Deliver one event twice; give the statuses and how often it was applied."""
    event = bill_event()
    statuses = [run.post("/", event), run.post("/", event)]
    last = bill_event()
    run.post("/", last)
    eventually(lambda: run.applied(last) == 1)
    return statuses, run.applied(event)


@pytest.mark.parametrize(
    ("defect", "expected"),
    [("", ([200, 200], 1)), ("refuses-duplicates", ([200, 409], 1)), ("applies-duplicates", ([200, 200], 2))],
)
def test_duplicate_defects(defect: str, expected: tuple[list[int], int]) -> None:
    """The defects around redeliveries show in the status or in the count."""
    with running(THICK, defect) as run:
        assert delivered_twice(run) == expected


@pytest.mark.parametrize(
    ("defect", "correlation_id", "path"),
    [
        ("", "c-1", "/papers/"),
        ("makes-new-correlation-id", None, "/papers/"),
        ("upper-cases-correlation-id", "C-1", "/papers/"),
        ("sends-credentials-in-url", "c-1", "/papers/"),
    ],
)
def test_correlation_and_credential_defects(defect: str, correlation_id: str | None, path: str) -> None:
    """The defects around a fetch show in its headers or its URL."""
    event = thin_event()
    with running(THIN, defect) as run:
        run.platform.answer = lambda _: Says(document={"id": event["object"], "version": 1})
        run.post("/paper", event, "c-1")
        assert eventually(lambda: run.applied(event) == 1)
        call = run.platform.seen[0]

        assert call.path.startswith(path)
        assert (call.correlation_id == correlation_id) is (correlation_id is not None)
        assert ("api-key" in call.path) is (defect == "sends-credentials-in-url")


@contextmanager
def started(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a partner as its own process."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(PACKAGE.parent.parent),
        "PARTNER_PROFILE": str(path),
        "PARTNER_API_URL": "http://127.0.0.1:1",
        "PARTNER_EXIT_WITH_STDIN": "1",
        "CONFORMANCE_API_KEY": "k",
        "CONFORMANCE_SIGNING_SECRET": SECRET,
        "CONFORMANCE_WEBHOOK_TOKEN": TOKEN,
        "CONFORMANCE_CONTROL_TOKEN": CONTROL,
    }
    command = [sys.executable, "-m", "conformance.reference"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        yield process


@pytest.mark.parametrize("is_terminated", [True, False])
def test_the_process_ends_when_it_is_told_to(tmp_path: Path, is_terminated: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The process says once where it listens, and ends on SIGTERM or with its standard input."""
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(THICK))
    with started(path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        if is_terminated:
            process.terminate()
        else:
            process.stdin.close()

        assert process.wait(DEADLINE) == 0
        assert ready["control"] == ready["url"] + "/control"
        assert process.stdout.read() == b""


def test_the_partner_serves_https(tmp_path: Path) -> None:
    """A client that does not shake hands keeps nobody waiting, and one that does not trust is no trouble."""
    path = tmp_path / "partner.pem"
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with running(THICK, certificate=path) as run:
        parts = urlsplit(run.partner.url)
        address = (parts.hostname or "", parts.port or 0)
        with socket.create_connection(address), socket.create_connection(address) as stranger:
            with pytest.raises(ssl.SSLCertVerificationError):
                ssl.create_default_context().wrap_socket(stranger, server_hostname=parts.hostname)
            connection = http.client.HTTPSConnection(parts.netloc, context=trusting, timeout=DEADLINE)
            connection.request("GET", "/control", headers={"Authorization": f"Bearer {CONTROL}"})
            status = connection.getresponse().status
            connection.close()

    assert (parts.scheme, status) == ("https", 200)
