"""What the simulated platform holds, and how an operation changes it: a transition table without I/O."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from conformance import pointer
from conformance.clock import Clock
from conformance.generate.composer import Composer
from conformance.generate.corpus import Corpus
from conformance.generate.names import Ids
from conformance.identifier import canonical, same
from conformance.platform.description import Description, OperationRole
from conformance.platform.event import Event, Thing
from conformance.platform.template import filled

__all__ = ["Answer", "Params", "PlatformState", "StoredEvent"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers; `body` None sends none. The rest is what the kit remembers of it."""

    status: int
    body: Any = None
    thing: Thing | None = None
    version: int | None = None
    listed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Stored:
    """An object with all its versions, the newest last."""

    thing: Thing
    versions: list[dict[str, Any]]


@dataclass(slots=True)
class StoredEvent:
    """An event that the platform made, and whether it could be delivered."""

    event: Event
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Params:
    """What a call asks, parsed."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class PlatformState:
    """All objects, events and subscriptions of the platform; `listing` is what it lists whatever it is asked for."""

    description: Description
    composer: Composer
    corpus: Corpus
    clock: Clock
    random: Random
    objects: dict[tuple[str, str, str], _Stored] = field(default_factory=dict)
    events: dict[str, StoredEvent] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    listing: tuple[Event, ...] | None = None

    # What stories do

    def make(self, thing: Thing, *, age: float, random: Random) -> None:
        """The platform makes an object."""
        state = self.composer.state(thing, at=self.clock.stamp(age=age), random=random)
        self.objects[_key(thing)] = _Stored(thing, [state])

    def change(self, thing: Thing, *, age: float, sets: tuple[tuple[str, Any], ...] = ()) -> int:
        """The platform changes an object; returns the number of the new version."""
        stored = self.objects[_key(thing)]
        version = len(stored.versions) + 1
        state = self.composer.changed(
            stored.versions[-1], thing.object_type, version=version, at=self.clock.stamp(age=age)
        )
        for at, value in sets:
            state = pointer.write(state, at, value)
        stored.versions.append(state)
        return version

    def change_back(self, thing: Thing, version: int, *, age: float) -> None:
        """The platform gives an object the state that it had in an earlier version."""
        number = self.change(thing, age=age)
        stored = self.objects[_key(thing)]
        kind = self.description.object_types[thing.object_type]
        state = copy.deepcopy(stored.versions[version - 1])
        for at in filter(None, (kind.version, kind.modified)):
            state = pointer.write(state, at, pointer.read(stored.versions[number - 1], at))
        stored.versions[number - 1] = state

    def restate(self, thing: Thing, state: dict[str, Any]) -> None:
        """The newest version of an object is this instead."""
        self.objects[_key(thing)].versions[-1] = state

    def find(self, object_type: str, name: str) -> Thing | None:
        """The object of that type and id."""
        wanted = (object_type, canonical(name))
        return next((s.thing for s in self.objects.values() if (s.thing.object_type, s.thing.id) == wanted), None)

    def version(self, thing: Thing) -> int:
        """The number of an object's newest version, 0 when the platform does not hold it."""
        stored = self.objects.get(_key(thing))
        return len(stored.versions) if stored else 0

    def held(self, thing: Thing, version: int = 0) -> dict[str, Any]:
        """A version of an object, the newest when none is named."""
        return self.objects[_key(thing)].versions[version - 1]

    def remember(self, event: Event) -> None:
        """The platform made an event: it is listed from now on."""
        self.events[event.id] = StoredEvent(event)

    def forget_events(self, *, but: Event) -> dict[str, StoredEvent]:
        """Know of no event but one from now on; returns what is forgotten."""
        forgotten = self.events
        self.events = {but.id: forgotten[but.id]}
        return forgotten

    def restore_events(self, forgotten: dict[str, StoredEvent]) -> None:
        """Know of these events again, beside those that came since."""
        self.events = {**forgotten, **self.events}

    # What operations do

    def perform(self, role: OperationRole, params: Params) -> Answer:
        """Do what an operation does."""
        return _TRANSITIONS[role.does](self, role, params)

    def error(self, status: int, title: str, detail: str) -> Any:
        """The platform's error body."""
        words = {"status": str(status), "title": title, "detail": detail}
        return filled(self.description.api_error, words)

    def _refused(self, status: int, title: str, detail: str) -> Answer:
        return Answer(status, self.error(status, title, detail))

    def _not_found(self, role: OperationRole, params: Params) -> Answer:
        asked = ", ".join(f"{name}={value}" for name, value in params.path.items())
        return self._refused(404, "Not Found", f"No {role.object_type or 'such thing'} with {asked}.")

    def _answered(self, role: OperationRole, stored: _Stored) -> Answer:
        state = stored.versions[-1]
        body = filled(role.answer, {"object": state, "objects": [state]})
        return Answer(role.status, body, stored.thing, len(stored.versions))

    def _new_id(self, ids: Ids) -> str:
        """A fresh id that nothing has yet."""
        taken = {stored.thing.id for stored in self.objects.values()} | self.subscriptions.keys() | self.events.keys()
        return next(name for name in iter(lambda: ids.fresh(self.random), None) if name not in taken)

    def _matching(self, role: OperationRole, params: Params) -> list[_Stored]:
        return [
            stored
            for (kind, _, _), stored in self.objects.items()
            if kind == role.object_type
            and all(_same(pointer.read(stored.versions[-1], at), params.path.get(name)) for name, at in role.keys)
        ]

    def get(self, role: OperationRole, params: Params) -> Answer:
        """Answer with the object, or with a list that it is in."""
        found = self._matching(role, params)
        if not found:
            return self._not_found(role, params)
        answer = self._answered(role, found[-1])
        if role.many:
            every = [stored.versions[-1] for stored in found]
            return Answer(role.status, filled(role.answer, {"objects": every}), answer.thing, answer.version)
        return answer

    def find_by(self, role: OperationRole, params: Params) -> Answer:
        """Answer with an object by something else than its id."""
        if not role.inside:
            return self.get(role, params)
        for stored in self.objects.values():
            for inner in pointer.read(stored.versions[-1], role.inside) or ():
                if all(_same(pointer.read(inner, at), params.path.get(name)) for name, at in role.keys):
                    return Answer(role.status, filled(role.answer, {"object": inner}))
        return self._not_found(role, params)

    def list_all(self, role: OperationRole, params: Params) -> Answer:
        """Answer with all objects of a type."""
        every = [stored.versions[-1] for stored in self._matching(role, params)]
        return Answer(role.status, filled(role.answer, {"objects": every}))

    def view(self, role: OperationRole, params: Params) -> Answer:
        """Answer with what is shown of an object."""
        found = self._matching(role, params)
        if not found:
            return self._not_found(role, params)
        shown = copy.deepcopy(self.corpus.views[role.operation][0])
        for name, at in role.keys:
            shown = pointer.write(shown, at, params.path[name])
        return Answer(role.status, filled(role.answer, {"view": shown}))

    def create(self, role: OperationRole, params: Params) -> Answer:
        """Make an object for the partner."""
        kind = self.description.object_types[role.object_type]
        given = dict(params.body) if isinstance(params.body, dict) else {}
        for name, at in role.keys:
            given = pointer.write(given, at, params.path[name])
        new_id = self._new_id(self.composer.names.of_objects(role.object_type))
        tenant = str(pointer.read(given, kind.tenant, "")) if kind.tenant else ""
        thing = Thing(role.object_type, new_id, new_id if kind.tenant == kind.id else tenant)
        state = self.composer.state(thing, at=self.clock.stamp(), random=self.random, given=given)
        self.objects[_key(thing)] = stored = _Stored(thing, [state])
        return self._answered(role, stored)

    def update(self, role: OperationRole, params: Params) -> Answer:
        """Change an object for the partner."""
        found = self._matching(role, params)
        if not found:
            return self._not_found(role, params)
        stored = found[-1]
        given = params.body if isinstance(params.body, dict) else {}
        version = len(stored.versions) + 1
        state = self.composer.changed(
            stored.versions[-1], role.object_type, version=version, at=self.clock.stamp(), given=given
        )
        stored.versions.append(state)
        return self._answered(role, stored)

    def list_event_types(self, role: OperationRole, params: Params) -> Answer:
        """Answer with the event types that can be subscribed to."""
        return Answer(role.status, filled(role.answer, {"event_types": list(self.description.event_types)}))

    def list_events(self, role: OperationRole, params: Params) -> Answer:
        """Answer with events that the platform made, oldest first."""
        recovery = self.description.recovery
        assert recovery is not None  # only a platform with recovery has this operation
        asked = {meaning: params.path[name] for name, meaning in role.keys}
        given = {name: params.query[name] for name, _ in role.filters if name in params.query}
        asked |= {meaning: given[name] for name, meaning in role.filters if name in given}
        if "since" in asked and "after" in asked and "after" not in dict(role.keys).values():
            return self._refused(400, "Bad Request", "Give a time or an event id, not both.")
        if self.listing is not None:
            return _events_answer(role, self.listing, given)
        listed = sorted(self.events.values(), key=lambda stored: stored.event.occurred_at)
        if "after" in asked:
            ids = [stored.event.id for stored in listed]
            after = canonical(asked["after"])
            if after not in ids:
                return self._refused(recovery.unknown_after, "Not Found", "No event has this id.")
            listed = listed[ids.index(after) + 1 :]
        if "after" not in asked or "since" in asked:
            since = (
                _moment(asked["since"])
                if "since" in asked
                else _moment(self.clock.stamp()) - timedelta(seconds=recovery.look_back)
            )
            listed = [stored for stored in listed if _moment(stored.event.occurred_at) >= since]
        if "type" in asked:
            types = self._expanded([asked["type"]])
            listed = [stored for stored in listed if stored.event.type in types]
        if "status" in asked:
            listed = [s for s in listed if (recovery.sent if s.delivered else recovery.failed) == asked["status"]]
        return _events_answer(role, tuple(stored.event for stored in listed), given)

    # Subscriptions

    def subscribe_partner(self, url: str, words: Mapping[str, str], *, types: Sequence[str] = ()) -> str:
        """Hold a subscription that the partner did not make, to every event type when none is named; gives its id."""
        subscriptions = self.description.subscriptions
        if subscriptions is None:
            return ""
        body = filled(
            subscriptions.default, {**words, "url": url, "event_types": list(types or self.description.event_types)}
        )
        ids = self.composer.names.of_subscriptions
        new_id = self._new_id(ids)
        self.subscriptions[new_id] = pointer.write(body, subscriptions.id, ids.written(new_id))
        return new_id

    def withdraw_subscriptions(self) -> dict[str, dict[str, Any]]:
        """Hold no subscription from now on; returns those that were held."""
        held, self.subscriptions = self.subscriptions, {}
        return held

    def restore_subscriptions(self, held: dict[str, dict[str, Any]]) -> None:
        """Hold these subscriptions again, beside those that came since."""
        self.subscriptions = {**held, **self.subscriptions}

    @property
    def urls(self) -> frozenset[str]:
        """The URLs of all subscriptions."""
        rules = self.description.subscriptions
        if rules is None:
            return frozenset()
        return frozenset(str(pointer.read(held, rules.url)) for held in self.subscriptions.values())

    def targets(self, event_type: str) -> tuple[str, ...]:
        """The URLs that an event type is delivered to, each once however many subscriptions match."""
        rules = self.description.subscriptions
        if rules is None:
            return ()
        urls = [
            pointer.read(held, rules.url)
            for held in self.subscriptions.values()
            if event_type in self._expanded(pointer.read(held, rules.event_types, []))
            and (not rules.enabled_at or pointer.read(held, rules.enabled_at) == rules.enabled_value)
        ]
        return tuple(dict.fromkeys(urls))

    def _expanded(self, types: list[str]) -> set[str]:
        rules = self.description.subscriptions
        stands_for = rules.stands_for if rules is not None else {}
        return {*types, *(inner for name in types for inner in stands_for.get(name, ()))}

    def _same_subscription(self, body: Any, but: str = "") -> bool:
        rules = self.description.subscriptions
        assert rules is not None  # only a platform with subscriptions has these operations

        def identity(held: Any) -> list[Any]:
            return [_comparable(pointer.read(held, at)) for at in rules.same_when]

        return any(identity(held) == identity(body) for held_id, held in self.subscriptions.items() if held_id != but)

    def list_subscriptions(self, role: OperationRole, params: Params) -> Answer:
        """Answer with the subscriptions."""
        return Answer(role.status, filled(role.answer, {"subscriptions": list(self.subscriptions.values())}))

    def create_subscription(self, role: OperationRole, params: Params) -> Answer:
        """Make a subscription, unless there is an equal one."""
        rules = self.description.subscriptions
        assert rules is not None  # only a platform with subscriptions has this operation
        if self._same_subscription(params.body):
            return self._refused(409, "Conflict", "An equal subscription exists.")
        ids = self.composer.names.of_subscriptions
        new_id = self._new_id(ids)
        self.subscriptions[new_id] = held = pointer.write(params.body, rules.id, ids.written(new_id))
        return Answer(role.status, filled(role.answer, {"subscription": held}))

    def update_subscription(self, role: OperationRole, params: Params) -> Answer:
        """Replace a subscription."""
        rules = self.description.subscriptions
        assert rules is not None  # only a platform with subscriptions has this operation
        named = next((params.path[name] for name, at in role.keys if at == rules.id), None)
        held_id = canonical(str(named or pointer.read(params.body, rules.id, "")))
        if held_id not in self.subscriptions:
            return self._refused(404, "Not Found", "No subscription has this id.")
        if self._same_subscription(params.body, but=held_id):
            return self._refused(409, "Conflict", "An equal subscription exists.")
        self.subscriptions[held_id] = held = pointer.write(
            params.body, rules.id, self.composer.names.of_subscriptions.written(held_id)
        )
        return Answer(role.status, filled(role.answer, {"subscription": held}))

    def delete_subscription(self, role: OperationRole, params: Params) -> Answer:
        """End a subscription."""
        held_id = canonical(next(iter(params.path.values()), ""))
        if self.subscriptions.pop(held_id, None) is None:
            return self._refused(404, "Not Found", "No subscription has this id.")
        return Answer(role.status)


_TRANSITIONS: Mapping[str, Callable[[PlatformState, OperationRole, Params], Answer]] = {
    "get": PlatformState.get,
    "find": PlatformState.find_by,
    "view": PlatformState.view,
    "list": PlatformState.list_all,
    "create": PlatformState.create,
    "update": PlatformState.update,
    "list-event-types": PlatformState.list_event_types,
    "list-events": PlatformState.list_events,
    "list-subscriptions": PlatformState.list_subscriptions,
    "create-subscription": PlatformState.create_subscription,
    "update-subscription": PlatformState.update_subscription,
    "delete-subscription": PlatformState.delete_subscription,
}


def _events_answer(role: OperationRole, events: tuple[Event, ...], filters: Mapping[str, str]) -> Answer:
    words = {"events": [event.content for event in events], "filters": filters}
    return Answer(role.status, filled(role.answer, words), listed=tuple(event.id for event in events))


def _key(thing: Thing) -> tuple[str, str, str]:
    return (thing.object_type, thing.id, thing.tenant)


def _same(held: Any, asked: str | None) -> bool:
    """Whether a path parameter names what is held."""
    return asked is not None and same(held, asked)


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
