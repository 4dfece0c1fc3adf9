"""Recovery: asks the platform for the events that never arrived and handles them like deliveries."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance.reference.document import Json, at, where, write
from conformance.reference.event import MalformedEventError
from conformance.reference.own_work import NotOfferedError, PlatformFailedError

if TYPE_CHECKING:
    from conformance.reference.defects import Defects
    from conformance.reference.inbox import Inbox
    from conformance.reference.own_work import OwnCalls
    from conformance.reference.platform_api import Answer
    from conformance.reference.profile import Operation, Profile
    from conformance.reference.store import Store
    from conformance.reference.worker import Worker

__all__ = ["Recoveries"]

_SETTLE_SECONDS = 15.0
_CLOCK_DIFFERENCE = 300.0


class Recoveries:
    """Runs one recovery at a time."""

    def __init__(
        self, profile: Profile, store: Store, calls: OwnCalls, inbox: Inbox, worker: Worker, *, defects: Defects
    ) -> None:
        """Put listed events into the inbox, like delivered ones."""
        self._profile = profile
        self._store = store
        self._calls = calls
        self._inbox = inbox
        self._worker = worker
        self._defects = defects
        self._lock = threading.Lock()

    @property
    def under_way(self) -> bool:
        """Whether a recovery runs just now."""
        return self._lock.locked()

    @property
    def operation(self) -> Operation | None:
        """The list of events that is asked with filters only, None where the platform has no such list."""
        lists = (each for each in self._profile.operations if each.does == "list-events" and not each.keys)
        return next(lists, None) if self._profile.recovery else None

    def run(self, *, failed_only: bool) -> None:
        """Ask, take in and wait until it is handled. Raises NotOfferedError and PlatformFailedError."""
        if self.operation is None:
            raise NotOfferedError
        if self._defects.on("never-asks-for-missed"):
            return
        with self._lock:
            keys = self._take(self._listed(self.operation, failed_only=failed_only))
            self._worker.wait_until(lambda: all(map(self._inbox.is_handled, keys)), seconds=_SETTLE_SECONDS)

    def _listed(self, operation: Operation, *, failed_only: bool) -> list[Json]:
        """Ask from the last event that was processed, or by time where there is none or the platform forgot it."""
        recovery = self._profile.recovery
        if recovery is None:
            raise NotOfferedError
        status = {operation.filters["status"]: recovery.failed} if failed_only and "status" in operation.filters else {}
        correlation_id = self._calls.new_correlation_id()
        start = self._start(operation, look_back=recovery.look_back, failed_only=failed_only)
        answer = self._calls.make(operation, correlation_id, query=start | status)
        if answer.status == recovery.unknown_after and operation.filters.get("after") in start:
            start = {operation.filters["since"]: _moment(time.time() - recovery.look_back)}
            answer = self._calls.make(operation, correlation_id, query=start | status)
        return _events(operation, answer)

    def _start(self, operation: Operation, *, look_back: float, failed_only: bool) -> dict[str, str]:
        since = operation.filters.get("since", "since")
        if self._defects.on("asks-from-now"):
            return {since: _moment(time.time())}
        if failed_only:
            # A delivery that failed may be older than the last event that came through.
            return {since: _moment(time.time() - look_back)}
        believed = int((time.time() + _CLOCK_DIFFERENCE) * 1_000_000)
        last = self._store.newest_handled(before=believed)
        if last is not None and "after" in operation.filters:
            return {operation.filters["after"]: last}
        return {since: _moment(self._store.started())}

    def _take(self, listed: list[Json]) -> list[str]:
        keys = []
        for document in listed:
            try:
                event = self._inbox.read(document)
            except MalformedEventError:
                # One event that cannot be read must not keep the others back.
                continue
            keys.append(self._inbox.take_listed(event, document, write(document)))
        return keys


def _events(operation: Operation, answer: Answer) -> list[Json]:
    listed = at(answer.document, where(operation.answer, "{events}") or "")
    if answer.failure is not None or not isinstance(listed, list):
        raise PlatformFailedError
    return listed


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
