"""What the judge of poison events says of transcripts written by hand."""

from __future__ import annotations

import json

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, called, delivered, feewise, noted, play, waited, wawex

SEEN = noted("control effect", "seen")
POISON = delivered("poison", event="e2", about="o2", status=400, genuine=False)


def effects(**of: str) -> Moment:
    """What the story saw of the events that follow."""
    return noted("effects", json.dumps(of))


def followed(event: str, *, status: int = 202, failure: Failure | None = None) -> Moment:
    """An event about another object."""
    return delivered("follow-up", event=event, about=event, status=status, failure=failure)


@case("ERR-05", Verdict.PASS)
def test_what_follows_a_poison_event_is_handled() -> Transcript:
    """However the poison event itself was answered."""
    told = effects(e3="seen", e4="seen")
    return feewise(
        play("poison-event", "wild-event", delivered("control"), SEEN, POISON, *map(followed, ("e3", "e4")), told)
    )


@case("ERR-05", Verdict.PASS)
def test_a_partner_that_was_busy_is_tried_again() -> Transcript:
    """The last attempt of each event counts."""
    busy = (followed("e3", failure=Failure.CLOSED), followed("e3", status=503), followed("e3"))
    return feewise(play("poison-event", "wild-event", delivered("control"), SEEN, POISON, *busy, effects(e3="seen")))


@case("ERR-05", Verdict.FAIL, "none of 1 of 2 events within 30 s")
def test_an_event_waits_behind_one_that_always_fails() -> Transcript:
    """A queue that waits for its head stops everything."""
    tries = (called("get", "o2", status=500, fault="status 500"), followed("e3"), followed("e4"), called("get", "e4"))
    story = (delivered("control"), SEEN, delivered("event", event="e2", about="o2"), *tries, waited("fetch", 30))
    return wawex(play("endless-failure", "failing-fetch", *story, effects(e3="not seen", e4="seen")))


@case("ERR-05", Verdict.FAIL, "a status from 200 to 299 / status 500")
def test_what_follows_a_poison_event_is_refused() -> Transcript:
    """A handler that broke stays broken."""
    return feewise(
        play("poison-event", "wild-event", delivered("control"), SEEN, POISON, followed("e3", status=500), effects())
    )


@case("ERR-05", Verdict.NOT_ASSESSABLE, "a genuine event shows no effect here")
def test_where_no_effect_can_be_seen_nothing_is_proven() -> Transcript:
    """An acknowledgement alone does not show that the event is handled."""
    unseen = noted("control effect", "cannot be seen")
    return feewise(play("poison-event", "wild-event", delivered("control"), unseen, POISON, followed("e3"), effects()))
