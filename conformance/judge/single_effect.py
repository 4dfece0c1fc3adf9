"""Whether an event had its effect, and had it once: what the judges of duplicates and order share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeAlias

from conformance.exchange import Call, Delivery
from conformance.identifier import names
from conformance.judge.binding import Case, Said
from conformance.judge.evidence import applied, changing_calls, fetches, held, shows_as_get
from conformance.quantity import times
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play

__all__ = ["NO_COUNT", "NO_EFFECT", "applied_once", "changes_of", "has_its_effect", "recognised_or_taken"]

NO_COUNT: Final = (
    "the partner's control endpoint does not offer 'events': a second effect cannot be told from a second fetch"
)
NO_EFFECT: Final = "positive control failed: a genuine event shows no effect here"
# A finding cites so many deliveries of one event; more of them say no more.
_CITED: Final = 4
_TOO_MANY: Final = HTTPStatus.TOO_MANY_REQUESTS

# Whether an effect is seen, what is seen in its place, and the exchanges that show it; None where nobody looked.
_Seen: TypeAlias = tuple[bool, str, tuple[str, ...]] | None


def applied_once(play: Play, deliveries: tuple[Delivery, ...], *, refusable: bool = False) -> Said:
    """Judge that an event had one effect, however often it was delivered; the first delivery came before the others.

    Some of the others must have been met as a partner meets what it knows; where they are `refusable`, with a refusal.
    """
    first = deliveries[0]
    copies = [d for d in deliveries if d.role != first.role]
    cited = tuple(dict.fromkeys(d.id for d in (first, *deliveries[-_CITED + 1 :])))
    repeated = _repeated_changes(play, first, copies[0])
    if repeated:
        yield Finding(
            expected="one effect",
            actual=f"{len(repeated)} times {repeated[0].request.method} {repeated[0].request.target}",
            exchanges=(*cited, *(c.id for c in repeated[:3])),
            evidence=Evidence.DEED,
        )
        return
    count = applied(play, first.event_id)
    if count is None:
        yield Unassessable(NO_COUNT)
    elif count[0] == 0:
        yield Unassessable("the partner does not report that it handled the event even once: it may have no use for it")
    elif count[0] > 1:
        yield Finding(
            expected="applied once",
            actual=f"applied {count[0]} times",
            exchanges=(*cited, count[1].id),
            evidence=Evidence.DEED,
        )
    elif not any(recognised_or_taken(copy) or (refusable and _refused(copy)) for copy in copies):
        yield Unassessable(f"the event is not accepted when it comes again ({copies[-1].outcome()})")


def recognised_or_taken(again: Delivery) -> bool:
    """A conflict tells that the event is known; that it is no acknowledgement is judged in DUP-01."""
    return again.succeeded or again.status == HTTPStatus.CONFLICT


def _refused(delivery: Delivery) -> bool:
    """Whether an answer is a refusal and not a sign of load."""
    return delivery.status is not None and 400 <= delivery.status <= 499 and delivery.status != _TOO_MANY


def changes_of(play: Play, delivery: Delivery) -> dict[str | None, list[Call]]:
    """The calls that change something because of an event, after this delivery of it, by operation."""
    by_operation: defaultdict[str | None, list[Call]] = defaultdict(list)
    for call in changing_calls(play, after=delivery.started):
        carried = f"{call.request.target} {call.request.body.decode('utf-8', 'replace')}"
        its_own = call.correlation is not None and call.correlation == delivery.correlation
        if its_own or (delivery.object_id is not None and names(carried, delivery.object_id)):
            by_operation[call.operation].append(call)
    return by_operation


def _repeated_changes(play: Play, first: Delivery, copy: Delivery) -> list[Call]:
    """The calls of one operation that change something because of this event, where some came after its copy."""
    changes = changes_of(play, first).values()
    return next((c for c in changes if c[0].started < copy.started <= c[-1].started), [])


def has_its_effect(play: Play, case: Case, control: Delivery, delivery: Delivery, *, expected: str) -> Said:
    """Judge that an event had its effect, in the ways in which that of a control event of its type is seen."""
    usual = [(way, seen) for way in _WAYS if (seen := way(play, case, control)) is not None]
    for way, seen in usual:
        found = way(play, case, delivery)
        if seen[0] and found is not None and not found[0]:
            yield Finding(expected=expected, actual=found[1], exchanges=(control.id, delivery.id, *found[2]))
            return
    if not usual:
        yield Unassessable("the partner's control endpoint offers neither 'events' nor 'objects'")
    elif not any(seen[0] for _, seen in usual):
        yield Unassessable(NO_EFFECT)


def _by_object(play: Play, case: Case, delivery: Delivery) -> _Seen:
    found = held(play, delivery.object_id)
    if found is None:
        return None
    return found[0] is not None, "the partner holds nothing of the object", (found[1].id,)


def _by_get(play: Play, case: Case, delivery: Delivery) -> _Seen:
    """A get is what a thin event leads to, and one that was chosen for that; any other may lead to one or not."""
    if not shows_as_get(play, case, delivery):
        return None
    return bool(fetches(play, delivery.object_id, succeeded=True)), "no get of the object succeeded", ()


def _by_count(play: Play, case: Case, delivery: Delivery) -> _Seen:
    found = applied(play, delivery.event_id)
    return None if found is None else (found[0] >= 1, f"applied {times(found[0])}", (found[1].id,))


_WAYS: Final[tuple[Callable[[Play, Case, Delivery], _Seen], ...]] = (_by_object, _by_get, _by_count)
