"""The wild half of the corpus: events as varied as the document allows, and such as no correct receiver may refuse."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any, Final

from conformance import pointer
from conformance.generate.borders import bordered
from conformance.generate.builder import NothingBuilt, Style, build
from conformance.generate.samples import components, draw_valid
from conformance.platform.document import Document
from conformance.platform.specification import Specification

__all__ = ["SIZE", "draw_wild"]

_DRAWN: Final = 10
# Events that are built have no more options from so many parts on: a few are enough to be varied, and time is not free.
_LARGE: Final = 150
# So many characters of schemas are given to the engine that searches.
_SEARCHED: Final = 100_000
# So many events of each type, and how many are drawn for them.
SIZE: Final = (_KEPT := 6, _DRAWN)


def draw_wild(specification: Specification, *, random_seed: int) -> dict[str, list[Any]]:
    """Wild events by their type; types whose schemas differ in the type's name alone are drawn once, together."""
    d, document = specification.description, specification.document
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for kind in d.delivered_types:
        schema = document.schema(document.event_schema_at(kind.name))
        schema = pointer.placed(schema, d.type_at and f"/properties{d.type_at}", {})
        alike[json.dumps(schema, sort_keys=True)].append(kind.name)
    places = {names[0]: document.event_schema_at(names[0]) for names in alike.values()}
    shared = {name: bordered(schema) for name, schema in components(document).items()}
    small = _searched(document, places)
    drawn = draw_valid(
        document,
        small,
        {name: bordered(document.schema(at)) for name, at in small.items()},
        {name: shared[name] for name in _needed(document, small.values()) if name in shared},
        count=_DRAWN,
        random_seed=random_seed,
        codec="utf-8",
    )
    within = {**document.content, "components": {**document.content.get("components", {}), "schemas": shared}}
    for name, at in places.items():
        if name not in small:
            random = Random(f"{random_seed}:{name}")  # noqa: S311  # the same exam for everyone
            drawn[name] = list(_built(document, at, within, random))
    return {
        name: [pointer.placed(value, d.type_at, name) for value in _kept(specification, drawn[names[0]])]
        for names in alike.values()
        for name in names
    }


def _searched(document: Document, places: Mapping[str, str]) -> dict[str, str]:
    """The places for which an engine searches: the first ones, as far as their schemas together are not too large.

    The engine needs a third of a second for a schema and a second for each hundred of its fields; from a document of
    hundreds of events the others are built.
    """
    left = _SEARCHED
    found = {}
    for name, at in places.items():
        left -= 200 + sum(len(json.dumps(pointer.read(document.content, here))) for here in document.closure(at))
        if left < 0:
            break
        found[name] = at
    return found


def _needed(document: Document, places: Iterable[str]) -> list[str]:
    """The names of the shared schemas to which these places lead, in the order of the document."""
    reached = {here.split("/")[3] for at in places for here in document.closure(at) if here.count("/") >= 3}
    return [name for name in components(document) if pointer.escaped(name) in reached]


def _built(document: Document, at: str, within: Mapping[str, Any], random: Random) -> Iterator[Any]:
    """Valid events of all sorts: with all fields, with few, by way of one choice and another."""
    schema = bordered(document.schema(at))
    for number, optional in enumerate((90, 50, 0)):
        style = Style(optional=optional, branch=number, examples=False, large=_LARGE)
        try:
            value = build(within, schema, random, style)
        except (NothingBuilt, RecursionError):
            continue
        if not document.violations(at, value):
            yield value


def _kept(specification: Specification, values: Iterable[Any]) -> list[Any]:
    """The first of the values that differ in more than what the kit itself writes into each event."""
    d = specification.description
    seen: dict[str, Any] = {}
    for value in values:
        if not any(_has_controls(text) for text in _texts(value)):
            bare = value
            for at in filter(None, (d.id_at, d.object_id_at, d.time_at)):
                bare = pointer.write(bare, at, pointer.read(value, at) is not None)
            seen.setdefault(json.dumps(bare, sort_keys=True), value)
    return list(seen.values())[:_KEPT]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _has_controls(text: str) -> bool:
    """Whether a text holds control characters: `$` of a pattern means one thing to ECMA 262 and another to Python."""
    return any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text)
