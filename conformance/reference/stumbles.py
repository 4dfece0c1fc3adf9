"""What a partner stumbles over in a document that is right: the answers of defects that look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.defects import LONG_TEXT
from conformance.reference.document import Json, as_object, at
from conformance.reference.message import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reference.defects import Defects
    from conformance.reference.profile import Profile

__all__ = ["stumble"]

_LAST_OF_THE_FIRST_PLANE = "\uffff"
_DEEP = 50
# The attributes of CloudEvents that say nothing of the event itself.
_CLOUD = ("specversion", "source", "subject", "datacontenttype", "dataschema")


def stumble(document: Json, profile: Profile, defects: Defects) -> Reply | None:
    """Give the answer that a defect makes because of what the document holds, None where it makes none."""
    if defects.on("refuses-unknown-fields") and not _is_known(document, profile):
        return refusal(400, "the event has a field that is not known")
    if defects.on("refuses-null") and None in as_object(at(document, profile.payload)).values():
        return refusal(400, "the event has an empty field")
    fails = (
        (defects.on("fails-on-empty-lists") and any(value == [] for value in _values(document)))
        or (defects.on("fails-on-empty-texts") and any(value == "" for value in _values(document)))
        or (defects.on("fails-on-long-texts") and any(map(_is_long, _values(document))))
        or (defects.on("fails-on-deep-nesting") and _depth(document) > _DEEP)
        or (defects.on("fails-on-four-bytes") and any(map(_is_beyond, _values(document))))
        or (defects.on("fails-on-lone-surrogates") and any(map(_is_half, _values(document))))
    )
    return refusal(500, "something went wrong") if fails else None


def _is_known(document: Json, profile: Profile) -> bool:
    """Say whether every field around the payload is known; where that is all there is, none is around it."""
    return profile.payload == profile.root or as_object(at(document, profile.root)).keys() <= _envelope(profile)


def _envelope(profile: Profile) -> set[str]:
    pointers = (
        *(profile.event_id, profile.event_type, profile.event_time, profile.payload),
        *(profile.object_id, profile.named_object_type, profile.change_at),
    )
    inside = (pointer.removeprefix(profile.root) for pointer in pointers if pointer.startswith(profile.root))
    return {pointer.split("/")[1] for pointer in inside if pointer} | set(_CLOUD if profile.is_cloud else ())


def _values(document: Json) -> Iterator[Json]:
    pending = [document]
    while pending:
        value = pending.pop()
        yield value
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _depth(document: Json) -> int:
    """Count how deep lists and objects are nested, without recursion."""
    depth, layer = 0, [document]
    while layer:
        inner = [v for v in layer if isinstance(v, dict | list)]
        layer = [part for v in inner for part in (v.values() if isinstance(v, dict) else v)]
        depth += bool(inner)
    return depth


def _is_long(value: Json) -> bool:
    return isinstance(value, str) and len(value) > LONG_TEXT


def _is_beyond(value: Json) -> bool:
    return isinstance(value, str) and max(value, default="") > _LAST_OF_THE_FIRST_PLANE


def _is_half(value: Json) -> bool:
    return isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value)
