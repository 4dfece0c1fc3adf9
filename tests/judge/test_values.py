"""What the judge of values that must stay what they are says of transcripts written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from conformance.exchange import Asking, Response
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case, judged
from transcripts import Moment, delivered, feewise, holds, noted, play


def _told(at: str, value: object) -> Moment:
    return noted("told", json.dumps({"object": "o1", "at": at, "value": value}))


def _absent(at: str) -> Moment:
    return noted("told", json.dumps({"object": "o1", "at": at, "means": "absent"}))


def _answers(text: str) -> Moment:
    """The partner answered just this text."""
    moment = holds("o1", {})
    assert isinstance(moment.record, Asking)
    return Moment(replace(moment.record, response=Response(200, (), text.encode())))


def _held(told: Moment, answer: Mapping[str, Any] | Moment | None) -> Transcript:
    asked = answer if isinstance(answer, Moment) else holds("o1", answer)
    return feewise(play("exact-values", "decimals", told, delivered("told-0"), asked))


@case("FWD-03", Verdict.PASS)
def test_a_decimal_is_the_text_that_it_was() -> Transcript:
    """Zeros at the end are digits like any other."""
    return _held(_told("/amount", "1000.00"), {"amount": "1000.00"})


@case("FWD-03", Verdict.PASS)
def test_a_number_with_all_its_digits_is_whole() -> Transcript:
    """A decimal type may answer with a number, as long as no digit is lost."""
    return _held(_told("/amount", "1000.00"), _answers('{"amount": 1000.00}'))


@case("FWD-03", Verdict.WARN, '/amount = "1000.00" / the partner holds "1000.0"')
def test_a_decimal_that_was_a_number_has_lost_its_zeros() -> Transcript:
    """A binary number keeps the value, and not the digits."""
    return _held(_told("/amount", "1000.00"), {"amount": 1000.0})


@case("FWD-03", Verdict.WARN, "/size = 9007199254740993 / the partner holds 9007199254740992")
def test_a_large_number_has_lost_its_last_digit() -> Transcript:
    """Beyond 2^53 not every whole number is a double."""
    return _held(_told("/size", 2**53 + 1), {"size": 2**53})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"size": 9007199254740993}', Verdict.PASS),
        ('{"size": "9007199254740993"}', Verdict.PASS),
        ('{"size": 9007199254740993.0}', Verdict.PASS),
        ('{"size": 9.007199254740992e15}', Verdict.WARN),
        ('{"size": null}', Verdict.WARN),
        ('{"size": true}', Verdict.WARN),
        ('{"size": "many"}', Verdict.WARN),
        ('{"size": "sNaN"}', Verdict.WARN),
    ],
)
def test_a_large_number_is_compared_by_value(answer: str, expected: Verdict) -> None:
    """Text or number is the partner's choice; the value is not."""
    assert expected == judged("FWD-03", _held(_told("/size", 2**53 + 1), _answers(answer))).verdict


@case("FWD-03", Verdict.NOT_ASSESSABLE, "what the partner holds has none of /amount")
def test_a_field_that_is_not_answered_is_not_judged() -> Transcript:
    """A partner keeps what it has a use for."""
    return _held(_told("/amount", "1000.00"), {"id": "o1"})


@case("FWD-03", Verdict.NOT_ASSESSABLE, "what the partner holds has none of /amount")
def test_an_object_that_is_not_held_is_not_judged() -> Transcript:
    """Whether an event is applied at all is judged elsewhere."""
    return _held(_told("/amount", "1000.00"), None)


@case("FWD-03", Verdict.NOT_APPLICABLE, "no object of the platform holds whole numbers beyond 2^53")
def test_a_platform_without_such_values_asks_nothing() -> Transcript:
    """What the platform never sends cannot be lost."""
    why = "no object of the platform holds whole numbers beyond 2^53"
    return feewise(play("exact-values", "large-integers", noted("left out", why)))


@case("FWD-03", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_without_the_objects_nothing_can_be_compared() -> Transcript:
    """What a partner holds is seen through the control endpoint alone."""
    return feewise(play("exact-values", "decimals", _told("/amount", "1000.00")), offers=())


@case("FWD-03", Verdict.PASS)
def test_absent_is_absent() -> Transcript:
    """A field that was not told of is not in the answer."""
    return _held(_absent("/note"), {"id": "o1"})


@case("FWD-03", Verdict.PASS)
def test_null_for_absent_is_harmless_where_null_means_nothing() -> Transcript:
    """A table has a null in every column that was not filled."""
    return _held(_absent("/note"), {"note": None})


@case("FWD-03", Verdict.NOT_ASSESSABLE, "what the partner holds has none of /note")
def test_of_an_object_that_is_not_held_nothing_is_absent() -> Transcript:
    """Nothing is compared, so that nothing is proven."""
    return _held(_absent("/note"), None)


@case("FWD-03", Verdict.WARN, '/note = no such field / the partner holds ""')
def test_an_empty_text_is_not_absent() -> Transcript:
    """A default is a value that nobody told of."""
    return _held(_absent("/note"), {"note": ""})


def _two_told(first: object, second: object) -> Transcript:
    """A field that is null in one object and absent in another, and what the partner says of each."""
    null = noted("told", json.dumps({"object": "o2", "at": "/note", "value": None}))
    told = (_absent("/note"), delivered("told-0"), holds("o1", {"note": first}))
    return feewise(
        play(
            "exact-values",
            "absent-or-null",
            *told,
            null,
            delivered("told-1", event="e2", about="o2"),
            holds("o2", {"note": second}),
        )
    )


@case("FWD-03", Verdict.WARN, "/note = no such field / the partner holds null")
def test_null_is_not_absent_where_both_can_be() -> Transcript:
    """Where null has a meaning, it must be told apart from nothing."""
    return _two_told(None, None)


@case("FWD-03", Verdict.WARN, '/amount = "1000.00" / the partner holds "1000.0')
def test_an_object_that_is_not_held_hides_no_other() -> Transcript:
    """What is held is compared; long values are cut, and the last delivery about the object is cited."""
    missing = (_told("/amount", "1000.00"), delivered("told-0"), holds("o1", None))
    other = noted("told", json.dumps({"object": "o2", "at": "/amount", "value": "1000.00"}))
    twice = [delivered(f"told-{number}", event=f"e{number}", about="o2") for number in (1, 2)]
    seen = holds("o2", {"amount": "1000.0" * 20})
    return feewise(play("exact-values", "decimals", *missing, other, *twice, seen))


def test_null_that_became_a_text_is_not_null() -> None:
    """The word `null` is no null."""
    assert Verdict.WARN == judged("FWD-03", _two_told("x", "null")).verdict
