"""What the judges of the chapter Fetching say of transcripts written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conformance.exchange import Call, Failure, ProblemKind
from conformance.transcript import Outcome, Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import (
    Moment,
    applied,
    asked,
    called,
    delivered,
    feewise,
    grew,
    holds,
    noted,
    play,
    problem,
    waited,
    wawex,
)

TOLD = "announced-object"
BODY = problem(ProblemKind.BODY, "POST /customers: the body holds an id")
MISSING = problem(ProblemKind.CREDENTIAL, "the header Authorization is missing")
UNDECLARED = problem(ProblemKind.UNDECLARED, "query parameter 'expand' is not in the document")


@case("FET-01", Verdict.PASS)
def test_the_announced_object_is_got() -> Transcript:
    """A get that succeeds, seconds later and more than once, is what is asked for."""
    return wawex(play(TOLD, "document", delivered("event"), called("get", at=20), called("get")))


@case("FET-01", Verdict.FAIL, "a get of the thing o1 / no such call within 30 s")
def test_the_announced_object_is_ignored() -> Transcript:
    """Acknowledged and dropped is not enough."""
    return wawex(play(TOLD, "document", delivered("event"), waited("fetch", 30)))


@case("FET-01", Verdict.FAIL, "instead: GET /document/o1")
def test_a_guessed_path_gets_nothing() -> Transcript:
    """A call to another path is named beside what was expected; three are cited, and none from before."""
    wrong = [called("get", None, status=404, target=f"/document/o{n}") for n in (9, 1, 2, 3, 4)]
    return wawex(play(TOLD, "document", wrong[0], delivered("event"), *wrong[1:], waited("fetch", 30)))


@case("FET-01", Verdict.FAIL)
def test_another_object_is_got() -> Transcript:
    """A get of another object is no get of this one."""
    return wawex(play(TOLD, "document", delivered("event"), called("get", "o2")))


@case("FET-01", Verdict.NOT_APPLICABLE, "FeeWise has no thin events")
def test_an_event_with_its_data_needs_no_get() -> Transcript:
    """A platform whose events carry the object does not ask for the fetch."""
    return feewise()


@case("FET-01", Verdict.FAIL, "a status from 200 to 299 / status 404")
def test_an_announcement_that_is_refused_is_not_taken() -> Transcript:
    """An event that is not acknowledged fails it too, whatever is got or not."""
    return wawex(play(TOLD, "document", delivered("event", status=404), waited("fetch", 30)))


@case("FET-01", Verdict.FAIL, "no such call succeeded; 5 of them, the last one answered with status 401")
def test_a_get_that_is_refused_is_not_called_missing() -> Transcript:
    """The partner asked for the right object in the wrong way, and is told so; the last three tries are cited."""
    refused = [called("get", status=status, version=None) for status in (500, 501, 502, 503, 401)]
    return wawex(play("announced-object", "document", delivered("event"), *refused, waited("fetch", 30)))


@case("FET-02", Verdict.PASS)
def test_every_call_has_its_credentials() -> Transcript:
    """Calls without a credential problem pass, whatever else they break."""
    return wawex(play(TOLD, "document", delivered("event"), called("get"), called("create", problems=BODY)))


@case("FET-02", Verdict.FAIL, "the header Authorization is missing")
def test_a_call_without_credentials() -> Transcript:
    """One call without its credentials fails the requirement, also one that belongs to no story."""
    return wawex(play(TOLD, "document", called("get")), strays=[called("list", status=401, problems=MISSING)])


@case("FET-02", Verdict.FAIL, "and not in the URL")
def test_a_credential_in_the_url() -> Transcript:
    """A secret in the URL fails even if the header is right."""
    shown = problem(ProblemKind.CREDENTIAL_IN_URL, "the URL holds a secret")
    return wawex(play(TOLD, "document", called("get", problems=shown)))


@case("FET-02", Verdict.FAIL, "GET /nowhere: the header Authorization is missing")
def test_a_call_of_no_operation_is_told_by_its_path() -> Transcript:
    """It needs its credentials as well."""
    call = called("get", target="/nowhere", problems=MISSING)
    assert isinstance(call.record, Call)
    return wawex(play(TOLD, "document", replace(call, record=replace(call.record, operation=None))))


@case("FET-02", Verdict.NOT_ASSESSABLE, "the partner made no call")
def test_without_a_call_no_credential_is_seen() -> Transcript:
    """A partner that never calls has shown nothing."""
    return wawex(play(TOLD, "document", delivered("event")))


@case("FET-02", Verdict.FAIL, "the header Authorization is missing")
def test_of_many_operations_without_credentials_five_are_told() -> Transcript:
    """Each operation once."""
    calls = [called("get", problems=MISSING, operation=f"get{n}") for n in range(7)]
    return wawex(play(TOLD, "document", *calls, calls[0]))


@case("FET-03", Verdict.FAIL, "the body holds an id")
def test_what_only_warns_hides_nothing_that_fails() -> Transcript:
    """Five operations with a parameter too many came before the one with a wrong body."""
    calls = [called("get", problems=UNDECLARED, operation=f"get{n}") for n in range(5)]
    return wawex(play(TOLD, "document", *calls, called("create", status=400, problems=BODY)))


@case("FET-03", Verdict.FAIL, "the body holds an id")
def test_of_many_operations_beside_the_document_five_are_told() -> Transcript:
    """Each operation once, and for each kind of fault."""
    calls = [called("create", problems=(*BODY, *UNDECLARED), operation=f"make{n}") for n in range(7)]
    return wawex(play(TOLD, "document", *calls, calls[0]))


@case("FET-03", Verdict.PASS)
def test_every_call_stands_in_the_document() -> Transcript:
    """Missing credentials are no matter of the API document."""
    return wawex(play(TOLD, "document", called("get", problems=MISSING)))


@case("FET-03", Verdict.FAIL, "the body holds an id")
def test_a_body_beside_the_document() -> Transcript:
    """A call that breaks a rule of the document fails, and the finding names the rule."""
    return wawex(play(TOLD, "document", called("get"), called("create", status=400, problems=BODY)))


@case("FET-03", Verdict.WARN, "query parameter 'expand'")
def test_a_parameter_that_the_document_does_not_know_warns() -> Transcript:
    """An undeclared query parameter is a warning."""
    return wawex(play(TOLD, "document", called("get", problems=UNDECLARED)))


@case("FET-03", Verdict.NOT_ASSESSABLE, "the partner made no call")
def test_without_a_call_nothing_is_broken() -> Transcript:
    """A partner that never calls has kept no rule."""
    return feewise(play("own-object", "invoice", outcome=Outcome.NOT_ASSESSABLE, reason="not offered"))


def _struck(form: str, times: int) -> list[Moment]:
    return [called("get", status=503, version=None, fault=form, at=float(n)) for n in range(1, times + 1)]


@case("FET-04", Verdict.PASS)
def test_the_third_try_succeeds() -> Transcript:
    """Two failures are outlived."""
    return wawex(play("failing-fetch", "503", delivered("event"), *_struck("status 503", 2), called("get", at=9)))


@case("FET-04", Verdict.FAIL, "2 failed tries, then none within 30 s")
def test_it_gives_up_after_two_tries() -> Transcript:
    """A partner that stops trying has lost the object."""
    tries = _struck("status 503", 2)
    return wawex(play("failing-fetch", "503", delivered("event"), *tries, waited("fetch", 30)))


@case("FET-04", Verdict.NOT_ASSESSABLE, "made no call to get the object")
def test_without_a_first_try_there_is_no_retry() -> Transcript:
    """A partner that never fetched was not put to the test: that it does not is another requirement."""
    return wawex(play("failing-fetch", "reset", delivered("event"), waited("fetch", 30)))


@case("FET-07", Verdict.PASS)
def test_not_yet_there_is_tried_again() -> Transcript:
    """A get that succeeds after two answers of 404 is what is asked for."""
    missing = called("get", status=404, version=None, fault="status 404")
    return wawex(play("not-yet-there", "appears", delivered("event"), missing, missing, called("get", at=12)))


@case("FET-07", Verdict.FAIL, "1 try answered 404, then none within 30 s")
def test_the_first_404_is_taken_for_the_truth() -> Transcript:
    """A partner that believes the first 404 has lost the object."""
    missing = called("get", status=404, version=None, fault="status 404")
    return wawex(play("not-yet-there", "appears", delivered("event"), missing, waited("fetch", 30)))


@case("FET-07", Verdict.NOT_ASSESSABLE, "made no call to get the object")
def test_without_a_try_no_404_was_met() -> Transcript:
    """A partner that never fetched met no 404, in either form of the story."""
    return wawex(
        play("not-yet-there", "appears", delivered("event")), play("not-yet-there", "never", delivered("event"))
    )


def _never(*, tries: int, then: tuple[Moment, ...], every: float = 1.0) -> Transcript:
    missing = [called("get", status=404, version=None, at=n * every) for n in range(1, tries + 1)]
    followed = delivered("follow-up", event="e2", about="o2", at=1.5)
    return wawex(play("not-yet-there", "never", delivered("event"), *missing, followed, *then, waited("fetch", 30)))


@case("FET-07", Verdict.PASS)
def test_ten_tries_and_a_next_event() -> Transcript:
    """Ten tries are within the budget, and the next event is handled meanwhile."""
    return _never(tries=10, then=(called("get", "o2"),))


@case("FET-07", Verdict.WARN, "at most 10 tries within 30 s / 11 tries within 11 s")
def test_more_tries_than_the_budget() -> Transcript:
    """An eleventh try within the window is one too many; where the tries end, that is a warning."""
    return _never(tries=11, then=(called("get", "o2"),))


@case("FET-07", Verdict.FAIL, "11 tries within 27 s, and no end in sight")
def test_tries_that_go_on() -> Transcript:
    """Who is beyond the budget and still tries in the last fifth of the window has not given up."""
    return _never(tries=11, then=(called("get", "o2"),), every=2.5)


@case("FET-07", Verdict.PASS)
def test_few_tries_may_go_on() -> Transcript:
    """Tries that are rare cannot be told from giving up."""
    return _never(tries=10, then=(called("get", "o2"),), every=2.9)


@case("FET-07", Verdict.FAIL, "the next event is handled")
def test_the_next_event_waits_for_what_never_comes() -> Transcript:
    """One missing object must not stop the others; that it stops several is told once."""
    return _never(tries=3, then=(delivered("follow-up", event="e3", about="o3"),))


@case("FET-07", Verdict.FAIL, "the next event is handled")
def test_a_get_for_the_next_event_that_fails_handles_nothing() -> Transcript:
    """Its object is there, and has to be got."""
    return _never(tries=3, then=(called("get", "o2", status=500),))


@case("FET-07", Verdict.NOT_ASSESSABLE, "made no call to get the object")
def test_who_gets_nothing_gives_up_nothing() -> Transcript:
    """The next event is no matter then."""
    return _never(tries=0, then=())


UNKNOWN = delivered("unknown", event="e2", about="o2")
CONTROL = (delivered("control"), called("get"), noted("control effect", "seen"))


@case("UNK-01", Verdict.PASS)
def test_an_unknown_type_is_acknowledged() -> Transcript:
    """Acknowledged without effect, and counted as handled or not, an unknown type is well met."""
    sentinel = delivered("sentinel", event="e3", about="o3")
    late = called("get")
    return wawex(
        play(
            "unknown-event-type",
            "",
            *CONTROL,
            UNKNOWN,
            late,
            sentinel,
            called("get", "o3"),
            holds("o2", None),
            applied("e2", 1),
        )
    )


@case("UNK-01", Verdict.PASS, "so the status alone decides")
def test_where_no_effect_can_be_seen_the_status_decides() -> Transcript:
    """A partner that only verifies is judged by its answer, and the report says so."""
    return wawex(
        play("unknown-event-type", "", delivered("control"), noted("control effect", "cannot be seen"), UNKNOWN)
    )


@case("UNK-01", Verdict.FAIL, "a status from 200 to 299 / status 400")
def test_an_unknown_type_is_refused() -> Transcript:
    """A closed enumeration refuses what the platform adds tomorrow."""
    refused = delivered("unknown", event="e2", about="o2", status=400)
    return wawex(play("unknown-event-type", "", *CONTROL, refused))


@case("UNK-01", Verdict.FAIL, "no complete answer")
def test_an_unknown_type_is_never_answered() -> Transcript:
    """Silence is no acknowledgement."""
    silent = delivered("unknown", event="e2", about="o2", failure=Failure.TIMEOUT, took=20)
    return wawex(play("unknown-event-type", "", *CONTROL, silent))


@case("UNK-01", Verdict.FAIL, "no effect / a call: GET /things/o2")
def test_an_unknown_type_is_acted_upon() -> Transcript:
    """A fetch of the object that it names is an effect."""
    return wawex(play("unknown-event-type", "", *CONTROL, UNKNOWN, called("get", "o2"), called("get", "o2")))


@case("UNK-01", Verdict.FAIL, "the partner holds it")
def test_an_unknown_type_is_stored_as_an_object() -> Transcript:
    """What the partner holds afterwards is an effect."""
    return wawex(play("unknown-event-type", "", *CONTROL, UNKNOWN, holds("o2", {"id": "o2"})))


@case("FET-07", Verdict.WARN, "at most 10 tries within 30 s / 20 tries")
def test_of_many_tries_twelve_are_cited() -> Transcript:
    """More of them say no more."""
    return _never(tries=20, then=(called("get", "o2"),))


@case("FET-07", Verdict.NOT_ASSESSABLE, "no call met the fault")
def test_an_object_that_was_there_at_once_was_never_missing() -> Transcript:
    """Where no get was answered 404, nothing is seen of what 404 leads to."""
    return wawex(play("not-yet-there", "appears", delivered("event"), called("get")))


@case("FET-04", Verdict.NOT_ASSESSABLE, "no call met the fault")
def test_a_first_try_that_was_not_failed_proves_no_retry() -> Transcript:
    """Where the fault struck no call, the object that was got says nothing of retries."""
    return wawex(play("failing-fetch", "503", delivered("event"), called("get")))


@case("FET-07", Verdict.PASS)
def test_an_id_in_upper_case_is_the_same_id() -> Transcript:
    """A partner that prints uuids in upper case has tried, and tries again."""
    missing = called("get", FIRM.upper(), status=404, version=None)
    followed = delivered("follow-up", event="e2", about="o2")
    told = delivered("event", about=FIRM)
    return wawex(play("not-yet-there", "never", told, missing, missing, followed, called("get", "o2")))


@case("FET-07", Verdict.NOT_ASSESSABLE, "the partner made no call to get the object")
def test_another_id_in_upper_case_is_another_id() -> Transcript:
    """What is no uuid means something else in another case."""
    missing = called("get", "EVT_A", status=404, version=None)
    followed = delivered("follow-up", event="e2", about="o2")
    told = delivered("event", about="evt_a")
    return wawex(play("not-yet-there", "never", told, missing, missing, followed, called("get", "o2")))


@case("UNK-01", Verdict.PASS)
def test_what_a_genuine_event_leads_to_is_not_blamed_on_another() -> Transcript:
    """A partner may get the firm of the genuine invoice, and does so after the unknown event came."""
    return feewise(play("unknown-event-type", "", *CONTROL, UNKNOWN, called("get", "f1", target="/firms/f1")))


FIRM, INVOICE = "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0001", "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0002"


@case("UNK-01", Verdict.PASS)
def test_what_both_events_name_is_blamed_on_neither() -> Transcript:
    """An id that a genuine event names as well says nothing of the unknown one."""
    control = (delivered("control", about=FIRM), noted("control effect", "seen"))
    unknown = delivered("unknown", event="e2", about=FIRM)
    return feewise(play("unknown-event-type", "", *control, unknown, called("get", FIRM)))


@case("UNK-01", Verdict.FAIL, "no effect / a call: POST /payments")
def test_a_call_whose_body_names_the_object_is_an_effect() -> Transcript:
    """Be it in another spelling, and under another path."""
    unknown = delivered("unknown", event="e2", about=INVOICE)
    paid = called("create", None, target="/payments", body=INVOICE.upper().encode())
    return feewise(play("unknown-event-type", "", *CONTROL, unknown, paid))


@case("UNK-01", Verdict.FAIL, "no effect / a call: GET /firms/f1")
def test_a_call_with_the_correlation_id_of_the_event_is_an_effect() -> Transcript:
    """Whatever the call names: it says itself what led to it."""
    unknown = delivered("unknown", event="e2", about="o2", correlation="c2")
    calls = (called("list", None, correlation="c1"), called("get", "f1", target="/firms/f1", correlation="c2"))
    return feewise(play("unknown-event-type", "", *CONTROL, unknown, *calls))


KEY = {"Authorization": "Bearer [secret api_key]"}
REDIRECTED = called("get", status=302, version=None, fault="status 302")


def _bait(target: str = "/x/moved", *, sent: Mapping[str, str] | None = None, body: bytes = b"") -> Moment:
    return called("bait", None, target=target, sent=sent, body=body)


@case("FET-09", Verdict.PASS)
def test_a_redirect_is_not_followed() -> Transcript:
    """A redirect is a failed call, and the next one succeeds."""
    return wawex(play("bait", "302", delivered("event"), REDIRECTED, called("get", sent=KEY)))


@case("FET-09", Verdict.PASS)
def test_a_url_in_the_data_is_data() -> Transcript:
    """An event with a URL that nobody calls."""
    return feewise(play("bait", "data", delivered("event"), delivered("extra", event="e2", about="o2")))


@case("FET-09", Verdict.PASS, "without its credentials")
def test_a_url_may_be_called_without_credentials() -> Transcript:
    """A preview, a check of the link: no key goes there."""
    visit = _bait(sent={"Accept": "*/*", "Authorization": "Bearer [unknown 0123456789ab]"})
    return feewise(play("bait", "data", delivered("event"), visit))


@case("FET-09", Verdict.PASS)
def test_one_of_the_events_is_enough() -> Transcript:
    """A partner that refuses fields that it does not know was lured by the field that it knows."""
    return feewise(play("bait", "data", delivered("event"), delivered("extra", event="e2", status=400)))


@case("FET-09", Verdict.FAIL, "GET /x/moved: a secret in the header Authorization")
def test_a_redirect_is_followed_with_the_key() -> Transcript:
    """A client that follows with all its headers gives the key away."""
    return wawex(play("bait", "307", delivered("event"), REDIRECTED, _bait(sent=KEY)))


@case("FET-09", Verdict.FAIL, "a secret in the URL, the body")
def test_the_key_goes_along_in_another_place() -> Transcript:
    """A key in the URL or in the body is given away as well, also on the second visit."""
    visit = _bait("/x/moved?key=[secret api_key]", body=b'{"key": "[secret api_key]"}')
    return wawex(play("bait", "302", delivered("event"), REDIRECTED, _bait(), visit))


@case("FET-09", Verdict.NOT_ASSESSABLE, "the partner got no object that an event named")
def test_who_calls_nobody_was_not_lured() -> Transcript:
    """Where events name objects, a partner that gets none does nothing with any field of them."""
    return wawex(play("bait", "data", delivered("extra")))


@case("FET-09", Verdict.PASS)
def test_the_object_is_got_from_the_platform() -> Transcript:
    """The URL beside the id is not what a partner gets the object by."""
    return wawex(play("bait", "data", delivered("extra"), called("get", sent=KEY)))


@case("FET-09", Verdict.PASS)
def test_who_fetches_before_it_answers_was_lured() -> Transcript:
    """Its get was redirected, and because that failed, it refuses the event."""
    return wawex(play("bait", "302", delivered("event", status=500), REDIRECTED))


@case("FET-09", Verdict.NOT_ASSESSABLE, "no genuine event with the URL was accepted")
def test_who_refuses_the_event_was_not_lured() -> Transcript:
    """Nothing was taken in, so nothing could be called."""
    return wawex(play("bait", "data", delivered("extra", status=400)))


def _told(*moments: Moment) -> Transcript:
    created = [delivered("created", event=f"e{n}", about=f"o{n}") for n in range(10)]
    updated = [delivered("updated", event=f"u{n}", about=f"o{n}") for n in range(10)]
    return feewise(play("known-objects", "", *created, *updated, *moments))


@case("FET-11", Verdict.PASS)
def test_what_is_known_is_not_fetched() -> Transcript:
    """The events are enough; gets of other objects are no matter."""
    return _told(called("get", "o99"))


@case("FET-11", Verdict.PASS, "9 gets for 20 events")
def test_now_and_then_a_get_is_fine() -> Transcript:
    """A partner may compare what it holds with the platform."""
    return _told(*(called("get", f"o{n}") for n in range(9)))


@case("FET-11", Verdict.WARN, "fewer than 10 gets for 20 events that carry the whole object / 10 gets")
def test_every_created_object_is_fetched() -> Transcript:
    """A get for every other event is a habit."""
    return _told(*(called("get", f"o{n}") for n in range(10)))


@case("FET-11", Verdict.WARN, "20 gets")
def test_every_created_object_is_fetched_twice() -> Transcript:
    """Twelve of the gets are cited."""
    return _told(*(called("get", f"o{n}") for n in range(10)), *(called("get", f"o{n}") for n in range(10)))


@case("FET-11", Verdict.NOT_APPLICABLE, "Wawex has no thick events")
def test_thin_events_carry_nothing() -> Transcript:
    """Where events carry no data, everything is fetched."""
    return wawex()


RENEWED = (delivered("announced", event="e0"), delivered("event"))
GROWN = grew("o1", {"/status": "ACTIVE"}, {"/status": "BLOCKED"}, {"/status": "OFFBOARDED"})


@case("FET-12", Verdict.PASS)
def test_the_newest_version_is_held() -> Transcript:
    """What is held at last is what the platform holds."""
    return wawex(
        play("renewed-object", "before-the-event-came", *RENEWED, GROWN, holds("o1", {"status": "OFFBOARDED"}))
    )


@case("FET-12", Verdict.PASS, "the partner holds no object of this story: judged by the version that the last get")
def test_who_keeps_no_object_of_the_story_is_not_judged_by_that() -> Transcript:
    """It may keep others of the type."""
    other = play("every-event-type", "A", holds("o9", {"status": "ACTIVE"}))
    got = called("get", version=3)
    told = play("renewed-object", "before-the-event-came", *RENEWED, got, GROWN, holds("o1", None))
    return wawex(told, other)


@case("FET-12", Verdict.PASS, "judged by the version that the last get answered")
def test_the_newest_version_is_got() -> Transcript:
    """Where nothing can be asked, the last get tells."""
    gets = (called("get", version=1), called("get", version=3))
    return wawex(play("renewed-object", "before-the-event-came", *RENEWED, *gets, GROWN), offers=())


@case("FET-12", Verdict.WARN, '/status = "ACTIVE" (an older state)')
def test_a_notification_during_a_get_is_merged_into_it() -> Transcript:
    """The get that was under way brought what was there before the change."""
    return wawex(play("renewed-object", "during-the-fetch", *RENEWED, GROWN, holds("o1", {"status": "ACTIVE"})))


@case("FET-12", Verdict.WARN, "a get that answers version 3 / the last get answered version 1")
def test_an_object_is_got_once() -> Transcript:
    """No get follows the event of the change."""
    got = called("get", version=1)
    return wawex(play("renewed-object", "before-the-event-came", *RENEWED, got, GROWN), offers=())


SUBSCRIBED = (asked("subscribe", answer={"ids": ["w1"]}), delivered("subscribed", event="e0", about="o0"))


@case("UNK-02", Verdict.PASS)
def test_an_event_without_subscription_is_acknowledged() -> Transcript:
    """Acknowledged and ignored."""
    told = delivered("unsubscribed", correlation="c1")
    return feewise(play("unsubscribed-type", "", *SUBSCRIBED, told, applied("e1", 0), holds("o1", None)))


@case("UNK-02", Verdict.PASS, "the partner acted on the event, which it may")
def test_an_event_without_subscription_may_be_handled() -> Transcript:
    """The partner may know of a subscription that covers the type."""
    return feewise(play("unsubscribed-type", "", *SUBSCRIBED, delivered("unsubscribed"), applied("e1", 1)))


@case("UNK-02", Verdict.WARN, "a status from 200 to 299 / status 422")
def test_an_event_without_subscription_is_refused() -> Transcript:
    """The platform would deliver it again and again."""
    return feewise(play("unsubscribed-type", "", *SUBSCRIBED, delivered("unsubscribed", status=422)))


@case("UNK-02", Verdict.NOT_ASSESSABLE, "does not offer 'subscribe'")
def test_without_a_subscription_of_its_own_every_type_is_subscribed_to() -> Transcript:
    """The kit's own subscription covers everything."""
    return feewise(play("unsubscribed-type", "", delivered("unsubscribed")), offers=("events",))
