"""The effect of an event: what the partner does about it after it has acknowledged it."""

from __future__ import annotations

import re
import threading
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.reference import holding
from conformance.reference.document import JsonObject, as_object, name_at, read
from conformance.reference.event import Event
from conformance.reference.platform_api import Answer, Call, object_in
from conformance.reference.retry import Failure, wait_before_next
from conformance.reference.store import ObjectKey, OwnWork, State

if TYPE_CHECKING:
    from conformance.reference.defects import Defects
    from conformance.reference.own_work import OwnObjects
    from conformance.reference.platform_api import PlatformApi
    from conformance.reference.profile import Operation, Profile
    from conformance.reference.store import Store, StoredEvent

__all__ = ["Effects"]

# Longer than any run: what the defect `wedges-on-unreadable-answer` makes of the inbox.
_WEDGED_FOR = 3_600.0
# What the defect `drops-what-is-late` takes for late, in microseconds.
_LATE = 240_000_000


@dataclass(frozen=True, slots=True)
class _Task:
    """An event to handle for the `tries`th time; `about` names its object."""

    key: str
    stored: StoredEvent
    event: Event
    about: ObjectKey
    tries: int


class Effects:
    """Brings events about: gets the object that a thin one names, takes in the data that a thick one carries."""

    def __init__(
        self, profile: Profile, store: Store, api: PlatformApi, own_objects: OwnObjects, defects: Defects
    ) -> None:
        """Own objects are asked whether a create call is under way."""
        self._profile = profile
        self._store = store
        self._api = api
        self._own_objects = own_objects
        self._defects = defects
        self._in_hand = ""
        self._is_wedged = False
        self._being_got: set[ObjectKey] = set()
        # Held while a fetch has no answer: only the defect `answers-nothing-while-fetching` looks at it.
        self.hanging = threading.Lock()

    def handle(self, key: str, tries: int) -> float | None:
        """Handle an event of the inbox; gives the seconds until it must be handled again, None when it is done."""
        if self._is_wedged:
            return _WEDGED_FOR
        stored = self._store.event(key)
        if stored is None or stored.state in {State.HANDLED, State.FAILED}:
            return None
        named = "" if self._profile.event_id else stored.event_id
        event = Event.from_document(read(stored.body), self._profile, taken_for=stored.taken_for, named=named)
        if event.object_id is None or not event.object_type:
            self._store.finish(key, State.HANDLED)
            return None
        tenant = "" if self._defects.on("mixes-tenants") else event.tenant
        about = ObjectKey(event.object_type, tenant, event.object_id)
        task = _Task(key, stored, event, about, tries)
        if self._defects.on("calls-urls-in-events"):
            self._visit_urls(stored.body)
        if self._defects.on("creates-again-on-notification") and self._store.made(about.object_type, about.id):
            self._own_objects.create(about.object_type, remembered=False)
        if self._is_dropped(task):
            self._store.finish(key, State.HANDLED, times=0)
            return None
        if stored.state is State.PENDING and self._is_own(task):
            self._store.finish(key, State.HANDLED, times=2 if self._defects.on("applies-own-events-twice") else 1)
            return None
        return self._follow(task) if self._profile.thin or self._marks_first(task) else self._take_in(task)

    def is_new_during_create(self, event: Event) -> bool:
        """Say whether the event's object is not held while a create call waits for its answer."""
        about = ObjectKey(event.object_type, event.tenant, event.object_id or "")
        return self._own_objects.under_way and self._store.held(about) is None

    def fetch_first(self, event: Event, correlation_id: str) -> None:
        """Get an event's object before anything else happens: the defect `fetches-before-acknowledging`."""
        operation = self._profile.operation("get", event.object_type)
        parameters = self._parameters(operation, event) if operation else None
        wait: float | None = 0.0
        tries = 0
        while operation and parameters is not None and wait is not None:
            time.sleep(wait)
            tries += 1
            answer, _ = self._get(operation, parameters, event, correlation_id, tries)
            wait = (
                wait_before_next(answer.failure, tries, answer.retry_after, self._defects) if answer.failure else None
            )

    def _is_own(self, task: _Task) -> bool:
        """Say whether the event tells of just the change that this partner made itself with this correlation id."""
        known = task.stored.correlation_id
        if self._defects.on("takes-own-id-for-own-change") and known in self._store.own_ids():
            return True
        if self._defects.on("takes-prefix-for-own") and any(
            known != own and known.startswith(own) for own in self._store.own_ids()
        ):
            return True
        work = OwnWork(known, task.about.object_type, task.about.id, task.event.change)
        return bool(self._profile.correlation_header) and self._store.is_own(work)

    def _marks_first(self, task: _Task) -> bool:
        """Say whether the event stands or falls with one get of its object: the defect `marks-before-it-fetches`."""
        if not self._defects.on("marks-before-it-fetches"):
            return False
        return self._profile.thin or (task.event.change == "updated" and self._store.held(task.about) is None)

    def _is_dropped(self, task: _Task) -> bool:
        """Say whether one of the dropping defects throws the event away."""
        newest = self._store.newest_time() if self._defects.on("drops-what-is-late") else None
        if newest is not None and task.event.time is not None and newest - task.event.time > _LATE:
            return True
        if not self._defects.on("drops-update-before-creation") or task.stored.state is not State.PENDING:
            return False
        return task.event.change in {"updated", "status-changed"} and self._store.held(task.about) is None

    def _follow(self, task: _Task) -> float | None:
        """Get the object that a thin event names."""
        if task.event.change == "deleted":
            self._mark_deleted(task)
            return None
        operation = self._profile.operation("get", task.about.object_type)
        parameters = self._parameters(operation, task.event) if operation else None
        if operation is None or parameters is None or self._is_forgotten(task.about.object_type):
            self._store.finish(task.key, State.HANDLED)
            return None
        if self._is_passed_over(task.about):
            self._store.finish(task.key, State.HANDLED)
            return None
        self._being_got.add(task.about)
        answer, fetched = self._get(operation, parameters, task.event, task.stored.correlation_id, task.tries)
        self._being_got.discard(task.about)
        if answer.failure is not None and self._marks_first(task):
            self._store.finish(task.key, State.HANDLED, times=0)
            return None
        if answer.failure is not None:
            wait = wait_before_next(answer.failure, task.tries, answer.retry_after, self._defects)
            if wait is None:
                self._store.finish(task.key, State.FAILED, times=0)
            return wait
        with self._store.transaction():
            held = self._store.held(task.about) or holding.Held()
            object_type = self._profile.object_types[task.about.object_type]
            self._store.hold(task.about, holding.after_fetch(held, fetched, object_type, self._defects))
            self._store.finish(task.key, State.HANDLED)
        return None

    def _is_passed_over(self, about: ObjectKey) -> bool:
        """Say whether one of the defects that get an object too seldom passes over this event."""
        if self._defects.on("drops-event-during-fetch"):
            return about in self._being_got
        return self._defects.on("fetches-once") and self._store.held(about) is not None

    def _visit_urls(self, body: bytes) -> None:
        for url in re.findall(rb'"(https?://[^"]+)"', body):
            self._api.visit(url.decode())

    def _mark_deleted(self, task: _Task) -> None:
        with self._store.transaction():
            held = self._store.held(task.about) or holding.Held()
            self._store.hold(task.about, replace(held, deleted=True))
            self._store.finish(task.key, State.HANDLED)

    def _take_in(self, task: _Task) -> float | None:
        """Take in what a thick event carries, then get the whole of an object that was only told to have changed."""
        if task.stored.state is State.PENDING and not self._store_payload(task):
            return None
        operation = self._profile.operation("get", task.about.object_type)
        parameters = self._parameters(operation, task.event) if operation else None
        if operation is None or parameters is None:
            self._store.finish(task.key, State.HANDLED, times=0)
            return None
        answer, fetched = self._get(operation, parameters, task.event, task.stored.correlation_id, task.tries)
        if answer.failure is not None and answer.failure is not Failure.NOT_YET:
            wait = wait_before_next(answer.failure, task.tries, answer.retry_after, self._defects)
            if wait is not None:
                return wait
        with self._store.transaction():
            held = self._store.held(task.about) or holding.Held()
            self._store.hold(task.about, holding.completed(held, fetched))
            self._store.finish(task.key, State.HANDLED, times=0)
        return None

    def _store_payload(self, task: _Task) -> bool:
        """Store the payload; says whether the object is still to be fetched."""
        mark = holding.Mark(task.event.time, task.stored.arrival, task.event.type)
        with self._store.transaction():
            held = self._store.held(task.about)
            news = holding.after_event(
                held or holding.Held(),
                task.event.payload,
                mark,
                deleted=task.event.change == "deleted",
                profile=self._profile,
                defects=self._defects,
            )
            self._store.hold(task.about, news)
            incomplete = held is None and task.event.change == "updated"
            incomplete = incomplete or self._defects.on("fetches-what-it-knows")
            incomplete = incomplete and not self._is_forgotten(task.about.object_type)
            self._store.finish(task.key, State.COMPLETING if incomplete else State.HANDLED)
        return incomplete

    def _parameters(self, operation: Operation, event: Event) -> dict[str, str] | None:
        """Give the path parameters of a get; None where the event does not tell one of them."""
        pointers = self._profile.object_types[event.object_type]
        found: dict[str, str] = {}
        for name, pointer in operation.keys.items():
            value = event.object_id if pointer == pointers.id else name_at(event.payload, pointer)
            if value is None:
                return None
            is_another = pointer == pointers.id and self._defects.on("fetches-another-object")
            found[name] = str(uuid.uuid4()) if is_another else value
        return found

    def _is_forgotten(self, object_type: str) -> bool:
        last = next((each for each in reversed(self._profile.operations) if each.does == "get"), None)
        return self._defects.on("forgets-fetched-type") and last is not None and last.object_type == object_type

    def _get(
        self, operation: Operation, parameters: dict[str, str], event: Event, correlation_id: str, tries: int
    ) -> tuple[Answer, JsonObject]:
        """Make the call; an answer without the object that was asked for is a failure like any other."""
        carried = self._carried(correlation_id, tries)
        answer = self._call(Call(operation, parameters, carried, query={}, tries=tries))
        if answer.failure is not None:
            self._is_wedged |= self._defects.on("wedges-on-unreadable-answer") and answer.failure is Failure.UNREADABLE
            return answer, {}
        wanted = None if self._defects.on("fetches-another-object") else event.object_id
        id_pointer = self._profile.object_types[event.object_type].id
        fetched = object_in(operation, answer.document, wanted, id_pointer)
        if fetched is None:
            missing = Failure.NOT_YET if operation.many else Failure.UNREADABLE
            return replace(answer, failure=missing), {}
        return answer, as_object(fetched)

    def _call(self, call: Call) -> Answer:
        first = next(each for each in self._profile.operations if each.does == "get")
        if not self._defects.on("answers-nothing-while-fetching") or call.operation is not first:
            return self._api.call(call)
        with self.hanging:
            return self._api.call(replace(call, seconds=60.0))

    def _carried(self, correlation_id: str, tries: int) -> str:
        if self._defects.on("makes-new-correlation-id"):
            return str(uuid.uuid4())
        if self._defects.on("drops-correlation-on-retry") and tries > 1:
            return ""
        if self._defects.on("upper-cases-correlation-id"):
            return correlation_id.upper()
        if self._defects.on("cuts-correlation-id"):
            return correlation_id[:32]
        if self._defects.on("extends-correlation-id"):
            return f"{correlation_id}-{tries}"
        if self._defects.on("mixes-correlation-ids"):
            self._in_hand = correlation_id
            # Long enough that events which come together meet here.
            time.sleep(0.2)
            return self._in_hand
        return correlation_id
