"""Plays of stories about events that come again, and about events that only look the same."""

from __future__ import annotations

import json

from conformance.exchange import Delivery, Failure
from histories.performance import Answer, Performance, Told
from histories.repertoire import plays

__all__: list[str] = []


@plays("redelivery", "DUP-01", "DUP-02")
def redelivery(stage: Performance) -> None:
    """The same event three times."""
    told = stage.event(stage.parameter)
    stage.take(told, "first")
    stage.until_effect(told)
    refused = Answer(stage.random.choice((409, 400, 500))) if stage.breaks("DUP-01") else None
    for number in range(2):
        if refused and number:
            stage.deliver(told, "again", answer=refused)
        else:
            stage.take(told, "again")
    if stage.breaks("DUP-02"):
        _apply_again(stage, told)
    stage.quiet(stage.parameter)
    stage.ask_applied(told)


def _apply_again(stage: Performance, told: Told) -> None:
    """Let a known event have a second effect: one that it reports, or two calls that change something."""
    if stage.chance(0.5):
        stage.applied[told.id] += stage.random.randint(1, 2)
        return
    first, *copies = [r for r in stage.records if isinstance(r, Delivery) and r.event_id == told.id]
    for at in ((first.ended + copies[0].started) / 2, copies[-1].ended + 0.01):
        stage.call("update", told.about, at, kind=told.kind, operation="book", target=f"/x/{told.about}")


@plays("look-alikes", "DUP-05")
def look_alikes(stage: Performance) -> None:
    """Events that differ in little more than their id, or one event in other bytes."""
    if stage.parameter == "another-id":
        _another_id(stage)
    elif stage.parameter == "other-bytes":
        told = stage.event()
        stage.take(told, "first")
        stage.until_effect(told)
        stage.take(told, "rewritten", body=json.dumps({"about": told.about, "id": told.id}, indent=1).encode())
        stage.applied[told.id] += stage.breaks("DUP-05")
        stage.quiet()
        stage.ask_applied(told)
    else:
        for number, role in enumerate(("first", "second")):
            told = stage.news()
            if number and stage.breaks("DUP-05"):
                stage.deliver(told, role)
                stage.wait("effect", 30.0, rewarded=False)
            else:
                stage.take(told, role)
                stage.until_effect(told)
            if stage.offers("events"):
                stage.ask_applied(told)
            else:
                stage.ask_held(told)


def _another_id(stage: Performance) -> None:
    made = stage.event()
    stage.take(made, "made")
    stage.until_effect(made)
    for version, role in enumerate(("there", "elsewhere", "back"), start=2):
        told = stage.event(about=made.about, version=version)
        if role == "back":
            stage.expect_back(told)
            if stage.breaks("DUP-05"):
                stage.deliver(told, role)
                stage.wait("effect", 30.0, rewarded=False)
                stage.ask_effect(told)
                return
        stage.take(told, role)
        # It is what it was in its second version.
        stage.held[told.about] = 2 if role == "back" else version
        stage.until_effect(told)
        stage.ask_effect(told)
    stage.ask_applied(made)


@plays("simultaneous-copies", "DUP-03")
def simultaneous_copies(stage: Performance) -> None:
    """Two copies at the same instant: one is taken, and the other may be taken or refused as known."""
    control = stage.news(stage.parameter)
    stage.take(control, "control")
    stage.until_effect(control)
    stage.ask_applied(control)
    pairs = [stage.event(stage.parameter) for _ in range(3)]
    for told in pairs:
        began = stage.now
        known = Answer(409) if stage.manner.takes_oddities else stage.accepts()
        stage.take(told, "copy", at=began, steady=True)
        stage.deliver(told, "copy", at=began, answer=known, took=0.02)
        stage.now = began + 3
        stage.until_effect(told)
    if stage.breaks("DUP-03"):
        told = stage.random.choice(pairs)
        stage.applied[told.id] = stage.random.choice((0, 2))
    stage.quiet(stage.parameter)
    for told in pairs:
        stage.ask_applied(told)


@plays("failed-delivery", "DUP-04")
def failed_delivery(stage: Performance) -> None:
    """The first delivery fails, or a get that it led to, and the event comes again."""
    kind = stage.usual
    control = stage.news(kind)
    stage.take(control, "control")
    stage.until_effect(control)
    stage.ask_effect(control)
    if stage.parameter == "failing-get":
        _failing_get(stage, kind)
        return
    told = stage.news(kind)
    stage.deliver(told, "first", answer=Answer(failure=Failure.CANCELLED), took=0.1)
    if stage.breaks("DUP-04"):
        stage.deliver(told, "retry")
        stage.wait("effect", 30.0, rewarded=False)
    else:
        stage.take(told, "retry")
        stage.until_effect(told)
    stage.ask_effect(told)


def _failing_get(stage: Performance, kind: str) -> None:
    told = stage.news(kind) if stage.manner.gets_strangers and not stage.thin else stage.event(kind, version=2)
    fails = stage.fetches(told) or stage.breaks("DUP-04")
    sure = stage.manner.patient and not stage.breaks("DUP-04")
    first = stage.deliver(told, "first", answer=Answer(503) if fails and not sure else None, steady=True)
    if fails:
        failed = stage.get(told, stage.now, status=500, fault="status 500")
        if sure:
            stage.get(told, failed.ended + 1.5)
    else:
        stage.work_on(told, first)
    stage.now = max(stage.now, stage.ready) + 1
    if fails and not first.succeeded and not stage.breaks("DUP-04"):
        stage.take(told, "retry", steady=True)
    elif stage.breaks("DUP-04"):
        stage.deliver(told, "retry", steady=True)
        stage.wait("effect", 30.0, rewarded=False)
    else:
        stage.applied[told.id] = 1
        stage.held[told.about] = stage.versions[told.about]
    stage.until_effect(told)
    stage.ask_effect(told)


@plays("long-ago", "DUP-06")
def long_ago(stage: Performance) -> None:
    """An event comes again after many others."""
    told = stage.event()
    stage.applied[told.id] = 1
    for _ in range(5):
        stage.take(stage.event(), "other")
    stage.note("others", "150")
    stage.ask_applied(told)
    stage.take(told, "again")
    if stage.breaks("DUP-06"):
        if stage.chance(0.5):
            stage.applied[told.id] += 1
        else:
            stage.call("update", told.about, stage.now, kind=told.kind, target=f"/x/{told.about}")
    stage.quiet()
    stage.ask_applied(told)


@plays("second-body", "DUP-07")
def second_body(stage: Performance) -> None:
    """Another body under a known id is refused, or taken for the first one."""
    first = stage.event()
    stage.take(first, "first")
    stage.until_effect(first)
    stage.ask_held(first)
    kind = stage.usual
    if stage.thin:
        second = stage.event(kind, event_id=first.id, correlation=first.correlation or "")
    else:
        second = Told(first.id, first.about, kind, 2, first.correlation)
        stage.note("first body", json.dumps(stage.state(kind, 1)))
        stage.note("second body", json.dumps(stage.state(kind, 2)))
    how = stage.random.choice(("error", "twice", "let in")) if stage.breaks("DUP-07") else ""
    refused = stage.refuses(stage.random.choice((409, stage.manner.malformed)))
    answer = refused if stage.manner.takes_oddities else stage.accepts()
    stage.deliver(second, "second", genuine=False, answer=Answer(500) if how == "error" else answer)
    if how == "twice":
        stage.applied[first.id] += 1
    elif how == "let in":
        stage.held[second.about] = 1 if stage.thin else 2
    stage.quiet()
    stage.ask_effect(second)


@plays("many-redeliveries", "DUP-08")
def many_redeliveries(stage: Performance) -> None:
    """An event comes again forty times."""
    told = stage.event()
    stage.take(told, "first")
    stage.until_effect(told)
    for _ in range(40):
        stage.take(told, "again", steady=True)
    if stage.breaks("DUP-08"):
        _apply_again(stage, told)
    stage.quiet()
    stage.ask_applied(told)


@plays("replay", "RPL-01")
def replay(stage: Performance) -> None:
    """A delivery is played back while its signature is fresh: it is refused, or has no second effect."""
    told = stage.event()
    stage.take(told, "first")
    stage.until_effect(told)
    refused = stage.refuses(stage.random.choice((401, 409)))
    stage.deliver(told, "replayed", genuine=False, answer=refused if stage.manner.takes_oddities else None)
    if stage.breaks("RPL-01"):
        _apply_again(stage, told)
    stage.quiet()
    stage.ask_applied(told)


@plays("late-replay", "RPL-02")
def late_replay(stage: Performance) -> None:
    """A known event under a signature that has grown old is refused."""
    told = stage.event()
    stage.take(told, "first")
    stage.until_effect(told)
    refused = stage.refuses(stage.unauthorized)
    how = stage.random.choice(("accepted", "applied")) if stage.breaks("RPL-02") else ""
    stage.deliver(told, "replayed", genuine=False, answer=stage.accepts() if how == "accepted" else refused)
    stage.applied[told.id] += how == "applied"
    stage.quiet()
    stage.ask_applied(told)
