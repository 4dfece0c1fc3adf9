"""Narrowing a JSON Schema to the values that a polite platform sends: plausible dates, readable texts, whole numbers.

Every value that the narrowed schema allows is meant to be allowed by the original; whoever generates from it checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["polite"]

_PATTERNS: Final = {
    "date-time": "^202[4-5]-0[1-9]-[0-1][1-9]T[0-1][0-9]:[0-5][0-9]:[0-5][0-9]Z$",
    "date": "^202[4-5]-0[1-9]-[0-1][1-9]$",
    "time": "^[0-1][0-9]:[0-5][0-9]:[0-5][0-9]Z$",
    "uri": "^https://[a-z]{3,8}[.]example/[a-z]{1,8}$",
    "email": "^[a-z]{3,8}@[a-z]{3,8}[.]example$",
}
_COMBINERS: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if"})
_NESTED_MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})


def polite(schema: Any) -> Any:
    """The narrowed schema; references stay references."""
    if not isinstance(schema, dict):
        return [polite(part) for part in schema] if isinstance(schema, list) else schema
    narrowed: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NESTED_MAPS and isinstance(value, dict):
            narrowed[key] = {name: polite(inner) for name, inner in value.items()}
        elif key in {"enum", "const", "required", "example", "examples", "default", "not"}:
            narrowed[key] = value
        else:
            narrowed[key] = polite(value)
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        if len(kinds) != 1:
            return narrowed
        return _of_one_type({**narrowed, "type": kinds[0]})  # a value says more than null does
    return _of_one_type(narrowed)


def _of_one_type(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") == "string":
        return _text(schema)
    if schema.get("type") in {"integer", "number"}:
        return _number(schema)
    if schema.get("type") == "object":
        return _complete(schema)
    if schema.get("type") == "array" and schema.get("maxItems", 1) > 0:
        return {"minItems": 1, **schema}  # an empty list shows nothing of what it could hold
    return schema


def _text(schema: dict[str, Any]) -> dict[str, Any]:
    if {"enum", "const", "pattern"} & schema.keys():
        return schema
    pattern = _PATTERNS.get(str(schema.get("format", "")))
    if pattern:
        return {"type": "string", "pattern": pattern}
    if "format" in schema:
        return schema
    longest = max(schema.get("maxLength", max(12, schema.get("minLength", 0))), 1)
    least = min(max(schema.get("minLength", 4), 4), longest)
    most = max(least, min(longest, 12))
    return {"type": "string", "pattern": f"^[A-Z][a-z]{{{least - 1},{most - 1}}}$"}


def _number(schema: dict[str, Any]) -> dict[str, Any]:
    if {"enum", "const"} & schema.keys():
        return schema
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    return {"minimum": least, "maximum": least + 10_000, **schema, "type": "integer"}


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    if _COMBINERS & schema.keys():
        return schema
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and properties:
        return {**schema, "required": list(properties), "additionalProperties": False}
    return schema
