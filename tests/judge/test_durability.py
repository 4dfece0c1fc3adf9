"""What the judges of a partner that was killed say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, called, delivered, feewise, noted, play, waited, wawex

SEEN, UNSEEN = noted("control effect", "seen"), noted("control effect", "not seen")
KNOWN = delivered("known", "e0", "o0")
TAKEN = (delivered("burst", "e1", "o1"), delivered("burst", "e2", "o2"))
BROKEN_OFF = delivered("burst", "e3", "o3", failure=Failure.CLOSED)
RESTART = waited("restart", 1.0, rewarded=True)
AGAIN = delivered("again", "e0", "o0")


def killed(
    *moments: Moment, control: Moment = SEEN, before: tuple[Moment, ...] = (*TAKEN, RESTART, BROKEN_OFF)
) -> Transcript:
    """A partner was killed while events arrived, and these things happened when it was back."""
    return feewise(play("killed-partner", "", KNOWN, control, *before, *moments))


@case("DUR-01", Verdict.PASS, "acknowledged around the kill, and had their effect: 2")
def test_what_was_acknowledged_is_applied_after_the_restart() -> Transcript:
    """Once or twice: what was in hand may be done again."""
    return killed(applied("e1", 1), applied("e2", 2))


@case("DUR-01", Verdict.PASS)
def test_what_was_not_acknowledged_proves_nothing() -> Transcript:
    """An event whose delivery broke off may be lost: the platform would send it again."""
    return killed(applied("e1", 1), applied("e2", 1), applied("e3", 0))


@case("DUR-01", Verdict.PASS)
def test_a_fetch_after_the_restart_is_effect_enough() -> Transcript:
    """On thin events, where no count is offered."""
    moments = (*TAKEN, called("get", "o1"), RESTART, BROKEN_OFF, called("get", "o2"))
    return wawex(play("killed-partner", "", KNOWN, SEEN, *moments), offers=())


@case(
    "DUR-01",
    Verdict.FAIL,
    "of 2 acknowledged events within 60 s; the partner reports that it applied e2 0 times",
)
def test_an_acknowledged_event_is_lost() -> Transcript:
    """It was only in memory."""
    return killed(applied("e1", 1), applied("e2", 0), waited("effect", 60.0))


@case("DUR-01", Verdict.FAIL, "of 2 acknowledged events within 20 s; the partner reports that it applied e2 0 times")
def test_only_a_wait_in_vain_for_an_effect_is_told() -> Transcript:
    """The restart took longer, and so did a wait that was rewarded."""
    others = (waited("restart", 90.0), waited("effect", 60.0, rewarded=True), waited("effect", 20.0))
    return killed(applied("e1", 1), applied("e2", 0), *others)


@case("DUR-01", Verdict.FAIL, "no get of o2, the object of e2, succeeded; 2 failed")
def test_the_last_get_that_failed_is_cited() -> Transcript:
    """The others say no more."""
    gets = (called("get", "o1"), called("get", "o2", status=500), called("get", "o2", status=500))
    moments = (*TAKEN, gets[0], RESTART, BROKEN_OFF, *gets[1:])
    return wawex(play("killed-partner", "", KNOWN, SEEN, *moments), offers=())


@case("DUR-01", Verdict.FAIL, "1 of 2 acknowledged events within 60 s; no get of o2, the object of e2, succeeded")
def test_an_acknowledged_event_is_never_fetched() -> Transcript:
    """The same, seen by the calls."""
    moments = (*TAKEN, called("get", "o1"), RESTART, BROKEN_OFF, waited("fetch", 60.0))
    return wawex(play("killed-partner", "", KNOWN, SEEN, *moments), offers=())


@case("DUR-01", Verdict.NOT_ASSESSABLE, "it seems not to kill the partner")
def test_a_command_that_kills_nobody_proves_nothing() -> Transcript:
    """A connection that broke before the command was started does not count."""
    return killed(applied("e1", 1), applied("e2", 1), before=(BROKEN_OFF, *TAKEN, RESTART))


@case("DUR-01", Verdict.NOT_ASSESSABLE, "it seems not to kill the partner")
def test_events_that_are_all_taken_met_nobody_who_was_killed() -> Transcript:
    """The last of them came after the command."""
    return killed(applied("e1", 1), applied("e2", 1), before=(TAKEN[0], RESTART, TAKEN[1]))


@case("DUR-01", Verdict.PASS)
def test_the_first_restart_counts() -> Transcript:
    """Nobody was there in the meantime, and another restart came later."""
    gone = delivered("burst", "e3", "o3", failure=Failure.REFUSED)
    before = (*TAKEN, RESTART, gone, RESTART)
    return killed(applied("e1", 1), applied("e2", 1), before=before)


@case("DUR-01", Verdict.NOT_ASSESSABLE, "it seems not to kill the partner")
def test_without_a_restart_nobody_was_killed() -> Transcript:
    """Whatever else was waited for."""
    before = (*TAKEN, waited("effect", 1.0), BROKEN_OFF)
    return killed(applied("e1", 1), applied("e2", 0), before=before)


@case("DUR-01", Verdict.FAIL, "no effect of 7 of 7 acknowledged events within 60 s")
def test_of_many_lost_events_five_are_cited() -> Transcript:
    """More of them say no more."""
    taken = tuple(delivered("burst", f"e{n}", f"o{n}") for n in range(10, 17))
    lost = tuple(applied(f"e{n}", 0) for n in range(10, 17))
    return killed(*lost, waited("effect", 60.0), before=(*taken, RESTART, BROKEN_OFF))


@case("DUR-02", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_a_count_that_was_asked_too_late_compares_nothing() -> Transcript:
    """Before the event came again nobody asked."""
    return killed(AGAIN, applied("e0", 1))


@case("DUR-01", Verdict.FAIL, "no effect of 1 of 2 acknowledged events within 60 s")
def test_what_was_fetched_before_the_event_is_no_effect_of_it() -> Transcript:
    """The get belongs to something earlier."""
    moments = (called("get", "o2"), *TAKEN, called("get", "o1"), RESTART, BROKEN_OFF, waited("fetch", 60.0))
    return wawex(play("killed-partner", "", KNOWN, SEEN, *moments), offers=())


@case("DUR-01", Verdict.NOT_ASSESSABLE, "positive control failed: a genuine event shows no effect here")
def test_without_an_effect_a_loss_cannot_be_seen() -> Transcript:
    """An event that has no effect before the kill needs none after it."""
    return killed(control=UNSEEN)


@case("DUR-02", Verdict.PASS)
def test_a_redelivery_after_the_restart_has_no_effect() -> Transcript:
    """The count stays."""
    return killed(applied("e0", 1), AGAIN, applied("e0", 1))


@case("DUR-02", Verdict.WARN, "applied once before it was delivered again after the restart, 2 times then")
def test_a_redelivery_after_the_restart_is_applied() -> Transcript:
    """What was applied before is applied again."""
    return killed(applied("e0", 1), AGAIN, applied("e0", 2))


@case("DUR-02", Verdict.WARN, "applied 0 times before it was delivered again after the restart, once then")
def test_a_partner_that_has_forgotten_everything_counts_from_zero() -> Transcript:
    """Its count is right again and its work is done twice."""
    return killed(applied("e0", 0), AGAIN, applied("e0", 1))


@case("DUR-02", Verdict.NOT_ASSESSABLE, "it may have no use for it")
def test_a_count_that_stays_at_zero_says_nothing() -> Transcript:
    """The partner never counted the event."""
    return killed(applied("e0", 0), AGAIN, applied("e0", 0))


@case("DUR-02", Verdict.NOT_ASSESSABLE, "it seems not to kill the partner")
def test_a_partner_that_was_not_killed_has_nothing_to_remember() -> Transcript:
    """Its memory was not put to the test."""
    return killed(applied("e0", 1), AGAIN, applied("e0", 1), before=(*TAKEN, RESTART))


@case("DUR-02", Verdict.NOT_ASSESSABLE, "a second effect cannot be seen")
def test_without_an_answer_a_second_effect_cannot_be_seen() -> Transcript:
    """The count was offered and not given."""
    return killed(AGAIN)
