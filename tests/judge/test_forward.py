"""What the judges of new fields and unforeseen values say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, delivered, noted, play, waited, wawex


def _extended(*then: Moment, control: str = "seen", status: int = 202) -> Transcript:
    before = (delivered("control"), noted("control effect", control), noted("changed", "/field_1\n/field_2"))
    return wawex(play("unknown-fields", "envelope", *before, delivered("extended", event="e2", status=status), *then))


@case("FWD-01", Verdict.PASS)
def test_new_fields_change_nothing() -> Transcript:
    """The event is acknowledged, and its effect is seen like that of the one before."""
    return _extended(applied("e2", 1), noted("effect", "seen"))


@case("FWD-01", Verdict.FAIL, "status 400")
def test_new_fields_are_refused() -> Transcript:
    """A partner that validates against yesterday's document refuses tomorrow's events."""
    return _extended(status=400)


@case("FWD-01", Verdict.FAIL, "the same effect as that of the event beside it / acknowledged with status 202")
def test_new_fields_cost_the_effect() -> Transcript:
    """Who acknowledges first and reads later loses the event without a word."""
    return _extended(waited("effect", 30.0), applied("e2", 0), noted("effect", "not seen"))


@case("FWD-01", Verdict.NOT_ASSESSABLE, "its effect cannot be seen")
def test_an_effect_that_cannot_be_seen_proves_nothing() -> Transcript:
    """The acknowledgement alone does not say what becomes of the event."""
    return _extended(noted("effect", "cannot be seen"), control="cannot be seen")


@case("FWD-01", Verdict.NOT_ASSESSABLE, "positive control failed: a genuine event shows no effect here")
def test_a_control_without_effect_proves_nothing() -> Transcript:
    """Where no event has an effect, one with new fields need not have one."""
    return _extended(waited("effect", 30.0), noted("effect", "not seen"), control="not seen")


@case("FWD-01", Verdict.NOT_APPLICABLE, "no room for a new field there")
def test_a_document_without_room_asks_nothing() -> Transcript:
    """Where the document forbids further fields everywhere, none is sent."""
    return wawex(play("unknown-fields", "item", noted("left out", "there is no room for a new field there")))


def _varied(*deliveries: Moment) -> Transcript:
    before = (delivered("control"), noted("control effect", "seen"), noted("changed", "/event"))
    return wawex(play("unforeseen-values", "unknown-value", *before, *deliveries))


@case("FWD-02", Verdict.PASS)
def test_a_new_value_is_acknowledged() -> Transcript:
    """What becomes of it is not judged."""
    return _varied(delivered("varied", event="e2", genuine=False, status=200))


@case("FWD-02", Verdict.PASS)
def test_a_broken_connection_is_tried_again() -> Transcript:
    """The last attempt counts."""
    closed = delivered("varied", event="e2", genuine=False, failure=Failure.CLOSED)
    return _varied(closed, delivered("varied", event="e2", genuine=False))


@case("FWD-02", Verdict.WARN, "a status from 200 to 299 / status 500")
def test_a_new_value_is_a_crash() -> Transcript:
    """A list of values that grows is no reason to refuse an event."""
    return _varied(delivered("varied", event="e2", genuine=False, status=500))


@case("FWD-02", Verdict.NOT_APPLICABLE, "no field of the platform's events is optional")
def test_events_without_optional_fields_ask_nothing() -> Transcript:
    """What is required in every event can neither be absent nor null."""
    left_out = noted("left out", "no field of the platform's events is optional")
    return wawex(play("unforeseen-values", "null-optional", left_out))


@case("FWD-01", Verdict.PASS)
def test_the_last_delivery_with_new_fields_decides() -> Transcript:
    """The first one found nobody there."""
    gone = delivered("extended", event="e2", failure=Failure.REFUSED)
    before = (delivered("control"), noted("control effect", "seen"), noted("changed", "/field_1"))
    then = (gone, delivered("extended", event="e2"), applied("e2", 1), noted("effect", "seen"))
    return wawex(play("unknown-fields", "envelope", *before, *then))


@case("FWD-01", Verdict.NOT_ASSESSABLE, "its effect cannot be seen")
def test_an_effect_that_can_no_longer_be_seen_proves_nothing() -> Transcript:
    """Although that of the event before it was."""
    return _extended(noted("effect", "cannot be seen"))


@case("FWD-01", Verdict.FAIL, "status 400")
def test_the_event_before_it_is_cited() -> Transcript:
    """The last of them, however often it was delivered."""
    before = (delivered("control", failure=Failure.REFUSED), delivered("control"), noted("changed", "/field_1"))
    return wawex(play("unknown-fields", "envelope", *before, delivered("extended", event="e2", status=400)))
