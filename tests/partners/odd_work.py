"""What the odd partner does after it has answered: works events, makes objects, asks for what it missed."""

from __future__ import annotations

import heapq
import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from odd_calls import Answer, Calls, new_correlation, pause_after
from odd_platforms import Event, Kind, Platform, UnfitError, moment, plain, read_event, stamp
from odd_store import ANSWER, EVENT, FINAL, Store

__all__ = ["NotOffered", "PlatformFailed", "Schedule", "Work"]

_DAY: Final = 86_400.0
_OVERLAP: Final = 120.0
_SETTLED_WITHIN: Final = 25.0


class NotOffered(Exception):
    """The platform has no such operation."""


class PlatformFailed(Exception):
    """The platform did not do what it was asked for."""


class Schedule:
    """Threads that work events when they are due; with `every` they wake only so often, and work what is there."""

    def __init__(self, work: Callable[[str, int], float | None], *, threads: int, every: float = 0.0) -> None:
        """`work` gets an event id and the number of the try; it gives the pause until the next one, None when done."""
        self._work = work
        self._every = every
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, str, int]] = []
        self._count = 0
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def add(self, name: str, *, tries: int = 1, pause: float = 0.0) -> None:
        """Have an event worked, not before the pause is over."""
        with self._changed:
            self._count += 1
            due = time.monotonic() + pause
            if self._every:
                due = (due // self._every + 1) * self._every
            heapq.heappush(self._due, (due, self._count, name, tries))
            self._changed.notify_all()

    def wait_for(self, seen: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until something holds, looked at whenever an event was worked."""
        with self._changed:
            return self._changed.wait_for(seen, seconds)

    def _run(self) -> None:
        while True:
            name, tries = self._next()
            try:
                pause = self._work(name, tries)
            except Exception as error:  # noqa: BLE001  # one event must not take the thread along
                sys.stderr.write(f"an event could not be worked: {type(error).__name__}\n")
                pause = None
            if pause is not None:
                self.add(name, tries=tries + 1, pause=pause)
            with self._changed:
                self._changed.notify_all()

    def _next(self) -> tuple[str, int]:
        with self._changed:
            while True:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    _, _, name, tries = heapq.heappop(self._due)
                    return name, tries
                self._changed.wait(wait)


class Work:
    """The partner's business with one platform."""

    def __init__(
        self,
        platform: Platform,
        store: Store,
        calls: Calls,
        *,
        now: Callable[[], float],
        threads: int,
        every: float = 0.0,
        curious: bool = False,
        subscription: dict[str, Any] | None = None,
    ) -> None:
        """A curious partner also gets objects that it has been told in full; `subscription` is what one begins as."""
        self._platform = platform
        self._store = store
        self._calls = calls
        self._now = now
        self._curious = curious
        self._subscription = subscription or {}
        self._recovering = threading.Lock()
        self.schedule = Schedule(self._try, threads=threads, every=every)

    def start(self) -> None:
        """Take up what was left, and begin."""
        for name in self._store.open_events():
            self.schedule.add(name)
        self.schedule.start()

    def take(self, event: Event, body: bytes, correlation: str) -> None:
        """Take in an event, once."""
        if self._store.take(event, body, correlation):
            self.schedule.add(event.id)

    # Events

    def _try(self, name: str, tries: int) -> float | None:
        pending = self._store.pending(name)
        if pending is None:
            return None
        event = read_event(self._platform, json.loads(pending.body))
        if not event.kind:
            self._store.move(name, "done", applied=1)
            return None
        kind = self._platform.kinds[event.kind]
        if not self._platform.thin and not pending.is_told and not self._tell(event, kind):
            return None
        if event.change == "deleted":
            self._store.move(name, "done", applied=0 if pending.is_told else 1)
            return None
        path = kind.path(kind.get, {kind.id: event.object_id, **event.data})
        answer = self._calls.get(path, pending.correlation)
        found = _found(answer, kind, event.object_id)
        if found is None:
            return self._later(name, answer, tries)
        time_of = found["version"] if isinstance(found.get("version"), int) else 0
        with self._store.whole():
            tenant = event.tenant
            self._store.learn(event.kind, tenant, event.object_id, rank=ANSWER, time=time_of, data=found)
            self._store.move(name, "done", applied=1 if self._platform.thin else 0)
        return None

    def _tell(self, event: Event, kind: Kind) -> bool:
        """Keep what an event carries; whether its object is still to be got."""
        rank = FINAL if event.type in self._platform.final else EVENT
        with self._store.whole():
            is_new = self._store.held(event.kind, event.object_id, event.tenant) is None
            wanted = self._curious or (is_new and event.change == "updated")
            fetches = wanted and bool(kind.path(kind.get, {kind.id: event.object_id, **event.data}))
            self._store.learn(event.kind, event.tenant, event.object_id, rank=rank, time=event.time, data=event.data)
            self._store.move(event.id, "told" if fetches else "done", applied=1)
        return fetches

    def _later(self, name: str, answer: Answer, tries: int) -> float | None:
        pause = pause_after(answer, tries)
        if pause is None:
            self._store.move(name, "given up" if self._platform.thin else "done")
        return pause

    # Objects of its own

    def create(self, kind_name: str) -> str:
        """Make an object on the platform; its id.

        Raises NotOffered and PlatformFailed.
        """
        kind = self._platform.kinds.get(kind_name)
        if kind is None or kind.body is None:
            raise NotOffered
        body, correlation = kind.body(), new_correlation()
        firm = new_correlation()
        path = kind.path(kind.create, {"firm_id": firm})
        answer = self._calls.send("POST", path, correlation, body)
        if not answer.succeeded and (answer.status == 0 or answer.status >= 500) and kind.find:
            find = kind.path(kind.find, body)
            answer = self._calls.insist(lambda: self._calls.get(find, correlation))
        made = answer.part(kind.inside)
        if not isinstance(made, dict) or not isinstance(made.get(kind.id), str):
            raise PlatformFailed
        if "{firm_id}" in kind.create:
            made = {"firm_id": firm} | made
        self._keep(kind_name, made)
        return str(made[kind.id])

    def update(self, kind_name: str, name: str) -> None:
        """Change an object on the platform.

        Raises NotOffered and PlatformFailed.
        """
        kind = self._platform.kinds.get(kind_name)
        if kind is None or not kind.update or kind.body is None:
            raise NotOffered
        body, correlation, path = kind.body(), new_correlation(), kind.path(kind.update, {"id": name})
        made = self._calls.insist(lambda: self._calls.send("PUT", path, correlation, body)).part(kind.inside)
        if not isinstance(made, dict):
            raise PlatformFailed
        self._keep(kind_name, made)

    def _keep(self, kind_name: str, made: dict[str, Any]) -> None:
        kind = self._platform.kinds[kind_name]
        tenant = plain(str(made.get(kind.tenant, ""))) if kind.tenant else ""
        time_of = made["version"] if isinstance(made.get("version"), int) else 0
        self._store.learn(kind_name, tenant, plain(made[kind.id]), rank=ANSWER, time=time_of, data=made)

    # What was missed

    def recover(self, *, failed_only: bool) -> None:
        """Ask the platform for events, and work those that are news.

        Raises NotOffered and PlatformFailed.
        """
        if self._platform.thin:
            raise NotOffered
        with self._recovering:
            correlation = new_correlation()
            names = []
            for document in self._listed(correlation, failed_only=failed_only):
                try:
                    event = read_event(self._platform, document)
                except UnfitError:
                    continue
                self.take(event, json.dumps(document).encode(), correlation)
                names.append(event.id)
            self.schedule.wait_for(lambda: all(map(self._store.is_done, names)), seconds=_SETTLED_WITHIN)

    def _listed(self, correlation: str, *, failed_only: bool) -> list[Any]:
        """By time, with an overlap: what is known already is no news, and what came in between is not overlooked."""
        last = self._store.newest(before=round(self._now() * 1_000_000))
        since = last[1] / 1_000_000 - _OVERLAP if last and not failed_only else self._now() - _DAY
        query = {"since": stamp(since), **({"status": "failed"} if failed_only else {})}
        answer = self._calls.insist(lambda: self._calls.get("/events", correlation, query=query))
        listed = answer.part("events")
        if not isinstance(listed, list):
            raise PlatformFailed
        return sorted(listed, key=lambda each: moment(each.get("created_at")) or 0 if isinstance(each, dict) else 0)

    # Subscriptions

    def subscribe(self, url: str, topics: Sequence[str]) -> list[str]:
        """Have events delivered to a URL; the ids of what stands for it on the platform.

        Raises NotOffered and PlatformFailed.
        """
        if self._platform.thin:
            raise NotOffered
        correlation = new_correlation()
        known = self._list("/events/topics", "event_topics", correlation)
        wanted = [topic for topic in topics if topic in known]
        if not wanted:
            return []
        found = self._standing(url, wanted, correlation)
        if not found:
            body = {**self._subscription, "url": url, "events": wanted}
            answer = self._calls.send("POST", "/webhooks", correlation, body)
            made = answer.part("webhook")
            if isinstance(made, dict) and isinstance(made.get("webhook_id"), str):
                return [made["webhook_id"]]
            # Refused as a double, or made although no answer came.
            found = self._standing(url, wanted, correlation)
        if not found:
            raise PlatformFailed
        return found

    def unsubscribe(self, names: Sequence[str]) -> None:
        """Delete subscriptions; what is gone is gone.

        Raises NotOffered and PlatformFailed.
        """
        if self._platform.thin:
            raise NotOffered
        correlation = new_correlation()
        for name in names:
            path = Kind(id="id").path("/webhooks/{id}", {"id": name})
            answer = self._calls.insist(lambda path=path: self._calls.send("DELETE", path, correlation))  # type: ignore[misc]
            if not answer.succeeded and answer.status != 404:
                raise PlatformFailed

    def _standing(self, url: str, topics: Sequence[str], correlation: str) -> list[str]:
        return [
            each["webhook_id"]
            for each in self._list("/webhooks", "webhooks", correlation)
            if each.get("url") == url and set(each.get("events", ())) == set(topics)
        ]

    def _list(self, path: str, name: str, correlation: str) -> list[Any]:
        listed = self._calls.insist(lambda: self._calls.get(path, correlation)).part(name)
        if not isinstance(listed, list):
            raise PlatformFailed
        return listed


def _found(answer: Answer, kind: Kind, name: str) -> dict[str, Any] | None:
    """The object that was asked for, out of an answer."""
    part = answer.part(kind.inside)
    for each in part if isinstance(part, list) else [part]:
        if isinstance(each, dict) and isinstance(each.get(kind.id), str) and plain(each[kind.id]) == name:
            return each
    return None
