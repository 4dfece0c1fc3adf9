"""Judges of the chapter Subscriptions and recovery."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from conformance import pointer
from conformance.exchange import Call
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import applied, seconds
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


@judges("REC-01", story="outage")
def asks_for_what_it_missed(play: Play, case: Case) -> Said:
    """After an outage the partner asks the platform for what it missed, from its last event or any earlier point."""
    missed = play.note("missed").split()
    lists = play.calls("list-events")
    if not lists:
        yield Finding(
            expected="a call that lists missed events",
            actual="no such call",
            exchanges=tuple(asking.id for asking in play.askings("recover")),
        )
        return
    listed = {name for call in lists if call.succeeded for name in call.listed}
    if not set(missed) <= listed:
        yield Finding(
            expected=f"a list that reaches back to the {len(missed)} missed events",
            actual=f"lists with {len(listed.intersection(missed))} of them: "
            + "; ".join(f"{c.request.method} {c.request.target} → {c.outcome()}" for c in lists[:3]),
            exchanges=tuple(call.id for call in lists),
            evidence=Evidence.DEED,
        )


@judges("REC-02", story="outage")
def applies_every_missed_event_once(play: Play, case: Case) -> Said:
    """The partner ends with every missed event applied once, those included that are pushed while it lists."""
    if not case.offered("events"):
        yield Unassessable("the partner's control endpoint does not offer 'events'")
        return
    lists = tuple(call.id for call in play.calls("list-events"))
    pushed = tuple(dict.fromkeys(d.event_id for d in play.deliveries("pushed")))
    for name in (*play.note("missed").split(), *pushed):
        count = applied(play, name)
        if count is None:
            yield Unassessable("the story did not come to its end")
            return
        if count[0] != 1:
            what = "the event pushed meanwhile" if name in pushed else "a missed event"
            yield Finding(
                expected=f"{what} is applied once",
                actual=f"{name} is applied {count[0]} times"
                + (f" within {seconds(play.waited('effect'))}" if count[0] == 0 else ""),
                exchanges=(*lists, count[1].id),
                evidence=Evidence.DEED if count[0] > 1 else Evidence.ABSENCE,
            )
            return
