"""Judges of the chapter Correlation that look at the header of events: found, missing, hostile, many at once."""

from __future__ import annotations

from http import HTTPStatus
from itertools import combinations

from conformance.exchange import Call, Delivery, Failure, Headers
from conformance.identifier import names
from conformance.judge.binding import Case, Said, judges
from conformance.judge.correlation import same
from conformance.judge.evidence import answered, names_alone, not_accepted, refused_because, seconds
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play

__all__: list[str] = []


def _about(play: Play, delivery: Delivery) -> tuple[Call, ...]:
    """The calls after a delivery that name what it alone names."""
    own = names_alone(play, delivery)
    after = (call for call in play.calls() if call.started >= delivery.started)
    return tuple(call for call in after if any(names(_said(call), name) for name in own))


def _said(call: Call) -> str:
    return f"{call.request.target} {call.request.body.decode('utf-8', 'replace')}"


def _carries(call: Call, delivery: Delivery) -> bool:
    return bool(call.correlation and delivery.correlation) and same(call.correlation or "", delivery.correlation or "")


@judges("COR-04", story="concurrent-events")
def never_mixes_the_ids_of_concurrent_events(play: Play, case: Case) -> Said:
    """The partner never sends the correlation id of one event on a call about the object of another."""
    deliveries = [d for d in play.deliveries("event") if d.succeeded]
    calls = [(d, call) for d in deliveries for call in _about(play, d)]
    mixed = [(d, call, other) for d, call in calls for other in deliveries if _mixes(call, d, other)]
    for delivery, call, other in mixed[:3]:
        yield Finding(
            expected=f"{case.description.correlation_header}: {delivery.correlation}",
            actual=f"{call.request.method} {call.request.target} carries {call.correlation}, the id of another event",
            exchanges=(delivery.id, other.id, call.id),
            evidence=Evidence.DEED,
        )
    if not calls:
        yield Unassessable("the events led to no call")
    elif not _at_once(calls):
        yield Unassessable("the partner works one at a time, so nothing could be mixed")
    elif not _at_once([(d, call) for d, call in calls if _carries(call, d)]):
        yield Unassessable("no two calls at once carry the ids of their events (see COR-02)")


def _mixes(call: Call, delivery: Delivery, other: Delivery) -> bool:
    return _carries(call, other) and not _carries(call, delivery)


def _at_once(calls: list[tuple[Delivery, Call]]) -> bool:
    """Whether calls about two objects were under way at one time."""
    return any(
        d.event_id != other.event_id and max(c.started, call.started) < min(c.ended, call.ended)
        for (d, c), (other, call) in combinations(calls, 2)
    )


@judges("COR-07", story="hostile-correlation")
def survives_a_hostile_correlation_id(play: Play, case: Case) -> Said:
    """The partner survives a hostile correlation id: no 5xx, no split header, no markup given back, no lookup."""
    hostile = answered(play, "hostile")[-1]
    yield from _bears(hostile, large=play.note("large") == "yes")
    yield from _splits(play, hostile)
    if _reflects(hostile):
        yield Finding(
            expected="no markup of the header in an HTML page",
            actual=f"{hostile.outcome()}, and the page holds {hostile.correlation}",
            exchanges=(hostile.id,),
            evidence=Evidence.DEED,
        )
    for call in play.calls("bait")[:1]:
        yield Finding(
            expected="the header is text and nothing more",
            actual=f"the lookup in it was followed: {call.request.method} {call.request.target}",
            exchanges=(hostile.id, call.id),
            evidence=Evidence.DEED,
        )
    yield from _goes_on(play, hostile)


def _bears(hostile: Delivery, *, large: bool) -> Said:
    """Any answer but a 5xx; who reads no header of that size may close the connection on it."""
    if hostile.failure is Failure.CLOSED and large:
        yield Remark("the connection is closed on a header of this size")
    elif hostile.failure is not None or hostile.status is None or hostile.status >= 500:
        yield Finding(
            expected="an answer that is no 5xx",
            actual=hostile.outcome(),
            exchanges=(hostile.id,),
            evidence=refused_because(hostile),
        )
    elif hostile.status == HTTPStatus.TOO_MANY_REQUESTS:
        yield Unassessable(f"the event met a limit, so what its header does is not seen ({hostile.outcome()})")
    elif not hostile.succeeded:
        yield Remark(f"refused with {hostile.outcome()}")


def _splits(play: Play, hostile: Delivery) -> Said:
    """A header that the value spells out in percent codes may appear nowhere as a header."""
    name = play.note("injected header")
    if not name:
        return
    if hostile.response is not None and _has(hostile.response.headers, name):
        yield _split(f"the answer has a header {name}", hostile)
    for call in [call for call in play.calls() if _has(call.request.headers, name)][:1]:
        yield _split(f"{call.request.method} {call.request.target} has a header {name}", hostile, call)


def _has(headers: Headers, name: str) -> bool:
    return any(key.lower() == name.lower().encode() for key, _ in headers)


def _split(actual: str, hostile: Delivery, *calls: Call) -> Finding:
    return Finding(
        expected="percent codes in the header stay what they are",
        actual=actual,
        exchanges=(hostile.id, *(call.id for call in calls)),
        evidence=Evidence.DEED,
    )


def _reflects(hostile: Delivery) -> bool:
    value, answer = hostile.correlation or "", hostile.response
    is_page = answer is not None and "html" in (answer.header("content-type") or "").lower()
    return "<" in value and answer is not None and is_page and value.encode() in answer.body


def _goes_on(play: Play, hostile: Delivery) -> Said:
    """The next event is handled like the one before."""
    following = answered(play, "follow-up")[-1]
    if not following.succeeded:
        yield Finding(
            expected="the next event is accepted",
            actual=following.outcome(),
            exchanges=(hostile.id, following.id),
            evidence=refused_because(following),
        )
    elif (play.note("control effect"), play.note("follow-up effect")) == ("seen", "not seen"):
        yield Finding(
            expected="the next event has the effect that the one before had",
            actual=f"no effect within {seconds(play.waited())}",
            exchanges=(hostile.id, following.id),
        )


@judges("COR-08", story="uncorrelated-event")
def does_without_a_correlation_id(play: Play, case: Case) -> Said:
    """The partner acknowledges an event without a correlation id, and makes one for the calls that it leads to."""
    delivery = answered(play, "bare")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
        return
    calls = _about(play, delivery)
    if not calls:
        yield Remark("the event led to no call: the acknowledgement alone is judged")
    taken = {*(d.correlation for d in play.deliveries("control")), *play.note_all("id of another story")}
    for call in [c for c in calls if not c.correlation or c.correlation in taken][:1]:
        yield Finding(
            expected=f"a header {case.description.correlation_header} of the partner's own making",
            actual=f"{call.request.method} {call.request.target} carries "
            + (f"{call.correlation}, the id of another event" if call.correlation else "none"),
            exchanges=(delivery.id, call.id),
            evidence=Evidence.DEED,
        )


@judges("COR-09", story="header-spellings")
def finds_the_header_in_any_case(play: Play, case: Case) -> Said:
    """The partner finds the correlation header whatever the case of its name."""
    spelled = [(_spelling(d, case), d, _about(play, d)) for d in answered(play, "spelled")]
    found = [d for _, d, calls in spelled if any(_carries(call, d) for call in calls)]
    if not found:
        led = any(calls for _, _, calls in spelled)
        yield Unassessable(
            "no call carried the id of its event, however the header was spelled (see COR-02)"
            if led
            else "the events led to no call"
        )
        return
    for name, delivery, calls in [each for each in spelled if each[1] not in found]:
        if not delivery.succeeded:
            yield not_accepted(delivery, found[0].id)
        elif not calls:
            yield Unassessable(f"the event with {name} led to no call")
        else:
            yield Finding(
                expected=f"the id of {name} is found like that of {_spelling(found[0], case)}",
                actual=f"{calls[0].request.method} {calls[0].request.target} carries {calls[0].correlation or 'none'}",
                exchanges=(found[0].id, delivery.id, calls[0].id),
                evidence=Evidence.DEED,
            )


def _spelling(delivery: Delivery, case: Case) -> str:
    """The name of the correlation header as it was sent."""
    wanted = case.description.correlation_header.lower().encode()
    return next((key.decode("latin-1") for key, _ in delivery.request.headers if key.lower() == wanted), "no header")
