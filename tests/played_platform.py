"""A shipped platform behind a real port, in a thread of its own, for tests that call it as a partner does."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from conformance.clock import Clock
from conformance.exchange import Call
from conformance.generate.composer import Composer
from conformance.generate.names import fresh_id
from conformance.journal import Journal
from conformance.platform.call_rules import CallRules
from conformance.platform.description import Change
from conformance.platform.event import Event, Thing
from conformance.platform.specification import Specification
from conformance.redaction import Redactor
from conformance.simulator.api import SimulatedApi
from conformance.simulator.faults import Fault, Faults
from conformance.simulator.owners import Owners
from conformance.simulator.server import HttpServer
from conformance.simulator.state import PlatformState
from shipped import SECRETS, corpus, credentials, seeded, specification

__all__ = ["Answered", "PlayedPlatform"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a partner sees of an answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class PlayedPlatform:
    """The simulated platform with its server; everything in it is touched on its own event loop."""

    def __init__(self, platform: str, *, read: Specification | None = None) -> None:
        self.platform = platform
        self.specification = read or specification(platform)
        self.description = self.specification.description
        self.random = seeded(7)
        self.journal = Journal()
        self.faults = Faults()
        self.owners = Owners()
        self.composer = Composer(self.specification, corpus(platform))
        self.clock = Clock()
        self.state = PlatformState(self.description, self.composer, corpus(platform), self.clock, self.random)
        self.api = SimulatedApi(
            specification=self.specification,
            state=self.state,
            faults=self.faults,
            owners=self.owners,
            rules=CallRules(self.specification.document),
            journal=self.journal,
            clock=self.clock,
            redactor=Redactor({"api_key": SECRETS.api_key}, key=b"k", credential_headers=["X-API-KEY"]),
            random=seeded(8),
            credentials=credentials(platform),
            secrets=(SECRETS.api_key,),
        )
        self.server = HttpServer(self.api.handle, broken=self.api.broken)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.server.start("127.0.0.1", 0), self._loop).result(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def on_loop(self, act: Callable[[], _T]) -> _T:
        """Do something where the platform lives."""

        async def acted() -> _T:
            return act()

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result(5)

    # As a partner

    def call(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        without: str = "",
    ) -> Answered:
        """Call the API with the right credentials, but for the header that is left out."""
        sent = {name: value for name, value in credentials(self.platform).items() if name != without}
        content = None
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        try:
            connection.request(method, target, content, {**sent, **(headers or {})})
            response = connection.getresponse()
            seen = {name.lower(): value for name, value in response.getheaders()}
            return Answered(response.status, seen, response.read())
        finally:
            connection.close()

    @property
    def last_call(self) -> Call:
        """The call that was written down last."""
        return next(record for record in reversed(self.journal.records) if isinstance(record, Call))

    # As the platform

    def make(self, object_type: str, *, age: float = 60.0) -> Thing:
        """Make an object."""
        kind = self.description.object_types[object_type]
        name = fresh_id(self.random)
        tenant = name if kind.tenant == kind.id else fresh_id(self.random) if kind.tenant else ""
        thing = Thing(object_type, name, tenant)
        self.on_loop(lambda: self.state.make(thing, age=age, random=self.random))
        return thing

    def told(
        self, event_type: str, *, age: float = 0.0, delivered: bool = False, change: Change | None = None
    ) -> Event:
        """Make an event about a new object, and list it."""
        kind = self.description.event_types[event_type]
        thing = self.make(kind.object_type)
        event = self.composer.event(
            kind,
            thing,
            self.state.held(thing),
            change=change or kind.changes[0],
            version=1,
            event_id=fresh_id(self.random),
            at=self.clock.stamp(age=age),
            correlation=None,
            random=self.random,
        )
        self.on_loop(lambda: self.state.remember(event))
        self.state.events[event.id].delivered = delivered
        return event

    def fault(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        return self.on_loop(lambda: self.faults.add(fault))
