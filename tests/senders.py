"""Senders that need no socket: the partner is a function."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from conformance.delivery import Sent
from conformance.exchange import Failure, Request, Response
from conformance.wire import PLAIN, Form

__all__ = ["FakeSender", "answers", "fails"]


def answers(request: Request, content: object = None, *, status: int = 200) -> Sent:
    """The request got that answer, JSON when it has content."""
    body = b"" if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
    return Sent(request, Response(status, (), body), None)


def fails(request: Request, failure: Failure) -> Sent:
    """The request got no answer."""
    return Sent(request, None, failure)


class FakeSender:
    """Hands each request to the function that plays the partner, and keeps it."""

    def __init__(self, partner: Callable[[Request], Sent]) -> None:
        self._partner = partner
        self.requests: list[Request] = []

    async def send(self, request: Request, *, deadline: float, form: Form = PLAIN) -> Sent:
        """Send a request; whatever its form, it arrives whole."""
        if form.gate is not None:
            form.gate.arrive()
            await form.gate.passed()
        self.requests.append(request)
        await asyncio.sleep(0)
        return self._partner(request)
