"""What the judges of redeliveries in unusual circumstances say of transcripts written by hand."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.exchange import Delivery, Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, called, delivered, feewise, holds, noted, play, waited, wawex

TOGETHER = "simultaneous-copies"
CONTROL = delivered("control", event="e0", about="o0")
COPY = delivered("copy")
COUNTED = (CONTROL, applied("e0", 1))


@case("DUP-03", Verdict.PASS)
def test_two_copies_at_once_are_applied_once() -> Transcript:
    """A get for each copy is allowed."""
    return wawex(play(TOGETHER, "document", *COUNTED, COPY, COPY, called("get"), called("get"), applied("e1", 1)))


@case("DUP-03", Verdict.PASS)
def test_one_of_the_copies_may_be_refused() -> Transcript:
    """How a redelivery is answered is judged elsewhere: here the effect counts."""
    refused = delivered("copy", status=409)
    return wawex(play(TOGETHER, "document", *COUNTED, COPY, refused, applied("e1", 1)))


@case("DUP-03", Verdict.NOT_ASSESSABLE, "of no pair were both copies looked at")
def test_a_copy_that_meets_a_limit_is_no_second_copy() -> Transcript:
    """Where one of each pair is throttled, no two copies were ever handled at the same instant."""
    throttled = delivered("copy", status=429)
    return wawex(play(TOGETHER, "document", *COUNTED, COPY, throttled, applied("e1", 1)))


@case("DUP-03", Verdict.FAIL, "applied once / applied 2 times")
def test_both_copies_pass_between_look_and_note() -> Transcript:
    """The second pair counts as well as the first."""
    second = (delivered("copy", event="e2", about="o2"),) * 2
    return wawex(play(TOGETHER, "document", *COUNTED, COPY, COPY, *second, applied("e1", 1), applied("e2", 2)))


@case("DUP-03", Verdict.FAIL, "applied once / applied 0 times")
def test_each_copy_leaves_the_work_to_the_other() -> Transcript:
    """An event that nobody handles because each copy takes the other for the first is lost."""
    return wawex(play(TOGETHER, "document", *COUNTED, COPY, COPY, applied("e1", 0)))


@case("DUP-03", Verdict.FAIL, "one effect / 2 times POST /payments")
def test_both_copies_lead_to_a_change() -> Transcript:
    """Two changing calls, where a single event leads to one, are two effects."""
    usual = called("create", "o9", target="/payments", body=b'{"for": "o0"}')
    change = called("create", "o9", target="/payments", body=b'{"for": "o1"}')
    return wawex(play(TOGETHER, "document", *COUNTED, usual, COPY, COPY, change, change, applied("e1", 1)))


@case("DUP-03", Verdict.PASS)
def test_as_many_changes_as_for_one_event_are_one_effect() -> Transcript:
    """A partner that makes two calls for each event makes two here, and one that failed changed nothing."""
    usual = called("create", "o9", target="/payments", body=b'{"for": "o0"}')
    change = called("create", "o9", target="/payments", body=b'{"for": "o1"}')
    failed = called("create", "o9", target="/payments", body=b'{"for": "o1"}', status=503)
    calls = (CONTROL, usual, usual, COPY, COPY, failed, change, change)
    return wawex(play(TOGETHER, "document", *calls, applied("e0", 1), applied("e1", 1)))


@case("DUP-03", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_without_counts_two_copies_cannot_be_told() -> Transcript:
    """Gets alone show no second effect."""
    return wawex(play(TOGETHER, "document", CONTROL, COPY, COPY, called("get"), called("get")), offers=())


@case("DUP-03", Verdict.NOT_ASSESSABLE, "does not report that it handled any event")
def test_a_partner_without_use_for_the_type_shows_nothing() -> Transcript:
    """Where an ordinary event is not counted, one that is not counted proves nothing."""
    return wawex(play(TOGETHER, "document", CONTROL, COPY, COPY, applied("e0", 0), applied("e1", 0)))


@case("DUP-03", Verdict.NOT_ASSESSABLE, "does not report that it handled any event")
def test_an_uncounted_control_is_no_control() -> Transcript:
    """The same is true where the ordinary event was not asked about."""
    return wawex(play(TOGETHER, "document", CONTROL, COPY, COPY, applied("e1", 0)))


FAILED = "failed-delivery"
FIRST, RETRY = delivered("first"), delivered("retry")
HELD = (CONTROL, called("get", "o0"), holds("o0", {"id": "o0"}), applied("e0", 1))
FAULT = called("get", status=500, fault="status 500")


@case("DUP-04", Verdict.PASS)
def test_the_redelivery_brings_the_object() -> Transcript:
    """A partner that gave its get up takes the redelivery."""
    after = (FAULT, RETRY, called("get"), applied("e1", 1), holds("o1", {"id": "o1"}))
    return wawex(play(FAILED, "failing-get", *HELD, FIRST, *after))


@case("DUP-04", Verdict.PASS)
def test_its_own_retry_brings_the_object() -> Transcript:
    """A partner that tries again by itself needs no redelivery."""
    after = (FAULT, FAULT, called("get"), applied("e1", 1), holds("o1", {"id": "o1"}))
    return wawex(play(FAILED, "failing-get", *HELD, FIRST, *after))


@case("DUP-04", Verdict.PASS)
def test_a_refused_delivery_is_taken_the_second_time() -> Transcript:
    """A partner that gets before it acknowledges may refuse what it could not get."""
    refused = delivered("first", status=502)
    return wawex(play(FAILED, "failing-get", CONTROL, called("get", "o0"), refused, FAULT, RETRY, called("get")))


@case("DUP-04", Verdict.PASS)
def test_a_refusal_without_a_call_is_a_failure_too() -> Transcript:
    """Whatever made the partner refuse the first delivery, the second one counts."""
    refused = delivered("first", status=503)
    return wawex(play(FAILED, "failing-get", *HELD, refused, RETRY, called("get"), holds("o1", {"id": "o1"})))


@case("DUP-04", Verdict.FAIL, "(first delivery: its get failed) / the partner holds nothing of the object")
def test_an_event_that_was_marked_too_early_is_lost() -> Transcript:
    """A partner that marked the event before its get takes the redelivery for a duplicate."""
    after = (FAULT, RETRY, waited("get", 10), RETRY, applied("e1", 1), holds("o1", None))
    return wawex(play(FAILED, "failing-get", *HELD, FIRST, *after))


@case("DUP-04", Verdict.FAIL, "no get of the object succeeded")
def test_without_control_calls_the_get_decides() -> Transcript:
    """Where ordinary events lead to a get, one that never succeeds is a lost event."""
    control = (CONTROL, called("get", "o0"))
    return wawex(play(FAILED, "failing-get", *control, FIRST, FAULT, FAULT, RETRY, RETRY), offers=())


@case("DUP-04", Verdict.FAIL, "(first delivery: status 500) / applied 0 times")
def test_a_thick_event_is_known_by_its_count() -> Transcript:
    """Where events carry the object and it is not shown, the count decides."""
    counted = (CONTROL, applied("e0", 1), delivered("first", status=500), FAULT, RETRY, applied("e1", 0))
    return feewise(play(FAILED, "failing-get", *counted), offers=("events",))


@case("DUP-04", Verdict.FAIL, "a status from 200 to 299 / status 409")
def test_a_retry_is_refused_as_a_duplicate() -> Transcript:
    """A partner that refuses the retry of what it failed itself never processes it."""
    return wawex(play(FAILED, "failing-get", *HELD, FIRST, FAULT, delivered("retry", status=409)))


@case("DUP-04", Verdict.PASS)
def test_a_retry_that_came_too_late_may_be_refused() -> Transcript:
    """Where the partner's own retry has brought the object, a conflict loses nothing; DUP-01 judges it."""
    refused = delivered("retry", status=409)
    return wawex(play(FAILED, "failing-get", *HELD, FIRST, FAULT, refused, called("get"), holds("o1", {"id": "o1"})))


@case("DUP-04", Verdict.NOT_ASSESSABLE, "the redelivery is not accepted (status 409)")
def test_a_retry_that_is_told_to_wait_proves_nothing() -> Transcript:
    """A partner that still waits for the first delivery to end has not lost the event yet."""
    refused = delivered("retry", status=409)
    return wawex(play(FAILED, "hung-up", *HELD, CUT, refused, refused, refused, holds("o1", None)))


@case("DUP-04", Verdict.NOT_ASSESSABLE, "the partner made no call that could fail")
def test_a_partner_that_never_calls_cannot_fail_so() -> Transcript:
    """A partner that takes what the event carries makes no call."""
    return feewise(play(FAILED, "failing-get", *HELD, FIRST, holds("o1", {"id": "o1"})))


@case("DUP-04", Verdict.NOT_ASSESSABLE, "the event is not accepted (status 404)")
def test_an_event_that_is_never_accepted_is_another_matter() -> Transcript:
    """A partner that refuses the event without any call fails elsewhere."""
    refused = (delivered("first", status=400), delivered("retry", status=404))
    return feewise(play(FAILED, "failing-get", *HELD, *refused))


CUT = delivered("first", failure=Failure.CANCELLED)


@case("DUP-04", Verdict.PASS)
def test_a_delivery_that_broke_off_is_taken_the_second_time() -> Transcript:
    """The second delivery of a body that came in half is processed like any other."""
    return feewise(play(FAILED, "half-sent", *HELD, CUT, RETRY, holds("o1", {"id": "o1"}), applied("e1", 1)))


@case("DUP-04", Verdict.FAIL, "(first delivery: given up by the kit) / the partner holds nothing of the object")
def test_a_handler_that_was_cancelled_has_marked_the_event() -> Transcript:
    """A framework that cancels the handler when the client hangs up must not leave the mark behind."""
    return feewise(play(FAILED, "hung-up", *HELD, CUT, RETRY, holds("o1", None), applied("e1", 0)))


@case("DUP-04", Verdict.NOT_ASSESSABLE, "a genuine event shows no effect here")
def test_without_any_effect_nothing_is_told() -> Transcript:
    """Where an ordinary event shows nothing, a retry that shows nothing proves nothing."""
    return feewise(play(FAILED, "hung-up", CONTROL, applied("e0", 0), CUT, RETRY, applied("e1", 0)))


@case("DUP-04", Verdict.PASS)
def test_what_was_not_asked_about_is_not_missing() -> Transcript:
    """An answer that is there for the ordinary event only is no proof against the other."""
    return wawex(play(FAILED, "half-sent", *HELD, CUT, RETRY, called("get"), applied("e1", 1)))


AGAIN, OTHERS = delivered("again"), noted("others", "170")


@case("DUP-06", Verdict.PASS, "170 other events lay between")
def test_an_event_of_long_ago_is_known() -> Transcript:
    """The count is the same before and after; a get is allowed."""
    return feewise(play("long-ago", "", OTHERS, applied("e1", 1), AGAIN, called("get"), applied("e1", 1)))


@case("DUP-06", Verdict.PASS)
def test_a_conflict_shows_that_the_event_is_known() -> Transcript:
    """A redelivery that is refused as known is recognised, however it should have been answered."""
    return feewise(play("long-ago", "", OTHERS, applied("e1", 1), delivered("again", status=409), applied("e1", 1)))


@case("DUP-06", Verdict.WARN, "comes again after 170 others / applied 2 times, 1 before")
def test_an_event_of_long_ago_is_applied_again() -> Transcript:
    """A partner that remembers the last hundred has forgotten it."""
    return feewise(play("long-ago", "", OTHERS, applied("e1", 1), AGAIN, applied("e1", 2)))


@case("DUP-06", Verdict.WARN, "a call: POST /payments")
def test_an_event_of_long_ago_leads_to_a_change() -> Transcript:
    """Without counts a changing call shows the second effect."""
    change = called("create", "o9", target="/payments", body=b'{"for": "o1"}')
    return feewise(play("long-ago", "", OTHERS, AGAIN, change), offers=())


@case("DUP-06", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_without_counts_a_long_memory_is_not_seen() -> Transcript:
    """A second get is no second effect."""
    return feewise(play("long-ago", "", OTHERS, AGAIN, called("get")), offers=())


@case("DUP-06", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_a_count_that_was_not_given_again_shows_nothing() -> Transcript:
    """A count before and none after cannot be compared."""
    return feewise(play("long-ago", "", OTHERS, AGAIN, applied("e1", 1)))


@case("DUP-06", Verdict.NOT_ASSESSABLE, "the redelivery is not accepted (status 429)")
def test_a_redelivery_that_was_refused_shows_no_memory() -> Transcript:
    """A partner that had no time for the redelivery did not recognise it."""
    refused = delivered("again", status=429)
    return feewise(play("long-ago", "", OTHERS, applied("e1", 1), refused, applied("e1", 1)))


def _bodies(first: object, second: object) -> tuple[Moment, Moment]:
    return noted("first body", json.dumps(first)), noted("second body", json.dumps(second))


SECOND = delivered("second", genuine=False)
TOLD = _bodies({"/status": "Draft", "/due": "9.00"}, {"/status": "Open", "/due": "9.00"})
DRAFT, OPEN = {"status": "Draft", "due": "9.00"}, {"status": "Open", "due": "9.00"}


@case("DUP-07", Verdict.PASS)
def test_a_second_body_is_acknowledged_and_ignored() -> Transcript:
    """The first body's state stays; what both bodies say alike shows nothing."""
    return feewise(
        play("second-body", "", FIRST, holds("o1", DRAFT), *TOLD, SECOND, applied("e1", 1), holds("o1", DRAFT))
    )


@case("DUP-07", Verdict.PASS)
def test_a_second_body_is_refused() -> Transcript:
    """Any 4xx is a word; where nothing can be seen, it is enough."""
    refused = delivered("second", genuine=False, status=409)
    return feewise(play("second-body", "", FIRST, *TOLD, refused), offers=())


@case("DUP-07", Verdict.NOT_ASSESSABLE, "met a limit and no judgement (status 429)")
def test_a_second_body_that_came_too_soon_is_not_judged() -> Transcript:
    """Throttling is said to any event, and not to a second body."""
    throttled = delivered("second", genuine=False, status=429)
    return feewise(play("second-body", "", FIRST, *TOLD, throttled), offers=())


@case("DUP-07", Verdict.PASS)
def test_another_object_under_a_known_id_is_ignored() -> Transcript:
    """Where events are thin, the second body names another object; a get of it is no effect."""
    second = delivered("second", about="o2", genuine=False)
    return wawex(
        play("second-body", "", FIRST, holds("o1", {"id": "o1"}), second, called("get", "o2"), holds("o2", None))
    )


@case("DUP-07", Verdict.WARN, 'nothing of the second body is held / the partner holds /status = "Open"')
def test_a_second_body_replaces_the_first() -> Transcript:
    """What only the second body told of has come in without a word."""
    return feewise(
        play("second-body", "", FIRST, holds("o1", DRAFT), *TOLD, SECOND, applied("e1", 1), holds("o1", OPEN))
    )


@case("DUP-07", Verdict.WARN, "the partner holds the object that it names")
def test_another_object_comes_in_under_a_known_id() -> Transcript:
    """A refusal does not make up for what was taken in."""
    second = delivered("second", about="o2", genuine=False, status=400)
    return wawex(play("second-body", "", FIRST, holds("o1", {"id": "o1"}), second, holds("o2", {"id": "o2"})))


@case("DUP-07", Verdict.WARN, "applied once / applied 2 times")
def test_a_second_body_is_applied_beside_the_first() -> Transcript:
    """Two bodies of one id are one event."""
    return feewise(
        play("second-body", "", FIRST, holds("o1", DRAFT), *TOLD, SECOND, applied("e1", 2), holds("o1", DRAFT))
    )


@case("DUP-07", Verdict.WARN, "an acknowledgement, or a refusal with a 4xx status / status 500")
def test_a_second_body_makes_the_partner_fail() -> Transcript:
    """A unique key that is violated is no answer: the platform would send it for ever."""
    failed = delivered("second", genuine=False, status=500)
    return feewise(play("second-body", "", FIRST, *TOLD, failed))


@case("DUP-07", Verdict.WARN, "/ no complete answer before the deadline")
def test_a_second_body_is_not_answered() -> Transcript:
    """Silence is neither an acknowledgement nor a refusal."""
    silent = delivered("second", genuine=False, failure=Failure.TIMEOUT, took=20)
    return feewise(play("second-body", "", FIRST, *TOLD, silent))


@case("DUP-07", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_a_replacement_is_not_seen_from_outside() -> Transcript:
    """A count of one does not tell which body it was."""
    return feewise(play("second-body", "", FIRST, *TOLD, SECOND, applied("e1", 1)), offers=("events",))


@case("DUP-07", Verdict.WARN, "an acknowledgement, or a refusal with a 4xx status / connection closed")
def test_a_refusal_of_a_second_body_that_breaks_off_is_none() -> Transcript:
    """Whatever status it began with."""
    record = delivered("second", genuine=False, status=409).record
    assert isinstance(record, Delivery)
    broken = Moment(replace(record, failure=Failure.CLOSED))
    return feewise(play("second-body", "", FIRST, *TOLD, broken))


@case("DUP-07", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_an_answer_that_is_missing_before_shows_nothing() -> Transcript:
    """Where nobody looked before, nobody knows what was replaced."""
    return feewise(play("second-body", "", FIRST, *TOLD, SECOND, applied("e1", 1), holds("o1", DRAFT)))


@case("DUP-07", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_an_answer_that_is_missing_afterwards_shows_nothing() -> Transcript:
    """What was held before does not tell what is held now."""
    second = delivered("second", about="o2", genuine=False)
    return wawex(play("second-body", "", FIRST, holds("o1", {"id": "o1"}), second))


@case("DUP-07", Verdict.NOT_ASSESSABLE, "a genuine event shows no effect here")
def test_a_partner_that_holds_nothing_shows_no_replacement() -> Transcript:
    """Where the first body left nothing, nothing can be replaced."""
    return feewise(play("second-body", "", FIRST, holds("o1", None), *TOLD, SECOND, holds("o1", None)))


@case("DUP-07", Verdict.NOT_ASSESSABLE, "what the partner holds has none of /status, /due")
def test_an_object_without_the_fields_shows_no_replacement() -> Transcript:
    """What is missing from the answer is not judged."""
    bare = holds("o1", {"id": "o1"})
    return feewise(play("second-body", "", FIRST, bare, *TOLD, SECOND, bare))


MANY = tuple(delivered("again") for _ in range(40))


@case("DUP-08", Verdict.PASS)
def test_forty_redeliveries_are_one_event() -> Transcript:
    """All workers know what one of them has handled."""
    return feewise(play("many-redeliveries", "", FIRST, *MANY, applied("e1", 1)))


@case("DUP-08", Verdict.FAIL, "applied once / applied 4 times")
def test_each_worker_applies_the_event() -> Transcript:
    """Four processes with a memory of their own apply it four times."""
    return feewise(play("many-redeliveries", "", FIRST, *MANY, applied("e1", 4)))


@case("DUP-08", Verdict.FAIL, "applied once / applied 2 times")
def test_few_redeliveries_may_be_enough() -> Transcript:
    """What was applied twice was, however many redeliveries were refused."""
    few = (*MANY[:3], *(delivered("again", status=429) for _ in range(37)))
    return feewise(play("many-redeliveries", "", FIRST, *few, applied("e1", 2)))


@case("DUP-08", Verdict.NOT_ASSESSABLE, "the partner accepted only 15 of the redeliveries")
def test_redeliveries_that_are_refused_reach_no_worker() -> Transcript:
    """A rate limit in front of the workers hides what they know."""
    few = (*MANY[:15], *(delivered("again", status=429) for _ in range(25)))
    return feewise(play("many-redeliveries", "", FIRST, *few, applied("e1", 1)))


@case("DUP-08", Verdict.PASS)
def test_sixteen_redeliveries_are_enough() -> Transcript:
    """So many have met every worker."""
    few = (*MANY[:16], *(delivered("again", status=429) for _ in range(24)))
    return feewise(play("many-redeliveries", "", FIRST, *few, applied("e1", 1)))


@case("DUP-08", Verdict.NOT_ASSESSABLE, "the partner accepted only 15 of the redeliveries")
def test_redeliveries_that_are_refused_come_before_what_is_not_offered() -> Transcript:
    """One reason is told."""
    few = (*MANY[:15], *(delivered("again", status=429) for _ in range(25)))
    return feewise(play("many-redeliveries", "", FIRST, *few), offers=())


@case("DUP-08", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_without_a_count_the_workers_cannot_be_told() -> Transcript:
    """Forty gets are allowed."""
    return wawex(play("many-redeliveries", "", FIRST, *MANY, called("get")), offers=())
