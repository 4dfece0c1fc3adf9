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
    """The fields that a schema declares."""

    document: Document
    at: str

    def names(self) -> tuple[str, ...]:
        """Their names."""
        return self.document.properties(self.at)

    def inside(self, name: str) -> Fields:
        """The fields of one of them."""
        return Fields(self.document, self.document.locate(self.at, f"/{pointer.escaped(name)}"))

    def schema(self, name: str) -> dict[str, Any]:
        """The schema of one of them."""
        found = self.document.schema(self.document.locate(self.at, f"/{pointer.escaped(name)}"))
        return found if isinstance(found, dict) else {}

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
        for at in self.document.declarations(self.at, pointer.escaped(name)):
            schema = self.document.schema(at)
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
