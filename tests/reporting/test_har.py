"""The archive of exchanges, entry by entry."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.exchange import Call, Exchange, Request, Response
from conformance.reporting import har
from reports import delivery, every_verdict, report

DELIVERED, CALLED, ASKED, *_ = every_verdict().exchanges


def _entry(exchange: Exchange) -> Any:
    return json.loads(har.render(report(exchanges=[exchange])))["log"]["entries"][0]


def _of(target: str, *headers: tuple[bytes, bytes]) -> Any:
    """The request of an entry whose target and headers are these."""
    return _entry(replace(CALLED, request=Request("GET", target, headers)))["request"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (b"127.0.0.1:4010", "http://127.0.0.1:4010/things?a=b%20c"),
        (b"[::1]:4010", "http://[::1]:4010/things?a=b%20c"),
        (b"api.example", "http://api.example/things?a=b%20c"),
        (b"evil host/../", "http://platform.invalid/things?a=b%20c"),
        (b"api.example:123456", "http://platform.invalid/things?a=b%20c"),
        (b"", "http://platform.invalid/things?a=b%20c"),
    ],
)
def test_the_url_is_made_absolute_with_the_host_of_the_request(host: bytes, url: str) -> None:
    """With a name that leads nowhere where that is no host."""
    assert url == _of("/things?a=b c", (b"Host", host))["url"]


@pytest.mark.parametrize("url", ["http://a.example/x", "https://a.example/x"])
def test_an_absolute_url_stays(url: str) -> None:
    """Whatever the header says."""
    assert url == _of(url, (b"Host", b"b.example"))["url"]


def test_a_letter_is_no_sign() -> None:
    """What is no sign of a URL is encoded, and letters are not."""
    assert "http://platform.invalid/X%22%3C%C3%A9[]~%41" == _of('/X"<é[]~%41')["url"]


def test_what_has_no_type_and_no_target_says_nothing() -> None:
    """Neither a type of its body nor where it redirects."""
    bare = replace(delivery("d1"), request=Request("POST", "/x", (), b"a"), response=Response(200, (), b"b"))
    entry = _entry(bare)

    assert "" == entry["request"]["postData"]["mimeType"]
    assert ("", "") == (entry["response"]["content"]["mimeType"], entry["response"]["redirectURL"])


def test_what_belongs_to_no_play_says_so() -> None:
    """Also where a play has no name."""
    assert "d1: no play: " == _entry(delivery("d1", play=None))["comment"][:13]


def test_a_query_keeps_what_is_empty() -> None:
    """Order and repeats too."""
    query = [("a", "1"), ("b", ""), ("a", "2")]

    assert query == [(q["name"], q["value"]) for q in _of("/x?a=1&b=&a=2")["queryString"]]


def test_a_url_that_cannot_be_parsed_has_no_query() -> None:
    """It stands in the archive all the same."""
    asked = _of("http://[::1/x?a=1")

    assert ("http://[::1/x?a=1", []) == (asked["url"], asked["queryString"])


def test_a_request_and_its_answer_are_told_in_full() -> None:
    """Method, headers, bodies, sizes, types, and where it redirects."""
    answer = Response(302, ((b"Content-Type", b"text/plain"), (b"Location", b"/there")), b"Gone")
    entry = _entry(replace(delivery("d1", body=b"{}"), response=answer))

    request, response = entry["request"], entry["response"]
    assert ("POST", "HTTP/1.1", 2) == (request["method"], request["httpVersion"], request["bodySize"])
    assert {"name": "Webhook-Id", "value": "e1"} in request["headers"]
    assert ("application/json", "{}") == (request["postData"]["mimeType"], request["postData"]["text"])
    assert "comment" not in request["postData"] or request["postData"]["comment"] is None
    assert (302, "Found", "HTTP/1.1", "/there", 4) == (
        response["status"],
        response["statusText"],
        response["httpVersion"],
        response["redirectURL"],
        response["bodySize"],
    )
    assert (4, "text/plain", "Gone") == tuple(response["content"][name] for name in ("size", "mimeType", "text"))
    assert "status 302" == response["comment"]
    assert (42.0, 0, 42.0, 0) == (entry["time"], *(entry["timings"][part] for part in ("send", "wait", "receive")))


def test_a_request_without_a_body_posts_nothing() -> None:
    """And an answer that never came has the status 0."""
    entry = _entry(replace(CALLED, response=None))

    assert entry["request"].get("postData") is None
    assert (0, "", "HTTP/1.1", "no answer", 0) == tuple(
        entry["response"][name] for name in ("status", "statusText", "httpVersion", "comment", "bodySize")
    )
    assert "" == entry["response"]["redirectURL"]


def test_each_entry_says_what_it_was() -> None:
    """A call that no operation knows and one without a fault too."""
    assert isinstance(CALLED, Call)
    strange = replace(CALLED, operation="", fault=None)

    assert "c1: no play: call of no known operation" == _entry(strange)["comment"]
    assert "a1: no play: control call objects" == _entry(ASKED)["comment"]
    assert "d1: no play: delivery as genuine, document.created, attempt 1" == _entry(DELIVERED)["comment"]


@pytest.mark.parametrize(
    ("began", "entry"),
    [
        ("2026-11-20T09:30:00", "2026-11-20T09:30:01+00:00"),
        ("2026-11-20T09:30:00+02:00", "2026-11-20T09:30:01+02:00"),
    ],
)
def test_a_run_that_knows_no_zone_is_in_utc(began: str, entry: str) -> None:
    """One that knows it keeps it."""
    given = report(exchanges=[delivery("d1", at=1.0)])
    text = har.render(replace(given, header=replace(given.header, started_at=began)))

    assert entry == json.loads(text)["log"]["entries"][0]["startedDateTime"]
    assert text.endswith("}\n")
    assert "0.1.0" == json.loads(text)["log"]["creator"]["version"]
