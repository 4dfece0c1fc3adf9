"""The forms in which an event goes over the wire: what is its body, and which of its parts stand in headers.

Inside the kit an event is the JSON that its schema describes; a form says what becomes of it at the last moment, before
it is signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote, quote_plus

from conformance import pointer

__all__ = ["PARTS", "DeliveryForm", "Shape", "completed", "form_from_raw", "form_mistakes"]

# The parts of an event that a header can carry.
PARTS: Final = ("id", "type", "time")


class Shape(StrEnum):
    """What the body of a delivery is."""

    JSON = "json"
    STRUCTURED = "cloudevents-structured"
    BINARY = "cloudevents-binary"
    FORM = "form"
    BATCH = "batch"


_CONTENT_TYPES: Final[Mapping[Shape, str]] = {
    Shape.JSON: "application/json",
    Shape.STRUCTURED: "application/cloudevents+json",
    Shape.BINARY: "application/json",
    Shape.FORM: "application/x-www-form-urlencoded",
    Shape.BATCH: "application/json",
}
# Where CloudEvents 1.0 has the parts of an event, as JSON and in headers (HTTP protocol binding, section 3).
_STRUCTURED: Final = {"id": "/id", "type": "/type", "time": "/time", "payload": "/data"}
_BINARY: Final = {**{part: {"header": f"ce-{part}"} for part in PARTS}, "payload": ""}
_VERSION: Final = "1.0"
# What the HTTP binding leaves as it is in a header: printable ASCII, but for the quote and the percent sign.
_PLAIN: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


@dataclass(frozen=True, slots=True)
class DeliveryForm:
    """How a delivery carries its event; `field` is that of a form, `carriers` are the headers of parts by their names.

    `cloud` says that what its JSON holds is a CloudEvent, with the attributes that this has.
    """

    shape: Shape
    content_type: str
    field: str
    carriers: Mapping[str, str]

    @property
    def cloud(self) -> bool:
        """Whether the JSON is a whole CloudEvent."""
        return self.shape in {Shape.STRUCTURED, Shape.BATCH} and "cloudevents" in self.content_type.lower()

    @property
    def holds_several(self) -> bool:
        """Whether a delivery can hold several events: each of them says all of its parts itself."""
        return self.shape is Shape.BATCH and not self.carriers

    @property
    def may_name_charset(self) -> bool:
        """Whether the content type can have a charset: a form has none, whatever some senders write."""
        return self.shape is not Shape.FORM

    def wrapped(self, *messages: bytes) -> bytes:
        """The body that carries what was meant to be the JSON of an event, be it JSON or not; nothing is no body.

        More than one fits into a batch only. White space around one message is white space around its list: who trims
        a body does it there.
        """
        first, *others = messages
        if not first and not others:
            return b""
        if self.shape is Shape.FORM:
            return f"{quote_plus(self.field)}=".encode("ascii") + quote_plus(first).encode("ascii")
        return _listed(messages) if self.shape is Shape.BATCH else first

    def header_value(self, text: str) -> bytes:
        """A text as a header of this form carries it."""
        return (quote(text, safe=_PLAIN) if self.shape is Shape.BINARY else text).encode()

    def enveloped(self, content: Any) -> Any:
        """The JSON of an event with what its form fixes."""
        if not self.cloud:
            return content
        content = pointer.write(content, "/specversion", _VERSION)
        if "datacontenttype" in content:
            content = pointer.write(content, "/datacontenttype", "application/json")
        return content

    @property
    def fixed(self) -> tuple[str, ...]:
        """The pointers of what the form itself says in an event's JSON."""
        return ("/specversion", "/datacontenttype") if self.cloud else ()


def _listed(messages: tuple[bytes, ...]) -> bytes:
    joined = b",".join(messages)
    inner = joined.strip()
    if not inner:
        return b"[" + joined + b"]"
    start = joined.index(inner)
    return joined[:start] + b"[" + inner + b"]" + joined[start + len(inner) :]


def form_from_raw(raw: Mapping[str, Any]) -> DeliveryForm:
    """The form of a checked description."""
    deliveries, events = raw["deliveries"], raw["events"]
    shape = Shape(deliveries.get("form", Shape.JSON))
    carriers = {part: events[part]["header"] for part in PARTS if isinstance(events.get(part), dict)}
    content_type = deliveries.get("content_type", _CONTENT_TYPES[shape])
    return DeliveryForm(shape, content_type, deliveries.get("field", ""), carriers)


def completed(raw: Any) -> Any:
    """The description with what its form implies: where a CloudEvent has its parts, and the headers that carry them."""
    deliveries = raw.get("deliveries") if isinstance(raw, dict) else None
    events = raw.get("events") if isinstance(raw, dict) else None
    if not isinstance(deliveries, dict) or not isinstance(events, dict):
        return raw
    form, content_type = deliveries.get("form"), deliveries.get("content_type")
    cloud_batch = form == Shape.BATCH and "cloudevents" in str(content_type).lower()
    if form == Shape.STRUCTURED or cloud_batch:
        raw = {**raw, "events": {**_STRUCTURED, **events}}
    if form == Shape.BINARY:
        raw = {**raw, "events": {**_BINARY, **events}}
    headers = deliveries.get("headers", {})
    carried = dict(_carried(raw, form)) if isinstance(headers, dict) else {}
    if carried:
        named = {str(name).lower() for name in headers}
        implied = {name: value for name, value in carried.items() if name.lower() not in named}
        raw = {**raw, "deliveries": {**deliveries, "headers": {**implied, **headers}}}
    return raw


def _carried(raw: Mapping[str, Any], form: Any) -> Iterator[tuple[str, str]]:
    """The headers that carry parts of an event, or belong to its form."""
    if form == Shape.BINARY:
        yield "ce-specversion", _VERSION
        yield "ce-source", f"/{raw.get('name')}"
    for part in PARTS:
        place = raw["events"].get(part)
        if isinstance(place, dict) and isinstance(place.get("header"), str):
            yield place["header"], f"{{{part}}}"


def form_mistakes(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What of a form is missing, or has no use: where, what, and what to do."""
    deliveries, events = raw["deliveries"], raw["events"]
    form = deliveries.get("form", Shape.JSON)
    if form == Shape.FORM and "field" not in deliveries:
        yield "/deliveries", "'field' is missing: the form's field that holds the JSON", "Add it: `field: payload`."
    if form != Shape.FORM and "field" in deliveries:
        hint = "Leave it out, or say `form: form`."
        yield "/deliveries/field", f"only a form has a field, and 'form' is {form}", hint
    for name, hint in (("type", "`type: /type`, or `type: {header: NAME}`"), ("payload", "`payload: /data`")):
        if name not in events:
            yield "/events", f"{name!r} is missing", f"Say where it stands: {hint}."
    yield from _doubled_headers(raw)
    carried = [part for part in ("id", "type") if isinstance(events.get(part), dict)]
    if carried and "recovery" in raw:
        what = f"a list of missed events has no headers, and the event's {carried[0]} stands in one"
        yield "/recovery", what, "Leave `recovery` out, or say where the event itself has it."
    yield from _untold_order(raw)


def _doubled_headers(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    taken: dict[str, str] = {"content-type": "the form's own", "user-agent": "deliveries/user_agent"}
    for part in PARTS:
        place = raw["events"].get(part)
        if isinstance(place, dict):
            name = place["header"].lower()
            if name in taken:
                yield f"/events/{part}/header", f"{place['header']} is taken ({taken[name]})", "Name another header."
            taken[name] = f"events/{part}"


def _untold_order(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Object types with an order that nothing in an event tells."""
    if "time" in raw["events"] or raw["events"]["style"] == "thin":
        return
    for index, name in enumerate(raw.get("order", {}).get("object_types", [])):
        kind = raw["object_types"].get(name, {})
        if not {"version", "modified"} & kind.keys():
            yield (
                f"/order/object_types/{index}",
                f"nothing tells the order of its events: no time, version or modified of {name}",
                "Say where one of them stands, or leave the object type out of `order`.",
            )
