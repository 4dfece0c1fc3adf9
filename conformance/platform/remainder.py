"""What remains of a description when all that is wrong with its form is taken out of it.

A mistake of form must not hide the mistakes behind it: what remains has the right form, so that everything else can be
looked at as well, and it knows what may look wrong only because something was taken out.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from conformance import pointer

__all__ = ["Remainder", "remainder"]

_ROUNDS: Final = 12
_STEPS: Final = 3
# What takes the place of a value that must be there, by its path; `*` is any name. Everything else is left out.
_STAND_INS: Final[Mapping[tuple[str, ...], Any]] = {
    ("format",): 1,
    ("name",): "platform",
    ("title",): "Platform",
    ("document",): "absent",
    ("deliveries",): {"endpoints": "one", "user_agent": "Platform"},
    ("deliveries", "endpoints"): "one",
    ("deliveries", "user_agent"): "Platform",
    ("deliveries", "paths"): {},
    ("events", "style"): "thick",
    ("events", "id"): "/id",
    ("events", "type"): "/type",
    ("events", "payload"): "",
    ("events", "object_id"): "/id",
    ("events", "unknown_type"): "?",
    ("events", "types", "*"): {"object_type": "?"},
    ("events", "types", "*", "object_type"): "?",
    ("acknowledgement",): {"limit": 10, "refused": [401]},
    ("acknowledgement", "limit"): 10,
    ("acknowledgement", "refused"): [401],
    ("signature", "content"): "{body}",
    ("signature", "encoding"): "hex",
    ("signature", "headers"): {"Signature": "{signature}"},
    ("object_types", "*"): {"id": "/id", "origin": ["platform"]},
    ("object_types", "*", "id"): "/id",
    ("object_types", "*", "origin"): ["platform"],
    ("operations", "*"): {"does": "list-event-types"},
    ("operations", "*", "does"): "list-event-types",
}
# Where one of these is not the file's own, nothing can be said of what is below the other.
_FOLLOWS: Final = (
    ("/signature/headers", "/signature"),
    ("/signature/scheme", "/signature"),
    ("/deliveries/form", "/deliveries"),
    ("/deliveries/form", "/events"),
    ("/deliveries/endpoints", "/deliveries/paths"),
)
_WHOLE: Final = "/signature"


@dataclass(frozen=True, slots=True)
class Remainder:
    """A description of the right form, None where there is not enough of one.

    `touched` are the pointers of what is not as the file has it.
    """

    raw: Any
    touched: frozenset[str]

    def hides(self, at: str) -> bool:
        """Whether what looks wrong at a pointer may come of what was taken out."""
        return any(_concerns(there, at) for there in self._doubtful())

    def _doubtful(self) -> Iterator[str]:
        yield from self.touched
        if _WHOLE in self.touched:
            yield "/handshake"
        yield from (then for when, then in _FOLLOWS if any(_is_below(there, when) for there in self.touched))

    def has_touched(self, at: str) -> bool:
        """Whether what stands at a pointer, or anything in it, is not as the file has it."""
        return any(_is_below(there, at) for there in self.touched)


def _is_below(at: str, there: str) -> bool:
    return at == there or at.startswith(f"{there}/")


def _concerns(there: str, at: str) -> bool:
    """Whether it is the same part, one within it, or the entry to which it belongs."""
    return _is_below(at, there) or (at.count("/") >= _STEPS and _is_below(there, at))


def remainder(raw: Any, validator: Draft202012Validator) -> Remainder:
    """Take out what is wrong until nothing is: what may be left out goes, for the rest something stands in."""
    touched: set[str] = set()
    for _ in range(_ROUNDS):
        errors = list(validator.iter_errors(raw))
        if not errors:
            return Remainder(raw, frozenset(touched))
        raw = copy.deepcopy(raw)
        places = {place for error in errors for place in _places(error)}
        if () in places:
            break
        for place in sorted(places, key=_backwards, reverse=True):
            touched.add("".join(f"/{pointer.escaped(str(step))}" for step in place))
            _mend(raw, place)
    return Remainder(None, frozenset(touched))


def _places(error: ValidationError) -> Iterator[tuple[str | int, ...]]:
    """The paths of what must go, or must come, for an error to end."""
    path = tuple(error.absolute_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.validator_value
    there: Any = error.instance
    if error.validator == "additionalProperties" and value is False:
        yield from ((*path, name) for name in there if name not in schema.get("properties", {}))
    elif error.validator == "required":
        missing = [name for name in value if name not in there]
        yield from ((*path, name) if _stand_in((*path, name)) is not None else path for name in missing)
    elif error.validator == "dependentRequired":
        yield from ((*path, name) for name in value if name in there)
    else:
        yield path


def _backwards(place: tuple[str | int, ...]) -> tuple[tuple[bool, int, str], ...]:
    """Later entries of a list before earlier ones, so that no number moves under a path that is still to come."""
    return tuple((isinstance(s, int), s if isinstance(s, int) else 0, str(s)) for s in place)


def _stand_in(place: tuple[str | int, ...]) -> Any:
    for path, value in _STAND_INS.items():
        if len(path) == len(place) and all(p in {"*", s} for p, s in zip(path, place, strict=True)):
            return copy.deepcopy(value)
    return None


def _mend(raw: Any, place: tuple[str | int, ...]) -> None:
    here = raw
    for step in place[:-1]:
        within = step in here if isinstance(here, dict) else isinstance(here, list) and int(step) < len(here)
        if not within:
            return  # gone with what it stood in
        here = here[step]
    last = place[-1]
    value = _stand_in(place)
    if isinstance(here, list):
        del here[int(last)]
    elif isinstance(here, dict) and value is not None:
        here[last] = value
    elif isinstance(here, dict):
        here.pop(last, None)
