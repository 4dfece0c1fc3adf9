"""Partners of the tests leave no socket behind, however their connections end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from conversations import conversing


@contextmanager
def _nothing_left() -> Iterator[None]:
    """Whatever is left open when the block ends is an error."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        yield
        gc.collect()

    assert [] == [str(each.message) for each in said]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readexactly(4))


def test_a_conversation_is_held_to_its_end() -> None:
    """What was written arrives, and then the connection is closed in order."""
    with _nothing_left(), conversing(_echo) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"ping")

        assert [b"ping", b""] == [client.recv(4, socket.MSG_WAITALL), client.recv(1)]


def test_what_goes_on_is_broken_off() -> None:
    """A conversation that would never end is over with the block, and so is one with a peer that reads nothing."""
    going_on = threading.Barrier(3)

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(going_on.wait, 60)
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    with _nothing_left(), conversing(flood) as port:
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
        going_on.wait(60)

    for client in clients:
        with client, contextlib.suppress(ConnectionResetError):
            while client.recv(1 << 20):
                pass


def test_a_connection_that_has_just_been_taken_is_closed() -> None:
    """Who connects in the last moment is hung up on, and nothing is left of it."""
    with _nothing_left():
        for _ in range(20):
            with conversing(_echo) as port:
                clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
            for client in clients:
                client.close()
