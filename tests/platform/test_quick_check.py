"""The quick answer passes nothing that the validator that explains would not."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from conformance.generate.event_defects import event_defects
from conformance.platform.quick_check import QuickCheck
from shipped import PLATFORMS, corpus, specification

_URI: Final = "urn:test:document"


def check(schema: Any) -> QuickCheck:
    """A quick check of a document that is one schema."""
    return QuickCheck({"it": schema}, _URI)


def valid(platform: str, at: str, value: Any) -> bool:
    """What jsonschema alone says."""
    resource = DRAFT202012.create_resource(specification(platform).document.content)
    registry: Registry[Any] = Registry().with_resource(_URI, resource)
    formats = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator({"$ref": f"{_URI}#{at}"}, registry=registry, format_checker=formats).is_valid(value)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_whatever_a_platform_sends_gets_the_same_answer(platform: str) -> None:
    """Events as they are are passed, and of events with a single fault just those that are valid all the same."""
    described = specification(platform)
    quick = QuickCheck(described.document.content, _URI)
    for name, samples in corpus(platform).events.items():
        at = described.document.event_schema_at(name)
        faulty = [json.loads(d.body) for d in event_defects(described, name, samples[0]) if d.body.startswith(b"{")]

        assert [True] * len(samples) == [quick.passes(at, sample) for sample in samples]
        assert [] == [value for value in faulty if quick.passes(at, value) and not valid(platform, at, value)]
        assert [] != [value for value in faulty if not quick.passes(at, value)]


def test_formats_are_those_of_the_validator_that_explains() -> None:
    """Whatever the other library takes for a date."""
    texts = ["2026-11-22T10:00:00Z", "2026-11-22t10:00:00z", "2026-11-22T10:00:00", "2026-11-22T25:00:00Z", "today", ""]
    formats = Draft202012Validator.FORMAT_CHECKER
    quick = check({"type": "string", "format": "date-time"})

    assert [formats.conforms(text, "date-time") for text in texts] == [quick.passes("/it", text) for text in texts]


@pytest.mark.parametrize("value", ["\ud800", object(), {1: 2}], ids=["no UTF-8", "no JSON", "a key that is no text"])
def test_what_cannot_be_read_is_not_passed(value: Any) -> None:
    """What it makes of a value that is no JSON is for the other validator to say."""
    assert not check({"type": ["string", "object"]}).passes("/it", value)


@pytest.mark.parametrize(
    "schema", [{"type": "strnig"}, {"$ref": "https://example.com/schema"}, {"$ref": "#/missing"}, {"pattern": "("}]
)
def test_a_schema_that_cannot_be_compiled_passes_nothing(schema: Any) -> None:
    """Nothing is fetched for it either."""
    assert not check(schema).passes("/it", "text")
