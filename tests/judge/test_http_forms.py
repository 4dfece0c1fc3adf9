"""What the judges of the forms of HTTP say of transcripts written by hand."""

from __future__ import annotations

from dataclasses import replace

from conformance.exchange import Delivery, Failure, Response
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, Scene, applied, called, delivered, feewise, holds, noted, play, wawex

CONTROL = (delivered("control"), called("get"), noted("control effect", "seen"))
QUIET = (delivered("sentinel", event="e3", about="o3"), applied("e2", 0), holds("o2", None))


def unusual(form: str, *answers: Moment) -> Scene:
    """After the control comes an event in an unusual form."""
    return play("unusual-form", form, delivered("control"), *answers)


def sent(status: int = 202, *, event: str = "e2", failure: Failure | None = None) -> Moment:
    """The event in the unusual form, and its answer."""
    return delivered("unusual", event=event, about="o2", status=status, failure=failure)


@case("CTN-01", Verdict.PASS)
def test_json_is_accepted_under_all_its_names() -> Transcript:
    """Any 2xx accepts."""
    return feewise(unusual("mixed-case", sent(204)), unusual("charset", sent(200)))


@case("CTN-01", Verdict.FAIL, "a status from 200 to 299 / status 415")
def test_a_charset_is_refused() -> Transcript:
    """A comparison of the whole header breaks when the platform adds a parameter."""
    return feewise(unusual("mixed-case", sent()), unusual("charset", sent(415)))


@case("CTN-03", Verdict.PASS)
def test_a_connection_that_the_partner_closed_is_no_refusal() -> Transcript:
    """A partner may close a connection after any answer: what was lost so is delivered again."""
    lost = sent(event="e3", failure=Failure.CLOSED)
    return feewise(unusual("reused-connection", sent(), lost, sent(event="e3"), sent(event="e4")))


@case("CTN-03", Verdict.WARN, "status 411")
def test_a_chunked_body_is_refused() -> Transcript:
    """A server of HTTP/1.0 may, and is warned."""
    return wawex(unusual("chunked", sent(411)))


@case("CTN-03", Verdict.WARN, "no complete answer before the deadline")
def test_the_second_event_of_a_connection_is_not_answered() -> Transcript:
    """Each event of a connection counts, and one that fails is enough."""
    return wawex(unusual("reused-connection", sent(), sent(event="e3", failure=Failure.TIMEOUT), sent(400, event="e4")))


@case("HDR-01", Verdict.PASS)
def test_headers_are_found_in_any_case() -> Transcript:
    """A map that ignores case finds them."""
    return feewise(unusual("lower-case-headers", sent()), unusual("many-headers", sent()))


@case("HDR-01", Verdict.FAIL, "status 401")
def test_a_header_in_lower_case_is_not_found() -> Transcript:
    """Who looks for one spelling finds no credential."""
    return feewise(unusual("lower-case-headers", sent(401)))


@case("HDR-01", Verdict.FAIL, "status 431")
def test_a_long_header_is_refused() -> Transcript:
    """A header of 4 kB is within what servers take."""
    return feewise(unusual("long-header", sent(431)))


def foreign(status: int, *then: Moment) -> Transcript:
    """A genuine body came under another content type."""
    event = delivered("refusable", event="e2", about="o2", genuine=False, status=status)
    return feewise(play("foreign-content-type", "text", *CONTROL, event, *then))


@case("CTN-02", Verdict.PASS)
def test_another_content_type_is_refused() -> Transcript:
    """Any 4xx will do."""
    return foreign(400, *QUIET)


@case("CTN-02", Verdict.WARN, "a refusal / accepted with status 202")
def test_another_content_type_is_accepted() -> Transcript:
    """It is a recommendation only."""
    return foreign(202, *QUIET)


@case("CTN-02", Verdict.WARN, "the partner reports that it applied it once")
def test_another_content_type_is_refused_and_handled() -> Transcript:
    """The right status does not excuse an effect."""
    return foreign(415, applied("e2", 1))


def other(
    *then: Moment,
    status: int = 405,
    allow: str | None = None,
    failure: Failure | None = None,
    method: str = "PUT",
) -> Transcript:
    """An event came by another method."""
    moment = delivered("refusable", event="e2", about="o2", genuine=False, status=status, failure=failure)
    record = moment.record
    assert isinstance(record, Delivery)
    headers = ((b"allow", allow.encode()),) if allow is not None else ()
    answer = Response(status, headers) if failure is None else None
    put = replace(record, request=replace(record.request, method=method), response=answer)
    return wawex(play("other-method", method, *CONTROL, Moment(put), *then))


@case("MTH-01", Verdict.PASS)
def test_a_method_is_refused_and_the_right_one_named() -> Transcript:
    """405 names the methods that there are."""
    return other(*QUIET, allow="OPTIONS, POST")


@case("MTH-01", Verdict.PASS)
def test_nothing_is_there_for_a_method() -> Transcript:
    """A router that looks for path and method together finds nothing."""
    return other(*QUIET, status=404)


@case("MTH-01", Verdict.PASS)
def test_a_method_is_not_known() -> Transcript:
    """A server may not have a method at all."""
    return other(*QUIET, status=501)


@case("MTH-01", Verdict.NOT_ASSESSABLE, "no word about the event")
def test_a_limit_of_rate_says_nothing_of_a_method() -> Transcript:
    """It would be given to the right method as well."""
    return other(*QUIET, status=429)


@case("MTH-01", Verdict.WARN, "an Allow header that names POST, as 405 demands / no Allow header")
def test_a_method_is_refused_without_a_word() -> Transcript:
    """405 demands Allow."""
    return other(*QUIET)


@case("MTH-01", Verdict.WARN, "Allow: GET")
def test_the_wrong_methods_are_allowed() -> Transcript:
    """A list without POST names a route that is not the webhook."""
    return other(*QUIET, allow="GET")


@case("MTH-01", Verdict.WARN, "405 with Allow, or 404, to GET / status 200")
def test_a_health_check_answers_get() -> Transcript:
    """It has no place on the webhook's route, and does no harm."""
    return other(*QUIET, status=200, method="GET")


@case("MTH-01", Verdict.WARN, "no effect / a call: GET /things/o2")
def test_an_event_is_taken_by_another_method() -> Transcript:
    """An effect shows that the route takes every method."""
    return other(called("get", "o2"), status=202)


@case("MTH-01", Verdict.WARN, "connection closed before the answer was complete")
def test_a_method_is_not_answered() -> Transcript:
    """A closed connection tells the sender nothing."""
    return other(*QUIET, failure=Failure.CLOSED)


@case("MTH-01", Verdict.WARN, "the partner reports that it applied it once")
def test_an_event_is_applied_by_another_method() -> Transcript:
    """The right answer does not excuse an effect."""
    return other(delivered("sentinel", event="e3", about="o3"), applied("e2", 1), holds("o2", None), allow="POST")


@case("MTH-01", Verdict.WARN, "Allow: " + "A" * 80)
def test_of_a_long_list_of_methods_the_beginning_is_shown() -> Transcript:
    """Nobody reads more."""
    return other(*QUIET, allow="A" * 100)
