"""The judge of the chapter Payloads on every event that the platform's document allows."""

from __future__ import annotations

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, refused_because
from conformance.quantity import named
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__: list[str] = []


@judges("PAY-06", story="allowed-events")
def acknowledges_every_event_that_is_allowed(play: Play, case: Case) -> Said:
    """The partner acknowledges every event that the platform's document allows."""
    yield from _at_the_edge(play)
    deliveries = answered(play, "wild")
    if not deliveries:
        yield Unassessable("no event of this type could be made but the usual one")
        return
    refused = [d for d in deliveries if not d.succeeded]
    if not refused:
        yield Remark(f"{named(len(deliveries), 'event')} of this type")
        return
    first = next((d for d in refused if refused_because(d) is Evidence.DEED), refused[0])
    least = next((d for d in play.deliveries("shrunk") if d.id == play.note("least")), first)
    yield Finding(
        expected="a status from 200 to 299, as for the event before",
        actual=f"{first.outcome()} to {_counted(len(refused), len(deliveries))}; {_told(play, least)}",
        exchanges=tuple(dict.fromkeys((play.deliveries("control")[-1].id, first.id, least.id))),
        evidence=refused_because(first),
    )


def _at_the_edge(play: Play) -> Said:
    """What the document allows and a correct partner may stumble over."""
    for delivery in answered(play, "edge"):
        if not delivery.succeeded:
            yield Finding(
                expected="a status from 200 to 299: the document allows this as well",
                actual=f"{delivery.outcome()} to {play.note(delivery.event_id)}",
                exchanges=(play.deliveries("control")[-1].id, delivery.id),
                evidence=refused_because(delivery),
                level=Level.SHOULD,
            )


def _counted(failed: int, total: int) -> str:
    return f"{failed} of {total} events that the document allows"


def _told(play: Play, least: Delivery) -> str:
    """What is known of the least event that fails."""
    matters = play.note("matters").splitlines()
    where = f", and it is accepted with another value, or none, at {', '.join(matters)}" if matters else ""
    size = len(least.request.body)
    return f"the least one of them ({least.id}) has {size:,} bytes{where}"
