"""Drawing samples of a document's schemas: what an engine makes, as far as the document itself allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.platform.document import Document

__all__ = ["components", "draw_valid"]


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


def _whole(value: Any) -> Any:
    """The value with whole numbers written as integers: engines write 901.0, and strict receivers mind."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return value
