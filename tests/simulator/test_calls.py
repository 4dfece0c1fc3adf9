from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import uuid4

import pytest

from conformance.exchange import Call, ProblemKind
from played_platform import PlayedPlatform
from shipped import PLATFORMS, SECRETS, answer_schema, credentials, specification

PATHS = {"feewise": f"/api/v3/partner/invoices/{uuid4()}", "wawex": f"/documents/{uuid4()}"}
OPERATIONS = {"feewise": "getInvoice", "wawex": "getDocument"}


@pytest.fixture(scope="module")
def played() -> Iterator[Mapping[str, PlayedPlatform]]:
    """Both platforms, each behind its port."""
    with PlayedPlatform("feewise") as feewise, PlayedPlatform("wawex") as wawex:
        yield {"feewise": feewise, "wawex": wawex}


def kinds(platform: PlayedPlatform) -> list[ProblemKind]:
    """What is wrong with the last call."""
    return [problem.kind for problem in platform.last_call.problems]


def violations(platform: PlayedPlatform, status: int, content: object) -> tuple[str, ...]:
    """What an error body breaks of the document."""
    document = platform.specification.document
    operation = document.operation(OPERATIONS[platform.platform])
    assert operation is not None
    return document.violations(answer_schema(platform.platform, operation, status), content)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_call_without_a_credential_is_unauthorized(played: Mapping[str, PlayedPlatform], name: str) -> None:
    """401 in the platform's own error shape, for each header that may be missing."""
    platform = played[name]
    for header in credentials(name):
        answer = platform.call("GET", PATHS[name], without=header)

        assert 401 == answer.status
        assert () == violations(platform, 401, answer.json)
        assert "www-authenticate" in answer.headers
        assert [ProblemKind.CREDENTIAL] == kinds(platform)
        assert header in platform.last_call.problems[0].text


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("wrong", ["", "wrong", "{right}x", "{right} ", "b\xe4d"])
def test_a_call_with_a_wrong_credential_is_unauthorized(
    played: Mapping[str, PlayedPlatform], name: str, wrong: str
) -> None:
    """Only the very credential opens, and the journal keeps neither."""
    platform = played[name]
    for header, right in credentials(name).items():
        if wrong.format(right=right).strip() == right:
            continue  # HTTP takes white space off the end of a value
        answer = platform.call("GET", PATHS[name], headers={header: wrong.format(right=right)})

        assert 401 == answer.status
        assert [ProblemKind.CREDENTIAL] == kinds(platform)
        assert SECRETS.api_key not in repr(platform.last_call)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_secret_in_the_url_is_a_problem(played: Mapping[str, PlayedPlatform], name: str) -> None:
    """A key in a query string ends in logs, so it is refused though the header is right."""
    platform = played[name]
    answer = platform.call("GET", f"{PATHS[name]}?key={SECRETS.api_key}")

    assert 401 == answer.status
    assert ProblemKind.CREDENTIAL_IN_URL in kinds(platform)
    assert SECRETS.api_key not in platform.last_call.request.target


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "kind"),
    [
        ("GET", "/api/v3/partner/nothing", None, 404, ProblemKind.PATH),
        ("PATCH", "/api/v3/partner/invoices", {}, 405, ProblemKind.METHOD),
        ("GET", "/api/v3/partner/events?since=garbage", None, 400, ProblemKind.PARAMETER),
        ("POST", "/api/v3/partner/invoices", {"amount": 1}, 400, ProblemKind.BODY),
        ("POST", "/api/v3/partner/invoices", b"{", 400, ProblemKind.BODY),
        ("POST", "/api/v3/partner/invoices", None, 400, ProblemKind.BODY),
    ],
)
def test_a_call_that_the_document_does_not_allow_is_refused(
    played: Mapping[str, PlayedPlatform], method: str, target: str, body: object, status: int, kind: ProblemKind
) -> None:
    """The status tells what is wrong, and the journal says it in words."""
    platform = played["feewise"]
    answer = platform.call(method, target, body)

    assert status == answer.status
    assert kind in kinds(platform)
    assert answer.json["detail"] == platform.last_call.problems[0].text


def test_an_undeclared_parameter_is_noted_and_answered(played: Mapping[str, PlayedPlatform]) -> None:
    """A real platform ignores what it does not know; the judge is told."""
    platform = played["wawex"]
    thing = platform.make("document")

    assert 200 == platform.call("GET", f"/documents/{thing.id}?colour=red").status
    assert [ProblemKind.UNDECLARED] == kinds(platform)


def test_an_abyss_of_brackets_is_a_wrong_body(played: Mapping[str, PlayedPlatform]) -> None:
    """A body too deep to parse is answered like any wrong body, and written down."""
    platform = played["feewise"]
    answer = platform.call("POST", "/api/v3/partner/invoices", b"[" * 100_000)

    assert 400 == answer.status
    assert ProblemKind.BODY in kinds(platform)


def test_a_correlation_id_comes_back(played: Mapping[str, PlayedPlatform]) -> None:
    """Byte for byte, whatever the spelling of the header."""
    platform = played["feewise"]
    answer = platform.call("GET", PATHS["feewise"], headers={"X-CORRELATION-ID": "Own Id/1"})

    assert "Own Id/1" == answer.headers["x-correlation-id"]
    assert "Own Id/1" == platform.last_call.correlation


@pytest.mark.parametrize("sent", [None, "caf\xe9"])
def test_a_correlation_id_is_made_where_there_is_none(played: Mapping[str, PlayedPlatform], sent: str | None) -> None:
    """A call without one, or with one that no header may hold, gets a fresh one each time."""
    platform = played["feewise"]
    headers = {} if sent is None else {"x-correlation-id": sent}
    answers = [platform.call("GET", PATHS["feewise"], headers=headers) for _ in range(2)]

    assert 2 == len({answer.headers["x-correlation-id"] for answer in answers})


def test_a_platform_without_correlation_returns_none(played: Mapping[str, PlayedPlatform]) -> None:
    """Where the platform documents no header, none is sent and none is read."""
    platform = played["wawex"]
    answer = platform.call("GET", PATHS["wawex"], headers={"x-correlation-id": "1"})

    assert "x-correlation-id" not in answer.headers
    assert None is platform.last_call.correlation


def raw(platform: PlayedPlatform, *parts: bytes) -> bytes:
    """What comes back for these bytes, to the end of the connection."""
    with socket.create_connection((platform.server.host, platform.server.port), timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
    ids=["no request", "no host", "no header", "TLS"],
)
def test_what_is_no_http_is_answered_400_and_noted(played: Mapping[str, PlayedPlatform], garbage: bytes) -> None:
    """A client that does not speak HTTP is told so, and the journal shows what it sent."""
    platform = played["wawex"]
    before = len(platform.journal.records)
    answer = raw(platform, garbage + b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert 1 == len(platform.journal.records) - before
    assert "not an HTTP request" in platform.last_call.problems[0].text


def test_a_connection_that_says_nothing_is_no_call(played: Mapping[str, PlayedPlatform]) -> None:
    """Opening and closing a connection leaves no trace."""
    platform = played["wawex"]
    before = len(platform.journal.records)

    assert b"" == raw(platform)
    assert before == len(platform.journal.records)


def test_several_requests_share_a_connection(played: Mapping[str, PlayedPlatform]) -> None:
    """Kept alive, chunked, continued and pipelined requests are answered one after the other."""
    platform = played["wawex"]
    thing = platform.make("document")
    head = b"%s /documents/" + thing.id.encode() + b" HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
    key = SECRETS.api_key.encode()
    chunked = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    continued = b"Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    answer = raw(
        platform,
        head % (b"GET", key) + b"\r\n",
        head % (b"PUT", key) + chunked,
        head % (b"PUT", key) + continued + b"{}",
        head % (b"GET", key) + b"Connection: close\r\n\r\n",
    )

    assert 4 == answer.count(b"HTTP/1.1 200 ")


def test_an_old_client_is_served(played: Mapping[str, PlayedPlatform]) -> None:
    """A partner may speak HTTP/1.0; the connection ends with the answer."""
    platform = played["wawex"]
    answer = raw(platform, b"GET /documents/1 HTTP/1.0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 401 ")


def test_a_head_request_has_no_body(played: Mapping[str, PlayedPlatform]) -> None:
    """The length is told, the body is not sent."""
    answer = raw(played["wawex"], b"HEAD /documents/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert answer.endswith(b"\r\n\r\n")


def test_a_huge_body_is_cut_in_the_journal_only(played: Mapping[str, PlayedPlatform]) -> None:
    """Two megabytes are read to their end, and at most one is kept."""
    platform = played["wawex"]
    answer = platform.call("POST", "/transfers", json.dumps({"note": "x" * 2_000_000}).encode())

    assert answer.status in {200, 400}
    assert len(platform.last_call.request.body) <= 1_000_000


def test_every_call_has_an_id_of_its_own(played: Mapping[str, PlayedPlatform]) -> None:
    """Findings cite calls by id."""
    for platform in played.values():
        ids = [record.id for record in platform.journal.records if isinstance(record, Call)]

        assert len(ids) == len(set(ids))


def test_a_call_that_the_description_leaves_unused_is_not_played() -> None:
    """The document allows it, so nothing is wrong with the call; the platform says that it does not play it."""
    whole = specification("feewise")
    roles = {name: role for name, role in whole.description.operations.items() if name != OPERATIONS["feewise"]}
    partly = replace(whole, description=replace(whole.description, operations=roles))
    with PlayedPlatform("feewise", read=partly) as platform:
        answer = platform.call("GET", PATHS["feewise"])

        assert 501 == answer.status
        assert [] == kinds(platform)
