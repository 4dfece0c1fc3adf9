"""What the judges of the chapter Correlation say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Outcome, Transcript
from conformance.verdict import Verdict
from judge.cases import case
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


@case("COR-06", Verdict.NOT_ASSESSABLE, "shows no correlation id of its own")
def test_without_an_id_of_its_own_nothing_can_be_mistaken() -> Transcript:
    """The create call carried none."""
    why = "the partner's create call shows no correlation id of its own"
    return feewise(play("foreign-correlation", "invoice", outcome=Outcome.NOT_ASSESSABLE, reason=why))
