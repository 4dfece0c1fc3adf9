"""Judges of what a partner refuses: a refusal counts only beside a genuine event accepted in the same play."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import (
    answered,
    forbidden_effects,
    no_refusal,
    not_accepted,
    refusal_findings,
    refused_because,
)
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__ = ["TOLERANCE", "refusal_statuses", "resting_on"]

TOLERANCE: Final = "/signature/tolerance"


@judges("SIG-01", story="forged-event", only=("no-signature", "signature-left-out"))
def refuses_an_unsigned_event(play: Play, case: Case) -> Said:
    """The partner refuses an event without a signature."""
    yield from _refused(play, case)


@judges("SIG-02", story="forged-event", only=("another-key", "empty-key"))
def refuses_an_event_signed_with_another_key(play: Play, case: Case) -> Said:
    """The partner refuses an event signed with another key."""
    yield from _refused(play, case)


@judges("SIG-03", story="forged-event", only=("one-byte", "white-space", "key-order", "another-id"))
def refuses_an_event_whose_body_changed(play: Play, case: Case) -> Said:
    """The partner refuses an event of which a signed part, above all the body, changed after signing."""
    yield from _refused(play, case)


@judges("SIG-05", story="forged-event", only=("twice-the-tolerance",))
def refuses_a_signature_beyond_the_tolerance(play: Play, case: Case) -> Said:
    """The partner refuses a genuine signature that is twice as old as the tolerance."""
    yield from resting_on(TOLERANCE, _refused(play, case))


@judges("SIG-05", story="forged-event", only=("one-day-old",))
def refuses_a_signature_from_yesterday(play: Play, case: Case) -> Said:
    """The partner refuses a genuine signature that is a day old, which no tolerance for skew and transit covers."""
    yield from _refused(play, case)


@judges("SIG-06", story="forged-event", only=("from-the-future",))
def refuses_a_signature_from_the_future(play: Play, case: Case) -> Said:
    """The partner refuses a genuine signature from twice the tolerance ahead."""
    yield from resting_on(TOLERANCE, _refused(play, case))


@judges("SIG-08", story="forged-event", only=("restamped", "stamped-twice", "one-second-off"))
def refuses_a_timestamp_that_is_not_the_signed_one(play: Play, case: Case) -> Said:
    """The partner refuses an event whose headers tell another time of signing than the one that is signed."""
    yield from _refused(play, case)


@judges("SIG-10", story="forged-event", only=("unknown-version",))
def refuses_a_signature_of_unknown_version_alone(play: Play, case: Case) -> Said:
    """The partner refuses an event whose only signature is of a version that it does not know."""
    yield from _refused(play, case)


_MALFORMED: Final = (
    "empty",
    "cut-short",
    "no-comma",
    "not-in-its-encoding",
    "four-kilobytes",
    "not-ascii",
    "repeated",
    "timestamp-not-a-number",
)


@judges("SIG-11", story="forged-event", only=_MALFORMED)
def refuses_a_malformed_signature(play: Play, case: Case) -> Said:
    """The partner refuses an event whose signature headers have not their form."""
    yield from refusal_findings(play, case, play.deliveries("forged")[-1], statuses=())


@judges("SIG-11", story="forged-event", only=("timestamp-of-400-digits",))
def refuses_a_timestamp_that_no_clock_will_ever_show(play: Play, case: Case) -> Said:
    """The partner refuses a signed timestamp of 400 digits, which only the platform could make."""
    for said in refusal_findings(play, case, play.deliveries("forged")[-1], statuses=()):
        # It is a number all the same, and a partner need not refuse the future: that is a SHOULD as well.
        yield replace(said, level=Level.SHOULD) if isinstance(said, Finding) else said


_CREDENTIALS: Final = ("no-credential", "another-credential", "half-the-credential", "more-than-the-credential")


@judges("SIG-13", story="forged-event", only=_CREDENTIALS)
def refuses_a_delivery_without_the_webhook_credential(play: Play, case: Case) -> Said:
    """The partner refuses a delivery whose webhook credential is missing or wrong."""
    yield from _refused(play, case)


def _refused(play: Play, case: Case) -> Said:
    yield from refusal_findings(play, case, play.deliveries("forged")[-1], statuses=refusal_statuses(case))


def refusal_statuses(case: Case) -> tuple[int, ...]:
    """The statuses with which the platform wants a forged event refused."""
    if case.description.is_assumed("/acknowledgement/refused"):
        return tuple(dict.fromkeys((*case.description.refused_with, 401, 403)))
    return case.description.refused_with


def resting_on(at: str, words: Said) -> Said:
    """What a judge says, where its findings depend on a value of the description."""
    for word in words:
        yield replace(word, rests_on=word.rests_on or at) if isinstance(word, Finding) else word


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
    yield from _twin_lost(play)
    unheard = [word for delivery in (forged, both) for word in no_refusal(delivery)]
    yield from unheard
    if unheard or _answer(both) == _answer(forged):
        return
    looked = _answer(both) == _answer(malformed) or both.status is None or both.status >= 500
    yield Finding(
        expected=f"{forged.outcome()}, as for a forged event that is well formed",
        actual=f"{both.outcome()}" + (", as for a malformed event that is genuine" if looked else ""),
        exchanges=(forged.id, malformed.id, both.id),
        evidence=refused_because(both),
        level=Level.MUST if looked else Level.SHOULD,
    )


def _twin_lost(play: Play) -> Said:
    """A forged event must not keep the genuine one of the same id out: anybody could suppress what is to come."""
    forged, genuine = play.deliveries("forged-twin")[-1:], answered(play, "twin")[-1:]
    if not forged or not genuine or forged[0].succeeded:
        return
    if not genuine[0].succeeded:
        yield not_accepted(genuine[0], forged[0].id)
    elif play.note("control effect") == "seen" and play.note("twin effect") == "not seen":
        yield Finding(
            expected="the event is handled when the platform sends it",
            actual="no effect of it was seen: a forged event with its id came before",
            exchanges=(forged[0].id, genuine[0].id),
        )


def _answer(delivery: Delivery) -> tuple[object, object]:
    return (delivery.failure, delivery.status)


@judges("SIG-09", story="key-change")
def changes_keys_without_a_gap(play: Play, case: Case) -> Said:
    """While the key changes the partner accepts what either key signed, and afterwards not what the retired one did."""
    for role in ("old-and-new", "new-and-old", "new-alone"):
        delivery = answered(play, role)[-1]
        if not delivery.succeeded:
            yield not_accepted(delivery, *(d.id for d in play.deliveries("control")[-1:]))
            return
    yield from refusal_findings(play, case, play.deliveries("retired")[-1], statuses=refusal_statuses(case))


@judges_run("SIG-14", stories=("forged-event",))
def compares_in_constant_time(plays: tuple[Play, ...], case: Case) -> Said:
    """The time that a comparison takes does not tell how much of a signature is right."""
    yield Unassessable("no test over a network can tell; look for it in the code")
