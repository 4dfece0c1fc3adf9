"""Objects and events of a story: samples of the corpus with the ids, times and states that the story needs.

Whoever composes gives the random source and the time; nothing here draws a number or reads a clock on its own.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from conformance import pointer
from conformance.generate.corpus import Corpus
from conformance.generate.names import Names
from conformance.generate.renewal import Renewal
from conformance.platform.description import Change, EventType
from conformance.platform.event import Event, Thing
from conformance.platform.specification import Specification

__all__ = ["Composer"]


def _owner(thing: Thing) -> str:
    return f"{thing.tenant}/{thing.id}"


class Composer:
    """Composes objects and events of one platform."""

    def __init__(self, specification: Specification, corpus: Corpus) -> None:
        self._specification = specification
        self._description = specification.description
        self._corpus = corpus
        self.names = Names(specification)
        self._renewal = Renewal(specification.document)

    def state(self, thing: Thing, *, at: str, random: Random, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """The first version of an object; `given` are the fields that its creator set."""
        samples = self._corpus.objects.get(thing.object_type) or ({},)
        schema_at = self._specification.object_schema_at(thing.object_type)
        sample = self._renewal.renewed(random.choice(samples), schema_at, of=_owner(thing))
        given = self._fitting(thing.object_type, given or {})
        state = {**sample, **given}
        kind = self._description.object_types[thing.object_type]
        state = pointer.write(state, kind.id, self.names.of_objects(thing.object_type).written(thing.id))
        if kind.tenant and thing.tenant:
            tenants = self.names.of_tenants(thing.object_type)
            state = pointer.write(state, kind.tenant, tenants.written(thing.tenant))
        return self._versioned(state, thing.object_type, version=1, at=at, keep=frozenset(given))

    def changed(
        self, state: dict[str, Any], object_type: str, *, version: int, at: str, given: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The object as its next version; `given` are the fields that whoever changed it set."""
        given = self._fitting(object_type, given or {})
        merged = {**copy.deepcopy(state), **given}
        return self._versioned(merged, object_type, version=version, at=at, keep=frozenset(given))

    def _fitting(self, object_type: str, given: dict[str, Any]) -> dict[str, Any]:
        """The fields that its creator gave, but for those that the object has in another form than calls have them."""
        document, d = self._specification.document, self._description
        schemas = [self._specification.object_schema_at(object_type)]
        if not d.thin:
            schemas += [self._specification.payload_schema_at(kind.name) for kind in d.event_types_about(object_type)]
        return {
            name: value
            for name, value in given.items()
            if not any(
                document.violations(place, value)
                for at in filter(None, schemas)
                if (place := document.locate(at, f"/{pointer.escaped(name)}"))
            )
        }

    def told(self, state: dict[str, Any], event_type: EventType) -> dict[str, Any]:
        """The object in the state that an event type stands for."""
        for at, value in event_type.sets:
            state = pointer.write(state, at, value)
        return state

    def _versioned(
        self, state: dict[str, Any], object_type: str, *, version: int, at: str, keep: frozenset[str]
    ) -> dict[str, Any]:
        kind = self._description.object_types[object_type]
        for field in kind.changing:
            if field.at.split("/")[1] not in keep:
                state = pointer.write(state, field.at, field.values[(version - 1) % len(field.values)])
        if kind.version:
            state = pointer.write(state, kind.version, version)
        if kind.modified:
            state = pointer.write(state, kind.modified, at)
        return state

    def event(
        self,
        event_type: EventType,
        thing: Thing,
        state: dict[str, Any],
        *,
        change: Change,
        version: int,
        event_id: str,
        at: str,
        correlation: str | None,
        random: Random,
    ) -> Event:
        """An event of that type about that state of the object."""
        d = self._description
        content = self.renewed(event_type, random.choice(self._corpus.events[event_type.name]), of=_owner(thing))
        content = d.form.enveloped(content)
        if d.thin:
            written = self.names.of_objects(thing.object_type).written(thing.id)
            content = self._addressed(event_type, pointer.write(content, d.object_id_at, written), state)
        else:
            content = pointer.write(content, d.payload_at, self._payload(event_type, state, content))
        # Last: where the whole event is the payload, the object has fields of these names as well.
        content = pointer.placed(content, d.type_at, event_type.name)
        content = pointer.placed(content, d.id_at, self.names.of_events.written(event_id))
        content = pointer.placed(content, d.time_at, at)
        if d.change_at:
            content = pointer.write(content, d.change_at, d.change_values[change])
        return Event(
            id=event_id,
            type=event_type.name,
            thing=thing,
            change=change,
            version=version,
            occurred_at=at,
            correlation=correlation,
            content=content,
        )

    def renewed(self, event_type: EventType, sample: Any, *, of: str) -> Any:
        """A sample of an event with other ids inside of it, always the same for the same owner `of`."""
        at = self._specification.document.event_schema_at(event_type.name)
        return self._renewal.renewed(sample, at, of=of)

    def _addressed(self, event_type: EventType, content: Any, state: dict[str, Any]) -> Any:
        """A thin event with all by which its object is got, as far as its schema declares it."""
        document = self._specification.document
        schema_at = document.event_schema_at(event_type.name)
        for there, at in self._description.address_at(event_type.object_type):
            value = pointer.read(state, at)
            if value is not None and document.locate(schema_at, there):
                content = pointer.write(content, there, value)
        return content

    def _payload(self, event_type: EventType, state: dict[str, Any], content: Any) -> dict[str, Any]:
        """What of the object's state the event's schema declares; the sample fills what the state does not have."""
        declared = self._specification.document.properties(self._specification.payload_schema_at(event_type.name))
        payload = {
            **pointer.read(content, self._description.payload_at),
            **{k: state[k] for k in declared if k in state},
        }
        return self.told(payload, event_type)
