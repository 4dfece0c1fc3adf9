"""What the simulated platform does wrong on purpose, each fault scoped to one story's object or operation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.exchange import Headers
from conformance.identifier import canonical
from conformance.platform.event import Thing

__all__ = ["Fault", "FaultKind", "Faults"]


class FaultKind(StrEnum):
    """What happens to a call."""

    STATUS = "status"
    HOLD = "hold"
    RESET = "reset"
    TRUNCATE = "truncate"
    BODY = "body"
    LOSE = "lose"


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault and the calls that it strikes: those about `object_id`, or, without one, those that do `does`.

    `times` bounds how many it strikes. STATUS answers with `status` and `headers`, and with those that `headers_then`
    makes up at that moment; HOLD keeps the answer back until `release` is set, but `seconds` at most, and then breaks
    the connection when `reset_after` says so; with `late` the answer is made up only when `make` is set, and `made`
    says that it is; BODY answers `status` with `body` as it stands; LOSE does what is asked and breaks the connection
    in place of the answer.
    """

    kind: FaultKind
    object_id: str = ""
    does: str = ""
    object_type: str = ""
    times: int | None = None
    status: int = 500
    headers: Headers = ()
    headers_then: Callable[[], Headers] = tuple
    body: bytes = b""
    content_type: str = "application/json"
    seconds: float = 60.0
    late: bool = False
    make: asyncio.Event = field(default_factory=asyncio.Event)
    made: asyncio.Event = field(default_factory=asyncio.Event)
    reset_after: bool = False
    release: asyncio.Event = field(default_factory=asyncio.Event)
    holding: asyncio.Event = field(default_factory=asyncio.Event)
    held: Thing | None = None
    struck: int = 0

    def hold(self, thing: Thing | None) -> None:
        """The answer is made up, and held back; it is about that object where there is one."""
        self.held = thing
        self.made.set()

    def strikes(self, *, ids: frozenset[str], does: str, object_type: str) -> bool:
        """Whether this call is one to strike; `ids` are its path parameters, in their canonical form."""
        if self.times is not None and self.struck >= self.times:
            return False
        if self.object_id and canonical(self.object_id) not in ids:
            return False
        if self.object_type and self.object_type != object_type:
            return False
        return not self.does or self.does == does

    @property
    def name(self) -> str:
        """As the journal shows it."""
        return f"status {self.status}" if self.kind is FaultKind.STATUS else str(self.kind)


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    @property
    def holding(self) -> bool:
        """Whether an answer is being held back just now."""
        return any(fault.holding.is_set() and not fault.release.is_set() for fault in self._faults)

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """End a fault, and let go whom it holds."""
        fault.make.set()
        fault.release.set()
        if fault in self._faults:
            self._faults.remove(fault)

    def take(self, *, ids: frozenset[str], does: str, object_type: str) -> Fault | None:
        """The fault that strikes this call, counted."""
        for fault in self._faults:
            if fault.strikes(ids=ids, does=does, object_type=object_type):
                fault.struck += 1
                return fault
        return None
