"""What the judges of the chapter Objects of the partner's own making say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Outcome, Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import asked, called, delivered, feewise, grew, holds, noted, play, waited, wawex

CREATED = (asked("create", answer={"id": "o1"}), called("create", object_type="customer"))
OWN = delivered("own")


@case("OWN-01", Verdict.PASS)
def test_what_it_created_it_recognises() -> Transcript:
    """A notification may lead to a get and to an update."""
    return wawex(play("own-object", "customer", *CREATED, OWN, called("get"), called("update")))


@case("OWN-01", Verdict.FAIL, "no create call after the notification / 1 more: POST /customers")
def test_a_notification_leads_to_a_second_create() -> Transcript:
    """A partner that has not kept the id creates the object again."""
    again = called("create", "o2", target="/customers", object_type="customer")
    return wawex(play("own-object", "customer", *CREATED, OWN, again))


@case("OWN-01", Verdict.NOT_ASSESSABLE, "does not offer 'create'")
def test_without_the_control_call_nothing_is_created() -> Transcript:
    """The requirement needs the control call."""
    story = play("own-object", "customer", outcome=Outcome.NOT_ASSESSABLE, reason="not offered")
    return wawex(story, offers=("events",))


def _stranger() -> Transcript:
    created = (asked("create", answer={"id": "mine"}), called("create", object_type="customer"))
    story = play(
        "own-object",
        "customer",
        *created,
        noted("unknown id", "mine"),
    )
    return wawex(story, changed={"/correlation/enabled": True})


@case("OWN-01", Verdict.FAIL, "the partner reports the id mine")
def test_it_reports_an_id_of_its_own() -> Transcript:
    """A partner that keeps another id than the platform gave has not taken it from the answer."""
    return _stranger()


@case("COR-05", Verdict.NOT_ASSESSABLE, "no event of the partner's own request could be sent")
def test_an_id_of_its_own_says_nothing_of_correlation() -> Transcript:
    """The story broke off before an event of the partner's own request was delivered."""
    return _stranger()


@case("OWN-01", Verdict.PASS)
def test_a_notification_may_lead_to_an_object_of_another_type() -> Transcript:
    """A partner may go on with its own work: the customer is there, now its product is created."""
    product = called("create", "o2", target="/customer-products", object_type="customer-product")
    return wawex(play("own-object", "customer", *CREATED, OWN, product))


TWO = grew("o1", {"/status": "ONBOARDING"}, {"/status": "ACTIVE"})
OVERTAKING = delivered("overtaking", version=2)


@case("OWN-02", Verdict.PASS)
def test_a_notification_may_overtake_the_answer() -> Transcript:
    """The changed object is held in the end."""
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, holds("o1", {"status": "ACTIVE"})))


@case("OWN-02", Verdict.FAIL, '/status = "ACTIVE" / /status = "ONBOARDING" (an older state)')
def test_the_answer_overwrites_the_notification() -> Transcript:
    """The state of the create call's answer is older than what the notification told of."""
    return wawex(play("overtaking-notification", "customer", TWO, OVERTAKING, holds("o1", {"status": "ONBOARDING"})))


@case("OWN-02", Verdict.FAIL, "a status from 200 to 299 / status 404")
def test_a_notification_of_an_unknown_id_is_refused() -> Transcript:
    """An id that is not known yet is no reason to refuse."""
    refused = delivered("overtaking", status=404)
    return wawex(play("overtaking-notification", "customer", called("create", fault="hold"), TWO, refused))


@case("OWN-02", Verdict.FAIL, "no complete answer before the deadline")
def test_the_create_call_holds_a_lock() -> Transcript:
    """A handler that waits for the create call never answers."""
    silent = delivered("overtaking", failure=Failure.TIMEOUT, took=20)
    return wawex(play("overtaking-notification", "customer", called("create", fault="hold"), TWO, silent))


@case("OWN-02", Verdict.PASS, "judged by the version that the last get answered")
def test_a_get_of_the_changed_object_is_enough() -> Transcript:
    """Where events are thin, a get that answers the change shows that it was not lost."""
    story = play("overtaking-notification", "customer", TWO, OVERTAKING, called("get", version=2))
    return wawex(story, offers=("create",))


@case("OWN-02", Verdict.FAIL, "a get that answers version 2 / no get of the object within 30 s")
def test_a_notification_that_overtakes_is_dropped() -> Transcript:
    """A partner that fetches other objects and waited in vain for this one has lost the notification."""
    story = play("overtaking-notification", "customer", TWO, OVERTAKING, waited("fetch", 30))
    return wawex(story, offers=("create",))


@case("OWN-02", Verdict.NOT_ASSESSABLE, "does not offer 'objects'")
def test_a_thick_notification_that_overtakes_cannot_be_seen() -> Transcript:
    """Where events carry the data, only the control endpoint shows what is held."""
    return feewise(play("overtaking-notification", "invoice", TWO, OVERTAKING), offers=("create",))
