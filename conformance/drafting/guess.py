"""A guess and what it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance import pointer
from conformance.platform.document import Document

__all__ = ["Fields", "Guess", "first_declared", "plain"]


@dataclass(frozen=True, slots=True)
class Guess:
    """A value for a description, and the comment that stands beside it."""

    value: Any
    reason: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields that schemas declare which all hold for one value; `places` are their pointers."""

    document: Document
    places: tuple[str, ...]

    @classmethod
    def of_event(cls, document: Document, event_type: str) -> Fields:
        """Those of an event."""
        return cls(document, (document.event_schema_at(event_type),))

    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(dict.fromkeys(name for at in self.places for name in self.document.properties(at)))

    def inside(self, name: str) -> Fields:
        """The fields of one of them."""
        step = pointer.escaped(name)
        return Fields(self.document, tuple(d for at in self.places for d in self.document.declarations(at, step)))

    def below(self, at: str) -> Fields:
        """The fields of what a pointer leads to."""
        fields = self
        for step in at.split("/")[1:]:
            fields = fields.inside(step.replace("~1", "/").replace("~0", "~"))
        return fields

    def schemas(self, name: str) -> list[dict[str, Any]]:
        """All that is said of one of them."""
        found = [self.document.schema(at) for at in self.inside(name).places]
        return [schema for schema in found if isinstance(schema, dict)]

    def schema(self, name: str) -> dict[str, Any]:
        """The first that is said of one of them."""
        return next(iter(self.schemas(name)), {})

    def holds_text(self, name: str) -> bool:
        """Whether a field can hold a text."""
        schema = self.schema(name)
        kinds = schema.get("type", "string" if {"const", "enum", "format", "pattern"} & schema.keys() else None)
        return "string" in kinds if isinstance(kinds, list) else kinds == "string"

    def holds_object(self, name: str) -> bool:
        """Whether a field holds an object whose fields are declared."""
        return bool(self.inside(name).names())

    def constant(self, name: str) -> str:
        """The one text that a field can hold; empty where it can hold more."""
        for schema in self.schemas(name):
            values = [schema["const"]] if "const" in schema else schema.get("enum", [])
            if len(values) == 1 and isinstance(values[0], str):
                return str(values[0])
        return ""


def first_declared(names: Sequence[str], among: Sequence[str]) -> str:
    """The first of some names that is among others, whatever its case and whichever way words are joined."""
    known = {plain(name): name for name in reversed(among)}
    return next((known[plain(name)] for name in names if plain(name) in known), "")


def plain(name: str) -> str:
    """A name without case, and however its words are joined."""
    return name.replace("_", "").replace("-", "").lower()
