"""What of a bundled document can be used: references that lead somewhere, schemas that are some, harmless patterns.

A part that cannot is replaced by a schema that says so and allows everything; whatever reaches it is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance import pointer
from conformance.platform.bundle import UNUSABLE, Bundle
from conformance.platform.dialect import walk_schema
from conformance.platform.folder import Spot

__all__ = ["Reach", "pattern_trouble", "straighten", "weed"]

# A repeated group that itself repeats can hold the interpreter for minutes on a short text.
# Counts that leave no choice (`{2}`) do no harm.
_REPEAT: Final = r"(?:(?<!\\)[+*]|\{\d*,\d*\})"
_NESTED_REPEAT: Final = re.compile(rf"\([^()]*{_REPEAT}[^()]*\){_REPEAT}")
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})
_DATA: Final = frozenset({"const", "default", "enum", "example", "examples", "value"})


def straighten(content: dict[str, Any], bundle: Bundle) -> None:
    """Take out what is of another form than OpenAPI has it, so that everyone else can rely on the form."""
    for name in ("paths", "components", "webhooks"):
        _only_maps(content, name, "", bundle)
    for name in list(content.get("components", {})):
        _only_maps(content["components"], name, "/components", bundle)
    schemas = content.get("components", {}).get("schemas", {})
    for name in [name for name, schema in schemas.items() if not isinstance(schema, dict | bool)]:
        bundle.note(_origin(bundle, f"/components/schemas/{pointer.escaped(name)}"), "is no schema")
        del schemas[name]
    for path in list(content.get("paths", {})):
        at = f"/paths/{pointer.escaped(path)}"
        if not _only_maps(content["paths"], path, "/paths", bundle):
            continue
        item = content["paths"][path]
        _only_parameters(item, at, bundle)
        for method in _METHODS & item.keys():
            if _only_maps(item, method, at, bundle):
                _only_parameters(item[method], f"{at}/{method}", bundle)
                _only_maps(item[method], "responses", f"{at}/{method}", bundle)
                _only_maps(item[method], "requestBody", f"{at}/{method}", bundle)


def _only_maps(holder: dict[str, Any], name: str, at: str, bundle: Bundle) -> bool:
    """Whether a map stands there; what is something else is taken out."""
    if name in holder and not isinstance(holder[name], dict):
        if holder[name] is not None:
            bundle.note(_origin(bundle, f"{at}/{pointer.escaped(name)}"), "is no object", "OpenAPI has one here.")
        del holder[name]
    return name in holder


def _only_parameters(holder: dict[str, Any], at: str, bundle: Bundle) -> None:
    listed = holder.get("parameters", [])
    known = [p for p in listed if _is_parameter(p)] if isinstance(listed, list) else []
    if known != listed:
        bundle.note(_origin(bundle, f"{at}/parameters"), "holds what is no parameter", "Each has a name and a place.")
        holder["parameters"] = known


def _is_parameter(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return isinstance(value.get("$ref"), str) or (
        isinstance(value.get("name"), str) and isinstance(value.get("in"), str)
    )


def weed(content: dict[str, Any], bundle: Bundle) -> None:
    """Replace every part of a content that cannot be used, and write down why."""
    for at, node in _references(content):
        target = node["$ref"].removeprefix("#")
        if pointer.read(content, target) is None:
            _condemn(node, bundle, at, f"refers to nothing: {node['$ref']}")
        elif _comes_back(content, node):
            _condemn(node, bundle, at, f"refers to itself in the end: {node['$ref']}")
    for at, holder, name in list(_schemas(content)):
        schema = holder[name]
        if not _is_schema(schema):
            error = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
            where = "".join(f"/{pointer.escaped(str(step))}" for step in error.absolute_path) if error else ""
            what = error.message[:200] if error else "against the rules of JSON Schema"
            hint = "Only what refers to it cannot be used."
            holder[name] = {UNUSABLE: bundle.note(_origin(bundle, at + where), f"is not a JSON Schema: {what}", hint)}
            continue
        for inner, node in walk_schema(schema, at):
            _weed_patterns(node, bundle, inner)


def _is_schema(schema: Any) -> bool:
    try:
        return jsonschema_rs.meta.is_valid(schema)
    except (ValueError, TypeError):
        return False


def _weed_patterns(schema: dict[str, Any], bundle: Bundle, at: str) -> None:
    named = schema.get("patternProperties")
    patterns = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
    patterns += list(named) if isinstance(named, dict) else []
    for pattern in patterns:
        trouble = pattern_trouble(pattern)
        if trouble:
            here = f"{at}/pattern" if pattern == schema.get("pattern") else f"{at}/patternProperties"
            what, hint = trouble
            _condemn(schema, bundle, here, what, hint)
            return


def pattern_trouble(pattern: str) -> tuple[str, str] | None:
    """Why a pattern cannot be used, and what to do; None where it can."""
    if _NESTED_REPEAT.search(pattern):
        return f"repeats what repeats: {pattern}", "Such a pattern can take minutes."
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is a pattern that Python does not read: {pattern} ({error})", "Write it in the words of both."
    return None


def _condemn(node: dict[str, Any], bundle: Bundle, at: str, what: str, hint: str = "") -> None:
    note = bundle.note(_origin(bundle, at), what, hint)
    node.clear()
    node[UNUSABLE] = note


def _origin(bundle: Bundle, at: str) -> Spot:
    return bundle.origin(at) or Spot(bundle.folder.root, at)


def _references(content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, node in _structure(content):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            yield at, node


def _structure(content: Any) -> Iterator[tuple[str, Any]]:
    """Every value but those of examples and constants, with its pointer."""
    pending = [("", content, False)]
    while pending:
        here, node, names = pending.pop()
        yield here, node
        if isinstance(node, dict):
            for name, inner in node.items():
                if names or name == "x-parts" or not (name in _DATA or name.startswith("x-")):
                    pending.append((f"{here}/{pointer.escaped(name)}", inner, not names and name == "properties"))
        elif isinstance(node, list):
            pending.extend((f"{here}/{number}", inner, False) for number, inner in enumerate(node))


def _comes_back(content: Any, node: Any) -> bool:
    """Whether nothing but references follow one another from here."""
    seen = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        if node["$ref"] in seen:
            return True
        seen.add(node["$ref"])
        node = pointer.read(content, node["$ref"].removeprefix("#"))
    return False


def _schemas(content: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every outermost schema: its pointer, what holds it, and its name there."""
    pending: list[tuple[str, Any]] = [("", content)]
    while pending:
        here, node = pending.pop()
        if isinstance(node, list):
            pending.extend((f"{here}/{number}", inner) for number, inner in enumerate(node))
        elif isinstance(node, dict):
            for name, inner in node.items():
                there = f"{here}/{pointer.escaped(name)}"
                if name == "schema" or here == "/components/schemas":
                    yield there, node, name
                elif name not in _DATA:
                    pending.append((there, inner))


class Reach:
    """What hangs on what: the notes of everything that a part of a content leads to."""

    def __init__(self, content: Any) -> None:
        self._content = content
        self._known: dict[str, tuple[frozenset[str], frozenset[int]]] = {}

    def notes(self, at: str) -> list[int]:
        """The numbers of the notes that anything below a pointer, or referred to from there, has."""
        seen: set[str] = set()
        found: set[int] = set()
        waiting = [at]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                references, notes = self._direct(here)
                found |= notes
                waiting.extend(references)
        return sorted(found)

    def _direct(self, at: str) -> tuple[frozenset[str], frozenset[int]]:
        if at not in self._known:
            references, notes = set(), set()
            for _, node in _structure(pointer.read(self._content, at)):
                if isinstance(node, dict):
                    if isinstance(node.get("$ref"), str):
                        references.add(node["$ref"].removeprefix("#"))
                    if isinstance(node.get(UNUSABLE), int):
                        notes.add(node[UNUSABLE])
            self._known[at] = (frozenset(references), frozenset(notes))
        return self._known[at]
