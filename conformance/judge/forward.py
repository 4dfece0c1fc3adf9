"""Judges of the chapter Payloads on events of a platform that has moved on."""

from __future__ import annotations

from dataclasses import replace

from conformance.judge.binding import Case, Said, judges
from conformance.judge.effects import changed_at, left_out, missing_effect
from conformance.judge.evidence import not_accepted
from conformance.requirement import Unassessable
from conformance.transcript import Play

__all__: list[str] = []


@judges("FWD-01", story="unknown-fields")
def ignores_unknown_fields(play: Play, case: Case) -> Said:
    """The partner takes an event with fields that it does not know like one without them."""
    yield from left_out(play)
    for delivery in play.deliveries("extended")[-1:]:
        if not delivery.succeeded:
            control = play.deliveries("control")[-1]
            found = not_accepted(delivery, control.id)
            yield replace(found, hint=f"the event differs from those before in new fields alone: {changed_at(play)}")
        elif "cannot be seen" in {play.note("control effect"), play.note("effect")}:
            yield Unassessable(
                "acknowledged, but its effect cannot be seen: the partner's control endpoint offers too little for that"
            )
        elif play.note("control effect") != "seen":
            yield Unassessable("positive control failed: a genuine event shows no effect here")
        else:
            yield from missing_effect(play, delivery)


@judges("FWD-02", story="unforeseen-values")
def survives_what_it_does_not_foresee(play: Play, case: Case) -> Said:
    """The partner acknowledges an unknown value of a list, an absent optional field, and null in one."""
    yield from left_out(play)
    for delivery in play.deliveries("varied")[-1:]:
        if not delivery.succeeded:
            found = not_accepted(delivery, play.deliveries("control")[-1].id)
            yield replace(found, hint=f"the event differs from the one before in this alone: {changed_at(play)}")
