"""What is held of an object, and which of two pieces of news about it is the newer one. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.reference.document import JsonObject, at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.defects import Defects
    from conformance.reference.profile import ObjectType, Profile

__all__ = ["Held", "Mark", "after_event", "after_fetch", "completed"]

_DELETED = "\x00deleted"
_CREATED = "\x00created"
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Mark:
    """When a field got its value: the event's time in microseconds, its place in the inbox, its type."""

    time: int | None
    arrival: int
    event_type: str


@dataclass(frozen=True, slots=True)
class Held:
    """An object as held. A field without a mark comes from an answer of the API, which any event outdates."""

    data: JsonObject = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    deleted: bool = False


def after_event(held: Held, news: JsonObject, mark: Mark, *, deleted: bool, profile: Profile, defects: Defects) -> Held:
    """Take in the data that an event carries, field by field: events of one object may carry different fields."""
    data, marks = dict(held.data), dict(held.marks)
    if defects.on("parks-one-update") and _CREATED not in marks:
        if "created" not in profile.event_types[mark.event_type].changes:
            return Held(dict(news), dict.fromkeys(news, mark), deleted)
        marks[_CREATED] = mark
    for name, value in news.items():
        if _is_newer(mark, marks.get(name), profile, defects):
            data[name], marks[name] = value, mark
    if not _is_newer(mark, marks.get(_DELETED), profile, defects):
        return Held(data, marks, held.deleted)
    return Held(data, marks | {_DELETED: mark}, deleted)


def after_fetch(held: Held, fetched: JsonObject, object_type: ObjectType, defects: Defects) -> Held:
    """Take in a fetched object, whole, unless a later version is held already."""
    new, old = (at(data, object_type.version) if object_type.version else None for data in (fetched, held.data))
    if defects.on("applies-in-arrival-order") or not isinstance(new, int) or not isinstance(old, int) or new >= old:
        return replace(held, data=fetched)
    return held


def completed(held: Held, fetched: JsonObject) -> Held:
    """Add the fields that no event brought; what an event said stays."""
    return replace(held, data=fetched | held.data)


def _is_newer(mark: Mark, than: Mark | None, profile: Profile, defects: Defects) -> bool:
    if than is None:
        return True
    revives = defects.on("revives-terminal-state") and any(mark.event_type in rule for rule in profile.terminal)
    if revives or defects.on("applies-in-arrival-order"):
        return mark.arrival > than.arrival
    if (mark.event_type, than.event_type) in profile.terminal:
        return False
    if (than.event_type, mark.event_type) in profile.terminal:
        return True
    if mark.time is None or than.time is None:
        return mark.arrival > than.arrival
    if defects.on("orders-by-the-second"):
        return (mark.time // _SECOND, mark.arrival) > (than.time // _SECOND, than.arrival)
    return (mark.time, mark.arrival) > (than.time, than.arrival)
