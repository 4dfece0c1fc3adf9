from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc

import pytest

from conformance.delivery import MAX_ANSWER, Sent
from conformance.exchange import Failure, Request
from conformance.wire import WireSender
from servers import Conversation, free_port, read_request, reset, serving, writing

HEADERS = ((b"User-Agent", b"tests"), (b"x-CASE", b"Kept"), (b"X-Twice", b"1"), (b"X-Twice", b"2"), (b"X-Raw", b"\xe9"))


def sent(conversation: Conversation, *, deadline: float = 5.0, path: str = "/hooks", body: bytes = b"{}") -> Sent:
    """What becomes of a request to a server that holds that conversation."""

    async def exchange() -> Sent:
        sender = WireSender()
        try:
            async with serving(conversation) as url:
                return await sender.send(Request("POST", url + path, HEADERS, body), deadline=deadline)
        finally:
            await sender.aclose()

    return asyncio.run(exchange())


def test_a_whole_answer_is_kept_as_it_came() -> None:
    """Status, headers in their order and spelling, and the bytes of the body."""
    answer = sent(writing(b"HTTP/1.1 202 Taken\r\nX-b: 1\r\nx-A: 2\r\nX-b: 3\r\nContent-Length: 3\r\n\r\n\x00\xff!"))

    assert None is answer.failure
    assert answer.response is not None
    assert 202 == answer.response.status
    assert ((b"X-b", b"1"), (b"x-A", b"2"), (b"X-b", b"3"), (b"Content-Length", b"3")) == answer.response.headers
    assert b"\x00\xff!" == answer.response.body


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.0 200 OK\r\n\r\nabc",
        b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=["chunked", "continued", "1.0", "no reason"],
)
def test_every_form_of_an_answer_is_understood(answer: bytes) -> None:
    """A partner may answer as HTTP allows it."""
    got = sent(writing(answer))

    assert (None, b"abc") == (got.failure, got.response and got.response.body)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n", Failure.MALFORMED),
        (b"HTTP/1.1 closed OK\r\n\r\n", Failure.MALFORMED),
        (b"220 mail", Failure.MALFORMED),
        (b"HTT", Failure.CLOSED),
    ],
    ids=["a chunk without a size", "a status that is none", "half a greeting", "the first letters"],
)
def test_what_is_no_http_is_told_from_what_breaks_off(answer: bytes, failure: Failure) -> None:
    """All of these connections end after the answer; only who began to answer can have been interrupted."""
    assert failure is sent(writing(answer)).failure


@pytest.mark.parametrize(("method", "announced"), [("GET", False), ("POST", True)])
def test_only_what_could_have_a_body_announces_that_it_has_none(method: str, *, announced: bool) -> None:
    """RFC 9110 §8.6: no length where the method asks for no content."""
    seen: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 Done\r\n\r\n")

    async def exchange() -> None:
        async with serving(converse) as url:
            await WireSender().send(Request(method, url), deadline=5)

    asyncio.run(exchange())

    assert announced == (b"content-length: 0" in seen[0].lower())


def test_what_a_url_cannot_hold_is_encoded() -> None:
    """A path is written as it stands, but for what would end it or is not ASCII."""
    seen: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(b"HTTP/1.1 204 Done\r\n\r\n")

    sent(converse, path="/h\u00f6r en?a=%2F&b=~[1]")

    assert b"POST /h%C3%B6r%20en?a=%2F&b=~[1] HTTP/1.1" == seen[0].split(b"\r\n")[0]


def test_what_goes_out_is_what_was_asked_for() -> None:
    """Own headers in their spelling, order and repeats; beside them only Host, the length and that nothing follows."""
    seen: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(b"HTTP/1.1 204 Done\r\n\r\n")

    answer = sent(converse, path="/hooks?a=%2F", body=b"\xff{}")
    first, *lines = seen[0].split(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0] for line in lines]

    assert b"POST /hooks?a=%2F HTTP/1.1" == first
    assert seen[0].endswith(b"\r\n\r\n\xff{}")
    assert [b"%s: %s" % header for header in HEADERS] == [
        line for line in lines if line.partition(b":")[0] in dict(HEADERS)
    ]
    assert {b"host", b"content-length", b"connection"} == {name.lower() for name in names} - {
        name.lower() for name, _ in HEADERS
    }
    assert set(names) == {name for name, _ in answer.request.headers}


def test_the_deadline_holds_for_the_exchange_as_a_whole() -> None:
    """A server that drips a byte at a time does not keep the kit waiting; what came is kept."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    began = time.monotonic()
    answer = sent(drip, deadline=0.3)

    assert Failure.TIMEOUT is answer.failure
    assert time.monotonic() - began < 2
    assert answer.response is not None
    assert 200 == answer.response.status
    assert 0 < len(answer.response.body) < 1000


def test_silence_ends_at_the_deadline() -> None:
    """A server that never answers yields no response."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    answer = sent(silent, deadline=0.2)

    assert (Failure.TIMEOUT, None) == (answer.failure, answer.response)


def test_an_endless_body_is_cut_at_the_cap() -> None:
    """A gigabyte of body is not read, and costs no more memory than the cap."""
    written = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        chunk = bytes(65_536)
        for _ in range(16_000):
            writer.write(chunk)
            await writer.drain()
            written += len(chunk)

    tracemalloc.start()
    try:
        answer = sent(pour)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert Failure.TOO_LARGE is answer.failure
    assert answer.response is not None
    assert MAX_ANSWER == len(answer.response.body)
    assert peak < 12 * MAX_ANSWER
    assert written < 30 * MAX_ANSWER


def test_an_answer_at_the_cap_is_whole() -> None:
    """The cap itself is allowed."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MAX_ANSWER
    answer = sent(writing(head, bytes(MAX_ANSWER)))

    assert None is answer.failure


def test_endless_headers_are_no_http() -> None:
    """A head that never ends is given up, long before the deadline."""

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: and more\r\n" * 1000)
            await writer.drain()

    answer = sent(pour)

    assert (Failure.MALFORMED, None) == (answer.failure, answer.response)


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"\x16\x03\x01\x00" * 9,
    ],
)
def test_garbage_is_no_http(garbage: bytes) -> None:
    """What is no answer is told as such."""
    assert Failure.MALFORMED is sent(writing(garbage)).failure


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 200 OK\r\nContent-", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", 200),
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk"],
)
def test_an_answer_that_breaks_off_is_closed(answer: bytes, status: int | None) -> None:
    """Whatever came before the end is kept."""
    got = sent(writing(answer))

    assert Failure.CLOSED is got.failure
    assert status == (got.response and got.response.status)


def test_a_reset_is_closed() -> None:
    """A partner that breaks the connection makes nothing raise."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        reset(writer)

    assert Failure.CLOSED is sent(converse).failure


def test_an_answer_before_the_whole_body_counts() -> None:
    """A partner may refuse a large body before it has read it, and end its side of the connection."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        writer.write_eof()
        while await reader.read(65_536):
            pass

    answer = sent(converse, body=bytes(5_000_000))

    assert answer.response is not None
    assert 413 == answer.response.status


def test_nobody_at_the_port_is_refused() -> None:
    """A refused connection is told from everything else, because it is tried again."""

    async def exchange() -> Sent:
        sender = WireSender()
        answer = await sender.send(Request("GET", f"http://127.0.0.1:{await free_port()}/"), deadline=5)
        await sender.aclose()
        return answer

    answer = asyncio.run(exchange())

    assert (Failure.REFUSED, None) == (answer.failure, answer.response)


def test_a_name_that_is_none_is_told() -> None:
    """RFC 6761 promises that nothing answers below `.invalid`."""

    async def exchange() -> Sent:
        sender = WireSender()
        answer = await sender.send(Request("GET", "http://partner.invalid/"), deadline=10)
        await sender.aclose()
        return answer

    assert Failure.NAME is asyncio.run(exchange()).failure


def test_plain_text_on_a_tls_port_is_a_failed_handshake() -> None:
    """A partner without TLS at an https URL is told as such."""

    async def exchange() -> Sent:
        sender = WireSender()

        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            await reader.read()

        async with serving(plain) as url:
            answer = await sender.send(Request("GET", url.replace("http:", "https:")), deadline=5)
        await sender.aclose()
        return answer

    assert Failure.TLS is asyncio.run(exchange()).failure


def test_no_redirect_is_followed() -> None:
    """A redirect is an answer like any other."""
    requests = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await read_request(reader)
        requests += 1
        writer.write(b"HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    answer = sent(converse)

    assert (1, 307) == (requests, answer.response and answer.response.status)


def test_no_cookie_is_remembered() -> None:
    """What one answer sets, the next request does not carry; and each has a connection of its own."""
    seen: list[bytes] = []
    ports: list[int] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports.append(writer.get_extra_info("peername")[1])
        seen.append(await read_request(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async def exchange() -> None:
        sender = WireSender()
        async with serving(converse) as url:
            for _ in range(2):
                await sender.send(Request("POST", url), deadline=5)
        await sender.aclose()

    asyncio.run(exchange())

    assert 2 == len(seen)
    assert not [request for request in seen if b"cookie" in request.lower()]
    assert 2 == len(set(ports))


def test_nothing_is_decoded() -> None:
    """A compressed answer stays compressed: a megabyte of it may be a gigabyte of text."""
    packed = gzip.compress(bytes(1_000_000))
    answer = sent(
        writing(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed), packed)
    )

    assert answer.response is not None
    assert packed == answer.response.body


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit goes straight to the partner."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert None is sent(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).failure
