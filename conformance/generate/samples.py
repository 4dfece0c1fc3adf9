"""Drawing samples of a document's schemas: what an engine makes, as far as the document itself allows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import Any, Final

from conformance.generate.builder import NothingBuilt, Style, build
from conformance.platform.document import Document

__all__ = ["build_valid", "components", "draw_valid"]

# So many branches of choices are gone into.
_BRANCHES: Final = 4


def components(document: Document) -> Mapping[str, Any]:
    """The schemas that others refer to."""
    return document.content.get("components", {}).get("schemas") or {}


def draw_valid(
    document: Document,
    places: Mapping[str, str],
    schemas: Mapping[str, Any],
    shared: Mapping[str, Any],
    *,
    count: int,
    random_seed: int,
    codec: str = "ascii",
) -> dict[str, list[Any]]:
    """Draw up to `count` values for each schema, and keep those that the document allows at the place of that name.

    jsonschema has the last word, not the engine that drew them.
    """
    from conformance.generate.sampling import draw  # schemathesis takes long to import, and a cached corpus needs none

    drawn = draw(schemas, shared, count=count, random_seed=random_seed, codec=codec)
    whole = {name: [_whole(value) for value in values] for name, values in drawn.items()}
    return {
        name: [value for value in values if not document.violations(places[name], value)]
        for name, values in whole.items()
    }


def build_valid(
    document: Document, places: Mapping[str, str], *, count: int, random_seed: int, large: int = 2000
) -> dict[str, list[Any]]:
    """Up to `count` different values for each place, from the document's own examples and straight from the schema.

    None for a schema that cannot be built from in this way. `large` is as in a style.
    """
    return {
        name: _kept(document, at, Random(f"{random_seed}:{name}"), count, large)  # noqa: S311  # one exam for everyone
        for name, at in places.items()
    }


def _kept(document: Document, at: str, random: Random, count: int, large: int) -> list[Any]:
    """Whole values, by way of one choice and another; only what is required where none of those is valid."""
    whole = [Style(branch=b, examples=given, large=large) for b in range(_BRANCHES) for given in (True, False)]
    least = [Style(branch=b, optional=0) for b in range(_BRANCHES)]
    examples = [example for example in document.examples_at(at)[:1] if _is_plain(example)]
    kept: list[Any] = []
    for values in (examples, _built(document, at, random, whole), _built(document, at, random, least)):
        for value in values:
            if value not in kept and not document.violations(at, value):
                kept.append(value)
            if len(kept) >= count:
                return kept
        if kept and values is not examples:
            return kept
    return kept


def _built(document: Document, at: str, random: Random, styles: Iterable[Style]) -> Iterator[Any]:
    for style in styles:
        for _ in range(2):
            try:
                yield _whole(build(document.content, document.schema(at), random, style))
            except (NothingBuilt, RecursionError):
                break


def _is_plain(value: Any) -> bool:
    """Whether a value holds printable ASCII only: what else there is in the world, the wild events show."""
    return json.dumps(value, ensure_ascii=False).isascii() and "\\u" not in json.dumps(value, ensure_ascii=False)


def _whole(value: Any) -> Any:
    """The value with whole numbers written as integers: engines write 901.0, and strict receivers mind."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return value
