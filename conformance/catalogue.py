"""The requirements by id, read from `schemas/requirements.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator

from conformance.errors import ConfigurationError, Problem
from conformance.platform.yaml_file import read_yaml
from conformance.requirement import Requirement, Source
from conformance.resources import schemas
from conformance.verdict import Level

__all__ = ["Catalogue", "read_catalogue", "shipped_catalogue"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All requirements in their order, and the titles of the chapters; `own` are the ids of those not from the kit."""

    requirements: Mapping[str, Requirement]
    chapters: Mapping[str, str]
    own: tuple[str, ...] = ()

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self.requirements[requirement_id]

    def joined(self, requirements: Iterable[Requirement], chapters: Mapping[str, str]) -> Catalogue:
        """The records of this catalogue, and after them those of somebody's own that are not in it."""
        new = {r.id: r for r in requirements if r.id not in self.requirements}
        return Catalogue(
            MappingProxyType({**self.requirements, **new}),
            MappingProxyType({**self.chapters, **{c: t for c, t in chapters.items() if c not in self.chapters}}),
            (*self.own, *new),
        )


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that ships with the kit."""
    return read_catalogue(schemas() / "requirements.yaml")


def read_catalogue(path: Path) -> Catalogue:
    """Read and check a catalogue.

    Raises ConfigurationError that names every mistake at once.
    """
    raw = read_yaml(path, keys_once=True)
    schema = json.loads((schemas() / "requirements.schema.json").read_text(encoding="utf-8"))
    problems = [
        Problem(f"{path} at /{'/'.join(map(str, error.absolute_path))}", error.message[:300])
        for error in Draft202012Validator(schema).iter_errors(raw)
    ]
    if problems:
        raise ConfigurationError(*problems)
    records = {entry["id"]: _requirement(entry) for entry in raw["requirements"]}
    if len(records) != len(raw["requirements"]):
        raise ConfigurationError(Problem(f"{path} at /requirements", "an id is used twice"))
    chapters = {chapter["id"]: chapter["title"] for chapter in raw["chapters"]}
    return Catalogue(MappingProxyType(records), MappingProxyType(chapters))


def _requirement(entry: Mapping[str, Any]) -> Requirement:
    return Requirement(
        id=entry["id"],
        chapter=entry["chapter"],
        level=Level(entry["level"]),
        title=entry["title"],
        statement=entry["statement"],
        why=entry["why"],
        seen_by=entry["seen_by"],
        allowed=tuple(entry.get("allowed", ())),
        remedy=entry["remedy"],
        applies_when=tuple(entry.get("applies_when", ())),
        needs_control=tuple(entry.get("needs_control", ())),
        sources=tuple(Source(**source) for source in entry["sources"]),
    )
