"""The platform's OpenAPI document: the schemas of its events, and the operations of its API."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, unquote

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT202012

from conformance import pointer
from conformance.errors import Problem
from conformance.platform.dialect import walk_schema
from conformance.platform.quick_check import QuickCheck

__all__ = ["Document", "EventNotes", "Operation", "event_schema_at", "json_media"]

_DEEPEST: Final = 20
_URI: Final = "urn:conformance:document"
_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the platform's API."""

    id: str
    method: str
    path: str
    query_parameters: frozenset[str]
    pattern: re.Pattern[str]

    @property
    def at(self) -> str:
        """Its pointer in the document."""
        return f"/paths/{pointer.escaped(self.path)}/{self.method.lower()}"


@dataclass(frozen=True, slots=True)
class EventNotes:
    """What the document as it was written says beside the schema of an event, and around it.

    `media` is the media type of the body, `field` the field of a form in which the event stands.
    """

    examples: tuple[Any, ...] = ()
    headers: tuple[str, ...] = ()
    media: str = ""
    field: str = ""


_NOTHING_SAID: Final = EventNotes()


class Document:
    """A loaded document in OpenAPI 3.1; references resolve inside it and nowhere else.

    `notes` tell what of it cannot be used; `unusable` tells why, by the name of an event type and the pointer of an
    operation; `origins` say where parts come from that stood elsewhere in the files.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        *,
        notes: tuple[Problem, ...] = (),
        said: Mapping[str, EventNotes] = MappingProxyType({}),
        unusable: Mapping[str, Problem] = MappingProxyType({}),
        origins: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.content = content
        self.notes = notes
        self.unusable = unusable
        self._said = said
        self._origins = origins
        self._registry: Registry[Any] = Registry(  # type: ignore[call-arg]  # an attrs alias that mypy does not see
            retrieve=_refuse
        ).with_resource(
            _URI,
            DRAFT202012.create_resource(content),
        )
        self._references: dict[str, frozenset[str]] = {}
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
        return event_schema_at(event_type)

    def said_of(self, event_type: str) -> EventNotes:
        """What the document says beside the schema of an event type."""
        return self._said.get(event_type, _NOTHING_SAID)

    def examples_at(self, at: str) -> tuple[Any, ...]:
        """The examples of whole values that stand beside the schema at a pointer; nobody has checked them."""
        said = next((notes.examples for name, notes in self._said.items() if event_schema_at(name) == at), ())
        return said or _examples_beside(self.content, at.removesuffix("/schema"))

    def origin(self, at: str) -> str:
        """Where what stands at a pointer was read, when that was another file or another place; else the pointer."""
        here = at
        while here:
            if here in self._origins:
                return f"{self._origins[here]}{at.removeprefix(here)}"
            here = here.rpartition("/")[0]
        return at

    def answer_schema_at(self, operation: Operation, status: int) -> str:
        """The pointer to the schema of an operation's answer; empty when the document has none."""
        for name in (str(status), f"{status // 100}XX", "default"):
            answer = self._follow(f"{operation.at}/responses/{name}")
            content = pointer.read(self.content, f"{answer}/content")
            media = json_media(content)
            if media is not None and "schema" in content[media]:
                return f"{answer}/content/{pointer.escaped(media)}/schema"
        return ""

    def request_schema_at(self, operation: Operation) -> str:
        """The pointer to the schema of an operation's JSON body; empty when the document has none."""
        body = self._follow(f"{operation.at}/requestBody")
        content = pointer.read(self.content, f"{body}/content")
        media = json_media(content)
        if media is None or "schema" not in content[media]:
            return ""
        return f"{body}/content/{pointer.escaped(media)}/schema"

    def schema(self, at: str) -> Any:
        """The schema at a pointer, references at its top followed."""
        schema = pointer.read(self.content, at)
        while isinstance(schema, dict) and set(schema) == {"$ref"}:
            schema = pointer.read(self.content, schema["$ref"].removeprefix("#"))
        return schema

    def locate(self, at: str, path: str) -> str:
        """Walk from the schema at `at` down the properties that `path` names; empty when one is not declared."""
        places = [at]
        for step in path.split("/")[1:]:
            places = [there for here in places for there in self.declarations(here, step)]
        return places[0] if places else ""

    def declarations(self, at: str, step: str, *, above: frozenset[str] = frozenset()) -> Iterator[str]:
        """Every place where the schema at `at` says something of one property: each of the schemas that it joins may.

        `step` is the property's name as a step of a pointer; `above` are the schemas of whose choices this one is.
        """
        for part in self._parts(at):
            found = f"{part}/properties/{step}"
            if pointer.read(self.content, found) is not None:
                yield found
        for branches in self._choices(at, above):
            each = [next(self.declarations(branch, step, above=above | {at}), "") for branch in branches]
            if each and all(each):
                yield each[0]

    def _choices(self, at: str, above: frozenset[str]) -> Iterator[list[str]]:
        """The branches of each choice that a schema leaves, null aside: what all of them declare is always declared."""
        for part in self._parts(at) if at not in above and len(above) < _DEEPEST else ():
            schema = pointer.read(self.content, part)
            for name in ("oneOf", "anyOf"):
                known = enumerate(schema[name]) if isinstance(schema.get(name), list) else ()
                branches = [f"{part}/{name}/{number}" for number, one in known if one != {"type": "null"}]
                if branches:
                    yield branches

    def _parts(self, at: str) -> list[str]:
        """The schemas that hold for a value at once: references followed, `allOf` taken apart."""
        found: dict[str, bool] = {}
        waiting = [at]
        while waiting:
            here = waiting.pop()
            schema = pointer.read(self.content, here)
            if here in found or not isinstance(schema, dict):
                continue
            found[here] = set(schema) != {"$ref"}
            together = schema.get("allOf")
            count = len(together) if isinstance(together, list) else 0
            waiting.extend(f"{here}/allOf/{number}" for number in reversed(range(count)))
            if isinstance(schema.get("$ref"), str):
                waiting.append(schema["$ref"].removeprefix("#"))
        return [here for here, says_more in found.items() if says_more]

    def joined(self, at: str) -> tuple[Mapping[str, Any], ...]:
        """The schemas that hold at once for what stands at a pointer; none where that is empty."""
        return tuple(pointer.read(self.content, part) for part in self._parts(at)) if at else ()

    def _follow(self, at: str) -> str:
        schema = pointer.read(self.content, at)
        while isinstance(schema, dict) and "$ref" in schema:
            at = schema["$ref"].removeprefix("#")
            schema = pointer.read(self.content, at)
        return at

    def properties(self, at: str, *, above: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The names of the properties that the object schema at `at` declares."""
        parts = [pointer.read(self.content, part) for part in self._parts(at)]
        names = dict.fromkeys(name for part in parts for name in part.get("properties", ()))
        for branches in self._choices(at, above):
            each = [self.properties(branch, above=above | {at}) for branch in branches]
            names |= dict.fromkeys(name for name in each[0] if all(name in others for others in each))
        return tuple(names)

    def closure(self, at: str) -> frozenset[str]:
        """Every pointer to which references lead from the schema at `at`, that one included."""
        seen: set[str] = set()
        waiting = [at]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting.extend(self._references_of(here))
        return frozenset(seen)

    def _references_of(self, at: str) -> frozenset[str]:
        if at not in self._references:
            nodes = (node for _, node in walk_schema(pointer.read(self.content, at)))
            self._references[at] = frozenset(
                node["$ref"].removeprefix("#") for node in nodes if isinstance(node.get("$ref"), str)
            )
        return self._references[at]

    def violations(self, at: str, value: Any) -> tuple[str, ...]:
        """What a value breaks of the schema at a pointer, formats included; empty when it is valid."""
        if self._quick.passes(at, value):
            return ()
        validator = Draft202012Validator(
            {"$ref": f"{_URI}#{quote(at)}"}, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
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


def event_schema_at(event_type: str) -> str:
    """The pointer to the schema of an event type's body, in every document."""
    return f"/webhooks/{pointer.escaped(event_type)}/post/requestBody/content/application~1json/schema"


def _examples_beside(content: Mapping[str, Any], media_at: str) -> tuple[Any, ...]:
    media = pointer.read(content, media_at)
    if not isinstance(media, dict):
        return ()
    named = media.get("examples")
    told = named.values() if isinstance(named, dict) else ()
    several = [e["value"] for e in told if isinstance(e, dict) and "value" in e]
    return (*([media["example"]] if "example" in media else []), *several)


def json_media(content: Any) -> str | None:
    """The media type of a JSON body, the plainest first."""
    names = list(content) if isinstance(content, dict) else []
    plain = {name: name.partition(";")[0].strip().lower() for name in names}
    for fits in (
        lambda n: n == "application/json",
        lambda n: plain[n] == "application/json",
        lambda n: plain[n].endswith(("+json", "/json")),
        lambda n: plain[n] in {"*/*", "application/*"},
    ):
        for name in names:
            if fits(name) and isinstance(content[name], dict):
                return str(name)
    return None


def _refuse(uri: str) -> Resource[Any]:
    raise NoSuchResource(uri)


def _operations(content: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in (content.get("paths") or {}).items():
        for method in _METHODS if isinstance(item, dict) else ():
            operation = item.get(method)
            if not isinstance(operation, dict):
                continue
            declared = [_resolved(content, p) for p in [*item.get("parameters", ()), *operation.get("parameters", ())]]
            query = frozenset(str(p.get("name")) for p in declared if p.get("in") == "query")
            own = operation.get("operationId")
            name = own if isinstance(own, str) and own else f"{method} {path}"
            yield Operation(name, method.upper(), path, query, _pattern(path))


def _resolved(content: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = part.get("$ref")
    found = pointer.read(content, reference.removeprefix("#")) if isinstance(reference, str) else part
    return found if isinstance(found, dict) else {}


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^{}]+\}", path)
    return re.compile("([^/]+)".join(map(re.escape, pieces)))
