"""A platform's two halves, description and OpenAPI document, read together and checked against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.errors import ConfigurationError, Problem
from conformance.platform.description import Description
from conformance.platform.description_file import locate, read_description
from conformance.platform.document import Document, read_document

__all__ = ["Specification", "read_specification"]


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
    description = read_description(path, overrides=overrides)
    document = read_document(description.document)
    problems = tuple(Problem(f"{path} at {at}", what) for at, what in _disagreements(description, document))
    if problems:
        raise ConfigurationError(*problems)
    return Specification(description, document)


def _disagreements(description: Description, document: Document) -> Iterator[tuple[str, str]]:
    name = description.document.name
    for event_type in description.event_types:
        if event_type not in document.event_types:
            yield f"/events/types/{event_type}", f"{name} has no webhook of that name"
    for event_type in document.event_types:
        if event_type not in description.event_types:
            yield "/events/types", f"nothing is said of the webhook {event_type!r} of {name}"
    if description.unknown_type in description.event_types:
        yield "/events/unknown_type", f"{description.unknown_type!r} is a type that the platform has"
    yield from _operations(description, document)
    if not description.thin:
        yield from _payloads(Specification(description, document))


def _operations(description: Description, document: Document) -> Iterator[tuple[str, str]]:
    name = description.document.name
    for role in description.operations.values():
        operation = document.operation(role.operation)
        if operation is None:
            yield f"/operations/{role.operation}", f"{name} has no operation of that id"
            continue
        for key, _ in role.keys:
            if f"{{{key}}}" not in operation.path:
                yield f"/operations/{role.operation}/keys/{key}", f"{operation.path} has no such parameter"
    for operation in document.operations:
        if operation.id not in description.operations:
            yield "/operations", f"nothing is said of the operation {operation.id!r} of {name}"


def _payloads(specification: Specification) -> Iterator[tuple[str, str]]:
    description, document = specification.description, specification.document
    for event in description.delivered_types:
        if event.name not in document.event_types or event.object_type not in description.object_types:
            continue
        id_at = description.object_types[event.object_type].id
        at = specification.payload_schema_at(event.name)
        if not at or not document.locate(at, id_at):
            yield f"/events/types/{event.name}", f"its payload in {description.document.name} declares no {id_at}"
