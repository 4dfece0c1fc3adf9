"""Recovery: asks the platform for the events that never arrived and handles them like deliveries."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance.reference.document import Json, as_object, at, put, where, write
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
        self,
        profile: Profile,
        store: Store,
        calls: OwnCalls,
        inbox: Inbox,
        worker: Worker,
        *,
        by_path: bool,
        defects: Defects,
    ) -> None:
        """Put listed events into the inbox, like delivered ones; with `by_path` the last event is named in the path."""
        self._profile = profile
        self._store = store
        self._calls = calls
        self._inbox = inbox
        self._worker = worker
        self._by_path = by_path
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
        correlation_id = self._calls.new_correlation_id()
        since = self._store.started()
        if failed_only:
            # A delivery that failed may be older than the last event that came through.
            since = time.time() - recovery.look_back
        elif (answer := self._after_last(operation, correlation_id)) is not None:
            if answer.status != recovery.unknown_after or self._defects.on("insists-on-unknown-id"):
                return self._events(operation, answer)
            since = time.time() - recovery.look_back
        if self._defects.on("asks-from-now"):
            since = time.time()
        query = {operation.filters.get("since", "since"): _moment(since)}
        if failed_only and "status" in operation.filters and not self._defects.on("recovers-everything"):
            query[operation.filters["status"]] = recovery.failed
        return self._events(operation, self._calls.make(operation, correlation_id, query=query))

    def _after_last(self, operation: Operation, correlation_id: str) -> Answer | None:
        """Ask for what came after the last event; None where there is none, or no way to ask so."""
        believed = int((time.time() + _CLOCK_DIFFERENCE) * 1_000_000)
        last = self._store.newest_handled(before=believed)
        if last is None or self._defects.on("asks-from-now"):
            return None
        replay = self._replay()
        if self._by_path and replay is not None:
            return self._calls.make(replay, correlation_id, parameters=dict.fromkeys(replay.keys, last))
        after = operation.filters.get("after")
        if after is None:
            return None
        if self._defects.on("asks-with-both-forms"):
            both = {after: last, operation.filters["since"]: _moment(self._store.started())}
            self._calls.make(operation, correlation_id, query=both)
        return self._calls.make(operation, correlation_id, query={after: last})

    def _replay(self) -> Operation | None:
        """The list of events whose path names the event that it begins after, None where the platform has none."""
        lists = (each for each in self._profile.operations if each.does == "list-events")
        return next((each for each in lists if set(each.keys.values()) == {"after"}), None)

    def _events(self, operation: Operation, answer: Answer) -> list[Json]:
        if answer.failure is not None and self._defects.on("takes-failed-list-for-empty"):
            return []
        listed = at(answer.document, where(operation.answer, "{events}") or "")
        is_barren = listed == [] and self._defects.on("takes-empty-list-for-failure")
        if answer.failure is not None or not isinstance(listed, list) or is_barren:
            raise PlatformFailedError
        return listed[1:] if self._defects.on("skips-the-first-listed") else listed

    def _take(self, listed: list[Json]) -> list[str]:
        keys = []
        for document in listed:
            if self._defects.on("dates-listed-events-now"):
                document = put(as_object(document), self._profile.event_time, _moment(time.time()))  # noqa: PLW2901  # the defect
            try:
                event = self._inbox.read(document)
            except MalformedEventError:
                # One event that cannot be read must not keep the others back.
                continue
            keys.append(self._inbox.take_listed(event, document, write(document)))
        return keys


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
