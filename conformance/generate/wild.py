"""The wild half of the corpus: events as varied as the document allows, and such as no correct receiver may refuse."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from conformance import pointer
from conformance.generate.borders import bordered
from conformance.generate.samples import components, draw_valid
from conformance.platform.specification import Specification

__all__ = ["SIZE", "draw_wild"]

_DRAWN: Final = 10
# So many events of each type, and how many are drawn for them.
SIZE: Final = (_KEPT := 6, _DRAWN)


def draw_wild(specification: Specification, *, random_seed: int) -> dict[str, list[Any]]:
    """Wild events by their type; types whose schemas differ in the type's name alone are drawn once, together."""
    d, document = specification.description, specification.document
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for kind in d.delivered_types:
        schema = pointer.write(document.schema(document.event_schema_at(kind.name)), f"/properties{d.type_at}", {})
        alike[json.dumps(schema, sort_keys=True)].append(kind.name)
    places = {names[0]: document.event_schema_at(names[0]) for names in alike.values()}
    drawn = draw_valid(
        document,
        places,
        {name: bordered(document.schema(at)) for name, at in places.items()},
        {name: bordered(schema) for name, schema in components(document).items()},
        count=_DRAWN,
        random_seed=random_seed,
        codec="utf-8",
    )
    return {
        name: [pointer.write(value, d.type_at, name) for value in _kept(specification, drawn[names[0]])]
        for names in alike.values()
        for name in names
    }


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
