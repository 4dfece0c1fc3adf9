"""An event: what its envelope says, and by what it is told from others. No storage, no calls."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from conformance.reference.document import Json, JsonObject, as_object, at, name_at, put, text_at, write

if TYPE_CHECKING:
    from conformance.reference.defects import Defects
    from conformance.reference.profile import ObjectType, Profile

__all__ = [
    "Event",
    "MalformedEventError",
    "UnfitPayloadError",
    "deduplication_key",
    "guessed_object_type",
    "identity",
    "is_uuid",
    "microseconds",
]

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OBJECT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,199}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MalformedEventError(ValueError):
    """The envelope lacks what every event has; the text may be shown to the sender."""


class UnfitPayloadError(MalformedEventError):
    """The payload is no object of its type."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `object_type` is empty for a type that is not known; `time` is in microseconds since 1970."""

    id: str
    type: str
    object_type: str
    object_id: str | None
    tenant: str
    change: str
    time: int | None
    payload: JsonObject

    @classmethod
    def from_document(cls, document: Json, profile: Profile, *, taken_for: str = "", named: str = "") -> Event:
        """Read an event; `taken_for` is the object type to assume where the event's type is not known.

        `named` is its id where that does not stand in the event.
        """
        event_id = named or _name_at(document, profile.event_id, is_numbered=profile.has_numbered_events)
        event_type = _name_at(document, profile.event_type)
        known = profile.event_types.get(event_type)
        object_type = known.object_type if known else taken_for
        payload = at(document, profile.payload)
        time = at(document, profile.event_time) if profile.event_time else None
        if not object_type:
            return cls(event_id, event_type, "", None, "", "", microseconds(time), {})
        if not isinstance(payload, dict):
            message = "the event carries no object"
            raise MalformedEventError(message)
        _check_fields(document, profile, profile.object_types[object_type])
        pointers = profile.object_types[object_type]
        if not profile.thin:
            _check_payload(payload, pointers)
        object_id = name_at(document, profile.object_id) if profile.thin else name_at(payload, pointers.id)
        return cls(
            id=event_id,
            type=event_type,
            object_type=object_type,
            object_id=identity(object_id) if object_id else None,
            tenant=identity(name_at(payload, pointers.tenant) or "") if pointers.tenant else "",
            change=_change(document, profile, known.changes if known else ("updated",)),
            time=microseconds(time) if profile.event_time else _changed_at(payload, pointers),
            payload=payload,
        )


def _changed_at(payload: JsonObject, pointers: ObjectType) -> int | None:
    """Give what tells the order of events that tell no time: when the object changed, or its version."""
    version = at(payload, pointers.version) if pointers.version else None
    if isinstance(version, int):
        return version
    return microseconds(at(payload, pointers.modified)) if pointers.modified else None


def is_uuid(text: str) -> bool:
    """Say whether a text is a uuid, in whatever case."""
    return _UUID.fullmatch(text) is not None


def identity(text: str) -> str:
    """Give the form of an id in which equal ids are equal texts: a uuid means the same in any case."""
    return text.lower() if is_uuid(text) else text.encode("utf-8", "backslashreplace").decode()


def microseconds(time: Json) -> int | None:
    """Give the microseconds from 1970 to an RFC 3339 time, None for anything else."""
    if not isinstance(time, str):
        return None
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)


def deduplication_key(event: Event, document: Json, body: bytes, profile: Profile, defects: Defects) -> str:
    """Give the text by which a redelivery is known: the event's id and nothing else."""
    if defects.on("applies-duplicates"):
        return str(uuid.uuid4())
    if defects.on("deduplicates-by-object") and event.object_id:
        return f"{event.object_type} {event.object_id} {event.type}"
    if defects.on("deduplicates-by-body"):
        return _digest_of_what_it_says(event, document, profile)
    if defects.on("deduplicates-by-id-prefix"):
        return identity(event.id)[:18]
    if defects.on("deduplicates-by-id-suffix"):
        return identity(event.id)[-12:]
    if defects.on("deduplicates-by-raw-bytes"):
        return identity(event.id) + hashlib.sha256(body).hexdigest()
    return identity(event.id)


def guessed_object_type(document: Json, profile: Profile) -> str:
    """Guess from the payload which type of object an event is about: the defect `applies-unknown-types`."""
    payload = at(document, profile.payload)
    fitting = (each for each in profile.object_types.values() if each.id != each.tenant and name_at(payload, each.id))
    return next((each.name for each in fitting), "")


def _name_at(document: Json, pointer: str, *, is_numbered: bool = False) -> str:
    found = _id_at(document, pointer, is_numbered=is_numbered) if pointer else None
    if found is None or not found.isprintable():
        message = f"{pointer} is not a name"
        raise MalformedEventError(message)
    return found


def _id_at(document: Json, pointer: str, *, is_numbered: bool) -> str | None:
    """Give the id at a pointer, None where it is no text, or no whole number where ids are numbers."""
    if is_numbered and isinstance(at(document, pointer), str):
        return None
    return name_at(document, pointer) if is_numbered else text_at(document, pointer)


def _check_fields(document: Json, profile: Profile, object_type: ObjectType) -> None:
    required = [profile.event_time, profile.named_object_type, profile.change_at] if profile.thin else []
    for pointer in filter(None, required):
        if text_at(document, pointer) is None:
            message = f"{pointer} is not a text"
            raise MalformedEventError(message)
    named = _id_at(document, profile.object_id, is_numbered=object_type.is_numbered) if profile.thin else None
    if profile.thin and not _OBJECT_ID.fullmatch(named or ""):
        message = f"{profile.object_id} is not an id"
        raise MalformedEventError(message)
    if profile.event_time and not isinstance(at(document, profile.event_time), str | None):
        message = f"{profile.event_time} is not a time"
        raise MalformedEventError(message)


def _check_payload(payload: Json, object_type: ObjectType) -> None:
    if _id_at(payload, object_type.id, is_numbered=object_type.is_numbered) is None:
        message = f"{object_type.id} is not an id"
        raise UnfitPayloadError(message)
    for pointer in object_type.texts:
        if not isinstance(at(payload, pointer), str | None):
            message = f"{pointer} is not a text"
            raise UnfitPayloadError(message)


def _change(document: Json, profile: Profile, changes: tuple[str, ...]) -> str:
    if profile.change_at:
        return profile.changes.get(text_at(document, profile.change_at) or "", "updated")
    return changes[0] if changes else "updated"


def _digest_of_what_it_says(event: Event, document: Json, profile: Profile) -> str:
    said = event.payload
    if profile.thin:
        said = as_object(document)
        for pointer in filter(None, (profile.event_id, profile.event_time)):
            said = put(said, pointer, None)
    return hashlib.sha256(write(said)).hexdigest()
