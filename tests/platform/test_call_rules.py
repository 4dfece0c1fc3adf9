from __future__ import annotations

import json

import pytest

from conformance.exchange import Headers, ProblemKind, Request
from conformance.platform.call_rules import CallRules
from conformance.platform.document import Document
from shipped import specification
from small_platform import DOCUMENT

RULES = CallRules(Document(DOCUMENT))
TRACE: Headers = ((b"X-Trace", b"1"),)
JSON: Headers = ((b"Content-Type", b"application/json"),)


def kinds(request: Request) -> list[ProblemKind]:
    """What kinds of problems a call has."""
    return [problem.kind for problem in RULES.problems(request)]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("GET", "/things/1?size=3", TRACE), []),
        (Request("POST", "/things", JSON, b'{"id": "1"}'), []),
        (Request("GET", "/thongs/1", TRACE), [ProblemKind.PATH]),
        (Request("DELETE", "/things/1", TRACE), [ProblemKind.METHOD]),
        (Request("GET", "/things/1?size=three", TRACE), [ProblemKind.PARAMETER]),
        (Request("GET", "/things/1"), [ProblemKind.PARAMETER]),
        (Request("GET", "/things/1?colour=red", TRACE), [ProblemKind.UNDECLARED]),
        (Request("POST", "/things", JSON, b'{"size": "large"}'), [ProblemKind.BODY]),
        (Request("POST", "/things", JSON, b"not json"), [ProblemKind.BODY]),
        (Request("POST", "/things", JSON), [ProblemKind.BODY]),
        (Request("POST", "/things", ((b"Content-Type", b"text/plain"),), b'{"id": "1"}'), [ProblemKind.BODY]),
        (Request("POST", "/things", (), b'{"id": "1"}'), [ProblemKind.BODY]),
    ],
    ids=[
        "get",
        "post",
        "unknown path",
        "unknown method",
        "wrong query",
        "missing header",
        "undeclared query",
        "wrong body",
        "no JSON",
        "no body",
        "other content type",
        "no content type",
    ],
)
def test_each_departure_has_its_kind(request_: Request, expected: list[ProblemKind]) -> None:
    """A call that departs from the document in one way has one problem, of that kind."""
    assert expected == kinds(request_)


def test_several_departures_are_told_together() -> None:
    """A call may be wrong in more than one way."""
    assert {ProblemKind.PARAMETER, ProblemKind.UNDECLARED} == set(kinds(Request("GET", "/things/1?size=x&colour=red")))


def test_a_wrong_body_is_told_with_its_places() -> None:
    """Each violation of the schema has its pointer, so that the partner finds it."""
    (problem,) = RULES.problems(Request("POST", "/things", JSON, b'{"size": "large"}'))

    assert "POST /things" in problem.text
    assert "/size: 'large' is not of type 'integer'" in problem.text
    assert "'id' is a required property" in problem.text


def test_the_case_of_a_header_does_not_matter() -> None:
    """RFC 9110, section 5.1."""
    assert [] == kinds(Request("GET", "/things/1", ((b"x-TRACE", b"1"),)))


def test_credentials_are_not_the_documents_business() -> None:
    """A document that asks for a key does not make a call without one a problem of the document."""
    assert [] == kinds(Request("POST", "/things", JSON, b'{"id": "1"}'))


def test_the_document_is_left_as_it_was() -> None:
    """Rules are made of a copy."""
    assert [{"key": []}] == DOCUMENT["paths"]["/things"]["post"]["security"]


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000], ids=["lists", "objects"])
def test_no_depth_of_a_body_is_an_error_of_the_kit(body: bytes) -> None:
    """A body too deep to parse is a wrong body."""
    assert [ProblemKind.BODY] == kinds(Request("POST", "/things", JSON, body))


@pytest.mark.parametrize("query", ["since=garbage", "since=2026-13-45T00:00:00Z", "since_webhook_event_id=7"])
def test_formats_of_parameters_are_checked(query: str) -> None:
    """A time that is no time and an id that is no uuid are wrong parameters."""
    rules = CallRules(specification("feewise").document)
    problems = rules.problems(Request("GET", f"/api/v3/partner/events?{query}"))

    assert [ProblemKind.PARAMETER] == [problem.kind for problem in problems]


def test_a_secret_is_taken_out_before_a_text_is_cut() -> None:
    """Or half of it could stay at the end."""
    shipped = specification("feewise")
    rules = CallRules(shipped.document, clean=lambda text: text.replace("secret" * 30, "[it]"))
    body = json.dumps({"external_id": {"a": "secret" * 30}}).encode()
    texts = [each.text for each in rules.problems(Request("POST", "/api/v3/partner/invoices", JSON, body))]

    assert any("[it]" in text for text in texts)
    assert not any("secret" in text for text in texts)


def test_a_subscription_with_an_id_of_its_own_is_a_wrong_body() -> None:
    """The platform makes the ids of subscriptions."""
    shipped = specification("feewise")
    rules = CallRules(shipped.document)
    assert shipped.description.subscriptions is not None
    body = {**shipped.description.subscriptions.default, "webhook_id": "11111111-2222-4333-8444-555555555555"}
    problems = rules.problems(Request("POST", "/api/v3/partner/webhooks", JSON, json.dumps(body).encode()))

    assert {ProblemKind.BODY} == {problem.kind for problem in problems}
