"""Judges of what a partner refuses although it is genuine: events with a fault, and bodies that hold none."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import refusal_findings
from conformance.requirement import Finding, Inapplicable
from conformance.transcript import Play
from conformance.verdict import Level

__all__: list[str] = []

# Without these nobody can tell which event it is, or what it is about.
_NAMES: Final = (
    "id-missing",
    "id-of-another-type",
    "type-missing",
    "type-of-another-type",
    "payload-missing",
    "payload-of-another-type",
    "object-id-missing",
    "object-id-of-another-type",
)
# These a partner may have no use for, and what a payload holds is for whoever reads it.
_DETAILS: Final = (
    "time-missing",
    "object-type-missing",
    "change-missing",
    "payload-id-missing",
    "payload-field-of-another-type",
)


@judges("ERR-02", story="defective-event", only=_NAMES)
def refuses_an_event_that_names_nothing(play: Play, case: Case) -> Said:
    """The partner refuses an event whose envelope lacks, or garbles, what names the event and its object."""
    # At an endpoint of its own an event type is known without the field.
    known = case.description.endpoint_per_type and play.parameter.startswith("type-")
    yield from _refused(play, case, Level.SHOULD if known else Level.MUST)


@judges("ERR-02", story="defective-event", only=_DETAILS)
def refuses_an_event_with_a_fault_in_its_details(play: Play, case: Case) -> Said:
    """The partner refuses an event that lacks, or garbles, a required detail."""
    yield from _refused(play, case, Level.SHOULD)


def _refused(play: Play, case: Case, level: Level) -> Said:
    allowed = play.note("no defect")
    if allowed:
        yield Inapplicable(allowed)
        return
    for said in refusal_findings(play, case, play.deliveries("defective")[-1], statuses=()):
        if not isinstance(said, Finding):
            yield said
            continue
        weight = level if level is Level.SHOULD else said.level
        yield replace(said, actual=f"{said.actual} ({play.note('defect')})", level=weight)


@judges("ERR-03", story="no-object")
def refuses_a_body_without_an_object(play: Play, case: Case) -> Said:
    """The partner answers an empty body, `null`, a list and a scalar with 4xx."""
    yield from refusal_findings(play, case, play.deliveries("defective")[-1], statuses=())
