"""Guessing in which form deliveries come, from the headers and fields that the events of a document have."""

from __future__ import annotations

import re
from typing import Final

from conformance.drafting.guess import Fields, Guess
from conformance.platform.document import Document

__all__ = ["carrier", "likely_form"]

_ATTRIBUTES: Final = frozenset({"specversion", "id", "source", "type"})
_CARRYING: Final = {
    "id": re.compile(r"(?:x-)?(?:.+-)?(?:delivery|delivery-id|event-id|webhook-id|message-id)", re.IGNORECASE),
    "type": re.compile(r"(?:x-)?(?:.+-)?(?:event|topic|event-type|event-name|event-key)", re.IGNORECASE),
}


def likely_form(document: Document) -> Guess | None:
    """The form of CloudEvents that all events speak for; None where they are nothing but JSON."""
    common = _common_headers(document)
    if {"ce-id", "ce-type"} <= {name.lower() for name in common}:
        return Guess("cloudevents-binary", "Events have the headers ce-id and ce-type.")
    names = [frozenset(Fields.of_event(document, name).names()) for name in document.event_types]
    if names and all(declared >= _ATTRIBUTES for declared in names):
        return Guess("cloudevents-structured", "Events declare the attributes of CloudEvents.")
    return None


def carrier(document: Document, part: str) -> str:
    """The header that all events have and that is called as if it carried a part of them; empty where there is none."""
    return next((name for name in _common_headers(document) if _CARRYING[part].fullmatch(name)), "")


def _common_headers(document: Document) -> tuple[str, ...]:
    """The headers that every event has, in the order of the first."""
    told = [document.said_of(name).headers for name in document.event_types]
    return tuple(name for name in told[0] if all(name in others for others in told)) if told else ()
