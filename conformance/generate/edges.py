"""Values at the very edge of what a document allows: it does not forbid them, and correct receivers may stumble."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from conformance.generate.places import replaced, walk

__all__ = ["edges"]

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# In UTC this is before the first year that most calendars know.
_EARLY: Final = "0001-01-01T00:00:00+14:00"


def _early(value: Any) -> Any:
    return _EARLY if isinstance(value, str) and _TIME.fullmatch(value) else value


def _with_nul(value: Any) -> Any:
    return f"{value[:1]}\0{value[1:]}" if isinstance(value, str) else value


_EDGES: Final[tuple[tuple[str, Callable[[Any], Any]], ...]] = (
    (f"the time {_EARLY}", _early),
    ("U+0000 in a text", _with_nul),
)


def edges(content: Any, *, keep: Collection[str], allows: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    """The content with one kind of such values wherever it is allowed, with the name of the kind.

    What stands at a pointer in `keep` stays.
    """
    for name, edged in _EDGES:
        changed, places = content, []
        for at, value in walk(content):
            other = edged(value)
            if other != value and at not in keep and allows(further := replaced(changed, at, other)):
                changed = further
                places.append(at)
        if places:
            yield f"{name} at {', '.join(places)}", changed
