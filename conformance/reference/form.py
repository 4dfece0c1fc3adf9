"""The form of a delivery: where in a request its events are. Reading it, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from conformance.reference.document import Json, JsonObject

if TYPE_CHECKING:
    from conformance.reference.message import Request
    from conformance.reference.profile import Profile

__all__ = ["event_id", "events", "text"]


def text(body: bytes, profile: Profile) -> bytes | None:
    """Give the JSON of a body; None where it is a form without its field, or with more than one of it."""
    if not profile.field or not body:
        return body
    found = []
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        if unquote_to_bytes(name.replace(b"+", b" ")) == profile.field.encode():
            found.append(unquote_to_bytes(value.replace(b"+", b" ")))
    return found[0] if len(found) == 1 else None


def events(document: Json, request: Request, profile: Profile) -> list[Json] | None:
    """Give the events of a document, with what the headers say of them; None where a batch is none."""
    if profile.is_batch and (not isinstance(document, list) or not document):
        return None
    found = document if profile.is_batch and isinstance(document, list) else [document]
    return [_whole(each, request, profile) for each in found] if profile.carriers else list(found)


def event_id(request: Request, profile: Profile) -> str:
    """Give the id of an event, where a header tells it."""
    return _told(request, profile.id_header, profile) if profile.id_header else ""


def _whole(document: Json, request: Request, profile: Profile) -> Json:
    """Put together what headers and body say; the profile's pointers lead into it."""
    headers: JsonObject = {name: _told(request, name, profile) for name in profile.carriers}
    return {"headers": headers, "body": document}


def _told(request: Request, name: str, profile: Profile) -> str:
    """Give what a header says: in a CloudEvent it is percent-encoded."""
    value = request.header(name) or ""
    return unquote(value) if profile.is_percent_encoded else value
