"""What the judges of the chapter Subscriptions and recovery say of transcripts written by hand."""

from __future__ import annotations

import json

from conformance.exchange import ProblemKind
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import applied, asked, called, delivered, feewise, noted, play, problem, waited, wawex

ASKED = asked("subscribe", answer={"ids": ["w1"]})
TYPES = ("payout.paid", "payment.all")


def _subscribed(**body: object) -> Transcript:
    sent = json.dumps({"url": "https://partner.example/hooks", "events": TYPES, **body}).encode()
    return feewise(play("subscription", "", ASKED, called("create-subscription", None, body=sent)))


@case("SUB-01", Verdict.PASS)
def test_a_valid_subscription() -> Transcript:
    """An https URL, event types that exist, no id."""
    return _subscribed()


@case("SUB-01", Verdict.PASS)
def test_loopback_needs_no_https() -> Transcript:
    """A receiver on the same machine may be plain http."""
    return _subscribed(url="http://127.0.0.1:8080/hooks")


@case("SUB-01", Verdict.PASS)
def test_loopback_by_name_needs_no_https() -> Transcript:
    """The names of the loopback interface count as well."""
    return _subscribed(url="http://partner.localhost:8080/hooks")


@case("SUB-01", Verdict.FAIL, "neither https nor on the loopback interface: 'http://partner.example/hooks'")
def test_a_plain_http_url() -> Transcript:
    """Events do not travel in the clear."""
    return _subscribed(url="http://partner.example/hooks")


@case("SUB-01", Verdict.FAIL, "neither https nor on the loopback interface: 'http://10.0.0.1/hooks'")
def test_a_private_address_is_not_loopback() -> Transcript:
    """A private network is a network."""
    return _subscribed(url="http://10.0.0.1/hooks")


@case("SUB-01", Verdict.FAIL, "neither https nor on the loopback interface: None")
def test_no_url_at_all() -> Transcript:
    """A subscription without a URL leads nowhere."""
    return _subscribed(url=None)


@case("SUB-01", Verdict.FAIL, "event types that do not exist: payout.payed")
def test_a_misspelt_event_type() -> Transcript:
    """A spelling mistake brings no events, and nothing else says so."""
    return _subscribed(events=["payout.paid", "payout.payed"])


@case("SUB-01", Verdict.FAIL, "an id of the partner's own (/webhook_id)")
def test_an_id_of_its_own() -> Transcript:
    """The id is left to the platform."""
    return _subscribed(webhook_id="w1")


@case("SUB-01", Verdict.FAIL, "the body is not JSON")
def test_a_form_in_place_of_json() -> Transcript:
    """A body that is no JSON subscribes to nothing."""
    return feewise(play("subscription", "", ASKED, called("create-subscription", None, body=b"url=x")))


@case("SUB-01", Verdict.FAIL, "'name' is a required property")
def test_a_body_beside_the_document() -> Transcript:
    """What the API document does not allow is not valid."""
    missing = problem(ProblemKind.BODY, "POST /webhooks: 'name' is a required property")
    body = json.dumps({"url": "https://partner.example/hooks", "events": "payout.paid"}).encode()
    return feewise(play("subscription", "", ASKED, called("create-subscription", None, body=body, problems=missing)))


@case("SUB-01", Verdict.FAIL, "a call that creates the subscription / no such call")
def test_no_subscription_is_made() -> Transcript:
    """A partner that answers the kit and calls nobody has not subscribed."""
    return feewise(play("subscription", "", ASKED))


@case("SUB-01", Verdict.NOT_ASSESSABLE, "does not offer 'subscribe'")
def test_without_the_control_call_nobody_subscribes() -> Transcript:
    """The requirement needs the control call."""
    return feewise(play("subscription", ""), offers=())


@case("SUB-01", Verdict.FAIL, "event types that do not exist: {'name': 'payout.paid'}")
def test_event_types_that_are_no_text() -> Transcript:
    """Whatever stands in the body, the judge speaks."""
    return _subscribed(events=[{"name": "payout.paid"}])


@case("SUB-01", Verdict.FAIL, "neither https nor on the loopback interface: 'http://[::1'")
def test_a_url_that_cannot_be_parsed() -> Transcript:
    """A URL that is none is not https."""
    return _subscribed(url="http://[::1")


@case("SUB-01", Verdict.FAIL, "the body is not JSON")
def test_a_body_that_is_very_deep() -> Transcript:
    """A body that no parser takes is not JSON."""
    return feewise(play("subscription", "", ASKED, called("create-subscription", None, body=b"[" * 100_000)))


@case("SUB-01", Verdict.PASS)
def test_it_may_look_first() -> Transcript:
    """A partner that reads its subscriptions finds none, and makes the one that it was asked for."""
    body = json.dumps({"url": "https://partner.example/hooks", "events": TYPES}).encode()
    calls = (called("list-subscriptions", None), called("create-subscription", None, body=body))
    return feewise(play("subscription", "", ASKED, *calls))


@case("SUB-01", Verdict.FAIL, "a call that creates the subscription / no such call")
def test_a_look_is_no_subscription() -> Transcript:
    """No subscription is there to be found: the kit withdraws all others while the story plays."""
    return feewise(play("subscription", "", ASKED, called("list-subscriptions", None)))


SUBSCRIBED = called("create-subscription", None)


@case("SUB-05", Verdict.PASS)
def test_the_list_is_read_at_the_start() -> Transcript:
    """The list may be read at any time, also outside of any story."""
    return feewise(play("subscription", "", ASKED, SUBSCRIBED), strays=[called("list-event-types", None)])


@case("SUB-05", Verdict.WARN, "no such call in the whole run")
def test_the_list_is_assumed() -> Transcript:
    """A partner that subscribes without a look assumes the list."""
    return feewise(play("subscription", "", ASKED, SUBSCRIBED))


@case("SUB-05", Verdict.NOT_ASSESSABLE, "the partner did not subscribe")
def test_without_a_subscription_no_list_is_needed() -> Transcript:
    """A partner that does not subscribe needs no list."""
    return feewise(play("subscription", "", ASKED))


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


@case("REC-01", Verdict.FAIL, "the 3 missed events / lists with 1 of them: GET /events?since=now → status 200")
def test_the_list_begins_too_late() -> Transcript:
    """A list that starts after the outage does not hold what was missed, and one that failed holds nothing."""
    late = called("list-events", None, target="/events?since=now", listed=("e3", "e4"))
    failed = called("list-events", None, status=404, listed=())
    return feewise(play("outage", "", MISSED, RECOVER, late, failed))


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
    """An event that fell between list and push is lost."""
    counts = [applied("e1", 1), waited("effect", 30), applied("e2", 0)]
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
