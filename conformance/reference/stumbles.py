"""What a partner stumbles over in a document that is right: the answers of defects that look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.document import Json, as_object, at
from conformance.reference.message import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reference.defects import Defects
    from conformance.reference.profile import Profile

__all__ = ["stumble"]

_LAST_OF_THE_FIRST_PLANE = "\uffff"


def stumble(document: Json, profile: Profile, defects: Defects) -> Reply | None:
    """Give the answer that a defect makes because of what the document holds, None where it makes none."""
    if defects.on("refuses-unknown-fields") and not as_object(document).keys() <= _envelope(profile):
        return refusal(400, "the event has a field that is not known")
    if defects.on("refuses-null") and None in as_object(at(document, profile.payload)).values():
        return refusal(400, "the event has an empty field")
    values = list(_values(document))
    texts = [value for value in values if isinstance(value, str)]
    fails = (
        (defects.on("fails-on-four-bytes") and any(max(text, default="") > _LAST_OF_THE_FIRST_PLANE for text in texts))
        or (defects.on("fails-on-lone-surrogates") and any(not _is_encodable(text) for text in texts))
        or (defects.on("fails-on-empty-lists") and [] in values)
    )
    return refusal(500, "something went wrong") if fails else None


def _envelope(profile: Profile) -> set[str]:
    pointers = (
        *(profile.event_id, profile.event_type, profile.event_time, profile.payload),
        *(profile.object_id, profile.named_object_type, profile.change_at),
    )
    return {pointer.split("/")[1] for pointer in pointers if pointer}


def _values(document: Json) -> Iterator[Json]:
    yield document
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for value in inner:
        yield from _values(value)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
