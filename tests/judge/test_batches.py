"""What the judges of batches say of transcripts written by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from conformance.exchange import Delivery
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, applied, called, delivered, feewise, holds, noted, play, waited, wawex

CONTROL: Final = (delivered("control", event="e0", about="o0"), applied("e0", 1), holds("o0", {"id": "o0"}))


def _parts(*numbers: int, kinds: tuple[str, ...] = ()) -> Moment:
    """What the kit wrote down of the events in the batch."""
    types = kinds or ("thing",) * len(numbers)
    told = [{"event": f"e{n}", "object_type": t, "object": f"o{n}"} for n, t in zip(numbers, types, strict=True)]
    return noted("batch", json.dumps(told))


def _handled(number: int, times: int = 1) -> tuple[Moment, ...]:
    """The partner says what became of an event of the batch."""
    return applied(f"e{number}", times), holds(f"o{number}", {"id": f"o{number}"} if times else None)


def told(story: str, *moments: Moment, **settings: Any) -> Transcript:
    """A run with this play, on a platform that delivers batches."""
    return feewise(play(story, "", *moments), changed={"/deliveries/form": "batch"}, **settings)


BATCH: Final = delivered("batch")


@case("PAY-07", Verdict.PASS)
def test_every_event_of_a_batch_has_its_effect() -> Transcript:
    """As the event that came alone."""
    return told("batch", *CONTROL, BATCH, _parts(1, 2, 3), *_handled(1), *_handled(2), *_handled(3))


@case("PAY-07", Verdict.FAIL, "event 2 of the 3 in the batch has its effect / the partner holds nothing of the object")
def test_only_the_first_event_of_a_batch_is_read() -> Transcript:
    """The acknowledgement stood for all of them."""
    lost = (*_handled(1), *_handled(2, 0), *_handled(3, 0))
    return told("batch", *CONTROL, BATCH, _parts(1, 2, 3), *lost)


@case("PAY-07", Verdict.FAIL, "event 1 of the 2 in the batch has its effect / applied 0 times")
def test_only_the_last_event_of_a_batch_is_read() -> Transcript:
    """Where nothing but the count tells."""
    alone = (CONTROL[0], CONTROL[1])
    return told("batch", *alone, BATCH, _parts(1, 2), applied("e1", 0), applied("e2", 1))


@case("PAY-07", Verdict.FAIL, "event 2 of the 2 in the batch has its effect / no get of the object succeeded")
def test_only_the_first_object_of_a_batch_is_got() -> Transcript:
    """On thin events the get is the effect."""
    alone = (delivered("control", event="e0", about="o0"), called("get", "o0"))
    got = (BATCH, called("get", "o1"), waited("fetch", 30), _parts(1, 2))
    return wawex(play("batch", "", *alone, *got), changed={"/deliveries/form": "batch"})


@case("PAY-07", Verdict.FAIL, "a status from 200 to 299 / status 413")
def test_a_batch_of_several_events_is_refused() -> Transcript:
    """The platform has no other form for them."""
    return told("batch", *CONTROL, delivered("batch", status=413), _parts(1, 2))


@case("PAY-07", Verdict.FAIL, "each event of the batch is applied once / e2 is applied 2 times")
def test_an_event_of_a_batch_is_handled_twice() -> Transcript:
    """Once for each event of the list that comes before it, say."""
    return told("batch", *CONTROL, BATCH, _parts(1, 2), *_handled(1), *_handled(2, 2))


@case("PAY-07", Verdict.PASS)
def test_a_type_that_the_partner_has_no_use_for_says_nothing() -> Transcript:
    """The two others do."""
    other = delivered("control", event="e9", about="o9")
    idle = (_of_type(other, "idle"), applied("e9", 0))
    parts = _parts(1, 2, 3, kinds=("thing", "thing", "idle"))
    seen = (*_handled(1), *_handled(2), *_handled(3, 0))
    return told("batch", *CONTROL, *idle, BATCH, parts, *seen)


@case("PAY-07", Verdict.NOT_ASSESSABLE, "a genuine event shows no effect here")
def test_one_event_of_a_batch_alone_proves_nothing() -> Transcript:
    """It may be the only one that was read."""
    other = delivered("control", event="e9", about="o9")
    idle = (_of_type(other, "idle"), applied("e9", 0))
    parts = _parts(1, 2, kinds=("thing", "idle"))
    return told("batch", *CONTROL, *idle, BATCH, parts, *_handled(1), *_handled(2, 0))


def _of_type(moment: Moment, object_type: str) -> Moment:
    """A delivery of another type."""
    assert isinstance(moment.record, Delivery)
    return replace(moment, record=replace(moment.record, object_type=object_type))


@case("PAY-07", Verdict.NOT_ASSESSABLE, "offers neither 'events' nor 'objects'")
def test_without_control_the_events_of_a_batch_cannot_be_told() -> Transcript:
    """Thick events show no effect by themselves."""
    return told("batch", CONTROL[0], BATCH, _parts(1, 2), offers=())


SPOILED: Final = delivered("spoiled", genuine=False)
REFUSED: Final = delivered("spoiled", genuine=False, status=400)


@case("PAY-07", Verdict.PASS)
def test_the_events_of_a_spoiled_batch_are_handled() -> Transcript:
    """What is no event is set aside."""
    return told("spoiled-batch", *CONTROL, SPOILED, _parts(1, 2), *_handled(1), *_handled(2))


@case("PAY-07", Verdict.PASS)
def test_a_spoiled_batch_is_refused_and_comes_again_without_what_spoiled_it() -> Transcript:
    """Then everything is handled."""
    again = (REFUSED, BATCH, _parts(1, 2), *_handled(1), *_handled(2))
    return told("spoiled-batch", *CONTROL, *again)


@case("PAY-07", Verdict.FAIL, "event 1 of the 2 in the batch has its effect")
def test_a_spoiled_batch_is_acknowledged_and_dropped() -> Transcript:
    """Nobody will send its events again."""
    return told("spoiled-batch", *CONTROL, SPOILED, _parts(1, 2), *_handled(1, 0), *_handled(2, 0))


@case("PAY-07", Verdict.FAIL, "a status from 200 to 299 / status 409")
def test_the_events_of_a_spoiled_batch_are_refused_for_ever() -> Transcript:
    """Their ids were written down with the refusal."""
    again = delivered("batch", status=409)
    return told("spoiled-batch", *CONTROL, REFUSED, again, _parts(1, 2))
