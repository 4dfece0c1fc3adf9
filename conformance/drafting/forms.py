"""Guessing in which form deliveries come: from the media types, headers and fields that a document's events have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.drafting.guess import Fields
from conformance.platform.delivery_form import DeliveryForm, Shape
from conformance.platform.document import Document
from conformance.platform.document_file import read_document

__all__ = ["LikelyForm", "carrier", "unwrapped_document"]

_ATTRIBUTES: Final = frozenset({"specversion", "id", "source", "type"})
_STRUCTURED: Final = "application/cloudevents+json"
_JSON: Final = "application/json"
_CARRYING: Final = {
    "id": re.compile(r"(?:x-)?(?:.+-)?(?:delivery|delivery-id|event-id|webhook-id|message-id)", re.IGNORECASE),
    "type": re.compile(r"(?:x-)?(?:.+-)?(?:event|topic|event-type|event-name|event-key)", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class LikelyForm:
    """A form of deliveries, and what else a description says of it: its media type, or the field of a form."""

    shape: Shape
    reason: str
    content_type: str = ""
    field: str = ""

    @property
    def cloud(self) -> bool:
        """Whether events have the attributes of CloudEvents, as fields or as headers."""
        return self.shape in _CLOUD or "cloudevents" in self.content_type


_CLOUD: Final = frozenset({Shape.STRUCTURED, Shape.BINARY})


def unwrapped_document(spec: Path) -> tuple[Document, LikelyForm | None]:
    """A document, and the form that all its events speak for; None where they are nothing but JSON.

    Where events stand in a list, or in the field of a form, the document is read as one of such deliveries.
    """
    document = read_document(spec)
    if not document.event_types:
        inner = read_document(spec, form=DeliveryForm(Shape.FORM, "", "", {}))
        fields = {inner.said_of(name).field for name in inner.event_types}
        if len(fields) == 1:
            return inner, LikelyForm(Shape.FORM, "Bodies are forms.", field=fields.pop())
        return document, None
    media = _media(document)
    if all(_is_list(document, name) for name in document.event_types):
        several = DeliveryForm(Shape.BATCH, media, "", {})
        told = "" if media == _JSON else media
        return read_document(spec, form=several), LikelyForm(Shape.BATCH, "Bodies are lists.", content_type=told)
    return document, _of_cloud_events(document, media)


def _of_cloud_events(document: Document, media: str) -> LikelyForm | None:
    if {"ce-id", "ce-type"} <= {name.lower() for name in _common_headers(document)}:
        return LikelyForm(Shape.BINARY, "Events have the headers ce-id and ce-type.")
    if media == _STRUCTURED:
        return LikelyForm(Shape.STRUCTURED, f"The media type of events is {media}.")
    if all(set(Fields.of_event(document, name).names()) >= _ATTRIBUTES for name in document.event_types):
        return LikelyForm(Shape.STRUCTURED, "Events declare the attributes of CloudEvents.")
    return None if media == _JSON else LikelyForm(Shape.JSON, "Bodies are JSON.", content_type=media)


def _media(document: Document) -> str:
    """The media type that all events have, without its parameters; that of JSON where they differ, or have none."""
    told = {document.said_of(name).media.partition(";")[0].strip().lower() for name in document.event_types}
    media = told.pop() if len(told) == 1 else ""
    return media if media.endswith("json") else _JSON


def _is_list(document: Document, event_type: str) -> bool:
    """Whether the schema of an event is that of a list."""
    declared = document.joined(document.event_schema_at(event_type))
    return any("items" in each and each.get("type", "array") == "array" for each in declared)


def carrier(document: Document, part: str) -> str:
    """The header that all events have and that is called as if it carried a part of them; empty where there is none."""
    return next((name for name in _common_headers(document) if _CARRYING[part].fullmatch(name)), "")


def _common_headers(document: Document) -> tuple[str, ...]:
    """The headers that every event has, in the order of the first."""
    told = [document.said_of(name).headers for name in document.event_types]
    return tuple(name for name in told[0] if all(name in others for others in told)) if told else ()
