"""Judges of the chapter Payloads on large bodies."""

from __future__ import annotations

from dataclasses import replace

from conformance.exchange import Delivery, Failure
from conformance.judge.binding import Case, Said, judges
from conformance.judge.effects import left_out
from conformance.judge.evidence import answered, no_refusal, not_accepted, refused_because
from conformance.requirement import Finding, Remark
from conformance.transcript import Play

__all__: list[str] = []

_TOO_LARGE = 413


@judges("PAY-01", story="large-body")
def accepts_a_body_up_to_the_limit(play: Play, case: Case) -> Said:
    """The partner accepts an event whose body is as large as the platform's limit."""
    yield from left_out(play)
    for delivery in play.deliveries("large")[-1:]:
        if not delivery.succeeded:
            found = not_accepted(delivery, play.deliveries("control")[-1].id)
            size = len(delivery.request.body)
            told = f"{delivery.outcome()} to a body of {size:,} bytes; the limit is {case.description.body_limit:,}"
            yield replace(found, actual=told, rests_on="/limits/body")


@judges("PAY-02", story="oversized-body")
def answers_a_body_beyond_the_limit(play: Play, case: Case) -> Said:
    """The partner answers a body beyond the limit with 413, or accepts it, and goes on."""
    yield from left_out(play)
    for delivery in play.deliveries("oversized")[-1:]:
        yield from _answered(delivery)
        for after in answered(play, "after")[-1:]:
            if not after.succeeded:
                yield Finding(
                    expected="the event after it is accepted",
                    actual=f"{after.outcome()} to an event of the usual size",
                    exchanges=(delivery.id, after.id),
                    evidence=refused_because(after),
                )


def _answered(delivery: Delivery) -> Said:
    status, size = delivery.status, len(delivery.request.body)
    if any(no_refusal(delivery)):
        yield from no_refusal(delivery)
    elif status is None and delivery.failure is Failure.CLOSED:
        yield Remark("the partner closed the connection, and an answer before that could not be read")
    elif status is None or not (200 <= status <= 299 or 400 <= status <= 499):
        yield Finding(
            expected=f"{_TOO_LARGE}, or a 2xx status",
            actual=f"{delivery.outcome()} to a body of {size:,} bytes",
            exchanges=(delivery.id,),
            evidence=refused_because(delivery),
        )
    elif 400 <= status != _TOO_LARGE:
        yield Remark(f"refused with status {status}; {_TOO_LARGE} says why")
