"""A TCP proxy between kit and partner that delays what passes, as networks do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conversations import conversing, parting

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
    with conversing(_Proxy(target, towards, back).join, port=port):
        yield


class _Proxy:
    """Joins each connection with one of its own."""

    def __init__(self, target: int, towards: Pace, back: Pace) -> None:
        self._target = target
        self._towards = towards
        self._back = back
        self._random = random.Random(7)  # noqa: S311  # delays are no secret

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass both ways until either side is done: as a gateway, that tells nobody of half a close."""
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        async with parting(up_writer):
            ways = {
                asyncio.create_task(self._pass(reader, up_writer, self._towards)),
                asyncio.create_task(self._pass(up_reader, writer, self._back)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pace: Pace) -> None:
        while chunk := await reader.read(pace.pieces):
            if pace.up_to:
                await asyncio.sleep(self._random.uniform(0, pace.up_to))
            writer.write(chunk)
            await writer.drain()
