"""Permissions to deliver that a partner gives by a call, in place of an answer: CloudEvents HTTP webhooks 4.1.3."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from conformance.exchange import Request

__all__ = ["Permissions"]

_PATH: Final = "/webhook-permissions/"


@dataclass(slots=True)
class Permissions:
    """The callbacks that the platform has sent, by names that nobody can guess; `base_url` is empty until it serves."""

    base_url: str = ""
    _asked: dict[str, asyncio.Event] = field(default_factory=dict)

    def ask(self, name: str) -> str:
        """The URL whose call is the permission of that name."""
        self._asked.setdefault(name, asyncio.Event())
        return f"{self.base_url}{_PATH}{name}"

    def take(self, request: Request) -> bool:
        """Whether a call is a permission that was asked for; an administrator may make it with a browser."""
        path, at, name = urlsplit(request.target).path.rpartition(_PATH)
        asked = self._asked.get(name) if at and not path and request.method in {"GET", "POST"} else None
        if asked is not None:
            asked.set()
        return asked is not None

    async def granted(self, name: str, *, within: float) -> bool:
        """Wait for a permission, so many seconds at most."""
        try:
            async with asyncio.timeout(within):
                await self._asked[name].wait()
        except TimeoutError:
            return False
        return True
