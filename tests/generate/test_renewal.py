"""Other ids inside of samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.generate.renewal import Renewal
from conformance.platform.document_file import read_document
from small_platform import platform

AT = "/components/schemas/Thing"
FIELDS = {
    "id": {"type": "integer"},
    "maker_id": {"type": "string", "pattern": "^mk_[a-z]{12}$"},
    "size": {"type": "integer"},
    "kind_id": {"type": "integer", "enum": [1, 2, 3]},
    "parts": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}},
    "owner": {"type": "object", "properties": {"partId": {"type": "integer"}}},
}


def renewal(folder: Path) -> Renewal:
    """One for a document whose ids are numbers and texts of a pattern."""
    path = platform(folder, document={f"{AT}/properties": FIELDS})
    return Renewal(read_document(path.parent / "openapi.json"))


def test_ids_of_every_form_are_other_ones(tmp_path: Path) -> None:
    """What is called an id and is one of a document's forms; a listed value and what is no id stay."""
    sample: dict[str, Any] = {
        "id": 1,
        "maker_id": "mk_aaaaaaaaaaaa",
        "size": 4,
        "kind_id": 2,
        "parts": [{"id": 7}, {"id": 8}],
        "owner": {"partId": 7},
        "unheard_id": 9,
    }
    made = renewal(tmp_path).renewed(sample, AT, of="one")

    assert {"size": 4, "kind_id": 2, "unheard_id": 9} == {
        name: made[name] for name in ("size", "kind_id", "unheard_id")
    }
    assert sample["maker_id"] != made["maker_id"]
    assert made["maker_id"].startswith("mk_")
    assert 4 == len({7, 8, made["parts"][0]["id"], made["parts"][1]["id"]})


def test_they_are_the_same_for_one_owner(tmp_path: Path) -> None:
    """An object names the same things in each of its events, another object names others."""
    made = renewal(tmp_path)
    sample = {"id": 1, "owner": {"partId": 1}}
    first, again, other = (made.renewed(sample, AT, of=owner) for owner in ("one", "one", "two"))

    assert first == again
    assert first["owner"] != other["owner"]


def test_without_a_schema_only_uuids_are_known(tmp_path: Path) -> None:
    """Nothing else shows that it is an id."""
    assert {"id": 1} == renewal(tmp_path).renewed({"id": 1}, "", of="one")
