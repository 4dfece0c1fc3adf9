"""Bundling: what a document refers to in other files moves into one content, in OpenAPI 3.1 and draft 2020-12.

References that stay inside the content are left as they are, but for those to schemas outside of `components`, which
move there too: whoever draws from schemas finds all of them in one place.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.errors import Problem
from conformance.platform.dialect import (
    INNER_LISTS,
    INNER_MAPS,
    INNER_SCHEMAS,
    Dialect,
    declared_dialect,
    modern,
)
from conformance.platform.folder import Folder, Spot, Unusable

__all__ = ["UNUSABLE", "Bundle"]

# Stands in a schema that cannot be used, with the number of the note that says why.
UNUSABLE: Final = "x-conformance-unusable"
_DATA: Final = frozenset({"const", "default", "enum", "example", "examples", "value"})
_UNPLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(slots=True)
class Bundle:
    """One content in the making; `home` is the place whose own references need not be moved."""

    folder: Folder
    home: Spot | None
    notes: list[Problem] = field(default_factory=list)
    origins: dict[str, Spot] = field(default_factory=dict)
    _names: dict[tuple[Spot, bool], str] = field(default_factory=dict)
    _taken: dict[str, set[str]] = field(default_factory=lambda: {"schemas": set(), "x-parts": set()})
    _waiting: deque[tuple[Spot, bool, Dialect, str]] = field(default_factory=deque)

    def note(self, spot: Spot, what: str, hint: str = "") -> int:
        """Write down what cannot be used, and where; the number of the note."""
        self.notes.append(Problem(f"{self.folder.shown_as(spot.file)} at {spot.at or 'the top'}", what, hint))
        return len(self.notes) - 1

    def converted(self, spot: Spot, dialect: Dialect) -> Any:
        """The whole content at a place that is no schema itself, its schemas in draft 2020-12."""
        content = self.folder.read(spot)
        components = content.get("components") if isinstance(content, dict) else None
        schemas = components.get("schemas") if isinstance(components, dict) else None
        self._taken["schemas"].update(schemas if isinstance(schemas, dict) else ())
        return self._part(content, spot, dialect, parent="")

    def schema_reference(self, spot: Spot, dialect: Dialect) -> str:
        """A reference to the schema at a place, which moves into the content unless it stands there already."""
        return self._reference(spot, dialect, schema=True)

    def moved(self) -> dict[str, dict[str, Any]]:
        """Everything that was referred to and stands elsewhere, by the name of the component that it becomes."""
        found: dict[str, dict[str, Any]] = {"schemas": {}, "x-parts": {}}
        while self._waiting:
            spot, schema, dialect, name = self._waiting.popleft()
            try:
                content = self.folder.read(spot)
            except Unusable as error:
                found["schemas" if schema else "x-parts"][name] = {UNUSABLE: self.note(spot, error.what, error.hint)}
                continue
            if schema:
                own = declared_dialect(self.folder.content(spot.file), dialect)
                found["schemas"][name] = self._schema(content, spot, own)
            else:
                found["x-parts"][name] = self._part(content, spot, dialect, parent="")
        return found

    def _part(self, node: Any, spot: Spot, dialect: Dialect, *, parent: str) -> Any:
        """What is no schema but may hold some."""
        if isinstance(node, list):
            return [self._part(inner, spot.below(i), dialect, parent="") for i, inner in enumerate(node)]
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            return self._referring(node, spot, dialect, schema=False)
        result: dict[str, Any] = {}
        for name, inner in node.items():
            here = spot.below(name)
            if name == "schema" and isinstance(inner, dict | bool):
                result[name] = self._schema(inner, here, dialect)
            elif name == "schemas" and parent == "components" and isinstance(inner, dict):
                result[name] = {n: self._schema(s, here.below(n), dialect) for n, s in inner.items()}
            elif name in _DATA or name.startswith("x-"):
                result[name] = inner
            else:
                result[name] = self._part(inner, here, dialect, parent=name)
        return result

    def _schema(self, node: Any, spot: Spot, dialect: Dialect) -> Any:
        if not isinstance(node, dict):
            return node
        dialect = declared_dialect(node, dialect)
        for dynamic in ("$recursiveRef", "$dynamicRef"):
            if isinstance(node.get(dynamic), str):
                node = {**node, "$ref": node[dynamic]}
                del node[dynamic]
        if isinstance(node.get("$ref"), str):
            node = self._referring(node, spot, dialect, schema=True)
        at_home = self.home is not None and spot.file == self.home.file
        return {
            name: self._keyword(name, inner, spot, dialect)
            for name, inner in modern(node, dialect).items()
            if at_home or name not in {"$defs", "definitions"}  # what is needed of these is referred to, and moves
        }

    def _keyword(self, name: str, value: Any, schema: Spot, dialect: Dialect) -> Any:
        here = schema.below(name)
        if name in INNER_MAPS and isinstance(value, dict):
            return {n: self._schema(s, here.below(n), dialect) for n, s in value.items()}
        if name in INNER_LISTS and isinstance(value, list):
            return [self._schema(s, here.below(i), dialect) for i, s in enumerate(value)]
        if name in INNER_SCHEMAS:
            return self._schema(value, here, dialect)
        if name == "discriminator" and isinstance(value, dict):
            return self._discriminator(value, schema, dialect)
        return value

    def _discriminator(self, node: dict[str, Any], spot: Spot, dialect: Dialect) -> dict[str, Any]:
        mapping = node.get("mapping")
        if not isinstance(mapping, dict):
            return node
        moved = {}
        for value, target in mapping.items():
            # A bare name is that of a schema beside this one.
            text = str(target)
            reference = text if re.search(r"[#/.]", text) else f"#/components/schemas/{text}"
            try:
                moved[value] = self._reference(self.folder.resolve(spot.file, reference), dialect, schema=True)
            except Unusable:
                moved[value] = text
        return {**node, "mapping": moved}

    def _referring(self, node: dict[str, Any], spot: Spot, dialect: Dialect, *, schema: bool) -> dict[str, Any]:
        """A node with its reference bent to where the target stands in the content."""
        try:
            target = self.folder.resolve(spot.file, node["$ref"])
            self.folder.read(target)
            self.folder.follow(target)
        except Unusable as error:
            return {UNUSABLE: self.note(spot, error.what, error.hint)}
        return {**node, "$ref": self._reference(target, dialect, schema=schema)}

    def _reference(self, target: Spot, dialect: Dialect, *, schema: bool) -> str:
        if self._is_home(target, schema=schema):
            return f"#{target.at}"
        key = (target, schema)
        if key not in self._names:
            place = "schemas" if schema else "x-parts"
            name = self._name(target, place)
            self._names[key] = f"#/components/{place}/{name}"
            self.origins[f"/components/{place}/{name}"] = target
            self._waiting.append((target, schema, dialect, name))
        return self._names[key]

    def _is_home(self, target: Spot, *, schema: bool) -> bool:
        if self.home is None or target.file != self.home.file or "%" in target.at:
            return False
        return not schema or target.at.startswith("/components/schemas/")

    def _name(self, target: Spot, place: str) -> str:
        last = target.at.rpartition("/")[2].replace("~1", "/").replace("~0", "~") or target.file.stem
        plain = _UNPLAIN.sub("_", last).strip("_") or "part"
        name, number = plain, 2
        while name in self._taken[place]:
            name, number = f"{plain}_{number}", number + 1
        self._taken[place].add(name)
        return name

    def origin(self, at: str) -> Spot | None:
        """Where what stands at a pointer of the content was read."""
        here = at
        while here:
            if here in self.origins:
                found = self.origins[here]
                return Spot(found.file, found.at + at.removeprefix(here))
            here = here.rpartition("/")[0]
        return Spot(self.home.file, self.home.at + at) if self.home is not None else None
