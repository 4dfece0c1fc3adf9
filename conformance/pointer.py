"""JSON pointers (RFC 6901) into parsed JSON: read one, write one, check one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["escaped", "placed", "read", "walk", "write"]


def escaped(name: str) -> str:
    """A name as a step of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def read(document: Any, pointer: str, default: Any = None) -> Any:
    """What the pointer points at, `default` where it points at nothing; the empty pointer is the whole document."""
    here = document
    for step in _steps(pointer):
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isdecimal() and step.isascii() and int(step) < len(here):
            here = here[int(step)]
        else:
            return default
    return here


def write(document: Any, pointer: str, value: Any) -> Any:
    """The document with the value at the pointer; objects on the way are made where they are missing.

    The document itself stays as it is; what the pointer does not pass is shared with it, so neither may be changed in
    place.
    """
    steps = _steps(pointer)
    if not steps:
        return value
    result = here = dict(document) if isinstance(document, dict) else {}
    for step in steps[:-1]:
        inner = here.get(step)
        here[step] = here = dict(inner) if isinstance(inner, dict) else {}
    here[steps[-1]] = value
    return result


def placed(document: Any, pointer: str, value: Any) -> Any:
    """The document with the value at the pointer; as it is where the pointer is empty, which then means no place."""
    return write(document, pointer, value) if pointer else document


def walk(document: Any) -> Iterator[tuple[str, Any]]:
    """Every value of the document with its pointer, in no particular order."""
    pending = [("", document)]
    while pending:
        here, value = pending.pop()
        yield here, value
        if isinstance(value, dict):
            pending.extend((f"{here}/{escaped(str(name))}", inner) for name, inner in value.items())
        elif isinstance(value, list):
            pending.extend((f"{here}/{number}", inner) for number, inner in enumerate(value))
