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


@case("ERR-05", Verdict.NOT_ASSESSABLE, "whether the partner read the poison event: no complete answer")
def test_a_poison_event_without_an_answer_proves_nothing() -> Transcript:
    """A partner that was so busy may read it after all that follows."""
    return _goes_on_after(replied(Failure.TIMEOUT))


@case("ERR-05", Verdict.NOT_ASSESSABLE, "whether the partner read the poison event: status 503")
def test_a_poison_event_that_is_to_come_again_proves_nothing() -> Transcript:
    """Who is busy has not read it."""
    return _goes_on_after(delivered("poison", event="e2", about="o2", status=503, genuine=False))


@case("ERR-05", Verdict.PASS)
def test_who_hangs_up_on_a_poison_event_has_read_it() -> Transcript:
    """How it answers is the matter of another requirement."""
    return _goes_on_after(replied(Failure.CLOSED))


@case("ERR-05", Verdict.FAIL, "1 of 1 events have none")
def test_what_stays_without_effect_does_so_whatever_became_of_the_poison_event() -> Transcript:
    """It hangs with it."""
    story = (delivered("control"), SEEN, replied(Failure.TIMEOUT), followed("e3"), waited("effect", 30))
    return feewise(play("poison-event", "wild-event", *story, effects(e3="not seen")))


def replied(failure: Failure) -> Moment:
    """The poison event found no answer."""
    return delivered("poison", event="e2", about="o2", failure=failure, genuine=False)


def _goes_on_after(poison: Moment) -> Transcript:
    told = (followed("e3"), effects(e3="seen"))
    return feewise(play("poison-event", "wild-event", delivered("control"), SEEN, POISON, poison, *told))


@case("ERR-05", Verdict.PASS)
def test_a_partner_that_was_busy_is_tried_again() -> Transcript:
    """The last attempt of each event counts."""
    busy = (followed("e3", failure=Failure.CLOSED), followed("e3", status=503), followed("e3"))
    return feewise(play("poison-event", "wild-event", delivered("control"), SEEN, POISON, *busy, effects(e3="seen")))


@case("ERR-05", Verdict.FAIL, "1 of 2 events have none within 30 s")
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


@case("ERR-05", Verdict.NOT_ASSESSABLE, "a genuine event shows no effect here")
def test_a_missing_effect_shows_nothing_where_no_genuine_event_shows_one() -> Transcript:
    """What the story saw of the others counts as little."""
    unseen = noted("control effect", "not seen")
    told = effects(e3="not seen")
    return feewise(play("poison-event", "wild-event", delivered("control"), unseen, POISON, followed("e3"), told))


@case("ERR-05", Verdict.FAIL, "a status from 200 to 299 / status 500")
def test_the_first_refusal_is_told() -> Transcript:
    """And nothing of effects beside it."""
    refused = (followed("e3", status=500), followed("e4", status=501), followed("e5"))
    told = effects(e3="seen", e4="seen", e5="not seen")
    return feewise(play("poison-event", "wild-event", delivered("control"), SEEN, POISON, *refused, told))


@case("ERR-05", Verdict.FAIL, "2 of 2 events have none within 12 s")
def test_the_wait_for_an_effect_is_told() -> Transcript:
    """Not that for a get, where both were waited for; an event that the story saw nothing of is not missing."""
    told = effects(e3="not seen", e4="not seen")
    waits = (waited("effect", 12), waited("fetch", 30))
    poison = (delivered("poison", event="e1", about="o1", genuine=False), POISON)
    tries = (*poison, *map(followed, ("e3", "e4")), *waits)
    return feewise(play("poison-event", "wild-event", delivered("control"), SEEN, *tries, told))
