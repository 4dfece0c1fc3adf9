from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from conformance.errors import ConfigurationError
from conformance.platform.document import Document
from conformance.platform.document_file import read_document
from conformance.platform.specification import placeholder, read_specification
from shipped import PLATFORMS, specification
from small_platform import DOCUMENT, places, platform


def noted(folder: Path, **document: Any) -> list[str]:
    """Where the notes on a document with these values stand, with what they say."""
    platform(folder, document=document)
    notes = read_document(folder / "openapi.json").notes
    return [f"{note.where.rpartition(' at ')[2]}: {note.what}" for note in notes]


def test_a_version_without_quotes_is_read(tmp_path: Path) -> None:
    """3.1 without quotes is a number and still 3.1."""
    path = tmp_path / "openapi.yaml"
    path.write_text("openapi: 3.1", encoding="utf-8")

    assert () == read_document(path).operations


@pytest.mark.parametrize("text", ["[]", "openapi: 2.9", "swagger: '2.0'", "", "asyncapi: '1.0'", "a: 1", "text"])
def test_what_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    """A file of another kind or version is refused as a whole, with the kinds that are read."""
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"The kit reads OpenAPI 3\.0 and 3\.1"):
        read_document(path)


def test_all_mistakes_of_a_document_are_told_at_once(tmp_path: Path) -> None:
    """References, schemas, patterns and webhooks are told together, each with its pointer, and the rest is used."""
    notes = noted(
        tmp_path,
        **{
            "/components/schemas/Outside": {"$ref": "https://example.com/schema.json"},
            "/components/schemas/File": {"$ref": "other.json#/Thing"},
            "/components/schemas/Nothing": {"properties": {"a/b": {"$ref": "#/components/schemas/Absent"}}},
            "/components/schemas/Wrong": {"properties": {"x": {"type": "thing"}}},
            "/components/schemas/Slow": {"properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}},
            "/components/schemas/Odd": {"properties": {"x": {"type": "string", "pattern": "(?<a>x)"}}},
            "/webhooks/thing.silent": {"get": {}},
        },
    )

    assert {
        "/components/schemas/Outside",
        "/components/schemas/File",
        "/components/schemas/Nothing/properties/a~1b",
        "/components/schemas/Wrong/properties/x/type",
        "/components/schemas/Slow/properties/x/pattern",
        "/components/schemas/Odd/properties/x/pattern",
        "/webhooks/thing.silent",
    } == {note.partition(": ")[0] for note in notes}
    assert ("thing.told",) == read_document(tmp_path / "openapi.json").event_types


def test_what_hangs_on_a_mistake_cannot_be_used(tmp_path: Path) -> None:
    """An event type and an operation that a description names are refused with the reason; others work."""
    path = platform(tmp_path, document={"/components/schemas/Thing/properties/size": {"$ref": "#/nowhere"}})
    with pytest.raises(ConfigurationError) as caught:
        read_specification(str(path))

    assert {
        "/events/types/thing.told",
        "/operations/getThing",
        "/operations/getNewestThing",
        "/operations/createThing",
    } == set(places(caught.value))
    assert "/components/schemas/Thing/properties/size refers to nothing: openapi.json#/nowhere" in str(caught.value)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a*)*b", "(x|y+){2,}", "(?:[a-z]{2,}){3,}"])
def test_a_pattern_that_repeats_what_repeats_is_refused(tmp_path: Path, pattern: str) -> None:
    """Such a pattern can hold the interpreter for minutes on a short text."""
    notes = noted(tmp_path, **{"/components/schemas/Slow": {"type": "string", "pattern": pattern}})

    assert [f"/components/schemas/Slow/pattern: repeats what repeats: {pattern}"] == notes


@pytest.mark.parametrize("pattern", ["^[a-z]+$", r"^\d{3}-\d+$", "^(ab|cd)+$", "^([0-9A-F]{2}[:-]){5}([0-9A-F]{2})$"])
def test_an_ordinary_pattern_is_taken(tmp_path: Path, pattern: str) -> None:
    """A pattern that repeats only once is fine, and so is one that leaves no choice how often."""
    assert [] == noted(tmp_path, **{"/components/schemas/Fine": {"type": "string", "pattern": pattern}})


def test_a_reference_that_leads_back_to_itself_has_an_end(tmp_path: Path) -> None:
    """References in a circle are a mistake that is told, not a process that hangs."""
    platform(
        tmp_path,
        document={
            "/components/schemas/Thing": {"$ref": "#/components/schemas/Other"},
            "/components/schemas/Other": {"$ref": "#/components/schemas/Thing"},
        },
    )
    program = (
        "import sys; from conformance.errors import ConfigurationError;"
        "from conformance.platform.specification import read_specification\n"
        "try: read_specification(sys.argv[1])\n"
        "except ConfigurationError: print('refused')"
    )
    result = subprocess.run(
        ["timeout", "60", sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (0, "refused\n") == (result.returncode, result.stdout)


def test_statuses_without_quotes_are_read(tmp_path: Path) -> None:
    """A document whose statuses are numbers is as good as one whose statuses are texts, its digest included."""
    path = platform(tmp_path, document={"/paths/~1things/post/responses/default": {"description": "else"}})
    document = tmp_path / "openapi.json"
    quoted = read_specification(str(path))
    document.write_text(
        document.read_text(encoding="utf-8").replace('"200":', "200:"),
        encoding="utf-8",
    )
    bare = read_specification(str(path))

    assert quoted.object_schema_at("thing") == bare.object_schema_at("thing")
    assert quoted.document.digest == bare.document.digest


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/things/1", ("getThing", {"id": "1"})),
        ("GET", "/things/a%2Fb%20c", ("getThing", {"id": "a/b c"})),
        ("GET", "/things/newest", ("getNewestThing", {})),
        ("POST", "/things", ("createThing", {})),
        ("POST", "/things/1", None),
        ("GET", "/things/1/parts", None),
        ("GET", "/things/", None),
        ("GET", "/THINGS/1", None),
        ("get", "/things/1", None),
    ],
)
def test_a_request_is_matched_to_its_operation(
    method: str, path: str, expected: tuple[str, dict[str, str]] | None
) -> None:
    """A literal path wins over a template, parameters are unquoted, and case matters."""
    found = Document(DOCUMENT).match(method, path)

    assert expected == (None if found is None else (found[0].id, found[1]))


def test_parameters_with_a_hyphen_are_matched() -> None:
    """OpenAPI allows any name for a path parameter."""
    content = {**DOCUMENT, "paths": {"/things/{thing-id}": {"get": {"operationId": "getThing"}}}}
    found = Document(content).match("GET", "/things/1")

    assert found is not None
    assert {"thing-id": "1"} == found[1]


def test_an_operation_without_an_id_is_named_by_method_and_path() -> None:
    """`operationId` is optional."""
    content = {**DOCUMENT, "paths": {"/things": {"get": {"responses": {}}, "summary": "not an operation"}}}

    assert ["get /things"] == [o.id for o in Document(content).operations]


def test_query_parameters_are_collected_from_path_and_operation() -> None:
    """Those of the path count for each operation, references are followed, and headers are none."""
    operation = Document(DOCUMENT).operation("getThing")

    assert operation is not None
    assert {"size"} == operation.query_parameters
    assert None is Document(DOCUMENT).operation("loseThing")


def test_violations_say_what_is_wrong_and_where() -> None:
    """Every violation is told, formats included, references followed."""
    document = Document(DOCUMENT)
    at = document.event_schema_at("thing.told")
    good = {"id": str(uuid4()), "type": "thing.told", "at": "2026-01-01T00:00:00Z", "thing": {"id": "1"}}
    bad = {"id": "1", "type": "thing.told", "at": "yesterday", "thing": {"id": 1}}

    assert () == document.violations(at, good)
    assert {"/id", "/at", "/thing/id"} == {text.partition(":")[0] for text in document.violations(at, bad)}
    assert ("/: 'id' is a required property",) == document.violations(at, {"type": "thing.told", "thing": {"id": "1"}})


def test_properties_are_found_through_references() -> None:
    """A pointer walks through references, and is empty where nothing is declared."""
    document = Document(DOCUMENT)
    at = document.locate(document.event_schema_at("thing.told"), "/thing/size")

    assert "/components/schemas/Thing/properties/size" == at
    assert {"type": "integer"} == document.schema(at)
    assert "" == document.locate(document.event_schema_at("thing.told"), "/thing/weight")
    assert ("id", "size") == document.properties("/components/schemas/Thing")
    assert () == document.properties("/nowhere")


def test_the_digest_hangs_on_content_and_not_on_layout() -> None:
    """Another order of keys is the same document."""
    turned = dict(reversed(list(DOCUMENT.items())))

    assert Document(DOCUMENT).digest == Document(turned).digest
    assert Document(DOCUMENT).digest != Document({**DOCUMENT, "info": {}}).digest


def test_a_reference_out_of_the_document_is_never_followed() -> None:
    """Even a document that was not checked cannot make the kit read a file or a URL."""
    content = {**DOCUMENT, "components": {"schemas": {"Told": {"$ref": "file:///etc/hostname"}}}}
    with pytest.raises(Exception, match="Unresolvable"):
        Document(content).violations("/components/schemas/Told", {})


def test_description_and_document_are_checked_against_each_other(tmp_path: Path) -> None:
    """Whatever one half says and the other does not is told, all at once."""
    path = platform(
        tmp_path,
        description={
            "/events/types/thing.lost": {"object_type": "thing", "changes": ["deleted"]},
            "/events/unknown_type": "thing.told",
            "/operations/loseThing": {"does": "list", "object_type": "thing"},
            "/operations/getThing/keys": {"name": "/id"},
            "/object_types/thing/id": "/name",
        },
        document={
            "/webhooks/thing.found": DOCUMENT["webhooks"]["thing.told"],
            "/paths/~1others": {"get": {"operationId": "listOthers"}},
        },
    )
    with pytest.raises(ConfigurationError) as caught:
        read_specification(str(path))

    assert {
        "/events/types/thing.lost",
        "/events/types",
        "/events/unknown_type",
        "/operations/loseThing",
        "/operations/getThing/keys/name",
        "/operations",
        "/events/types/thing.told",
    } == set(places(caught.value))


def test_the_document_is_found_beside_the_description(tmp_path: Path) -> None:
    """The path of the document is relative to the description."""
    read = read_specification(str(platform(tmp_path)))

    assert {"createThing", "getNewestThing", "getThing"} == {o.id for o in read.document.operations}
    assert "/webhooks/thing.told/post/requestBody/content/application~1json/schema" == read.document.event_schema_at(
        "thing.told"
    )


@pytest.mark.parametrize("name", PLATFORMS)
def test_shipped_platforms_declare_their_objects(name: str) -> None:
    """Each object type of a shipped platform has a schema, in the answer of its get or in its events."""
    shipped = specification(name)

    assert {} == {kind: at for kind in shipped.description.object_types if not (at := shipped.object_schema_at(kind))}


@pytest.mark.parametrize(
    ("template", "token", "expected"),
    [
        ("{object}", "{object}", ""),
        ({"a": {"b": "{object}"}}, "{object}", "/a/b"),
        ({"a": "{objects}"}, "{object}", None),
        (None, "{object}", None),
    ],
)
def test_a_placeholder_is_found_in_a_template(template: object, token: str, expected: str | None) -> None:
    """The place of a token is a pointer, and None where it is not there."""
    assert expected == placeholder(template, token)


def test_a_place_is_found_in_whichever_of_the_joined_schemas_declares_it() -> None:
    """What `allOf` joins may declare one object here and a field of it there."""
    parts = [
        {"properties": {"about": {"properties": {"code": {"type": "string"}}}}},
        {"properties": {"about": {"properties": {"change": {"const": "began"}}}}},
    ]
    document = Document({"components": {"schemas": {"Notice": {"allOf": parts}}}})
    at = "/components/schemas/Notice"

    assert f"{at}/allOf/0/properties/about/properties/code" == document.locate(at, "/about/code")
    assert f"{at}/allOf/1/properties/about/properties/change" == document.locate(at, "/about/change")
    assert "" == document.locate(at, "/about/place")
