"""The inbox: takes genuine events in, each once, and hands them to the worker."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from conformance.reference.event import Event, deduplication_key, guessed_object_type, identity
from conformance.reference.memory import Memory
from conformance.reference.store import Incoming, Receipt, State

if TYPE_CHECKING:
    from conformance.reference.defects import Defects
    from conformance.reference.document import Json
    from conformance.reference.profile import Profile
    from conformance.reference.store import Store
    from conformance.reference.worker import Worker

__all__ = ["Inbox"]

_LONGEST_CORRELATION_ID = 256
# Defects that show in what happens between taking an event in and handling it, and so much lies between.
_UNHURRIED = ("marks-after-handling", "keeps-its-queue-in-memory")
_LATER = 0.3


class Inbox:
    """Stores an event durably before it is acknowledged, and knows a redelivery by its event id."""

    def __init__(self, profile: Profile, store: Store, worker: Worker, defects: Defects) -> None:
        """Hand what is new to the worker."""
        self._profile = profile
        self._store = store
        self._worker = worker
        self._defects = defects
        self._memory = Memory(defects)

    def read(self, document: Json, *, endpoint_of: str = "") -> Event:
        """Read an event, which came to the endpoint of an object type. Raises MalformedEventError."""
        return Event.from_document(document, self._profile, taken_for=self._taken_for(document, endpoint_of))

    def knows(self, document: Json, body: bytes) -> bool:
        """Say whether an event was taken in before. Raises MalformedEventError."""
        key = deduplication_key(self.read(document), document, body, self._profile, self._defects)
        return self._store.event(key) is not None

    def take(
        self, event: Event, document: Json, body: bytes, *, correlation_id: str, is_another: bool = False
    ) -> Receipt:
        """Take a pushed event in, in any case if it is another one; it is committed when this returns."""
        key = deduplication_key(event, document, body, self._profile, self._defects)
        if is_another:
            key = str(uuid.uuid4())
        if self._defects.on("deduplicates-by-correlation-id"):
            key = correlation_id
        if self._defects.on("acknowledges-before-storing"):
            later = threading.Timer(0.5, self._take, (key, event, body, correlation_id))
            later.daemon = True
            later.start()
            return Receipt.NEW
        receipt, _ = self._take(key, event, body, correlation_id)
        return receipt

    def take_listed(self, event: Event, document: Json, body: bytes) -> str:
        """Take an event in that the platform listed; gives its key."""
        key = deduplication_key(event, document, body, self._profile, self._defects)
        if self._defects.on("applies-recovered-events-again"):
            key = str(uuid.uuid4())
        return self._take(key, event, body, str(uuid.uuid4()))[1]

    def correlation_id(self, header: str | None) -> str:
        """Give the correlation id to carry on: the event's own, a new one where it has none that can be carried."""
        if header and header.isprintable() and len(header) <= _LONGEST_CORRELATION_ID:
            return header
        return "" if self._defects.on("makes-no-correlation-id") else str(uuid.uuid4())

    def is_handled(self, key: str) -> bool:
        """Say whether an event is through, well or badly."""
        stored = self._store.event(key)
        return stored is None or stored.state is not State.PENDING

    def _take(self, key: str, event: Event, body: bytes, correlation_id: str) -> tuple[Receipt, str]:
        if self._memory.decides:
            if self._memory.knows(key):
                return Receipt.KNOWN, key
            key = f"{key} {uuid.uuid4()}"
        if self._defects.on("marks-after-handling") and not self.is_handled(key):
            key = f"{key} {uuid.uuid4()}"
        taken_for = "" if event.type in self._profile.event_types else event.object_type
        incoming = Incoming(key, identity(event.id), event.time, body, correlation_id, taken_for)
        state = State.PENDING if event.object_type else State.HANDLED
        receipt = self._store.receive(incoming, state, corrects=self._defects.on("lets-second-body-win"))
        if receipt is Receipt.NEW and state is State.PENDING:
            self._worker.add(key, delay=_LATER if any(map(self._defects.on, _UNHURRIED)) else 0.0)
        return receipt, key

    def _taken_for(self, document: Json, endpoint_of: str) -> str:
        """Give the object type to assume for an event of an unknown type: none, unless that is the defect."""
        if not self._defects.on("applies-unknown-types"):
            return ""
        return endpoint_of or guessed_object_type(document, self._profile)
