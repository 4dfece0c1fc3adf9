from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from conformance.generate.builder import NothingBuilt, Style, build
from conformance.generate.samples import build_valid
from conformance.platform.document import Document
from conformance.platform.document_file import read_document
from shipped import PLATFORMS, seeded, specification

DOCUMENTS: Final = Path(__file__).parent.parent / "platform" / "documents"

# Schemas that allow little, by what is hard about each.
SCHEMAS: Final[dict[str, Any]] = {
    "formats": {
        "type": "object",
        "properties": {
            name: {"type": "string", "format": name}
            for name in (
                *("date-time", "date", "time", "duration", "uuid", "uri", "email", "hostname", "ipv4", "ipv6"),
                *(
                    "uri-reference",
                    "uri-template",
                    "json-pointer",
                    "regex",
                    "iri",
                    "idn-email",
                    "relative-json-pointer",
                ),
            )
        },
    },
    "numbers": {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "minimum": 3, "maximum": 3},
            "b": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "c": {"type": "integer", "multipleOf": 7, "minimum": 8},
            "d": {"type": "number", "multipleOf": 0.25, "maximum": -1},
            "e": {"type": ["null", "integer"], "exclusiveMaximum": 0},
        },
    },
    "lists": {
        "type": "array",
        "prefixItems": [{"const": 1}],
        "items": {"enum": ["a", "b", "c"]},
        "minItems": 3,
        "uniqueItems": True,
    },
    "names": {
        "type": "object",
        "additionalProperties": {"type": "integer"},
        "propertyNames": {"pattern": "^[a-c]{4}$"},
        "minProperties": 2,
    },
    "all of": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string", "minLength": 20}}},
            {"properties": {"a": {"maxLength": 22}, "b": {"type": "number"}}, "required": ["b"]},
            {"properties": {"b": {"type": "integer"}}, "unevaluatedProperties": True},
        ],
        "unevaluatedProperties": False,
    },
    "a choice that its neighbours limit": {
        "type": "object",
        "required": ["at"],
        "properties": {"at": {"allOf": [{"oneOf": [{"type": "integer"}, {"type": "string"}]}, {"type": "string"}]}},
    },
    "one of several": {
        "oneOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}, "maxProperties": 0},
            {"type": "object", "required": ["b"], "properties": {"b": {"const": 2}}, "additionalProperties": False},
        ]
    },
    "what only a smaller value is": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "boolean"}, "b": {"type": "string"}},
        "not": {"required": ["b"]},
    },
    "a circle": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string"},
            "next": {"$ref": "#/components/schemas/a circle"},
            "others": {"type": "array", "items": {"$ref": "#/components/schemas/a circle"}},
            "either": {"oneOf": [{"$ref": "#/components/schemas/a circle"}, {"type": "string"}]},
        },
    },
    "examples": {
        "type": "object",
        "properties": {
            "good": {"type": "string", "minLength": 3, "example": "EUR"},
            "bad": {"type": "integer", "example": "seven"},
            "several": {"type": "string", "format": "date", "examples": ["no date", "2024-02-29"]},
        },
    },
    "a format and a pattern": {
        "type": "object",
        "required": ["moment", "key"],
        "properties": {
            "moment": {"type": "string", "format": "date-time", "pattern": "^20[0-9]{2}-"},
            "key": {"type": "string", "format": "hostname", "pattern": "^[a-f]{3}$"},
        },
    },
    "anything": {},
    "nothing but null": {"type": "null"},
}


def document(**schemas: Any) -> Document:
    """A document of these schemas."""
    return Document({"openapi": "3.1.0", "components": {"schemas": schemas}})


def built(schema: Any) -> list[Any]:
    """The values that are built for a schema and valid."""
    name = "a circle"
    return build_valid(document(**{name: schema}), {"it": f"/components/schemas/{name}"}, count=2, random_seed=1)["it"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_valid_values_are_built(name: str) -> None:
    """Whatever a schema is made of, a value is built that the document allows."""
    assert [] != built(SCHEMAS[name])


def test_every_field_is_there() -> None:
    """A value shows all that a schema declares, optional fields included, but for what leads back to itself."""
    assert {"good", "bad", "several"} == set(built(SCHEMAS["examples"])[0])
    assert {"id", "either"} == set(built(SCHEMAS["a circle"])[0]["next"])


def test_examples_are_used_where_they_fit() -> None:
    """An example that is against its own schema is passed over."""
    first = built(SCHEMAS["examples"])[0]

    assert ("EUR", "2024-02-29") == (first["good"], first["several"])


def test_a_whole_example_comes_first() -> None:
    """What the platform itself shows is better than what is built; one that is not valid is passed over."""
    read = read_document(DOCUMENTS / "asyncapi-2.yaml")
    at = read.event_schema_at("parcel.lost")

    assert {"id": "7"} == build_valid(read, {"it": at}, count=2, random_seed=1)["it"][0]


def test_a_discriminator_names_the_branch() -> None:
    """The field that tells branches apart holds the name of the branch, although no schema pins it."""
    schemas = {
        "Pet": {
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": {"propertyName": "kind", "mapping": {"meow": "#/components/schemas/Cat"}},
        },
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
        "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
    }
    content = {"components": {"schemas": schemas}}
    kinds = [build(content, schemas["Pet"], seeded(), Style(branch=number))["kind"] for number in range(2)]

    assert ["meow", "Dog"] == kinds


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"enum": []},
        {"type": "string", "pattern": "^a(?!.)b$"},
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/It"}}},
    ],
    ids=["false", "two types", "no number", "no value", "no text", "endless"],
)
def test_nothing_is_built_where_nothing_is_allowed(schema: Any) -> None:
    """A schema that allows nothing ends the building, and takes no time."""
    with pytest.raises(NothingBuilt):
        build({"components": {"schemas": {"It": schema}}}, schema, seeded(), Style())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_shipped_event_needs_an_engine(platform: str) -> None:
    """The polite events of the shipped platforms are built, so that a first run starts soon."""
    shipped = specification(platform)
    places = {t.name: shipped.document.event_schema_at(t.name) for t in shipped.description.delivered_types}

    assert {2} == {len(values) for values in build_valid(shipped.document, places, count=2, random_seed=1).values()}


def test_nothing_is_built_where_a_format_and_a_pattern_contradict_each_other() -> None:
    """No date begins with a letter."""
    schema = {"type": "string", "format": "date", "pattern": "^[a-z]+$"}

    with pytest.raises(NothingBuilt):
        build({}, schema, seeded(), Style())
