"""The HTTP server of the simulated platform: h11 over asyncio, so that bytes are seen and faults are real.

It knows HTTP and nothing of platforms: a handler turns a request into a reply, and the reply may be broken on purpose.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import h11

from conformance.errors import RunRefused
from conformance.exchange import Headers, Request

__all__ = ["HttpServer", "Manner", "Reply"]

MAX_BODY: Final = 1_000_000
_CHUNK: Final = 65_536


class Manner(StrEnum):
    """How a reply is given."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    RESET = "reset"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back, and how; only a WHOLE and a TRUNCATED one have a status that is seen."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    manner: Manner = Manner.WHOLE


Handler = Callable[[Request], Awaitable[Reply]]


class HttpServer:
    """Listens on one address and answers with what the handler returns.

    The handler is told of a request once it has come whole; `broken` is told of what is no HTTP.
    """

    def __init__(self, handler: Handler, *, broken: Callable[[bytes, str], None]) -> None:
        self._handler = handler
        self._broken = broken
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.host = ""
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one.

        Raises RunRefused when the address cannot be had.
        """
        try:
            self._server = await asyncio.start_server(self._connected, host, port, limit=_CHUNK)
        except OSError as error:
            raise RunRefused(
                f"The simulated platform cannot listen on {host}:{port}: {error.strerror or error}. "
                "Stop what uses that port, or choose another with --platform-bind HOST:PORT (port 0 takes a free one)."
            ) from None
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """Close everything at once."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # a coroutine of start_server runs in a task
        self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the partner went away, or the run ended: neither is news
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            try:
                request = await _read_request(connection, reader, writer)
            except h11.RemoteProtocolError as error:
                self._broken(connection.trailing_data[0], str(error))
                writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return
            if request is None:
                return
            reply = await self._handler(request)
            if not await _give(reply, request, connection, writer):
                return
            connection.start_next_cycle()


async def _read_request(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    """The next request, None when the partner closed the connection."""
    head: h11.Request | None = None
    body: list[bytes] = []
    size = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size <= MAX_BODY:
                body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = tuple((bytes(name), bytes(value)) for name, value in head.headers.raw_items())
            return Request(head.method.decode("ascii"), head.target.decode("latin-1"), headers, b"".join(body))
        else:
            return None


async def _give(reply: Reply, request: Request, connection: h11.Connection, writer: asyncio.StreamWriter) -> bool:
    """Send a reply in its manner; whether the connection can serve another request."""
    if reply.manner is Manner.RESET:
        _reset(writer)
        return False
    if reply.manner is Manner.CLOSED:
        return False
    length = [] if reply.status == 204 else [(b"Content-Length", str(len(reply.body)).encode())]
    head = h11.Response(status_code=reply.status, headers=[*reply.headers, *length])
    writer.write(connection.send(head) or b"")
    body = b"" if request.method == "HEAD" else reply.body
    if reply.manner is Manner.TRUNCATED:
        writer.write(connection.send(h11.Data(data=body[: len(body) // 2])) or b"")
        await writer.drain()
        return False
    if body:
        writer.write(connection.send(h11.Data(data=body)) or b"")
    writer.write(connection.send(h11.EndOfMessage()) or b"")
    await writer.drain()
    return connection.our_state is h11.DONE and connection.their_state is h11.DONE


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection so that the partner sees a reset and not an end."""
    with contextlib.suppress(OSError):
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
