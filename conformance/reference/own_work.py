"""What the partner does on the platform of its own accord: creates and updates objects, and remembers that it did."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference import holding
from conformance.reference.document import Json, JsonObject, as_object, at, fill, name_at, put, write
from conformance.reference.event import identity
from conformance.reference.platform_api import Answer, Call, object_in
from conformance.reference.retry import Failure, wait_before_next
from conformance.reference.store import ObjectKey, OwnWork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reference.defects import Defects
    from conformance.reference.platform_api import PlatformApi
    from conformance.reference.profile import Operation, Profile
    from conformance.reference.store import Store

__all__ = ["NotOfferedError", "OwnCalls", "OwnObjects", "PlatformFailedError"]

_UNANSWERED = frozenset({Failure.BROKEN, Failure.TOO_SLOW})
_OWN_SECONDS = 15.0
_OWN_SECONDS_WITH_RETRIES = 30.0


class NotOfferedError(Exception):
    """The platform has no such operation."""


class PlatformFailedError(Exception):
    """The platform did not do what it was asked for."""


class OwnCalls:
    """Makes the calls of the partner's own operations, with a correlation id for each operation."""

    def __init__(self, api: PlatformApi, defects: Defects) -> None:
        """All calls go to this API."""
        self._api = api
        self._defects = defects
        self._constant = str(uuid.uuid4())

    def new_correlation_id(self) -> str:
        """Give the correlation id of a new operation."""
        if self._defects.on("sends-no-correlation-id"):
            return ""
        return self._constant if self._defects.on("reuses-correlation-id") else str(uuid.uuid4())

    def make(
        self,
        operation: Operation,
        correlation_id: str,
        *,
        parameters: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
    ) -> Answer:
        """Make a call, again after a failure: one that creates only if the platform surely did not do it."""
        payload = write(body) if body is not None else None
        call = Call(operation, parameters or {}, correlation_id, query or {}, payload, _OWN_SECONDS)
        deadline = time.monotonic() + _OWN_SECONDS_WITH_RETRIES
        tries = 1
        while True:
            answer = self._api.call(replace(call, tries=tries))
            if answer.failure is None or answer.failure is Failure.NOT_YET:
                return answer
            if operation.does == "list-events" and self._defects.on("takes-failed-list-for-empty"):
                return answer
            if operation.method == "POST" and answer.failure is not Failure.THROTTLED:
                return answer
            wait = wait_before_next(answer.failure, tries, answer.retry_after, self._defects)
            if wait is None or time.monotonic() + wait > deadline:
                return answer
            tries += 1
            time.sleep(wait)


class OwnObjects:
    """Creates and updates objects on the platform."""

    def __init__(self, profile: Profile, store: Store, calls: OwnCalls, defects: Defects) -> None:
        """Keep what comes back in the store."""
        self._profile = profile
        self._store = store
        self._calls = calls
        self._defects = defects
        self._lock = threading.Lock()
        self._creating = 0

    @property
    def under_way(self) -> bool:
        """Whether a create call waits for its answer."""
        return self._creating > 0

    def create(self, object_type: str, *, remembered: bool = True) -> str:
        """Create an object; gives the id that the platform gave it. Raises NotOfferedError, PlatformFailedError."""
        operation = self._operation("create", object_type)
        correlation_id = self._calls.new_correlation_id()
        body = as_object(_filled(self._profile.object_types[object_type].create_body))
        parameters = {name: str(uuid.uuid4()) for name in operation.keys}
        with self._counted():
            answer = self._calls.make(operation, correlation_id, parameters=parameters, body=body)
            if answer.failure in _UNANSWERED and self._defects.on("creates-again-on-lost-answer"):
                answer = self._calls.make(operation, correlation_id, parameters=parameters, body=body)
        if answer.failure in _UNANSWERED | {Failure.FAILED, Failure.UNREADABLE}:
            created = self._find(object_type, body, correlation_id)
        else:
            created = self._object(operation, answer)
        if self._defects.on("keeps-an-id-of-its-own"):
            created = put(created, self._profile.object_types[object_type].id, str(uuid.uuid4()))
        for name, pointer in operation.keys.items():
            created = created if at(created, pointer) else put(created, pointer, parameters[name])
        return self._keep(object_type, created, correlation_id, "created" if remembered else "")

    def update(self, object_type: str, object_id: str) -> None:
        """Update an object. Raises NotOfferedError, PlatformFailedError."""
        operation = self._operation("update", object_type)
        pointers = self._profile.object_types[object_type]
        held = self._store.held_anywhere(object_type, identity(object_id))
        known = held[0][1].data if held else {}
        parameters = {
            name: object_id if pointer == pointers.id else name_at(known, pointer) or ""
            for name, pointer in operation.keys.items()
        }
        if not all(parameters.values()):
            raise NotOfferedError
        correlation_id = self._calls.new_correlation_id()
        body = as_object(_filled(pointers.create_body))
        # Remembered before the call: the notification may overtake the answer.
        self._store.remember(OwnWork(correlation_id, object_type, identity(object_id), "updated"))
        answer = self._calls.make(operation, correlation_id, parameters=parameters, body=body)
        self._keep(object_type, self._object(operation, answer), correlation_id, "updated")

    def _operation(self, does: str, object_type: str) -> Operation:
        operation = self._profile.operation(does, object_type)
        if operation is None:
            raise NotOfferedError
        return operation

    def _object(self, operation: Operation, answer: Answer) -> JsonObject:
        pointer = self._profile.object_types[operation.object_type].id
        found = None if answer.failure else object_in(operation, answer.document, None, pointer)
        if found is None:
            raise PlatformFailedError
        return dict(as_object(found))

    def _find(self, object_type: str, body: JsonObject, correlation_id: str) -> JsonObject:
        """Look for an object whose create call was not answered: creating it again might make two."""
        operation = self._profile.operation("find", object_type)
        if operation is None:
            raise PlatformFailedError
        parameters = {name: name_at(body, pointer) or "" for name, pointer in operation.keys.items()}
        if not all(parameters.values()):
            raise PlatformFailedError
        return self._object(operation, self._calls.make(operation, correlation_id, parameters=parameters))

    def _keep(self, object_type: str, data: JsonObject, correlation_id: str, change: str) -> str:
        """Hold what the platform answered, unless newer news of it came in while the call was under way."""
        pointers = self._profile.object_types[object_type]
        object_id = str(at(data, pointers.id))
        tenant = identity(name_at(data, pointers.tenant) or "") if pointers.tenant else ""
        key = ObjectKey(object_type, tenant, identity(object_id))
        if self._defects.on("overwrites-with-create-answer"):
            # Late enough that an event which overtook the answer has had its effect.
            time.sleep(1.0)
        with self._store.transaction():
            held = self._store.held(key) or holding.Held()
            if self._defects.on("overwrites-with-create-answer"):
                kept = holding.Held(data, held.marks)
            elif self._profile.thin:
                kept = holding.after_fetch(held, data, pointers, self._defects)
            else:
                kept = holding.completed(held, data)
            self._store.hold(key, kept)
            self._store.remember(OwnWork(correlation_id, object_type, key.id, change))
        return object_id

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._creating += 1
        try:
            yield
        finally:
            with self._lock:
                self._creating -= 1


def _filled(template: Json) -> Json:
    """Fill in the template, with a fresh uuid at each place that asks for one."""
    if isinstance(template, dict):
        return {name: _filled(part) for name, part in template.items()}
    if isinstance(template, list):
        return [_filled(part) for part in template]
    return fill(template, {"uuid": str(uuid.uuid4())})
