"""Judges of the chapter Duplicates: redeliveries in unusual circumstances."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from conformance import pointer
from conformance.exchange import Delivery, Exchange
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, applied, held, not_accepted, refused_because
from conformance.judge.single_effect import (
    NO_COUNT,
    NO_EFFECT,
    applied_once,
    changes_of,
    has_its_effect,
    recognised_or_taken,
)
from conformance.likeness import alike
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

# Fewer redeliveries than these may all have met one worker.
_ENOUGH: Final = 16
_PAIR: Final = 2


@judges("DUP-03", story="simultaneous-copies")
def applies_simultaneous_copies_once(play: Play, case: Case) -> Said:
    """The partner applies an event once when two copies of it arrive at the same instant."""
    control = play.deliveries("control")[-1]
    ordinary = applied(play, control.event_id)
    pairs = [
        tuple(d for d in play.deliveries("copy") if d.event_id == event_id)
        for event_id in dict.fromkeys(d.event_id for d in play.deliveries("copy"))
    ]
    if not any(sum(_looked_at(copy) for copy in copies) >= _PAIR for copies in pairs):
        yield Unassessable("of no pair were both copies looked at: one met a limit, or had no answer")
    for copies in pairs:
        event_id = copies[0].event_id
        yield from _more_changes_than(play, control, copies)
        count = applied(play, event_id)
        if count is None or (count[0] == 0 and (ordinary is None or ordinary[0] == 0)):
            yield Unassessable(NO_COUNT if count is None else "the partner does not report that it handled any event")
        elif count[0] != 1:
            yield Finding(
                expected="applied once",
                actual=f"applied {count[0]} times",
                exchanges=(*(d.id for d in copies), count[1].id),
                evidence=Evidence.DEED if count[0] else Evidence.ABSENCE,
            )


def _looked_at(copy: Delivery) -> bool:
    """Whether the partner dealt with a delivery; a lock that it could not have shows in a refusal of another kind."""
    return copy.failure is None and copy.status != HTTPStatus.TOO_MANY_REQUESTS


def _more_changes_than(play: Play, control: Delivery, copies: tuple[Delivery, ...]) -> Iterator[Finding]:
    """More changing calls of an operation than one event leads to that came alone."""
    usual = changes_of(play, control)
    for operation, calls in changes_of(play, copies[0]).items():
        done = [call for call in calls if call.succeeded]
        if len(done) > max(1, len(usual.get(operation, ()))):
            yield Finding(
                expected="one effect",
                actual=f"{len(done)} times {done[0].request.method} {done[0].request.target}",
                exchanges=(*(d.id for d in copies), *(c.id for c in done[:3])),
                evidence=Evidence.DEED,
            )


@judges("DUP-04", story="failed-delivery", only=("failing-get",))
def processes_a_retry_after_a_failed_get(play: Play, case: Case) -> Said:
    """An event whose get failed is processed in the end, by the partner's own retry or by the redelivery."""
    deliveries = answered(play, "first", "retry")
    if not any(call.fault for call in play.calls()):
        if not deliveries[-1].succeeded:
            yield Unassessable(f"positive control failed: the event is not accepted ({deliveries[-1].outcome()})")
            return
        if all(delivery.succeeded for delivery in deliveries):
            yield Unassessable("the partner made no call that could fail")
            return
    said = tuple(_processed(play, case, deliveries[-1]))
    if any(isinstance(word, Finding) for word in said) and not deliveries[-1].succeeded:
        yield not_accepted(deliveries[-1], deliveries[0].id)
        return
    yield from said


@judges("DUP-04", story="failed-delivery", only=("half-sent", "hung-up"))
def processes_a_retry_after_a_broken_delivery(play: Play, case: Case) -> Said:
    """An event whose first delivery broke off is processed when it is delivered again."""
    retry = play.deliveries("retry")[-1]
    said = tuple(_processed(play, case, retry))
    if any(isinstance(word, Finding) for word in said) and not retry.succeeded:
        yield Unassessable(f"the redelivery is not accepted ({retry.outcome()})")
        return
    yield from said


def _processed(play: Play, case: Case, last: Delivery) -> Said:
    first, control = play.deliveries("first")[-1], play.deliveries("control")[-1]
    failed = first.outcome() if not first.succeeded else "its get failed"
    expected = f"the event has its effect after the redelivery (first delivery: {failed})"
    yield from has_its_effect(play, case, control, last, expected=expected)


@judges("DUP-06", story="long-ago")
def remembers_an_event_of_long_ago(play: Play, case: Case) -> Said:
    """The partner recognises a redelivery after many other events."""
    again = play.deliveries("again")[-1]
    before, after = applied(play, again.event_id, before=again.started), applied(play, again.event_id)
    changes = [call for calls in changes_of(play, again).values() for call in calls]
    others = play.note("others")
    if changes:
        yield _forgotten(others, f"a call: {changes[0].request.method} {changes[0].request.target}", again, changes[0])
    elif before is None or after is None:
        yield Unassessable(NO_COUNT)
    elif after[0] > before[0]:
        yield _forgotten(others, f"applied {after[0]} times, {before[0]} before", again, before[1], after[1])
    elif not recognised_or_taken(again):
        yield Unassessable(f"the redelivery is not accepted ({again.outcome()})")
    else:
        yield Remark(f"{others} other events lay between")


def _forgotten(others: str, actual: str, *proof: Exchange) -> Finding:
    return Finding(
        expected=f"no second effect of an event that comes again after {others} others",
        actual=actual,
        exchanges=tuple(exchange.id for exchange in proof),
        evidence=Evidence.DEED,
        rests_on="/duplicates/remembered",
    )


@judges("DUP-07", story="second-body")
def lets_no_second_body_in(play: Play, case: Case) -> Said:
    """A second, different body under a known event id is neither taken silently nor applied beside the first."""
    first, second = play.deliveries("first")[-1], play.deliveries("second")[-1]
    findings = (*_ill_answered(second), *_applied_beside(play, second), *_let_in(play, first, second))
    yield from findings
    if second.status == HTTPStatus.TOO_MANY_REQUESTS and not findings:
        yield Unassessable(f"the second body met a limit and no judgement ({second.outcome()})")
    elif second.succeeded and not findings:
        yield from _unseen(play, first, second)


def _ill_answered(second: Delivery) -> Iterator[Finding]:
    refused = second.failure is None and second.status is not None and 400 <= second.status <= 499
    if not second.succeeded and not refused:
        yield Finding(
            expected="an acknowledgement, or a refusal with a 4xx status",
            actual=second.outcome(),
            exchanges=(second.id,),
            evidence=refused_because(second),
        )


def _applied_beside(play: Play, second: Delivery) -> Iterator[Finding]:
    count = applied(play, second.event_id)
    if count is not None and count[0] > 1:
        yield Finding(
            expected="applied once",
            actual=f"applied {count[0]} times",
            exchanges=(second.id, count[1].id),
            evidence=Evidence.DEED,
        )


def _let_in(play: Play, first: Delivery, second: Delivery) -> Iterator[Finding]:
    """What only the second body told of, seen in what the partner holds: of another object, or of another state."""
    seen = held(play, second.object_id)
    if seen is None or seen[0] is None:
        return
    content, asking = seen
    told = _bodies(play)
    taken = {
        at: value
        for at, (before, value) in told.items()
        if alike(pointer.read(content, at), value) and not alike(before, value)
    }
    if taken or second.object_id != first.object_id:
        shown = ", ".join(f"{at} = {json.dumps(value)}" for at, value in taken.items())
        yield Finding(
            expected="nothing of the second body is held",
            actual=f"the partner holds {shown or 'the object that it names'}",
            exchanges=(first.id, second.id, asking.id),
            evidence=Evidence.DEED,
        )


def _bodies(play: Play) -> dict[str, tuple[Any, Any]]:
    """What the two bodies say at the places where they differ."""
    first, second = (json.loads(play.note(f"{name} body") or "{}") for name in ("first", "second"))
    return {at: (first[at], second[at]) for at in second}


def _unseen(play: Play, first: Delivery, second: Delivery) -> Said:
    """Why an acknowledged second body may have been taken in all the same."""
    before, after, told = (
        held(play, first.object_id, before=second.started),
        held(play, second.object_id),
        _bodies(play),
    )
    if before is None or after is None:
        yield Unassessable(
            "the partner's control endpoint does not offer 'objects': what the second body did is not seen"
        )
    elif before[0] is None:
        yield Unassessable(NO_EFFECT)
    elif told and all(pointer.read(after[0], at) is None for at in told):
        yield Unassessable(f"what the partner holds has none of {', '.join(told)}")


@judges("DUP-08", story="many-redeliveries")
def shares_what_it_remembers(play: Play, case: Case) -> Said:
    """The partner applies an event once, although it comes again on many connections."""
    said = tuple(applied_once(play, (*play.deliveries("first"), *play.deliveries("again"))))
    taken = sum(recognised_or_taken(delivery) for delivery in answered(play, "again"))
    if taken < _ENOUGH and not any(isinstance(word, Finding) for word in said):
        yield Unassessable(f"the partner accepted only {taken} of the redeliveries")
        return
    yield from said
