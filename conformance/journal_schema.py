"""The JSON Schema of a line of `journal.jsonl`, made from the very types that are written."""

from __future__ import annotations

import json
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any, Final

from conformance.journal import KINDS, LEFT_OUT

__all__ = ["journal_schema"]

_SIMPLE: Final = {str: "string", int: "integer", float: "number", bool: "boolean"}
_BYTES: Final = {
    "description": "Text, or what is not UTF-8 in base64.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["base64"],
            "properties": {"base64": {"type": "string", "contentEncoding": "base64"}},
        },
    ],
}


def journal_schema() -> str:
    """The schema, as the text of its file."""
    shapes: dict[str, Any] = {}
    for name, kind in KINDS.items():
        shape = _of_type(kind, left_out=LEFT_OUT.get(kind, frozenset()))
        shape["properties"] = {"record": {"const": name}, **shape["properties"]}
        shape["required"] = ["record", *shape["required"]]
        shapes[name] = shape
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://webhook-conformance.invalid/schemas/journal.schema.json",
        "title": "A line of the journal of the webhook conformance kit",
        "description": "Each line of journal.jsonl is such a record. Generated; docs/reference/journal.md explains it.",
        "type": "object",
        "required": ["record"],
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in shapes],
        "$defs": {"bytes": _BYTES, **shapes},
    }
    return json.dumps(schema, indent=2) + "\n"


def _of_type(kind: type[Any], *, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    kept = [field for field in fields(kind) if field.name not in left_out]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [f.name for f in kept if f.default is MISSING and f.default_factory is MISSING],
        "properties": {field.name: _of_hint(hints[field.name]) for field in kept},
    }


def _of_hint(hint: Any) -> dict[str, Any]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        present = next(each for each in inner if each is not type(None))
        return {"anyOf": [_of_hint(present), {"type": "null"}]}
    if origin is tuple and inner[-1] is Ellipsis:
        return {"type": "array", "items": _of_hint(inner[0])}
    if origin is tuple:
        count = len(inner)
        return {
            "type": "array",
            "prefixItems": [_of_hint(each) for each in inner],
            "minItems": count,
            "maxItems": count,
        }
    if hint is bytes:
        return {"$ref": "#/$defs/bytes"}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [str(member) for member in hint]}
    if is_dataclass(hint):
        return _of_type(typing.cast("type[Any]", hint))
    return {"type": _SIMPLE[hint]}
