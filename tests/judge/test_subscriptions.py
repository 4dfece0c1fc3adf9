"""What the judges of the chapter Subscriptions and recovery say of subscribing, in transcripts written by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.exchange import Delivery, Failure, ProblemKind, Response
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case, judged
from transcripts import Moment, asked, called, delivered, feewise, play, problem

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


@case("SUB-01", Verdict.PASS)
def test_event_types_need_not_be_a_list() -> Transcript:
    """What shape they have is a matter of the API document."""
    return _subscribed(events="payout.paid")


@case("SUB-01", Verdict.FAIL, "event types that do not exist: a, b, c, d, e")
def test_five_of_many_misspelt_event_types_are_told() -> Transcript:
    """And nothing of what else is wrong: one thing at a time."""
    return _subscribed(events=["a", "b", "c", "d", "e", "f"], url="http://partner.example/hooks")


@case("SUB-01", Verdict.FAIL, "neither https nor on the loopback interface: 5")
def test_a_url_that_is_a_number() -> Transcript:
    """It leads nowhere."""
    return _subscribed(url=5)


@case("SUB-01", Verdict.FAIL, "neither https nor on the loopback interface: 'http:///hooks'")
def test_a_url_without_a_host() -> Transcript:
    """It leads nowhere either."""
    return _subscribed(url="http:///hooks")


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
    """A partner that subscribes without a look assumes the list; its first call is cited."""
    return feewise(play("subscription", "", ASKED, SUBSCRIBED, SUBSCRIBED))


@case("SUB-05", Verdict.NOT_ASSESSABLE, "the partner did not subscribe")
def test_without_a_subscription_no_list_is_needed() -> Transcript:
    """A partner that does not subscribe needs no list."""
    return feewise(play("subscription", "", ASKED))


REFUSED = asked("subscribe", status=502)


def _creates(
    *statuses: int, types: tuple[str, ...] = TYPES, url: str = "https://partner.example/hooks"
) -> list[Moment]:
    body = json.dumps({"url": url, "events": types}).encode()
    return [called("create-subscription", None, status=status, body=body) for status in statuses]


@case("SUB-02", Verdict.PASS)
def test_one_conflict_is_enough() -> Transcript:
    """It looks once more, and goes on with the equal one."""
    return feewise(play("subscription-conflict", "", ASKED, *_creates(409), called("list-subscriptions", None)))


@case("SUB-02", Verdict.PASS)
def test_to_give_up_is_an_answer() -> Transcript:
    """A partner that cannot believe it tries three times, and says that the platform refused."""
    return feewise(play("subscription-conflict", "", REFUSED, *_creates(409, 409, 409)))


@case("SUB-02", Verdict.PASS)
def test_a_subscription_for_each_type_is_no_loop() -> Transcript:
    """Four refusals of four subscriptions are not four refusals of one, whatever the order of their types."""
    each = [moment for name in ("a", "b", "c", "d") for moment in _creates(409, types=(name,))]
    return feewise(play("subscription-conflict", "", REFUSED, *each))


@case("SUB-02", Verdict.FAIL, "at most 3 create calls for one subscription that are answered 409 / 4 of them within")
def test_a_conflict_is_repeated() -> Transcript:
    """The same again and again, with the types in another order: it is one subscription all the same."""
    turned = _creates(409, 409, types=TYPES[::-1])
    return feewise(play("subscription-conflict", "", REFUSED, *_creates(409, 409), *turned))


@case("SUB-02", Verdict.FAIL, "4 of them")
def test_a_loop_of_bodies_that_are_no_json() -> Transcript:
    """Whatever stands in the body, a loop is a loop."""
    loop = [called("create-subscription", None, status=409, body=b"url=x")] * 4
    return feewise(play("subscription-conflict", "", REFUSED, *loop))


@case("SUB-02", Verdict.FAIL, "4 of them")
def test_a_loop_with_types_that_are_no_list() -> Transcript:
    """A body of another shape is compared all the same."""
    body = json.dumps({"url": "https://partner.example/hooks", "events": "payout.paid"}).encode()
    loop = [called("create-subscription", None, status=409, body=body)] * 4
    return feewise(play("subscription-conflict", "", REFUSED, *loop))


@case("SUB-02", Verdict.PASS)
def test_different_bodies_that_are_no_json_are_no_loop() -> Transcript:
    """They are compared as they are."""
    bodies = [called("create-subscription", None, status=409, body=body) for body in (b"url=x", b"[]", b"url=y", b"1")]
    return feewise(play("subscription-conflict", "", REFUSED, *bodies))


@case("SUB-02", Verdict.FAIL, "6 of them")
def test_five_calls_of_a_loop_are_cited() -> Transcript:
    """Another subscription beside it hides nothing."""
    loop = _creates(*[409] * 6)
    return feewise(play("subscription-conflict", "", REFUSED, *loop, *_creates(409, types=("a",))))


@case("SUB-02", Verdict.FAIL, "4 of them")
def test_a_loop_without_types() -> Transcript:
    """A body without them is compared by its URL."""
    loop = [called("create-subscription", None, status=409, body=b'{"url": "https://partner.example/hooks"}')] * 4
    return feewise(play("subscription-conflict", "", REFUSED, *loop))


@case("SUB-02", Verdict.NOT_ASSESSABLE, "no call that creates a subscription")
def test_who_creates_nothing_meets_no_conflict() -> Transcript:
    """Without a create call there was no 409."""
    return feewise(play("subscription-conflict", "", ASKED, called("list-subscriptions", None)))


LISTED = called("list-subscriptions", None)
DELETED = called("delete-subscription", None, status=204, target="/webhooks/w1")


@case("SUB-03", Verdict.PASS)
def test_the_second_look_finds_the_first_subscription() -> Transcript:
    """It looks twice and creates once."""
    return feewise(play("subscribed-twice", "", _asked_until(1.0), LISTED, *_creates(200), _asked_at(2.0), LISTED))


@case("SUB-03", Verdict.PASS)
def test_it_remembers_what_it_created() -> Transcript:
    """Who keeps its subscriptions need not ask for them."""
    calls = _creates(200, types=("a",)) + _creates(200, types=("b",))
    return feewise(play("subscribed-twice", "", _asked_until(1.0), *calls, _asked_at(2.0)))


@case("SUB-03", Verdict.PASS)
def test_a_subscription_may_be_replaced() -> Transcript:
    """What is deleted first may be created anew."""
    return feewise(
        play("subscribed-twice", "", _asked_until(1.0), *_creates(200), _asked_at(2.0), LISTED, DELETED, *_creates(200))
    )


@case("SUB-03", Verdict.PASS)
def test_another_url_is_another_subscription() -> Transcript:
    """A subscription of something else is none twice."""
    other = _creates(200, url="https://partner.example/other")
    return feewise(play("subscribed-twice", "", _asked_until(1.0), *_creates(200), _asked_at(2.0), *other))


@case("SUB-03", Verdict.WARN, "a second create call, without a look at the list: status 409")
def test_it_creates_without_a_look() -> Transcript:
    """It looked the first time only, so that the platform had to tell it."""
    return feewise(
        play("subscribed-twice", "", _asked_until(1.0), LISTED, *_creates(200), _asked_at(2.0), *_creates(409))
    )


@case("SUB-03", Verdict.WARN, "a second create call, after a look at the list: status 200")
def test_it_looks_and_creates_all_the_same() -> Transcript:
    """One of the types is subscribed to twice."""
    more = _creates(200, types=(*TYPES, "payout.failed"))
    return feewise(play("subscribed-twice", "", _asked_until(1.0), *_creates(200), _asked_at(2.0), LISTED, *more))


@case("SUB-03", Verdict.WARN, "status 409")
def test_it_deletes_too_late() -> Transcript:
    """To create first and to delete then is refused."""
    return feewise(
        play("subscribed-twice", "", _asked_until(1.0), *_creates(200), _asked_at(2.0), *_creates(409), DELETED)
    )


@case("SUB-03", Verdict.WARN, "a second create call, without a look at the list: status 200")
def test_what_is_deleted_on_demand_was_there_twice() -> Transcript:
    """The platform granted a second one, and the story has both deleted at its end."""
    twice = (_asked_until(1.0), *_creates(200), _asked_at(2.0), *_creates(200))
    return feewise(play("subscribed-twice", "", *twice, asked("unsubscribe", took=0.3), DELETED, DELETED))


@case("SUB-03", Verdict.PASS)
def test_a_subscription_may_be_replaced_by_one_that_is_there_first() -> Transcript:
    """Who lets no event slip through creates the new one and deletes the old one then, without being asked to."""
    twice = (_asked_until(1.0), *_creates(200), _asked_at(2.0), *_creates(200), DELETED)
    return feewise(play("subscribed-twice", "", *twice, asked("unsubscribe", took=0.3), DELETED))


@case("SUB-03", Verdict.PASS)
def test_other_types_at_the_same_url_are_another_subscription() -> Transcript:
    """Nothing is subscribed to twice."""
    other = _creates(200, types=("payout.failed",))
    return feewise(play("subscribed-twice", "", _asked_until(1.0), *_creates(200), _asked_at(2.0), *other))


@case("SUB-03", Verdict.WARN, "a second create call, without a look at the list: status 200")
def test_one_of_two_subscriptions_is_made_again() -> Transcript:
    """What is one too many is told once, however often it is made."""
    first = _creates(200, types=("a",)) + _creates(200, types=("b",))
    again = _creates(200, 200, types=("b",))
    return feewise(play("subscribed-twice", "", _asked_until(1.0), *first, _asked_at(2.0), *again))


@case("SUB-03", Verdict.WARN, "a second create call, without a look at the list: status 200")
def test_a_deletion_that_fails_makes_no_room() -> Transcript:
    """The first subscription is still there."""
    failed = called("delete-subscription", None, status=404, target="/webhooks/mine")
    return feewise(
        play("subscribed-twice", "", _asked_until(1.0), *_creates(200), _asked_at(2.0), failed, *_creates(200))
    )


@case("SUB-03", Verdict.WARN, "a second create call, without a look at the list: status 200")
def test_what_is_deleted_when_it_is_asked_for_twice_was_there_twice() -> Transcript:
    """Each subscription may be deleted for a question of its own."""
    twice = (_asked_until(1.0), *_creates(200), _asked_at(2.0), *_creates(200))
    deleted = (asked("unsubscribe", took=0.3), DELETED)
    return feewise(play("subscribed-twice", "", *twice, *deleted, *deleted))


@case("SUB-03", Verdict.NOT_ASSESSABLE, "no call that creates a subscription")
def test_a_create_call_that_failed_is_no_first_subscription() -> Transcript:
    """The second one is then the first."""
    return feewise(play("subscribed-twice", "", _asked_until(1.0), *_creates(400), _asked_at(2.0), *_creates(200)))


@case("SUB-03", Verdict.NOT_ASSESSABLE, "no call that creates a subscription")
def test_what_was_created_before_anybody_asked_proves_nothing() -> Transcript:
    """The story broke off before its first question."""
    return feewise(play("subscribed-twice", "", *_creates(200)))


@case("SUB-03", Verdict.NOT_ASSESSABLE, "was not asked a second time")
def test_who_is_asked_once_does_not_do_it_twice() -> Transcript:
    """The story broke off after its first question."""
    return feewise(play("subscribed-twice", "", _asked_until(1.0), *_creates(200)))


@case("SUB-03", Verdict.NOT_ASSESSABLE, "was not asked a second time")
def test_who_said_that_it_failed_may_try_again() -> Transcript:
    """Somebody asked once more all the same."""
    failed = _asked_until(1.0, status=502)
    return feewise(play("subscribed-twice", "", failed, *_creates(200), _asked_at(2.0), *_creates(409)))


@case("SUB-03", Verdict.NOT_ASSESSABLE, "no call that creates a subscription")
def test_who_never_subscribes_does_not_do_it_twice() -> Transcript:
    """Two questions and no call prove nothing."""
    return feewise(play("subscribed-twice", "", ASKED, ASKED))


@case("SUB-03", Verdict.NOT_ASSESSABLE, "no call that creates a subscription")
def test_who_was_not_asked_proves_nothing() -> Transcript:
    """A story that broke off before its first question decides nothing."""
    return feewise(play("subscribed-twice", ""))


@case("SUB-03", Verdict.NOT_ASSESSABLE, "was not asked a second time")
def test_who_says_that_it_failed_is_not_asked_again() -> Transcript:
    """The partner created a subscription and says that the platform failed."""
    return feewise(play("subscribed-twice", "", _asked_until(1.0, status=502), *_creates(200)))


UNSUBSCRIBED = asked("unsubscribe")
LATE = delivered("late", genuine=False)


@case("SUB-04", Verdict.PASS)
def test_a_deletion_by_its_id() -> Transcript:
    """The platform carried it out, and the late event is taken."""
    return feewise(play("unsubscription", "", ASKED, *_creates(200), UNSUBSCRIBED, DELETED, LATE))


@case("SUB-04", Verdict.PASS)
def test_a_late_event_may_be_refused() -> Transcript:
    """410 says that there is nobody left; a second delete call does no harm."""
    again = called("delete-subscription", None, status=404, target="/webhooks/w1")
    late = delivered("late", genuine=False, status=410)
    return feewise(play("unsubscription", "", ASKED, *_creates(200), UNSUBSCRIBED, DELETED, again, late))


@case("SUB-04", Verdict.WARN, "by the id that the platform gave it / no such call")
def test_nothing_is_deleted() -> Transcript:
    """A partner that says that it did and did not."""
    return feewise(play("unsubscription", "", ASKED, *_creates(200), UNSUBSCRIBED, LATE))


@case("SUB-04", Verdict.WARN, "DELETE /webhooks/mine → status 404")
def test_another_id_is_deleted() -> Transcript:
    """An id of its own is unknown to the platform."""
    wrong = called("delete-subscription", None, status=404, target="/webhooks/mine")
    return feewise(play("unsubscription", "", ASKED, *_creates(200), UNSUBSCRIBED, wrong, LATE))


@case("SUB-04", Verdict.WARN, "DELETE /webhooks/w1 → status 204")
def test_one_of_two_is_left() -> Transcript:
    """It made two subscriptions and deletes one of them, twice in other letters."""
    made = _creates(200, types=("a",)) + _creates(200, types=("b",))
    shouted = called("delete-subscription", None, status=204, target="/webhooks/W1")
    return feewise(play("unsubscription", "", ASKED, *made, UNSUBSCRIBED, DELETED, shouted, LATE))


@case("SUB-04", Verdict.WARN, "answered with 2xx or 4xx / status 500")
def test_a_late_event_makes_it_stumble() -> Transcript:
    """An error looks like an outage."""
    late = delivered("late", genuine=False, status=500)
    return feewise(play("unsubscription", "", ASKED, *_creates(200), UNSUBSCRIBED, DELETED, late))


@case("SUB-04", Verdict.WARN, "answered with 2xx or 4xx / no complete answer")
def test_a_late_event_is_left_without_an_answer() -> Transcript:
    """Silence is no answer."""
    late = delivered("late", genuine=False, failure=Failure.TIMEOUT)
    return feewise(play("unsubscription", "", ASKED, *_creates(200), UNSUBSCRIBED, DELETED, late))


@case("SUB-04", Verdict.NOT_ASSESSABLE, "no call that creates a subscription")
def test_without_a_subscription_nothing_is_deleted() -> Transcript:
    """What was refused cannot be deleted, and no event is late then."""
    late = delivered("late", genuine=False, status=500)
    return feewise(play("unsubscription", "", REFUSED, *_creates(400), late))


@case("SUB-04", Verdict.WARN, "DELETE /webhooks/mine → status 404; DELETE /webhooks/mine → status 404;")
def test_of_many_tries_to_delete_three_are_told() -> Transcript:
    """And three are cited."""
    wrong = called("delete-subscription", None, status=404, target="/webhooks/mine")
    return feewise(play("unsubscription", "", ASKED, *_creates(200), UNSUBSCRIBED, *[wrong] * 4, LATE))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (299, Verdict.PASS),
        (302, Verdict.WARN),
        (399, Verdict.WARN),
        (400, Verdict.PASS),
        (499, Verdict.PASS),
        (500, Verdict.WARN),
    ],
)
def test_a_late_event_is_accepted_or_refused(status: int, expected: Verdict) -> None:
    """With 2xx or 4xx, and completely."""
    late = delivered("late", genuine=False, status=status)
    assert isinstance(late.record, Delivery)
    broken = replace(late, record=replace(late.record, failure=Failure.CLOSED, response=Response(status)))
    story = (ASKED, *_creates(200), UNSUBSCRIBED, DELETED)

    assert expected == judged("SUB-04", feewise(play("unsubscription", "", *story, late))).verdict
    assert Verdict.WARN == judged("SUB-04", feewise(play("unsubscription", "", *story, broken))).verdict


def _asked_at(moment: float) -> Moment:
    return replace(ASKED, at=moment)


def _asked_until(ended: float, *, status: int = 200) -> Moment:
    """The partner was asked at the beginning, and answered after the calls that it made meanwhile."""
    asking = asked("subscribe", answer={"ids": ["w1"]}, status=status)
    return replace(asking, record=replace(asking.record, ended=ended), at=0.0)  # type: ignore[arg-type]  # an Asking
