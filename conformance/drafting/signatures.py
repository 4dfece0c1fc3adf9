"""Guessing how deliveries are signed, from the names of the headers that a document mentions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from conformance import pointer
from conformance.platform.document import Document

__all__ = ["Scheme", "likely_scheme"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme in the words of a description, the name of the family it belongs to, and the header that gave it away.

    What is not `known` was guessed from a header of an unknown family.
    """

    preset: str
    content: str
    encoding: str
    headers: tuple[tuple[str, str], ...]
    tolerance: int | None
    header: str
    version: str = ""
    separator: str = ""

    @property
    def known(self) -> bool:
        """Whether the header belongs to a scheme that others use too."""
        return bool(self.preset)


_STANDARD: Final = "{id}.{timestamp}.{body}"


def likely_scheme(document: Document) -> Scheme | None:
    """The scheme that the header names of a document speak for; None where none looks like that of a signature."""
    names = list(dict.fromkeys(_header_names(document)))
    plain = {name.lower(): name for name in names}
    for prefix in ("webhook", "svix"):
        if f"{prefix}-signature" in plain:
            headers = tuple((f"{prefix}-{part}", f"{{{part}}}") for part in ("id", "timestamp", "signature"))
            return Scheme("standard-webhooks", _STANDARD, "base64", headers, 300, f"{prefix}-signature", "v1,", " ")
    if "stripe-signature" in plain:
        headers = (("Stripe-Signature", "t={timestamp},v1={signature}"),)
        return Scheme("stripe", "{timestamp}.{body}", "hex", headers, 300, plain["stripe-signature"])
    if "x-hub-signature-256" in plain:
        headers = (("X-Hub-Signature-256", "sha256={signature}"),)
        return Scheme("github", "{body}", "hex", headers, None, plain["x-hub-signature-256"])
    if "x-slack-signature" in plain:
        headers = (("X-Slack-Request-Timestamp", "{timestamp}"), ("X-Slack-Signature", "v0={signature}"))
        return Scheme("slack", "v0:{timestamp}:{body}", "hex", headers, 300, plain["x-slack-signature"])
    return _unknown(names)


def _unknown(names: Iterable[str]) -> Scheme | None:
    signing = [n for n in names if "signature" in n.lower() or "hmac" in n.lower()]
    stamps = [n for n in signing if "timestamp" in n.lower()] or [n for n in names if "timestamp" in n.lower()]
    carriers = [n for n in signing if n not in stamps]
    if not carriers:
        return None
    headers = ((carriers[0], "{signature}"), *((name, "{timestamp}") for name in stamps[:1]))
    encoding = "base64" if "shopify" in carriers[0].lower() else "hex"
    content = "{timestamp}.{body}" if stamps else "{body}"
    return Scheme("", content, encoding, headers, 300 if stamps else None, carriers[0])


def _header_names(document: Document) -> Iterator[str]:
    """The headers of events, then those of anything else in the document, then headers that its prose names."""
    for event_type in document.event_types:
        yield from document.said_of(event_type).headers
    for _, node in pointer.walk(document.content.get("components", {}).get("parameters", {})):
        if isinstance(node, dict) and node.get("in") == "header" and isinstance(node.get("name"), str):
            yield node["name"]
    prose = json.dumps(_prose(document)).lower()
    for name in ("webhook-signature", "svix-signature", "stripe-signature", "x-hub-signature-256", "x-slack-signature"):
        if name in prose:
            yield name


def _prose(document: Document) -> Any:
    """What the document says about itself and about its events."""
    items = document.content.get("webhooks", {})
    said = [item.get("post", {}).get("description") for item in items.values() if isinstance(item, dict)]
    return [document.content.get("info"), document.content.get("tags"), said]
