from __future__ import annotations

import asyncio

import pytest

from conformance.errors import RunRefused
from conformance.exchange import Request
from conformance.simulator.server import HttpServer, Manner, Reply


async def nothing(request: Request) -> Reply:
    """Answer with nothing."""
    return Reply(204)


def ignore(head: bytes, why: str) -> None:
    """Do not mind what is no HTTP."""


def test_a_port_that_is_taken_refuses_the_run() -> None:
    """The operator is told which port, and what to do."""

    async def twice() -> None:
        first, second = HttpServer(nothing, broken=ignore), HttpServer(nothing, broken=ignore)
        await first.start("127.0.0.1", 0)
        try:
            with pytest.raises(RunRefused, match=f"cannot listen on 127.0.0.1:{first.port}.*--platform-bind"):
                await second.start("127.0.0.1", first.port)
        finally:
            await first.stop()
            await second.stop()

    asyncio.run(twice())


def test_an_address_that_is_not_ours_refuses_the_run() -> None:
    """Only an address of this machine can be listened on."""

    async def elsewhere() -> None:
        with pytest.raises(RunRefused, match="cannot listen on"):
            await HttpServer(nothing, broken=ignore).start("192.0.2.1", 0)

    asyncio.run(elsewhere())


@pytest.mark.parametrize(("manner", "answer"), [(Manner.CLOSED, b""), (Manner.WHOLE, b"HTTP/1.1 204")])
def test_a_reply_is_given_in_its_manner(manner: Manner, answer: bytes) -> None:
    """A closed connection is an end without an answer."""

    async def call() -> bytes:
        async def handle(request: Request) -> Reply:
            return Reply(204, manner=manner)

        server = HttpServer(handle, broken=ignore)
        await server.start("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = await reader.read()
        writer.close()
        await server.stop()
        return received

    assert answer == asyncio.run(call())[: max(len(answer), 1)]


def test_a_handler_that_fails_closes_the_connection() -> None:
    """A fault of the kit in one call costs that call, and the server goes on."""
    problems: list[str] = []

    async def call() -> list[bytes]:
        async def handle(request: Request) -> Reply:
            if request.target == "/wrong":
                raise LookupError("a fault of the kit")
            return Reply(204)

        asyncio.get_running_loop().set_exception_handler(lambda _, said: problems.append(str(said["exception"])))
        server = HttpServer(handle, broken=ignore)
        await server.start("127.0.0.1", 0)
        received = []
        for target in (b"/wrong", b"/right"):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % target)
            received.append(await reader.read())
            writer.close()
        await server.stop()
        return received

    wrong, right = asyncio.run(call())

    assert b"" == wrong
    assert right.startswith(b"HTTP/1.1 204")
