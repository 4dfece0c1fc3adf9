"""The dialects of JSON Schema that documents are written in, and the way from each to draft 2020-12.

What differs is said one schema at a time; whoever walks through a document asks for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from conformance import pointer

__all__ = ["INNER_LISTS", "INNER_MAPS", "INNER_SCHEMAS", "Dialect", "declared_dialect", "modern", "walk_schema"]

# The keywords under which further schemas stand: by name, in a list, alone (or in a list, in old drafts).
INNER_MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
INNER_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
INNER_SCHEMAS: Final = frozenset(
    {
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
# Names of schemas and what hangs on them: the reader of a document resolves references by place.
_NAMES: Final = frozenset({"$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary"})


class Dialect(Enum):
    """A family of keywords with one meaning."""

    OPENAPI_3_0 = "OpenAPI 3.0"
    DRAFT_4 = "draft-04"
    DRAFT_7 = "draft-06 and draft-07"
    DRAFT_2019 = "2019-09"
    DRAFT_2020 = "2020-12"


def declared_dialect(schema: Any, default: Dialect) -> Dialect:
    """The dialect that a schema declares for itself with `$schema`."""
    name = str(schema.get("$schema", "")) if isinstance(schema, dict) else ""
    for part, dialect in (
        ("draft-04", Dialect.DRAFT_4),
        ("draft-06", Dialect.DRAFT_7),
        ("draft-07", Dialect.DRAFT_7),
        ("2019-09", Dialect.DRAFT_2019),
        ("2020-12", Dialect.DRAFT_2020),
    ):
        if part in name:
            return dialect
    return default


def modern(schema: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """The schema in the words of draft 2020-12; the schemas inside of it stay as they are."""
    if dialect in {Dialect.OPENAPI_3_0, Dialect.DRAFT_4, Dialect.DRAFT_7} and isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"]}  # what stands beside a reference counts only since 2019-09
    result = {name: value for name, value in schema.items() if not (name in _NAMES and isinstance(value, str | bool))}
    _mend(result)
    if dialect is Dialect.DRAFT_2020:
        return result
    _split_items(result)
    _split_dependencies(result)
    return _with_null(result) if dialect is Dialect.OPENAPI_3_0 else result


def _split_items(schema: dict[str, Any]) -> None:
    items = schema.get("items")
    rest = schema.pop("additionalItems", None)
    if isinstance(items, list):
        del schema["items"]
        schema["prefixItems"] = items
        if rest is not None:
            schema["items"] = rest


def _split_dependencies(schema: dict[str, Any]) -> None:
    for name, needs in (schema.pop("dependencies", None) or {}).items():
        keyword = "dependentRequired" if isinstance(needs, list) else "dependentSchemas"
        schema[keyword] = {**schema.get(keyword, {}), name: needs}


def _mend(schema: dict[str, Any]) -> None:
    """What has one meaning only and yet is against the letter of the draft.

    A name that is required twice, and a boolean beside a border that it excludes, as draft 4 and OpenAPI 3.0 have it.
    """
    required = schema.get("required")
    if isinstance(required, list) and all(isinstance(name, str) for name in required):
        schema["required"] = list(dict.fromkeys(required))
    for exclusive, border in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and border in schema:
            schema[exclusive] = schema.pop(border)


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """`nullable` as a type; without a type beside it, as most generators write it, it stands for the whole schema."""
    if schema.pop("nullable", False) is not True:
        return schema
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*names, "null"]} if "null" not in names else schema
    # What is said about a schema stays outside of the choice.
    said: dict[str, Any] = {name: schema.pop(name) for name in ("title", "description", "example") if name in schema}
    return {**said, "anyOf": [schema, {"type": "null"}]} if schema else said


def walk_schema(schema: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema object in a schema, itself included, with its pointer; examples and constants are none."""
    pending = [(at, schema)]
    while pending:
        here, node = pending.pop()
        if not isinstance(node, dict):
            continue
        yield here, node
        for name, inner in node.items():
            there = f"{here}/{pointer.escaped(name)}"
            if name in INNER_MAPS and isinstance(inner, dict):
                pending.extend((f"{there}/{pointer.escaped(n)}", s) for n, s in inner.items())
            elif name in INNER_LISTS and isinstance(inner, list):
                pending.extend((f"{there}/{number}", s) for number, s in enumerate(inner))
            elif name in INNER_SCHEMAS:
                pending.append((there, inner))
