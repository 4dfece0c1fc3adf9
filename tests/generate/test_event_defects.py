"""Every named defect is one fault, and only one, of an event that is valid without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance import pointer
from conformance.generate.event_defects import EventDefect, Flaw, Grade, Place, event_defect, event_defects
from conformance.platform.specification import Specification
from shipped import PLATFORMS, corpus, specification

TOLD = {"id": "0b9a1f1e-31a5-4f0c-9f0a-2f1f5d1a7c11", "type": "thing.told", "thing": {"id": "t1", "size": 3}}
EVENTS = [
    pytest.param(platform, kind.name, id=kind.name)
    for platform in PLATFORMS
    for kind in specification(platform).description.delivered_types
]


def made(small: Specification, content: Any = TOLD) -> dict[str, EventDefect]:
    """The defects of an event of the small platform, by name."""
    return {defect.name: defect for defect in event_defects(small, "thing.told", content)}


def test_defects_have_readable_names(small: Specification) -> None:
    """A name says where the fault is and what it is."""
    expected = [
        "envelope: empty body",
        "envelope: null instead of object",
        "envelope: list instead of object",
        "envelope: number instead of object",
        "envelope /id: missing",
        "envelope /id: list instead of string",
        "envelope /id: number instead of string",
        "envelope /id: null instead of string",
        "envelope /id: no uuid",
        "envelope /type: missing",
        "envelope /type: list instead of string",
        "envelope /type: number instead of string",
        "envelope /type: null instead of string",
        "envelope /type: unknown value",
        "envelope /thing: missing",
        "envelope /thing: list instead of object",
        "envelope /thing: number instead of object",
        "envelope /thing: string instead of object",
        "envelope /thing: null instead of object",
        "payload /id: missing",
        "payload /id: list instead of string",
        "payload /id: number instead of string",
        "payload /id: null instead of string",
        "payload /size: list instead of number",
        "payload /size: string instead of number",
        "payload /size: null instead of number",
    ]

    assert expected == list(made(small))


@pytest.mark.parametrize(
    ("name", "grade", "body"),
    [
        ("envelope: empty body", Grade.TRANSPORT, b""),
        ("envelope: null instead of object", Grade.STRUCTURAL, b"null"),
        ("envelope /id: missing", Grade.STRUCTURAL, b'{"type":"thing.told","thing":{"id":"t1","size":3}}'),
    ],
)
def test_a_defect_is_ready_to_be_sent(small: Specification, name: str, grade: Grade, body: bytes) -> None:
    """It has a grade, and bytes."""
    defect = made(small)[name]

    assert (grade, body) == (defect.grade, defect.body)


def test_a_broken_format_is_graded_as_such(small: Specification) -> None:
    """A receiver sees it only if it looks at the text itself."""
    assert Grade.FORMAT is made(small)["envelope /id: no uuid"].grade


@pytest.mark.parametrize(("platform", "event_type"), EVENTS)
def test_every_defect_is_a_single_fault(platform: str, event_type: str) -> None:
    """Jsonschema calls the event valid and each variant invalid, in one place; no two have a name in common."""
    shipped, content = specification(platform), corpus(platform).events[event_type][0]
    at = shipped.document.event_schema_at(event_type)
    found = list(event_defects(shipped, event_type, content))
    places = [
        {text.partition(": ")[0] for text in shipped.document.violations(at, json.loads(defect.body))}
        for defect in found
        if defect.body
    ]

    assert () == shipped.document.violations(at, content)
    assert {1} == {len(told) for told in places}
    assert len(found) == len({defect.name for defect in found})


@pytest.mark.parametrize(("platform", "event_type"), EVENTS)
def test_every_required_field_of_the_envelope_can_be_missing(platform: str, event_type: str) -> None:
    """What the schema requires is what is left out, and nothing else."""
    shipped, content = specification(platform), corpus(platform).events[event_type][0]
    schema = shipped.document.schema(shipped.document.event_schema_at(event_type))
    missing = {
        defect.at
        for defect in event_defects(shipped, event_type, content)
        if defect.flaw is Flaw.MISSING and defect.place is Place.ENVELOPE
    }

    assert {f"/{name}" for name in schema["required"]} == missing


def test_an_optional_field_that_is_missing_is_no_defect() -> None:
    """What a platform may leave out, a partner cannot demand."""
    shipped = specification("feewise")
    kind = "artifact.invoice.created"
    content = corpus("feewise").events[kind][0]

    assert event_defect(shipped, kind, content, at="/created_at", flaw=Flaw.MISSING) is None


def test_a_defect_is_found_by_its_place_and_flaw() -> None:
    """The first of a kind at a pointer, or the one of these words."""
    shipped = specification("feewise")
    kind = "artifact.invoice.created"
    content = corpus("feewise").events[kind][0]
    first = event_defect(shipped, kind, content, at="/event/amount", flaw=Flaw.ANOTHER_TYPE)
    number = event_defect(
        shipped, kind, content, at="/event/amount", flaw=Flaw.ANOTHER_TYPE, words="number instead of string"
    )

    assert first is not None
    assert "payload /amount: list instead of string" == first.name
    assert number is not None
    assert "payload /amount: number instead of string" == number.name
    assert 7 == pointer.read(json.loads(number.body), "/event/amount")


def test_an_extra_field_is_a_defect_only_where_it_is_forbidden(small: Specification) -> None:
    """A schema that is silent about further fields allows them."""
    content = small.document.content
    closed = pointer.write(content, "/components/schemas/Thing/additionalProperties", value=False)
    strict = Specification(small.description, type(small.document)(closed))

    assert "payload /unheard_of: extra field" not in made(small)
    assert "payload /unheard_of: extra field" in made(strict)


def test_schemas_that_are_put_together_are_read_whole(small: Specification) -> None:
    """What `allOf` adds, and what stands behind a reference, counts."""
    parts = {
        "allOf": [{"$ref": "#/components/schemas/Thing"}, {"required": ["size"]}, True],
        "properties": {"size": {"pattern": "^x$"}},
    }
    content = pointer.write(small.document.content, "/components/schemas/Told/properties/thing", parts)
    joined = Specification(small.description, type(small.document)(content))

    assert "payload /size: missing" in made(joined)


def test_a_pattern_can_be_broken(small: Specification) -> None:
    """A text that its pattern does not allow is of the wrong format."""
    content = pointer.write(small.document.content, "/components/schemas/Thing/properties/id/pattern", "^t[0-9]$")
    patterned = Specification(small.description, type(small.document)(content))

    assert Grade.FORMAT is made(patterned)["payload /id: against its pattern"].grade


def test_a_variant_that_the_schema_allows_is_no_defect(small: Specification) -> None:
    """A field that may be null is not at fault when it is."""
    content = pointer.write(
        small.document.content, "/components/schemas/Thing/properties/size/type", ["integer", "null"]
    )
    lenient = Specification(small.description, type(small.document)(content))

    assert "payload /size: null instead of number" not in made(lenient)


def test_an_event_that_is_not_valid_has_no_defects(small: Specification) -> None:
    """Defects are made from right events only: the fault would not be a single one."""
    with pytest.raises(ValueError, match="the event itself is not valid: /: 'thing' is a required property"):
        made(small, {key: TOLD[key] for key in ("id", "type")})
