"""What the judges of refusals say of transcripts written by hand."""

from __future__ import annotations

from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, Scene, applied, called, delivered, feewise, holds, noted, play, wawex

CONTROL = (delivered("control"), called("get"), noted("control effect", "seen"))
QUIET = (delivered("sentinel", event="e3", about="o3"), applied("e2", 0), holds("o2", None))
NAMED = noted("defect", "envelope /event_id: missing")


def defective(form: str, status: int, *then: Moment, story: str = "defective-event") -> Scene:
    """After the control comes an event with a single fault."""
    event = delivered("defective", event="e2", about="o2", genuine=False, status=status)
    return play(story, form, NAMED, *CONTROL, event, *then)


@case("ERR-02", Verdict.PASS)
def test_faulty_events_are_refused() -> Transcript:
    """Any 4xx will do."""
    return feewise(defective("id-missing", 422, *QUIET), defective("payload-id-missing", 400, *QUIET))


@case("ERR-02", Verdict.FAIL, "a refusal / accepted with status 202 (envelope /event_id: missing)")
def test_an_event_without_an_id_is_accepted() -> Transcript:
    """The finding names the fault."""
    return feewise(defective("id-missing", 202, *QUIET))


@case("ERR-02", Verdict.FAIL, "the partner holds it")
def test_a_refused_event_is_kept() -> Transcript:
    """The right status does not excuse an effect."""
    return feewise(defective("id-missing", 400, holds("o2", {"id": "o2"})))


@case("ERR-02", Verdict.WARN, "refused with a 4xx status / refused with status 500")
def test_a_fault_is_a_crash() -> Transcript:
    """A 5xx refuses, and warns."""
    return feewise(defective("payload-missing", 500, *QUIET))


@case("ERR-02", Verdict.FAIL, "accepted with status 200")
def test_an_event_without_a_type_is_accepted_where_all_come_to_one_endpoint() -> Transcript:
    """Only its type says what it is about."""
    return feewise(defective("type-missing", 200, *QUIET))


@case("ERR-02", Verdict.WARN, "accepted with status 200")
def test_an_event_without_a_type_is_accepted_at_an_endpoint_of_its_own() -> Transcript:
    """The endpoint says the same, so that a partner may have no use for the field."""
    return wawex(defective("type-missing", 200, *QUIET))


@case("ERR-02", Verdict.WARN, "accepted with status 202")
def test_a_detail_that_is_missing_is_borne() -> Transcript:
    """A receiver that does not need a field cannot be expected to look for it."""
    return wawex(defective("time-missing", 202, called("get", "o2")))


@case("ERR-02", Verdict.PASS, "so the status alone decides")
def test_what_a_reader_must_know_is_passed_on() -> Transcript:
    """Where no effect can be seen, the report says so."""
    unseen = (delivered("control"), noted("control effect", "cannot be seen"))
    event = delivered("defective", event="e2", genuine=False, status=400)
    return feewise(play("defective-event", "id-missing", *unseen, event))


@case("ERR-02", Verdict.PASS)
def test_what_the_document_allows_is_no_fault() -> Transcript:
    """A field that the platform may leave out is not played, and the other items decide."""
    allowed = play("defective-event", "time-missing", noted("no defect", "the document allows it"))
    return feewise(allowed, defective("id-missing", 400, *QUIET))


@case("ERR-02", Verdict.NOT_APPLICABLE, "the document allows it")
def test_a_fault_that_no_document_forbids_does_not_apply() -> Transcript:
    """Nothing was sent, so nothing is judged."""
    return feewise(play("defective-event", "time-missing", noted("no defect", "the document allows it")))


@case("ERR-03", Verdict.PASS)
def test_bodies_without_an_object_are_refused() -> Transcript:
    """An empty body and a list alike."""
    empty, listed = (defective(form, 400, *QUIET, story="no-object") for form in ("empty", "list"))
    return feewise(empty, listed)


@case("ERR-03", Verdict.WARN, "refused with a 4xx status / refused with status 500")
def test_a_scalar_is_a_crash() -> Transcript:
    """A handler that only expects objects crashes on others."""
    return feewise(defective("scalar", 500, *QUIET, story="no-object"))


@case("ERR-03", Verdict.WARN, "a refusal / accepted with status 200")
def test_null_is_accepted() -> Transcript:
    """What holds nothing was not delivered."""
    return feewise(defective("null", 200, *QUIET, story="no-object"))
