"""The platform's OpenAPI document: the schemas of its events, and the operations of its API."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from conformance import pointer
from conformance.errors import ConfigurationError, Problem
from conformance.platform.quick_check import QuickCheck
from conformance.platform.yaml_file import read_yaml

__all__ = ["Document", "Operation", "read_document"]

_URI: Final = "urn:conformance:document"
_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
# A repeated group that itself repeats can hold the interpreter for minutes on a short text.
_NESTED_REPEAT: Final = re.compile(r"\([^()]*[+*}][^()]*\)[+*{]")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the platform's API."""

    id: str
    method: str
    path: str
    query_parameters: frozenset[str]
    pattern: re.Pattern[str]


class Document:
    """A loaded document; references resolve inside it and nowhere else."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self._registry: Registry[Any] = Registry(  # type: ignore[call-arg]  # an attrs alias that mypy does not see
            retrieve=_refuse
        ).with_resource(
            _URI,
            DRAFT202012.create_resource(content),
        )
        self._quick = QuickCheck(content, _URI)
        self.operations = tuple(sorted(_operations(content), key=lambda o: (o.path.count("{"), o.path)))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, whatever its layout."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()

    @property
    def event_types(self) -> tuple[str, ...]:
        """The names under `webhooks`."""
        return tuple(self.content.get("webhooks", {}))

    def event_schema_at(self, event_type: str) -> str:
        """The pointer to the schema of an event type's body."""
        name = event_type.replace("~", "~0").replace("/", "~1")
        return f"/webhooks/{name}/post/requestBody/content/application~1json/schema"

    def answer_schema_at(self, operation: Operation, status: int) -> str:
        """The pointer to the schema of an operation's answer; empty when the document has none."""
        path = operation.path.replace("~", "~0").replace("/", "~1")
        answer = self._follow(f"/paths/{path}/{operation.method.lower()}/responses/{status}")
        at = f"{answer}/content/application~1json/schema"
        return at if pointer.read(self.content, at) is not None else ""

    def schema(self, at: str) -> Any:
        """The schema at a pointer, references at its top followed."""
        schema = pointer.read(self.content, at)
        while isinstance(schema, dict) and set(schema) == {"$ref"}:
            schema = pointer.read(self.content, schema["$ref"].removeprefix("#"))
        return schema

    def locate(self, at: str, path: str) -> str:
        """Walk from the schema at `at` down the properties that `path` names; empty when one is not declared."""
        for step in path.split("/")[1:]:
            at = self._follow(at)
            found = f"{at}/properties/{step}"
            if pointer.read(self.content, found) is None:
                return ""
            at = found
        return at

    def _follow(self, at: str) -> str:
        schema = pointer.read(self.content, at)
        while isinstance(schema, dict) and "$ref" in schema:
            at = schema["$ref"].removeprefix("#")
            schema = pointer.read(self.content, at)
        return at

    def properties(self, at: str) -> tuple[str, ...]:
        """The names of the properties that the object schema at `at` declares."""
        schema = pointer.read(self.content, self._follow(at))
        return tuple(schema.get("properties", ())) if isinstance(schema, dict) else ()

    def violations(self, at: str, value: Any) -> tuple[str, ...]:
        """What a value breaks of the schema at a pointer, formats included; empty when it is valid."""
        if self._quick.passes(at, value):
            return ()
        validator = Draft202012Validator(
            {"$ref": f"{_URI}#{at}"}, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        return tuple(f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(value))

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a request calls, with its path parameters."""
        for operation in self.operations:
            found = operation.pattern.fullmatch(path)
            if found and operation.method == method:
                names = re.findall(r"\{([^{}]+)\}", operation.path)
                return operation, dict(zip(names, map(unquote, found.groups()), strict=True))
        return None

    def operation(self, operation_id: str) -> Operation | None:
        """The operation of that id."""
        return next((o for o in self.operations if o.id == operation_id), None)


def _refuse(uri: str) -> Resource[Any]:
    raise NoSuchResource(uri)


def _operations(content: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in content.get("paths", {}).items():
        for method in _METHODS:
            operation = item.get(method)
            if not isinstance(operation, dict):
                continue
            declared = [_resolved(content, p) for p in [*item.get("parameters", ()), *operation.get("parameters", ())]]
            query = frozenset(p["name"] for p in declared if p.get("in") == "query")
            name = operation.get("operationId") or f"{method} {path}"
            yield Operation(name, method.upper(), path, query, _pattern(path))


def _resolved(content: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    found = pointer.read(content, part["$ref"].removeprefix("#")) if "$ref" in part else part
    return found if isinstance(found, dict) else {}


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^{}]+\}", path)
    return re.compile("([^/]+)".join(map(re.escape, pieces)))


def read_document(path: Path) -> Document:
    """Load and check a document.

    Raises ConfigurationError that names every mistake at once, each with its JSON pointer.
    """
    content = read_yaml(path)
    if not isinstance(content, dict) or not str(content.get("openapi", "")).startswith("3.1"):
        raise ConfigurationError(
            Problem(str(path), "is not an OpenAPI 3.1 document", "It starts with 'openapi: 3.1.0'.")
        )
    problems = [
        *_bad_references(content, path),
        *_bad_schemas(content, path),
        *(
            Problem(f"{path} at /webhooks/{name}", "has no post operation with an application/json body")
            for name in content.get("webhooks", {})
            if pointer.read(content, Document.event_schema_at(Document.__new__(Document), name)) is None
        ),
    ]
    if problems:
        raise ConfigurationError(*problems)
    return Document(content)


def _walk(node: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    pending = [(at, node)]
    while pending:
        here, value = pending.pop()
        yield here, value
        if isinstance(value, dict):
            pending.extend((f"{here}/{str(k).replace('~', '~0').replace('/', '~1')}", v) for k, v in value.items())
        elif isinstance(value, list):
            pending.extend((f"{here}/{i}", v) for i, v in enumerate(value))


def _bad_references(content: Any, path: Path) -> Iterator[Problem]:
    for at, node in _walk(content):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str):
            continue
        if not reference.startswith("#"):
            yield Problem(
                f"{path} at {at}", f"refers outside the document: {reference}", "Bundle the document into one file."
            )
        elif pointer.read(content, reference[1:]) is None:
            yield Problem(f"{path} at {at}", f"refers to nothing: {reference}")
        elif _comes_back(content, at):
            yield Problem(f"{path} at {at}", f"refers to itself in the end: {reference}")


def _comes_back(content: Any, at: str) -> bool:
    """Whether nothing but references follow one another from here."""
    seen = set()
    node = pointer.read(content, at)
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and node["$ref"].startswith("#"):
        if node["$ref"] in seen:
            return True
        seen.add(node["$ref"])
        node = pointer.read(content, node["$ref"][1:])
    return False


def _bad_schemas(content: Any, path: Path) -> Iterator[Problem]:
    for name, schema in (content.get("components", {}).get("schemas") or {}).items():
        at = f"/components/schemas/{name}"
        try:
            Draft202012Validator.check_schema(schema)
        except (SchemaError, Unresolvable) as error:
            yield Problem(f"{path} at {at}", f"is not a JSON Schema: {str(error).splitlines()[0]}")
            continue
        for inner, node in _walk(schema, at):
            pattern = node.get("pattern") if isinstance(node, dict) else None
            if isinstance(pattern, str) and _NESTED_REPEAT.search(pattern):
                yield Problem(
                    f"{path} at {inner}/pattern", f"repeats what repeats: {pattern}", "Such a pattern can take minutes."
                )
