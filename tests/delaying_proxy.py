"""A TCP proxy between kit and partner that delays what passes, as networks do; serves from a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Pace", "delaying"]

_READ = 65_536


@dataclass(frozen=True, slots=True)
class Pace:
    """How bytes pass: in pieces of so many bytes at most, each after up to so many seconds, drawn at random."""

    pieces: int = _READ
    up_to: float = 0.0


@contextmanager
def delaying(target: int, *, port: int, towards: Pace, back: Pace) -> Iterator[None]:
    """Pass connections to `port` on to the port `target`: what the client sends at one pace, the answers at another."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="delaying-proxy", daemon=True)
    thread.start()
    proxy = _Proxy(target, towards, back)
    asyncio.run_coroutine_threadsafe(proxy.start(port), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class _Proxy:
    """One listening socket and the connections through it."""

    def __init__(self, target: int, towards: Pace, back: Pace) -> None:
        self._target = target
        self._towards = towards
        self._back = back
        self._random = random.Random(7)  # noqa: S311  # delays are no secret
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=512, reuse_address=True)

    async def stop(self) -> None:
        """Close everything."""
        assert self._server is not None  # it was started
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # start_server runs it in one
        self._connections.add(task)
        try:
            with contextlib.suppress(OSError):
                await self._joined(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass both ways until either side is done: as a gateway, that tells nobody of half a close."""
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = {
            asyncio.create_task(self._pass(reader, up_writer, self._towards)),
            asyncio.create_task(self._pass(up_reader, writer, self._back)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up_writer.close()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pace: Pace) -> None:
        while chunk := await reader.read(pace.pieces):
            if pace.up_to:
                await asyncio.sleep(self._random.uniform(0, pace.up_to))
            writer.write(chunk)
            await writer.drain()
