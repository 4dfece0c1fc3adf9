from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.generate.borders import bordered


@pytest.mark.parametrize(
    ("format_", "inside", "outside"),
    [
        ("date-time", "2030-02-28T23:59:59.123456+05:30", "2030-02-29T23:59:60Z"),
        ("date-time", "1970-01-01T00:00:00Z", "0068-01-01T00:00:00Z"),
        ("date-time", "2099-12-01T00:00:00-09:00", "2099-12-01T00:00:00-00:00"),
        ("date-time", "2099-12-01T00:00:00+13:00", "2099-12-01T00:00:00+23:01"),
        ("date", "1999-12-28", "1899-12-28"),
        ("time", "12:00:00Z", "24:00:00Z"),
        ("uri", "https://abc.example/A~1?a=%20", "javascript:alert(1)"),
        ("email", "a.b+c@def.example", "a@b"),
    ],
)
def test_a_format_is_kept_within_what_is_in_use(format_: str, inside: str, outside: str) -> None:
    """Calendars, offsets and addresses that software in good health knows."""
    pattern = bordered({"type": "string", "format": format_})["pattern"]

    assert re.search(pattern, inside)
    assert not re.search(pattern, outside)


@pytest.mark.parametrize(
    ("limits", "shortest", "longest"),
    [({}, 0, 200), ({"minLength": 1}, 1, 200), ({"maxLength": 5}, 0, 5), ({"minLength": 300}, 300, 300)],
)
def test_a_text_is_of_any_length_and_script(limits: dict[str, int], shortest: int, longest: int) -> None:
    """From the shortest that the schema allows, in letters of one to four bytes."""
    pattern = bordered({"type": "string", **limits})["pattern"]
    lengths = [n for n in range(400) if re.fullmatch(pattern, "жא😀"[n % 3] * n)]

    assert (shortest, longest) == (lengths[0], lengths[-1])


@pytest.mark.parametrize("text", [" ", " a", "a\x00", "a\nb", "\x7f", "\ud83d"])
def test_a_text_that_may_count_as_none_or_as_broken_is_not_drawn(text: str) -> None:
    """Spaces alone, control characters, halves of letters."""
    assert not re.fullmatch(bordered({"type": "string"})["pattern"], text)


@pytest.mark.parametrize("schema", [{"type": "string", "maxLength": 0}, {"type": "string", "minLength": 0}])
def test_an_empty_text_is_a_text(schema: Any) -> None:
    """Where the schema does not ask for a letter, there may be none."""
    assert re.fullmatch(bordered(schema)["pattern"], "")


@pytest.mark.parametrize(
    ("schema", "least", "most"),
    [
        ({"type": "integer"}, -(2**53) + 1, 2**53 - 1),
        ({"type": "integer", "format": "int32"}, -(2**31) + 1, 2**31 - 1),
        ({"type": "integer", "minimum": 1, "maximum": 9}, 1, 9),
        ({"type": "number"}, -(10**12), 10**12),
    ],
)
def test_a_number_fits_where_numbers_are_kept(schema: dict[str, Any], least: int, most: int) -> None:
    """Whole numbers are exact in a double; the schema's own limits win."""
    narrowed = bordered(schema)

    assert (least, most) == (narrowed["minimum"], narrowed["maximum"])


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["a"]},
        {"type": "string", "const": "a"},
        {"type": "string", "pattern": "^[0-9]+$"},
        {"type": "string", "format": "uuid"},
        {"type": "integer", "enum": [2**60]},
        {"$ref": "#/components/schemas/Thing"},
        {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        {"type": "object", "allOf": [{"required": ["a"]}], "properties": {"a": True}},
    ],
)
def test_what_the_schema_says_itself_stays(schema: Any) -> None:
    """Values that are listed, patterns and combinations are the platform's own word."""
    assert schema == bordered(schema)


def test_no_field_is_added() -> None:
    """What a partner makes of fields that are not declared is another question."""
    inner = {"type": "object", "properties": {"b": {"type": "boolean"}}}
    narrowed = bordered({"type": "object", "properties": {"a": inner}, "required": ["a"]})

    assert False is narrowed["additionalProperties"] is narrowed["properties"]["a"]["additionalProperties"]
    assert ["a"] == narrowed["required"]


def test_a_map_has_few_entries_with_plain_names() -> None:
    """An object without declared fields is one whose names are data."""
    narrowed = bordered({"type": "object", "additionalProperties": {"type": "string"}})

    assert re.search(narrowed["propertyNames"]["pattern"], "a_1")
    assert 10 == narrowed["maxProperties"]
    assert "pattern" in narrowed["additionalProperties"]
