from __future__ import annotations

import asyncio
import gc
import ssl
import warnings
from collections.abc import Iterable

import pytest
import trustme

from conformance.delivery import Sent
from conformance.exchange import Failure, Request
from conformance.wire import PLAIN, Form, Gate, WireSender
from servers import Conversation, free_port, read_request, reset, serving, writing

TAKEN = b"HTTP/1.1 202 Taken\r\nContent-Length: 0\r\n\r\n"
BODY = b'{"id": 1}'


def asked(url: str, body: bytes = BODY, *headers: tuple[bytes, bytes]) -> Request:
    """A request to that server."""
    return Request("POST", f"{url}/hooks?a=1", headers, body)


def all_sent(
    conversation: Conversation, forms: Iterable[Form], *, body: bytes = BODY, deadline: float = 5.0
) -> list[Sent]:
    """What becomes of requests in these forms, one after the other, to a server that holds that conversation."""

    async def exchange() -> list[Sent]:
        sender = WireSender()
        try:
            async with serving(conversation) as url:
                return [await sender.send(asked(url, body), deadline=deadline, form=form) for form in forms]
        finally:
            await sender.aclose()

    return asyncio.run(exchange())


def sent(conversation: Conversation, form: Form = PLAIN, *, body: bytes = BODY, deadline: float = 5.0) -> Sent:
    """What becomes of one request."""
    return all_sent(conversation, [form], body=body, deadline=deadline)[0]


class Listener:
    """Writes down all bytes of a connection until it ends, and answers once it has seen enough."""

    def __init__(self, *, until: bytes, answer: bytes = TAKEN) -> None:
        self.seen = b""
        self.ended = asyncio.Event()
        self._until = until
        self._answer = answer

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold the conversation."""
        answered = False
        while data := await reader.read(65_536):
            self.seen += data
            if self._until in self.seen and not answered:
                answered = True
                writer.write(self._answer)
        self.ended.set()


def test_headers_go_out_as_they_stand() -> None:
    """In their spelling, order and repeats, whatever bytes they hold; beside them only what HTTP needs."""
    seen: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(TAKEN)

    async def exchange() -> Sent:
        async with serving(converse) as url:
            request = asked(url, BODY, (b"x-CASE", b"Kept"), (b"X-Twice", b"1"), (b"X-Twice", b""), (b"X-Raw", b"\xe9"))
            return await WireSender().send(request, deadline=5)

    got = asyncio.run(exchange())
    head = seen[0].partition(b"\r\n\r\n")[0].split(b"\r\n")

    assert b"POST /hooks?a=1 HTTP/1.1" == head[0]
    assert head[1].startswith(b"Host: 127.0.0.1:")
    assert [b"x-CASE: Kept", b"X-Twice: 1", b"X-Twice: ", b"X-Raw: \xe9"] == head[2:6]
    assert [b"Content-Length: 9", b"Connection: close"] == head[6:]
    assert head[1:] == [name + b": " + value for name, value in got.request.headers]


def test_a_body_goes_out_in_chunks() -> None:
    """As many as asked for, with the sizes that the coding wants, and no length beside them."""
    listener = Listener(until=b"\r\n0\r\n\r\n")
    got = sent(listener, Form(chunks=2))

    assert (202, None) == (got.response and got.response.status, got.failure)
    assert listener.seen.endswith(b'\r\n\r\n5\r\n{"id"\r\n4\r\n: 1}\r\n0\r\n\r\n')
    assert b"Content-Length" not in listener.seen


def test_a_body_is_sent_with_leave() -> None:
    """With 100-continue the body waits for the interim answer."""
    seen: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        seen.append(await reader.readexactly(len(BODY)))
        writer.write(TAKEN)

    got = sent(converse, Form(expect=True))

    assert b"Expect: 100-continue\r\n" in seen[0]
    assert BODY == seen[1]
    assert 202 == (got.response and got.response.status)


def test_a_refusal_before_the_body_spares_the_body() -> None:
    """Whoever answers 417 instead of 100 gets no body."""
    listener = Listener(until=b"\r\n\r\n", answer=b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
    got = sent(listener, Form(expect=True))

    assert 417 == (got.response and got.response.status)
    assert listener.seen.endswith(b"\r\n\r\n")


def test_silence_is_leave_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that knows nothing of 100-continue gets the body after a while."""
    monkeypatch.setattr("conformance.wire._LEAVE", 0.0)
    got = sent(Listener(until=BODY), Form(expect=True))

    assert 202 == (got.response and got.response.status)


def test_an_abandoned_request_ends_in_the_middle_of_its_body() -> None:
    """The connection is closed after that part, and the exchange was given up by the kit."""

    async def exchange() -> tuple[Sent, bytes]:
        listener = Listener(until=b"never")
        async with serving(listener) as url:
            got = await WireSender().send(asked(url), deadline=5, form=Form(abandon=0.5))
            async with asyncio.timeout(60):
                await listener.ended.wait()
        return got, listener.seen

    got, seen = asyncio.run(exchange())

    assert (None, Failure.CANCELLED) == (got.response, got.failure)
    assert seen.endswith(b"\r\n\r\n" + BODY[:4])


def test_a_dripped_body_arrives_whole() -> None:
    """In pieces, and how long the kit itself took for them is told."""
    listener = Listener(until=BODY)
    got = sent(listener, Form(pieces=3, pause=0.01))

    assert 202 == (got.response and got.response.status)
    assert got.held >= 0.02


@pytest.mark.parametrize("form", [PLAIN, Form(pieces=3), Form(chunks=3), Form(expect=True)])
def test_every_form_goes_over_tls(form: Form) -> None:
    """What the kit waits for between two writes is the same there."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    body = b"x" * 100_000 + b"the end"
    listener = Listener(until=b"0\r\n\r\n" if form.chunks else b"the end")

    async def exchange() -> Sent:
        async with serving(listener, tls=server) as url:
            return await WireSender(tls=lambda: client).send(asked(url, body), deadline=5, form=form)

    got = asyncio.run(exchange())

    assert got.response is not None
    assert (202, None) == (got.response.status, got.failure)


def test_requests_of_one_connection_share_it() -> None:
    """For as long as the partner keeps it; after that there is a new one."""
    connections: list[int] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        while connections[-1] < 2:
            await read_request(reader)
            connections[-1] += 1
            writer.write(TAKEN)

    got = all_sent(converse, [Form(connection="a")] * 3 + [Form(connection="b")])

    assert [202] * 4 == [each.response and each.response.status for each in got]
    assert 3 == len(connections)


def test_copies_are_released_at_the_same_instant() -> None:
    """None has its last byte before all have the others."""
    counts: list[int] = []
    lengths: dict[int, int] = {}

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = len(lengths)
        lengths[me] = 0
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(BODY) - 1)
        lengths[me] = len(BODY) - 1
        await reader.readexactly(1)
        counts.append(sum(lengths.values()))
        writer.write(TAKEN)

    async def exchange() -> list[Sent]:
        gate, sender = Gate(3), WireSender()
        async with serving(converse) as url:
            sending = [asyncio.create_task(sender.send(asked(url), deadline=5, form=Form(gate=gate))) for _ in range(3)]
            await gate.ready()
            assert not any(task.done() for task in sending)
            gate.open()
            return [await task for task in sending]

    got = asyncio.run(exchange())

    assert [202] * 3 == [each.response and each.response.status for each in got]
    assert [3 * (len(BODY) - 1)] * 3 == counts


def test_who_never_comes_to_the_gate_holds_nobody_up() -> None:
    """A connection that is refused counts as arrived."""

    async def exchange() -> Sent:
        gate = Gate(1)
        url = f"http://127.0.0.1:{await free_port()}"
        got = await WireSender().send(asked(url), deadline=5, form=Form(gate=gate))
        async with asyncio.timeout(60):
            await gate.ready()
        return got

    assert Failure.REFUSED is asyncio.run(exchange()).failure


def test_an_answer_before_the_end_of_the_request_is_read() -> None:
    """A partner may answer 413 to a large body without reading it."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    got = sent(converse, body=b"x" * 8_000_000)

    assert (413, None) == (got.response and got.response.status, got.failure)


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    reset(writer)


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await reader.read()


@pytest.mark.parametrize(
    ("conversation", "failure"),
    [
        (_reset, Failure.CLOSED),
        (writing(b""), Failure.CLOSED),
        (writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), Failure.CLOSED),
        (writing(b"220 mail.example\r\n\r\n"), Failure.MALFORMED),
        (writing(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 400_000), Failure.TOO_LARGE),
        (_silent, Failure.TIMEOUT),
    ],
    ids=["reset", "closed", "short", "no-http", "large", "silent"],
)
def test_what_a_partner_does_wrong_is_told(conversation: Conversation, failure: Failure) -> None:
    """The same failures as the ordinary sender tells."""
    assert failure is sent(conversation, deadline=0.5).failure


async def _no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(TAKEN)


@pytest.mark.parametrize(
    ("url", "failure"), [("http://no-such-host.invalid", Failure.NAME), ("https://127.0.0.1:{port}", Failure.TLS)]
)
def test_who_cannot_be_reached_is_told(url: str, failure: Failure) -> None:
    """A name that is not found, and a server that speaks no TLS."""

    async def exchange() -> Sent:
        async with serving(_no_tls) as served:
            target = url.format(port=served.rpartition(":")[2])
            return await WireSender().send(asked(target), deadline=5)

    assert failure is asyncio.run(exchange()).failure


def test_who_is_cancelled_again_and_again_hangs_up_all_the_same() -> None:
    """The connection ends with the request that is cancelled, however little time that is given to end in."""
    heard, over = asyncio.Event(), asyncio.Event()

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        heard.set()
        try:
            await reader.read()
        finally:
            over.set()

    async def cancelled() -> None:
        async with serving(listening) as url:
            sending = asyncio.create_task(WireSender().send(asked(url), deadline=60))
            async with asyncio.timeout(60):
                await heard.wait()
                while not sending.done():
                    sending.cancel()
                    await asyncio.sleep(0)
                await over.wait()

    asyncio.run(cancelled())

    assert over.is_set()


def test_who_is_cancelled_while_connecting_leaves_no_socket(recwarn: pytest.WarningsRecorder) -> None:
    """Wherever that comes: a socket that is connected and not yet in use is closed as well."""
    gc.collect()
    recwarn.clear()

    async def exchange(turns: int) -> None:
        sender = WireSender()
        async with serving(writing(TAKEN)) as url:
            sending = [asyncio.create_task(sender.send(asked(url), deadline=60.0)) for _ in range(3)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
            await sender.aclose()

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        for turns in range(1, 14):
            asyncio.run(exchange(turns))
            gc.collect()

    assert [] == [str(each.message) for each in recwarn if issubclass(each.category, ResourceWarning)]
