"""An event as the platform is about to send it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["Event", "Thing", "compact"]


def compact(value: Any) -> bytes:
    """Compact ASCII JSON, as the kit sends it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode("ascii")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the platform: what names it, not what it holds."""

    object_type: str
    id: str
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: what names it, which version of which object it tells of, and its body as JSON."""

    id: str
    type: str
    thing: Thing
    change: str
    version: int
    occurred_at: str
    correlation: str | None
    content: Any

    def __repr__(self) -> str:
        """In one line: pytest shows it where an assertion fails."""
        return f"<Event {self.id}: {self.type} about {self.thing.id}, version {self.version}>"

    @property
    def body(self) -> bytes:
        """The bytes of the delivery."""
        return compact(self.content)
