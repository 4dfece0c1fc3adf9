"""What the judges of bursts, hanging fetches, half-sent requests and the soak say of transcripts written by hand."""

from __future__ import annotations

from dataclasses import replace

from conformance.exchange import Failure
from conformance.transcript import Stall, Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, called, delivered, feewise, holds, noted, play, waited, wawex

SEEN, UNSEEN = noted("control effect", "seen"), noted("control effect", "cannot be seen")
HELD, NOT_HELD = noted("held", "yes"), noted("held", "no")
HUNG = called("get", "o1", fault="hold")
CONFIRMED = {"/limits/burst": 50}


def offered(number: int, *, status: int = 202, failure: Failure | None = None, retry_after: str = "") -> Moment:
    """One event of a burst, about an object of its own."""
    return delivered("burst", f"e{number}", f"o{number}", status=status, failure=failure, retry_after=retry_after)


def burst(*moments: Moment, control: Moment = SEEN) -> Transcript:
    """A burst in which these things happened."""
    return feewise(play("burst", "", control, *moments), confirmed=CONFIRMED)


# CON-01


@case("CON-01", Verdict.PASS)
def test_a_burst_is_taken() -> Transcript:
    """Every event is acknowledged and applied, in any order."""
    return burst(offered(1), offered(2), applied("e2", 1), applied("e1", 1))


@case("CON-01", Verdict.PASS)
def test_who_asks_to_wait_takes_the_event_later() -> Transcript:
    """429 and 503 with a time are no failure, however often."""
    waits = (offered(1, status=429, retry_after="1"), offered(1, status=503, retry_after="2"))
    return burst(*waits, offered(1), applied("e1", 1))


@case("CON-01", Verdict.PASS)
def test_fetches_show_that_nothing_is_lost() -> Transcript:
    """On thin events a get is effect enough, where no count is offered."""
    moments = (offered(1), offered(2), called("get", "o1"), called("get", "o2"))
    return wawex(play("burst", "", SEEN, *moments), offers=())


@case("CON-01", Verdict.PASS)
def test_objects_show_that_nothing_is_lost() -> Transcript:
    """On thick events an object that is held is effect enough."""
    return burst(offered(1), holds("o1", {"status": "Draft"}))


@case("CON-01", Verdict.PASS)
def test_a_connection_that_is_refused_at_first_is_no_failure() -> Transcript:
    """The platform connects again, and the event counts by its last delivery."""
    return burst(offered(1, failure=Failure.REFUSED), offered(1), applied("e1", 1))


@case("CON-01", Verdict.FAIL, "2 of 3 events end with status 500")
def test_a_burst_breaks_the_partner() -> Transcript:
    """An error status is no way to ask for time."""
    return burst(offered(1, status=500), offered(2), offered(3, status=500), applied("e2", 1))


@case("CON-01", Verdict.FAIL, "6 of 6 events end with status 503 in spite of waiting")
def test_five_events_are_cited() -> Transcript:
    """Those that were never accepted, and answers that name no time."""
    return burst(*[offered(number, status=503) for number in range(6)])


@case("CON-01", Verdict.FAIL, "1 of 1 events end with status 503 in spite of waiting")
def test_waiting_does_not_help() -> Transcript:
    """Who asks to wait must take the event in the end."""
    return burst(*[offered(1, status=503, retry_after="1")] * 3)


@case("CON-01", Verdict.FAIL, "no complete answer before the deadline")
def test_a_burst_is_not_answered() -> Transcript:
    """Silence is no acknowledgement."""
    return burst(offered(1), offered(2, failure=Failure.TIMEOUT), applied("e1", 1))


@case("CON-01", Verdict.WARN, "which the platform does not publish")
def test_the_size_of_the_burst_is_assumed() -> Transcript:
    """A refusal that hangs on a number that nobody has confirmed is a warning."""
    return feewise(play("burst", "", SEEN, offered(1, status=500)))


@case("CON-01", Verdict.WARN, "Retry-After beside 429 or 503 / 1 answer without it")
def test_a_partner_does_not_say_how_long_to_wait() -> Transcript:
    """The event is accepted in the end, so it is only a warning."""
    return burst(offered(1, status=429), offered(1), applied("e1", 1))


@case(
    "CON-01",
    Verdict.FAIL,
    "no effect of 1 of 2 acknowledged events within 30 s; the partner reports that it applied e2 0 times",
)
def test_an_acknowledged_event_is_lost() -> Transcript:
    """That does not hang on the size of the burst, and no assumption softens it."""
    moments = (offered(1), offered(2), applied("e1", 1), applied("e2", 0), waited("effect", 30.0))
    return feewise(play("burst", "", SEEN, *moments))


@case("CON-01", Verdict.FAIL, "1 of 1 acknowledged events; the partner holds nothing of o1, the object of e1")
def test_an_acknowledged_event_brings_no_object() -> Transcript:
    """Where only objects are offered, a missing one is a loss."""
    return burst(offered(1), holds("o1", None))


@case("CON-01", Verdict.FAIL, "acknowledged events within 20 s; no get of o2, the object of e2, succeeded; 1 failed")
def test_an_acknowledged_event_is_not_fetched() -> Transcript:
    """A get that failed is none."""
    moments = (offered(1), offered(2), called("get", "o1"), called("get", "o2", status=500), waited("fetch", 20.0))
    return wawex(play("burst", "", SEEN, *moments), offers=())


@case("CON-01", Verdict.NOT_ASSESSABLE, "whether acknowledged events are lost cannot be seen")
def test_acknowledgements_alone_prove_little() -> Transcript:
    """It is easy to acknowledge everything."""
    return burst(offered(1), offered(2), control=UNSEEN)


@case("CON-01", Verdict.NOT_ASSESSABLE, "asked to wait longer than the kit does, for 1 of 2 events")
def test_the_kit_has_no_hour_to_wait() -> Transcript:
    """Who asks for more time than a run has is not judged by what comes of it."""
    asked = offered(1, status=429, retry_after="3600")
    return burst(asked, noted("asked to wait too long", "e1"), offered(2), applied("e2", 1))


# CON-02


def hung(*moments: Moment, note: Moment = HELD, released: float = 15.0, shared: bool = False) -> Transcript:
    """A fetch hung until it was released, and other events arrived meanwhile."""
    story = (delivered("hanging"), HUNG, note, noted("released", str(released)), *moments)
    return wawex(play("hung-fetch", "document", *story), shared_machine=shared)


def other(number: int = 2, *, status: int = 202, took: float = 0.05, failure: Failure | None = None) -> Moment:
    """An event about another object, while the fetch hangs."""
    return delivered("meanwhile", f"e{number}", f"o{number}", status=status, took=took, failure=failure, at=1.0)


@case("CON-02", Verdict.PASS)
def test_other_events_are_acknowledged_while_a_fetch_hangs() -> Transcript:
    """Up to the limit an answer is in time, also the slow one."""
    return hung(other(2), other(3, took=4.9))


@case("CON-02", Verdict.FAIL, "status 202 after 15 s, once the fetch was answered")
def test_one_fetch_holds_up_everything() -> Transcript:
    """Answers that come when the fetch is released have waited for it; no limit is needed to say so."""
    return hung(other(2, took=15.0))


@case("CON-02", Verdict.PASS)
def test_the_fetch_is_released_in_the_very_moment_of_the_last_answer() -> Transcript:
    """The story waits for the answers and then releases the fetch: a clock that ticks slowly shows one time."""
    return hung(other(2, took=0.5), other(3, took=1.0), released=2.0)


@case("CON-02", Verdict.WARN, "rests on /acknowledgement/limit")
def test_answers_are_late_while_a_fetch_hangs() -> Transcript:
    """Later than a limit that is assumed is a warning."""
    return hung(other(2, took=6.0))


@case("CON-02", Verdict.PASS)
def test_an_event_that_was_sent_just_before_the_release_has_waited_for_nothing() -> Transcript:
    """A cap on the rate may put an event off until then; its answer came at once."""
    late = delivered("meanwhile", "e3", "o3", took=0.2, at=14.9)
    return hung(other(2), late)


@case("CON-02", Verdict.FAIL, "an acknowledgement while a fetch about another object hangs / status 500")
def test_an_event_is_refused_while_a_fetch_hangs() -> Transcript:
    """Only the first of several alike is told."""
    return hung(other(2, status=500), other(3, status=500))


@case("CON-02", Verdict.PASS)
def test_what_the_kit_itself_lost_is_not_counted() -> Transcript:
    """An answer is late only without the time in which the kit stood still."""
    scene = (HUNG, HELD, noted("released", "15.0"), other(2, took=6.0))
    return wawex(play("hung-fetch", "document", delivered("hanging"), *scene), stalls=[Stall(1.5, 3.5)])


@case("CON-02", Verdict.NOT_ASSESSABLE, "made no call that could be held (see FET-01)")
def test_without_a_call_nothing_hangs() -> Transcript:
    """On thin events a partner that does not fetch proves nothing."""
    return hung(other(), note=NOT_HELD)


def without_a_call(*moments: Moment) -> Transcript:
    """Events that carry the object, and a partner that has no need to call."""
    return feewise(play("hung-fetch", "invoice", delivered("hanging"), NOT_HELD, noted("released", "15.0"), *moments))


@case("CON-02", Verdict.PASS, "it acknowledged 1 event within 5 s")
def test_a_partner_that_makes_no_call_cannot_hang() -> Transcript:
    """On thick events that is a way to conform, and a reader is told."""
    return without_a_call(other())


@case("CON-02", Verdict.NOT_ASSESSABLE, "positive control failed: events are not acknowledged in time")
def test_slowness_without_a_call_is_not_the_fault_of_a_fetch() -> Transcript:
    """Other requirements look at that."""
    return without_a_call(other(2), other(3, failure=Failure.TIMEOUT, took=20.0))


@case("CON-02", Verdict.NOT_ASSESSABLE, "positive control failed: events are not acknowledged in time")
def test_answers_that_come_late_without_a_call_are_not_the_fault_of_a_fetch() -> Transcript:
    """They are acknowledgements all the same."""
    return without_a_call(other(2), other(3, took=6.0))


@case("CON-02", Verdict.NOT_ASSESSABLE, "positive control failed: events are not acknowledged in time")
def test_refusals_without_a_call_are_not_the_fault_of_a_fetch() -> Transcript:
    """They come in time all the same."""
    return without_a_call(other(2), other(3, status=500))


@case("CON-02", Verdict.PASS)
def test_answers_in_time_are_in_time_on_a_shared_machine_too() -> Transcript:
    """Nobody was in the way of anybody."""
    return hung(other(2), other(3), shared=True)


@case("CON-02", Verdict.WARN, "status 500 after 6.00 s")
def test_a_late_refusal_on_a_shared_machine_is_no_lateness_alone() -> Transcript:
    """No other worker makes a partner refuse; one of the calls that hung is cited."""
    return hung(called("get", "o5", at=0.15), HUNG, other(2, took=6.0, status=500), shared=True)


@case("CON-02", Verdict.NOT_ASSESSABLE, "came late, but other test workers share the machine")
def test_lateness_on_a_shared_machine_proves_nothing() -> Transcript:
    """Somebody else may have been in the way of the partner, or of the kit."""
    return hung(other(2, took=6.0), other(3), shared=True)


@case("CON-02", Verdict.FAIL, "once the fetch was answered")
def test_to_wait_for_the_fetch_is_more_than_lateness() -> Transcript:
    """No other worker ends just then."""
    return hung(other(2, took=6.0), other(3, took=15.0), shared=True)


# CON-03

HALVES = (
    delivered("broken-off", "x1", genuine=False, failure=Failure.CANCELLED),
    delivered("dripping", "x2", genuine=False, took=2.0, status=408),
)


@case("CON-03", Verdict.PASS)
def test_half_sent_requests_are_in_nobodys_way() -> Transcript:
    """What becomes of them does not matter."""
    return feewise(play("half-sent", "", *HALVES, delivered("meanwhile"), delivered("after", "e2", took=4.0)))


@case(
    "CON-03", Verdict.WARN, "within 5 s while other requests drip / no complete answer before the deadline after 20 s"
)
def test_a_dripping_request_wedges_the_partner() -> Transcript:
    """Nothing else is answered while it drips."""
    return feewise(play("half-sent", "", *HALVES, delivered("meanwhile", failure=Failure.TIMEOUT, took=20.0)))


@case("CON-03", Verdict.WARN, "after other requests broke off / status 202 after 6.00 s")
def test_a_broken_request_leaves_the_partner_slow() -> Transcript:
    """Late is not in time."""
    return feewise(play("half-sent", "", *HALVES, delivered("meanwhile"), delivered("after", "e2", took=6.0)))


@case("CON-03", Verdict.NOT_ASSESSABLE, "came late, but other test workers share the machine")
def test_a_slow_answer_on_a_shared_machine_is_no_wedge() -> Transcript:
    """It may be the machine that is slow."""
    late = delivered("meanwhile", took=6.0)
    return feewise(play("half-sent", "", *HALVES, late, delivered("after", "e2")), shared_machine=True)


@case("CON-03", Verdict.WARN, "after other requests broke off / status 500 after 0.05 s")
def test_a_refusal_in_time_is_no_acknowledgement() -> Transcript:
    """On a shared machine neither, and a late answer before it hides nothing; five of the others are cited."""
    late, refused = delivered("meanwhile", took=6.0), delivered("after", "e2", status=500)
    return feewise(play("half-sent", "", *HALVES * 3, late, refused), shared_machine=True)


# CON-04


_RAMP = [0.010 + 0.001 * (number % 11) + 0.0005 * (number // 11) for number in range(109)]


def steady(*took: float, status: int = 202) -> tuple[Moment, ...]:
    """Events at a steady rate, which took so long each."""
    return tuple(delivered("steady", f"e{n}", at=n / 4, took=t, status=status) for n, t in enumerate(took))


@case(
    "CON-04",
    Verdict.PASS,
    "p50/p95/p99 in ms, part by part: 10/20/20, 30/30/30; the median of the last part is 3.0 times",
)
def test_a_soak_is_told_part_by_part() -> Transcript:
    """It gets slower, and that fails nothing."""
    return feewise(play("soak", "", *steady(*[0.01] * 9, 0.02, *[0.03] * 10)))


@case(
    "CON-04", Verdict.PASS, "6 events in 1.26 s, 5 of them not acknowledged; p50/p95/p99 in ms, part by part: 10/10/10"
)
def test_a_short_soak_has_one_part() -> Transcript:
    """Refusals are counted, and answers that never came are in no percentile."""
    lost = delivered("steady", "e0", at=0.0, failure=Failure.TIMEOUT, took=20.0)
    return feewise(
        play("soak", "", lost, *steady(*[0.01] * 4, status=500), delivered("steady", "e9", at=1.25, took=0.01))
    )


@case(
    "CON-04",
    Verdict.PASS,
    "109 events in 108 s, 0 of them not acknowledged; p50/p95/p99 in ms, part by part: 15/20/20, 16/20/20",
)
def test_a_soak_is_cut_into_ten_parts_at_most() -> Transcript:
    """Of ten answers or more; where the run stood when it began does not matter."""
    story = play("soak", "", *[replace(one, at=float(n)) for n, one in enumerate(steady(*_RAMP))])
    return feewise(play("burst", ""), story)


@case("CON-04", Verdict.PASS, "p50/p95/p99 in ms, part by part: 100/190/198, 300/390/398")
def test_percentiles_are_taken_by_the_nearest_rank() -> Transcript:
    """Of two hundred answers in a part, the hundredth, the hundred and ninetieth, the hundred and ninety-eighth."""
    return feewise(play("soak", "", *steady(*[n / 1000 for n in range(1, 2001)])))


@case("CON-04", Verdict.PASS, "the kit itself stalled for 0.5 s, which these times include")
def test_a_soak_tells_when_the_kit_stalled() -> Transcript:
    """A reader must know what else made answers late."""
    return feewise(play("soak", "", *steady(0.01, 0.5)), stalls=[Stall(0.25, 0.75)])


@case("CON-04", Verdict.PASS, "other test workers share the machine")
def test_a_soak_tells_who_shares_the_machine() -> Transcript:
    """The same under pytest-xdist."""
    return feewise(play("soak", "", *steady(0.01)), shared_machine=True)


@case("CON-04", Verdict.NOT_ASSESSABLE, "none of 1 events was answered")
def test_without_an_answer_there_is_no_latency() -> Transcript:
    """Nothing is measured."""
    return feewise(play("soak", "", delivered("steady", failure=Failure.TIMEOUT, took=20.0)))
