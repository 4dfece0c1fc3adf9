"""What stories about payloads share: the object types to try, an event beside a control, the place for a text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.errors import NotAssessable
from conformance.generate.places import replaced
from conformance.generate.variants import Variants
from conformance.kit import Wrapping
from conformance.platform.description import Description, EventType
from conformance.platform.event import Event
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.stage import Stage

__all__ = ["Carrier", "accept_carrier", "deliver_beside", "first_event", "first_types", "new_name"]


_PLAIN: Final = Wrapping()


def first_types(description: Description) -> tuple[str, ...]:
    """The object types to try, those of the order stories first: partners care most for them."""
    return tuple(dict.fromkeys((*orderable_types(description), *told_types(description))))


def first_event(stage: Stage, object_type: str) -> Event:
    """The event of a new object; the platform does not list it, for its content is about to be changed."""
    return stage.event(stage.make(object_type), "created", age=30, listed=False)


def new_name(stage: Stage) -> str:
    """The name of a field that no platform has."""
    # Of small letters and digits alone, as CloudEvents want their attributes.
    return f"field{stage.random.getrandbits(32):08x}"


async def deliver_beside(stage: Stage, event: Event, role: str, *, wrapping: Wrapping = _PLAIN) -> None:
    """Deliver an event that a correct partner takes like the control, and note its effect."""
    delivery = await stage.deliver(event, role, wrapping=wrapping)
    if delivery.succeeded:
        stage.note("effect", await stage.until_effect(event, after=delivery.started))


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where in events of a type any text can stand: in a field that is declared, else in one that is not."""

    kind: EventType
    at: str
    declared: bool

    @classmethod
    def find(cls, stage: Stage, text: str) -> Carrier | None:
        """The first place that takes this text; None where the platform has none."""
        for object_type in first_types(stage.description):
            kind = stage.event_type(object_type, "created")
            variants = Variants.of_event(stage.kit.specification, kind)
            content = first_event(stage, object_type).content
            declared = variants.texts(content, text, root=stage.description.payload_at)
            if declared:
                return cls(kind, declared[-1], declared=True)
        return cls.undeclared(stage)

    @classmethod
    def undeclared(cls, stage: Stage) -> Carrier | None:
        """A new field of the envelope, which takes any value; None where the platform's events have no room for one."""
        name = new_name(stage)
        for object_type in first_types(stage.description):
            kind = stage.event_type(object_type, "created")
            variants = Variants.of_event(stage.kit.specification, kind)
            content = first_event(stage, object_type).content
            root = stage.description.open_at
            if variants.with_unknown_fields(content, {name: []}, "top", root=root) is not None:
                return cls(kind, f"{root}/{name}", declared=False)
        return None

    def event(self, stage: Stage, value: Any) -> Event:
        """A new event that carries a value there."""
        event = first_event(stage, self.kind.object_type)
        return replace(event, content=replaced(event.content, self.at, value))


async def accept_carrier(stage: Stage, carrier: Carrier) -> None:
    """A genuine event that carries a harmless text is accepted, and its effect is noted.

    Raises NotAssessable when the partner does not accept it.
    """
    event = carrier.event(stage, "Conformance")
    delivery = await stage.deliver(event, "control", retry=True)
    if not delivery.succeeded:
        new = "" if carrier.declared else " with one new field (see FWD-01)"
        raise NotAssessable(f"positive control failed: a genuine event{new} is not accepted ({delivery.outcome()})")
    await stage.see_control(event, delivery)
