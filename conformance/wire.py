"""Outgoing HTTP: written by the byte, for held, chunked, dripped and abandoned requests and any header; read by h11.

One deadline and one size cap hold for each exchange as a whole. Nothing is followed, decoded, remembered or taken from
the environment; every request has a connection of its own unless its form says otherwise, because a partner may close
an idle one at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias
from urllib.parse import quote, urlsplit

import h11

from conformance.delivery import MAX_ANSWER, Sent
from conformance.exchange import Failure, Headers, Request, Response

__all__ = ["PLAIN", "Form", "Gate", "Wire", "WireSender"]

# How long a sender that asked for leave waits for it before it sends the body all the same (RFC 9110 §10.1.1).
_LEAVE: Final = 1.0
# Of two addresses of a name the second is tried after so many seconds (RFC 8305 §8).
_NEXT_ADDRESS: Final = 0.25
# So long may a connection that nobody waits for take at the end.
_LAST_CONNECTIONS: Final = 1.0
# How h11 begins to tell that the connection ended too early.
_CLOSED: Final = ("peer closed", "peer unexpectedly closed", "can't handle event type ConnectionClosed")
# Bytes of an answer's head.
_LONGEST_HEAD: Final = 102_400
# What announces its length even where that is nothing (RFC 9110 §8.6).
_HAVE_BODIES: Final = ("POST", "PUT", "PATCH")


class Gate:
    """Holds senders back at their last byte, until all of them are there and somebody opens."""

    def __init__(self, waiting: int) -> None:
        self._missing = waiting
        self._all_there = asyncio.Event()
        self._opened = asyncio.Event()

    async def ready(self) -> None:
        """Wait until every sender holds, or has failed before it came so far."""
        await self._all_there.wait()

    def open(self) -> None:
        """Let all go at once."""
        self._opened.set()

    def arrive(self) -> None:
        """One sender more is there, or will never be."""
        self._missing -= 1
        if self._missing <= 0:
            self._all_there.set()

    async def passed(self) -> None:
        """Wait for the opening."""
        await self._opened.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a request goes over the wire.

    `gate` holds back the last byte; `chunks` sends the body in so many chunks; `expect` asks for leave with
    100-continue; `pieces` and `pause` drip the body, so many seconds apart; `abandon` closes the connection after that
    part of the body, from 0 to 1; requests of one `connection` share a connection for as long as it lasts.
    """

    gate: Gate | None = None
    chunks: int = 0
    expect: bool = False
    pieces: int = 1
    pause: float = 0.0
    abandon: float | None = None
    connection: str = ""


PLAIN: Final = Form()


class Wire(Protocol):
    """The seam to the network for requests of a form."""

    async def send(self, request: Request, *, deadline: float, form: Form = PLAIN) -> Sent:
        """Send a request in its form and wait for the whole answer, at most `deadline` seconds."""


@dataclass(slots=True)
class _Line(asyncio.Protocol):
    """One connection: what has come in, and whether it is over. Bytes that came before a reset are kept."""

    received: bytearray = field(default_factory=bytearray)
    over: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _writable: asyncio.Event = field(default_factory=asyncio.Event)
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # what create_connection makes
        # Not 0: a TLS transport would take its empty buffer for a full one, and never say that there is room again.
        transport.set_write_buffer_limits(1)
        self.transport = transport
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._news.set()

    def eof_received(self) -> bool:
        self.connection_lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.over = True
        self._news.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def write(self, data: bytes) -> None:
        """Write, and wait until the bytes have left; what can no longer be written is left out."""
        if not self.over and self.transport is not None:
            self.transport.write(data)
            await self._writable.wait()

    async def read(self) -> bytes:
        """The next bytes, none at the end of the connection."""
        while not self.received and not self.over:
            self._news.clear()
            await self._news.wait()
        data = bytes(self.received)
        self.received.clear()
        return data

    def close(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abort()


_Connected: TypeAlias = tuple[asyncio.BaseTransport, _Line]


class WireSender:
    """Sends requests of any form; `tls` verifies https partners."""

    def __init__(self, *, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self._tls = tls
        self._kept: dict[str, _Line] = {}
        self._using: dict[str, asyncio.Lock] = {}
        self._connecting: set[asyncio.Task[_Connected]] = set()

    async def send(self, request: Request, *, deadline: float, form: Form = PLAIN) -> Sent:
        """Send a request in its form and wait for the whole answer; a partner makes nothing raise."""
        outgoing = _Outgoing(request, form)
        answer = _Answer(request.method)
        try:
            async with asyncio.timeout(deadline):
                failure = await self._connected(outgoing, answer)
        except TimeoutError:
            failure = Failure.TIMEOUT
        finally:
            outgoing.give_way()
        return Sent(outgoing.request, answer.response(), failure, held=outgoing.held)

    async def aclose(self) -> None:
        """Close the connections that are kept, and those that nobody waited for."""
        for line in self._kept.values():
            line.close()
        self._kept.clear()
        if self._connecting:
            _, left = await asyncio.wait(self._connecting, timeout=_LAST_CONNECTIONS)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _connected(self, outgoing: _Outgoing, answer: _Answer) -> Failure | None:
        name = outgoing.form.connection
        if not name:
            return await self._exchange(outgoing, answer, "")
        async with self._using.setdefault(name, asyncio.Lock()):
            return await self._exchange(outgoing, answer, name)

    async def _exchange(self, outgoing: _Outgoing, answer: _Answer, name: str) -> Failure | None:
        line = self._kept.pop(name, None)
        if line is None or line.over:
            found = await self._connect(outgoing.request.target)
            if isinstance(found, Failure):
                return found
            line = found
        # Both at once: who answers 413 may do so before it has read everything, or without reading at all.
        reading = asyncio.create_task(answer.read(line))
        writing = asyncio.create_task(outgoing.write(line, answer.begun))
        keep = False
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            if writing.done() and not writing.result():
                return Failure.CANCELLED
            failure = await reading
            keep = bool(name) and failure is None and answer.keeps_alive and writing.done()
            return failure
        finally:
            # Before anything is awaited: who is cancelled once more would leave the connection open.
            if keep:
                self._kept[name] = line
            else:
                line.close()
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)

    async def _connect(self, url: str) -> _Line | Failure:
        connecting = asyncio.create_task(self._reach(url))
        self._connecting.add(connecting)
        connecting.add_done_callback(self._connecting.discard)
        try:
            _, line = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # asyncio loses a socket that is connected already when who waits for it is cancelled.
            connecting.add_done_callback(_hang_up)
            raise
        except ssl.SSLError:
            return Failure.TLS
        except socket.gaierror:
            return Failure.NAME
        except OSError:
            return Failure.REFUSED
        return line

    async def _reach(self, url: str) -> _Connected:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        return await asyncio.get_running_loop().create_connection(
            _Line,
            parts.hostname or "",
            parts.port or (443 if secure else 80),
            ssl=self._tls() if secure else None,
            happy_eyeballs_delay=_NEXT_ADDRESS,
        )


def _hang_up(connecting: asyncio.Task[_Connected]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result()[1].close()


class _Outgoing:
    """A request on its way: its bytes, and the form in which they leave."""

    def __init__(self, request: Request, form: Form) -> None:
        self.form = form
        self.request = Request(request.method, request.target, _framed(request, form), request.body)
        self.held = 0.0
        self._arrived = False

    def give_way(self) -> None:
        """Those who hold at the gate need not wait for this one."""
        if self.form.gate is not None and not self._arrived:
            self._arrived = True
            self.form.gate.arrive()

    async def write(self, line: _Line, answered: Callable[[], Awaitable[bool]]) -> bool:
        """Write the request; False when it was abandoned. `answered` waits for the first of an answer."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        body = self.request.body
        await line.write(self._head())
        if self.form.expect and await answered():
            return True  # refused before the body was sent
        if self.form.abandon is not None:
            await line.write(body[: int(len(body) * self.form.abandon)])
            return False
        *first, last = self._parts(body)
        for part in first:
            await line.write(part)
            await asyncio.sleep(self.form.pause)
        if self.form.gate is not None:
            await line.write(last[:-1])
            self.give_way()
            await self.form.gate.passed()
            last = last[-1:]
        await line.write(last)
        self.held = loop.time() - started
        return True

    def _head(self) -> bytes:
        parts = urlsplit(self.request.target)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{self.request.method} {quote(target, safe=string.punctuation)} HTTP/1.1".encode("ascii")]
        lines += [name + b": " + value for name, value in self.request.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _parts(self, body: bytes) -> list[bytes]:
        if self.form.chunks:
            chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in _cut(body, self.form.chunks) if part]
            return [*chunks, b"0\r\n\r\n"]
        return _cut(body, self.form.pieces)


def _cut(body: bytes, pieces: int) -> list[bytes]:
    size = max(1, -(-len(body) // pieces))
    return [body[at : at + size] for at in range(0, len(body), size)] or [b""]


def _framed(request: Request, form: Form) -> Headers:
    """The headers with those that HTTP itself needs."""
    named = {name.lower() for name, _ in request.headers}
    host = urlsplit(request.target).netloc.rpartition("@")[2].encode("idna")
    headers: list[tuple[bytes, bytes]] = [] if b"host" in named else [(b"Host", host)]
    headers += request.headers
    if form.chunks:
        headers.append((b"Transfer-Encoding", b"chunked"))
    elif b"content-length" not in named and (request.body or request.method in _HAVE_BODIES):
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    if form.expect:
        headers.append((b"Expect", b"100-continue"))
    if not form.connection:
        headers.append((b"Connection", b"close"))
    return tuple(headers)


class _Answer:
    """An answer while it arrives."""

    def __init__(self, method: str) -> None:
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        # The parser must know that a request went out, and of which method; its own bytes are not sent.
        self._parser.send(h11.Request(method=method, target="/", headers=[("Host", "partner")]))
        self._parser.send(h11.EndOfMessage())
        self._status = 0
        self._headers: Headers = ()
        self._body = bytearray()
        self._interim = asyncio.Event()

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection can take another request."""
        return self._parser.our_state is h11.DONE and self._parser.their_state is h11.DONE

    async def begun(self) -> bool:
        """Wait a little for leave to send the body, or for the final answer; whether it is the latter."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE):
                await self._interim.wait()
        return self._status != 0

    async def read(self, line: _Line) -> Failure | None:
        """Read to the end of the answer."""
        try:
            return await self._read(line)
        except h11.RemoteProtocolError as error:
            # Whoever closes in the middle breaks the protocol as well; what is no answer is none, however it ends.
            begun = self._status or b"HTTP/".startswith(self._parser.trailing_data[0][:5])
            return Failure.CLOSED if begun and str(error).startswith(_CLOSED) else Failure.MALFORMED
        finally:
            self._interim.set()

    async def _read(self, line: _Line) -> Failure | None:
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                self._parser.receive_data(await line.read())
            elif isinstance(event, h11.InformationalResponse):
                self._interim.set()
            elif isinstance(event, h11.Response):
                self._status = event.status_code
                self._headers = tuple((bytes(name), bytes(value)) for name, value in event.headers.raw_items())
                self._interim.set()
            elif isinstance(event, h11.Data):
                room = MAX_ANSWER - len(self._body)
                self._body += event.data[:room]
                if len(event.data) > room:
                    return Failure.TOO_LARGE
            elif isinstance(event, h11.EndOfMessage):
                return None
            else:
                return Failure.CLOSED

    def response(self) -> Response | None:
        """As much of the answer as came."""
        return Response(self._status, self._headers, bytes(self._body)) if self._status else None
