"""The report of a transcript, as a pure function."""

from __future__ import annotations

import pytest

from conformance.catalogue import shipped_catalogue
from conformance.judge.verdicts import judge_transcript
from conformance.report import Report
from conformance.transcript import Ending, RunEnd, Transcript
from conformance.verdict import RunVerdict, Verdict
from transcripts import called, delivered, feewise, noted, planned, play, wawex

EVERY = "every-event-type"


def _report(transcript: Transcript, *requirements: str) -> Report:
    return judge_transcript(planned(transcript, *requirements), shipped_catalogue())


def test_a_report_holds_what_was_asked_for_in_its_order() -> None:
    """The results stand in the order of the header."""
    report = _report(wawex(play(EVERY, "A", delivered("event"))), "ACK-05", "ACK-01", "SIG-01")

    assert [("ACK-05", Verdict.PASS), ("ACK-01", Verdict.PASS), ("SIG-01", Verdict.NOT_APPLICABLE)] == [
        (result.requirement.id, result.verdict) for result in report.requirements
    ]
    assert RunVerdict.CONFORMS is report.verdict
    assert "Wawex" == report.title


def test_a_must_that_fails_fails_the_run() -> None:
    """One broken MUST decides."""
    report = _report(wawex(play(EVERY, "A", delivered("event", status=302))), "ACK-01", "ACK-05")

    assert RunVerdict.FAILS is report.verdict


@pytest.mark.parametrize("end", [None, *(RunEnd(12.5, e) for e in Ending if e is not Ending.FINISHED)])
def test_a_run_without_its_end_proves_no_conformity(end: RunEnd | None) -> None:
    """Every item has passed, but worse might have come; what failed stays failed."""
    passed = wawex(play(EVERY, "A", delivered("event")), end=end)
    failed = wawex(play(EVERY, "A", delivered("event", status=302)), end=end)

    assert [Verdict.PASS] == [result.verdict for result in _report(passed, "ACK-01").requirements]
    assert RunVerdict.INCOMPLETE is _report(passed, "ACK-01").verdict
    assert RunVerdict.FAILS is _report(failed, "ACK-01").verdict


def test_a_run_that_ended_well_says_how_long_it_took() -> None:
    """The end of the journal gives ending, reason and duration."""
    report = _report(wawex(end=RunEnd(12.5, Ending.REFUSED, "the partner does not answer")), "ACK-01")

    assert (Ending.REFUSED, "the partner does not answer", 12.5) == (
        report.ending,
        report.ending_reason,
        report.duration,
    )


def test_a_journal_without_an_end_was_interrupted() -> None:
    """A run that was killed lasted until its last exchange."""
    report = _report(wawex(play(EVERY, "A", delivered("event", at=3.0, took=1.0)), end=None), "ACK-01")

    assert Ending.INTERRUPTED is report.ending
    assert "the journal has no end: the run was killed" == report.ending_reason
    assert 4.0 == report.duration


def test_the_last_answer_ends_a_run_that_was_killed() -> None:
    """Whatever was asked last."""
    long, short = delivered("event", at=3.0, took=5.0), delivered("event", at=4.0, took=1.0)

    assert 8.0 == _report(wawex(play(EVERY, "A", long, short), end=None), "ACK-01").duration


def test_a_run_without_any_exchange_took_no_time() -> None:
    """Nothing happened, and nothing is proven."""
    report = _report(wawex(end=None), "ACK-01")

    assert 0.0 == report.duration
    assert RunVerdict.INCOMPLETE is report.verdict


def test_the_waits_of_the_calibration_are_told() -> None:
    """A reader sees how long the kit waited, and why."""
    other = play(EVERY, "A", delivered("event"), noted("versions", "{}"))
    calibrated = play("calibration", "", delivered("event"), noted("settle time", "0.50 s"))
    report = _report(wawex(other, calibrated), "ACK-01")

    assert (("effect window", "30 s"), ("retry window", "30 s"), ("settle time", "0.50 s")) == report.waits


def test_assumptions_and_chapters_come_from_the_data() -> None:
    """A confirmed value is told as confirmed."""
    report = _report(feewise(confirmed={"/acknowledgement/limit": 3}), "ACK-01")
    confirmed = {a.at for a in report.assumptions if a.confirmed}

    assert {"/acknowledgement/limit"} == confirmed
    assert ("acknowledging", "Acknowledging") == report.chapters[0]


def test_what_most_of_a_run_has_in_common_is_in_the_report() -> None:
    """A partner that refuses everything is told so once."""
    report = _report(wawex(play(EVERY, "A", *[delivered("event", status=401)] * 3)), "ACK-01")

    assert ["None of 3 genuine events was accepted"] == [said[:37] for said in report.diagnoses]
    assert 3 == len(report.exchanges)
    assert ["p1"] == [one.id for one in report.plays]


def test_the_same_transcript_earns_the_same_report() -> None:
    """Judging again changes nothing."""
    transcript = wawex(play("announced-object", "document", delivered("event"), called("get")))

    assert _report(transcript, "FET-01", "FET-02") == _report(transcript, "FET-01", "FET-02")
