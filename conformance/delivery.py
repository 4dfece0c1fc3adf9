"""The seam to the network: a request goes out, and what became of it comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from conformance.exchange import Failure, Request, Response

__all__ = ["MAX_ANSWER", "Sender", "Sent"]

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
