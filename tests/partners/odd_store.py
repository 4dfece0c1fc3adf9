"""What the odd partner keeps, in one SQLite file: events, news of objects. A killed process loses nothing committed."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from odd_platforms import Event

__all__ = ["ANSWER", "EVENT", "FINAL", "Pending", "Store"]

# News of a higher rank outdates news of a lower one, whatever their times: a get may have been answered long ago.
ANSWER: Final = 0
EVENT: Final = 1
FINAL: Final = 2

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS events (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, body BLOB NOT NULL,
    correlation TEXT NOT NULL, state TEXT NOT NULL, applied INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS events_by_state ON events (state, time);
CREATE TABLE IF NOT EXISTS news (
    kind TEXT NOT NULL, tenant TEXT NOT NULL, id TEXT NOT NULL, rank INTEGER NOT NULL, time INTEGER NOT NULL,
    arrival INTEGER PRIMARY KEY AUTOINCREMENT, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS news_by_object ON news (kind, id);
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that is still to be worked, or whose object is still to be got in full."""

    id: str
    body: bytes
    correlation: str
    is_told: bool


class Store:
    """One connection, one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        self._lock = threading.RLock()
        self._depth = 0
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")
        self._file.executescript(_SCHEMA)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All that is written in the block, or nothing of it."""
        with self._lock:
            if self._depth == 0:
                self._file.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._file.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._file.execute("COMMIT")

    def take(self, event: Event, body: bytes, correlation: str) -> bool:
        """Take an event in; whether it is news: not seen before, or given up before."""
        with self.whole():
            known = self._row("SELECT state FROM events WHERE id = ?", event.id)
            if known is None:
                row = (event.id, event.time, body, correlation, "pending")
                self._file.execute(
                    "INSERT INTO events (id, time, body, correlation, state) VALUES (?, ?, ?, ?, ?)", row
                )
                return True
            if known[0] != "given up":
                return False
            self._file.execute("UPDATE events SET state = 'pending' WHERE id = ?", (event.id,))
            return True

    def open_events(self) -> list[str]:
        """The events that are not worked to their end, as they came."""
        query = "SELECT id FROM events WHERE state IN ('pending', 'told') ORDER BY arrival"
        return [str(row[0]) for row in self._rows(query)]

    def pending(self, name: str) -> Pending | None:
        """An event that is not worked to its end."""
        row = self._row("SELECT body, correlation, state FROM events WHERE id = ?", name)
        return Pending(name, row[0], row[1], row[2] == "told") if row and row[2] in {"pending", "told"} else None

    def is_done(self, name: str) -> bool:
        """Whether an event was worked, or was given up."""
        row = self._row("SELECT state FROM events WHERE id = ?", name)
        return row is not None and row[0] != "pending"

    def move(self, name: str, state: str, *, applied: int = 0) -> None:
        """Note how far an event has come."""
        with self.whole():
            self._file.execute(
                "UPDATE events SET state = ?, applied = applied + ? WHERE id = ?", (state, applied, name)
            )

    def applied(self, name: str) -> int:
        """How often an event was handled to its end."""
        row = self._row("SELECT applied FROM events WHERE id = ?", name)
        return int(row[0]) if row else 0

    def count(self) -> int:
        """How many events there are."""
        row = self._row("SELECT COUNT(*) FROM events")
        return int(row[0]) if row else 0

    def newest(self, *, before: int) -> tuple[str, int] | None:
        """The id and the time of the newest event that was worked; what lies in the future is not believed."""
        query = "SELECT id, time FROM events WHERE applied > 0 AND time <= ? ORDER BY time DESC LIMIT 1"
        row = self._row(query, before)
        return (str(row[0]), int(row[1])) if row else None

    def learn(self, kind: str, tenant: str, name: str, *, rank: int, time: int, data: dict[str, Any]) -> None:
        """Keep a piece of news of an object."""
        with self.whole():
            self._file.execute(
                "INSERT INTO news (kind, tenant, id, rank, time, data) VALUES (?, ?, ?, ?, ?, ?)",
                (kind, tenant, name, rank, time, json.dumps(data)),
            )

    def held(self, kind: str, name: str, tenant: str | None = None) -> dict[str, Any] | None:
        """What all the news of an object amount to, whatever order they came in; None for no news."""
        query = "SELECT data, tenant FROM news WHERE kind = ? AND id = ? ORDER BY rank, time, arrival"
        told = [json.loads(data) for data, owner in self._rows(query, kind, name) if tenant in {None, owner}]
        if not told:
            return None
        merged: dict[str, Any] = {}
        for each in told:
            merged |= each
        return merged

    def some_held(self, kind: str) -> dict[str, Any] | None:
        """One of the objects of that type, None where there is none."""
        row = self._row("SELECT id FROM news WHERE kind = ? ORDER BY arrival DESC LIMIT 1", kind)
        return self.held(kind, str(row[0])) if row else None

    def _row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        rows = self._rows(query, *values)
        return rows[0] if rows else None

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._file.execute(query, values).fetchall()
