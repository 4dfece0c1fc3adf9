"""What the judges of texts and of odd JSON say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, called, delivered, holds, noted, play, waited, wawex


def _control(effect: str = "seen") -> tuple[Moment, ...]:
    return (delivered("control"), noted("control effect", effect))


def _text(*then: Moment, status: int = 202, effect: str = "seen") -> Transcript:
    text = delivered("text", event="e2", about="o2", status=status)
    return wawex(play("unicode-text", "four-byte", *_control(effect), text, *then))


@case("PAY-03", Verdict.PASS)
def test_a_smiling_face_is_a_text() -> Transcript:
    """Acknowledged and effective, like any other."""
    return _text(noted("effect", "seen"))


@case("PAY-03", Verdict.FAIL, "a status from 200 to 299 / status 500")
def test_four_bytes_are_too_many() -> Transcript:
    """A character set of three bytes fails on the fourth."""
    return _text(status=500)


@case("PAY-03", Verdict.FAIL, "and no effect within")
def test_a_text_costs_the_effect() -> Transcript:
    """What fails after the acknowledgement fails as well."""
    return _text(waited("effect", 30.0), noted("effect", "not seen"))


@case("PAY-03", Verdict.PASS, "the status alone decides")
def test_where_no_effect_is_seen_the_status_decides() -> Transcript:
    """A receiver that only verifies accepts texts or does not."""
    return _text(noted("effect", "cannot be seen"), effect="cannot be seen")


@case("PAY-03", Verdict.NOT_APPLICABLE, "no room for a text")
def test_events_without_a_text_ask_nothing() -> Transcript:
    """Where no text can stand, none is sent."""
    return wawex(play("unicode-text", "escaped", noted("left out", "there is no room for a text")))


def _odd(odd: Moment, after: Moment, *then: Moment) -> Transcript:
    return wawex(play("odd-json", "depth-100", *_control(), odd, after, *then))


def _oddity(status: int = 400, failure: Failure | None = None) -> Moment:
    return delivered("odd", event="e2", about="o2", genuine=False, status=status, failure=failure)


def _after(status: int = 202) -> Moment:
    return delivered("after", event="e3", about="o3", status=status)


@case("PAY-04", Verdict.PASS)
def test_odd_json_is_refused() -> Transcript:
    """Parsers may be strict."""
    return _odd(_oddity(422), _after(), noted("effect", "seen"))


@case("PAY-04", Verdict.PASS)
def test_odd_json_is_accepted() -> Transcript:
    """Parsers may be lenient."""
    return _odd(_oddity(200), _after(), noted("effect", "seen"))


@case("PAY-04", Verdict.WARN, "a 2xx or 4xx status / status 500")
def test_odd_json_is_a_crash() -> Transcript:
    """A 5xx brings the event back."""
    return _odd(_oddity(500), _after(), noted("effect", "seen"))


@case("PAY-04", Verdict.WARN, "a 2xx or 4xx status / connection closed")
def test_odd_json_is_met_with_silence() -> Transcript:
    """A worker that dies answers nothing."""
    return _odd(_oddity(failure=Failure.CLOSED), _after(), noted("effect", "seen"))


@case("PAY-04", Verdict.WARN, "a status from 200 to 299 / status 503")
def test_odd_json_costs_the_next_acknowledgement() -> Transcript:
    """The event after it is one like any other."""
    return _odd(_oddity(), _after(503))


@case("PAY-04", Verdict.WARN, "and no effect within")
def test_odd_json_costs_the_next_effect() -> Transcript:
    """A queue that stops at the odd event handles nothing behind it."""
    return _odd(_oddity(200), _after(), waited("effect", 30.0), applied("e3", 0), noted("effect", "not seen"))


@case("PAY-04", Verdict.NOT_APPLICABLE, "no room")
def test_a_document_without_room_for_oddities_asks_nothing() -> Transcript:
    """Where no field can be added, nothing odd is sent."""
    return wawex(play("odd-json", "depth-100", noted("left out", "there is no room")))


@case("PAY-04", Verdict.NOT_ASSESSABLE, "no word about the event")
def test_a_limit_of_rate_is_no_answer_to_odd_json() -> Transcript:
    """Nobody has looked at it."""
    return _odd(_oddity(429), _after(), noted("effect", "seen"))


def _broken(status: int, *then: Moment) -> Transcript:
    broken = delivered("broken", event="e2", about="o2", genuine=False, status=status)
    return wawex(play("broken-text", "latin-1", *_control(), broken, *then))


@case("PAY-05", Verdict.PASS)
def test_broken_text_is_refused() -> Transcript:
    """Any 4xx will do."""
    return _broken(400, applied("e2", 0), holds("o2", None))


@case("PAY-05", Verdict.WARN, "a refusal / accepted with status 200")
def test_broken_text_is_accepted() -> Transcript:
    """What cannot be read cannot be taken."""
    return _broken(200)


@case("PAY-05", Verdict.WARN, "refused with a 4xx status / refused with status 500")
def test_broken_text_is_a_crash() -> Transcript:
    """A 5xx refuses in the wrong words."""
    return _broken(500)


@case("PAY-05", Verdict.WARN, "a call: GET /things/o2")
def test_broken_text_is_acted_upon() -> Transcript:
    """What is refused has no effect."""
    return _broken(400, called("get", "o2"))


@case("PAY-05", Verdict.NOT_APPLICABLE, "no room for a text")
def test_events_without_a_text_have_none_that_is_broken() -> Transcript:
    """Where no text can stand, none is broken."""
    return wawex(play("broken-text", "latin-1", noted("left out", "there is no room for a text")))
