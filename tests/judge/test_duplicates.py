"""What the judges of the chapter Duplicates say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import applied, called, delivered, feewise, grew, holds, noted, play, waited, wawex

FIRST, AGAIN = delivered("first"), delivered("again")
NO_OBJECTS = ("events",)


@case("DUP-01", Verdict.PASS)
def test_a_redelivery_is_acknowledged() -> Transcript:
    """The second answer may be another 2xx than the first."""
    return wawex(play("redelivery", "document", FIRST, delivered("again", status=200), AGAIN))


@case("DUP-01", Verdict.FAIL, "a status from 200 to 299 / status 409")
def test_a_conflict_is_no_acknowledgement() -> Transcript:
    """A redelivery that is answered with 409 is sent for ever; one such answer is told, with the first delivery."""
    refused = delivered("again", status=409)
    return wawex(play("redelivery", "document", delivered("first", status=500), FIRST, AGAIN, refused, refused))


@case("DUP-01", Verdict.FAIL, "no complete answer")
def test_silence_to_a_redelivery_is_no_acknowledgement() -> Transcript:
    """A redelivery that is not answered in time fails."""
    return wawex(play("redelivery", "document", FIRST, delivered("again", failure=Failure.TIMEOUT, took=20)))


@case("DUP-02", Verdict.PASS)
def test_a_redelivered_event_is_applied_once() -> Transcript:
    """A second fetch is allowed: the count decides."""
    gets = (called("get"), AGAIN, called("get"))
    return wawex(play("redelivery", "document", FIRST, *gets, applied("e1", 1)))


@case("DUP-02", Verdict.FAIL, "applied once / applied 2 times")
def test_a_redelivered_event_is_applied_twice() -> Transcript:
    """The last count is the one that counts."""
    return wawex(play("redelivery", "document", FIRST, applied("e1", 1), AGAIN, applied("e1", 2)))


@case("DUP-02", Verdict.FAIL, "one effect / 2 times POST /payments")
def test_a_redelivered_event_leads_to_a_second_change() -> Transcript:
    """The same changing call for each copy, naming the object of the event, is a second effect: whatever is counted."""
    named = "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0001"
    first, again = (delivered(role, about=named) for role in ("first", "again"))
    change = called("create", "o2", target="/payments", body=b'{"for": "%s"}' % named.upper().encode())
    return wawex(play("redelivery", "document", first, change, again, change, applied("e1", 1)))


@case("DUP-02", Verdict.FAIL, "2 times PUT /things/o7")
def test_a_second_change_is_known_by_the_correlation_id() -> Transcript:
    """A call that carries the correlation id of the event belongs to it, whatever it names."""
    first, again = (delivered(role, correlation="c1") for role in ("first", "again"))
    change = called("update", "o7", correlation="c1")
    return feewise(play("redelivery", "invoice", first, change, again, change, applied("e1", 1)))


@case("DUP-02", Verdict.PASS)
def test_other_work_of_the_partner_is_no_second_effect() -> Transcript:
    """Calls of other operations, and calls that have nothing of the event, are no repetition."""
    first = delivered("first", correlation="c1")
    others = (called("update"), called("create"), *[called("update", "o7", correlation="c2")] * 2)
    return feewise(play("redelivery", "invoice", first, *others, AGAIN, applied("e1", 1)))


@case("DUP-02", Verdict.NOT_ASSESSABLE, "does not offer 'events' (see --partner-control-url)")
def test_without_the_control_call_a_second_effect_cannot_be_told() -> Transcript:
    """Without the count the requirement is not assessable."""
    return wawex(play("redelivery", "document", FIRST, AGAIN, AGAIN), offers=())


@case("DUP-02", Verdict.NOT_ASSESSABLE, "a second effect cannot be told from a second fetch")
def test_without_an_answer_a_second_effect_cannot_be_told() -> Transcript:
    """The same is true when the count was offered and never given."""
    return wawex(play("redelivery", "document", FIRST, AGAIN, AGAIN))


ROLES = ("made", "there", "elsewhere", "back")
MADE, THERE, ELSEWHERE, BACK = (delivered(role, event=f"e{n}") for n, role in enumerate(ROLES))
ALL_FOUR = (MADE, THERE, ELSEWHERE, BACK)


@case("DUP-05", Verdict.PASS)
def test_thin_events_that_look_alike_are_all_fetched() -> Transcript:
    """One fetch may stand for two events, and a count for a fetch that did not come."""
    return wawex(play("look-alikes", "another-id", MADE, THERE, ELSEWHERE, called("get"), BACK, applied("e3", 1)))


@case("DUP-05", Verdict.FAIL, "the event e3 is handled like any other / applied 0 times")
def test_a_thin_event_is_dropped_because_it_looks_like_an_earlier_one() -> Transcript:
    """A partner that compares objects in place of ids drops the change back."""
    gets = (MADE, THERE, called("get"), ELSEWHERE, called("get"), BACK)
    return wawex(play("look-alikes", "another-id", *gets, waited("effect", 30), applied("e3", 0)))


@case("DUP-05", Verdict.FAIL, "no get of its object within 30 s")
def test_a_thin_event_without_fetch_and_without_count_is_dropped() -> Transcript:
    """Where other events led to a get, one that did not is found without a count."""
    return wawex(play("look-alikes", "another-id", MADE, THERE, called("get"), ELSEWHERE, BACK, waited("fetch", 30)))


@case("DUP-05", Verdict.NOT_ASSESSABLE, "positive control failed")
def test_a_partner_that_never_fetches_shows_nothing() -> Transcript:
    """Without any get and any count it cannot be told what became of the events."""
    return wawex(play("look-alikes", "another-id", *ALL_FOUR))


STATES = grew("o1", {"/status": "Draft"}, {"/status": "Open"}, {"/status": "Paid"}, {"/status": "Open"})


@case("DUP-05", Verdict.PASS)
def test_a_thick_event_that_looks_like_an_earlier_one_is_taken() -> Transcript:
    """The object was at the state in between, and has gone back to the one that the last event tells of."""
    between = (MADE, THERE, ELSEWHERE, holds("o1", {"status": "Paid"}), BACK)
    return feewise(play("look-alikes", "another-id", *between, STATES, holds("o1", {"status": "Open"})))


@case("DUP-05", Verdict.FAIL, '/status = "Paid" / /status = "Open" (an older state)')
def test_the_change_in_between_is_dropped() -> Transcript:
    """A partner that stays where it was has dropped two events, and looks right in the end."""
    between = (MADE, THERE, ELSEWHERE, holds("o1", {"status": "Open"}), BACK)
    return feewise(play("look-alikes", "another-id", *between, STATES, holds("o1", {"status": "Open"})))


@case("DUP-05", Verdict.NOT_ASSESSABLE, "the partner holds no object of this story")
def test_who_keeps_no_such_object_shows_nothing_of_look_alikes() -> Transcript:
    """A partner that has no use for the type holds nothing at any time."""
    between = (MADE, THERE, ELSEWHERE, holds("o1", None), BACK)
    return feewise(play("look-alikes", "another-id", *between, STATES, holds("o1", None)))


@case("DUP-05", Verdict.FAIL, "the object as it is now / the partner holds nothing of it")
def test_the_object_is_lost_in_between() -> Transcript:
    """An object that was not held after the change in between was lost, though it came back."""
    between = (MADE, THERE, ELSEWHERE, holds("o1", None), BACK)
    return feewise(play("look-alikes", "another-id", *between, STATES, holds("o1", {"status": "Open"})))


@case("DUP-05", Verdict.FAIL, '/status = "Open" / /status = "Paid" (an older state)')
def test_a_thick_event_is_dropped_because_it_looks_like_an_earlier_one() -> Transcript:
    """A partner that hashes bodies without id and time keeps the state in between."""
    between = (MADE, THERE, ELSEWHERE, holds("o1", {"status": "Paid"}), BACK)
    return feewise(play("look-alikes", "another-id", *between, STATES, holds("o1", {"status": "Paid"})))


@case("DUP-05", Verdict.PASS)
def test_thick_events_are_told_by_their_counts() -> Transcript:
    """Where the object cannot be seen, the counts decide."""
    counts = [applied(f"e{n}", 1) for n in (0, 1, 2, 3)]
    return feewise(play("look-alikes", "another-id", *ALL_FOUR, *counts), offers=NO_OBJECTS)


@case("DUP-05", Verdict.PASS)
def test_changes_of_strangers_show_by_their_gets() -> Transcript:
    """Where such events were chosen because gets follow them, the gets decide."""
    pair = (delivered("first", "e1", "o1"), called("get", "o1"), delivered("second", "e2", "o2"), called("get", "o2"))
    chosen = (noted("followed", "e1"), noted("followed", "e2"))
    return feewise(play("look-alikes", "last-digit", *chosen, *pair), offers=())


@case("DUP-05", Verdict.FAIL, "no get of its object within 30 s")
def test_a_change_of_a_stranger_is_dropped_for_its_id() -> Transcript:
    """The first one led to a get, the second, whose id differs in a digit, did not."""
    pair = (delivered("first", "e1", "o1"), called("get", "o1"), delivered("second", "e2", "o2"), waited("fetch", 30))
    chosen = (noted("followed", "e1"), noted("followed", "e2"))
    return feewise(play("look-alikes", "last-digit", *chosen, *pair), offers=())


@case("DUP-05", Verdict.FAIL, "the event e2 is applied / not within 30 s")
def test_a_thick_event_that_is_not_counted_is_dropped() -> Transcript:
    """An event that is never counted was taken for another."""
    counts = [applied("e0", 1), applied("e1", 1), waited("effect", 30), applied("e2", 0)]
    return feewise(play("look-alikes", "another-id", *ALL_FOUR, *counts), offers=NO_OBJECTS)


PAIR = (delivered("first", event="1a"), delivered("second", event="2a", about="o2"))


@case("DUP-05", Verdict.PASS)
def test_ids_that_differ_in_one_digit_are_two() -> Transcript:
    """Both events are handled: one is seen by its fetch, one by its count."""
    return wawex(play("look-alikes", "first-digit", *PAIR, called("get"), applied("2a", 1)))


@case("DUP-05", Verdict.FAIL, "the event 2a is handled like any other")
def test_ids_that_are_cut_are_one() -> Transcript:
    """A partner that compares a part of the id drops the second event."""
    return wawex(play("look-alikes", "last-digit", *PAIR, called("get"), applied("2a", 0)))


@case("DUP-05", Verdict.PASS)
def test_thick_ids_that_differ_in_one_digit_are_two() -> Transcript:
    """Where the count is missing, the object that is held shows the event."""
    return feewise(play("look-alikes", "first-digit", *PAIR, applied("1a", 1), holds("o2", {"id": "o2"})))


@case("DUP-05", Verdict.FAIL, "the event 2a is applied")
def test_thick_ids_that_are_cut_are_one() -> Transcript:
    """An object that is not held shows that its event was dropped."""
    return feewise(play("look-alikes", "first-digit", *PAIR, applied("1a", 1), holds("o2", None)))


@case("DUP-05", Verdict.NOT_ASSESSABLE, "positive control failed: a genuine event shows no effect here")
def test_who_has_no_use_for_the_type_takes_no_id_for_another() -> Transcript:
    """Where the first of the two is not counted either, the second was not taken for it."""
    return feewise(play("look-alikes", "first-digit", *PAIR, applied("1a", 0), applied("2a", 0)))


@case("DUP-05", Verdict.NOT_ASSESSABLE, "positive control failed: a genuine event shows no effect here")
def test_a_thin_event_that_is_not_handled_at_all_was_taken_for_no_other() -> Transcript:
    """Where events are thin, the first of them is the control as well."""
    return wawex(play("look-alikes", "first-digit", *PAIR, applied("1a", 0), applied("2a", 0)))


@case("DUP-05", Verdict.NOT_ASSESSABLE, "neither 'events' nor 'objects'")
def test_without_counts_and_objects_nothing_is_told() -> Transcript:
    """A thick event shows its effect through the control endpoint only."""
    return feewise(play("look-alikes", "first-digit", *PAIR))


@case("DUP-05", Verdict.PASS)
def test_the_same_event_in_other_bytes_is_applied_once() -> Transcript:
    """Key order and white space make no other event."""
    return wawex(play("look-alikes", "other-bytes", FIRST, delivered("rewritten"), applied("e1", 1)))


@case("DUP-05", Verdict.FAIL, "applied once / applied 2 times")
def test_the_same_event_in_other_bytes_is_applied_twice() -> Transcript:
    """A partner that compares bodies takes the second copy for news."""
    return wawex(play("look-alikes", "other-bytes", FIRST, delivered("rewritten"), applied("e1", 2)))


@case("DUP-01", Verdict.PASS)
def test_a_redelivery_is_judged_by_its_last_attempt() -> Transcript:
    """A connection that was refused is tried again, as a platform would, and the event is judged then."""
    return wawex(play("redelivery", "document", FIRST, delivered("again", failure=Failure.REFUSED), AGAIN))


@case("DUP-02", Verdict.PASS)
def test_one_changing_call_is_one_effect() -> Transcript:
    """An event may lead to one change."""
    change = called("update")
    return wawex(play("redelivery", "document", FIRST, change, AGAIN, applied("e1", 1)))


@case("DUP-02", Verdict.NOT_ASSESSABLE, "does not report that it handled the event even once")
def test_an_event_of_no_use_is_not_applied_twice() -> Transcript:
    """A partner that has no use for an event type may count it not at all; no second effect was shown or excluded."""
    return wawex(play("redelivery", "strategy", FIRST, AGAIN, waited("effect", 30), applied("e1", 0)))


@case("DUP-05", Verdict.NOT_ASSESSABLE, "the event is not accepted when it comes again (status 401)")
def test_a_copy_that_was_refused_proves_nothing() -> Transcript:
    """Where the copy in other bytes is refused, one application shows no recognition."""
    refused = delivered("rewritten", status=401)
    return wawex(play("look-alikes", "other-bytes", FIRST, refused, applied("e1", 1)))


@case("DUP-05", Verdict.FAIL, "the event 2a is handled like any other / applied 0 times")
def test_a_fetch_does_not_outweigh_the_count() -> Transcript:
    """A partner that fetches for both events and then drops one as a duplicate has dropped it."""
    gets = (called("get"), called("get", "o2"))
    return wawex(play("look-alikes", "last-digit", *PAIR, *gets, applied("1a", 1), applied("2a", 0)))


@case("DUP-02", Verdict.NOT_ASSESSABLE, "the event is not accepted when it comes again (status 429)")
def test_a_redelivery_that_was_refused_for_another_reason_proves_nothing() -> Transcript:
    """Who is too busy for the redelivery has not recognised it."""
    refused = [delivered("again", status=status) for status in (503, 429)]
    return feewise(play("redelivery", "invoice", FIRST, *refused, applied("e1", 1)))


@case("DUP-02", Verdict.PASS)
def test_a_redelivery_that_is_refused_as_known_is_recognised() -> Transcript:
    """That a conflict is no acknowledgement is another matter."""
    return feewise(play("redelivery", "invoice", FIRST, *[delivered("again", status=409)] * 2, applied("e1", 1)))
