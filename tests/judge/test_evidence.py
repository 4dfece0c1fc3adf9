"""Effects are read out of a play with care: the last answer that says something counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.exchange import Failure
from conformance.judge.bench import judges_of
from conformance.judge.binding import Case
from conformance.judge.court import description_of
from conformance.judge.evidence import (
    answered,
    changing_calls,
    held,
    manner_findings,
    not_accepted,
    refused_because,
    seconds,
)
from conformance.judge.evidence import applied as count_of
from conformance.judge.subscriptions import _faults
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play, Transcript
from transcripts import Moment, applied, asked, called, delivered, feewise, holds, noted, play, waited


def _play(*moments: Moment) -> Play:
    (one,) = feewise(play("redelivery", "invoice", *moments)).plays
    return one


@pytest.mark.parametrize("answer", [{"applied": "many"}, {}, [1]])
def test_an_answer_without_a_count_is_passed_over(answer: object) -> None:
    """The count before it is the last that was given."""
    seen = count_of(_play(applied("e1", 1), asked("events", "e1", answer=answer)), "e1")

    assert seen is not None
    assert 1 == seen[0]


def test_a_failed_question_is_passed_over() -> None:
    """An error of the control endpoint says nothing of the object or of the event."""
    failed = _play(holds("o1", {"id": "o1"}), asked("objects", "o1", status=500), asked("events", "e1", status=500))
    seen = held(failed, "o1")

    assert seen is not None
    assert {"id": "o1"} == seen[0]
    assert count_of(failed, "e1") is None


def test_questions_about_others_are_passed_over() -> None:
    """Each answer is about one id."""
    others = _play(holds("o2", {"id": "o2"}), applied("e2", 2))

    assert held(others, "o1") is None
    assert count_of(others, "e1") is None


def test_durations_are_told_as_people_read_them() -> None:
    """Hundredths below ten seconds, none above."""
    assert ("0.05 s", "9.99 s", "30 s") == (seconds(0.05), seconds(9.99), seconds(30.2))


def _case(transcript: Transcript, *offers: str) -> Case:
    return Case(description_of(transcript), offers)


def test_a_judge_of_counts_needs_counts() -> None:
    """Also when it is asked directly, without the catalogue that names its needs."""
    transcript = feewise(play("outage", "", noted("missed", "e1"), waited("effect", 30)))
    (judge,) = judges_of("REC-02")

    assert judge.of_play is not None
    assert [Unassessable("the partner's control endpoint does not offer 'events'")] == list(
        judge.of_play(transcript.plays[0], _case(transcript))
    )


def test_a_platform_without_subscriptions_has_no_rules_for_them() -> None:
    """Then only what the API document says counts."""
    transcript = feewise(
        play("subscription", "", called("create-subscription", None, body=b"{}")), changed={"/subscriptions": None}
    )
    (call,) = transcript.plays[0].calls()

    assert [] == _faults(call, _case(transcript))


@pytest.mark.parametrize(
    ("moment", "evidence"),
    [
        (delivered("event", status=429), Evidence.ABSENCE),
        (delivered("event", status=503), Evidence.ABSENCE),
        (delivered("event", status=502), Evidence.ABSENCE),
        (delivered("event", status=504), Evidence.ABSENCE),
        (delivered("event", failure=Failure.TIMEOUT), Evidence.ABSENCE),
        (delivered("event", failure=Failure.CLOSED), Evidence.ABSENCE),
        (delivered("event", status=302), Evidence.DEED),
        (delivered("event", status=404), Evidence.DEED),
        (delivered("event", status=500), Evidence.DEED),
    ],
)
def test_only_what_load_can_explain_is_no_deed(moment: Moment, evidence: Evidence) -> None:
    """No answer, 429, 503, and what a gateway says for a partner may be load; any other status was chosen."""
    (delivery,) = _play(moment).deliveries()

    assert evidence is refused_because(delivery)
    assert evidence is not_accepted(delivery).evidence


def test_a_finding_of_a_refusal_cites_what_led_to_it() -> None:
    """The delivery itself stands last."""
    (delivery,) = _play(delivered("event", status=404)).deliveries()

    assert ("c1", "p1.1") == not_accepted(delivery, "c1").exchanges


def test_an_attempt_that_was_made_again_is_left_out() -> None:
    """A connection that was refused or dropped without an answer, where the same event was sent again in its role."""
    attempts = (
        delivered("again", failure=Failure.REFUSED),
        delivered("again", failure=Failure.CLOSED),
        delivered("again"),
    )

    assert ["p1.3"] == [d.id for d in answered(_play(*attempts), "again")]


def test_an_attempt_that_was_asked_to_wait_is_left_out() -> None:
    """Once the event was delivered again; an answer that broke off in its body is another matter."""
    asked = (delivered("again", status=429), delivered("again", status=503), delivered("again", status=500))

    assert ["p1.3"] == [d.id for d in answered(_play(*asked), "again")]
    assert ["p1.1"] == [d.id for d in answered(_play(*asked[:1]), "again")]


def test_the_last_attempt_is_kept_whatever_became_of_it() -> None:
    """So is one that another role or another event follows, and one that was answered or waited for."""
    attempts = (
        delivered("again", failure=Failure.TIMEOUT),
        delivered("again", status=500),
        delivered("again", event="e2", failure=Failure.REFUSED),
        delivered("first", failure=Failure.CLOSED),
        delivered("again", failure=Failure.CLOSED),
    )

    assert [f"p1.{n}" for n in (1, 2, 3, 4, 5)] == [d.id for d in answered(_play(*attempts))]


def test_what_was_asked_at_a_moment_is_not_before_it() -> None:
    """Of counts and of objects."""
    given = _play(applied("e1", 1), holds("o1", {"id": "o1"}))
    (count,), (thing,) = given.askings("events"), given.askings("objects")

    assert count_of(given, "e1", before=count.started) is None
    assert held(given, "o1", before=thing.started) is None
    assert count_of(given, "e1", before=count.started + 0.01) is not None
    assert held(given, "o1", before=thing.started + 0.01) is not None


def test_changes_are_looked_for_from_the_beginning() -> None:
    """And from the moment that is named, itself included."""
    given = _play(called("create", at=0.0), called("update", at=2.0), called("get", at=3.0))

    assert ["p1.1", "p1.2"] == [call.id for call in changing_calls(given)]
    assert ["p1.2"] == [call.id for call in changing_calls(given, after=2.0)]


@pytest.mark.parametrize(
    ("status", "statuses", "fine"),
    [(400, (), True), (499, (), True), (399, (), False), (500, (), False), (401, (401,), True), (403, (401,), False)],
)
def test_a_refusal_has_its_manner(status: int, statuses: tuple[int, ...], fine: bool) -> None:  # noqa: FBT001
    """One of the statuses that the platform wants, or any 4xx."""
    (refused,) = _play(delivered("event", status=status)).deliveries()

    assert fine == (not list(manner_findings(refused, statuses)))


def test_a_refusal_that_broke_off_has_none() -> None:
    """Whatever status it began with."""
    (refused,) = _play(delivered("event", status=401)).deliveries()
    broken = replace(refused, failure=Failure.CLOSED)
    (finding,) = manner_findings(broken, ())

    assert isinstance(finding, Finding)
    assert Evidence.ABSENCE is finding.evidence
    assert [] == list(manner_findings(refused, ()))
