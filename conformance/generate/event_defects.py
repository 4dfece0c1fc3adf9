"""Named defects of events: a valid event with a single fault, each derived from the platform's own schema.

The names are permanent. jsonschema has the last word: a variant counts only if the document forbids it, and only if
all that the document says against it is said about the one field.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from conformance import pointer
from conformance.platform.document import Document
from conformance.platform.event import compact
from conformance.platform.specification import Specification

__all__ = ["EventDefect", "Flaw", "Grade", "Place", "event_defect", "event_defects"]


class Place(StrEnum):
    """The part of an event that is at fault."""

    ENVELOPE = "envelope"
    PAYLOAD = "payload"


class Grade(StrEnum):
    """How deep a receiver must look to see the fault: at the bytes, at the fields and their types, at a text itself."""

    TRANSPORT = "transport"
    STRUCTURAL = "structural"
    FORMAT = "format"


class Flaw(StrEnum):
    """What is wrong with the field."""

    NO_OBJECT = "no object"
    MISSING = "missing"
    ANOTHER_TYPE = "another type"
    UNKNOWN_VALUE = "unknown value"
    BROKEN_FORMAT = "broken format"
    EXTRA_FIELD = "extra field"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDefect:
    """An event that is right but for one thing; `at` is the pointer to it in the whole event, `body` what is sent."""

    name: str
    place: Place
    grade: Grade
    flaw: Flaw
    at: str
    body: bytes


def event_defects(specification: Specification, event_type: str, content: Any) -> Iterator[EventDefect]:
    """Every defect that can be made from a valid event, in the order of its fields.

    Raises ValueError when the event itself breaks the document.
    """
    return _checked(specification, event_type, content, _faults(specification, event_type, content))


def event_defect(
    specification: Specification, event_type: str, content: Any, *, at: str, flaw: Flaw, words: str = ""
) -> EventDefect | None:
    """The first defect of that kind at that pointer, or the one of these words; None where the schema forbids none.

    Raises ValueError when the event itself breaks the document.
    """
    wanted = (
        fault
        for fault in _faults(specification, event_type, content)
        if fault.at == at and fault.flaw is flaw and words in {"", fault.words}
    )
    return next(_checked(specification, event_type, content, wanted), None)


@dataclass(frozen=True, slots=True)
class _Fault:
    """A change of an event that may turn out to be a defect: `value` takes the place of what stands at the pointer."""

    at: str
    flaw: Flaw
    words: str
    value: Any

    @property
    def grade(self) -> Grade:
        if self.value is _NOTHING:
            return Grade.TRANSPORT
        return Grade.FORMAT if self.flaw is Flaw.BROKEN_FORMAT else Grade.STRUCTURAL

    @property
    def told_at(self) -> str:
        """Where a validator reports it: what is missing or too much is reported of the object around it."""
        around = self.flaw in {Flaw.MISSING, Flaw.EXTRA_FIELD}
        return self.at.rpartition("/")[0] if around else self.at

    def applied_to(self, content: Any) -> Any:
        if self.value is not _GONE:
            return pointer.write(content, self.at, self.value)
        changed = copy.deepcopy(content)
        parent, _, name = self.at.rpartition("/")
        del pointer.read(changed, parent)[_plain(name)]
        return changed


# Stand for a field that is left out, and for a body of no bytes.
_GONE: Final = object()
_NOTHING: Final = object()
_WHOLE: Final = (
    _Fault("", Flaw.NO_OBJECT, "empty body", _NOTHING),
    _Fault("", Flaw.NO_OBJECT, "null instead of object", None),
    _Fault("", Flaw.NO_OBJECT, "list instead of object", []),
    _Fault("", Flaw.NO_OBJECT, "number instead of object", 7),
)
# What takes the place of a value. A list comes first: no parser, however obliging, reads one as a text or a number.
_OTHERS: Final[tuple[tuple[str, Any], ...]] = (("list", [7]), ("number", 7), ("string", "text"), ("null", None))
_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "string"),
    (list, "list"),
    (dict, "object"),
)
_UNHEARD: Final = "UNHEARD_OF"
_UNREADABLE: Final = "%not this%"


def _faults(specification: Specification, event_type: str, content: Any) -> Iterator[_Fault]:
    yield from _WHOLE
    document = specification.document
    yield from _faults_within(document, document.schema(document.event_schema_at(event_type)), content, "")


def _faults_within(document: Document, schema: Any, value: Mapping[str, Any], at: str) -> Iterator[_Fault]:
    """The faults of an object's fields, and of theirs."""
    parts = tuple(_parts(document, schema))
    required = {name for part in parts for name in part.get("required", ())}
    for name, inner in value.items():
        here = f"{at}/{_escaped(name)}"
        if name in required:
            yield _Fault(here, Flaw.MISSING, "missing", _GONE)
        declared = [part["properties"][name] for part in parts if name in part.get("properties", {})]
        yield from _faults_of(document, {"allOf": declared}, inner, here)
    if any(part.get("additionalProperties") is False for part in parts):
        yield _Fault(f"{at}/unheard_of", Flaw.EXTRA_FIELD, "extra field", 7)


def _faults_of(document: Document, schema: Any, value: Any, at: str) -> Iterator[_Fault]:
    """The faults of one field."""
    parts = tuple(_parts(document, schema))
    kind = _type_of(value)
    if any({"type", "const", "enum"} & part.keys() for part in parts):
        for other, instead in _OTHERS:
            if other != kind:
                yield _Fault(at, Flaw.ANOTHER_TYPE, f"{other} instead of {kind}", instead)
    if kind == "string" and any({"const", "enum"} & part.keys() for part in parts):
        yield _Fault(at, Flaw.UNKNOWN_VALUE, "unknown value", _UNHEARD)
    formats = dict.fromkeys(part["format"] for part in parts if kind == "string" and "format" in part)
    for name in formats:
        yield _Fault(at, Flaw.BROKEN_FORMAT, f"no {name}", _UNREADABLE)
    if kind == "string" and any("pattern" in part for part in parts):
        yield _Fault(at, Flaw.BROKEN_FORMAT, "against its pattern", _UNREADABLE)
    if isinstance(value, dict):
        yield from _faults_within(document, schema, value, at)


def _parts(document: Document, schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schemas that all hold for a value: this one, what it refers to, and what it is put together from."""
    if not isinstance(schema, dict):
        return
    yield schema
    if "$ref" in schema:
        yield from _parts(document, pointer.read(document.content, schema["$ref"].removeprefix("#")))
    for inner in schema.get("allOf", ()):
        yield from _parts(document, inner)


def _checked(
    specification: Specification, event_type: str, content: Any, faults: Iterator[_Fault]
) -> Iterator[EventDefect]:
    document = specification.document
    schema_at = document.event_schema_at(event_type)
    broken = document.violations(schema_at, content)
    if broken:
        raise ValueError(f"the event itself is not valid: {broken[0]}")
    for fault in faults:
        if fault.value is _NOTHING:
            yield _defect(specification, fault, b"")
            continue
        changed = fault.applied_to(content)
        told = {text.partition(": ")[0] for text in document.violations(schema_at, changed)}
        if told == {_plain(fault.told_at) or "/"}:
            yield _defect(specification, fault, compact(changed))


def _defect(specification: Specification, fault: _Fault, body: bytes) -> EventDefect:
    d = specification.description
    place, shown = Place.ENVELOPE, fault.at
    around = tuple(filter(None, (d.id_at, d.type_at, d.time_at, d.payload_at)))
    if not d.thin and fault.at.startswith(f"{d.payload_at}/") and fault.at not in around:
        place, shown = Place.PAYLOAD, fault.at.removeprefix(d.payload_at)
    name = f"{place}{shown and f' {shown}'}: {fault.words}"
    return EventDefect(name=name, place=place, grade=fault.grade, flaw=fault.flaw, at=fault.at, body=body)


def _type_of(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _plain(text: str) -> str:
    return text.replace("~1", "/").replace("~0", "~")
