"""Simpler forms of a JSON value, one step away from it: what is tried to find the least event that still fails."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from conformance.generate.places import removed, replaced, walk

__all__ = ["deepest", "simpler"]


def simpler(content: Any, *, keep: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Each simpler form, with the pointer of what is simpler in it, the boldest steps first.

    What stands at a pointer in `keep`, and what holds it, stays.
    """
    places = [(at, value) for at, value in walk(content) if at and not _kept(at, keep)]
    places.sort(key=lambda place: place[0].count("/"))
    for at, _ in places:
        yield at, removed(content, at)
    for at, value in places:
        for plainer in _plainer(value):
            yield at, replaced(content, at, plainer)


def _kept(at: str, keep: Collection[str]) -> bool:
    return any(pointer == at or pointer.startswith(f"{at}/") for pointer in keep)


def _plainer(value: Any) -> Iterator[Any]:
    """Values of the same type that hold less."""
    if isinstance(value, str):
        plain = [value[: len(value) // 2], "".join("a" if not _is_plain(c) else c for c in value), "a" * len(value)]
        yield from (text for text in dict.fromkeys(plain) if text != value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from (number for number in (0, 1, int(value) // 2) if abs(number) < abs(value))
    elif value is True:
        yield False


def _is_plain(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in " -_.:/@+")


def deepest(pointers: Collection[str]) -> tuple[str, ...]:
    """The pointers that none of the others goes further than."""
    return tuple(at for at in dict.fromkeys(pointers) if not any(other.startswith(f"{at}/") for other in pointers))
