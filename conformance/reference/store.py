"""The store: everything that must outlive the process, in one SQLite file. No decisions beyond what is new."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from conformance.reference.holding import Held, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Incoming", "ObjectKey", "OwnWork", "Receipt", "State", "Store", "StoredEvent"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    event_id TEXT NOT NULL,
    time INTEGER,
    body BLOB NOT NULL,
    correlation_id TEXT NOT NULL,
    taken_for TEXT NOT NULL,
    state TEXT NOT NULL,
    applied INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS inbox_by_event_id ON inbox (event_id);
CREATE INDEX IF NOT EXISTS inbox_by_time ON inbox (time);
CREATE TABLE IF NOT EXISTS objects (
    object_type TEXT, tenant TEXT, id TEXT, data TEXT NOT NULL, marks TEXT NOT NULL, deleted INTEGER NOT NULL,
    PRIMARY KEY (object_type, tenant, id)
);
CREATE TABLE IF NOT EXISTS own_work (
    correlation_id TEXT, object_type TEXT, object_id TEXT, change TEXT,
    PRIMARY KEY (correlation_id, object_type, object_id)
);
CREATE TABLE IF NOT EXISTS start (time REAL NOT NULL);
"""


class State(Enum):
    """How far an event has come."""

    PENDING = "pending"
    COMPLETING = "its effect stands, the rest of the object is being fetched"
    HANDLED = "handled"
    FAILED = "failed"


class Receipt(Enum):
    """What the store says to an incoming event."""

    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event on its way into the inbox."""

    key: str
    event_id: str
    time: int | None
    body: bytes
    correlation_id: str
    taken_for: str = ""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event of the inbox; `arrival` counts up."""

    arrival: int
    event_id: str
    body: bytes
    correlation_id: str
    taken_for: str
    state: State


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """What tells objects apart: the same id under two tenants is two objects."""

    object_type: str
    tenant: str
    id: str


@dataclass(frozen=True, slots=True)
class OwnWork:
    """A change that this partner made itself, under this correlation id."""

    correlation_id: str
    object_type: str
    object_id: str
    change: str


class Store:
    """One connection, used by one thread at a time; what happens inside `transaction` happens wholly or not at all."""

    def __init__(self, path: Path, *, now: float) -> None:
        """Open or make the file; `now` is the start time of a new one, in seconds since 1970."""
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode a killed process loses nothing that was committed; only a power cut could.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("INSERT INTO start SELECT ? WHERE NOT EXISTS (SELECT 1 FROM start)", (now,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep other threads out and commit at the end, or nothing if an exception leaves the block."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def receive(self, incoming: Incoming, state: State = State.PENDING, *, corrects: bool = False) -> Receipt:
        """Put an event into the inbox; one that had failed counts as new again, with `corrects` another body too."""
        with self.transaction():
            row = self._one("SELECT state, body FROM inbox WHERE key = ?", incoming.key)
            if row is None:
                self._connection.execute(
                    "INSERT INTO inbox (key, event_id, time, body, correlation_id, taken_for, state, applied)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*_columns(incoming), state.value, int(state is State.HANDLED)),
                )
                return Receipt.NEW
            if row[0] != State.FAILED.value and not (corrects and row[1] != incoming.body):
                return Receipt.KNOWN
            self._connection.execute(
                "UPDATE inbox SET body = ?, correlation_id = ?, state = ?, applied = applied * ? WHERE key = ?",
                (incoming.body, incoming.correlation_id, state.value, int(not corrects), incoming.key),
            )
            return Receipt.NEW

    def forget_keys(self) -> None:
        """Take every redelivery for news from now on: the defect `forgets-event-ids-on-restart`."""
        with self.transaction():
            self._connection.execute("UPDATE inbox SET key = key || ' ' || arrival")

    def unfinished(self) -> list[str]:
        """Give the keys of the events that were being handled when the process ended."""
        states = (State.PENDING.value, State.COMPLETING.value)
        rows = self._all("SELECT key FROM inbox WHERE state IN (?, ?) ORDER BY arrival", *states)
        return [str(row[0]) for row in rows]

    def event(self, key: str) -> StoredEvent | None:
        """Give an event of the inbox."""
        row = self._one(
            "SELECT arrival, event_id, body, correlation_id, taken_for, state FROM inbox WHERE key = ?", key
        )
        return StoredEvent(row[0], row[1], row[2], row[3], row[4], State(row[5])) if row else None

    def finish(self, key: str, state: State, *, times: int = 1) -> None:
        """Note how far an event has come; `times` is how often its effect was brought about just now."""
        with self.transaction():
            self._connection.execute(
                "UPDATE inbox SET state = ?, applied = applied + ? WHERE key = ?", (state.value, times, key)
            )

    def applied(self, event_id: str) -> int:
        """Give how often this event was handled to its end."""
        row = self._one("SELECT COALESCE(SUM(applied), 0) FROM inbox WHERE event_id = ?", event_id)
        return int(row[0]) if row else 0

    def newest_handled(self, *, before: int) -> str | None:
        """Give the id of the newest event that is handled; times after `before` (microseconds) are not believed."""
        row = self._one(
            "SELECT event_id FROM inbox WHERE state = ? AND time <= ? ORDER BY time DESC, arrival DESC LIMIT 1",
            State.HANDLED.value,
            before,
        )
        return str(row[0]) if row else None

    def newest_time(self) -> int | None:
        """Give the latest time of an event that is handled."""
        row = self._one("SELECT MAX(time) FROM inbox WHERE state = ?", State.HANDLED.value)
        return row[0] if row else None

    def started(self) -> float:
        """Give the time at which this partner began, in seconds since 1970."""
        row = self._one("SELECT time FROM start")
        return float(row[0]) if row else 0.0

    def held(self, key: ObjectKey) -> Held | None:
        """Give what is held of an object."""
        row = self._one(
            "SELECT data, marks, deleted FROM objects WHERE object_type = ? AND tenant = ? AND id = ?",
            key.object_type,
            key.tenant,
            key.id,
        )
        return _held(row) if row else None

    def held_anywhere(self, object_type: str, object_id: str) -> list[tuple[ObjectKey, Held]]:
        """Give what is held under this id, whosever it is."""
        rows = self._all(
            "SELECT data, marks, deleted, tenant FROM objects WHERE object_type = ? AND id = ?", object_type, object_id
        )
        return [(ObjectKey(object_type, str(row[3]), object_id), _held(row)) for row in rows]

    def hold(self, key: ObjectKey, held: Held) -> None:
        """Hold this of an object from now on."""
        marks = {name: asdict(mark) for name, mark in held.marks.items()}
        with self.transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)",
                (key.object_type, key.tenant, key.id, json.dumps(held.data), json.dumps(marks), int(held.deleted)),
            )

    def remember(self, work: OwnWork) -> None:
        """Remember a change that this partner makes itself."""
        with self.transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO own_work VALUES (?, ?, ?, ?)",
                (work.correlation_id, work.object_type, work.object_id, work.change),
            )

    def is_own(self, work: OwnWork) -> bool:
        """Say whether this partner made just this change itself, under this correlation id."""
        columns = (work.correlation_id, work.object_type, work.object_id, work.change)
        query = "SELECT 1 FROM own_work WHERE correlation_id = ? AND object_type = ? AND object_id = ? AND change = ?"
        return self._one(query, *columns) is not None

    def own_ids(self) -> list[str]:
        """Give the correlation ids of the changes that this partner made itself."""
        return [str(row[0]) for row in self._all("SELECT DISTINCT correlation_id FROM own_work") if row[0]]

    def made(self, object_type: str, object_id: str) -> bool:
        """Say whether this partner created the object."""
        query = "SELECT 1 FROM own_work WHERE object_type = ? AND object_id = ? AND change = 'created'"
        return self._one(query, object_type, object_id) is not None

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def _columns(incoming: Incoming) -> tuple[object, ...]:
    before_body = (incoming.key, incoming.event_id, incoming.time)
    return (*before_body, incoming.body, incoming.correlation_id, incoming.taken_for)


def _held(row: tuple[Any, ...]) -> Held:
    marks = {name: Mark(**mark) for name, mark in json.loads(row[1]).items()}
    return Held(json.loads(row[0]), marks, bool(row[2]))
