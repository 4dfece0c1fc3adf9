"""What the judges say of retries, in transcripts written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.exchange import Failure
from conformance.transcript import Outcome, Stall, Transcript
from conformance.verdict import Verdict
from judge.cases import case, judged, telling
from transcripts import Moment, asked, called, delivered, feewise, noted, play, waited, wawex

LATER = {"Retry-After": "3"}
ON_DATE = {"Retry-After": "Fri, 20 Nov 2026 09:31:00 GMT"}


def _throttled(*, then: float | None, platform: str = "wawex", about: str = "o1") -> Transcript:
    """The first try is answered at 1.01 s, and the next one comes at the time that is given."""
    first = called("get", status=429, version=None, fault="status 429", got=LATER, at=1.0)
    later = [called("get", about, at=then)] if then is not None else []
    told = play("throttled-fetch", "seconds", delivered("event"), first, *later, waited("next try", 5))
    return wawex(told) if platform == "wawex" else feewise(told)


@case("FET-05", Verdict.PASS)
def test_the_next_try_comes_when_it_may() -> Transcript:
    """Three seconds after the answer, or later, is what was asked for."""
    return _throttled(then=4.02)


@case("FET-05", Verdict.PASS)
def test_a_clock_may_be_rounded() -> Transcript:
    """A few hundredths of a second are the clock's."""
    return _throttled(then=3.95)


@case("FET-05", Verdict.PASS)
def test_who_gives_up_obeys() -> Transcript:
    """No further try is no early one."""
    return _throttled(then=None, platform="feewise")


@case("FET-05", Verdict.PASS)
def test_another_object_is_not_throttled() -> Transcript:
    """Calls about other objects may go on."""
    return _throttled(then=1.2, about="o2")


@case("FET-05", Verdict.PASS)
def test_what_met_the_fault_first_is_judged() -> Transcript:
    """Where events carry their data, several are told until one object is got; the others are no matter."""
    events = [delivered("event", event=f"e{n}", about=f"o{n}") for n in range(3)]
    throttled = called("get", "o1", status=429, version=None, fault="status 429", got=LATER, at=1.0)
    others = [called("get", about, at=at) for about, at in (("o0", 0.9), ("o0", 1.1), ("o2", 1.2), ("o2", 1.3))]
    return feewise(play("throttled-fetch", "seconds", *events, throttled, *others, called("get", "o1", at=4.1)))


@case("FET-05", Verdict.PASS)
def test_a_get_that_was_under_way_already_is_no_further_try() -> Transcript:
    """Two workers may get the same object, and only one of them has been told to wait."""
    twin = called("get", at=1.005)
    throttled = called("get", status=429, version=None, fault="status 429", got=LATER, at=1.0)
    return wawex(play("throttled-fetch", "seconds", delivered("event"), throttled, twin))


def _away(at: float) -> Moment:
    """At that time nobody listened at the partner's address."""
    return replace(asked("events", "e1", failure=Failure.REFUSED), at=at)


def _cut_off(at: float, *, genuine: bool = True) -> Moment:
    """A connection on which no answer came; it ended a little after that time."""
    return delivered("other", "e9", "o9", failure=Failure.CLOSED, took=0.2, at=at, genuine=genuine)


@case("FET-05", Verdict.NOT_ASSESSABLE, "the partner was away between the two tries")
def test_who_starts_again_may_not_know_when_to_come_back() -> Transcript:
    """What a process planned ends with it."""
    first = called("get", status=429, version=None, fault="status 429", got=LATER, at=1.0)
    moments = (delivered("event"), first, _away(1.1), called("get", at=1.2))
    return wawex(play("throttled-fetch", "seconds", *moments))


@case("FET-05", Verdict.FAIL, "no further try for 3.00 s (Retry-After: 3) / tried again after 0.19 s")
def test_the_next_try_comes_too_early() -> Transcript:
    """A partner with a pause of its own that is shorter does not obey."""
    return _throttled(then=1.2)


@case("FET-05", Verdict.FAIL, "tried again after 2.79 s")
def test_almost_is_too_early() -> Transcript:
    """Two tenths of a second are more than rounding."""
    return _throttled(then=3.8)


def _until_date(then: float) -> Transcript:
    """The answer names a date that is 4.5 s into the play."""
    first = called("get", status=429, version=None, fault="status 429", got=ON_DATE, at=0.5)
    return wawex(
        play(
            "throttled-fetch",
            "date",
            noted("come again at", "4.500"),
            delivered("event", at=0.1),
            first,
            called("get", at=then),
        )
    )


@case("FET-05", Verdict.PASS)
def test_the_date_is_kept() -> Transcript:
    """After the date the object may be got."""
    return _until_date(4.6)


@case("FET-05", Verdict.PASS)
def test_the_fraction_of_a_second_may_be_cut_off() -> Transcript:
    """Who counts the seconds until a date as a whole number comes up to a second too early."""
    return _until_date(3.55)


@case("FET-05", Verdict.FAIL, "(Retry-After: Fri, 20 Nov 2026 09:31:00 GMT) / tried again after 1.09 s")
def test_a_date_that_is_not_understood() -> Transcript:
    """Who reads seconds only takes a date for nothing."""
    return _until_date(1.6)


@case("FET-05", Verdict.FAIL, "tried again after 1.99 s")
def test_two_seconds_before_the_date_is_too_early() -> Transcript:
    """No clock of a receiver is rounded by that much."""
    return _until_date(2.5)


@case("FET-05", Verdict.NOT_ASSESSABLE, "made no call that could be failed")
def test_a_call_that_met_no_429_was_not_throttled() -> Transcript:
    """The object was got before the fault could strike."""
    return wawex(play("throttled-fetch", "seconds", delivered("event"), called("get")))


@case("FET-05", Verdict.NOT_ASSESSABLE, "made no call that could be failed")
def test_a_call_that_broke_was_not_throttled() -> Transcript:
    """A call without an answer names no time."""
    broken = called("get", failure=Failure.CANCELLED, version=None, fault="status 429")
    return wawex(play("throttled-fetch", "seconds", delivered("event"), broken))


def _creates(*moments: Moment, story: str = "throttled-create") -> Transcript:
    return feewise(play(story, "thing", *moments, asked("create", status=502)))


THROTTLED = called("create", None, status=429, version=None, fault="status 429", got=LATER, at=1.0)


@case("FET-05", Verdict.PASS)
def test_a_throttled_create_is_reported_as_failed() -> Transcript:
    """Whoever asked can ask again."""
    return _creates(THROTTLED)


@case("FET-05", Verdict.PASS)
def test_a_throttled_create_is_made_again_in_time() -> Transcript:
    """A call that was refused did nothing, so it may be repeated."""
    return _creates(THROTTLED, called("create", at=4.1))


@case("FET-05", Verdict.PASS)
def test_a_create_of_another_type_is_not_throttled() -> Transcript:
    """It is about something else."""
    return _creates(THROTTLED, called("create", object_type="other", at=1.5))


@case("FET-05", Verdict.FAIL, "tried again after 0.49 s")
def test_a_throttled_create_is_made_again_too_early() -> Transcript:
    """What holds for gets holds for creates."""
    return _creates(THROTTLED, called("create", at=1.5))


@case("FET-05", Verdict.NOT_ASSESSABLE, "does not offer 'create'")
def test_neither_gets_nor_creates() -> Transcript:
    """A partner that makes no call has not been throttled."""
    reason = "the partner's control endpoint does not offer 'create'"
    return feewise(play("throttled-create", "thing", outcome=Outcome.NOT_ASSESSABLE, reason=reason))


def _failed(*times: float) -> list[Moment]:
    """An event, and tries to get its object that fail at these times."""
    tries = [called("get", status=500, version=None, fault="status 500", at=at) for at in times]
    return [delivered("event"), *tries]


def _failing(*times: float, story: str = "broken-fetch", parameter: str = "500") -> Transcript:
    return wawex(play(story, parameter, *_failed(*times)))


@case("FET-06", Verdict.PASS)
def test_pauses_that_grow() -> Transcript:
    """The first retry at once, the next after a second, and so on."""
    return _failing(1.0, 1.1, 2.1, 4.1, 8.1, 16.1)


@case("FET-06", Verdict.PASS)
def test_one_try_is_no_storm() -> Transcript:
    """That the object is lost then is another requirement."""
    return _failing(1.0)


@case("FET-06", Verdict.PASS)
def test_a_second_is_not_measured_to_the_hundredth() -> Transcript:
    """What the way to the platform takes may differ from call to call."""
    return _failing(1.0, 1.1, 2.05, 3.0)


@case("FET-06", Verdict.PASS)
def test_after_a_success_nothing_is_retried() -> Transcript:
    """A get that follows one that succeeded is no retry of it."""
    failed = called("get", status=500, version=None, fault="status 500")
    return wawex(play("broken-fetch", "500", delivered("event"), failed, called("get"), called("get")))


@case("FET-06", Verdict.PASS)
def test_two_tries_at_the_same_time_are_no_retries_of_each_other() -> Transcript:
    """Two workers may each get the object, and each of them leaves a pause."""
    return _failing(1.0, 1.005, 2.0, 2.005, 4.0, 4.005)


@case("FET-06", Verdict.FAIL, "at least 1.00 s between retries, from the second one on / retry 2 came 0.20 s after")
def test_retries_without_a_pause() -> Transcript:
    """From the second retry on there is a pause."""
    return _failing(1.0, 1.2, 1.4, 1.6)


@case("FET-06", Verdict.PASS)
def test_a_partner_that_starts_again_takes_up_its_work() -> Transcript:
    """The pause that its end cut short is none that it made, and its first retry may come at once."""
    return wawex(play("broken-fetch", "500", *_failed(1.0, 1.1, 2.2, 2.6, 2.9, 4.0), _away(2.4)))


@case("FET-06", Verdict.PASS)
def test_a_partner_behind_a_proxy_starts_again() -> Transcript:
    """Somebody listens all the time, and a connection on which no answer came shows when its life ended."""
    return wawex(play("broken-fetch", "500", *_failed(1.0, 1.1, 2.2, 2.6, 2.9, 4.0), _cut_off(2.2)))


@case("FET-06", Verdict.FAIL, "retry 4 came 0.30 s after the one before")
def test_a_connection_that_a_forged_event_ends_is_no_end_of_a_life() -> Transcript:
    """Who hangs up on what it does not like goes on living."""
    return wawex(play("broken-fetch", "500", *_failed(1.0, 1.1, 2.2, 2.6, 2.9, 4.0), _cut_off(2.2, genuine=False)))


@case("FET-06", Verdict.FAIL, "retry 2 came 0.40 s after the one before; 3 tries in all")
def test_a_partner_that_was_away_once_storms_all_the_same() -> Transcript:
    """What it tries after that is judged as what it tried before."""
    return wawex(play("broken-fetch", "500", *_failed(1.0, 1.1, 2.2, 2.6, 2.9, 3.3), _away(2.4)))


@case("FET-06", Verdict.FAIL, "retry 3 came 0.10 s after the one before; 5 tries in all")
def test_retries_within_retries() -> Transcript:
    """A client that retries at once, inside a job that is retried, tries in pairs."""
    return _failing(1.0, 1.1, 4.0, 4.1, 9.0)


@case("FET-06", Verdict.FAIL, "retry 2 came 0.70 s after the one before")
def test_a_pause_that_is_a_little_short() -> Transcript:
    """Seen alone, seven tenths of a second are too short as well."""
    return _failing(1.0, 1.1, 1.8)


@case("FET-06", Verdict.WARN, "at most 10 tries within 30 s / 11 tries within 11 s")
def test_more_tries_than_are_good() -> Transcript:
    """With pauses that are long enough, too many tries are a warning."""
    return _failing(*(1.0 + 1.1 * n for n in range(11)))


@case("FET-06", Verdict.PASS)
def test_ten_tries_are_few_enough() -> Transcript:
    """The tenth try is still within the budget."""
    return _failing(*(1.0 + 1.1 * n for n in range(10)))


@case("FET-06", Verdict.NOT_ASSESSABLE, "made no call that could be failed")
def test_without_a_failed_try_nothing_is_seen() -> Transcript:
    """Where the get succeeded, nothing was there to retry."""
    return wawex(play("broken-fetch", "500", delivered("event"), called("get")))


@case("FET-06", Verdict.NOT_ASSESSABLE, "made no call that could be failed")
def test_many_gets_that_succeed_are_no_retries() -> Transcript:
    """A partner may poll what it was told of."""
    gets = [called("get", at=1.0 + 1.1 * number) for number in range(11)]
    return wawex(play("broken-fetch", "500", delivered("event"), *gets))


@case("FET-06", Verdict.WARN, "14 tries within 14 s")
def test_of_very_many_tries_twelve_are_cited() -> Transcript:
    """They are proof enough."""
    return _failing(*(1.0 + 1.1 * n for n in range(14)))


@case("FET-06", Verdict.FAIL, "retry 2 came 0.10 s after the one before; 3 tries in all")
def test_a_storm_before_the_partner_was_away_is_a_storm() -> Transcript:
    """What it tries after that is no excuse."""
    return wawex(play("broken-fetch", "500", *_failed(1.0, 1.1, 1.2, 2.9, 4.0), _away(2.4)))


@case("FET-06", Verdict.PASS)
def test_what_is_not_there_is_asked_for_now_and_then() -> Transcript:
    """Polling for an object that was announced is fine with pauses."""
    return _failing(1.0, 3.0, 5.0, story="not-yet-there", parameter="never")


@case("FET-06", Verdict.FAIL, "retry 2 came 0.40 s after")
def test_what_is_not_there_is_asked_for_all_the_time() -> Transcript:
    """Polling without pauses is a storm, whatever the status."""
    return _failing(1.0, 1.4, 1.8, 2.2, story="not-yet-there", parameter="never")


UNMADE = called("create", None, status=503, version=None, fault="status 503")


@case("FET-06", Verdict.PASS)
def test_a_create_that_fails_is_reported() -> Transcript:
    """One try, and the failure is told to whoever asked."""
    return _creates(UNMADE, called("find", None, status=404), story="failing-create")


@case("FET-06", Verdict.FAIL, "came 0.10 s after the one before; 4 tries in all")
def test_a_create_that_fails_is_made_again_and_again() -> Transcript:
    """A storm of creates is a storm."""
    return _creates(*[UNMADE] * 4, story="failing-create")


def test_what_the_kit_slept_through_shortens_no_pause() -> None:
    """A call that had to wait for the kit seems to come later, and the next one after it earlier."""
    told = play("broken-fetch", "500", *_failed(1.0, 1.2, 1.9))

    assert Verdict.FAIL is judged("FET-06", wawex(told)).verdict
    assert Verdict.PASS is judged("FET-06", wawex(told, stalls=[Stall(0.8, 1.2)])).verdict


@pytest.mark.parametrize(("pause", "verdict"), [(0.3, Verdict.FLAKY), (0.7, Verdict.PASS)])
def test_load_may_explain_a_near_miss_and_no_storm(pause: float, verdict: Verdict) -> None:
    """Retries that are a little too close while stories overlap, and not alone, are load; a storm is a deed."""
    rounds = [_failed(1.0, 1.1, 1.1 + second) for second in (pause, 2.0, 2.0)]
    plays = [play("broken-fetch", "500", *told, round=n, alone=n > 0) for n, told in enumerate(rounds)]
    result = judged("FET-06", wawex(*plays))

    assert verdict is result.verdict, telling(result)


FOLLOWED = delivered("follow-up", event="e2", about="o2")
HTML = called("get", fault="body")


@case("FET-08", Verdict.PASS)
def test_the_next_event_is_handled() -> Transcript:
    """Whatever becomes of the first object, the second event has its effect."""
    return wawex(play("garbled-fetch", "html", delivered("event"), HTML, FOLLOWED, noted("follow-up effect", "seen")))


@case("FET-08", Verdict.PASS, "the status alone decides")
def test_where_no_effect_is_seen_the_status_of_the_next_event_decides() -> Transcript:
    """A partner without control endpoints is judged by what it answers."""
    return feewise(
        play("garbled-fetch", "list", delivered("event"), HTML, FOLLOWED, noted("follow-up effect", "cannot be seen"))
    )


@case("FET-08", Verdict.PASS, "the event itself was answered with status 503")
def test_who_fetches_first_may_ask_for_the_event_again() -> Transcript:
    """An event that is not acknowledged is delivered again, and nothing is lost."""
    refused = delivered("event", status=503)
    return wawex(play("garbled-fetch", "xml", refused, HTML, FOLLOWED, noted("follow-up effect", "seen")))


@case("FET-08", Verdict.WARN, "the next event is handled / status 202, and no effect within 30 s")
def test_the_next_event_is_acknowledged_and_lost() -> Transcript:
    """A worker that died of an answer handles nothing any more."""
    waits = (waited("fetch", 30), noted("follow-up effect", "not seen"))
    return wawex(play("garbled-fetch", "html", delivered("event"), HTML, FOLLOWED, *waits))


@case("FET-08", Verdict.PASS)
def test_one_get_that_met_the_fault_is_enough() -> Transcript:
    """The one after it brought the object."""
    seen = noted("follow-up effect", "seen")
    return wawex(play("garbled-fetch", "html", delivered("event"), HTML, called("get"), FOLLOWED, seen))


@case("FET-08", Verdict.WARN, "the next event is handled / status 202, and no effect within 40 s")
def test_the_longest_wait_for_an_effect_is_told() -> Transcript:
    """Three of the calls that met the fault are cited."""
    waits = (waited("effect", 40), waited("fetch", 30), noted("follow-up effect", "not seen"))
    return wawex(play("garbled-fetch", "html", delivered("event"), *[HTML] * 4, FOLLOWED, *waits))


@case("FET-08", Verdict.WARN, "a status from 200 to 299 / status 500")
def test_the_next_event_is_refused() -> Transcript:
    """A partner that answers errors from then on has not survived."""
    refused = delivered("follow-up", event="e2", about="o2", status=500)
    return wawex(play("garbled-fetch", "truncated", delivered("event"), HTML, refused))


@case("FET-08", Verdict.NOT_ASSESSABLE, "made no call that could be failed")
def test_an_answer_that_nobody_got_proves_nothing() -> Transcript:
    """The object was got as it is, and what became of the next event is another matter."""
    lost = noted("follow-up effect", "not seen")
    return wawex(play("garbled-fetch", "html", delivered("event"), called("get"), FOLLOWED, lost))


def _refused(*times: float, effect: str = "seen") -> Transcript:
    tries = [called("get", status=401, version=None, fault="status 401", at=at) for at in times]
    return wawex(play("refused-fetch", "", delivered("event"), *tries, FOLLOWED, noted("follow-up effect", effect)))


@case("FET-10", Verdict.PASS)
def test_credentials_are_read_again_once() -> Transcript:
    """A retry at once, and then a pause."""
    return _refused(1.0, 1.1, 4.0, 8.0)


@case("FET-10", Verdict.WARN, "retry 2 came 0.10 s after the one before; 8 tries in all")
def test_a_hot_loop() -> Transcript:
    """Again and again without a pause."""
    return _refused(*(1.0 + n / 10 for n in range(8)))


@case("FET-10", Verdict.WARN, "11 tries within 11 s")
def test_a_lukewarm_loop() -> Transcript:
    """Again and again with a pause of a second."""
    return _refused(*(1.0 + 1.1 * n for n in range(11)))


@case("FET-10", Verdict.WARN, "the next event is handled")
def test_the_client_stays_shut() -> Transcript:
    """One 401 must not end all work for good."""
    return _refused(1.0, effect="not seen")
