"""Effects are read out of a play with care: the last answer that says something counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.exchange import Delivery, Failure
from conformance.judge.bench import judges_of
from conformance.judge.binding import Case
from conformance.judge.court import description_of
from conformance.judge.evidence import (
    answered,
    changing_calls,
    forbidden_effects,
    held,
    manner_findings,
    names_alone,
    not_accepted,
    refused_because,
    seconds,
    wrong_state,
)
from conformance.judge.evidence import applied as count_of
from conformance.judge.subscriptions import _faults
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play, Transcript
from transcripts import Moment, applied, asked, called, delivered, feewise, grew, holds, noted, play, run, waited


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
    failed = _play(
        holds("o1", {"id": "o1"}),
        asked("objects", "o1", status=500, answer={"id": "none"}),
        asked("objects", "o1", failure=Failure.TIMEOUT),
        asked("events", "e1", status=500, answer={"applied": 2}),
        asked("events", "e1", failure=Failure.TIMEOUT),
    )
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
    assert ["0.05 s", "9.99 s", "10 s", "30 s"] == [seconds(value) for value in (0.05, 9.99, 10.0, 30.2)]


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
    whole = delivered("again", status=500)
    assert isinstance(whole.record, Delivery)
    broken = replace(whole, record=replace(whole.record, failure=Failure.CLOSED))

    assert ["p1.3"] == [d.id for d in answered(_play(*asked), "again")]
    assert ["p1.1"] == [d.id for d in answered(_play(*asked[:1]), "again")]
    assert ["p1.1", "p1.2"] == [d.id for d in answered(_play(broken, whole), "again")]


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


OLD = {"/status": "Draft", "/amount": "1"}
MIDDLE = {"/status": "Open", "/amount": "1"}
NEW = {"/status": "Paid", "/amount": "2"}
EVENT = delivered("event", version=3)


def _state(*moments: Moment, late: int = 0, platform: str = "feewise") -> list[object]:
    """What is said of the state after these moments; the object has had three versions."""
    told = run(platform, play("redelivery", "invoice", EVENT, *moments, grew("o1", OLD, MIDDLE, NEW)))
    (one,) = told.plays
    return list(wrong_state(one, _case(told, "objects"), cites=one.deliveries(), late=late))


@pytest.mark.parametrize(("late", "evidence"), [(1, Evidence.DEED), (2, Evidence.ABSENCE), (0, Evidence.ABSENCE)])
def test_only_the_whole_state_that_a_late_event_told_of_is_a_deed(late: int, evidence: Evidence) -> None:
    """Another old state may be delay, and so may one of which a part alone is that of the late event."""
    (finding,) = _state(holds("o1", {"status": "Draft", "amount": "1"}), late=late)

    assert isinstance(finding, Finding)
    assert evidence is finding.evidence


def test_a_value_of_no_version_is_told_at_its_beginning() -> None:
    """Eighty characters of it."""
    told = f'what the partner holds is the value of no version: /status = "{"x" * 79}'

    assert [Unassessable(told)] == _state(holds("o1", {"status": "x" * 100}))


def test_a_get_that_failed_is_no_last_get() -> None:
    """Where the partner was waited for, it never got the object."""
    said = _state(called("get", status=500), waited("fetch", 30), platform="wawex")

    assert [("a get that answers version 3", "no get of the object within 30 s")] == _findings(said)


@pytest.mark.parametrize("wait", [waited("effect", 30), waited("fetch", 30, rewarded=True)])
def test_without_a_wait_in_vain_no_get_is_missing(wait: Moment) -> None:
    """One for something else, or one that was rewarded, is none."""
    (said,) = _state(wait, platform="wawex")

    assert isinstance(said, Unassessable)


def _findings(said: list[object]) -> list[tuple[str, str]]:
    return [(word.expected, word.actual) for word in said if isinstance(word, Finding)]


A = "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d000a"


def test_what_another_genuine_event_names_is_not_this_ones_alone() -> None:
    """What another forged one names is."""
    forged, again = (delivered("forged", event, A, genuine=False) for event in ("e1", "e2"))

    beside_forged, beside_genuine = _play(forged, again), _play(forged, delivered("control", "e3", A))

    assert {A, "e1"} == names_alone(beside_forged, beside_forged.deliveries()[0])
    assert {"e1"} == names_alone(beside_genuine, beside_genuine.deliveries()[0])


def test_a_delivery_about_nothing_names_its_event_alone() -> None:
    """No call fits it then, but one that names the event."""
    record = delivered("forged", genuine=False).record
    assert isinstance(record, Delivery)
    (one,) = feewise(play("forged-event", "", Moment(replace(record, object_id=None)), called("get"))).plays
    (delivery,) = one.deliveries()

    assert {"e1"} == names_alone(one, delivery)
    assert [] == list(forbidden_effects(one, delivery, count=True))


def test_a_call_before_a_delivery_is_no_effect_of_it() -> None:
    """Whatever the call names; one after it is, even if its body is no text."""
    forged, call = delivered("forged", about=A, genuine=False), called("get", A, body=b"\xff")
    before, after = _play(call, forged), _play(forged, call)

    assert [] == list(forbidden_effects(before, *before.deliveries(), count=True))
    assert [("no effect", f"a call: GET /things/{A}")] == _findings(
        list(forbidden_effects(after, *after.deliveries(), count=True))
    )


def test_a_count_matters_where_it_is_asked_for() -> None:
    """It is told as people say it."""
    for number, told in ((0, None), (1, "once"), (2, "2 times")):
        one = _play(delivered("forged", genuine=False), applied("e1", number))
        said = [("the event is not applied", f"the partner reports that it applied it {told}")] if told else []

        assert said == _findings(list(forbidden_effects(one, *one.deliveries(), count=True)))
        assert [] == list(forbidden_effects(one, *one.deliveries(), count=False))
