"""A listener that is not the platform: whoever comes here was led here, and what it brings along is written down."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.clock import Clock
from conformance.exchange import Call, Request, Response
from conformance.journal import Journal
from conformance.redaction import Redactor
from conformance.simulator.owners import Owners
from conformance.simulator.server import Reply

__all__ = ["BAIT", "Bait"]

BAIT = "bait"
_BODY = b"{}"


@dataclass(slots=True, kw_only=True)
class Bait:
    """Answers 200 to everything; a call belongs to the play whose id its path holds."""

    owners: Owners
    journal: Journal
    clock: Clock
    redactor: Redactor
    numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)

    async def handle(self, request: Request) -> Reply:
        """Answer one call and write it down."""
        self._record(request, Response(200, (), _BODY))
        return Reply(200, ((b"Content-Type", b"application/json"),), _BODY)

    def broken(self, head: bytes, why: str) -> None:
        """Write down what is no HTTP request."""
        self._record(Request("", "", (), self.redactor.raw(head)[:1000]), Response(400))

    def _record(self, request: Request, response: Response) -> None:
        now = self.clock.elapsed
        self.journal.add(
            Call(
                id=f"b{self.numbers()}",
                play=self.owners.of(request, does=BAIT, object_type="", correlation=None),
                request=self.redactor.request(request),
                response=response,
                failure=None,
                started=now,
                ended=self.clock.elapsed,
                operation=None,
                does=BAIT,
                object_type=None,
                object_id=None,
                problems=(),
                version=None,
                fault=None,
                correlation=None,
                listed=(),
            )
        )
