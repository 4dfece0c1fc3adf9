"""What the judges of the chapter Objects of the partner's own making say of transcripts written by hand."""

from __future__ import annotations

import pytest

from conformance.exchange import Failure
from conformance.transcript import Outcome, Stall, Transcript
from conformance.verdict import Verdict
from judge.cases import case, judged
from transcripts import Moment, applied, asked, called, delivered, feewise, grew, holds, noted, play, waited, wawex

CREATED = (asked("create", answer={"id": "o1"}), called("create", object_type="customer"))
OWN = delivered("own")


@case("OWN-01", Verdict.PASS)
def test_what_it_created_it_recognises() -> Transcript:
    """A notification may lead to a get and to an update."""
    return wawex(play("own-object", "customer", *CREATED, OWN, called("get"), called("update")))


@case("OWN-01", Verdict.FAIL, "no create call after the notification / 1 more: POST /customers")
def test_a_notification_leads_to_a_second_create() -> Transcript:
    """A partner that has not kept the id creates the object again."""
    again = called("create", "o2", target="/customers", object_type="customer")
    return wawex(play("own-object", "customer", *CREATED, OWN, again))


@case("OWN-01", Verdict.FAIL, "no create call after the notification / 4 more: POST /customers")
def test_an_update_is_no_second_create() -> Transcript:
    """Of many creates three are cited."""
    again = called("create", "o2", target="/customers", object_type="customer")
    updated = called("update", object_type="customer")
    return wawex(play("own-object", "customer", *CREATED, OWN, updated, *[again] * 4))


@case("OWN-01", Verdict.NOT_ASSESSABLE, "does not offer 'create'")
def test_without_the_control_call_nothing_is_created() -> Transcript:
    """The requirement needs the control call."""
    story = play("own-object", "customer", outcome=Outcome.NOT_ASSESSABLE, reason="not offered")
    return wawex(story, offers=("events",))


def _stranger() -> Transcript:
    created = (asked("create", answer={"id": "mine"}), called("create", object_type="customer"))
    story = play(
        "own-object",
        "customer",
        *created,
        noted("unknown id", "mine"),
    )
    return wawex(story, changed={"/correlation/enabled": True})


@case("OWN-01", Verdict.FAIL, "the partner reports the id mine")
def test_it_reports_an_id_of_its_own() -> Transcript:
    """A partner that keeps another id than the platform gave has not taken it from the answer."""
    return _stranger()


@case("COR-05", Verdict.NOT_ASSESSABLE, "no event of the partner's own request could be sent")
def test_an_id_of_its_own_says_nothing_of_correlation() -> Transcript:
    """The story broke off before an event of the partner's own request was delivered."""
    return _stranger()


UNASKED = called("create", "o9", object_type="document")
LATER = called("create", "o2", target="/customers", object_type="customer")


def _created_beside(*alone: tuple[Moment, ...]) -> Transcript:
    """A partner that also creates unasked creates after the notification, beside other stories; then it is alone."""
    first = play("own-object", "customer", *CREATED, OWN, LATER, alone=False)
    again = [play("own-object", "customer", *CREATED, OWN, *more, round=n) for n, more in enumerate(alone, start=1)]
    return wawex(first, *again, strays=[UNASKED])


@case("OWN-01", Verdict.PASS, "by chance, for the partner makes such calls unasked: failed while stories overlapped")
def test_a_partner_that_creates_unasked_creates_beside_the_notification() -> Transcript:
    """What it does all the time is no answer to the notification, and does not come again with it."""
    return _created_beside((), ())


@case("OWN-01", Verdict.FAIL, "no create call after the notification / 1 more: POST /customers")
def test_a_partner_that_creates_unasked_creates_again_as_well() -> Transcript:
    """What comes with every notification is an answer to it."""
    return _created_beside((LATER,))


@case("OWN-01", Verdict.FLAKY, "load excuses no deed")
def test_a_second_create_of_a_partner_that_creates_only_when_asked() -> Transcript:
    """Who creates nothing unasked has answered the notification with it."""
    alone = [play("own-object", "customer", *CREATED, OWN, round=n) for n in (1, 2)]
    return wawex(play("own-object", "customer", *CREATED, OWN, LATER, alone=False), *alone)


@case("OWN-01", Verdict.PASS)
def test_a_notification_may_lead_to_an_object_of_another_type() -> Transcript:
    """A partner may go on with its own work: the customer is there, now its product is created."""
    product = called("create", "o2", target="/customer-products", object_type="customer-product")
    return wawex(play("own-object", "customer", *CREATED, OWN, product))


TWO = grew("o1", {"/status": "ONBOARDING"}, {"/status": "ACTIVE"})
OVERTAKING = delivered("overtaking", version=2)


@case("OWN-02", Verdict.PASS)
def test_a_notification_may_overtake_the_answer() -> Transcript:
    """The changed object is held in the end."""
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, holds("o1", {"status": "ACTIVE"})))


@case("OWN-02", Verdict.FAIL, '/status = "ACTIVE" / /status = "ONBOARDING" (an older state)')
def test_the_answer_overwrites_the_notification() -> Transcript:
    """The state of the create call's answer is older than what the notification told of."""
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, holds("o1", {"status": "ONBOARDING"})))


@case("OWN-02", Verdict.FAIL, "a status from 200 to 299 / status 404")
def test_a_notification_of_an_unknown_id_is_refused() -> Transcript:
    """An id that is not known yet is no reason to refuse; that the state is old then is no second fault."""
    refused, old = delivered("overtaking", status=404), holds("o1", {"status": "ONBOARDING"})
    return wawex(play("overtaking-notification", "customer", called("create", fault="hold"), TWO, refused, old))


@case("OWN-02", Verdict.FAIL, "no complete answer before the deadline")
def test_the_create_call_holds_a_lock() -> Transcript:
    """A handler that waits for the create call never answers."""
    silent = delivered("overtaking", failure=Failure.TIMEOUT, took=20)
    return wawex(play("overtaking-notification", "customer", called("create", fault="hold"), TWO, silent))


@case("OWN-02", Verdict.PASS, "judged by the version that the last get answered")
def test_a_get_of_the_changed_object_is_enough() -> Transcript:
    """Where events are thin, a get that answers the change shows that it was not lost."""
    story = play("overtaking-notification", "customer", TWO, OVERTAKING, called("get", version=2))
    return wawex(story, offers=("create",))


@case("OWN-02", Verdict.FAIL, "a get that answers version 2 / no get of the object within 30 s")
def test_a_notification_that_overtakes_is_dropped() -> Transcript:
    """A partner that fetches other objects and waited in vain for this one has lost the notification."""
    story = play("overtaking-notification", "customer", TWO, OVERTAKING, waited("fetch", 30))
    return wawex(story, offers=("create",))


@case("OWN-02", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_a_thick_notification_that_overtakes_cannot_be_seen() -> Transcript:
    """Where events carry the data, only the control endpoint shows what is held."""
    return feewise(play("overtaking-notification", "invoice", TWO, OVERTAKING), offers=("create",))


@case("OWN-02", Verdict.FAIL, '/status = "ACTIVE" / /status = "ONBOARDING" (an older state)')
def test_who_applied_the_notification_and_holds_the_old_state_went_back() -> Transcript:
    """That is a deed, and so it is for who has got the new state; who never had it may be slow."""
    old = holds("o1", {"status": "ONBOARDING"})
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, applied("e1", 1), old))


@case("OWN-02", Verdict.FAIL, '/status = "ACTIVE" / /status = "ONBOARDING" (an older state)')
def test_who_got_the_new_state_and_holds_the_old_one_went_back() -> Transcript:
    """The get answered the second version."""
    old = holds("o1", {"status": "ONBOARDING"})
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, called("get", version=2), old))


@case("OWN-02", Verdict.FAIL, '/status = "ACTIVE" / /status = "ONBOARDING" (an older state)')
def test_who_got_the_old_state_may_be_slow() -> Transcript:
    """The get answered the first version, and the event was not applied."""
    old = holds("o1", {"status": "ONBOARDING"})
    seen = (
        called("get", version=1),
        called("get", version=None),
        called("get", status=404, version=2),
        applied("e1", 0),
    )
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, *seen, old))


@case("OWN-02", Verdict.NOT_ASSESSABLE, "it may have no use for them")
def test_a_type_that_the_partner_never_holds_shows_nothing() -> Transcript:
    """Who holds no object of a type in the whole run has lost none."""
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, holds("o1", None)))


@case("OWN-02", Verdict.FAIL, "the object as it is now / the partner holds nothing of it")
def test_a_notification_that_overtakes_loses_the_object() -> Transcript:
    """Who holds another of the type has lost this one."""
    other = play("every-event-type", "A", holds("o9", {"status": "ACTIVE"}))
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, holds("o1", None)), other)


@case("OWN-02", Verdict.NOT_ASSESSABLE, "answers 502")
def test_a_create_call_that_was_given_up_leaves_nothing_to_compare() -> Transcript:
    """The client of the partner has a time-out of its own: what is held then says nothing."""
    gone = noted("create failed", "POST /control/create answers 502")
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, gone))


HELD = called("create", fault="hold", object_type="customer")


@case("OWN-03", Verdict.PASS)
def test_a_notification_is_answered_while_the_create_call_is_held() -> Transcript:
    """Late is only what is later than limit and margin; an attempt that found no connection is none."""
    away = delivered("overtaking", failure=Failure.REFUSED, took=30)
    return wawex(play("overtaking-notification", "customer", HELD, away, delivered("overtaking", took=5.2)))


@case("OWN-03", Verdict.FAIL, "no complete answer before the deadline after 20 s")
def test_a_notification_is_not_answered_while_the_create_call_is_held() -> Transcript:
    """Whatever the limit is: the two wait for each other."""
    silent = delivered("overtaking", failure=Failure.TIMEOUT, took=20)
    return wawex(play("overtaking-notification", "customer", HELD, silent))


@case("OWN-03", Verdict.WARN, "rests on /acknowledgement/limit")
def test_a_notification_is_answered_late() -> Transcript:
    """A limit that the platform does not publish fails nobody."""
    return wawex(play("overtaking-notification", "customer", HELD, delivered("overtaking", took=8)))


@case("OWN-03", Verdict.FAIL, "an answer within 5 s while the create call is held / status 202 after 8.00 s")
def test_a_notification_is_answered_beyond_a_confirmed_limit() -> Transcript:
    """What the operator confirms counts."""
    story = play("overtaking-notification", "customer", HELD, delivered("overtaking", took=8))
    return wawex(story, confirmed={"/acknowledgement/limit": 5})


@case("OWN-03", Verdict.NOT_ASSESSABLE, "the kit itself stalled")
def test_an_answer_is_late_because_the_kit_stood_still() -> Transcript:
    """Time in which the kit did not run is not the partner's."""
    story = play("overtaking-notification", "customer", HELD, delivered("overtaking", took=8, at=1.0))
    return wawex(story, stalls=(Stall(2.0, 6.0),))


@case("OWN-03", Verdict.NOT_ASSESSABLE, "the kit itself stalled")
def test_without_the_stall_the_answer_might_have_come_in_time() -> Transcript:
    """The margin is the partner's then as well."""
    story = play("overtaking-notification", "customer", HELD, delivered("overtaking", took=6, at=1.0))
    return wawex(story, stalls=(Stall(2.0, 3.0),))


@case("OWN-03", Verdict.PASS)
def test_an_answer_in_time_is_in_time_on_a_shared_machine_too() -> Transcript:
    """What else is at work there can only make it late."""
    return wawex(play("overtaking-notification", "customer", HELD, delivered("overtaking")), shared_machine=True)


@case("OWN-03", Verdict.NOT_ASSESSABLE, "other test workers share the machine")
def test_lateness_on_a_shared_machine_proves_nothing() -> Transcript:
    """Other tests may have slowed the partner down."""
    story = play("overtaking-notification", "customer", HELD, delivered("overtaking", took=8))
    return wawex(story, shared_machine=True)


@case("OWN-03", Verdict.FAIL, "no complete answer before the deadline")
def test_silence_on_a_shared_machine_is_still_a_deadlock() -> Transcript:
    """No machine is that busy."""
    silent = delivered("overtaking", failure=Failure.TIMEOUT, took=20)
    return wawex(play("overtaking-notification", "customer", HELD, silent), shared_machine=True)


@case("OWN-03", Verdict.NOT_ASSESSABLE, "answered in time, but not acknowledged: status 404")
def test_a_refusal_in_time_is_no_deadlock() -> Transcript:
    """It is judged elsewhere, and proves nothing here."""
    return wawex(play("overtaking-notification", "customer", HELD, delivered("overtaking", status=404)))


@case("OWN-03", Verdict.NOT_ASSESSABLE, "no create call was held")
def test_without_a_held_call_nothing_can_wait_for_it() -> Transcript:
    """A PASS needs the stimulus."""
    return wawex(play("overtaking-notification", "customer", called("create"), OVERTAKING))


LOST = called("create", failure=Failure.CLOSED, fault="lose", object_type="invoice", body=b'{"external_id":"x1"}')
AGAIN = called("create", "o2", object_type="invoice", target="/invoices", body=b'{"external_id":"x2"}')


@case("OWN-04", Verdict.PASS)
def test_a_lost_answer_leads_to_no_second_create() -> Transcript:
    """The partner finds the object, and creates others of another type."""
    found = called("find", "o1", object_type="invoice")
    other = called("create", "o3", object_type="firm")
    return feewise(play("lost-answer", "invoice", LOST, delivered("own"), found, other))


@case("OWN-04", Verdict.WARN, "POST /invoices makes a second object")
def test_a_lost_answer_leads_to_a_second_create() -> Transcript:
    """What the platform has done is done again."""
    return feewise(play("lost-answer", "invoice", LOST, AGAIN))


@case("OWN-04", Verdict.WARN, "though the platform had shown the first")
def test_it_looks_and_creates_all_the_same() -> Transcript:
    """To look is not enough when the object is there."""
    return feewise(play("lost-answer", "invoice", LOST, called("find", "o1", object_type="invoice"), AGAIN))


@case("OWN-04", Verdict.PASS, "did not find it, and created it again")
def test_it_looks_in_vain_and_creates_again() -> Transcript:
    """What is not there may be created."""
    return feewise(play("lost-answer", "invoice", LOST, called("find", None, status=404), AGAIN))


@case("OWN-04", Verdict.PASS, "did not find it, and created it again")
def test_a_look_at_the_list_of_events_is_a_look() -> Transcript:
    """A call that names no object belongs to no story; the story has noted it."""
    return feewise(play("lost-answer", "invoice", LOST, AGAIN, noted("looked at events", "yes")))


@case("OWN-04", Verdict.WARN, "makes a second object")
def test_a_look_that_fails_is_none() -> Transcript:
    """A platform that fails has not said that nothing is there."""
    return feewise(play("lost-answer", "invoice", LOST, called("find", None, status=503), AGAIN))


@case("OWN-04", Verdict.PASS)
def test_a_second_create_that_fails_makes_nothing() -> Transcript:
    """What was refused is no second object."""
    refused = called("create", None, status=409, object_type="invoice")
    return feewise(play("lost-answer", "invoice", LOST, refused))


@case("OWN-04", Verdict.PASS, "by chance, for the partner makes such calls unasked: a warning while stories overlapped")
def test_a_partner_that_creates_unasked_creates_after_a_lost_answer() -> Transcript:
    """A create that would have come anyway is no second try."""
    alone = [play("lost-answer", "invoice", LOST, round=n) for n in (1, 2)]
    return feewise(play("lost-answer", "invoice", LOST, AGAIN, alone=False), *alone, strays=[UNASKED])


@pytest.mark.parametrize("does", ["get", "find", "list", "view", "list-events"])
def test_each_kind_of_look_is_a_look(does: str) -> None:
    """Whatever operation the platform has for that; one before the create call, or after the second, is none."""
    look = called(does, None)

    def verdict(*moments: Moment) -> Verdict:
        return judged("OWN-04", feewise(play("lost-answer", "invoice", *moments))).verdict

    assert Verdict.PASS == verdict(LOST, look, AGAIN)
    assert Verdict.WARN == verdict(look, LOST, AGAIN)
    assert Verdict.WARN == verdict(LOST, AGAIN, look)


@case("OWN-04", Verdict.PASS, "did not find it, and created it again")
def test_a_look_at_the_object_in_vain_is_a_look() -> Transcript:
    """The platform answered that it is not there."""
    return feewise(play("lost-answer", "invoice", LOST, called("get", "o1", status=404), AGAIN))


@case("OWN-04", Verdict.WARN, "though the platform had shown the first")
def test_one_of_the_looks_that_showed_the_object_is_cited() -> Transcript:
    """And of the creates the one whose answer was lost, though another was made before it."""
    other = called("create", "o0", object_type="invoice")
    looks = [called("find", "o1", object_type="invoice")] * 2
    return feewise(play("lost-answer", "invoice", other, LOST, *looks, AGAIN))


@case("OWN-04", Verdict.PASS)
def test_what_was_created_before_is_no_second_create() -> Transcript:
    """The create call whose answer was lost came later."""
    return feewise(play("lost-answer", "invoice", called("create", "o0", object_type="invoice"), LOST))


@case("OWN-04", Verdict.NOT_ASSESSABLE, "no create call whose answer could be lost")
def test_a_create_call_whose_answer_arrived_lost_nothing() -> Transcript:
    """Nor did the one after it."""
    return feewise(play("lost-answer", "invoice", called("create", "o0", object_type="invoice"), AGAIN))


def _hints(*moments: Moment) -> list[str]:
    result = judged("OWN-04", feewise(play("lost-answer", "invoice", *moments)))
    return [finding.hint for item in result.items for finding in item.findings]


def test_a_partner_that_trusts_a_marker_is_told() -> None:
    """Equal bodies and equal keys make one object only where a platform promises it."""
    key = {"Idempotency-Key": "k1"}
    body = b'{"external_id":"x1"}'
    same_body = called("create", "o2", object_type="invoice", body=body)
    lost = called("create", failure=Failure.CLOSED, fault="lose", object_type="invoice", sent=key)
    same_key = called("create", "o2", object_type="invoice", sent=key, body=body)
    told = ["Both calls carry the same marker; the platform does not promise to make one object of them."]

    other_key = called("create", "o2", object_type="invoice", sent={"Idempotency-Key": "k2"}, body=body)

    assert told == _hints(LOST, same_body)
    assert [""] == _hints(lost, other_key)
    assert told == _hints(lost, same_key)
    assert [""] == _hints(LOST, AGAIN)


@case("OWN-04", Verdict.NOT_ASSESSABLE, "no create call whose answer could be lost")
def test_a_partner_that_creates_nothing_loses_nothing() -> Transcript:
    """Its control endpoint answered, and no call came."""
    return feewise(play("lost-answer", "invoice"))
