"""Drawing samples of a document's schemas: what an engine makes, as far as the document itself allows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from conformance.generate.builder import NothingBuilt, Style, build
from conformance.platform.document import Document

__all__ = ["build_valid", "components", "draw_valid"]

# Whole values first, by way of one choice and another; only what is required where none of those is valid.
_WHOLE_STYLES: Final = tuple(Style(branch=branch, examples=given) for branch in range(4) for given in (True, False))
_LEAST_STYLES: Final = tuple(Style(optional=0, branch=branch) for branch in range(4))


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


def build_valid(document: Document, places: Mapping[str, str], *, count: int, random_seed: int) -> dict[str, list[Any]]:
    """Up to `count` different values for each place, from the document's own examples and straight from the schema.

    None for a schema that cannot be built from in this way.
    """
    return {
        name: _kept(document, at, Random(f"{random_seed}:{name}"), count)  # noqa: S311  # the same exam for everyone
        for name, at in places.items()
    }


def _kept(document: Document, at: str, random: Random, count: int) -> list[Any]:
    kept: list[Any] = []
    for styles in (_WHOLE_STYLES, _LEAST_STYLES):
        for value in _candidates(document, at, random, styles):
            if value not in kept and not document.violations(at, value):
                kept.append(value)
            if len(kept) >= count:
                return kept
        if kept:
            break
    return kept


def _candidates(document: Document, at: str, random: Random, styles: tuple[Style, ...]) -> Iterator[Any]:
    if styles is _WHOLE_STYLES:
        yield from (example for example in document.examples_at(at)[:1] if _is_plain(example))
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
