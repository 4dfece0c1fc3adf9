"""What the judges of the chapter Order say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, called, delivered, feewise, grew, holds, noted, play, waited, wawex

GREW = grew("o1", {"/status": "Draft"}, {"/status": "Open"}, {"/status": "Paid"})
NEWER, OLDER = delivered("newer", event="e3", version=3), delivered("older", event="e2", version=2)


def _late(*then: Moment) -> tuple[Moment, ...]:
    return (delivered("made"), GREW, NEWER, OLDER, *then)


@case("ORD-01", Verdict.PASS)
def test_the_newest_state_is_kept() -> Transcript:
    """The object that is held at last is the newest."""
    return feewise(play("late-older-event", "invoice", *_late(holds("o1", None), holds("o1", {"status": "Paid"}))))


@case("ORD-01", Verdict.FAIL, '/status = "Paid" / /status = "Open" (an older state)')
def test_the_last_to_arrive_wins() -> Transcript:
    """A partner that writes whatever comes last goes back to an older state."""
    return feewise(play("late-older-event", "invoice", *_late(holds("o1", {"status": "Open"}))))


@case("ORD-01", Verdict.NOT_ASSESSABLE, "the value of no version: /status = null")
def test_a_state_that_never_was_shows_nothing() -> Transcript:
    """A value that no version had is not an older state: the partner spells or keeps it in a way of its own."""
    return feewise(play("late-older-event", "invoice", *_late(holds("o1", {"status": None}))))


@case("ORD-01", Verdict.FAIL, "the partner holds nothing of it")
def test_the_object_is_lost() -> Transcript:
    """An object that is not held at all is not at its newest state, where others of its type are held."""
    return feewise(play("late-older-event", "invoice", *_late(holds("o9", {"id": "o9"}), holds("o1", None))))


NO_USE = "positive control failed: the partner holds no object of this story, so it may have no use for the type"


@case("ORD-01", Verdict.NOT_ASSESSABLE, NO_USE)
def test_who_keeps_no_such_object_goes_back_to_no_state() -> Transcript:
    """A partner that acknowledges a type and has no use for it holds nothing before and after."""
    return feewise(play("late-older-event", "invoice", *_late(holds("o9", None), holds("o1", None))))


@case("ORD-01", Verdict.PASS, "the partner holds no object of this story: judged by the version")
def test_who_shows_no_such_object_is_judged_by_the_last_get() -> Transcript:
    """A control endpoint may show some types only; where events are thin, the get remains."""
    gets = (NEWER, called("get", version=3), OLDER)
    return wawex(play("late-older-event", "document", delivered("made"), GREW, *gets, holds("o1", None)))


@case("ORD-01", Verdict.NOT_ASSESSABLE, "has none of /status")
def test_an_object_without_its_changing_fields_shows_nothing() -> Transcript:
    """What is missing from the answer is not judged."""
    return feewise(play("late-older-event", "invoice", *_late(holds("o1", {"id": "o1"}))))


@case("ORD-01", Verdict.NOT_ASSESSABLE, "has none of the changing fields")
def test_an_object_that_never_changes_shows_nothing() -> Transcript:
    """A platform whose description names no changing field gives nothing to compare."""
    still = grew("o1", {}, {}, {})
    return feewise(play("late-older-event", "invoice", still, NEWER, OLDER, holds("o1", {"id": "o1"})))


@case("ORD-01", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_without_the_versions_nothing_is_compared() -> Transcript:
    """A story that broke off before it wrote its versions down decides nothing."""
    return feewise(play("late-older-event", "invoice", NEWER, OLDER))


@case("ORD-01", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_a_thick_state_cannot_be_seen_from_outside() -> Transcript:
    """Where events carry the data, only the control endpoint shows what is held."""
    return feewise(play("late-older-event", "invoice", *_late()), offers=())


@case("ORD-01", Verdict.PASS, "judged by the version that the last get answered")
def test_the_last_get_answers_the_newest_version() -> Transcript:
    """Where events are thin, the last get decides in place of the object, and the report says so."""
    gets = (called("get", version=1), NEWER, called("get", version=3), OLDER)
    return wawex(play("late-older-event", "document", delivered("made"), GREW, *gets), offers=())


@case("ORD-01", Verdict.FAIL, "a get that answers version 3 / the last get answered version 1")
def test_the_last_get_answers_an_older_version() -> Transcript:
    """A partner that did not fetch after the newer event holds an older state."""
    gets = (called("get", version=1), NEWER, OLDER)
    return wawex(play("late-older-event", "document", delivered("made"), GREW, *gets), offers=())


@case("ORD-01", Verdict.NOT_ASSESSABLE, "the partner got no object that an event named")
def test_without_a_get_a_thin_state_is_not_seen() -> Transcript:
    """A partner that never fetches cannot be judged from outside."""
    return wawex(play("late-older-event", "document", *_late()), offers=())


@case("ORD-01", Verdict.FAIL, "a status from 200 to 299 / status 409")
def test_a_late_event_is_refused() -> Transcript:
    """A late event is a genuine one: the newest state does not excuse the refusal."""
    refused = delivered("older", event="e2", version=2, status=409)
    return feewise(
        play("late-older-event", "invoice", delivered("made"), GREW, NEWER, refused, holds("o1", {"status": "Paid"}))
    )


UPDATE, CREATION = delivered("update", event="e2", version=2), delivered("creation")
TWO = grew("o1", {"/status": "Draft"}, {"/status": "Open"})


@case("ORD-02", Verdict.PASS)
def test_an_update_may_come_first() -> Transcript:
    """Both are acknowledged, and the updated object is held in the end."""
    return feewise(play("update-before-creation", "invoice", TWO, UPDATE, CREATION, holds("o1", {"status": "Open"})))


@case("ORD-02", Verdict.FAIL, "the object as it is now / the partner holds nothing of it")
def test_an_update_that_comes_first_is_dropped_with_its_object() -> Transcript:
    """The sentinel's object is held, so the partner keeps such objects, and this one is lost."""
    held = (holds("o9", {"id": "o9"}), holds("o1", None))
    return feewise(play("update-before-creation", "invoice", TWO, UPDATE, CREATION, *held))


@case("ORD-02", Verdict.FAIL, "a status from 200 to 299 / status 404")
def test_a_refused_update_is_not_judged_by_the_state_as_well() -> Transcript:
    """The refusal says all that there is to say, and neither attempt hides it."""
    refused = delivered("update", event="e2", version=2, status=404)
    return feewise(play("update-before-creation", "invoice", TWO, refused, CREATION, holds("o1", {"status": "Draft"})))


@case("ORD-02", Verdict.FAIL, '/status = "Open" / /status = "Draft" (an older state)')
def test_the_creation_overwrites_the_update() -> Transcript:
    """Both deliveries are cited."""
    return feewise(play("update-before-creation", "invoice", TWO, UPDATE, CREATION, holds("o1", {"status": "Draft"})))


@case("ORD-02", Verdict.FAIL, "a get that answers version 2 / the last get answered no version of it")
def test_a_get_that_answered_no_version_shows_none() -> Transcript:
    """Such as one whose answer the kit did not make of a version."""
    return wawex(
        play("update-before-creation", "document", TWO, UPDATE, CREATION, called("get", version=None)), offers=()
    )


@case("ORD-02", Verdict.NOT_ASSESSABLE, NO_USE)
def test_who_keeps_no_such_object_takes_no_update_of_it() -> Transcript:
    """Both were acknowledged, and nothing comes of any event of the type."""
    held = (holds("o9", None), holds("o1", None))
    return feewise(play("update-before-creation", "invoice", TWO, UPDATE, CREATION, *held))


@case("ORD-02", Verdict.FAIL, "a status from 200 to 299 / status 404")
def test_an_update_of_an_unknown_object_is_refused() -> Transcript:
    """The answer "no such object" is not an acknowledgement."""
    refused = delivered("update", event="e2", version=2, status=404)
    return feewise(play("update-before-creation", "invoice", TWO, refused, CREATION, holds("o1", {"status": "Open"})))


@case("ORD-02", Verdict.NOT_ASSESSABLE, "positive control failed: the creation is not accepted either (status 401)")
def test_who_refuses_everything_shows_nothing_of_order() -> Transcript:
    """Where the creation is refused like the update, order is not the cause."""
    refused = [delivered(role, event=role, status=401) for role in ("update", "creation")]
    return feewise(play("update-before-creation", "invoice", TWO, *refused))


@case("ORD-02", Verdict.FAIL, "a status from 200 to 299 / connection closed before the answer was complete")
def test_the_late_creation_is_not_answered() -> Transcript:
    """The late creation is to be acknowledged as well."""
    dropped = delivered("creation", failure=Failure.CLOSED)
    return feewise(play("update-before-creation", "invoice", TWO, UPDATE, dropped))


@case("ORD-02", Verdict.FAIL, '/status = "Open" / /status = "Draft" (an older state)')
def test_the_late_creation_overwrites_the_update() -> Transcript:
    """A creation that comes late must not win."""
    return feewise(play("update-before-creation", "invoice", TWO, UPDATE, CREATION, holds("o1", {"status": "Draft"})))


FINAL, LATE = delivered("final", event="e3", version=3), delivered("late", event="e2", version=2)
PAYOUT = grew("o1", {"/status": "Submitted"}, {"/status": "Paid"}, {"/status": "Failed"})


@case("ORD-05", Verdict.PASS)
def test_a_failed_payout_stays_failed() -> Transcript:
    """A terminal state outlives the late event of an earlier one."""
    return feewise(play("terminal-state", "payout", PAYOUT, FINAL, LATE, holds("o1", {"status": "Failed"})))


@case("ORD-05", Verdict.FAIL, '/status = "Failed" / /status = "Paid" (an older state)')
def test_a_failed_payout_is_paid_again() -> Transcript:
    """A partner that lets the late event win reports money that never left."""
    return feewise(play("terminal-state", "payout", PAYOUT, FINAL, LATE, holds("o1", {"status": "Paid"})))


@case("ORD-05", Verdict.NOT_ASSESSABLE, NO_USE)
def test_who_keeps_no_payouts_keeps_no_terminal_state() -> Transcript:
    """A partner that has no use for payouts holds nothing before and after."""
    held = (holds("o9", None), holds("o1", None))
    return feewise(play("terminal-state", "payout", PAYOUT, FINAL, LATE, *held))


@case("ORD-05", Verdict.FAIL, "a status from 200 to 299 / status 409")
def test_a_late_event_of_an_earlier_state_is_refused() -> Transcript:
    """A partner that keeps the terminal state and refuses the event is sent it again and again."""
    refused = delivered("late", event="e2", version=2, status=409)
    return feewise(play("terminal-state", "payout", PAYOUT, FINAL, refused, holds("o1", {"status": "Failed"})))


@case("ORD-05", Verdict.NOT_ASSESSABLE, "does not offer 'objects' (see --partner-control-url)")
def test_a_terminal_state_cannot_be_seen_from_outside() -> Transcript:
    """The requirement needs the control call."""
    return feewise(play("terminal-state", "payout", PAYOUT, FINAL, LATE), offers=("events",))


@case("ORD-05", Verdict.NOT_APPLICABLE, "Wawex has no terminal states")
def test_a_platform_without_terminal_states_does_not_ask() -> Transcript:
    """Where the description names no terminal state the requirement does not apply."""
    return wawex()


@case("ORD-02", Verdict.PASS)
def test_an_update_is_judged_by_its_last_attempt() -> Transcript:
    """A connection that was refused is tried again, as a platform would."""
    refused = delivered("update", event="e2", version=2, failure=Failure.REFUSED)
    return feewise(
        play("update-before-creation", "invoice", TWO, refused, UPDATE, CREATION, holds("o1", {"status": "Open"}))
    )


@case("ORD-01", Verdict.PASS)
def test_a_number_in_another_spelling_is_the_same_state() -> Transcript:
    """Whether decimals keep their zeros is another requirement, and only recommended."""
    amounts = grew("o1", {"/amount_due": "1000.00"}, {"/amount_due": "990.50"}, {"/amount_due": "470.10"})
    held = holds("o1", {"amount_due": 470.1})
    return feewise(play("late-older-event", "invoice", amounts, NEWER, OLDER, held))


@case("ORD-02", Verdict.FAIL, "a get that answers version 2 / no get of the object within 30 s")
def test_an_update_and_its_creation_are_dropped() -> Transcript:
    """A partner that fetches other objects and waited in vain for this one has dropped it."""
    vain = waited("fetch", 30)
    return wawex(play("update-before-creation", "document", TWO, UPDATE, vain, CREATION, vain), offers=())


def _life(role: str, about: str, *order: int) -> tuple[Moment, ...]:
    """The events of an object's three versions in the order of their arrival."""
    events = [delivered(role, event=f"{about}v{n}", about=about, version=n) for n in order]
    return (*events, grew(about, {"/status": "Draft"}, {"/status": "Open"}, {"/status": "Paid"}))


STRAIGHT, SHUFFLED = _life("straight", "s1", 1, 2, 3), _life("shuffled", "m1", 3, 2, 1)
KEPT = holds("s1", {"status": "Paid"})


@case("ORD-03", Verdict.PASS)
def test_any_order_leads_to_the_newest_state() -> Transcript:
    """The newest state does not depend on what came last."""
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *SHUFFLED, KEPT, holds("m1", {"status": "Paid"})))


@case("ORD-03", Verdict.FAIL, '/status = "Paid" / /status = "Open" (an older state)')
def test_one_of_two_updates_is_lost_before_the_creation() -> Transcript:
    """A partner that parks one update holds the last one to come, and each object is judged by its own versions."""
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *SHUFFLED, KEPT, holds("m1", {"status": "Open"})))


@case("ORD-03", Verdict.FAIL, '/status = "Paid" / /status = "Draft" (an older state)')
def test_the_creation_that_comes_last_wins() -> Transcript:
    """The state that the last event told of is a deed."""
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *SHUFFLED, KEPT, holds("m1", {"status": "Draft"})))


@case("ORD-03", Verdict.FAIL, "a status from 200 to 299 / status 404")
def test_an_event_out_of_order_is_refused() -> Transcript:
    """An update that nobody takes, however often it is delivered, is lost for some orders."""
    refused = delivered("shuffled", event="m1v3", about="m1", version=3, status=404)
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, refused, refused, *SHUFFLED[1:], KEPT))


@case("ORD-03", Verdict.FAIL, "a status from 200 to 299 / status 404")
def test_what_was_refused_is_not_judged_by_its_state_as_well() -> Transcript:
    """The refusal says all that there is to say."""
    refused = delivered("shuffled", event="m1v3", about="m1", version=3, status=404)
    then = (refused, *SHUFFLED[1:], KEPT, holds("m1", {"status": "Open"}))
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *then))


@case("ORD-03", Verdict.FAIL, '/status = "Paid" / /status = "Open" (an older state)')
def test_each_object_is_judged_by_its_own_events() -> Transcript:
    """One of two ends in an old state, and only its events are cited."""
    two = (*SHUFFLED, *_life("shuffled", "m2", 3, 1, 2))
    held = (KEPT, holds("m1", {"status": "Paid"}), holds("m2", {"status": "Open"}))
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *two, *held))


@case("ORD-03", Verdict.PASS)
def test_an_event_that_was_taken_at_last_is_taken() -> Transcript:
    """A refusal under load is made good by the retry."""
    busy = delivered("shuffled", event="m1v3", about="m1", version=3, status=503)
    then = (busy, *SHUFFLED, KEPT, holds("m1", {"status": "Paid"}))
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *then))


@case("ORD-03", Verdict.NOT_ASSESSABLE, "events in their order do not lead to the newest state either")
def test_a_partner_that_takes_no_updates_shows_nothing() -> Transcript:
    """Where the straight order leads to an old state, the shuffled one proves nothing."""
    old = (holds("s1", {"status": "Draft"}), holds("m1", {"status": "Draft"}))
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *SHUFFLED, *old))


@case("ORD-03", Verdict.NOT_ASSESSABLE, "what the partner holds has none of /status")
def test_a_straight_order_that_shows_nothing_proves_nothing() -> Transcript:
    """Though the shuffled one leads to the newest state."""
    held = (holds("s1", {"id": "s1"}), holds("m1", {"status": "Paid"}))
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *SHUFFLED, *held))


@case("ORD-03", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_thick_end_states_cannot_be_seen_from_outside() -> Transcript:
    """Without the control call no end state is seen."""
    return feewise(play("shuffled-batch", "invoice", *STRAIGHT, *SHUFFLED), offers=())


@case("ORD-03", Verdict.PASS, "judged by the version that the last get answered")
def test_thin_objects_are_all_got() -> Transcript:
    """Where events are thin, each object is got as it is now."""
    gets = (called("get", "s1", version=3), called("get", "m1", version=3))
    return wawex(play("shuffled-batch", "document", *STRAIGHT, *SHUFFLED, *gets), offers=())


@case("ORD-03", Verdict.FAIL, "a get that answers version 3 / no get of the object within 30 s")
def test_a_shuffled_object_is_never_got() -> Transcript:
    """The set of the objects that are got may not depend on the order."""
    gets = (called("get", "s1", version=3), waited("fetch", 30))
    return wawex(play("shuffled-batch", "document", *STRAIGHT, *SHUFFLED, *gets), offers=())


CONTROL, STRANGER = delivered("control", event="e0", about="o0"), delivered("late", event="e1", about="o1")


@case("ORD-04", Verdict.PASS)
def test_a_late_event_about_another_object_is_taken() -> Transcript:
    """Its object is held, like that of any event."""
    held = (holds("o0", {"id": "o0"}), holds("o1", {"id": "o1"}), applied("e0", 1), applied("e1", 1))
    return feewise(play("late-about-another", "invoice", CONTROL, STRANGER, *held))


@case("ORD-04", Verdict.FAIL, "the partner holds nothing of the object")
def test_one_mark_for_all_objects_drops_the_late_one() -> Transcript:
    """A count of one does not make up for it: deciding that nothing changes is counted too."""
    held = (holds("o0", {"id": "o0"}), holds("o1", None), applied("e0", 1), applied("e1", 1))
    return feewise(play("late-about-another", "invoice", CONTROL, STRANGER, *held))


@case("ORD-04", Verdict.FAIL, "no get of the object succeeded")
def test_a_late_thin_event_leads_to_no_get() -> Transcript:
    """Where events are thin, the missing get shows what was thrown away."""
    gets = (CONTROL, called("get", "o0"), STRANGER, waited("fetch", 30))
    return wawex(play("late-about-another", "document", *gets), offers=())


@case("ORD-04", Verdict.FAIL, "a status from 200 to 299 / status 400")
def test_a_late_event_about_another_object_is_refused() -> Transcript:
    """The age of an event is no reason to refuse it; that it has no effect then is no second fault."""
    refused = delivered("late", event="e1", about="o1", status=400)
    held = (holds("o0", {"id": "o0"}), holds("o1", None))
    return feewise(play("late-about-another", "invoice", CONTROL, refused, *held))


@case("ORD-04", Verdict.NOT_ASSESSABLE, "a genuine event shows no effect here")
def test_where_no_event_has_an_effect_none_is_missing() -> Transcript:
    """A partner that has no use for the type shows nothing by ignoring a late event."""
    return feewise(play("late-about-another", "invoice", CONTROL, STRANGER, holds("o0", None), holds("o1", None)))


FOLLOWED = (noted("followed", "e0"), noted("followed", "e1"))


@case("ORD-04", Verdict.PASS)
def test_changes_of_strangers_show_by_their_gets() -> Transcript:
    """Where a partner gets objects of which it only heard that they changed, such events were chosen."""
    gets = (CONTROL, called("get", "o0"), STRANGER, called("get", "o1"))
    return feewise(play("late-about-another", "invoice", *FOLLOWED, *gets), offers=())


@case("ORD-04", Verdict.FAIL, "no get of the object succeeded")
def test_a_late_change_of_a_stranger_leads_to_no_get() -> Transcript:
    """The control led to one, so the missing get shows what was thrown away."""
    gets = (CONTROL, called("get", "o0"), STRANGER, waited("fetch", 30))
    return feewise(play("late-about-another", "invoice", *FOLLOWED, *gets), offers=())


@case("ORD-04", Verdict.NOT_ASSESSABLE, "offers neither 'events' nor 'objects'")
def test_where_no_effect_is_seen_none_is_missing() -> Transcript:
    """A get of an object that events carry is no effect that must come."""
    return feewise(play("late-about-another", "invoice", CONTROL, called("get", "o0"), STRANGER), offers=())


BETWEEN = tuple(delivered(role, event=f"e{n}", version=n) for n, role in ((2, "older"), (3, "newer")))


@case("ORD-06", Verdict.PASS)
def test_the_newer_of_two_changes_in_a_second_is_held() -> Transcript:
    """The order of arrival does not matter."""
    return feewise(
        play("within-a-second", "in-order", GREW, *BETWEEN, holds("o1", {"status": "Paid"})),
        play("within-a-second", "reversed", GREW, *reversed(BETWEEN), holds("o1", {"status": "Paid"})),
    )


@case("ORD-06", Verdict.WARN, '/status = "Paid" / /status = "Open" (an older state)')
def test_whole_seconds_let_the_last_win() -> Transcript:
    """A partner that takes equal seconds for newer goes back."""
    return feewise(play("within-a-second", "reversed", GREW, *reversed(BETWEEN), holds("o1", {"status": "Open"})))


@case("ORD-06", Verdict.WARN, '/status = "Paid" / /status = "Open" (an older state)')
def test_whole_seconds_let_the_first_win() -> Transcript:
    """A partner that takes equal seconds for older does not move on."""
    return feewise(play("within-a-second", "in-order", GREW, *BETWEEN, holds("o1", {"status": "Open"})))


@case("ORD-06", Verdict.NOT_ASSESSABLE, NO_USE)
def test_who_keeps_no_such_object_orders_nothing() -> Transcript:
    """No state shows which of the changes was taken."""
    return feewise(play("within-a-second", "in-order", GREW, *BETWEEN, holds("o9", None), holds("o1", None)))
