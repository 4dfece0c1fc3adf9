"""What the judges of the chapter Subscriptions and recovery say of recoveries, in transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, asked, called, delivered, feewise, grew, holds, noted, play, waited, wawex

MISSED = noted("missed", "e1\ne2\ne3")
RECOVER = asked("recover")


@case("REC-01", Verdict.PASS)
def test_the_lists_hold_all_that_was_missed() -> Transcript:
    """Several lists may do it together, from any earlier point."""
    lists = (called("list-events", None, listed=("e0", "e1")), called("list-events", None, listed=("e2", "e3")))
    return feewise(play("outage", "", MISSED, RECOVER, *lists))


@case("REC-01", Verdict.FAIL, "a call that lists missed events / no such call")
def test_nobody_asks_for_what_was_missed() -> Transcript:
    """A partner that asks for nothing has lost the events."""
    return feewise(play("outage", "", MISSED, RECOVER))


@case("REC-01", Verdict.FAIL, "a call that lists missed events / no such call")
def test_who_says_once_that_it_is_done_has_said_so() -> Transcript:
    """Though it failed when it was asked first."""
    return feewise(play("outage", "", MISSED, asked("recover", status=502), RECOVER))


@case("REC-01", Verdict.FAIL, "the 3 missed events / lists with 1 of them: GET /events?since=now → status 200")
def test_the_list_begins_too_late() -> Transcript:
    """A list that starts after the outage does not hold what was missed, and one that failed holds nothing."""
    late = called("list-events", None, target="/events?since=now", listed=("e3", "e4"))
    failed = called("list-events", None, status=404, listed=())
    return feewise(play("outage", "", MISSED, RECOVER, late, failed))


@case("REC-01", Verdict.FAIL, "lists with 0 of them: GET /events?n=0 → status 200; GET /events?n=1 → status 200; GET")
def test_three_of_the_lists_are_told() -> Transcript:
    """All are cited."""
    return feewise(play("outage", "", MISSED, RECOVER, *[_lists(f"?n={n}") for n in range(4)]))


@case("REC-01", Verdict.NOT_APPLICABLE, "Wawex has no recovery")
def test_a_platform_without_recovery_does_not_ask() -> Transcript:
    """Where missed events cannot be listed nobody can ask for them."""
    return wawex()


PUSHED = delivered("pushed", event="e4")


@case("REC-02", Verdict.PASS)
def test_each_missed_event_is_applied_once() -> Transcript:
    """So is the one that was pushed while the list was held."""
    counts = [applied(f"e{n}", 1) for n in (1, 2, 3, 4)]
    return feewise(play("outage", "", MISSED, RECOVER, called("list-events", None), PUSHED, *counts))


@case("REC-02", Verdict.FAIL, "a missed event is applied once / e2 is applied 0 times within 30 s")
def test_a_missed_event_is_lost() -> Transcript:
    """An event that fell between list and push is lost; the first one is told."""
    counts = [applied("e1", 1), waited("effect", 30), applied("e2", 0), applied("e3", 0), applied("e4", 1)]
    return feewise(play("outage", "", MISSED, RECOVER, PUSHED, *counts))


@case("REC-02", Verdict.FAIL, "the event pushed meanwhile is applied once / e4 is applied 2 times")
def test_the_pushed_event_is_applied_twice() -> Transcript:
    """A list and a push that do not know of each other apply the event twice."""
    counts = [*(applied(f"e{n}", 1) for n in (1, 2, 3)), applied("e4", 2)]
    return feewise(play("outage", "", MISSED, RECOVER, PUSHED, *counts))


@case("REC-02", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_a_count_that_was_never_asked_decides_nothing() -> Transcript:
    """A story that broke off before its counts decides nothing."""
    return feewise(play("outage", "", MISSED, RECOVER, PUSHED))


@case("REC-02", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_without_counts_recovery_is_not_seen() -> Transcript:
    """The requirement needs both control calls."""
    return feewise(play("outage", "", MISSED, RECOVER), offers=("recover",))


@case("REC-03", Verdict.PASS)
def test_one_form_after_the_other() -> Transcript:
    """First by event, and by time when that is unknown; each call has one form."""
    by_event = _lists("?since_webhook_event_id=e1", status=404)
    return feewise(play("outage", "", RECOVER, by_event, _lists("?since=2026-11-20T09:00:00Z&status=failed")))


@case("REC-03", Verdict.PASS)
def test_an_event_in_the_path_and_a_time_in_the_query() -> Transcript:
    """The replay path takes a time as a further filter."""
    return feewise(play("outage", "", RECOVER, _replays("e1", "?since=2026-11-20T09:00:00Z")))


@case("REC-03", Verdict.PASS)
def test_a_parameter_without_a_value_is_none() -> Transcript:
    """What is left empty names no point to begin at."""
    return feewise(play("outage", "", RECOVER, _lists("?since=2026-11-20T09:00:00Z&since_webhook_event_id=")))


@case("REC-03", Verdict.FAIL, "one of since and since_webhook_event_id / both: GET /events?since=")
def test_both_forms_at_once() -> Transcript:
    """Also outside of the stories that ask for it; the first such call is told."""
    both = _lists("?since=2026-11-20T09:00:00Z&since_webhook_event_id=e1", status=400)
    return feewise(play("outage", "", RECOVER, _lists("?status=failed")), strays=[both, both])


@case("REC-03", Verdict.NOT_ASSESSABLE, "the partner listed no events in the whole run")
def test_who_lists_nothing_uses_no_form() -> Transcript:
    """Without a call there is nothing to be wrong in."""
    return feewise(play("outage", "", RECOVER), offers=())


FAILED = "?since=2026-11-20T09:00:00Z&status=failed"


@case("REC-04", Verdict.PASS)
def test_failed_events_by_either_form() -> Transcript:
    """The filter goes with the list and with the replay."""
    return feewise(play("failed-events", "", RECOVER, _lists(FAILED), _replays("e1", "?status=failed")))


@case("REC-04", Verdict.WARN, "status is failed, and no other / GET /events?since=2026")
def test_all_events_in_place_of_failed_ones() -> Transcript:
    """A second call without the filter asks for everything after all."""
    return feewise(play("failed-events", "", RECOVER, _lists(FAILED), _lists("?since=2026-11-20T09:00:00Z")))


def _polled(*moments: Moment, strays: tuple[Moment, ...]) -> Transcript:
    everything = called("list-events", None, operation="listEvents", target="/events", correlation="c2")
    return feewise(play("failed-events", "", RECOVER, *moments, everything), strays=strays)


ONLY_FAILED = called("list-events", None, operation="listEvents", target=f"/events{FAILED}", correlation="c1")
POLL = (called("list-events", None, operation="listEvents", target="/events", correlation="c3"),)


@case("REC-04", Verdict.PASS)
def test_who_lists_events_unasked_may_do_so_besides() -> Transcript:
    """Another operation has another correlation id."""
    return _polled(ONLY_FAILED, strays=POLL)


@case("REC-04", Verdict.WARN, "status is failed, and no other / GET /events")
def test_who_lists_events_only_when_asked_lists_too_many() -> Transcript:
    """Nothing but the recovery can have brought the second list."""
    return _polled(ONLY_FAILED, strays=())


@case("REC-04", Verdict.WARN, "status is failed, and no other / GET /events")
def test_a_poll_alone_is_no_recovery_of_failed_events() -> Transcript:
    """No list of failed events was asked for at all."""
    return _polled(strays=POLL)


@case("REC-04", Verdict.WARN, "status is failed, and no other / GET /events")
def test_a_list_without_an_id_is_no_other_operation() -> Transcript:
    """A poll has an id of its own."""
    return _polled(ONLY_FAILED, called("list-events", None, operation="listEvents", target="/events"), strays=POLL)


@case("REC-04", Verdict.WARN, "GET /events?n=0; GET /events?n=1; GET /events?n=2")
def test_three_lists_of_too_much_are_told() -> Transcript:
    """And three are cited."""
    return feewise(play("failed-events", "", RECOVER, *[_lists(f"?n={n}") for n in range(4)]))


@case("REC-04", Verdict.WARN, "GET /events?status=sent")
def test_events_of_the_other_status() -> Transcript:
    """What was sent is what did not fail."""
    return feewise(play("failed-events", "", RECOVER, _lists("?status=sent")))


@case("REC-04", Verdict.WARN, "status is failed, and no other / GET /events")
def test_a_list_of_everything_is_a_deed_whatever_was_answered() -> Transcript:
    """The partner did not say that it was done."""
    return feewise(play("failed-events", "", asked("recover", status=502), _lists()))


@case("REC-04", Verdict.WARN, "the partner says that it cannot (501)")
def test_a_partner_that_cannot() -> Transcript:
    """An honest no is a warning."""
    return feewise(play("failed-events", "", asked("recover", status=501), noted("not offered", "501")))


@case("REC-04", Verdict.WARN, "no such call")
def test_a_partner_that_does_not() -> Transcript:
    """To say that it is done is not to do it."""
    return feewise(play("failed-events", "", RECOVER))


@case("REC-04", Verdict.NOT_APPLICABLE, "whatever became of their delivery")
def test_a_platform_that_does_not_tell_failed_from_sent() -> Transcript:
    """Where there is no such filter nobody can use it."""
    changed: dict[str, object] = {f"/operations/{name}/filters": {} for name in ("listEvents", "replayEvents")}
    return feewise(play("failed-events", "", RECOVER, _lists("")), changed=changed)


EXPECTED = noted("expected", "e9 o9")


@case("REC-05", Verdict.PASS)
def test_it_tries_again_and_recovers() -> Transcript:
    """Two failures, then the list, then the event."""
    lists = [_lists(status=500), _lists(status=500), _lists()]
    return feewise(play("troubled-recovery", "server-error", RECOVER, *lists, EXPECTED, applied("e9", 1)))


@case("REC-05", Verdict.PASS)
def test_it_gives_up_and_recovers_when_asked_again() -> Transcript:
    """502 is honest, and each recovery has its budget."""
    asks = [asked("recover", status=502), *[_lists(status=429)] * 10, RECOVER, *[_lists()] * 10]
    return feewise(play("troubled-recovery", "throttled", *asks, EXPECTED, applied("e9", 1)))


@case("REC-05", Verdict.PASS)
def test_what_is_held_shows_that_it_recovered() -> Transcript:
    """Without counts the object tells."""
    moments = (RECOVER, _lists(), EXPECTED, holds("o9", {"invoice_id": "o9"}))
    return feewise(play("troubled-recovery", "server-error", *moments), offers=("recover", "objects"))


@case("REC-05", Verdict.PASS)
def test_the_path_is_unknown_and_the_time_is_not() -> Transcript:
    """404 on the replay path, then a list by time."""
    lists = (_replays("e1", status=404), _lists("?since=2026-11-20T09:00:00Z"))
    return feewise(play("troubled-recovery", "unknown-last-id", RECOVER, *lists, EXPECTED, applied("e9", 1)))


@case("REC-05", Verdict.PASS)
def test_after_an_empty_list_life_goes_on() -> Transcript:
    """There was nothing to recover, and the next event is handled."""
    moments = (RECOVER, _lists(), delivered("before", event="e9"), EXPECTED, applied("e9", 1))
    return feewise(play("troubled-recovery", "empty-list", *moments))


@case("REC-05", Verdict.WARN, "the missed event is applied in the end / e9 is applied 0 times within 30 s")
def test_it_takes_the_failure_for_the_end() -> Transcript:
    """The list came never, and neither did the event."""
    moments = (RECOVER, _lists(status=500), waited("effect", 30), EXPECTED, applied("e9", 0))
    return feewise(play("troubled-recovery", "server-error", *moments))


@case("REC-05", Verdict.WARN, "the partner holds nothing of its object within 30 s")
def test_nothing_is_held_in_the_end() -> Transcript:
    """Without counts the object tells."""
    query = "?since_webhook_event_id=e1"
    moments = (RECOVER, _lists(query, status=404), waited("effect", 30), EXPECTED, holds("o1", {}), holds("o9", None))
    return feewise(play("troubled-recovery", "unknown-last-id", *moments), offers=("recover", "objects"))


@case("REC-05", Verdict.NOT_ASSESSABLE, "it may have no use for them")
def test_nothing_is_ever_held() -> Transcript:
    """A partner that keeps no objects of a type shows nothing by keeping none."""
    moments = (RECOVER, _lists("?since_webhook_event_id=e1"), waited("effect", 30), EXPECTED, holds("o9", None))
    return feewise(play("troubled-recovery", "unknown-last-id", *moments), offers=("recover", "objects"))


@case("REC-05", Verdict.WARN, "at most 10 list calls in a recovery / 11 of them within")
def test_it_asks_without_a_pause() -> Transcript:
    """The event is applied in the end, at a price."""
    storm = [_lists(status=500)] * 10
    return feewise(play("troubled-recovery", "server-error", RECOVER, *storm, _lists(), EXPECTED, applied("e9", 1)))


@case("REC-05", Verdict.WARN, "at most 10 list calls in a recovery / 11 of them within")
def test_a_recovery_that_found_no_connection_gives_no_budget() -> Transcript:
    """The kit had to ask twice, and the partner heard it once."""
    asks = (asked("recover", failure=Failure.REFUSED), RECOVER)
    return feewise(play("troubled-recovery", "server-error", *asks, *[_lists()] * 11, EXPECTED, applied("e9", 1)))


@case("REC-05", Verdict.NOT_ASSESSABLE, "lists events unasked as well")
def test_who_also_lists_unasked_is_not_counted() -> Transcript:
    """Eleven lists in a story may be one of a recovery, and ten that came by the clock."""
    lists = [_lists()] * 11
    asked_for = play("troubled-recovery", "server-error", RECOVER, *lists, EXPECTED, applied("e9", 1))
    return feewise(asked_for, strays=(_lists(),))


@case("REC-05", Verdict.WARN, "the partner says that the platform failed (502)")
def test_an_empty_list_is_no_failure() -> Transcript:
    """Nothing to recover is a good end."""
    refused = (asked("recover", status=502), noted("refused", "502"))
    moments = (*refused, _lists(), delivered("before", event="e9"), EXPECTED, applied("e9", 1))
    return feewise(play("troubled-recovery", "empty-list", *moments))


@case("REC-05", Verdict.WARN, "an event after that is applied in the end / e9 is applied 0 times")
def test_after_an_empty_list_nothing_goes_on() -> Transcript:
    """A recovery that ends badly may take the worker along."""
    moments = (RECOVER, _lists(), delivered("before", event="e9"), EXPECTED, applied("e9", 0))
    return feewise(play("troubled-recovery", "empty-list", *moments))


@case("REC-05", Verdict.NOT_APPLICABLE, "the partner asks by time")
def test_who_asks_by_time_knows_no_unknown_id() -> Transcript:
    """Nothing was unknown to the platform."""
    moments = (RECOVER, _lists("?since=2026-11-20T09:00:00Z"), EXPECTED, applied("e9", 1))
    return feewise(play("troubled-recovery", "unknown-last-id", *moments))


@case("REC-05", Verdict.NOT_ASSESSABLE, "no call that lists missed events")
def test_who_does_not_ask_meets_no_trouble() -> Transcript:
    """A list that is never asked for cannot fail."""
    return feewise(play("troubled-recovery", "server-error", RECOVER, EXPECTED, applied("e9", 0)))


@case("REC-05", Verdict.NOT_ASSESSABLE, "does not offer 'events', nor 'objects'")
def test_without_an_effect_nobody_knows_whether_it_recovered() -> Transcript:
    """A list call that succeeds in the end is no effect."""
    return feewise(play("troubled-recovery", "server-error", RECOVER, _lists(), EXPECTED), offers=("recover",))


@case("REC-05", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_a_recovery_that_broke_off() -> Transcript:
    """Without the last question there is no answer."""
    return feewise(play("troubled-recovery", "server-error", RECOVER, _lists()))


@case("REC-05", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_a_recovery_whose_event_was_not_written_down() -> Transcript:
    """What is known of other events is no answer."""
    return feewise(play("troubled-recovery", "server-error", RECOVER, _lists(), applied("e1", 0)))


@case("REC-05", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_a_recovery_that_broke_off_before_the_object_was_asked_for() -> Transcript:
    """The control endpoint offers no counts."""
    moments = (RECOVER, _lists(), EXPECTED)
    return feewise(play("troubled-recovery", "server-error", *moments), offers=("recover", "objects"))


NEWS = ({"status": "Draft"}, {"status": "Sent"}, {"status": "Paid"})
GREW = grew("o1", *({f"/{name}": value for name, value in state.items()} for state in NEWS))
HANDLED = (applied("e1", 1), RECOVER, called("list-events", None, listed=("e1", "e2", "e9")))
NOTED = (GREW, noted("handled", "e1"), noted("missed", "e9 o9"))


def _old_news(*moments: Moment, offers: tuple[str, ...] = ("recover", "events", "objects")) -> Transcript:
    told = (delivered("made", event="e1"), delivered("newer", event="e3"), *HANDLED, *NOTED)
    return feewise(play("old-news", "", *told, *moments), offers=offers)


@case("REC-06", Verdict.PASS)
def test_old_news_changes_nothing() -> Transcript:
    """One count, the newest state, and the missed event beside it."""
    return _old_news(applied("e9", 1), applied("e1", 1), holds("o1", NEWS[2]))


@case("REC-06", Verdict.FAIL, "is not applied again / e1 is applied 2 times, 1 of them before the recovery")
def test_a_listed_event_is_applied_again() -> Transcript:
    """The list and the deliveries do not know of each other."""
    return _old_news(applied("e9", 1), applied("e1", 2), holds("o1", NEWS[2]))


@case("REC-06", Verdict.FAIL, "is not applied again / e1 is applied 2 times, 1 of them before the recovery")
def test_a_list_that_nobody_asked_for_begins_no_recovery() -> Transcript:
    """A partner that lists events now and then did so before it was asked, and before its count was."""
    polled = (called("list-events", None), *HANDLED, *NOTED)
    return feewise(play("old-news", "", *polled, applied("e9", 1), applied("e1", 2), holds("o1", NEWS[2])))


@case("REC-06", Verdict.FAIL, 'status = "Paid" / /status = "Sent" (an older state)')
def test_the_object_goes_back() -> Transcript:
    """What was listed last won."""
    return _old_news(applied("e9", 1), applied("e1", 1), holds("o1", NEWS[1]))


@case("REC-06", Verdict.FAIL, "(an older state)")
def test_the_state_alone_can_prove_it() -> Transcript:
    """Without counts, what is held says enough when it is wrong."""
    return _old_news(holds("o9", {}), holds("o1", NEWS[0]), offers=("recover", "objects"))


@case("REC-06", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_the_state_alone_cannot_clear() -> Transcript:
    """An event that is applied twice in the right order leaves the right state."""
    return _old_news(holds("o9", {}), holds("o1", NEWS[2]), offers=("recover", "objects"))


@case("REC-06", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_the_count_alone_cannot_clear() -> Transcript:
    """An event that came once may still have thrown the object back."""
    return _old_news(applied("e9", 1), applied("e1", 1), offers=("recover", "events"))


@case("REC-06", Verdict.NOT_ASSESSABLE, "positive control failed: the missed event of the same list shows no effect")
def test_who_throws_the_list_away_proves_nothing() -> Transcript:
    """A partner that listens to no list takes no old news for new."""
    return _old_news(applied("e9", 0), applied("e1", 1), holds("o1", NEWS[2]))


@case("REC-06", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_without_a_last_count_nothing_is_known() -> Transcript:
    """The count from before the recovery is no answer."""
    moments = (delivered("made", event="e1"), RECOVER, called("list-events", None), *NOTED, applied("e9", 1))
    return feewise(play("old-news", "", *moments, applied("e1", 1), holds("o1", NEWS[2])))


@case("REC-06", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_without_the_event_that_was_handled_nothing_is_known() -> Transcript:
    """Whatever the other counts are."""
    told = (delivered("made", event="e1"), *HANDLED, GREW, noted("missed", "e9 o9"), applied("e9", 1))
    return feewise(play("old-news", "", *told, applied("e1", 2), holds("o1", NEWS[2])))


@case("REC-06", Verdict.NOT_ASSESSABLE, "no call that lists missed events")
def test_who_lists_nothing_is_told_no_old_news() -> Transcript:
    """Without a list there is nothing old in it."""
    return feewise(play("old-news", "", RECOVER, *NOTED))


def _lists(query: str = "", *, status: int = 200) -> Moment:
    return called("list-events", None, status=status, target=f"/events{query}", operation="listEvents")


def _replays(event: str, query: str = "", *, status: int = 200) -> Moment:
    target = f"/events/replay/{event}{query}"
    return called("list-events", None, status=status, target=target, operation="replayEvents")
