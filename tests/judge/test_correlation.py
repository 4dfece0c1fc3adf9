"""What the judges of the chapter Correlation say of transcripts written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.exchange import Failure
from conformance.judge.correlation import same
from conformance.transcript import Outcome, Transcript
from conformance.verdict import Verdict
from judge.cases import case, judged
from transcripts import Moment, Scene, applied, asked, called, delivered, feewise, grew, holds, play, waited, wawex

ONE, TWO = "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0001", "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0002"
OPAQUE = "Op.hJkMnPqRsTuVwXyZ23-x_7"


@case("COR-01", Verdict.PASS)
def test_each_operation_has_an_id_of_its_own() -> Transcript:
    """Gets are no operations of the partner's own: an event leads to them."""
    return feewise(
        play("own-object", "invoice", called("create", correlation=ONE), called("get")),
        play("own-object", "firm", called("create", "o2", correlation=TWO)),
    )


@case("COR-01", Verdict.WARN, "a header x-correlation-id / GET /things/None has none")
def test_an_operation_without_an_id() -> Transcript:
    """Each call of the partner's own needs one."""
    named = called("create", correlation=ONE)
    return feewise(play("own-object", "invoice", named), play("outage", "", called("list-events", None)))


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_all_operations_share_one_id() -> Transcript:
    """An id that is made when the process starts is no id of an operation."""
    return feewise(
        play("own-object", "invoice", called("create", correlation=ONE)),
        play("own-object", "firm", called("create", "o2", correlation=ONE)),
    )


@case("COR-01", Verdict.PASS)
def test_a_retry_keeps_the_id_of_its_operation() -> Transcript:
    """Two calls of one play are one operation."""
    return feewise(play("own-object", "invoice", *[called("create", correlation=ONE)] * 2))


@case("COR-01", Verdict.NOT_ASSESSABLE, "started no call of its own")
def test_without_an_operation_there_is_no_id() -> Transcript:
    """A partner that nobody asks to start anything has shown nothing."""
    return feewise(play("own-object", "invoice", outcome=Outcome.NOT_ASSESSABLE), offers=())


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_a_constant_id_on_operations_of_other_kinds() -> Transcript:
    """An id that a create call and a list call of two stories share was not made for either."""
    return feewise(
        play("own-object", "invoice", called("create", correlation=ONE)),
        play("outage", "", called("list-events", None, correlation=ONE)),
    )


@case("COR-01", Verdict.PASS)
def test_a_create_that_is_tried_again_is_one_operation() -> Transcript:
    """A create whose answer was held may be tried again under the same id, and then makes a second object."""
    tries = (called("create", correlation=ONE), called("create", "o2", correlation=ONE))
    return feewise(play("overtaking-notification", "invoice", *tries), play("own-object", "invoice"))


@case("COR-01", Verdict.PASS)
def test_a_round_of_calls_that_nobody_asked_for_spans_two_stories() -> Transcript:
    """Only what was made while the kit asked for it is surely an operation of that story."""
    polls = [called("list-subscriptions", None, correlation=ONE, at=at) for at in (99.9, 0.1)]
    first = (asked("subscribe", took=0.15), called("create-subscription", None, correlation=TWO), polls[0])
    return feewise(play("subscription", "", *first), play("outage", "", polls[1], asked("recover")))


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_rounds_of_calls_that_nobody_asked_for_share_an_id() -> Transcript:
    """They lie so far apart that they are no one round."""
    polls = [called("list-subscriptions", None, correlation=ONE, at=at) for at in (1.0, 1.2, 120.0)]
    return feewise(play("own-object", "invoice", called("create", correlation=TWO)), strays=polls)


@case("COR-01", Verdict.PASS)
def test_a_round_of_calls_in_stories_that_asked_for_nothing() -> Transcript:
    """Calls that follow each other closely are one operation, wherever one story ends and the next begins."""
    begun = called("list-subscriptions", None, correlation=ONE, at=99.5)
    ended = [called("list-events", None, correlation=ONE, at=at) for at in (0.1, 5.0)]
    own = play("own-object", "invoice", asked("create", took=0.2), called("create", correlation=TWO))
    return feewise(own, play("subscription", "", begun), play("outage", "", *ended))


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_a_constant_id_on_what_was_asked_for() -> Transcript:
    """Both operations were under way when they were to be."""
    return feewise(
        play("own-object", "invoice", asked("create", took=0.2), called("create", correlation=ONE)),
        play("outage", "", asked("recover", took=0.2), called("list-events", None, correlation=ONE)),
    )


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_a_constant_id_on_what_was_asked_for_and_on_what_was_not() -> Transcript:
    """What the partner polls between two stories does not make one operation of them."""
    return feewise(
        play("own-object", "invoice", asked("create", took=0.2), called("create", correlation=ONE)),
        play("outage", "", asked("recover", took=0.2), called("list-events", None, correlation=ONE)),
        strays=[called("list-subscriptions", None, correlation=ONE, at=at) for at in (30.0, 60.0, 90.0)],
    )


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_a_constant_id_beside_a_call_that_is_still_under_way() -> Transcript:
    """The partner polled when it was asked, under the same id, and nothing else can be what was asked for."""
    return _asked_while_polling()


@case("COR-01", Verdict.PASS)
def test_a_long_operation_lists_events_while_the_kit_asks_for_them() -> Transcript:
    """What was asked for has an id of its own, and the other list call belongs to what is under way."""
    return _asked_while_polling(called("list-events", None, correlation=TWO))


@case("COR-01", Verdict.PASS)
def test_a_list_that_is_still_under_way_may_be_asked_for_once_more() -> Transcript:
    """The second list call began before the first had its answer, and the first was not asked for."""
    return _asked_while_polling(unasked="list-events")


def _asked_while_polling(*others: Moment, unasked: str = "list-event-types") -> Transcript:
    slow = called(unasked, None, correlation=ONE, at=1.0, took=5.0)
    listed = called("list-events", None, correlation=ONE, at=2.2)
    create = (replace(asked("create", took=0.2), at=99.0), called("create", correlation=ONE))
    created = play("own-object", "invoice", *create)
    return feewise(created, play("outage", "", slow, replace(asked("recover", took=9.0), at=2.0), listed, *others))


@case("COR-01", Verdict.PASS)
def test_a_create_that_failed_is_tried_again_much_later() -> Transcript:
    """Also while the kit asks for something else: it is the same operation until it succeeds."""
    failed = called("create", None, status=503, correlation=ONE)
    again = (asked("create", took=0.3), called("create", correlation=ONE), called("create", "o2", correlation=TWO))
    return feewise(
        play("failing-create", "invoice", asked("create", status=502, took=0.2), failed),
        play("own-object", "invoice", *again),
    )


@case("COR-01", Verdict.PASS)
def test_a_story_that_is_played_again_finds_its_operation_going_on() -> Transcript:
    """It was broken off, and what it had asked for is still under way when it is asked for again."""
    lists = [called("list-events", None, correlation=ONE)] * 2
    return feewise(*[play("outage", "", asked("recover", took=0.5), *lists)] * 2)


@case("COR-01", Verdict.PASS)
def test_an_operation_outlasts_the_question_for_it() -> Transcript:
    """The kit had no answer yet when the next story asked: the list is read page by page."""
    pages = [called("list-events", None, correlation=ONE, at=at) for at in (60.0, 0.2)]
    new = called("list-events", None, correlation=TWO)
    return feewise(
        play("outage", "", asked("recover", took=60.0, failure=Failure.TIMEOUT), pages[0]),
        play("failed-events", "", asked("recover", took=0.5), pages[1], new),
    )


@case("COR-01", Verdict.PASS)
def test_a_call_that_is_still_held_may_be_tried_once_more() -> Transcript:
    """The second call began before the first had its answer."""
    held = called("create", correlation=ONE, took=150.0)
    return feewise(
        play("overtaking-notification", "invoice", asked("create", took=0.2), held),
        play("own-object", "invoice", asked("create", took=0.2), called("create", "o2", correlation=ONE)),
    )


@pytest.mark.parametrize(
    "does",
    [
        "create",
        "update",
        "list-event-types",
        "list-subscriptions",
        "create-subscription",
        "delete-subscription",
        "list-events",
    ],
)
def test_each_kind_of_call_that_a_partner_starts_needs_an_id(does: str) -> None:
    """No event brings it to any of these."""
    assert Verdict.WARN == judged("COR-01", feewise(play("own-object", "invoice", called(does)))).verdict


@pytest.mark.parametrize(
    ("call", "does"),
    [
        ("create", "create"),
        ("update", "update"),
        ("subscribe", "list-event-types"),
        ("subscribe", "list-subscriptions"),
        ("subscribe", "create-subscription"),
        ("unsubscribe", "list-subscriptions"),
        ("unsubscribe", "delete-subscription"),
        ("recover", "list-events"),
    ],
)
def test_what_the_kit_asks_for_begins_an_operation(call: str, does: str) -> None:
    """A call of a kind that the question is about, while it was asked."""
    told = _after_a_create(asked(call, took=0.2), called(does, "o2", correlation=ONE))

    assert Verdict.WARN == judged("COR-01", told).verdict


def _after_a_create(*moments: Moment) -> Transcript:
    question = replace(asked("create", took=0.2), at=50.0)
    first = play("own-object", "invoice", question, called("create", correlation=ONE))
    return feewise(first, play("outage", "", *moments))


@case("COR-01", Verdict.PASS)
def test_a_call_beside_a_question_about_something_else_was_not_asked_for() -> Transcript:
    """It may be one more try of what was asked for before."""
    return _after_a_create(asked("recover", took=0.2), called("create", "o2", correlation=ONE))


@case("COR-01", Verdict.PASS)
def test_a_call_after_the_answer_to_a_question_was_not_asked_for() -> Transcript:
    """Nobody was asking any more."""
    return _after_a_create(asked("recover"), called("list-events", None, correlation=ONE, at=5.0))


@case("COR-01", Verdict.WARN, "GET /things/None has none")
def test_operations_without_an_id_are_told_three_times_at_most() -> Transcript:
    """They share none either, and an event without an id, too, has brought none of them."""
    stories = [
        play("own-object", kind, asked("create", took=0.2), delivered("event"), called("list-events", None))
        for kind in ("invoice", "firm", "card", "account")
    ]
    return feewise(*stories)


@case("COR-01", Verdict.WARN, f"6 operations carry {ONE}")
def test_of_many_operations_with_one_id_five_are_cited() -> Transcript:
    """They are proof enough."""
    return feewise(
        *[play("own-object", kind, asked("create", took=0.2), called("create", correlation=ONE)) for kind in "abcdef"]
    )


@case("COR-01", Verdict.PASS)
def test_what_failed_is_tried_again_whatever_was_done_in_between() -> Transcript:
    """The create call failed at first, so that the second one may belong to the same operation."""
    failed = called("create", None, status=503, correlation=ONE)
    return feewise(
        play("failing-create", "invoice", asked("create", status=502, took=0.2), failed),
        play("outage", "", asked("recover", took=0.2), called("list-events", None, correlation=ONE)),
        play("own-object", "invoice", asked("create", took=0.2), called("create", correlation=ONE)),
    )


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_after_a_call_that_failed_nothing_new_has_surely_begun() -> Transcript:
    """The list failed, and what comes next may belong to the same operation."""
    failed = called("list-events", None, status=503, correlation=ONE)
    return feewise(
        play("own-object", "invoice", asked("create", took=0.2), called("create", correlation=ONE)),
        play("outage", "", asked("recover", took=0.2), failed),
        play("own-object", "firm", asked("create", took=0.2), called("create", correlation=ONE)),
    )


@case("COR-01", Verdict.WARN, f"3 operations carry {ONE}")
def test_one_question_that_was_answered_is_enough() -> Transcript:
    """The kit had no answer to the second one."""
    lists = called("list-events", None, correlation=ONE)
    open_question = replace(asked("recover", took=60.0, failure=Failure.TIMEOUT), at=50.0)
    return feewise(
        play("own-object", "invoice", asked("create", took=0.2), called("create", correlation=ONE)),
        play("outage", "", open_question, lists),
        play("own-object", "firm", asked("create", took=0.2), called("create", correlation=ONE)),
    )


@case("COR-01", Verdict.PASS)
def test_a_question_that_is_asked_again_without_an_answer_is_open() -> Transcript:
    """The operation may go on, whatever was answered the first time."""
    first = replace(asked("create", took=0.15), at=50.0)
    again = asked("create", took=60.0, failure=Failure.TIMEOUT)
    own = called("create", correlation=ONE)
    return feewise(
        play("own-object", "invoice", first, own, again, own),
        play("outage", "", asked("recover", took=0.2), called("list-events", None, correlation=ONE)),
    )


EVENT = delivered("event", correlation=ONE)


@case("COR-01", Verdict.NOT_ASSESSABLE, "started no call of its own")
def test_what_an_event_leads_to_is_no_operation_of_its_own() -> Transcript:
    """Its calls carry the id of the event: that is asked for elsewhere."""
    creates = (called("create", "o2", correlation=ONE), called("create", "o3", correlation=ONE))
    return feewise(play("correlated-event", "invoice", EVENT, *creates), play("own-object", "invoice"))


@case("COR-01", Verdict.PASS)
def test_calls_of_one_event_may_share_its_id_across_stories() -> Transcript:
    """An event that is worked on while the next story plays takes its id along."""
    late, own = called("create", "o2", correlation=ONE), called("create", "o3", correlation=TWO)
    led = play("correlated-event", "invoice", EVENT, called("create", correlation=ONE))
    return feewise(led, play("own-object", "invoice", late, own))


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_a_constant_id_comes_back_on_the_events_of_its_own_requests() -> Transcript:
    """The platform sends the id of the call on the event that the call led to: the call was first."""
    return feewise(
        play("own-object", "invoice", called("create", correlation=ONE), delivered("own", correlation=ONE)),
        play("own-object", "firm", called("create", "o2", correlation=ONE), delivered("own", "e2", correlation=ONE)),
    )


@case("COR-01", Verdict.WARN, f"2 operations carry {ONE}")
def test_an_id_that_an_event_brought_back_once_is_still_the_partners_own() -> Transcript:
    """It was the partner's before it was the event's."""
    return feewise(
        play("own-object", "invoice", called("create", correlation=ONE), delivered("own", correlation=ONE)),
        play("own-object", "firm", called("create", "o2", correlation=ONE)),
    )


@pytest.mark.parametrize(
    ("sent", "event", "is_same"),
    [
        (ONE, ONE, True),
        (f"evt:{ONE.upper()}", ONE, True),
        (ONE.replace("-", ""), ONE, True),
        (ONE[:8], ONE, True),
        (ONE[:7], ONE, False),
        (ONE[:5], ONE, False),
        (TWO, ONE, False),
    ],
)
def test_an_id_is_recognised_in_another_form(sent: str, event: str, is_same: bool) -> None:  # noqa: FBT001
    """Longer, shorter, in another case, without its hyphens; a few characters may be anybody's."""
    assert is_same == same(sent, event)


@case("COR-02", Verdict.PASS)
def test_the_calls_of_an_event_carry_its_id() -> Transcript:
    """Retries and calls to other operations carry it too; earlier calls need not, and form is another requirement."""
    first = called("get", status=503, fault="status 503", correlation=ONE)
    calls = (first, called("find", correlation=ONE.upper()), called("list"))
    return feewise(play("correlated-event", "invoice", called("get"), EVENT, *calls))


GOT = (called("get", status=503, fault="status 503", correlation=ONE), called("get", correlation=ONE))


@case("COR-02", Verdict.PASS)
def test_who_calls_unasked_may_look_at_the_object_besides() -> Transcript:
    """A poll of an object that the event's own call has got carries an id of its own."""
    polled = called("get", correlation=TWO)
    return feewise(play("correlated-event", "invoice", EVENT, *GOT, polled), strays=[called("list", None)])


@case("COR-02", Verdict.NOT_ASSESSABLE, "this partner makes calls unasked as well")
def test_who_calls_unasked_may_look_at_an_object_that_the_event_brought() -> Transcript:
    """The event carries its object, and need not lead to any call."""
    return feewise(
        play("correlated-event", "invoice", EVENT, called("get", correlation=TWO)), strays=[called("list", None)]
    )


@case("COR-02", Verdict.WARN, f"GET /things/o1 carries {TWO}")
def test_who_looks_around_unasked_does_so_under_ids_of_its_own() -> Transcript:
    """One of these calls has none, so that they are no such look; the first of them is told."""
    calls = (called("get", correlation=TWO), called("find"))
    return feewise(play("correlated-event", "invoice", EVENT, *calls), strays=[called("list", None)])


@case("COR-02", Verdict.WARN, f"GET /things/o2 carries {TWO}")
def test_a_look_at_another_object_is_no_look_besides() -> Transcript:
    """The event's own call got the object of the event."""
    other = called("get", "o2", correlation=TWO)
    return feewise(play("correlated-event", "invoice", EVENT, *GOT, other), strays=[called("list", None)])


@pytest.mark.parametrize("does", ["get", "find", "view"])
def test_each_call_that_asks_for_an_object_carries_the_id(does: str) -> None:
    """Whatever operation the platform has for that."""
    scene = play("correlated-event", "invoice", EVENT, called(does, correlation=TWO))

    assert Verdict.WARN == judged("COR-02", feewise(scene)).verdict


@case("COR-02", Verdict.WARN, f"GET /things/o1 carries {TWO}")
def test_an_event_that_only_names_its_object_leads_to_a_call() -> Transcript:
    """There the call is the event's, whatever else the partner calls."""
    return wawex(
        play("correlated-event", "customer", EVENT, called("get", correlation=TWO)),
        strays=[called("list", None)],
        changed={"/correlation/enabled": True},
    )


@case("COR-02", Verdict.WARN, f"GET /things/o1 carries {TWO}")
def test_a_second_look_of_who_calls_only_for_events() -> Transcript:
    """Where nothing is called unasked, the event led to this call as well."""
    return feewise(play("correlated-event", "invoice", EVENT, *GOT, called("get", correlation=TWO)))


@case("COR-02", Verdict.WARN, f"GET /things/o1 carries {TWO}")
def test_a_retry_with_a_new_id_is_no_look_besides() -> Transcript:
    """The event's own call failed, and what got the object lost its id."""
    calls = (GOT[0], called("get", correlation=TWO))
    return feewise(play("correlated-event", "invoice", EVENT, *calls), strays=[called("list", None)])


@case("COR-02", Verdict.WARN, "GET /things/o1 carries none")
def test_a_look_besides_without_any_id() -> Transcript:
    """A call of its own needs an id as well."""
    return feewise(play("correlated-event", "invoice", EVENT, *GOT, called("get")), strays=[called("list", None)])


@case("COR-02", Verdict.WARN, f"x-correlation-id: {ONE} / GET /things/o1 carries none")
def test_a_call_without_the_id_of_its_event() -> Transcript:
    """The retry has lost the id."""
    return feewise(play("correlated-event", "invoice", EVENT, called("get", correlation=ONE), called("get")))


@case("COR-02", Verdict.WARN, f"carries {TWO}")
def test_a_call_with_a_fresh_id() -> Transcript:
    """A fresh id breaks the chain."""
    return feewise(play("correlated-event", "invoice", EVENT, called("get", correlation=TWO)))


@case("COR-02", Verdict.NOT_ASSESSABLE, "the event led to no call")
def test_an_event_that_leads_to_no_call_shows_no_id() -> Transcript:
    """A partner that does not fetch is not assessable here."""
    return feewise(play("correlated-event", "invoice", EVENT))


@case("COR-02", Verdict.NOT_APPLICABLE, "Wawex has no correlation")
def test_a_platform_without_correlation_ids_does_not_ask() -> Transcript:
    """Where the platform has no such header the requirement does not apply."""
    return wawex()


@case("COR-03", Verdict.PASS)
def test_the_id_is_kept_byte_for_byte() -> Transcript:
    """In either form; calls without an id, or with another one, are not judged here."""
    opaque = delivered("event", correlation=OPAQUE)
    calls = (called("get", correlation=ONE), called("get"), called("get", correlation=TWO))
    return feewise(
        play("correlated-event", "invoice", EVENT, *calls),
        play("opaque-correlation", "invoice", opaque, called("get", correlation=OPAQUE)),
    )


@case("COR-03", Verdict.FAIL, f"{ONE} / {ONE.upper()}")
def test_the_id_comes_back_in_upper_case() -> Transcript:
    """An id in another case is another id."""
    return feewise(play("correlated-event", "invoice", EVENT, called("get", correlation=ONE.upper())))


@case("COR-03", Verdict.FAIL, f"{ONE} / {ONE[:18]}")
def test_the_id_comes_back_cut_short() -> Transcript:
    """An id that was cut is recognised, and is another id."""
    return feewise(play("correlated-event", "invoice", EVENT, called("get", correlation=ONE[:18])))


@case("COR-03", Verdict.FAIL, f"{ONE} / {ONE.upper()}")
def test_one_changed_id_is_told() -> Transcript:
    """The others were changed in the same way."""
    calls = [called("get", correlation=changed) for changed in (ONE.upper(), ONE[:18])]
    return feewise(play("correlated-event", "invoice", EVENT, *calls))


@case("COR-03", Verdict.WARN, OPAQUE.lower())
def test_an_opaque_id_is_changed() -> Transcript:
    """A change to an id of another form than the platform's own is a warning."""
    opaque = delivered("event", correlation=OPAQUE)
    return feewise(play("opaque-correlation", "invoice", opaque, called("get", correlation=OPAQUE.lower())))


@case("COR-03", Verdict.NOT_ASSESSABLE, "no call carried the event's correlation id")
def test_an_id_that_is_not_carried_cannot_be_compared() -> Transcript:
    """Calls with other ids, however short, and calls without any say nothing of its bytes."""
    calls = (called("get", correlation=TWO), called("get", correlation="3f6a"), called("get"))
    return feewise(play("correlated-event", "invoice", EVENT, *calls))


CREATED = (asked("create", answer={"id": "o1"}), called("create", correlation=ONE))
OWN = delivered("own", correlation=ONE)


@case("COR-05", Verdict.PASS)
def test_an_event_of_its_own_making_is_recognised() -> Transcript:
    """Applied once at most, got once more, and an update that was asked for in between: all are harmless."""
    updated = (asked("update", "o1"), called("update"), delivered("own", event="e2"))
    return wawex(
        play("own-object", "customer", *CREATED, OWN, called("get"), applied("e1", 0), *updated, applied("e2", 1)),
        changed={"/correlation/enabled": True},
    )


@case("COR-05", Verdict.WARN, "no change in answer to an event of its own request / PUT /things/o1")
def test_an_event_of_its_own_making_leads_to_a_change() -> Transcript:
    """An update that nobody asked for is a second effect."""
    return feewise(play("own-object", "invoice", *CREATED, OWN, called("update")))


@case("COR-05", Verdict.WARN, "no change in answer to an event of its own request / PUT /things/o1")
def test_what_a_partner_never_does_unasked_proves_most() -> Transcript:
    """A create may have come by chance, the update beside it not: two lone passes do not excuse it."""
    first = play("own-object", "invoice", *CREATED, OWN, called("create", "o2"), called("update"), alone=False)
    alone = [play("own-object", "invoice", *CREATED, OWN, round=n) for n in (1, 2)]
    return feewise(first, *alone, strays=[called("create", "o9")])


@case("COR-05", Verdict.PASS, "by chance, for the partner makes such calls unasked")
def test_what_a_partner_does_unasked_may_have_come_by_chance() -> Transcript:
    """It made another create call when nobody asked, and two lone passes excuse this one."""
    first = play("own-object", "invoice", *CREATED, OWN, called("create", "o2"), alone=False)
    alone = [play("own-object", "invoice", *CREATED, OWN, round=n) for n in (1, 2)]
    return feewise(first, *alone, strays=[called("create", "o9")])


@case("COR-05", Verdict.WARN, "no change in answer to an event of its own request / POST /things/o2")
def test_a_create_that_was_not_asked_for_is_a_second_effect() -> Transcript:
    """What the kit asks for after the event is an update; three of the changes are cited."""
    moments = (asked("update", "o1"), called("update"), *[called("create", f"o{number}") for number in (2, 3, 4, 5)])
    return feewise(play("own-object", "invoice", *CREATED, OWN, *moments))


@case("COR-05", Verdict.PASS)
def test_ten_gets_are_no_loop() -> Transcript:
    """Those before the event are not counted."""
    gets = [called("get")] * 10
    return feewise(play("own-object", "invoice", *CREATED, called("get"), OWN, *gets))


@case("COR-05", Verdict.WARN, "applied at most once / applied 2 times")
def test_an_event_of_its_own_making_is_applied_twice() -> Transcript:
    """The change is booked twice."""
    return feewise(play("own-object", "invoice", *CREATED, OWN, applied("e1", 2)))


@case("COR-05", Verdict.WARN, "at most 10 calls / 11 gets")
def test_an_event_of_its_own_making_leads_to_a_loop() -> Transcript:
    """More gets than any retry needs are a loop."""
    return feewise(play("own-object", "invoice", *CREATED, OWN, *[called("get")] * 11))


STATES = ({"/status": "Draft"}, {"/status": "Awaiting Payment"}, {"/status": "Partially Paid"}, {"/status": "Paid"})


def _later(*after: tuple[Moment, ...], foreign: int = 202) -> Scene:
    """The three later changes, each followed by what is seen of it."""
    roles = zip(("foreign", "prefixed", "again"), after, strict=True)
    moments = [
        moment
        for version, (role, seen) in enumerate(roles, start=2)
        for moment in (
            delivered(role, f"e{version}", version=version, status=foreign if role == "foreign" else 202),
            *seen,
        )
    ]
    return play("foreign-correlation", "invoice", *CREATED, OWN, *moments, grew("o1", *STATES))


def _held(status: str) -> tuple[Moment, ...]:
    return (holds("o1", {"status": status}),)


@case("COR-06", Verdict.PASS)
def test_foreign_changes_are_processed() -> Transcript:
    """Each of the three is held before the next comes."""
    return feewise(_later(_held("Awaiting Payment"), _held("Partially Paid"), _held("Paid")))


@case("COR-06", Verdict.PASS)
def test_a_get_of_the_new_version_shows_that_it_was_processed() -> Transcript:
    """What is held is not asked for where the change was got."""
    return feewise(_later(*[(called("get", version=number),) for number in (2, 3, 4)]), offers=("create",))


@case("COR-06", Verdict.FAIL, "(an older state)")
def test_a_new_id_is_taken_for_its_own() -> Transcript:
    """A partner that knows its own by the object misses what others change; a get of the old version heals nothing."""
    old = (called("get", version=1), *_held("Draft"))
    return feewise(_later(old, _held("Partially Paid"), _held("Paid")))


@case("COR-06", Verdict.FAIL, "after an event with a correlation id that begins with one of the partner's own")
def test_an_id_that_begins_with_its_own_is_taken_for_its_own() -> Transcript:
    """A comparison of the first characters mistakes it."""
    return feewise(_later(_held("Awaiting Payment"), _held("Awaiting Payment"), _held("Paid")))


@case("COR-06", Verdict.WARN, "after an event of the platform's own change, with the partner's id again")
def test_its_own_id_on_a_later_change_is_ignored() -> Transcript:
    """It is recommended to look at what changed as well."""
    return feewise(_later(_held("Awaiting Payment"), _held("Partially Paid"), _held("Partially Paid")))


@case("COR-06", Verdict.FAIL, "a status from 200 to 299, after an event with a new correlation id / status 400")
def test_a_foreign_event_is_refused() -> Transcript:
    """To refuse is not to process."""
    return feewise(_later((), _held("Partially Paid"), _held("Paid"), foreign=400))


@case("COR-06", Verdict.FAIL, "the event is handled, after an event with a new correlation id / applied 0 times")
def test_a_foreign_event_is_never_handled() -> Transcript:
    """Where only events can be asked for, one that was never handled is proof enough."""
    seen = [(applied(f"e{number}", 0 if number == 2 else 1),) for number in (2, 3, 4)]
    return feewise(_later(*seen), offers=("create", "events"))


@case("COR-06", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_a_handled_event_may_have_been_taken_for_its_own() -> Transcript:
    """An event that was ignored on purpose is handled as well, so that the count says nothing."""
    return feewise(_later(*[(applied(f"e{number}", 1),) for number in (2, 3, 4)]), offers=("create", "events"))


@case(
    "COR-06",
    Verdict.FAIL,
    "with a new correlation id / no such get within 30 s",
)
def test_a_thin_foreign_event_leads_to_no_get() -> Transcript:
    """Only the wait after the event counts."""
    story = _later((waited("fetch", 30),), (called("get", version=3),), (called("get", version=4),))
    return wawex(story, changed={"/correlation/enabled": True}, offers=("create",))


@case("COR-06", Verdict.FAIL, "begins with one of the partner's own")
def test_a_get_before_the_event_does_not_show_that_it_was_processed() -> Transcript:
    """The partner may have looked by chance; what it holds afterwards is old."""
    early = (called("get", version=3), *_held("Awaiting Payment"))
    return feewise(_later(early, _held("Awaiting Payment"), _held("Paid")))


@case("COR-06", Verdict.FAIL, "with a new correlation id")
def test_a_get_that_failed_shows_nothing() -> Transcript:
    """It brought no version."""
    failed = (called("get", version=2, status=500), *_held("Draft"))
    return feewise(_later(failed, _held("Partially Paid"), _held("Paid")))


@case("COR-06", Verdict.FAIL, "begins with one of the partner's own / no such get within 30 s")
def test_each_thin_event_is_judged_by_its_own_wait() -> Transcript:
    """For the others nobody waited, so that nothing is known of them."""
    story = _later((), (waited("fetch", 30),), ())
    return wawex(story, changed={"/correlation/enabled": True}, offers=("create",))


@case("COR-06", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_a_wait_for_something_else_shows_no_missing_get() -> Transcript:
    """Nor does one that was rewarded."""
    seen = (waited("effect", 9), waited("fetch", 5, rewarded=True))
    return wawex(_later(seen, seen, seen), changed={"/correlation/enabled": True}, offers=("create",))


@case("COR-06", Verdict.NOT_ASSESSABLE, "shows no correlation id of its own")
def test_without_an_id_of_its_own_nothing_can_be_mistaken() -> Transcript:
    """The create call carried none."""
    why = "the partner's create call shows no correlation id of its own"
    return feewise(play("foreign-correlation", "invoice", outcome=Outcome.NOT_ASSESSABLE, reason=why))
