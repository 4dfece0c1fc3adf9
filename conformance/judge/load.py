"""Judges of the chapter Load and life: bursts, hanging fetches, half-sent requests, and the soak."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import Final

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, refused_because, seconds
from conformance.judge.losses import accepted, is_visible, loss_findings
from conformance.quantity import named
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__: list[str] = []

# What the kit's own way to a socket may add to a measured time.
MARGIN: Final = 0.25
_SHARED: Final = "answers came late, but other test workers share the machine"
_CITED: Final = 5
_PARTS: Final = 10
# Fewer answers than this in a part, and its percentiles say little.
_LEAST: Final = 10


@judges("CON-01", story="burst")
def takes_a_burst(play: Play, case: Case) -> Said:
    """The partner takes a burst: it accepts every event, at once or when asked again as it wished, and loses none."""
    offers: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in play.deliveries("burst"):
        offers[delivery.event_id].append(delivery)
    too_long = play.note_all("asked to wait too long")
    yield from _never_accepted([d for d in offers.values() if d[0].event_id not in too_long])
    yield from _without_a_time([d for tries in offers.values() for d in tries])
    if too_long:
        yield Unassessable(
            f"the partner asked to wait longer than the kit does, for {len(too_long)} of {len(offers)} events"
        )
    if is_visible(play):
        expected = "every event of the burst that was acknowledged has its effect"
        yield from loss_findings(play, accepted(play, "burst"), expected=expected)
    else:
        yield Unassessable("whether acknowledged events are lost cannot be seen: a genuine event shows no effect here")


def _never_accepted(offers: Sequence[list[Delivery]]) -> Iterator[Finding]:
    """One finding for each way in which events were not accepted."""
    by_outcome: defaultdict[str, list[list[Delivery]]] = defaultdict(list)
    for tries in offers:
        if not tries[-1].succeeded:
            by_outcome[tries[-1].outcome()].append(tries)
    for outcome, failed in by_outcome.items():
        asked = failed[0][-1].asks_to_wait
        yield Finding(
            expected="every event of the burst is answered with 2xx, or with 429 or 503 and accepted afterwards",
            actual=f"{len(failed)} of {len(offers)} events end with {outcome}"
            + (" in spite of waiting" if asked else ""),
            exchanges=tuple(tries[-1].id for tries in failed[:_CITED]),
            evidence=refused_because(failed[0][-1]),
            rests_on="/limits/burst",
        )


def _without_a_time(deliveries: Sequence[Delivery]) -> Iterator[Finding]:
    silent = [
        d for d in deliveries if d.asks_to_wait and d.response is not None and d.response.header("Retry-After") is None
    ]
    if silent:
        yield Finding(
            expected="Retry-After beside 429 or 503",
            actual=f"{named(len(silent), 'answer')} without it, such as {silent[0].outcome()}",
            exchanges=tuple(d.id for d in silent[:_CITED]),
            evidence=Evidence.DEED,
            level=Level.SHOULD,
        )


@judges("CON-02", story="hung-fetch")
def keeps_answering_while_a_fetch_hangs(play: Play, case: Case) -> Said:
    """The partner acknowledges other events in time while one of its fetches has no answer yet."""
    limit = case.description.ack_limit
    meanwhile = answered(play, "meanwhile")
    if play.note("held") == "yes":
        released = float(play.note("released"))
        calls = tuple(call.id for call in play.calls() if call.fault)[:1]
        words = [word for d in meanwhile for word in _not_meanwhile(d, case, calls, released=released)]
        yield from [word for word in words if isinstance(word, Finding)][:1] or words[:1]
    elif case.description.thin:
        yield Unassessable("the partner made no call that could be held (see FET-01)")
    elif any(_is_late(d, case) or not d.succeeded for d in meanwhile):
        yield Unassessable("positive control failed: events are not acknowledged in time although no fetch hangs")
    else:
        yield Remark(
            "the partner made no call that could hang; "
            f"it acknowledged {named(len(meanwhile), 'event')} within {limit:g} s"
        )


def _is_late(delivery: Delivery, case: Case) -> bool:
    """Whether an answer came after the limit, also without the time in which the kit itself stood still."""
    took = delivery.took - case.stalled_for(delivery.started, delivery.ended)
    return took > case.description.ack_limit + MARGIN


def _not_meanwhile(delivery: Delivery, case: Case, calls: tuple[str, ...], *, released: float) -> Said:
    """What is wrong with a delivery while a fetch about another object has no answer."""
    late = _is_late(delivery, case)
    # An answer in time has waited for nothing, also when the fetch was released meanwhile, or in the same tick.
    after = late and delivery.ended > released
    if late and not after and delivery.succeeded and case.shared_machine:
        yield Unassessable(_SHARED)
    elif late:
        yield Finding(
            expected=f"an answer within {case.description.ack_limit:g} s while a fetch about another object hangs",
            actual=f"{delivery.outcome()} after {seconds(delivery.took)}"
            + (", once the fetch was answered" if after else ""),
            exchanges=(delivery.id, *calls),
            rests_on="" if after else "/acknowledgement/limit",
        )
    elif not delivery.succeeded:
        yield Finding(
            expected="an acknowledgement while a fetch about another object hangs",
            actual=delivery.outcome(),
            exchanges=(delivery.id, *calls),
            evidence=refused_because(delivery),
        )


@judges("CON-03", story="half-sent")
def is_not_wedged_by_half_sent_requests(play: Play, case: Case) -> Said:
    """The partner accepts genuine events in time while other requests drip, and after others have broken off."""
    limit = case.description.ack_limit
    others = tuple(d.id for d in play.deliveries("broken-off", "dripping"))[:_CITED]
    for delivery in answered(play, "meanwhile", "after"):
        if _is_late(delivery, case) or not delivery.succeeded:
            if delivery.succeeded and case.shared_machine:
                yield Unassessable(_SHARED)
                continue
            when = "while other requests drip" if delivery.role == "meanwhile" else "after other requests broke off"
            yield Finding(
                expected=f"an acknowledgement within {limit:g} s {when}",
                actual=f"{delivery.outcome()} after {seconds(delivery.took)}",
                exchanges=(delivery.id, *others),
                evidence=refused_because(delivery),
                rests_on="/acknowledgement/limit" if delivery.succeeded else "",
            )


@judges("CON-04", story="soak")
def holds_its_latency(play: Play, case: Case) -> Said:
    """The partner answers as fast at the end of a long steady stream of events as at its beginning; only measured."""
    sent = answered(play, "steady")
    timed = [d for d in sent if d.failure is None]
    if not timed:
        yield Unassessable(f"none of {len(sent)} events was answered")
        return
    parts = _parts(timed)
    lasted = sent[-1].ended - sent[0].started
    refused = sum(not d.succeeded for d in sent)
    yield Remark(f"{named(len(sent), 'event')} in {seconds(lasted)}, {refused} of them not acknowledged")
    told = ", ".join("/".join(f"{1000 * _percentile(part, p):.0f}" for p in (50, 95, 99)) for part in parts)
    yield Remark(f"p50/p95/p99 in ms, part by part: {told}")
    first, last = (_percentile(part, 50) for part in (parts[0], parts[-1]))
    if len(parts) > 1:
        yield Remark(f"the median of the last part is {last / max(first, 1e-6):.1f} times that of the first")
    stalled = case.stalled_for(sent[0].started, sent[-1].ended)
    if stalled or case.shared_machine:
        why = "other test workers share the machine"
        why = why if case.shared_machine else f"the kit itself stalled for {stalled:.1f} s"
        yield Remark(f"{why}, which these times include")


def _parts(deliveries: Sequence[Delivery]) -> list[list[float]]:
    """The times of the answers, cut into parts of equal size, the oldest first."""
    count = max(1, min(_PARTS, len(deliveries) // _LEAST))
    edges = [round(number * len(deliveries) / count) for number in range(count + 1)]
    times = [d.took for d in deliveries]
    return [times[begin:end] for begin, end in pairwise(edges)]


def _percentile(times: Sequence[float], rank: int) -> float:
    """The nearest-rank percentile."""
    return sorted(times)[ceil(rank / 100 * len(times)) - 1]
