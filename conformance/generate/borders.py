"""Narrowing a JSON Schema to the values that no correct receiver may refuse, however unusual they are.

A schema allows much that software in good health stumbles over: years before the calendar, offsets of 23 hours, control
characters, numbers that no machine word holds. What the narrowed schema allows is varied and within these borders.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["bordered"]

_SECONDS: Final = "([0-1][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_DAY: Final = "(19[7-9][0-9]|20[0-9][0-9])-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
# A fraction of at most six digits, and offsets that are in use somewhere; -00:00 has a meaning of its own.
_OFFSET: Final = "(Z|[+]0[0-9]:[03]0|[+]1[0-3]:00|-0[1-9]:00)"
_PATTERNS: Final = {
    "date-time": f"^{_DAY}T{_SECONDS}([.][0-9]{{1,6}})?{_OFFSET}$",
    "date": f"^{_DAY}$",
    "time": f"^{_SECONDS}{_OFFSET}$",
    "uri": "^https://[a-z]{3,8}[.]example(/[a-zA-Z0-9._~-]{1,20}){0,3}([?][a-z]{1,5}=[a-z0-9%+-]{0,10})?$",
    "email": "^[a-z][a-z0-9.+_-]{0,10}[a-z]@[a-z]{3,8}[.]example$",
}
# Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Chinese and pictures: letters that need one to four bytes.
_LETTERS: Final = "!-~À-þα-ωа-яא-תا-يक-ह一-三😀-😏"
_LONGEST: Final = 200
_NAME: Final = "^[a-z][a-z0-9_]{0,19}$"
_WHOLE: Final = 2**53 - 1
_WORD: Final = 2**31 - 1
_LARGEST: Final = 10**12
_MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_VALUES: Final = frozenset({"enum", "const", "required", "example", "examples", "default", "not"})
_COMBINERS: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if"})


def bordered(schema: Any) -> Any:
    """The narrowed schema; references stay references."""
    if not isinstance(schema, dict):
        return [bordered(part) for part in schema] if isinstance(schema, list) else schema
    narrowed: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _MAPS and isinstance(value, dict):
            narrowed[key] = {name: bordered(inner) for name, inner in value.items()}
        else:
            narrowed[key] = value if key in _VALUES else bordered(value)
    if isinstance(schema.get("type"), list) and not {"enum", "const"} & schema.keys():
        return {"anyOf": [_narrowed({**narrowed, "type": kind}) for kind in schema["type"]]}
    return _narrowed(narrowed)


def _narrowed(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of one type within the borders of its type."""
    narrow = {"string": _text, "integer": _number, "number": _number, "object": _closed}.get(str(schema.get("type")))
    return narrow(schema) if narrow is not None and not {"enum", "const"} & schema.keys() else schema


def _text(schema: dict[str, Any]) -> dict[str, Any]:
    if "pattern" in schema:
        return schema
    if "format" in schema:
        pattern = _PATTERNS.get(str(schema["format"]))
        return {"type": "string", "pattern": pattern} if pattern else schema
    least = schema.get("minLength", 0)
    longest = max(least, _LONGEST)
    most = min(schema.get("maxLength", longest), longest)
    # A text of spaces alone may count as none, so the first character is a letter.
    filled = f"[{_LETTERS}][ {_LETTERS}]{{{max(0, least - 1)},{most - 1}}}" if most else ""
    return {"type": "string", "pattern": f"^{filled}$" if least else f"^({filled})?$"}


def _number(schema: dict[str, Any]) -> dict[str, Any]:
    limit = _LARGEST if schema["type"] == "number" else _WORD if schema.get("format") == "int32" else _WHOLE
    least = {} if {"minimum", "exclusiveMinimum"} & schema.keys() else {"minimum": -limit}
    most = {} if {"maximum", "exclusiveMaximum"} & schema.keys() else {"maximum": limit}
    return {**schema, **least, **most}


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Without fields that nobody declared: what a receiver makes of those is another question."""
    if _COMBINERS & schema.keys():
        return schema
    if schema.get("properties"):
        return {"additionalProperties": False, **schema}
    return {"propertyNames": {"pattern": _NAME}, "maxProperties": 10, **schema}
