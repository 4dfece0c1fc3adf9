"""Partners that misbehave on purpose: each is a few lines on a real socket, on a port of its own.

A behaviour is a coroutine function of a connection; `misbehaving` serves one in a thread for as long as a block runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from conversations import Conversation, conversing

__all__ = ["BEHAVIOURS", "Behaviour", "answering", "misbehaving"]

Behaviour: TypeAlias = Conversation

_CHUNK: Final = b"x" * 65_536
_GIGABYTE: Final = 1 << 30
_DRIP: Final = 0.05


async def _read_request(reader: asyncio.StreamReader) -> None:
    """Take one request off the connection, so that the answer is not cut off by a reset."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))


def answering(status: int, *headers: str) -> Behaviour:
    """Give every request the same answer without a body."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        lines = [f"HTTP/1.1 {status} Whatever", "Content-Length: 0", "Connection: close", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())

    return answer


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with bytes that are no HTTP, with what a terminal and a log would obey among them."""
    await _read_request(reader)
    writer.write(b"\x16\x03\x01\xff\xfe\x00\x1b[2J\r\n::error::owned\r\n\r\n" + bytes(range(256)))


async def _drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin an answer and send a byte of it now and then, for ever."""
    await _read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(_DRIP)


async def _drips_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never come to the end of the headers."""
    await _read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(_DRIP)


async def _gigabyte(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer 200 with a gigabyte."""
    await _read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % _GIGABYTE)
    for _ in range(_GIGABYTE // len(_CHUNK)):
        writer.write(_CHUNK)
        await writer.drain()


async def _closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close every connection before a byte is read."""


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take everything and answer nothing."""
    while await reader.read(65_536):
        pass


BEHAVIOURS: Final[dict[str, Behaviour]] = {
    "garbage": _garbage,
    "drips": _drips,
    "drips-headers": _drips_headers,
    "gigabyte": _gigabyte,
    "closes": _closes,
    "silent": _silent,
    "redirects": answering(307, "Location: /elsewhere"),
    "accepts-everything": answering(200),
    "breaks-on-everything": answering(500),
    "refuses-everything": answering(401),
}


@contextmanager
def misbehaving(behaviour: Behaviour) -> Iterator[str]:
    """Serve a behaviour on a free port of the loopback interface; the value of the block is its URL."""
    with conversing(behaviour) as port:
        yield f"http://127.0.0.1:{port}/webhooks"
