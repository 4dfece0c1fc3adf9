"""Places inside of parsed JSON, lists included: all of them, and copies in which one is replaced or gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["removed", "replaced", "walk"]


def walk(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its JSON pointer, from the outside in."""
    yield at, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from walk(inner, f"{at}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk(inner, f"{at}/{number}")


def replaced(document: Any, at: str, value: Any) -> Any:
    """A copy with another value at a pointer, whose last name may be new.

    Raises LookupError where there is no such place.
    """
    if not at:
        return value
    head, more, rest = at.removeprefix("/").partition("/")
    inside = f"/{rest}" if more else ""
    name = head.replace("~1", "/").replace("~0", "~")
    if isinstance(document, list):
        number = int(name)
        inner = replaced(document[number], inside, value)
        return [*document[:number], inner, *document[number + 1 :]]
    return {**document, name: replaced(document[name], inside, value) if inside else value}


def removed(document: Any, at: str) -> Any:
    """A copy without what the pointer points at."""
    parent_at, _, last = at.rpartition("/")
    name = last.replace("~1", "/").replace("~0", "~")
    parent = next(value for place, value in walk(document) if place == parent_at)
    if isinstance(parent, list):
        rest: Any = [inner for number, inner in enumerate(parent) if number != int(name)]
    else:
        rest = {key: inner for key, inner in parent.items() if key != name}
    return replaced(document, parent_at, rest)
