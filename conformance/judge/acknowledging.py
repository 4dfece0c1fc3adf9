"""Judges of the chapter Acknowledging."""

from __future__ import annotations

from math import ceil
from typing import Final

from conformance.exchange import Delivery, Failure
from conformance.identifier import names
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import not_accepted, refused_because, seconds
from conformance.quantity import named
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play

__all__ = ["MARGIN", "took_for_sure"]

# What the kit's own way to a socket may add to a measured time.
MARGIN: Final = 0.25
# A percentile is one of answers: so many of the events, at least, must have one.
_MOST: Final = 0.9
# Stories that make it hard to answer in time, and whose own requirements say what is asked of the partner then.
_HARD_TIMES: Final = frozenset(
    {
        "burst",
        "concurrent-events",
        "failing-fetch",
        "half-sent",
        "held-api",
        "hung-fetch",
        "killed-partner",
        "overtaking-notification",
        "renewed-object",
    }
)


@judges("ACK-01", story="every-event-type")
def acknowledges_the_event_type(play: Play, case: Case) -> Said:
    """The partner answers every genuine event, of every event type of the platform, with 2xx."""
    deliveries = play.deliveries("event")
    if not any(delivery.succeeded for delivery in deliveries):
        yield not_accepted(deliveries[-1], *(d.id for d in deliveries[:-1]))


@judges_run("ACK-02", stories=("every-event-type",))
def acknowledges_in_time(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner answers within the platform's limit."""
    limit = case.description.ack_limit
    genuine = [d for p in plays for d in p.deliveries() if d.genuine and d.is_event and p.story not in _HARD_TIMES]
    timed = [d for d in genuine if d.failure in {None, Failure.TIMEOUT}]
    if not timed:
        yield Unassessable("no genuine event was answered")
        return
    late = [d for d in timed if d.took > limit + MARGIN]
    if not late and not any(d.succeeded for d in timed):
        yield Unassessable("positive control failed: no genuine event was accepted")
        return
    sure = [d for d in late if took_for_sure(d, case) > limit + MARGIN]
    if late and (case.shared_machine or not sure):
        why = "other test workers share the machine" if case.shared_machine else "the kit itself stalled meanwhile"
        yield Unassessable(f"{named(len(late), 'answer')} came late, but {why}")
        return
    for delivery in sure[:5]:
        yield Finding(
            expected=f"an answer within {limit:g} s",
            actual=f"{delivery.outcome()} after {seconds(delivery.took)} ({delivery.event_type})",
            exchanges=(delivery.id,),
            rests_on="/acknowledgement/limit",
        )
    slowest = max(timed, key=lambda d: d.took)
    yield Remark(f"slowest of {named(len(timed), 'answer')}: {seconds(slowest.took)}")


def took_for_sure(delivery: Delivery, case: Case) -> float:
    """The time that an answer took, less what the kit itself stood still meanwhile."""
    return delivery.took - case.stalled_for(delivery.started, delivery.ended)


@judges("ACK-03", story="twenty-in-flight")
def stays_fast_with_twenty_in_flight(play: Play, case: Case) -> Said:
    """The partner keeps the 95th percentile of its answers below the soft limit while 20 are in flight."""
    limit = case.description.soft_ack_limit
    deliveries = play.deliveries("event")
    timed = [d for d in deliveries if d.succeeded or d.failure is Failure.TIMEOUT]
    if len(timed) < _MOST * len(deliveries):
        yield Unassessable(f"only {len(timed)} of {len(deliveries)} events were acknowledged")
        return
    slow = _percentile([d.took for d in timed], 95)
    sure = _percentile([took_for_sure(d, case) for d in timed], 95)
    told = ", ".join(f"{seconds(_percentile([d.took for d in timed], part))} ({part} %)" for part in (50, 95, 100))
    if slow > limit + MARGIN and (case.shared_machine or sure <= limit + MARGIN):
        why = "other test workers share the machine" if case.shared_machine else "the kit itself stalled meanwhile"
        yield Unassessable(f"answers came late, but {why}: {told}")
    elif slow > limit + MARGIN:
        late = [d for d in timed if d.took > limit + MARGIN]
        yield Finding(
            expected=f"95 of 100 answers within {limit:g} s",
            actual=f"the 95th percentile of {len(timed)} is {seconds(slow)}",
            exchanges=tuple(d.id for d in late[:5]),
            rests_on="/acknowledgement/soft_limit",
        )
    yield Remark(f"{len(timed)} answers, by percentile: {told}")


def _percentile(values: list[float], part: int) -> float:
    """The least of the values that so many of 100 do not exceed."""
    return sorted(values)[ceil(part / 100 * len(values)) - 1]


@judges("ACK-04", story="held-api")
def acknowledges_without_waiting_for_its_fetch(play: Play, case: Case) -> Said:
    """The partner acknowledges while the platform's API is held for three times the limit."""
    delivery = play.deliveries("event")[-1]
    released = float(play.note("released") or "inf")
    limit = case.description.ack_limit
    calls = tuple(call.id for call in play.calls() if call.fault)
    late = delivery.took > limit + MARGIN
    if late and took_for_sure(delivery, case) <= limit + MARGIN:
        yield Unassessable("the kit itself stalled while the API was held")
    elif late and play.note("held") != "yes":
        yield Unassessable(f"late without any call to the API (see ACK-02): {delivery.outcome()}")
    elif delivery.failure is Failure.TIMEOUT or (late and delivery.ended > released):
        yield Finding(
            expected=f"an answer within {limit:g} s while the platform's API is held",
            actual=f"{delivery.outcome()} after {seconds(delivery.took)}, once the API answered again",
            exchanges=(delivery.id, *calls),
        )
    elif late and case.shared_machine:
        yield Unassessable("the answer came late, but other test workers share the machine")
    elif late:
        yield Finding(
            expected=f"an answer within {limit:g} s while the platform's API is held",
            actual=f"{delivery.outcome()} after {seconds(delivery.took)}",
            exchanges=(delivery.id, *calls),
            rests_on="/acknowledgement/limit",
        )
    elif not delivery.succeeded and play.note("held") == "yes":
        yield Finding(
            expected=f"an acknowledgement within {limit:g} s while the platform's API is held",
            actual=f"{delivery.outcome()} after {seconds(delivery.took)}, with a call to the API under way",
            exchanges=(delivery.id, *calls),
        )
    elif not delivery.succeeded:
        yield Unassessable(f"positive control failed: the event is not accepted ({delivery.outcome()})")
    elif play.note("held") != "yes" and case.description.thin:
        yield Unassessable("the partner made no call that could be held (see FET-01)")
    elif play.note("held") != "yes":
        yield Remark("the partner made no call while the API was held")


@judges_run("ACK-05", stories=("every-event-type",))
def never_redirects(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner never redirects a delivery."""
    # A platform delivers by POST alone; what else is sent may well be shown the way to a page for people.
    answered = [d for p in plays for d in p.deliveries() if d.status is not None and d.request.method == "POST"]
    if not answered:
        yield Unassessable("no delivery was answered")
    for delivery in [d for d in answered if _redirects(d)][:5]:
        location = delivery.response.header("location") if delivery.response else None
        yield Finding(
            expected="an answer at the URL that was given",
            actual=f"{delivery.outcome()} to {location or 'nowhere'} ({delivery.event_type})",
            exchanges=(delivery.id,),
            evidence=Evidence.DEED,
        )


def _redirects(delivery: Delivery) -> bool:
    return delivery.status is not None and 300 <= delivery.status <= 399


@judges("ACK-06", story="foreign-endpoint")
def takes_no_event_at_another_types_endpoint(play: Play, case: Case) -> Said:
    """An event at the endpoint of another object type has no effect on either object."""
    delivery = play.deliveries("foreign")[-1]
    calls = [
        c
        for c in play.calls()
        if c.started >= delivery.started and delivery.object_id == _named(c.request.target, delivery)
    ]
    for call in calls[:1]:
        yield Finding(
            expected="no effect",
            actual=f"a call: {call.request.method} {call.request.target}",
            exchanges=(delivery.id, call.id),
            evidence=Evidence.DEED,
        )
    for asking in [a for a in play.askings("objects", delivery.object_id or "") if a.succeeded][:1]:
        yield Finding(
            expected="the partner holds nothing of the object",
            actual=f"the partner holds it as a {asking.object_type}",
            exchanges=(delivery.id, asking.id),
            evidence=Evidence.DEED,
        )
    if refused_because(delivery) is Evidence.ABSENCE and not delivery.succeeded:
        yield Unassessable(f"the event was not looked at ({delivery.outcome()})")
    if play.note("control effect") != "seen":
        yield Unassessable("positive control failed: a genuine event shows no effect here")


def _named(target: str, delivery: Delivery) -> str | None:
    """The delivery's object, when a call names it in any path: at another endpoint the path may be another type's."""
    return delivery.object_id if delivery.object_id and names(target, delivery.object_id) else None


@judges_run("ACK-07", stories=("every-event-type",))
def names_the_type_of_its_content(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner answers a body only with a Content-Type."""
    answers = [d for p in plays for d in p.deliveries() if d.response is not None]
    if not answers:
        yield Unassessable("no delivery was answered")
    bodies = [d for d in answers if d.response is not None and d.response.body]
    unnamed = {d.status: d for d in reversed(bodies) if not _content_type(d)}
    for delivery in sorted(unnamed.values(), key=lambda d: d.started):
        yield Finding(
            expected="a Content-Type with every body",
            actual=f"a body without one (status {delivery.status})",
            exchanges=(delivery.id,),
            evidence=Evidence.DEED,
        )
    if answers and not bodies:
        yield Remark("no answer had a body")


def _content_type(delivery: Delivery) -> str:
    return (delivery.response.header("content-type") or "").strip() if delivery.response is not None else ""
