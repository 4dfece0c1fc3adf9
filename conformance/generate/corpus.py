"""The corpus: sample events, objects and views of a platform, and wild events, drawn once, checked, hashed and kept.

Every partner sits the same exam: the corpus hangs on the document and on a fixed seed, not on the seed of the run, and
its digest stands in the report. It is cached by content, so that a second run starts at once.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from conformance.errors import ConfigurationError, Problem
from conformance.generate.politeness import polite
from conformance.generate.samples import build_valid, components, draw_valid
from conformance.generate.wild import SIZE, draw_wild
from conformance.platform.specification import Specification

__all__ = ["Corpus", "read_corpus"]

_SEED: Final = 20_260_101
_DRAWN: Final = 4
_KEPT: Final = 2
_FORMAT: Final = 5
_WILD: Final = "wild:"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Samples by what they are samples of, at least one each; `wild` holds events by their type like `events`."""

    events: Mapping[str, tuple[Any, ...]]
    objects: Mapping[str, tuple[Any, ...]]
    views: Mapping[str, tuple[Any, ...]]
    wild: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 over all samples."""
        text = json.dumps([dict(part) for part in (self.events, self.objects, self.views, self.wild)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_corpus(specification: Specification, cache: Path | None) -> Corpus:
    """The corpus of a platform, from the cache folder where it is, else drawn and put there.

    Raises ConfigurationError with the pointer of every schema from which nothing valid can be drawn.
    """
    places = _places(specification)
    kept = _Shelf(cache, _key(specification, places))
    found = kept.read()
    if found is None or found.keys() != places.keys():
        found = _draw(specification, places)
        kept.write(found)
    return _sorted_out(found)


def _places(specification: Specification) -> dict[str, str]:
    """What to draw, by name, with the pointer of its schema."""
    description, document = specification.description, specification.document
    events = {e.name: document.event_schema_at(e.name) for e in description.delivered_types}
    places = {f"{part}{name}": at for part in ("event:", _WILD) for name, at in events.items()}
    for name in description.object_types:
        at = specification.object_schema_at(name)
        if at:
            places[f"object:{name}"] = at
    for role in description.operations.values():
        if role.does == "view":
            places[f"view:{role.operation}"] = specification.view_schema_at(role.operation)
    return places


def _key(specification: Specification, places: Mapping[str, str]) -> str:
    engines = [version(name) for name in ("schemathesis", "hypothesis")]
    parts = [
        specification.document.digest,
        json.dumps(places, sort_keys=True),
        str((_FORMAT, _SEED, _DRAWN, _KEPT, SIZE)),
        *engines,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _draw(specification: Specification, places: Mapping[str, str]) -> dict[str, list[Any]]:
    document = specification.document
    polite_places = {name: at for name, at in places.items() if not name.startswith(_WILD)}
    drawn = build_valid(document, polite_places, count=_KEPT, random_seed=_SEED)
    for narrowed in (_polite_all, dict):
        missing = {name: document.schema(polite_places[name]) for name, values in drawn.items() if not values}
        if missing:
            shared = narrowed(components(document))
            drawn |= draw_valid(document, places, narrowed(missing), shared, count=_DRAWN, random_seed=_SEED)
    problems = [
        Problem(
            f"{specification.description.document} at {document.origin(places[name])}",
            "no valid value can be drawn from this schema",
            "Look for parts of it that cannot both hold; an event type can be left out with `delivered: false`.",
        )
        for name, values in drawn.items()
        if not values
    ]
    if problems:
        raise ConfigurationError(*problems)
    polite_ones = {name: values[-_KEPT:] for name, values in drawn.items()}
    wild = draw_wild(specification, random_seed=_SEED)
    return polite_ones | {f"{_WILD}{name}": values or polite_ones[f"event:{name}"] for name, values in wild.items()}


def _polite_all(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: polite(schema) for name, schema in schemas.items()}


def _sorted_out(found: Mapping[str, list[Any]]) -> Corpus:
    groups: dict[str, dict[str, tuple[Any, ...]]] = {"event": {}, "object": {}, "view": {}, "wild": {}}
    for name, values in found.items():
        kind, _, what = name.partition(":")
        groups[kind][what] = tuple(values)
    return Corpus(groups["event"], groups["object"], groups["view"], groups["wild"])


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One place in the cache folder; a folder that cannot be written costs time and nothing else."""

    folder: Path | None
    key: str

    def read(self) -> dict[str, list[Any]] | None:
        if self.folder is None:
            return None
        try:
            found = json.loads((self.folder / f"{self.key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        complete = isinstance(found, dict) and found.get("key") == self.key and isinstance(found.get("samples"), dict)
        return found["samples"] if complete else None

    def write(self, samples: Mapping[str, list[Any]]) -> None:
        if self.folder is None:
            return
        temporary = self.folder / f"{self.key}.{os.getpid()}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps({"key": self.key, "samples": samples}), encoding="utf-8")
            temporary.replace(self.folder / f"{self.key}.json")
        except OSError:
            return
