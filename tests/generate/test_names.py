"""Ids as a platform gives them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.generate.names import UUIDS, Ids, Names
from conformance.platform.specification import read_specification
from shipped import PLATFORMS, seeded, specification
from small_platform import platform

ID = "/components/schemas/Thing/properties/id"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def drawn(ids: Ids) -> list[str]:
    """Some ids."""
    random = seeded(1)
    return [ids.fresh(random) for _ in range(200)]


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ({"type": "string"}, _UUID),
        ({"type": "string", "format": "uuid"}, _UUID),
        ({"type": ["string", "integer"]}, _UUID),
        ({"type": "string", "pattern": "^ord_[A-Za-z0-9]{14,}$"}, "ord_[A-Za-z0-9]{14,}"),
        ({"type": "string", "minLength": 21, "maxLength": 21, "pattern": "^[A-Za-z0-9_-]+$"}, "[A-Za-z0-9_-]{21}"),
        ({"type": "string", "maxLength": 10}, "[A-Za-z0-9]{10}"),
        ({"type": "string", "minLength": 40}, "[A-Za-z0-9]{40}"),
        ({"type": "string", "format": "ulid", "maxLength": 26}, "01[0-9A-HJKMNP-TV-Z]{24}"),
        ({"type": "integer"}, "[1-9][0-9]{9,15}"),
        ({"type": ["integer", "null"], "format": "int32"}, "[1-9][0-9]{9}"),
        ({"type": "integer", "minimum": 100, "maximum": 999_999}, "[1-9][0-9]{5}"),
        ({"type": "integer", "exclusiveMinimum": 4_999, "exclusiveMaximum": 10_000}, "[5-9][0-9]{3}"),
        ({"allOf": [{"type": "integer"}, {"minimum": 8_000_000_000}]}, "[0-9]{10,16}"),
    ],
    ids=str,
)
def test_ids_are_what_the_document_says(tmp_path: Path, schema: dict[str, Any], pattern: str) -> None:
    """A uuid where that is allowed; else what is: each valid, and none twice."""
    specification = read_specification(str(platform(tmp_path, document={ID: schema})))
    ids = Names(specification).of_objects("thing")
    names = drawn(ids)

    assert [name for name in names if re.fullmatch(pattern, name) is None] == []
    assert [name for name in names if specification.document.violations(ID, ids.written(name))] == []
    assert len(set(names)) >= 195


@pytest.mark.parametrize(
    ("said", "schema", "example"),
    [
        ("uuid", {"type": "string"}, _UUID),
        ("ulid", {"type": "string"}, "01[0-9A-HJKMNP-TV-Z]{24}"),
        ("integer", {"type": "integer"}, "[0-9]{10,16}"),
        ("integer", {"type": "string"}, "[1-9][0-9]{12}"),
        ({"pattern": "^thing-[0-9]{12}$"}, {"type": "string"}, "thing-[0-9]{12}"),
    ],
    ids=str,
)
def test_a_description_has_the_first_word(tmp_path: Path, said: Any, schema: dict[str, Any], example: str) -> None:
    """Documents often say no more than that an id is a text."""
    path = platform(tmp_path, description={"/object_types/thing/ids": said}, document={ID: schema})
    specification = read_specification(str(path))
    ids = Names(specification).of_objects("thing")

    assert [name for name in drawn(ids) if re.fullmatch(example, name) is None] == []
    assert [n for n in drawn(ids) if specification.document.violations(ID, ids.written(n))] == []


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_shipped_platforms_have_uuids(name: str) -> None:
    """Their documents allow them."""
    names, d = Names(specification(name)), specification(name).description
    tenants = {names.of_tenants(kind) for kind, told in d.object_types.items() if told.tenant}

    assert {UUIDS} == {names.of_events, names.of_subscriptions, *map(names.of_objects, d.object_types), *tenants}


def test_a_number_is_written_as_one() -> None:
    """In JSON, and nowhere else."""
    assert Ids(whole=True).written("17") == 17
    assert Ids().written("17") == "17"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("ids", [UUIDS, Ids(pattern="^evt_[a-z]{20}$"), Ids(least=10**9, most=10**10 - 1, whole=True)])
def test_siblings_differ_in_one_character(ids: Ids, *, first: bool) -> None:
    """The first that is of the form differs as near to the asked end as the form allows."""
    name = drawn(ids)[0]
    sibling = next(other for other in ids.siblings(name, first=first) if ids.allows(other))
    differing = [at for at, (one, other) in enumerate(zip(name, sibling, strict=True)) if one != other]

    assert len(differing) == 1
    assert differing[0] == (name.find("_") + 1 if first else len(name) - 1)


def test_a_pattern_that_nothing_matches_is_an_error() -> None:
    """It is told, and no id is made up."""
    with pytest.raises(ValueError, match="no id of the pattern"):
        Ids(pattern="^a(?!a)a$").fresh(seeded(1))
