"""Reading effects out of a play: what the partner fetched, changed, holds, and says that it applied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from conformance import pointer
from conformance.exchange import Asking, Call, Delivery, Exchange, Failure
from conformance.identifier import canonical, names, same, uuids_in
from conformance.judge.binding import Case, Said
from conformance.likeness import alike
from conformance.quantity import times
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__ = [
    "Versions",
    "accepted_findings",
    "answered",
    "applied",
    "changing_calls",
    "fetches",
    "forbidden_call",
    "forbidden_effects",
    "forbidden_holding",
    "held",
    "manner_findings",
    "names_alone",
    "no_refusal",
    "no_use_for",
    "not_accepted",
    "refusal_findings",
    "refused_because",
    "seconds",
    "shows_as_get",
    "versions",
    "wrong_state",
]

_TOO_MANY = 429


def seconds(value: float) -> str:
    """A duration as people read it."""
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def fetches(play: Play, object_id: str | None, *, after: float = 0.0, succeeded: bool = False) -> tuple[Call, ...]:
    """The partner's gets of an object; a partner may spell a uuid in upper case."""
    return tuple(
        call
        for call in play.calls("get")
        if same(call.object_id or "", object_id or "") and call.started >= after and (call.succeeded or not succeeded)
    )


def shows_as_get(play: Play, case: Case, delivery: Delivery) -> bool:
    """Whether the event shows its effect by a get of its object: a thin one, or one that the story chose for that."""
    return case.description.thin or delivery.event_id in play.note_all("followed")


def changing_calls(play: Play, *, after: float = 0.0) -> tuple[Call, ...]:
    """The partner's calls that create or update an object."""
    return tuple(call for call in play.calls() if call.changes_objects and call.started >= after)


def answered(play: Play, *roles: str) -> tuple[Delivery, ...]:
    """The deliveries in these roles, without the attempts that were made again: no connection, or a plea to wait."""
    deliveries = play.deliveries(*roles)
    return tuple(
        delivery
        for number, delivery in enumerate(deliveries)
        if not (
            _says_nothing(delivery)
            and any((d.role, d.event_id) == (delivery.role, delivery.event_id) for d in deliveries[number + 1 :])
        )
    )


def _says_nothing(delivery: Delivery) -> bool:
    """Whether it came no further than a connection that failed, or than an answer about the moment alone."""
    if delivery.failure is None:
        return delivery.asks_to_wait
    return delivery.failure is Failure.REFUSED or (delivery.failure is Failure.CLOSED and delivery.response is None)


def refused_because(delivery: Delivery) -> Evidence:
    """What a delivery that was not accepted proves: silence, 429 and 502 to 504 may be load, others are deeds."""
    may_be_load = delivery.failure is not None or delivery.asks_to_wait or delivery.is_of_gateway
    return Evidence.ABSENCE if may_be_load else Evidence.DEED


def not_accepted(delivery: Delivery, *others: str) -> Finding:
    """The finding that a genuine delivery was not answered with 2xx; `others` are exchanges to cite as well."""
    return Finding(
        expected="a status from 200 to 299",
        actual=delivery.outcome(),
        exchanges=(*others, delivery.id),
        evidence=refused_because(delivery),
    )


def applied(play: Play, event_id: str, *, before: float = float("inf")) -> tuple[int, Asking] | None:
    """How often the partner says, at last before a time, that it handled an event; None when it was not asked."""
    for asking in reversed([a for a in play.askings("events", event_id) if a.started < before]):
        content = asking.response.json() if asking.response is not None and asking.succeeded else None
        if isinstance(content, dict) and isinstance(content.get("applied"), int):
            return content["applied"], asking
    return None


def held(play: Play, object_id: str | None, *, before: float = float("inf")) -> tuple[Any, Asking] | None:
    """What the partner holds of an object at last, None in the first place for nothing; None when it was not asked."""
    for asking in reversed([a for a in play.askings("objects", object_id or "") if a.started < before]):
        if asking.status == 404:
            return None, asking
        if asking.succeeded and asking.response is not None:
            return asking.response.json(), asking
    return None


@dataclass(frozen=True, slots=True)
class Versions:
    """The changing fields of an object, version by version, the newest last."""

    object_id: str
    fields: tuple[dict[str, Any], ...]


def versions(play: Play, object_id: str = "") -> Versions | None:
    """What the story wrote down last of its object's versions, or of those of the object that is named."""
    for text in reversed(play.note_all("versions")):
        content = json.loads(text)
        if not object_id or content["object"] == object_id:
            return Versions(content["object"], tuple(content["versions"]))
    return None


def wrong_state(
    play: Play,
    case: Case,
    *,
    cites: tuple[Exchange, ...],
    version: int = 0,
    before: float = float("inf"),
    late: int = 0,
    about: str = "",
    if_kept: bool = False,
) -> Said:
    """Judge what the partner held of the story's object, before a time, against a version, else the newest.

    `about` names the object where the story has several; `late` is the version that a late event told of: to hold that
    one is a deed, to hold another old one may be delay. With `if_kept` a partner that holds no object of the story is
    not judged by holding nothing: it may have no use for the type.
    """
    expected = versions(play, about)
    if expected is None:
        yield Unassessable("the story did not come to its end")
        return
    fields = expected.fields[: version or None]
    seen = held(play, expected.object_id, before=before)
    if seen is None:
        yield from _wrong_last_fetch(play, case, expected, cites, unseen="'objects' is not offered")
        return
    content, asking = seen
    if if_kept and not any(other.succeeded for other in play.askings("objects")):
        if case.description.thin:
            yield from _wrong_last_fetch(play, case, expected, cites, unseen=_KEEPS_NONE)
        else:
            yield Unassessable(f"positive control failed: {_KEEPS_NONE}, so it may have no use for the type")
        return
    proof = (*(d.id for d in cites), asking.id)
    if content is None and asking.object_type not in case.holds:
        yield Unassessable(no_use_for(asking))
        return
    if content is None:
        yield Finding(expected="the object as it is now", actual="the partner holds nothing of it", exchanges=proof)
        return
    yield from _compared(content, fields, proof, late)


def _compared(content: Any, fields: tuple[dict[str, Any], ...], proof: tuple[str, ...], late: int) -> Said:
    """What is held against the last of the versions: only the value of an earlier one proves that it is old."""
    newest, earlier = fields[-1], fields[:-1]
    here = {at: value for at in newest if (value := pointer.read(content, at, _ABSENT)) is not _ABSENT}
    if not here:
        yield Unassessable(f"what the partner holds has none of {', '.join(newest) or 'the changing fields'}")
        return
    wrong = {at: value for at, value in here.items() if not alike(value, newest[at])}
    old = {at: value for at, value in wrong.items() if any(alike(value, f.get(at)) for f in earlier)}
    if old:
        went_back = late and all(alike(value, fields[late - 1].get(at)) for at, value in old.items())
        yield Finding(
            expected=", ".join(f"{at} = {json.dumps(newest[at])}" for at in old),
            actual=", ".join(f"{at} = {json.dumps(value)}" for at, value in old.items()) + " (an older state)",
            exchanges=proof,
            evidence=Evidence.DEED if went_back else Evidence.ABSENCE,
        )
    elif wrong:
        told = ", ".join(f"{at} = {json.dumps(value)[:80]}" for at, value in wrong.items())
        yield Unassessable(f"what the partner holds is the value of no version: {told}")


_KEEPS_NONE: Final = "the partner holds no object of this story"


def _wrong_last_fetch(play: Play, case: Case, expected: Versions, cites: tuple[Exchange, ...], *, unseen: str) -> Said:
    got = fetches(play, expected.object_id, succeeded=True)
    if not case.description.thin:
        yield Unassessable("the partner's control endpoint does not offer 'objects'")
    elif not got and any(wait.what == "fetch" and not wait.rewarded for wait in play.waits):
        yield Finding(
            expected=f"a get that answers version {len(expected.fields)}",
            actual=f"no get of the object within {seconds(play.waited('fetch'))}",
            exchanges=tuple(d.id for d in cites),
        )
    elif not got:
        yield Unassessable(f"the partner got no object that an event named (see FET-01), and {unseen}")
    elif (got[-1].version or 0) < len(expected.fields):
        yield Finding(
            expected=f"a get that answers version {len(expected.fields)}",
            actual=f"the last get answered {f'version {got[-1].version}' if got[-1].version else 'no version of it'}",
            exchanges=(*(d.id for d in cites), got[-1].id),
        )
    else:
        yield Remark(f"{unseen}: judged by the version that the last get answered")


def no_use_for(asking: Asking) -> str:
    """Why it proves nothing that the partner holds nothing of an object: it never held one of the type."""
    return f"the partner holds no {asking.object_type} in the whole run: it may have no use for them"


_ABSENT = object()


def _names(delivery: Delivery) -> set[str]:
    """What a delivery names: the event, its object, and the uuids of its body."""
    told = {canonical(name) for name in (delivery.event_id, delivery.object_id) if name}
    return {name.lower() for name in uuids_in(delivery.request.body.decode("latin-1"), dashed=True)} | told


def names_alone(play: Play, delivery: Delivery) -> set[str]:
    """The ids that this delivery names and no other genuine one of the play."""
    genuine = [d for d in play.deliveries() if d.genuine and d.event_id != delivery.event_id]
    known = {name for d in genuine for name in _names(d)}
    return _names(delivery) - known


def _led_to(play: Play, delivery: Delivery) -> tuple[Call, ...]:
    """The calls that name what this delivery alone names: an id of its body, or its correlation id."""
    own = names_alone(play, delivery)
    found = []
    for call in play.calls():
        carried = f"{call.request.target} {call.request.body.decode('utf-8', 'replace')}"
        its_own = call.correlation is not None and call.correlation == delivery.correlation
        if call.started >= delivery.started and (its_own or any(names(carried, name) for name in own)):
            found.append(call)
    return tuple(found)


def forbidden_effects(play: Play, delivery: Delivery, *, count: bool) -> Iterator[Finding]:
    """Effects of a delivery that must have none; with `count` the partner may not even report it as handled."""
    for call in _led_to(play, delivery)[:1]:
        yield forbidden_call(delivery, call, Evidence.DEED)
    reported = applied(play, delivery.event_id)
    if count and reported is not None and reported[0] > 0:
        yield Finding(
            expected="the event is not applied",
            actual=f"the partner reports that it applied it {times(reported[0])}",
            exchanges=(delivery.id, reported[1].id),
            evidence=Evidence.DEED,
        )
    yield from forbidden_holding(play, delivery)


def forbidden_call(delivery: Delivery, call: Call, evidence: Evidence) -> Finding:
    """A call that a delivery led to which must have no effect."""
    return Finding(
        expected="no effect",
        actual=f"a call: {call.request.method} {call.request.target}",
        exchanges=(delivery.id, call.id),
        evidence=evidence,
    )


def forbidden_holding(play: Play, delivery: Delivery) -> Iterator[Finding]:
    """The partner holds the object of a delivery that must have no effect."""
    seen = held(play, delivery.object_id)
    if seen is not None and seen[0] is not None:
        yield Finding(
            expected="the partner holds nothing of the object",
            actual="the partner holds it",
            exchanges=(delivery.id, seen[1].id),
            evidence=Evidence.DEED,
        )


def refusal_findings(play: Play, case: Case, delivery: Delivery, *, statuses: tuple[int, ...]) -> Said:
    """Judge that a delivery was refused: not 2xx and without effect, and by its manner as a SHOULD.

    `statuses` are those with which the platform wants it refused; none means any 4xx.
    """
    yield from accepted_findings(delivery)
    yield from forbidden_effects(play, delivery, count=True)
    if play.note("control effect") in {"not seen", "cannot be seen"}:
        yield Remark("a genuine event shows no effect here, so the status alone decides")
    yield from manner_findings(delivery, statuses)


def accepted_findings(delivery: Delivery) -> Iterator[Finding]:
    """Judge that a delivery was not answered with 2xx."""
    if delivery.succeeded:
        yield Finding(
            expected="a refusal",
            actual=f"accepted with {delivery.outcome()}",
            exchanges=(delivery.id,),
            evidence=Evidence.DEED,
        )


def no_refusal(delivery: Delivery) -> Iterator[Unassessable]:
    """Say so where a delivery met a limit: 429 is given to any event, so nobody knows what becomes of this one."""
    if delivery.status == _TOO_MANY:
        yield Unassessable(f"answered with {delivery.outcome()} however often it came: no word about the event")


def manner_findings(delivery: Delivery, statuses: tuple[int, ...]) -> Said:
    """Judge with what a delivery was refused, if it was: no statuses mean any 4xx."""
    yield from no_refusal(delivery)
    if delivery.succeeded or delivery.status == _TOO_MANY:
        return
    wanted = " or ".join(map(str, statuses)) if statuses else "a 4xx status"
    status = delivery.status
    fine = (
        delivery.failure is None and status is not None and (status in statuses if statuses else 400 <= status <= 499)
    )
    if not fine:
        yield Finding(
            expected=f"refused with {wanted}",
            actual=f"refused with {delivery.outcome()}",
            exchanges=(delivery.id,),
            evidence=refused_because(delivery),
            level=Level.SHOULD,
        )
