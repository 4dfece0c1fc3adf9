"""Subscriptions: makes those that are missing, and deletes them by the id that the platform gave."""

from __future__ import annotations

import threading
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.reference.document import Json, as_object, at, fill, name_at, put, where
from conformance.reference.own_work import NotOfferedError, PlatformFailedError
from conformance.reference.retry import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reference.defects import Defects
    from conformance.reference.own_work import OwnCalls
    from conformance.reference.platform_api import Answer
    from conformance.reference.profile import Operation, Profile, Subscriptions

__all__ = ["OwnSubscriptions"]


class OwnSubscriptions:
    """The subscriptions of this partner."""

    def __init__(self, profile: Profile, calls: OwnCalls, secrets: Mapping[str, str], defects: Defects) -> None:
        """`secrets` fills in a new subscription: `webhook_token` and, where the platform has it, `partner_id`."""
        self._profile = profile
        self._calls = calls
        self._secrets = secrets
        self._defects = defects
        self._subscribed: frozenset[str] | None = None
        self._has_left = False
        # Held for as long as a create call runs.
        self.calling = threading.Lock()

    def refuses(self, event_type: str) -> bool:
        """Say whether the defect `refuses-unsubscribed-types` has no place for an event type."""
        is_on = self._defects.on("refuses-unsubscribed-types")
        return is_on and self._subscribed is not None and event_type not in self._subscribed

    def fails(self) -> bool:
        """Say whether the defect `fails-after-unsubscribing` fails now, once for each time that it unsubscribed."""
        fails, self._has_left = self._has_left, False
        return fails

    def subscribe(self, url: str, event_types: Sequence[str]) -> list[str]:
        """Have these events delivered to the URL; gives the subscription's id, an equal one's if there is one."""
        pointers = self._pointers()
        correlation_id = self._calls.new_correlation_id()
        existing = self._existing_types(event_types, correlation_id)
        chosen = [name for name in event_types if name in existing]
        if not chosen:
            return []
        self._subscribed = frozenset(chosen)
        looks = not self._defects.on("subscribes-without-looking")
        found = self._find(url, chosen, pointers, correlation_id) if looks else None
        if found is not None:
            return [found]
        operation = self._operation("create-subscription")
        body = as_object(self._new(url, chosen, pointers))
        with self.calling:
            answer = self._calls.make(operation, correlation_id, body=body)
        while answer.status == HTTPStatus.CONFLICT and self._defects.on("repeats-refused-subscription"):
            answer = self._calls.make(operation, correlation_id, body=body)
        if answer.status == HTTPStatus.CONFLICT:
            found = self._find(url, chosen, pointers, correlation_id)
        else:
            created = _part(operation, answer, "{subscription}")
            found = name_at(created, pointers.id)
        if found is None:
            raise PlatformFailedError
        return [found]

    def unsubscribe(self, ids: Sequence[str]) -> None:
        """Delete subscriptions; one that is gone already is no failure."""
        self._subscribed = None
        self._has_left = self._defects.on("fails-after-unsubscribing")
        operation = self._operation("delete-subscription")
        correlation_id = self._calls.new_correlation_id()
        for each in ids:
            known = str(uuid.uuid4()) if self._defects.on("deletes-by-own-id") else each
            answer = self._calls.make(operation, correlation_id, parameters=dict.fromkeys(operation.keys, known))
            if answer.failure not in {None, Failure.NOT_YET}:
                raise PlatformFailedError

    def _pointers(self) -> Subscriptions:
        if self._profile.subscriptions is None:
            raise NotOfferedError
        return self._profile.subscriptions

    def _operation(self, does: str) -> Operation:
        operation = self._profile.operation(does)
        if operation is None:
            raise NotOfferedError
        return operation

    def _existing_types(self, asked: Sequence[str], correlation_id: str) -> Sequence[Json]:
        if self._defects.on("assumes-event-types"):
            return asked
        operation = self._operation("list-event-types")
        return _list(operation, self._calls.make(operation, correlation_id), "{event_types}")

    def _find(self, url: str, event_types: Sequence[str], pointers: Subscriptions, correlation_id: str) -> str | None:
        operation = self._operation("list-subscriptions")
        for each in _list(operation, self._calls.make(operation, correlation_id), "{subscriptions}"):
            held = at(each, pointers.event_types)
            is_same = isinstance(held, list) and set(map(str, held)) == set(event_types)
            if is_same and at(each, pointers.url) == url:
                return name_at(each, pointers.id)
        return None

    def _new(self, url: str, event_types: Sequence[str], pointers: Subscriptions) -> Json:
        body = fill(pointers.default, {**self._secrets, "url": url, "event_types": list(event_types)})
        if self._defects.on("subscribes-to-everything"):
            body = put(as_object(body), pointers.event_types, ["*"])
        if self._defects.on("subscribes-with-own-id"):
            body = put(as_object(body), pointers.id, str(uuid.uuid4()))
        return body


def _part(operation: Operation, answer: Answer, token: str) -> Json:
    if answer.failure is not None:
        raise PlatformFailedError
    return at(answer.document, where(operation.answer, token) or "")


def _list(operation: Operation, answer: Answer, token: str) -> list[Json]:
    listed = _part(operation, answer, token)
    if not isinstance(listed, list):
        raise PlatformFailedError
    return listed
