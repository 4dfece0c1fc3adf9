"""What the judges of the correlation header of events say of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, Scene, applied, called, delivered, feewise, noted, play, waited, wawex

ONE, TWO = "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0001", "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0002"
NEW = "7b1f0c1e-90fb-4f0e-8d1c-0a6a0c5d0009"
TOGETHER = (delivered("event", "e1", "o1", correlation=ONE), delivered("event", "e2", "o2", correlation=TWO))


def _held(about: str, correlation: str | None, *, at: float) -> Moment:
    return called("get", about, correlation=correlation, at=at, took=2.0, fault="hold")


@case("COR-04", Verdict.PASS)
def test_calls_at_once_carry_the_ids_of_their_events() -> Transcript:
    """Another form of the id, a call without one and a call about nothing of the story are not judged here."""
    calls = (_held("o1", ONE, at=1.0), _held("o2", TWO.upper(), at=1.5), called("get", "o1"), called("list", None))
    return feewise(play("concurrent-events", "invoice", *TOGETHER, *calls))


@case("COR-04", Verdict.FAIL, f"GET /things/o1 carries {TWO}, the id of another event")
def test_a_call_carries_the_id_of_another_event() -> Transcript:
    """A variable that all workers share holds the id of the last event."""
    calls = (_held("o1", TWO, at=1.0), _held("o2", TWO, at=1.1))
    return feewise(play("concurrent-events", "invoice", *TOGETHER, *calls))


@case("COR-04", Verdict.FAIL, "the id of another event")
def test_who_works_one_at_a_time_can_mix_as_well() -> Transcript:
    """A deed is a deed, however many calls are under way."""
    calls = (_held("o1", TWO, at=1.0), _held("o2", TWO, at=4.0))
    return feewise(play("concurrent-events", "invoice", *TOGETHER, *calls))


@case("COR-04", Verdict.NOT_ASSESSABLE, "works one at a time")
def test_who_works_one_at_a_time_shows_nothing() -> Transcript:
    """Two calls about one object are no two events."""
    calls = (_held("o1", ONE, at=1.0), _held("o1", ONE, at=1.5), _held("o2", TWO, at=4.0))
    return feewise(play("concurrent-events", "invoice", *TOGETHER, *calls))


@case("COR-04", Verdict.NOT_ASSESSABLE, "no two calls at once carry the ids of their events")
def test_new_ids_are_judged_elsewhere() -> Transcript:
    """Who carries no id of an event cannot mix them."""
    calls = (_held("o1", ONE, at=1.0), _held("o2", NEW, at=1.1))
    return feewise(play("concurrent-events", "invoice", *TOGETHER, *calls))


@case("COR-04", Verdict.NOT_ASSESSABLE, "the events led to no call")
def test_who_makes_no_call_mixes_nothing() -> Transcript:
    """A partner that takes the data from the events; the one that it refused is not among them."""
    refused = delivered("event", "e3", "o3", status=503)
    return feewise(play("concurrent-events", "invoice", *TOGETHER, refused, called("get", "o3", correlation=NEW)))


FOLLOW_UP = delivered("follow-up", "e9", "o9")


def _hostile(*moments: Moment, form: str = "quotes", follow_up: Moment = FOLLOW_UP) -> Scene:
    return play("hostile-correlation", form, delivered("control", "e0", "o0"), *moments, follow_up)


def _sent(value: str = "x'\";", **answer: object) -> Moment:
    return delivered("hostile", genuine=False, correlation=value, **answer)  # type: ignore[arg-type]  # by name


@case("COR-07", Verdict.PASS)
def test_a_hostile_id_is_taken_like_any_other() -> Transcript:
    """It may be carried on as it is, too."""
    return feewise(_hostile(_sent(), called("get", correlation="x'\";")))


@case("COR-07", Verdict.PASS, "refused with status 431")
def test_a_hostile_id_is_refused() -> Transcript:
    """Any 4xx will do."""
    return feewise(_hostile(_sent(status=431)))


@case("COR-07", Verdict.NOT_ASSESSABLE, "what its header does is not seen (status 429)")
def test_a_hostile_id_that_came_too_soon_has_not_been_survived() -> Transcript:
    """Throttling is said before anybody looks at the header."""
    return feewise(_hostile(_sent(status=429)))


@case("COR-07", Verdict.FAIL, "an answer that is no 5xx / status 500")
def test_a_hostile_id_breaks_the_handler() -> Transcript:
    """An id that is no uuid is no reason to fail."""
    return feewise(_hostile(_sent(status=500)))


@case("COR-07", Verdict.FAIL, "connection closed before the answer was complete")
def test_a_hostile_id_breaks_the_connection() -> Transcript:
    """A header of usual size has an answer."""
    return feewise(_hostile(_sent(failure=Failure.CLOSED)))


@case("COR-07", Verdict.PASS, "the connection is closed on a header of this size")
def test_a_header_of_that_size_may_end_the_connection() -> Transcript:
    """A server that reads no more than it must has survived."""
    return feewise(_hostile(_sent("a" * 8192, failure=Failure.CLOSED), noted("large", "yes"), form="8-kilobytes"))


BREAK = "x%0d%0aX-Injected-1:%20yes"
INJECTED = {"x-injected-1": "yes"}
SPLIT = noted("injected header", "X-Injected-1")


@case("COR-07", Verdict.PASS)
def test_percent_codes_stay_what_they_are() -> Transcript:
    """In the answer and in the calls that follow; an event without an answer has no headers to look at."""
    given_back = _sent(BREAK, got={"x-correlation-id": BREAK})
    silent = _sent("a" * 8192, failure=Failure.CLOSED)
    return feewise(
        _hostile(given_back, SPLIT, called("get", correlation=BREAK), form="line-break-in-percent-codes"),
        _hostile(silent, SPLIT, noted("large", "yes"), form="8-kilobytes"),
    )


@case("COR-07", Verdict.FAIL, "the answer has a header X-Injected-1")
def test_the_answer_is_split() -> Transcript:
    """The value was decoded on its way into a header."""
    return feewise(_hostile(_sent(BREAK, got=INJECTED), SPLIT))


@case("COR-07", Verdict.FAIL, "GET /things/o1 has a header X-Injected-1")
def test_a_call_is_split() -> Transcript:
    """The platform would take it for a header of the partner's."""
    return feewise(_hostile(_sent(BREAK), SPLIT, called("get", sent=INJECTED)))


MARKUP = "<script>alert('x')</script>"


@case("COR-07", Verdict.FAIL, "no markup of the header in an HTML page / status 400, and the page holds <script>")
def test_markup_is_given_back() -> Transcript:
    """A page that shows the value runs it."""
    page = _sent(MARKUP, status=400, answer_type="text/HTML", answer=f"<p>bad id {MARKUP}</p>".encode())
    return feewise(_hostile(page))


@case("COR-07", Verdict.PASS)
def test_markup_that_no_browser_reads_is_harmless() -> Transcript:
    """As JSON, escaped in a page, or not at all; a value without markup may stand in a page."""
    json = _sent(MARKUP, status=400, answer_type="application/json", answer=MARKUP.encode())
    escaped = _sent(MARKUP, status=400, answer_type="text/html", answer=b"&lt;script&gt;")
    plain = _sent("no-uuid", status=400, answer_type="text/html", answer=b"no-uuid")
    return feewise(_hostile(json, form="markup"), _hostile(escaped, form="lookup"), _hostile(plain, form="no-uuid"))


@case("COR-07", Verdict.FAIL, "the lookup in it was followed: GET /x/lookup")
def test_a_lookup_is_followed() -> Transcript:
    """A logging library that resolves expressions calls whom the sender names."""
    return feewise(_hostile(_sent("${jndi:ldap://x}"), called("bait", None, target="/x/lookup"), form="lookup"))


@case("COR-07", Verdict.FAIL, "the next event is accepted / status 500")
def test_the_next_event_is_not_accepted() -> Transcript:
    """The value has broken more than its own delivery."""
    return feewise(_hostile(_sent(), follow_up=delivered("follow-up", "e9", "o9", status=500)))


@case("COR-07", Verdict.FAIL, "the effect that the one before had / no effect within 30 s")
def test_the_next_event_has_no_effect() -> Transcript:
    """A worker has died of the value."""
    effects = (noted("control effect", "seen"), noted("follow-up effect", "not seen"))
    return feewise(_hostile(_sent(), *effects, waited("effect", 30)))


CONTROL = delivered("control", "e0", "o0", correlation=ONE)


@case("COR-08", Verdict.PASS)
def test_an_id_is_made_where_none_came() -> Transcript:
    """Calls that the event before led to are not judged."""
    calls = (called("get", "o0", correlation=ONE), called("get", correlation=NEW))
    return feewise(play("uncorrelated-event", "invoice", CONTROL, delivered("bare"), *calls))


@case("COR-08", Verdict.PASS, "the acknowledgement alone is judged")
def test_an_event_without_an_id_leads_to_no_call() -> Transcript:
    """A partner that takes the data from the event has nothing to mark."""
    return feewise(play("uncorrelated-event", "invoice", CONTROL, delivered("bare"), applied("e1", 1)))


@case("COR-08", Verdict.WARN, "a status from 200 to 299 / status 400")
def test_an_event_without_an_id_is_refused() -> Transcript:
    """The header is no part of the event."""
    return feewise(play("uncorrelated-event", "invoice", CONTROL, delivered("bare", status=400)))


@case("COR-08", Verdict.WARN, "GET /things/o1 carries none")
def test_no_id_is_made() -> Transcript:
    """The chain begins nowhere; the first call tells it."""
    return feewise(play("uncorrelated-event", "invoice", CONTROL, delivered("bare"), called("get"), called("get")))


@case("COR-08", Verdict.WARN, f"GET /things/o1 carries {ONE}, the id of another event")
def test_the_id_of_the_event_before_is_left_over() -> Transcript:
    """A variable that is only set where a header came keeps the last one."""
    return feewise(play("uncorrelated-event", "invoice", CONTROL, delivered("bare"), called("get", correlation=ONE)))


@case("COR-08", Verdict.WARN, f"GET /things/o1 carries {TWO}, the id of another event")
def test_the_id_of_an_event_of_another_story_is_left_over() -> Transcript:
    """Stories overlap, so what was left over may be any event's; the story looks whose it is."""
    call = called("get", correlation=TWO)
    left_over = noted("id of another story", TWO)
    return feewise(play("uncorrelated-event", "invoice", CONTROL, delivered("bare"), call, left_over))


SPELLINGS = ("x-correlation-id", "X-Correlation-Id", "X-CORRELATION-ID")
IDS = (ONE, TWO, NEW)


def _spelled(*calls: tuple[Moment, ...], status: int = 202) -> Scene:
    """Three events with their spellings, each followed by the calls that it led to."""
    moments = []
    for number, (name, correlation, led) in enumerate(zip(SPELLINGS, IDS, calls, strict=True), start=1):
        header = {"Host": "partner.example", name: correlation}
        about = f"o{number}"
        answer = status if number == len(SPELLINGS) else 202
        moments += [
            delivered("spelled", f"e{number}", about, correlation=correlation, sent=header, status=answer),
            *led,
        ]
    return play("header-spellings", "invoice", *moments)


def _carrying(number: int, correlation: str | None) -> tuple[Moment, ...]:
    return (called("get", f"o{number}", correlation=correlation),)


@case("COR-09", Verdict.PASS)
def test_the_header_is_found_in_every_spelling() -> Transcript:
    """The id comes back on each call."""
    return feewise(_spelled(_carrying(1, ONE), _carrying(2, TWO), _carrying(3, NEW)))


@case(
    "COR-09",
    Verdict.FAIL,
    "X-CORRELATION-ID is found like that of x-correlation-id / GET /things/o3 carries none",
)
def test_the_header_is_not_found_in_upper_case() -> Transcript:
    """A plain dictionary knows one spelling or two."""
    return feewise(_spelled(_carrying(1, ONE), _carrying(2, TWO), _carrying(3, None)))


@case("COR-09", Verdict.FAIL, "a status from 200 to 299 / status 400")
def test_an_event_with_another_spelling_is_refused() -> Transcript:
    """The header was not found, and the event refused for it."""
    return feewise(_spelled(_carrying(1, ONE), _carrying(2, TWO), (), status=400))


@case("COR-09", Verdict.NOT_ASSESSABLE, "the event with X-CORRELATION-ID led to no call")
def test_a_spelling_without_a_call_is_not_shown() -> Transcript:
    """Two of three are no proof of the third."""
    return feewise(_spelled(_carrying(1, ONE), _carrying(2, TWO), ()))


@case("COR-09", Verdict.NOT_ASSESSABLE, "however the header was spelled (see COR-02)")
def test_who_never_carries_an_id_is_judged_elsewhere() -> Transcript:
    """Whether the header was found cannot be told."""
    return feewise(_spelled(_carrying(1, None), _carrying(2, "3f6a"), ()))


@case("COR-09", Verdict.NOT_ASSESSABLE, "the events led to no call")
def test_who_makes_no_call_shows_no_id() -> Transcript:
    """A partner that takes the data from the events; the name of the header may be missing, too."""
    return feewise(play("header-spellings", "invoice", delivered("spelled", correlation=ONE)))


@case("COR-09", Verdict.NOT_APPLICABLE, "Wawex has no correlation")
def test_a_platform_without_correlation_ids_asks_for_no_spelling() -> Transcript:
    """Where the platform has no such header the requirement does not apply."""
    return wawex()
