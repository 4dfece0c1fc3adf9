"""Serves connections from a thread of its own, and leaves no socket behind; what is said on them is the caller's."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, TypeAlias

__all__ = ["Conversation", "conversing", "parting"]

Conversation: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_SOON: Final = 60.0


@contextmanager
def conversing(conversation: Conversation, *, port: int = 0) -> Iterator[int]:
    """Hold a conversation on each connection to a port of the loopback interface; the value of the block is the port.

    A conversation may end by an error of the connection, or by its end; the end of the block breaks off all others.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="conversations", daemon=True)
    thread.start()
    server = _Server(conversation)
    try:
        yield asyncio.run_coroutine_threadsafe(server.start(port), loop).result(_SOON)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(_SOON)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_SOON)
        loop.close()


@asynccontextmanager
async def parting(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the connection with the block: in order at its end, at once where it is broken off."""
    try:
        yield
        writer.close()
        await writer.wait_closed()
    finally:
        writer.transport.abort()
        # The socket is closed by the loop, in a turn of its own.
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class _Server:
    """One listening socket and the conversations on it."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._going_on: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._over = False

    async def start(self, port: int) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=512, reuse_address=True)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        """Break everything off, and wait until every socket is closed."""
        self._over = True
        listening = self._server.sockets if self._server is not None else ()
        for each in listening:
            asyncio.get_running_loop().remove_reader(each.fileno())
        # A connection that was just taken has no conversation yet; it begins one and sees that all is over. For that
        # the server must not be closed before: it would forget the socket.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for conversation in self._going_on:
                conversation.cancel()
            await asyncio.wait(others)
        if self._server is not None:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # start_server runs it in one
        self._going_on.add(task)
        try:
            # Who is on the other side may hang up at any point.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                async with parting(writer):
                    if not self._over:
                        await self._conversation(reader, writer)
        finally:
            self._going_on.discard(task)
