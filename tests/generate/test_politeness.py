from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.generate.politeness import polite


@pytest.mark.parametrize(
    ("format_", "example"),
    [
        ("date-time", "2024-05-11T09:30:00Z"),
        ("date", "2025-01-01"),
        ("time", "09:30:00Z"),
        ("uri", "https://abc.example/a"),
        ("email", "abc@def.example"),
    ],
)
def test_a_format_becomes_a_plausible_pattern(format_: str, example: str) -> None:
    """Times are of this decade, addresses are reserved names."""
    pattern = polite({"type": "string", "format": format_})["pattern"]

    assert re.search(pattern, example)
    assert not re.search(pattern, "0068-01-01T00:00:00+23:01")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": "uuid"},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "const": "a"},
        {"type": "string", "pattern": "^[0-9]+$"},
        {"type": "integer", "enum": [1, 2]},
        {"const": {"type": "string"}},
        {"type": "boolean"},
        {"$ref": "#/components/schemas/Thing"},
        True,
        {"type": "object", "additionalProperties": {"type": "boolean"}},
    ],
)
def test_what_is_polite_already_stays(schema: Any) -> None:
    """Values that are listed, patterns, references and other formats are left alone."""
    assert schema == polite(schema)


@pytest.mark.parametrize(
    ("limits", "shortest", "longest"),
    [({}, 4, 12), ({"maxLength": 2}, 2, 2), ({"minLength": 20, "maxLength": 30}, 20, 20), ({"minLength": 20}, 20, 20)],
)
def test_a_text_is_readable_and_within_its_limits(limits: dict[str, int], shortest: int, longest: int) -> None:
    """A text is a word, as long as the schema wants it."""
    pattern = polite({"type": "string", **limits})["pattern"]
    lengths = [n for n in range(1, 40) if re.search(pattern, "A" + "b" * (n - 1))]

    assert lengths
    assert limits.get("minLength", 0) <= lengths[0]
    assert limits.get("maxLength", 99) >= lengths[-1]
    assert (shortest, longest) == (lengths[0], lengths[-1])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "number"}, {"type": "integer", "minimum": 0, "maximum": 10_000}),
        ({"type": "integer", "minimum": 5}, {"type": "integer", "minimum": 5, "maximum": 10_005}),
        ({"type": "number", "maximum": 3}, {"type": "integer", "minimum": 0, "maximum": 3}),
    ],
)
def test_a_number_is_whole_and_small(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    """Numbers are whole; the schema's own limits win."""
    assert expected == polite(schema)


def test_an_object_is_complete_at_every_level() -> None:
    """Every property is there and no other, in nested objects and items too."""
    inner = {"type": "object", "properties": {"b": {"type": "boolean"}}}
    narrowed = polite(
        {"type": "object", "properties": {"a": inner, "list": {"type": "array", "items": inner}}, "required": ["a"]}
    )
    whole = {**inner, "required": ["b"], "additionalProperties": False}

    assert ["a", "list"] == narrowed["required"]
    assert whole == narrowed["properties"]["a"]
    assert whole == narrowed["properties"]["list"]["items"]


def test_an_object_of_several_parts_is_not_closed() -> None:
    """What `allOf` adds must stay allowed."""
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}, "allOf": [{"required": ["b"]}]}

    assert "additionalProperties" not in polite(schema)


def test_names_of_properties_are_no_keywords() -> None:
    """A property may be called `type`, `enum` or `not`."""
    schema = {"type": "object", "properties": {"type": {"type": "boolean"}, "not": {"type": "number"}}}

    assert ["type", "not"] == polite(schema)["required"]
    assert "integer" == polite(schema)["properties"]["not"]["type"]
