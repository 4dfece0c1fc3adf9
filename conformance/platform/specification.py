"""A platform's two halves, description and OpenAPI document, read together and checked against each other."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from conformance import pointer
from conformance.errors import ConfigurationError, Problem
from conformance.platform.description import Description, from_raw
from conformance.platform.description_file import Checked, checked, locate
from conformance.platform.document import Document
from conformance.platform.document_file import read_document
from conformance.platform.remainder import Remainder

__all__ = ["Specification", "consulted", "read_specification"]


@dataclass(frozen=True, slots=True)
class Specification:
    """Everything that is known of a platform before a run."""

    description: Description
    document: Document

    def object_schema_at(self, object_type: str) -> str:
        """Where the document declares the object itself: in an answer about it, else in an event that carries it."""
        kind = self.description.object_types[object_type]
        for name in (kind.get, kind.create):
            role = self.description.operations.get(name)
            operation = self.document.operation(name)
            if role is None or operation is None:
                continue
            answer = self.document.answer_schema_at(operation, role.status)
            if answer:
                return self._within_answer(answer, role.answer)
        types = self.description.event_types_about(object_type)
        return self.payload_schema_at(types[0].name) if types and not self.description.thin else ""

    def _within_answer(self, at: str, template: Any) -> str:
        place = placeholder(template, "{object}")
        if place is not None:
            return self.document.locate(at, place)
        place = placeholder(template, "{objects}")
        return self.document.locate(at, place) + "/items" if place is not None else ""

    def view_schema_at(self, operation_id: str) -> str:
        """Where the document declares what a `view` operation shows; empty when it does not."""
        role, operation = self.description.operations[operation_id], self.document.operation(operation_id)
        place = placeholder(role.answer, "{view}")
        if operation is None or place is None:
            return ""
        return self.document.locate(self.document.answer_schema_at(operation, role.status), place)

    def subscription_schema_at(self, operation_id: str) -> str:
        """Where the document declares the subscription that an operation answers with; empty when it does not."""
        role, operation = self.description.operations[operation_id], self.document.operation(operation_id)
        place = placeholder(role.answer, "{subscription}")
        if operation is None or place is None:
            return ""
        return self.document.locate(self.document.answer_schema_at(operation, role.status), place)

    def payload_schema_at(self, event_type: str) -> str:
        """Where the document declares the payload of an event type."""
        return self.document.locate(self.document.event_schema_at(event_type), self.description.payload_at)


def placeholder(template: Any, token: str) -> str | None:
    """The pointer to a token in an answer template, None when it is not there."""
    if template == token:
        return ""
    if isinstance(template, dict):
        for key, value in template.items():
            inner = placeholder(value, token)
            if inner is not None:
                return f"/{key}{inner}"
    return None


def read_specification(platform: str, *, overrides: Mapping[str, Any] | None = None) -> Specification:
    """Read what `--platform` names.

    Raises ConfigurationError that names every mistake at once.
    """
    path = locate(platform)
    found = checked(path, overrides=overrides)
    specification, problems, _ = consulted(path, found, confirmed=frozenset(overrides or ()))
    if specification is None or found.problems or problems:
        raise ConfigurationError(*found.problems, *problems)
    return specification


def consulted(
    path: Path, found: Checked, *, confirmed: frozenset[str] = frozenset()
) -> tuple[Specification | None, tuple[Problem, ...], tuple[Problem, ...]]:
    """What is right of a description beside its document, None without one of both; what they disagree on; notes."""
    rest = found.rest
    if rest.raw is None or "/document" in rest.touched:
        name = found.raw.get("document") if isinstance(found.raw, dict) else None
        return None, *_told_by(path.parent / name if isinstance(name, str) and name else None)
    raw = pointer.placed(rest.raw, "" if "payload" in rest.raw["events"] else "/events/payload", "")
    description = from_raw(raw, path, confirmed=confirmed)
    named = {name: event.schema for name, event in description.event_types.items() if event.schema}
    try:
        document = read_document(description.document, named=named, form=description.form)
    except ConfigurationError as error:
        hint = "`document` names it, from the folder of this description."
        return None, tuple(replace(p, hint=p.hint or hint) for p in error.problems), ()
    told = tuple(_disagreements(description, document))
    if not _CARRIED & rest.touched:
        told += tuple(_payloads(Specification(description, document), rest))
    problems = (Problem(f"{path} at {at}", what, hint) for at, what, hint in told if not rest.hides(at))
    return Specification(description, document), tuple(problems), document.notes


# Without these nobody knows where an event carries its object.
_CARRIED: Final = frozenset({"/events/style", "/events/payload"})


def _told_by(document: Path | None) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Problems and notes of a document whose description says too little."""
    try:
        return (), read_document(document).notes if document is not None else ()
    except ConfigurationError as error:
        return error.problems, ()


def _disagreements(description: Description, document: Document) -> Iterator[tuple[str, str, str]]:
    """What a description says and its document does not, the other way round, and what cannot be used of both."""
    yield from _events(description, document)
    yield from _operations(description, document)


def _events(description: Description, document: Document) -> Iterator[tuple[str, str, str]]:
    name = description.document.name
    for event_type in description.event_types:
        if event_type in document.event_types:
            continue
        at = f"/events/types/{pointer.escaped(event_type)}"
        trouble = document.unusable.get(event_type)
        if trouble is not None:
            yield at, f"cannot be used: {trouble.where} {trouble.what}", trouble.hint
        else:
            close = difflib.get_close_matches(event_type, document.event_types, 1)
            hint = f"It has {close[0]!r}." if close else "Its schema can be named with `schema`."
            yield at, f"{name} has no webhook of that name", hint
    for event_type in () if "event_types" in description.unused else document.event_types:
        if event_type not in description.event_types:
            hint = "Describe it, or say `unlisted: {event_types: unused}`."
            yield "/events/types", f"nothing is said of the webhook {event_type!r} of {name}", hint
    if description.unknown_type in {*description.event_types, *document.event_types}:
        yield "/events/unknown_type", f"{description.unknown_type!r} is a type that the platform has", "Take another."


def _operations(description: Description, document: Document) -> Iterator[tuple[str, str, str]]:
    name = description.document.name
    for role in description.operations.values():
        at = f"/operations/{pointer.escaped(role.operation)}"
        operation = document.operation(role.operation)
        if operation is None:
            close = difflib.get_close_matches(role.operation, [o.id for o in document.operations], 1)
            hint = f"It has {close[0]!r}." if close else "Take an `operationId` of the document, or leave it out."
            yield at, f"{name} has no operation of that id", hint
            continue
        trouble = document.unusable.get(operation.at)
        if trouble is not None:
            yield at, f"cannot be used: {trouble.where} {trouble.what}", trouble.hint
        for key, _ in role.keys:
            if f"{{{key}}}" not in operation.path:
                names = ", ".join(re.findall(r"\{([^{}]+)\}", operation.path))
                hint = f"It has {names}." if names else "It has none: leave `keys` out."
                yield f"{at}/keys/{key}", f"{operation.path} has no such parameter", hint
    for operation in () if "operations" in description.unused else document.operations:
        if operation.id not in description.operations:
            hint = "Describe it, or say `unlisted: {operations: unused}`."
            yield "/operations", f"nothing is said of the operation {operation.id!r} of {name}", hint


def _payloads(specification: Specification, rest: Remainder) -> Iterator[tuple[str, str, str]]:
    description, document = specification.description, specification.document
    for event in () if description.thin else description.delivered_types:
        if event.name not in document.event_types or event.object_type not in description.object_types:
            continue
        if rest.has_touched(f"/object_types/{pointer.escaped(event.object_type)}/id"):
            continue
        id_at = description.object_types[event.object_type].id
        at = specification.payload_schema_at(event.name)
        if not at or not document.locate(at, id_at):
            what = f"its payload in {description.document.name} declares no {id_at}"
            kind = pointer.escaped(event.object_type)
            hint = f"Say where the id stands, in /object_types/{kind}/id, or where the object does, in /events/payload."
            yield f"/events/types/{pointer.escaped(event.name)}", what, hint
