"""Judges of batches: what becomes of each event of a delivery that holds several."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, applied, not_accepted
from conformance.judge.single_effect import has_its_effect
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

_FEW: Final = 2


@judges("PAY-07", story="batch")
def handles_every_event_of_a_batch(play: Play, case: Case) -> Said:
    """The partner acknowledges a batch of several events, and each of them has its effect."""
    yield from _handled(play, case, answered(play, "batch")[-1])


@judges("PAY-07", story="spoiled-batch")
def loses_no_event_beside_one_that_is_none(play: Play, case: Case) -> Said:
    """The partner refuses a batch that holds what is no event, or else handles the events in it."""
    deliveries = answered(play, "spoiled", "batch")
    yield from _handled(play, case, deliveries[-1])


def _handled(play: Play, case: Case, delivery: Delivery) -> Said:
    """Judge that a batch was accepted, and that each of its events had its effect, and had it once."""
    controls = {control.object_type: control for control in answered(play, "control")}
    if not delivery.succeeded:
        yield not_accepted(delivery, *(control.id for control in list(controls.values())[-1:]))
        return
    parts = tuple(_parts(play, delivery))
    unseen: list[Unassessable] = []
    for number, part in enumerate(parts, start=1):
        expected = f"event {number} of the {len(parts)} in the batch has its effect"
        for said in has_its_effect(play, case, controls[part.object_type], part, expected=expected):
            if isinstance(said, Unassessable):
                unseen.append(said)
                continue
            yield said
            return
        yield from _repeated(play, part)
    # One alone may be the only one that the partner has read.
    if len(parts) - len(unseen) < _FEW:
        yield unseen[0]


def _parts(play: Play, delivery: Delivery) -> Iterator[Delivery]:
    """The delivery once for each event that it carried, as if it had carried that alone."""
    for told in json.loads(play.note("batch")):
        yield replace(
            delivery, event_id=told["event"], object_type=told["object_type"], object_id=told["object"], version=None
        )


def _repeated(play: Play, part: Delivery) -> Iterator[Finding]:
    """Object to an event that had its effect more than once."""
    count = applied(play, part.event_id)
    if count is not None and count[0] > 1:
        yield Finding(
            expected="each event of the batch is applied once",
            actual=f"{part.event_id} is applied {count[0]} times",
            exchanges=(part.id, count[1].id),
            evidence=Evidence.DEED,
        )
