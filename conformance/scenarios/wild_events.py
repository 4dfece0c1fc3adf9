"""The story of every event that the platform's document allows, and of the least one that a partner refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Final

from conformance import pointer
from conformance.exchange import Delivery
from conformance.generate.edges import edges
from conformance.generate.places import replaced, walk
from conformance.generate.shrinking import deepest, simpler
from conformance.generate.variants import Variants
from conformance.platform.description import EventType
from conformance.platform.event import Event
from conformance.scenarios.parameters import delivered_event_types
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []

# The search for the least event ends after so many deliveries, or so many seconds.
_TRIES: Final = 60
_SECONDS: Final = 15.0


@story("allowed-events", per=delivered_event_types)
async def allowed_events(stage: Stage) -> None:
    """The platform sends events of one type, as varied as its document allows; the first that fails is made smaller."""
    kind = stage.description.event_types[stage.parameter]
    polite = _named_anew(stage, kind, None)
    await stage.deliver_accepted(polite, "control")
    failed: tuple[Delivery, Event] | None = None
    stretched = Variants.of_event(stage.kit.specification, kind).stretched(polite.content)
    long = [stretched] if stretched != polite.content else []
    for sample in (*stage.kit.state.corpus.wild.get(kind.name, ()), *long):
        event = _named_anew(stage, kind, sample)
        if _broken(stage, kind, event.content):
            continue  # what names an event does not fit into it
        delivery = await stage.deliver(event, "wild")
        if not delivery.succeeded and failed is None:
            failed = delivery, event
    if failed is not None and failed[0].status is not None:
        await _Search(stage, kind, *failed).run()
    await _deliver_edges(stage, kind, polite.content)


async def _deliver_edges(stage: Stage, kind: EventType, polite: Any) -> None:
    """Deliver what the document allows and a correct partner may stumble over."""
    keep = _own(stage, kind, polite)
    for name, content in edges(polite, keep=keep, allows=lambda c: not _broken(stage, kind, c)):
        event = _named_anew(stage, kind, content)
        stage.note(event.id, name)
        await stage.deliver(event, "edge", genuine=False)


def _broken(stage: Stage, kind: EventType, content: Any) -> bool:
    """Whether the document does not allow an event of this content."""
    document = stage.kit.specification.document
    return bool(document.violations(document.event_schema_at(kind.name), content))


def _named_anew(stage: Stage, kind: EventType, sample: Any) -> Event:
    """An event of this content about a new object, with a new id, and with a new time where it has one."""
    polite = stage.event(stage.make(kind.object_type), kind.changes[0], age=30, event_type=kind, listed=False)
    if sample is None:
        return polite
    content = stage.kit.composer.renewed(kind, sample, of=polite.id)
    content = stage.description.form.enveloped(content)
    for at in _own(stage, kind, sample):
        content = pointer.write(content, at, pointer.read(polite.content, at))
    return replace(polite, content=content)


def _own(stage: Stage, kind: EventType, content: Any) -> list[str]:
    """The pointers of what the kit itself writes into an event.

    What names the event and its object is in every event, whether its schema asks for it or merely allows it: partners
    must refuse what is without. So is its time, unless the schema lets that be null.
    """
    d = stage.description
    names = stage.description.object_types[kind.object_type]
    inside = [] if d.thin else [d.payload_at + at for at in (names.id, names.tenant) if at]
    address = [at for at, _ in d.address_at(kind.object_type)]
    always = [d.id_at, d.type_at, d.object_id_at, *inside[:1]]
    always += [d.time_at] if pointer.read(content, d.time_at, "") is not None else []
    present = [at for at in (*d.form.fixed, *address, *inside[1:]) if pointer.read(content, at) is not None]
    return [*filter(None, always), *present]


@dataclass(slots=True)
class _Search:
    """The search for the least event that is refused like the one found: each try is delivered."""

    stage: Stage
    kind: EventType
    failed: Delivery
    event: Event
    left: int = 0
    until: float = 0.0
    matters: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Make the event smaller for as long as it fails in the same way and there are tries left."""
        self.left, self.until = _TRIES, self.stage.kit.clock.elapsed + _SECONDS
        while await self._pass():
            self.matters.clear()
        if not self.matters:
            await self._swap()
        self.stage.note("least", self.failed.id)
        self.stage.note("matters", "\n".join(deepest(self.matters)))

    async def _try(self, content: Any) -> tuple[Delivery, Event]:
        self.left -= 1
        event = _named_anew(self.stage, self.kind, content)
        return await self.stage.deliver(event, "shrunk"), event

    def _is_over(self) -> bool:
        return self.left <= 0 or self.stage.kit.clock.elapsed > self.until

    async def _swap(self) -> None:
        """Where nothing can be made simpler: put the fields of an event that was accepted in, one at a time."""
        polite = _named_anew(self.stage, self.kind, None).content
        keep = _own(self.stage, self.kind, self.event.content)
        for at, value in walk(self.event.content):
            other = pointer.read(polite, at, value)
            if at and other != value and not any(own == at or own.startswith(f"{at}/") for own in keep):
                if self._is_over():
                    return
                content = replaced(self.event.content, at, other)
                if not _broken(self.stage, self.kind, content) and (await self._try(content))[0].succeeded:
                    self.matters.append(at)

    async def _pass(self) -> bool:
        """Try each simpler form once; whether one of them failed in the same way and took the event's place."""
        tried: set[tuple[str, str]] = set()
        progress = False
        while (found := self._next(tried)) is not None:
            if self._is_over():
                return False
            at, content = found
            delivery, event = await self._try(content)
            if delivery.status == self.failed.status:
                self.failed, self.event, progress = delivery, event, True
            elif delivery.succeeded:
                self.matters.append(at)
        return progress

    def _next(self, tried: set[tuple[str, str]]) -> tuple[str, Any] | None:
        """A simpler form that the document allows and that was not tried in this pass."""
        keep = _own(self.stage, self.kind, self.event.content)
        for at, content in simpler(self.event.content, keep=keep):
            key = (at, json.dumps(pointer.read(content, at, "")))
            if key not in tried:
                tried.add(key)
                if not _broken(self.stage, self.kind, content):
                    return at, content
        return None
