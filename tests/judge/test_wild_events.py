"""What the judge of events that the document allows says of transcripts written by hand."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Outcome, Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, delivered, noted, play, wawex


def _allowed(*moments: Moment) -> Transcript:
    return wawex(play("allowed-events", "CUSTOMER_NOTIFICATION", delivered("control"), *moments))


def _wild(number: int, status: int = 202, failure: Failure | None = None) -> Moment:
    return delivered("wild", event=f"w{number}", status=status, failure=failure)


@case("PAY-06", Verdict.PASS, "3 events of this type")
def test_every_event_is_acknowledged() -> Transcript:
    """However unusual they are."""
    return _allowed(_wild(1), _wild(2, 200), _wild(3, 204))


@case("PAY-06", Verdict.FAIL, "status 500 to 1 of 2 events that the document allows; the least one of them (p1.4) has")
def test_an_event_is_refused_and_a_smaller_one_too() -> Transcript:
    """The least event that fails is cited, with what matters in it."""
    tries = (delivered("shrunk", event="s1", status=500), delivered("shrunk", event="s2"))
    return _allowed(_wild(1, 500), _wild(2), *tries, noted("least", "p1.4"), noted("matters", "/a\n/b/0"))


@case("PAY-06", Verdict.FAIL, "with another value, or none, at /a, /b/0")
def test_what_matters_is_told() -> Transcript:
    """A reader looks at two fields in place of thirty."""
    return _allowed(_wild(1, 400), noted("least", "p1.2"), noted("matters", "/a\n/b/0"))


@case("PAY-06", Verdict.FAIL, "status 400 to 2 of 2 events")
def test_a_refusal_weighs_more_than_load() -> Transcript:
    """Of several failures that is told which load does not excuse."""
    return _allowed(_wild(1, 503), _wild(2, 400))


@case("PAY-06", Verdict.FAIL, "no complete answer before the deadline to 1 of 1 events")
def test_an_event_is_met_with_silence() -> Transcript:
    """Silence is no acknowledgement."""
    return _allowed(_wild(1, failure=Failure.TIMEOUT))


@case("PAY-06", Verdict.PASS, "1 event of this type")
def test_a_connection_that_was_refused_is_tried_again() -> Transcript:
    """The platform comes back, and so does the kit."""
    return _allowed(_wild(1, failure=Failure.REFUSED), _wild(1))


@case("PAY-06", Verdict.NOT_ASSESSABLE, "no event of this type could be made but the usual one")
def test_a_type_of_which_nothing_unusual_was_sent_is_not_assessable() -> Transcript:
    """That the usual event is acknowledged says nothing of the others."""
    return _allowed()


def _edge(status: int) -> Moment:
    return delivered("edge", event="g1", genuine=False, status=status)


@case("PAY-06", Verdict.PASS)
def test_what_is_at_the_edge_is_acknowledged_as_well() -> Transcript:
    """Some partners stumble over nothing."""
    return _allowed(_wild(1), noted("g1", "U+0000 in a text at /a"), _edge(200))


@case("PAY-06", Verdict.WARN, "status 500 to U+0000 in a text at /a")
def test_what_is_at_the_edge_only_warns() -> Transcript:
    """A correct partner may stumble there, and ought not to."""
    return _allowed(_wild(1), noted("g1", "U+0000 in a text at /a"), _edge(500))


@case("PAY-06", Verdict.NOT_ASSESSABLE, "positive control failed")
def test_a_type_that_is_always_refused_is_not_assessable() -> Transcript:
    """That a type is refused in every form is told once, by ACK-01."""
    scene = play(
        "allowed-events",
        "CUSTOMER_NOTIFICATION",
        delivered("control", status=400),
        outcome=Outcome.NOT_ASSESSABLE,
        reason="positive control failed: a genuine CUSTOMER_NOTIFICATION is not accepted (status 400)",
    )
    return wawex(scene)
