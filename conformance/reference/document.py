"""JSON documents: read strictly, written compactly, pointed into, and filled in from templates."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Json", "JsonObject", "as_object", "at", "fill", "name_at", "put", "read", "text_at", "where", "write"]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = "dict[str, Json]"


def read(body: bytes) -> Json:
    """Read UTF-8 JSON; everything that RFC 8259 does not allow is a ValueError, too deep nesting included."""
    try:
        document: Json = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        message = "nested too deeply"
        raise ValueError(message) from None
    return document


def write(document: Json) -> bytes:
    """Give the document as compact ASCII; a lone surrogate stays the escape that it was."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def at(document: Json, pointer: str) -> Json:
    """Give what the JSON pointer leads to, None where it leads nowhere."""
    found = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def text_at(document: Json, pointer: str) -> str | None:
    """Give the text that the pointer leads to, None where there is none or it is empty."""
    found = at(document, pointer)
    return found if isinstance(found, str) and found else None


def name_at(document: Json, pointer: str) -> str | None:
    """Give the id that the pointer leads to, as a text: one that is a whole number is the text of its digits."""
    found = at(document, pointer)
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else text_at(document, pointer)


def as_object(document: Json) -> JsonObject:
    """Give the document if it is an object, an empty one otherwise."""
    return document if isinstance(document, dict) else {}


def put(document: JsonObject, pointer: str, value: Json) -> JsonObject:
    """Give a copy with the value where the JSON pointer leads; objects on the way are made where they are missing."""
    first, more, rest = pointer.removeprefix("/").partition("/")
    name = first.replace("~1", "/").replace("~0", "~")
    return {**document, name: put(as_object(document.get(name)), f"/{rest}", value) if more else value}


def fill(template: Json, values: Mapping[str, Json]) -> Json:
    """Replace each text `{name}` by its value; a text that only contains it takes the value in as text."""
    if isinstance(template, dict):
        return {name: fill(part, values) for name, part in template.items()}
    if isinstance(template, list):
        return [fill(part, values) for part in template]
    if not isinstance(template, str):
        return template
    for name, value in values.items():
        token = "{" + name + "}"
        if template == token:
            return value
        template = template.replace(token, str(value))
    return template


def where(template: Json, token: str) -> str | None:
    """Give the pointer to where the token stands in the template, None where it does not."""
    if template == token:
        return ""
    if isinstance(template, dict):
        for name, part in template.items():
            below = where(part, token)
            if below is not None:
                return "/" + name.replace("~", "~0").replace("/", "~1") + below
    return None


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        _refuse(text)
    return number
