"""Plays of stories about subscribing, and about asking for what was missed."""

from __future__ import annotations

import json
from typing import Any

from conformance import pointer
from conformance.exchange import Call
from histories.performance import PARTNER, Answer, Performance, Told
from histories.repertoire import plays

__all__: list[str] = []


def _cannot(stage: Performance, *calls: str) -> bool:
    """Whether the partner cannot be asked, so that the kit does not play."""
    for call in calls:
        if not stage.offers(call):
            stage.unassessable(f"the partner's control endpoint does not offer {call!r}")
            return True
    return False


def _creates(stage: Performance, at: float, name: str, types: tuple[str, ...], *, status: int = 201) -> list[Call]:
    """The create calls for these event types: one for all, or one for each."""
    groups = [(t,) for t in types] if stage.manner.subscribes_one_by_one else [types]
    calls = []
    for group in groups:
        calls.append(_create(stage, at, name, group, status=status))
        at = calls[-1].ended + 0.01
    return calls


def _create(stage: Performance, at: float, name: str, types: tuple[str, ...], **settings: Any) -> Call:
    rules = stage.description.subscriptions
    assert rules is not None  # stories about subscriptions are for platforms that have them
    body: Any = pointer.write({}, rules.url, settings.get("url", PARTNER))
    body = pointer.write(body, rules.event_types, list(types))
    if settings.get("own_id"):
        body = pointer.write(body, rules.id, "mine")
    status = settings.get("status", 201)
    missing = stage.breaks("COR-01") and not stage.operation_id
    return stage.call(
        "create-subscription",
        None,
        at,
        status=status,
        correlation=None if missing else name,
        body=json.dumps(body).encode(),
    )


def _delete(stage: Performance, at: float, number: int, *, status: int = 204) -> Call:
    target = f"/webhooks/w{number}"
    return stage.call("delete-subscription", None, at, target=target, status=status, correlation=stage.new_operation())


def _types(stage: Performance, first: int, last: int) -> tuple[str, ...]:
    return tuple(t.name for t in stage.description.delivered_types[first:last])


def _subscribes(stage: Performance, types: tuple[str, ...], *, status: int = 201) -> list[Call]:
    """The partner is asked to subscribe, and does."""
    began, name = stage.now, stage.new_operation()
    at = began + 0.01
    if stage.manner.looks_first:
        at = stage.call("list-subscriptions", None, at, correlation=name).ended + 0.01
    calls = _creates(stage, at, name, types, status=status)
    ids = [f"w{number}" for number, _ in enumerate(calls)]
    stage.ask("subscribe", answer={"ids": ids}, started=began, ended=calls[-1].ended + 0.01)
    return calls


def _unsubscribes(stage: Performance, count: int, *, wrong: bool = False) -> None:
    if not stage.offers("unsubscribe"):
        return
    began, at = stage.now, stage.now + 0.01
    for number in range(count):
        at = _delete(stage, at, number, status=404 if wrong else 204).ended + 0.01
    stage.ask("unsubscribe", started=began, ended=at)


@plays("subscription", "SUB-01", "SUB-05", "COR-01", "FET-02", "FET-03")
def subscription(stage: Performance) -> None:
    """The partner reads the event types, and subscribes to two."""
    if _cannot(stage, "subscribe"):
        return
    types = _types(stage, 0, 2)
    if not stage.breaks("SUB-05"):
        stage.call("list-event-types", None, stage.now, correlation=stage.new_operation())
        stage.now = stage.ready
    if not stage.breaks("SUB-01"):
        _unsubscribes(stage, len(_subscribes(stage, types)))
        return
    began, name = stage.now, stage.new_operation()
    how = stage.random.choice(("nothing", "type", "url", "id"))
    if how == "type":
        _create(stage, began + 0.01, name, (*types, "order.shipped"))
    elif how == "url":
        _create(stage, began + 0.01, name, types, url="http://partner.example/hooks")
    elif how == "id":
        _create(stage, began + 0.01, name, types, own_id=True)
    stage.ask("subscribe", answer={"ids": ["w0"]}, started=began, ended=began + 1)


@plays("subscription-conflict", "SUB-02")
def subscription_conflict(stage: Performance) -> None:
    """Each create call is answered 409."""
    if _cannot(stage, "subscribe"):
        return
    began, name = stage.now, stage.new_operation()
    types = _types(stage, 2, 3)
    at = began + 0.01
    for _ in range(stage.random.randint(4, 8) if stage.breaks("SUB-02") else stage.random.randint(1, 3)):
        at = _create(stage, at, name, types, status=409).ended + 0.2
    stage.call("list-subscriptions", None, at, correlation=name)
    status = 200 if stage.manner.looks_first else 502
    stage.ask("subscribe", answer={"ids": ["w0"]}, status=status, started=began, ended=stage.ready + 0.01)


@plays("subscribed-twice", "SUB-03")
def subscribed_twice(stage: Performance) -> None:
    """Asked again, the partner makes no second subscription; it may replace the first."""
    if _cannot(stage, "subscribe"):
        return
    types = _types(stage, 3, 5)
    first = _subscribes(stage, types)
    began, name = stage.now + 0.5, stage.new_operation()
    at = stage.call("list-subscriptions", None, began + 0.01, correlation=name).ended + 0.01
    if stage.breaks("SUB-03"):
        status = stage.random.choice((201, 409))
        at = _create(stage, at, name, types[: stage.random.randint(1, 2)], status=status).ended
    elif stage.manner.patient:
        for number, _ in enumerate(first):
            at = _delete(stage, at, number).ended + 0.01
        at = _creates(stage, at, name, types)[-1].ended
    stage.ask("subscribe", answer={"ids": ["w0"]}, started=began, ended=at + 0.01)
    _unsubscribes(stage, len(first))


@plays("unsubscription", "SUB-04")
def unsubscription(stage: Performance) -> None:
    """The partner deletes what it made, and bears an event that comes after that."""
    if _cannot(stage, "subscribe", "unsubscribe"):
        return
    calls = _subscribes(stage, _types(stage, 5, 6))
    how = stage.random.choice(("wrong id", "nothing", "fails")) if stage.breaks("SUB-04") else ""
    if how != "nothing":
        _unsubscribes(stage, len(calls), wrong=how == "wrong id")
    else:
        stage.ask("unsubscribe")
    fine = (stage.accepts(), Answer(410), Answer(404))
    answer = Answer(stage.random.choice((500, 302))) if how == "fails" else stage.random.choice(fine)
    stage.deliver(stage.event(), "late", genuine=False, answer=answer)


# Recovery


def _handled(stage: Performance, role: str = "before") -> Told:
    told = stage.event()
    stage.take(told, role)
    stage.until_effect(told)
    return told


def _lists(stage: Performance, at: float, name: str, *listed: str, status: int = 200, query: str = "") -> Call:
    """A call that lists events, by time or after an event; `query` is what else stands there."""
    by_event = stage.manner.asks_by_event
    since = "since_webhook_event_id=e0" if by_event else "since=2026-11-20T09:30:00Z"
    return stage.call(
        "list-events",
        None,
        at,
        operation="listEvents",
        target=f"/events?{since}{query}",
        status=status,
        fault=None if status == 200 else f"status {status}",
        correlation=None if stage.breaks("COR-01") and not stage.operation_id else name,
        listed=listed if status == 200 else (),
    )


def _apply(stage: Performance, *events: Told) -> None:
    for told in events:
        stage.applied[told.id] += not stage.applied[told.id]
        stage.held.setdefault(told.about, told.version)


@plays("outage", "REC-01", "REC-02", "REC-03", "COR-01", "FET-02", "FET-03")
def outage(stage: Performance) -> None:
    """Events are missed, and the partner asks for them while others are pushed."""
    if _cannot(stage, "recover"):
        return
    _handled(stage)
    missed = [stage.event() for _ in range(3)]
    stage.note("missed", "\n".join(told.id for told in missed))
    began, name = stage.now, stage.new_operation()
    how = stage.random.choice(("nothing", "too late", "failed")) if stage.breaks("REC-01") else ""
    pushed = [stage.event() for _ in range(2)]
    listed = tuple(told.id for told in (*missed, pushed[0]))
    if how != "nothing":
        both = "&since=2026-11-20T09:30:00Z&since_webhook_event_id=e0" if stage.breaks("REC-03") else ""
        shown = {"too late": listed[1:], "failed": ()}.get(how, listed)
        paged = stage.manner.pages and not how
        first = shown[:2] if paged else shown
        call = _lists(stage, began + 0.01, name, *first, query=both, status=500 if how == "failed" else 200)
        ended = call.ended
        if paged:
            ended = _lists(stage, ended + 0.1, name, *shown[2:], query="&page=2").ended
    else:
        ended = began + 0.1
    for told in pushed:
        stage.take(told, "pushed")
    stage.ask("recover", started=began, ended=max(ended, stage.now) + 0.01)
    _apply(stage, *missed)
    if stage.breaks("REC-02"):
        stage.applied[stage.random.choice((*missed, *pushed)).id] = stage.random.choice((0, 2))
    stage.settle()
    for told in (*missed, *pushed):
        stage.ask_applied(told)


@plays("failed-events", "REC-04", "REC-03")
def failed_events(stage: Performance) -> None:
    """The partner is asked to recover failed deliveries only."""
    if _cannot(stage, "recover"):
        return
    _handled(stage)
    lost = stage.event()
    began, name = stage.now, stage.new_operation()
    recovery = stage.description.recovery
    assert recovery is not None  # stories about recovery are for platforms that have it
    both = "&since=2026-11-20T09:30:00Z&since_webhook_event_id=e0" if stage.breaks("REC-03") else ""
    how = stage.random.choice(("wide", "nothing")) if stage.breaks("REC-04") else ""
    if how != "nothing":
        only = "" if how == "wide" else f"&status={recovery.failed}"
        _lists(stage, began + 0.01, name, lost.id, query=f"{only}{both}")
    _apply(stage, lost)
    stage.ask("recover", started=began, ended=max(stage.ready, began) + 0.01)


@plays("troubled-recovery", "REC-05", "REC-03")
def troubled_recovery(stage: Performance) -> None:
    """The list fails for a while, or is empty, or the platform does not know the last event."""
    if _cannot(stage, "recover"):
        return
    _handled(stage)
    missed = stage.event()
    began, name = stage.now, stage.new_operation()
    how = stage.random.choice(("loop", "lost")) if stage.breaks("REC-05") else ""
    status = {"server-error": 500, "throttled": 429, "unknown-last-id": 404}.get(stage.parameter, 200)
    both = "&since=2026-11-20T09:30:00Z&since_webhook_event_id=e0" if stage.breaks("REC-03") else ""
    at = began + 0.01
    if how == "loop":
        for _ in range(25):
            at = _lists(stage, at, name, status=status).ended + 0.05
    elif status != 200:
        at = _lists(stage, at, name, status=status, query=both).ended + 2.0
    listed = () if stage.parameter == "empty-list" else (missed.id,)
    ended = _lists(stage, at, name, *listed, query=both).ended
    stage.ask("recover", started=began, ended=ended + 0.01)
    if stage.parameter == "empty-list":
        missed = stage.event()
        stage.deliver(missed, "before")
    if how != "lost":
        _apply(stage, missed)
        stage.until_effect(missed)
    else:
        stage.wait("effect", 30.0, rewarded=False)
    stage.note("expected", f"{missed.id} {missed.about}")
    stage.ask_effect(missed)


@plays("old-news", "REC-06")
def old_news(stage: Performance) -> None:
    """The list holds what was handled, and what is long past."""
    if _cannot(stage, "recover"):
        return
    made = stage.event()
    older, newer = (stage.event(about=made.about, version=version) for version in (2, 3))
    stage.expect(made)
    for told, role in ((made, "made"), (newer, "newer")):
        stage.take(told, role)
        stage.until_effect(told)
    stage.ask_effect(made)
    missed = stage.event()
    began, name = stage.now, stage.new_operation()
    call = _lists(stage, began + 0.01, name, made.id, older.id, missed.id)
    stage.ask("recover", started=began, ended=call.ended + 0.01)
    _apply(stage, missed)
    stage.applied[older.id] += 1
    how = stage.random.choice(("again", "backwards")) if stage.breaks("REC-06") else ""
    stage.applied[made.id] += how == "again"
    if how == "backwards":
        stage.held[made.about] = 2
    stage.settle()
    stage.note("handled", made.id)
    stage.note("missed", f"{missed.id} {missed.about}")
    stage.ask_effect(missed)
    stage.ask_effect(made)
