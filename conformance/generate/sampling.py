"""Drawing values from schemas: the only module that imports schemathesis.

schemathesis has no public call for the schemas of webhooks, so each schema becomes the body of an operation in a
document of our own making.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException
from schemathesis.config import SchemathesisConfig

from conformance.generate.drawing import backend, out_of_the_way

__all__ = ["draw"]


def draw(
    schemas: Mapping[str, Any], components: Mapping[str, Any], *, count: int, random_seed: int, codec: str
) -> dict[str, list[Any]]:
    """Draw up to `count` values for each schema; references point into `components`, texts are of that codec.

    A schema from which nothing can be drawn yields an empty list.
    """
    names = {f"/{number}": name for number, name in enumerate(schemas)}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "samples", "version": "1"},
        "paths": {path: _operation(schemas[name]) for path, name in names.items()},
        "components": {"schemas": dict(components)},
    }
    generation = {"allow-x00": False, "codec": codec, "mode": "positive"}
    config = SchemathesisConfig.from_dict({"generation": generation})
    loaded = schemathesis.openapi.from_dict(document, config=config)
    with out_of_the_way():
        return {name: _drawn(loaded[path]["POST"], count, random_seed) for path, name in names.items()}


def _operation(schema: Any) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"post": {"requestBody": body, "responses": {"200": {"description": "taken"}}}}


def _drawn(operation: Any, count: int, random_seed: int) -> list[Any]:
    values: list[Any] = []

    @seed(random_seed)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        backend=backend(),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def collect(case: Any) -> None:
        values.append(case.body)

    try:
        collect()
    except HypothesisException:
        return values
    return values[-count:]
