"""Guessing how deliveries are signed, from the names of the headers that a document mentions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from conformance import pointer
from conformance.platform.document import Document

__all__ = ["Scheme", "likely_scheme"]


# The headers that give a scheme away which others use too, and the preset of that name.
_PRESETS: Final = {
    "webhook-signature": "standard-webhooks",
    "svix-signature": "svix",
    "stripe-signature": "stripe",
    "x-hub-signature-256": "github",
    "x-slack-signature": "slack",
    "x-shopify-hmac-sha256": "shopify",
    "x-signature-ed25519": "discord",
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """The header that gave a scheme away, and its preset; without one, what was guessed from the header's name."""

    header: str
    preset: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def timed(self) -> bool:
        """Whether a header tells when a delivery was signed."""
        return len(self.headers) > 1


def likely_scheme(document: Document) -> Scheme | None:
    """The scheme that the header names of a document speak for; None where none looks like that of a signature."""
    names = list(dict.fromkeys(_header_names(document)))
    plain = {name.lower(): name for name in names}
    for header, preset in _PRESETS.items():
        if header in plain:
            return Scheme(plain[header], preset)
    return _unknown(names)


def _unknown(names: Iterable[str]) -> Scheme | None:
    signing = [n for n in names if "signature" in n.lower() or "hmac" in n.lower()]
    stamps = [n for n in signing if "timestamp" in n.lower()] or [n for n in names if "timestamp" in n.lower()]
    carriers = [n for n in signing if n not in stamps]
    if not carriers:
        return None
    return Scheme(carriers[0], headers=((carriers[0], "{signature}"), *((name, "{timestamp}") for name in stamps[:1])))


def _header_names(document: Document) -> Iterator[str]:
    """The headers of events, then those of anything else in the document, then headers that its prose names."""
    for event_type in document.event_types:
        yield from document.said_of(event_type).headers
    for _, node in pointer.walk(document.content.get("components", {}).get("parameters", {})):
        if isinstance(node, dict) and node.get("in") == "header" and isinstance(node.get("name"), str):
            yield node["name"]
    prose = json.dumps(_prose(document)).lower()
    yield from (name for name in _PRESETS if name in prose)


def _prose(document: Document) -> Any:
    """What the document says about itself and about its events."""
    items = document.content.get("webhooks", {})
    said = [item.get("post", {}).get("description") for item in items.values() if isinstance(item, dict)]
    return [document.content.get("info"), document.content.get("tags"), said]
