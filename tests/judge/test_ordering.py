"""What the judges of the chapter Order say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, called, delivered, feewise, grew, holds, play, waited, wawex

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
    """An object that is not held at all is not at its newest state."""
    return feewise(play("late-older-event", "invoice", *_late(holds("o1", None))))


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
