"""What the judges of the chapter Payloads say of transcripts written by hand."""

from __future__ import annotations

from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, called, delivered, holds, noted, play, wawex


def _malformed(status: int, *then: Moment) -> Transcript:
    control = (delivered("control"), called("get"), noted("control effect", "seen"))
    malformed = delivered("malformed", event="e2", about="o2", genuine=False, status=status)
    return wawex(play("malformed-json", "truncated", *control, malformed, *then))


@case("ERR-01", Verdict.PASS)
def test_malformed_json_is_refused() -> Transcript:
    """Any 4xx will do."""
    return _malformed(422, called("get"), applied("e2", 0), holds("o2", None))


@case("ERR-01", Verdict.FAIL, "a refusal / accepted with status 202")
def test_malformed_json_is_acknowledged() -> Transcript:
    """An event that was damaged on the way and acknowledged is lost."""
    return _malformed(202)


@case("ERR-01", Verdict.FAIL, "a call: GET /things/o2")
def test_malformed_json_is_acted_upon() -> Transcript:
    """A parser that guesses the rest has an effect."""
    return _malformed(400, called("get", "o2"))


@case("ERR-01", Verdict.WARN, "refused with a 4xx status / refused with status 500")
def test_malformed_json_is_a_crash() -> Transcript:
    """A 5xx refuses, and warns."""
    return _malformed(500)
