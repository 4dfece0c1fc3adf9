"""Judges of the chapter Subscriptions and recovery: what is subscribed to, and how."""

from __future__ import annotations

import json
from collections import defaultdict
from urllib.parse import urlsplit

from conformance import pointer
from conformance.exchange import Call
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import answered, refused_because, seconds
from conformance.judge.transport import is_loopback
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []


@judges("SUB-01", story="subscription")
def subscribes_with_a_valid_request(play: Play, case: Case) -> Said:
    """The partner subscribes with a valid request: https, event types that exist, no id of its own."""
    calls = play.calls("create-subscription")
    if not calls:
        asked = play.askings("subscribe")
        yield Finding(
            expected="a call that creates the subscription",
            actual="no such call",
            exchanges=tuple(asking.id for asking in asked),
        )
    for call in calls:
        for wrong in _faults(call, case):
            yield Finding(expected="a valid subscription", actual=wrong, exchanges=(call.id,), evidence=Evidence.DEED)
            return


def _faults(call: Call, case: Case) -> list[str]:
    rules = case.description.subscriptions
    try:
        body = json.loads(call.request.body)
    except (ValueError, RecursionError):
        return ["the body is not JSON"]
    found = [problem.text for problem in call.problems]
    if rules is None:
        return found
    if pointer.read(body, rules.id) is not None:
        found.append(f"the body holds an id of the partner's own ({rules.id})")
    types = pointer.read(body, rules.event_types)
    unknown = (
        [t for t in types if not isinstance(t, str) or t not in case.description.event_types]
        if isinstance(types, list)
        else []
    )
    if unknown:
        found.append(f"event types that do not exist: {', '.join(map(str, unknown[:5]))}")
    url = pointer.read(body, rules.url)
    if not isinstance(url, str) or not _is_safe(url):
        found.append(f"the URL is neither https nor on the loopback interface: {url!r}")
    return found


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" or is_loopback(host)


_NOT_SUBSCRIBED = "the partner made no call that creates a subscription (see SUB-01)"
# One call, and two more for a partner that cannot believe it.
_MOST_CREATES = 3


@judges("SUB-02", story="subscription-conflict")
def takes_409_for_an_answer(play: Play, case: Case) -> Said:
    """The partner handles 409 without a loop: an equal subscription exists, and no further create call changes that."""
    alike: defaultdict[object, list[Call]] = defaultdict(list)
    for call in play.calls("create-subscription"):
        alike[_wanted(call, case)].append(call)
    if not alike:
        yield Unassessable(_NOT_SUBSCRIBED)
        return
    most = max(alike.values(), key=len)
    if len(most) > _MOST_CREATES:
        yield Finding(
            expected=f"at most {_MOST_CREATES} create calls for one subscription that are answered 409",
            actual=f"{len(most)} of them within {seconds(most[-1].started - most[0].started)}",
            exchanges=tuple(call.id for call in most[:5]),
            evidence=Evidence.DEED,
        )


def _wanted(call: Call, case: Case) -> tuple[str, tuple[str, ...]]:
    """The URL and the event types of a create call, by which subscriptions are told apart."""
    rules = case.description.subscriptions
    try:
        body = json.loads(call.request.body)
    except (ValueError, RecursionError):
        body = None
    if rules is None or not isinstance(body, dict):
        return call.request.body.decode("latin-1"), ()
    types = pointer.read(body, rules.event_types)
    return str(pointer.read(body, rules.url)), tuple(sorted(map(str, types if isinstance(types, list) else [types])))


@judges("SUB-03", story="subscribed-twice")
def looks_before_it_creates(play: Play, case: Case) -> Said:
    """The partner looks before it creates: asked again, it makes no second subscription."""
    asked = play.askings("subscribe")
    first = (
        [c for c in play.calls("create-subscription") if c.succeeded and c.started < asked[0].ended] if asked else []
    )
    if not first:
        yield Unassessable(_NOT_SUBSCRIBED)
        return
    if len(asked) < 2 or not asked[0].succeeded:
        yield Unassessable("the partner was not asked a second time: it did not say that it had subscribed")
        return
    began = asked[1].started
    # What it deletes when it is asked to, at the end of the story, makes no room for a second one.
    until = min((asking.started for asking in play.askings("unsubscribe")), default=float("inf"))
    deleted = any(c.succeeded and began <= c.started < until for c in play.calls("delete-subscription"))
    for call in play.calls("create-subscription"):
        doubled = call.started >= began and any(_overlap(_wanted(call, case), _wanted(c, case)) for c in first)
        if doubled and not (deleted and call.succeeded):
            looked = any(began <= c.started < call.started for c in play.calls("list-subscriptions"))
            yield Finding(
                expected="no second subscription to the same event types at the same URL",
                actual=f"a second create call, {'after' if looked else 'without'} a look at the list: {call.outcome()}",
                exchanges=(first[0].id, asked[1].id, call.id),
                evidence=Evidence.DEED,
            )
            return


def _overlap(one: tuple[str, tuple[str, ...]], other: tuple[str, tuple[str, ...]]) -> bool:
    return one[0] == other[0] and bool(set(one[1]) & set(other[1]))


@judges("SUB-04", story="unsubscription")
def deletes_what_it_subscribed_to(play: Play, case: Case) -> Said:
    """The partner deletes by the id it was given, and bears an event that was still on its way."""
    created = [call for call in play.calls("create-subscription") if call.succeeded]
    if not created:
        yield Unassessable(_NOT_SUBSCRIBED)
        return
    deletes = play.calls("delete-subscription")
    # The platform deletes what it knows, so that a success proves that the id was the right one.
    deleted = {call.request.target.lower() for call in deletes if call.succeeded}
    if len(deleted) < len(created):
        tried = "; ".join(f"{c.request.method} {c.request.target} → {c.outcome()}" for c in deletes[:3])
        asked = play.askings("unsubscribe")
        yield Finding(
            expected="a call that deletes the subscription by the id that the platform gave it",
            actual=tried or "no such call",
            exchanges=tuple(e.id for e in (created[0], *asked, *deletes[:3])),
            evidence=Evidence.DEED if deletes else Evidence.ABSENCE,
        )
    for late in answered(play, "late"):
        if late.failure is not None or not (late.succeeded or 400 <= (late.status or 0) <= 499):
            yield Finding(
                expected="an event that comes after the deletion is answered with 2xx or 4xx",
                actual=late.outcome(),
                exchanges=(late.id,),
                evidence=refused_because(late),
            )


@judges_run("SUB-05", stories=("subscription",))
def reads_the_list_of_event_types(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner reads the list of event types instead of assuming it."""
    subscribed = [call for play in plays for call in play.calls("create-subscription")]
    if not subscribed:
        yield Unassessable("the partner did not subscribe")
    elif not any(play.calls("list-event-types") for play in plays):
        yield Finding(
            expected="a call that lists the event types, before the partner subscribes",
            actual="no such call in the whole run",
            exchanges=tuple(call.id for call in subscribed[:1]),
        )
