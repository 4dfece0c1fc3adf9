"""What the judges of large bodies say of transcripts written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.exchange import Delivery, Failure, Response
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case, judged
from transcripts import Moment, delivered, feewise, noted, play

_LIMIT = {"/limits/body": 262_144}


def _large(*, status: int, confirmed: bool = True) -> Transcript:
    large = delivered("large", event="e2", status=status)
    scene = play("large-body", "", delivered("control"), noted("control effect", "seen"), large)
    return feewise(scene, confirmed=_LIMIT if confirmed else None)


@case("PAY-01", Verdict.PASS)
def test_a_large_event_is_accepted() -> Transcript:
    """Any 2xx will do."""
    return _large(status=204)


@case("PAY-01", Verdict.FAIL, "status 413 to a body of")
def test_a_large_event_is_refused() -> Transcript:
    """A limit below that of the platform costs the large events."""
    return _large(status=413)


@case("PAY-01", Verdict.WARN, "it rests on /limits/body")
def test_a_limit_that_is_assumed_only_warns() -> Transcript:
    """Until somebody has confirmed the limit, the partner's own may be the right one."""
    return _large(status=413, confirmed=False)


@case("PAY-01", Verdict.NOT_APPLICABLE, "no room")
def test_a_document_without_room_for_a_large_event_asks_nothing() -> Transcript:
    """Where no field can be added, no event is made large."""
    return feewise(play("large-body", "", noted("left out", "there is no room")))


def _oversized(oversized: Moment, *after: Moment) -> Transcript:
    return feewise(play("oversized-body", "", delivered("control"), oversized, *(after or (_after(),))))


def _after(status: int = 202) -> Moment:
    return delivered("after", event="e3", status=status)


def _too_large(status: int = 413, failure: Failure | None = None) -> Moment:
    return delivered("oversized", event="e2", genuine=False, status=status, failure=failure)


@case("PAY-02", Verdict.PASS)
def test_a_body_beyond_the_limit_is_answered_with_413() -> Transcript:
    """That is what the status is for."""
    return _oversized(_too_large())


@case("PAY-02", Verdict.PASS)
def test_a_body_beyond_the_limit_is_accepted() -> Transcript:
    """A partner may have a larger limit, or none."""
    return _oversized(_too_large(202))


@case("PAY-02", Verdict.PASS, "refused with status 400; 413 says why")
def test_a_body_beyond_the_limit_is_refused_in_other_words() -> Transcript:
    """Any 4xx tells the platform that sending again is useless."""
    return _oversized(_too_large(400))


@case("PAY-02", Verdict.PASS, "an answer before that could not be read")
def test_a_connection_that_is_closed_may_have_been_answered() -> Transcript:
    """Who answers 413 and closes before the end is right, and the answer can be lost on the way."""
    return _oversized(_too_large(failure=Failure.CLOSED))


@case("PAY-02", Verdict.WARN, "413, or a 2xx status / connection closed")
def test_an_answer_that_breaks_off_is_no_lost_answer() -> Transcript:
    """Its status arrived, and it is none that a platform can use."""
    record = _too_large(500).record
    assert isinstance(record, Delivery)
    return _oversized(Moment(replace(record, failure=Failure.CLOSED, response=Response(500))))


@pytest.mark.parametrize(
    ("status", "expected", "says"),
    [
        (199, Verdict.WARN, ""),
        (200, Verdict.PASS, ""),
        (299, Verdict.PASS, ""),
        (300, Verdict.WARN, ""),
        (400, Verdict.PASS, "refused with status 400; 413 says why"),
        (499, Verdict.PASS, "refused with status 499; 413 says why"),
        (500, Verdict.WARN, ""),
    ],
)
def test_success_and_refusal_have_their_bounds(status: int, expected: Verdict, says: str) -> None:
    """From 200 to 299, and from 400 to 499."""
    result = judged("PAY-02", _oversized(_too_large(status)))

    assert (expected, says) == (result.verdict, result.reason)


@case("PAY-02", Verdict.NOT_ASSESSABLE, "no word about the event")
def test_a_limit_of_rate_is_no_limit_of_size() -> Transcript:
    """429 tells the platform to send the same body again."""
    return _oversized(_too_large(429))


@case("PAY-02", Verdict.WARN, "413, or a 2xx status / status 502")
def test_a_body_beyond_the_limit_is_a_crash() -> Transcript:
    """A 5xx asks for the same body again."""
    return _oversized(_too_large(502))


@case("PAY-02", Verdict.WARN, "413, or a 2xx status / status 302")
def test_a_body_beyond_the_limit_is_sent_elsewhere() -> Transcript:
    """A redirect is no answer to a delivery."""
    return _oversized(_too_large(302))


@case("PAY-02", Verdict.WARN, "no complete answer before the deadline")
def test_a_body_beyond_the_limit_is_met_with_silence() -> Transcript:
    """Silence is no refusal."""
    return _oversized(_too_large(failure=Failure.TIMEOUT))


@case("PAY-02", Verdict.WARN, "the event after it is accepted / status 500 to an event of the usual size")
def test_a_body_beyond_the_limit_wedges_the_partner() -> Transcript:
    """The event after it is one like any other."""
    return _oversized(_too_large(), _after(500))


@case("PAY-02", Verdict.NOT_APPLICABLE, "no room")
def test_a_document_without_room_for_too_large_an_event_asks_nothing() -> Transcript:
    """Where no field can be added, no event is made too large."""
    return feewise(play("oversized-body", "", noted("left out", "there is no room")))
