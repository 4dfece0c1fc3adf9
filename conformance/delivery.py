"""Outgoing HTTP: the only module that imports httpx.

One deadline and one size cap hold for each exchange as a whole. Nothing is followed, decoded, remembered or taken from
the environment; every request has a connection of its own, because a partner may close an idle one at any moment.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final, Protocol

import httpx

from conformance.exchange import Failure, Headers, Request, Response

__all__ = ["MAX_ANSWER", "HttpSender", "Sender", "Sent"]

MAX_ANSWER: Final = 262_144


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request: it as it went out, the answer as far as it came, and why it came no further.

    `held` is for how many seconds the kit itself kept the last byte back.
    """

    request: Request
    response: Response | None
    failure: Failure | None
    held: float = 0.0


class Sender(Protocol):
    """The seam to the network: one method, and tests plug in here."""

    async def send(self, request: Request, *, deadline: float) -> Sent:
        """Send a request and wait for the whole answer, at most `deadline` seconds."""


class HttpSender:
    """Sends with httpx's transport, below its client: no cookies, no redirects, no headers but Host and length."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._transport = httpx.AsyncHTTPTransport(
            verify=True if tls is None else tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def send(self, request: Request, *, deadline: float) -> Sent:
        """Send a request and wait for the whole answer, at most `deadline` seconds; a partner makes nothing raise."""
        outgoing = httpx.Request(request.method, request.target, headers=list(request.headers), content=request.body)
        gone: Headers = tuple((name, value) for name, value in outgoing.headers.raw)
        sent = Request(request.method, request.target, gone, request.body)
        answer = _Answer()
        try:
            async with asyncio.timeout(deadline):
                failure = await self._exchange(outgoing, answer)
        except TimeoutError:
            failure = Failure.TIMEOUT
        return Sent(sent, answer.response(), failure)

    async def _exchange(self, outgoing: httpx.Request, answer: _Answer) -> Failure | None:
        try:
            response = await self._transport.handle_async_request(outgoing)
            try:
                answer.begin(response)
                async for chunk in response.aiter_raw():
                    if not answer.take(chunk):
                        return Failure.TOO_LARGE
            finally:
                await response.aclose()
        except httpx.ConnectError as error:
            return _connect_failure(error)
        except (httpx.LocalProtocolError, httpx.InvalidURL):
            raise  # a request that cannot be sent is a fault of ours, not of the partner
        except httpx.RemoteProtocolError as error:
            return Failure.CLOSED if "disconnected" in str(error) or "closed" in str(error) else Failure.MALFORMED
        except (httpx.TransportError, ssl.SSLError, OSError):
            return Failure.CLOSED
        return None

    async def aclose(self) -> None:
        """Close what is open."""
        await self._transport.aclose()


class _Answer:
    """An answer while it arrives."""

    def __init__(self) -> None:
        self._status = 0
        self._headers: Headers = ()
        self._chunks: list[bytes] = []
        self._size = 0

    def begin(self, response: httpx.Response) -> None:
        self._status = response.status_code
        self._headers = tuple((name, value) for name, value in response.headers.raw)

    def take(self, chunk: bytes) -> bool:
        room = MAX_ANSWER - self._size
        self._chunks.append(chunk[:room])
        self._size += len(chunk)
        return self._size <= MAX_ANSWER

    def response(self) -> Response | None:
        return Response(self._status, self._headers, b"".join(self._chunks)) if self._status else None


def _connect_failure(error: httpx.ConnectError) -> Failure:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Failure.TLS
        text = str(cause).lower()
        if "name or service" in text or "getaddrinfo" in text or "nodename" in text or "name resolution" in text:
            return Failure.NAME
        cause = cause.__cause__ or cause.__context__
    return Failure.REFUSED
