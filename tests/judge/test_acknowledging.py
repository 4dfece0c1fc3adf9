"""What the judges of the chapter Acknowledging say of transcripts written by hand."""

from __future__ import annotations

import pytest

from conformance.exchange import Failure
from conformance.transcript import Outcome, Stall, Transcript
from conformance.verdict import Verdict
from judge.cases import case, judged
from transcripts import Moment, asked, called, delivered, feewise, holds, noted, play, wawex

EVERY = "every-event-type"
ONE = "DOCUMENT_NOTIFICATION"
LIMIT = "/acknowledgement/limit"
SOFT = "/acknowledgement/soft_limit"


@case("ACK-01", Verdict.PASS)
def test_any_2xx_acknowledges() -> Transcript:
    """Any 2xx acknowledges an event."""
    return wawex(
        *(play(EVERY, f"TYPE_{status}", delivered("event", status=status)) for status in (200, 201, 202, 204, 299))
    )


@case("ACK-01", Verdict.PASS)
def test_a_refused_connection_is_no_answer_yet() -> Transcript:
    """An event that is taken when the connection is tried again is acknowledged."""
    return wawex(play(EVERY, ONE, delivered("event", failure=Failure.REFUSED), delivered("event")))


@case("ACK-01", Verdict.FAIL, "status 404")
def test_an_event_type_without_a_route_is_not_acknowledged() -> Transcript:
    """One event type that is refused fails the requirement, whatever becomes of the others."""
    return wawex(
        play(EVERY, ONE, delivered("event")), play(EVERY, "PROXY_NOTIFICATION", delivered("event", status=404))
    )


@case("ACK-01", Verdict.FAIL, "connection closed")
def test_a_dropped_connection_is_no_acknowledgement() -> Transcript:
    """A partner that closes the connection each time has not acknowledged."""
    return wawex(play(EVERY, ONE, *[delivered("event", failure=Failure.CLOSED)] * 4))


@case("ACK-02", Verdict.PASS, "slowest of 2 answers: 4.90 s")
def test_an_answer_just_in_time_is_in_time() -> Transcript:
    """Any speed within the limit will do, and the slowest answer is told."""
    return wawex(play(EVERY, ONE, delivered("event"), delivered("event", took=4.9)), confirmed={LIMIT: 5})


@case("ACK-02", Verdict.PASS, "slowest of 1 answer: 5.20 s")
def test_the_way_to_the_socket_is_the_kits_own() -> Transcript:
    """An answer that is late by less than the margin is not late."""
    return wawex(play(EVERY, ONE, delivered("event", took=5.2)), confirmed={LIMIT: 5})


@case("ACK-02", Verdict.FAIL, "an answer within 5 s / status 202 after 6.00 s")
def test_an_answer_after_the_limit_is_late() -> Transcript:
    """An answer beyond limit and margin fails where the limit is confirmed."""
    return wawex(play(EVERY, ONE, delivered("event", took=6)), confirmed={LIMIT: 5})


@case("ACK-02", Verdict.FAIL, "no complete answer before the deadline after 20 s")
def test_silence_is_late() -> Transcript:
    """A genuine event that is never answered is late, in whatever story."""
    silent = delivered("first", failure=Failure.TIMEOUT, took=20)
    return wawex(play(EVERY, ONE, delivered("event")), play("redelivery", "proxy", silent), confirmed={LIMIT: 5})


@case("ACK-02", Verdict.WARN, "confirm it with --conformance-set acknowledgement.limit=VALUE")
def test_an_assumed_limit_only_warns() -> Transcript:
    """A late answer is a warning as long as the limit is the kit's own assumption."""
    return wawex(play(EVERY, ONE, delivered("event", took=6)))


@case("ACK-02", Verdict.PASS, "slowest of 1 answer: 0.05 s")
def test_held_and_forged_deliveries_are_not_timed() -> Transcript:
    """Only genuine events count, and not those of the story that holds the API: that one has its own requirement."""
    return wawex(
        play(EVERY, ONE, delivered("event"), delivered("forged", genuine=False, took=9)),
        play("held-api", "document", delivered("event", took=9)),
        confirmed={LIMIT: 5},
    )


@case("ACK-02", Verdict.NOT_ASSESSABLE, "positive control failed: no genuine event was accepted")
def test_who_refuses_everything_at_once_acknowledges_nothing_in_time() -> Transcript:
    """A quick refusal is no acknowledgement."""
    return wawex(play(EVERY, ONE, delivered("event", status=401)), confirmed={LIMIT: 5})


@case("ACK-02", Verdict.NOT_ASSESSABLE, "the kit itself stalled meanwhile")
def test_a_stall_of_the_kit_excuses_lateness() -> Transcript:
    """The partner is not blamed for a time in which the kit stood still."""
    return wawex(play(EVERY, ONE, delivered("event", took=6, at=1)), confirmed={LIMIT: 5}, stalls=[Stall(3, 5)])


@case("ACK-02", Verdict.FAIL, "an answer within 5 s / status 202 after 9.00 s")
def test_a_stall_excuses_no_more_than_it_lasted() -> Transcript:
    """What is late even without the stall is late."""
    late = delivered("event", took=9, at=1)
    return wawex(play(EVERY, ONE, late), confirmed={LIMIT: 5}, stalls=[Stall(3, 4), Stall(50, 60)])


@case("ACK-02", Verdict.NOT_ASSESSABLE, "other test workers share the machine")
def test_a_shared_machine_measures_nothing() -> Transcript:
    """No timing verdict is made while other test workers compute on the same machine."""
    return wawex(play(EVERY, ONE, delivered("event", took=6)), confirmed={LIMIT: 5}, shared_machine=True)


@case("ACK-02", Verdict.NOT_ASSESSABLE, "no genuine event was answered")
def test_nothing_answered_is_nothing_timed() -> Transcript:
    """Without a single answer there is nothing to measure."""
    return wawex(play(EVERY, ONE, delivered("event", failure=Failure.CLOSED)))


@case("ACK-04", Verdict.PASS)
def test_it_answers_while_its_fetch_hangs() -> Transcript:
    """The acknowledgement comes at once although the call that the event led to is held."""
    held = called("get", fault="hold")
    return wawex(play("held-api", "document", delivered("event"), held, noted("held", "yes"), noted("released", "15")))


@case("ACK-04", Verdict.PASS)
def test_the_api_answers_again_in_the_very_moment_of_the_acknowledgement() -> Transcript:
    """Both have one time where the clock ticks slowly, and the release came second."""
    held, notes = called("get", fault="hold"), (noted("held", "yes"), noted("released", "2.5"))
    return wawex(play("held-api", "document", delivered("event", took=2.0, at=0.5), held, *notes))


@case("ACK-04", Verdict.FAIL, "once the API answered again")
def test_it_answers_only_after_its_fetch() -> Transcript:
    """A partner that fetches before it answers is caught by the held call, whatever the limit is."""
    late = delivered("event", took=15.1)
    held = called("get", fault="hold")
    return wawex(play("held-api", "document", late, held, noted("held", "yes"), noted("released", "15")))


@case("ACK-04", Verdict.FAIL, "no complete answer before the deadline")
def test_it_never_answers_while_its_fetch_hangs() -> Transcript:
    """No answer at all is a failure too."""
    never = delivered("event", failure=Failure.TIMEOUT, took=20)
    return wawex(play("held-api", "document", never, noted("held", "yes"), noted("released", "40")))


@case("ACK-04", Verdict.FAIL, "an answer within 5 s while the platform's API is held / status 202 after 7.00 s")
def test_it_answers_when_its_own_time_out_ends_the_fetch() -> Transcript:
    """An answer that comes before the release and after the limit fails where the limit is confirmed."""
    late = delivered("event", took=7)
    return wawex(
        play("held-api", "document", late, noted("held", "yes"), noted("released", "15")), confirmed={LIMIT: 5}
    )


@case("ACK-04", Verdict.WARN, "it rests on /acknowledgement/limit")
def test_its_own_time_out_beyond_an_assumed_limit_warns() -> Transcript:
    """The same is a warning as long as the limit is assumed."""
    return wawex(
        play("held-api", "document", delivered("event", took=7), noted("held", "yes"), noted("released", "15"))
    )


@case("ACK-04", Verdict.NOT_ASSESSABLE, "came late, but other test workers share the machine")
def test_lateness_on_a_shared_machine_is_no_wait_for_a_fetch() -> Transcript:
    """Somebody else may have held the partner up; only an answer that comes with the release has waited for it."""
    late, notes = delivered("event", took=7), (noted("held", "yes"), noted("released", "15"))
    return wawex(play("held-api", "document", late, *notes), confirmed={LIMIT: 5}, shared_machine=True)


@case("ACK-04", Verdict.FAIL, "once the API answered again")
def test_an_answer_that_waits_for_the_release_fails_on_a_shared_machine_too() -> Transcript:
    """What comes with the release has waited for it, however busy the machine is."""
    late, notes = delivered("event", took=15.1), (noted("held", "yes"), noted("released", "15"))
    return wawex(play("held-api", "document", late, *notes), shared_machine=True)


@case("ACK-04", Verdict.NOT_ASSESSABLE, "the kit itself stalled while the API was held")
def test_a_stall_while_the_api_is_held_decides_nothing() -> Transcript:
    """The partner is not blamed for a stall of the kit."""
    late = delivered("event", took=7)
    return wawex(
        play("held-api", "document", late, noted("held", "yes"), noted("released", "15")), stalls=[Stall(2, 5)]
    )


@case("ACK-04", Verdict.NOT_ASSESSABLE, "late without any call to the API (see ACK-02): status 202")
def test_an_answer_that_waits_for_no_call_is_late_for_another_reason() -> Transcript:
    """Lateness alone is judged elsewhere, against a limit that may be assumed."""
    return feewise(
        play("held-api", "invoice", delivered("event", took=16), noted("held", "no"), noted("released", "15"))
    )


@case("ACK-02", Verdict.PASS)
def test_who_is_held_up_by_its_own_call_is_judged_where_the_call_is_held() -> Transcript:
    """The notification that overtakes a create call has a requirement of its own, and so have held fetches."""
    late = delivered("overtaking", failure=Failure.TIMEOUT, took=20)
    return wawex(play(EVERY, ONE, delivered("event")), play("overtaking-notification", "customer", late))


@case("ACK-04", Verdict.NOT_ASSESSABLE, "the event is not accepted (status 404)")
def test_a_refused_event_shows_nothing_of_the_fetch() -> Transcript:
    """An event that is refused before any call says nothing of what a held call would do."""
    refused = delivered("event", status=404)
    return wawex(play("held-api", "document", refused, noted("held", "no"), noted("released", "1")))


@case("ACK-04", Verdict.NOT_ASSESSABLE, "made no call that could be held")
def test_a_thin_event_without_a_call_cannot_be_judged() -> Transcript:
    """Where events carry no data, a partner that does not call was never put to the test."""
    return wawex(play("held-api", "document", delivered("event"), noted("held", "no"), noted("released", "1")))


@case("ACK-04", Verdict.PASS, "made no call while the API was held")
def test_a_thick_event_needs_no_call() -> Transcript:
    """Where events carry the data no call is needed, and the report says that there was none."""
    return feewise(play("held-api", "invoice", delivered("event"), noted("held", "no"), noted("released", "1")))


@pytest.mark.parametrize(
    "story",
    [
        "burst",
        "concurrent-events",
        "failing-fetch",
        "half-sent",
        "held-api",
        "hung-fetch",
        "killed-partner",
        "overtaking-notification",
        "renewed-object",
    ],
)
def test_what_is_late_in_a_story_that_makes_it_hard_is_judged_there(story: str) -> None:
    """Its own requirement says what is asked of the partner then."""
    told = wawex(play(EVERY, ONE, delivered("event")), play(story, "document", delivered("event", took=9)))

    assert Verdict.PASS == judged("ACK-02", told).verdict


@case("ACK-02", Verdict.FAIL, "an answer within 5 s / no complete answer before the deadline after 9.00 s")
def test_who_is_always_late_is_late_although_nothing_was_accepted() -> Transcript:
    """There is an answer to judge: that none came."""
    late = delivered("event", failure=Failure.TIMEOUT, took=9)
    return wawex(play(EVERY, ONE, late), confirmed={LIMIT: 5})


@case("ACK-02", Verdict.PASS)
def test_one_event_that_is_accepted_controls_the_others() -> Transcript:
    """A refusal in time is in time."""
    return wawex(
        play(EVERY, ONE, delivered("event")), play(EVERY, "PROXY_NOTIFICATION", delivered("event", status=404))
    )


@case("ACK-02", Verdict.NOT_ASSESSABLE, "the kit itself stalled meanwhile")
def test_what_a_stall_leaves_is_measured_with_its_margin() -> Transcript:
    """Without the stall it took the limit exactly."""
    return wawex(play(EVERY, ONE, delivered("event", took=6, at=1)), confirmed={LIMIT: 5}, stalls=[Stall(3, 4)])


@case("ACK-03", Verdict.NOT_ASSESSABLE, "answers came late, but the kit itself stalled meanwhile")
def test_a_percentile_is_measured_with_its_margin() -> Transcript:
    """Without the stall the answers took the limit exactly."""
    late = (delivered("event", took=3.5, at=1.0) for _ in range(60))
    return wawex(play("twenty-in-flight", "", *late), stalls=(Stall(1.5, 2.5),), confirmed={SOFT: 2.5})


@case("ACK-04", Verdict.PASS)
def test_an_answer_within_the_margin_is_not_late() -> Transcript:
    """The kit's own way to a socket takes time."""
    held = (delivered("event", took=5.1), noted("held", "yes"), noted("released", "5.05"))
    return wawex(play("held-api", "document", *held), confirmed={LIMIT: 5}, shared_machine=True)


@case("ACK-04", Verdict.NOT_ASSESSABLE, "the kit itself stalled while the API was held")
def test_what_a_stall_leaves_while_the_api_is_held_has_its_margin() -> Transcript:
    """Without the stall the answer took the limit exactly."""
    held = (delivered("event", took=6), noted("held", "yes"), noted("released", "15"))
    return wawex(play("held-api", "document", *held), stalls=[Stall(2, 3)], confirmed={LIMIT: 5})


@case("ACK-05", Verdict.PASS)
def test_no_redirect_in_the_whole_run() -> Transcript:
    """Answers of any other kind are no redirects."""
    return wawex(play(EVERY, ONE, delivered("event"), delivered("event", status=404)))


@case("ACK-05", Verdict.FAIL, "status 308 to https://partner.example/hooks/")
def test_a_redirect_in_any_story_is_a_lost_delivery() -> Transcript:
    """A redirect is found wherever it happens, and the finding says where it leads."""
    moved = delivered("first", status=308, location="https://partner.example/hooks/")
    return wawex(play(EVERY, ONE, delivered("event")), play("redelivery", "proxy", moved))


@case("ACK-05", Verdict.FAIL, "status 303 to nowhere")
def test_a_redirect_without_a_target_is_one() -> Transcript:
    """A 3xx without a Location is a redirect all the same."""
    return wawex(play(EVERY, ONE, delivered("event", status=303)))


@case("ACK-05", Verdict.PASS)
def test_a_request_that_is_no_delivery_may_be_redirected() -> Transcript:
    """Who opens the URL in a browser may be led to a page, and so is who asks for it in another way than by POST."""
    page = delivered("refusable", status=302, method="GET", genuine=False, location="/login")
    return wawex(play(EVERY, ONE, delivered("event")), play("other-method", "GET", page))


@case("ACK-05", Verdict.FAIL, "status 307 to nowhere")
def test_five_redirects_are_told() -> Transcript:
    """More of them say no more."""
    return wawex(play(EVERY, ONE, *[delivered("event", f"e{n}", status=307) for n in range(6)]))


@pytest.mark.parametrize(
    ("status", "expected"),
    [(299, Verdict.PASS), (300, Verdict.FAIL), (399, Verdict.FAIL), (400, Verdict.PASS)],
)
def test_every_3xx_is_a_redirect(status: int, expected: Verdict) -> None:
    """And nothing else is."""
    assert expected == judged("ACK-05", wawex(play(EVERY, ONE, delivered("event", status=status)))).verdict


@case("ACK-02", Verdict.FAIL, "an answer within 5 s / status 202 after 6.00 s")
def test_five_late_answers_are_told() -> Transcript:
    """More of them say no more."""
    late = [delivered("event", f"e{n}", took=6.0) for n in range(6)]
    return wawex(play(EVERY, ONE, *late), confirmed={"/acknowledgement/limit": 5})


@case("ACK-05", Verdict.NOT_ASSESSABLE, "no delivery was answered")
def test_without_answers_there_is_no_redirect_to_see() -> Transcript:
    """A partner that answers nothing has not shown that it does not redirect."""
    return wawex(play(EVERY, ONE, delivered("event", failure=Failure.TIMEOUT, took=20)))


UUID = "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0001"
FOREIGN = delivered("foreign", event="e2", about="o2", genuine=False)
CONTROL = (delivered("control"), called("get"), noted("control effect", "seen"))


@case("ACK-06", Verdict.NOT_ASSESSABLE, "the event was not looked at (status 503)")
def test_a_misplaced_event_that_came_at_a_bad_time_shows_nothing() -> Transcript:
    """Load is no judgement on where the event came."""
    busy = delivered("foreign", event="e2", about="o2", genuine=False, status=503)
    return wawex(play("foreign-endpoint", "customer", *CONTROL, busy, holds("o2", None)))


@case("ACK-06", Verdict.WARN, "the partner holds it as a thing")
def test_a_misplaced_event_is_held_under_either_type() -> Transcript:
    """The story asks for both types, and either answer shows the event taken for granted."""
    held = (holds("o2", {"id": "o2"}), holds("o2", None))
    return wawex(play("foreign-endpoint", "customer", *CONTROL, FOREIGN, *held))


@case("ACK-06", Verdict.PASS)
def test_a_misplaced_event_is_left_alone() -> Transcript:
    """Acknowledged and not acted upon is enough, and a late fetch of another object is no effect."""
    return wawex(play("foreign-endpoint", "customer", *CONTROL, FOREIGN, called("get"), holds("o2", None)))


@case("ACK-06", Verdict.PASS)
def test_a_misplaced_event_may_be_refused() -> Transcript:
    """Any 4xx will do."""
    refused = delivered("foreign", event="e2", about="o2", genuine=False, status=404)
    return wawex(play("foreign-endpoint", "customer", *CONTROL, refused))


@case("ACK-06", Verdict.WARN, f"a call: GET /documents/{UUID.upper()}")
def test_the_endpoints_own_type_is_fetched_under_the_foreign_id() -> Transcript:
    """A call that names the object in the path of any type, in any case, is an effect."""
    wrong = called("get", None, status=404, target=f"/documents/{UUID.upper()}")
    foreign = delivered("foreign", event="e2", about=UUID, genuine=False)
    return wawex(play("foreign-endpoint", "customer", *CONTROL, foreign, wrong))


@case("ACK-06", Verdict.WARN, "a call: GET /things/o2")
def test_each_kind_of_effect_of_a_misplaced_event_is_told_once() -> Transcript:
    """The first call after it, and the first answer that shows the object."""
    seen = (called("get", "o2"), called("get", "o2"), holds("o2", {"id": "o2"}), holds("o2", {"id": "o2"}))
    return wawex(play("foreign-endpoint", "customer", *CONTROL, called("get", "o2"), FOREIGN, *seen))


@case("ACK-06", Verdict.PASS)
def test_an_error_of_the_control_endpoint_shows_no_object() -> Transcript:
    """Nor does a call from before the event."""
    failed = asked("objects", "o2", status=500)
    return wawex(play("foreign-endpoint", "customer", *CONTROL, called("get", "o2"), FOREIGN, failed))


@case("ACK-06", Verdict.WARN, "the partner holds it")
def test_a_misplaced_event_is_stored() -> Transcript:
    """What the partner says it holds is an effect."""
    return wawex(play("foreign-endpoint", "customer", *CONTROL, FOREIGN, holds("o2", {"id": "o2"})))


@case("ACK-06", Verdict.NOT_ASSESSABLE, "a genuine event shows no effect here")
def test_no_effect_proves_nothing_where_none_can_be_seen() -> Transcript:
    """Where a genuine event shows no effect, the absence of one says nothing."""
    return wawex(
        play("foreign-endpoint", "customer", delivered("control"), noted("control effect", "not seen"), FOREIGN)
    )


@case("ACK-06", Verdict.NOT_APPLICABLE, "FeeWise has no endpoint per type")
def test_one_endpoint_for_all_types_cannot_be_mistaken() -> Transcript:
    """A platform with one endpoint does not ask for it."""
    return feewise()


@case("ACK-04", Verdict.NOT_ASSESSABLE, "positive control failed")
def test_a_story_that_could_not_be_told_decides_nothing() -> Transcript:
    """The reason of a story that broke off is the reason of its items."""
    story = play("held-api", "document", outcome=Outcome.NOT_ASSESSABLE, reason="positive control failed: no answer")
    return wawex(story)


@case("ACK-04", Verdict.FAIL, "status 502 after 2.00 s, with a call to the API under way")
def test_it_refuses_the_event_when_its_fetch_times_out() -> Transcript:
    """A partner that waits two seconds for its fetch and then answers 502 has not acknowledged."""
    gave_up = delivered("event", status=502, took=2)
    held = called("get", fault="hold", at=0.01)
    return wawex(play("held-api", "document", gave_up, held, noted("held", "yes"), noted("released", "15")))


def _sixty(*slow: float, of: int = 60) -> tuple[Moment, ...]:
    """Sixty answers, of which these took longer."""
    return tuple(delivered("event", took=took) for took in (*slow, *[0.1] * (of - len(slow))))


SOFT = "/acknowledgement/soft_limit"


@case("ACK-03", Verdict.PASS, "60 answers, by percentile: 0.10 s (50 %), 0.10 s (95 %), 4.00 s (100 %)")
def test_three_of_sixty_may_be_slow() -> Transcript:
    """The 95th percentile lets five of a hundred be slow."""
    return wawex(play("twenty-in-flight", "", delivered("control", took=9), *_sixty(4, 4, 4)))


@case("ACK-03", Verdict.WARN, "95 of 100 answers within 2.5 s / the 95th percentile of 60 is 4.00 s")
def test_four_of_sixty_are_too_many() -> Transcript:
    """One slow answer more shows in the percentile."""
    return wawex(play("twenty-in-flight", "", *_sixty(4, 4, 4, 4)), confirmed={SOFT: 2.5})


@case("ACK-03", Verdict.PASS)
def test_the_soft_limit_has_a_margin_too() -> Transcript:
    """The way to the socket is the kit's own."""
    return wawex(play("twenty-in-flight", "", *_sixty(*[2.7] * 60)))


@case("ACK-03", Verdict.WARN, "the 95th percentile of 60 is 20 s")
def test_silence_under_load_is_slow() -> Transcript:
    """An event without an answer counts with the time that was waited for it."""
    silent = (delivered("event", failure=Failure.TIMEOUT, took=20) for _ in range(6))
    return wawex(play("twenty-in-flight", "", *silent, *_sixty(of=54)))


@case("ACK-03", Verdict.NOT_ASSESSABLE, "only 50 of 60 events were acknowledged")
def test_refusals_have_no_percentile() -> Transcript:
    """A partner that refuses in a burst is judged elsewhere."""
    refused = (delivered("event", status=503) for _ in range(10))
    return wawex(play("twenty-in-flight", "", *refused, *_sixty(of=50)))


@case("ACK-03", Verdict.NOT_ASSESSABLE, "answers came late, but the kit itself stalled meanwhile")
def test_a_kit_that_stalls_measures_no_percentile() -> Transcript:
    """The time in which the kit stood still is not the partner's."""
    late = (delivered("event", took=4, at=1.0) for _ in range(60))
    return wawex(play("twenty-in-flight", "", *late), stalls=(Stall(1.5, 4.5),))


@case("ACK-03", Verdict.NOT_ASSESSABLE, "answers came late, but other test workers share the machine")
def test_a_shared_machine_measures_no_percentile() -> Transcript:
    """Lateness is not judged where other work runs beside the kit."""
    return wawex(play("twenty-in-flight", "", *_sixty(*[4.0] * 60)), shared_machine=True)


@case("ACK-07", Verdict.PASS)
def test_bodies_are_named() -> Transcript:
    """Any type will do, for refusals too, and an answer without a body needs none."""
    named = delivered("event", answer=b"ok", answer_type="text/plain")
    refused = delivered("forged", genuine=False, status=401, answer=b"{}", answer_type="application/json")
    return wawex(play(EVERY, ONE, named, delivered("event", status=204)), play("forged-event", "unsigned", refused))


@case("ACK-07", Verdict.PASS, "no answer had a body")
def test_without_bodies_nothing_is_to_be_named() -> Transcript:
    """A partner that answers with a status alone is fine."""
    return wawex(play(EVERY, ONE, delivered("event"), delivered("event", failure=Failure.TIMEOUT)))


@case("ACK-07", Verdict.WARN, "a body without one (status 401)")
def test_an_error_page_has_no_type() -> Transcript:
    """A refusal in another story counts, and so does an empty header; each status is told once."""
    refused = (delivered("forged", genuine=False, status=401, answer=b"no", answer_type=kind) for kind in (None, " "))
    return wawex(play(EVERY, ONE, delivered("event")), play("forged-event", "unsigned", *refused))


@case("ACK-07", Verdict.NOT_ASSESSABLE, "no delivery was answered")
def test_without_answers_nothing_is_named() -> Transcript:
    """A partner that never answers has no bodies."""
    return wawex(play(EVERY, ONE, delivered("event", failure=Failure.TIMEOUT)))
