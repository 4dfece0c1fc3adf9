from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.errors import ConfigurationError
from conformance.platform.document import Document
from conformance.platform.document_file import read_document
from conformance.platform.yaml_file import MAX_NODES

DOCUMENTS: Final = Path(__file__).parent / "documents"
NAMED: Final = {"schemas.yaml": {"parcel.sent": "/components/schemas/ParcelSentEvent"}}
EVENTS: Final = {
    "webhooks-3.1.yaml": ("parcel.sent", "parcel.lost"),
    "x-webhooks.yaml": ("parcel.sent",),
    "callbacks-3.0.yaml": ("parcel.sent", "parcel.lost"),
    "schemas.yaml": ("parcel.sent",),
    "one-of.yaml": ("parcel.sent", "parcel.lost", "account.opened", "account.closed", "several-forms"),
    "asyncapi-2.yaml": ("parcel.sent", "parcel.lost"),
    "asyncapi-3.yaml": ("parcel.sent", "parcel.lost"),
    "files/openapi.yaml": ("parcel.sent",),
    "folder": ("parcel.sent", "orders/made"),
    "recursive.json": ("parcel.sent", "parcel.lost"),
}


def document(name: str) -> Document:
    """One of the documents beside this test."""
    return read_document(DOCUMENTS / name, named=NAMED.get(name))


def noted(read: Document) -> dict[str, str]:
    """What is noted of a document, by where."""
    return {note.where.removeprefix(f"{DOCUMENTS}/"): note.what for note in read.notes}


def violations(read: Document, value: Any, event_type: str = "parcel.sent") -> set[str]:
    """Where a value breaks the schema of an event type."""
    return {text.partition(":")[0] for text in read.violations(read.event_schema_at(event_type), value)}


def told(path: Path, text: str | bytes = "") -> str:
    """What is said of a document that is refused."""
    if text:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigurationError) as caught:
        read_document(path)
    return str(caught.value)


@pytest.mark.parametrize("name", EVENTS)
def test_events_are_found_in_every_form(name: str) -> None:
    """Whatever form a document has, its events become webhooks of OpenAPI 3.1."""
    read = document(name)

    assert set(EVENTS[name]) == set(read.event_types)
    assert str(read.content["openapi"]).startswith("3.1")


@pytest.mark.parametrize("name", EVENTS)
def test_schemas_mean_in_every_form_what_they_meant(name: str) -> None:
    """The same event is valid and the same mistakes are found, whichever dialect the schema is written in."""
    read = document(name)
    good = {"id": "1", "type": "parcel.sent", "weight": None}

    assert set() == violations(read, good)
    assert {"/id", "/weight"} == violations(read, {**good, "id": 1, "weight": "much"})
    assert {"/"} == violations(read, {"weight": 2.5})


def test_old_words_of_schemas_are_translated() -> None:
    """Excluded borders, `nullable` beside `allOf`, tuples of items: each has its word in draft 2020-12."""
    event = {"id": "1", "type": "parcel.sent"}
    callbacks, recursive, asyncapi = map(document, ("callbacks-3.0.yaml", "recursive.json", "asyncapi-2.yaml"))

    assert {"/weight"} == violations(callbacks, {**event, "weight": 0})
    assert set() == violations(callbacks, {**event, "sender": None})
    assert set() == violations(callbacks, {**event, "sender": {"name": "Ada"}})
    assert {"/sender"} == violations(callbacks, {**event, "sender": {}})
    assert {"/weight"} == violations(recursive, {**event, "weight": 0})
    assert {"/stops/0", "/stops/1"} == violations(asyncapi, {**event, "stops": [1, "two"]})
    assert set() == violations(asyncapi, {**event, "stops": ["one", 2]})
    assert set() == violations(document("asyncapi-3.yaml"), {"id": None}, "parcel.lost")


def test_what_stands_beside_a_reference_counts_as_in_its_draft() -> None:
    """Draft 7 passes over it, so an id may be longer than the `maxLength` beside the reference says."""
    assert set() == violations(document("files/openapi.yaml"), {"id": "12", "type": "parcel.sent"})


def test_recursive_schemas_are_followed_all_the_way_down() -> None:
    """A mistake three boxes deep is found, in one file and across two."""
    inner: Any = {"id": 1, "type": "parcel.sent"}
    for _ in range(3):
        inner = {"id": "1", "type": "parcel.sent", "inside": [inner]}

    for name in ("recursive.json", "files/openapi.yaml"):
        assert {"/inside/0/inside/0/inside/0/id"} == violations(document(name), inner)


def test_what_cannot_be_used_is_noted_with_file_and_pointer() -> None:
    """The network, other folders, other languages and broken files are named, and everything else works."""
    assert {
        "files/openapi.yaml at /webhooks/parcel.far/post/requestBody/content/application~1json/schema": (
            "refers to the network: https://example.com/far.json"
        ),
        "files/openapi.yaml at /webhooks/parcel.out/post/requestBody/content/application~1json/schema": (
            "refers outside the folder of the document: ../schemas.yaml#/components/schemas/Unrelated"
        ),
    } == noted(document("files/openapi.yaml"))
    assert {"asyncapi-2.yaml at /channels/parcels/subscribe/message/oneOf/2"} == set(noted(document("asyncapi-2.yaml")))
    form = "/webhooks/parcel.form/post/requestBody/content/application~1x-www-form-urlencoded/schema"
    assert {f"webhooks-3.1.yaml at {form}"} == set(noted(document("webhooks-3.1.yaml")))
    assert {"x-webhooks.yaml at /x-webhooks/x-order", "x-webhooks.yaml at /x-webhooks/version"} == set(
        noted(document("x-webhooks.yaml"))
    )
    assert ["folder/broken.json"] == [where.partition(":")[0] for where in noted(document("folder"))]


def test_an_event_type_that_cannot_be_used_has_its_reason() -> None:
    """Who asks for it is told which note speaks of it."""
    read = document("files/openapi.yaml")

    assert {"parcel.far", "parcel.out"} == set(read.unusable)
    assert "refers to the network" in read.unusable["parcel.far"].what


def test_operations_in_other_files_are_known() -> None:
    """A path item of another file is part of the document, its parameters included."""
    (operation,) = document("files/openapi.yaml").operations

    assert ("getParcel", "/parcels/{id}", frozenset({"part"})) == (
        operation.id,
        operation.path,
        operation.query_parameters,
    )


def test_what_is_said_beside_a_schema_is_kept() -> None:
    """Examples and header names help to make events and to guess how they are signed."""
    read = document("webhooks-3.1.yaml")

    assert ({"id": "7", "type": "parcel.lost"},) == read.said_of("parcel.lost").examples
    assert ("X-Parcels-Signature",) == read.said_of("parcel.lost").headers
    assert ("X-Parcels-Signature",) == document("asyncapi-2.yaml").said_of("parcel.sent").headers
    assert ({"id": "7"},) == document("asyncapi-2.yaml").said_of("parcel.lost").examples


def test_parts_keep_their_origin() -> None:
    """A pointer into the bundled content is told with the file that it was read from."""
    read = document("files/openapi.yaml")
    at = read.schema(read.event_schema_at("parcel.sent"))
    where = read.origin(f"{read.content['webhooks']['parcel.sent'] and '/components/schemas/parcel'}/properties/id")

    assert "parcel.sent" == at["properties"]["type"]["const"]
    assert f"{DOCUMENTS}/files/parts/parcel.json at the top/properties/id" == where


def test_a_description_names_events_that_the_document_does_not() -> None:
    """By the pointer of a schema, by a file of the folder, by the document's own name: each under the type's name."""
    assert ("ParcelSent",) == read_document(
        DOCUMENTS / "schemas.yaml", named={"ParcelSent": "/components/schemas/ParcelSentEvent"}
    ).event_types
    folder = read_document(DOCUMENTS / "folder", named={"order.made": "orders/made", "an.id": "_shared/id.yaml"})

    assert {"parcel.sent", "order.made", "an.id"} == set(folder.event_types)
    assert {"/"} == violations(folder, 7, "an.id")


@pytest.mark.parametrize("place", ["/components/schemas/Nothing", "nothing", "nothing.json", "#/components"])
def test_a_name_that_leads_nowhere_is_told(place: str) -> None:
    """The event type is not there, and the reason is."""
    read = read_document(DOCUMENTS / "schemas.yaml", named={"parcel.sent": place})

    assert () == read.event_types or place == "#/components"
    assert place == "#/components" or place in str(read.unusable["parcel.sent"])


def test_a_json_document_with_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    """A comma too many is found where it stands."""
    assert "openapi.json:2:" in told(tmp_path / "openapi.json", '{"openapi": "3.1.0",\n "paths": {"a" 1}}')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        (" ", "is not a document"),
        (b"\xff\xfe\xfa", "is not YAML"),
        ("[" * 100_000 + "]" * 100_000, "200 levels"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "200 levels"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(f"k{i}: &k{i} [*b, *b]\n" for i in range(3)), "is not a document"),
    ],
    ids=["absent", "empty", "no text", "deep list", "deep map", "aliases"],
)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, text: str | bytes, said: str) -> None:
    """Nothing that a file holds kills the process or takes long."""
    assert said in told(tmp_path / "openapi.json", text)


def test_the_nodes_of_all_files_count_together(tmp_path: Path) -> None:
    """A folder of files that are each within the limit is refused when together they are not."""
    many = json.dumps({"type": "object", "enum": list(range(MAX_NODES // 3))})
    for name in "abcd":
        (tmp_path / f"{name}.json").write_text(many, encoding="utf-8")

    assert f"more than {MAX_NODES} nodes in the files" in told(tmp_path)


def test_a_folder_without_schemas_is_refused(tmp_path: Path) -> None:
    """An empty folder is no document."""
    assert "holds no JSON or YAML files" in told(tmp_path)


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Neither a reference through a link nor a link that is listed reads what lies elsewhere."""
    (tmp_path / "secret.json").write_text('{"type": "string"}', encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.json").symlink_to(tmp_path / "secret.json")
    (inside / "round.json").symlink_to(inside / "round.json")
    (inside / "event.json").write_text(
        json.dumps({"properties": {"a": {"$ref": "link.json"}, "b": {"$ref": "round.json"}, "c": {"$ref": "."}}}),
        encoding="utf-8",
    )
    read = read_document(inside)

    assert () == read.event_types
    assert {"a": "outside the folder", "b": "", "c": "not there"}.keys() == {n.where[-1] for n in read.notes}
    assert "outside the folder" in next(n.what for n in read.notes if n.where.endswith("/a"))


@pytest.mark.parametrize("reference", ["file:///etc/hostname", "//example.com/a.json", "HTTP://example.com/a.json"])
def test_no_reference_leaves_the_machine_or_the_folder(tmp_path: Path, reference: str) -> None:
    """Whatever the scheme, it is refused before anything is opened."""
    (tmp_path / "event.json").write_text(json.dumps({"properties": {"a": {"$ref": reference}}}), encoding="utf-8")

    assert f"refers to the network: {reference}" in str(read_document(tmp_path).notes[0])


def test_a_circle_of_references_across_files_has_an_end(tmp_path: Path) -> None:
    """References that lead from file to file and back are noted, not followed for ever."""
    (tmp_path / "a.json").write_text('{"properties": {"x": {"$ref": "b.json"}}}', encoding="utf-8")
    (tmp_path / "b.json").write_text('{"$ref": "c.json"}', encoding="utf-8")
    (tmp_path / "c.json").write_text('{"$ref": "b.json"}', encoding="utf-8")
    (tmp_path / "good.json").write_text('{"type": "object"}', encoding="utf-8")
    read = read_document(tmp_path)

    assert ("good",) == read.event_types
    assert any("refers to itself in the end" in note.what for note in read.notes)


def test_a_document_of_a_million_nodes_is_read(tmp_path: Path) -> None:
    """Size alone is no mistake, within the limits."""
    content = {"openapi": "3.1.0", "paths": {}, "x-table": [[0] * 1000] * 1000}
    (tmp_path / "openapi.json").write_text(json.dumps(content), encoding="utf-8")

    assert () == read_document(tmp_path / "openapi.json").notes


def test_reading_imports_no_engine() -> None:
    """Whoever only reads a document does not wait for what draws from it."""
    program = "import sys, conformance.platform.document_file; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert set() == {"schemathesis", "hypothesis"} & set(result.stdout.split())
