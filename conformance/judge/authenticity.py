"""Judges of the chapter Authenticity: a refusal counts only beside a genuine event accepted in the same play."""

from __future__ import annotations

from dataclasses import replace

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import forbidden_effects, refusal_findings, refused_because
from conformance.requirement import Evidence, Finding
from conformance.transcript import Play
from conformance.verdict import Level

__all__: list[str] = []


@judges("SIG-01", story="forged-event", only=("no-signature",))
def refuses_an_unsigned_event(play: Play, case: Case) -> Said:
    """The partner refuses an event without a signature."""
    yield from _refused(play, case)


@judges("SIG-02", story="forged-event", only=("another-key", "empty-key"))
def refuses_an_event_signed_with_another_key(play: Play, case: Case) -> Said:
    """The partner refuses an event signed with another key."""
    yield from _refused(play, case)


@judges("SIG-03", story="forged-event", only=("one-byte", "white-space", "key-order"))
def refuses_an_event_whose_body_changed(play: Play, case: Case) -> Said:
    """The partner refuses an event whose body changed after signing."""
    yield from _refused(play, case)


@judges("SIG-05", story="forged-event", only=("twice-the-tolerance",))
def refuses_a_signature_beyond_the_tolerance(play: Play, case: Case) -> Said:
    """The partner refuses a genuine signature that is twice as old as the tolerance."""
    for said in _refused(play, case):
        yield replace(said, rests_on=said.rests_on or "/signature/tolerance") if isinstance(said, Finding) else said


@judges("SIG-05", story="forged-event", only=("one-day-old",))
def refuses_a_signature_from_yesterday(play: Play, case: Case) -> Said:
    """The partner refuses a genuine signature that is a day old, which no tolerance for skew and transit covers."""
    yield from _refused(play, case)


@judges("SIG-13", story="forged-event", only=("no-credential", "another-credential", "half-the-credential"))
def refuses_a_delivery_without_the_webhook_credential(play: Play, case: Case) -> Said:
    """The partner refuses a delivery whose webhook credential is missing or wrong."""
    yield from _refused(play, case)


def _refused(play: Play, case: Case) -> Said:
    statuses = tuple(dict.fromkeys((*case.description.refused_with, 401, 403)))
    if not case.description.is_assumed("/acknowledgement/refused"):
        statuses = case.description.refused_with
    yield from refusal_findings(play, case, play.deliveries("forged")[-1], statuses=statuses)


@judges("SIG-12", story="forged-and-malformed")
def decides_on_the_signature_first(play: Play, case: Case) -> Said:
    """The partner refuses what is forged and malformed as forged, and a forged event leaves no effect."""
    forged, malformed, both = (play.deliveries(role)[-1] for role in ("forged", "malformed", "both"))
    for delivery in (forged, both):
        if delivery.succeeded:
            yield Finding(
                expected="a refusal",
                actual=f"accepted with {delivery.outcome()}",
                exchanges=(delivery.id,),
                evidence=Evidence.DEED,
            )
            return
    yield from forbidden_effects(play, forged, count=True)
    if _answer(both) == _answer(forged):
        return
    looked = _answer(both) == _answer(malformed) or both.status is None or both.status >= 500
    yield Finding(
        expected=f"{forged.outcome()}, as for a forged event that is well formed",
        actual=f"{both.outcome()}" + (", as for a malformed event that is genuine" if looked else ""),
        exchanges=(forged.id, malformed.id, both.id),
        evidence=refused_because(both),
        level=Level.MUST if looked else Level.SHOULD,
    )


def _answer(delivery: Delivery) -> tuple[object, object]:
    return (delivery.failure, delivery.status)
