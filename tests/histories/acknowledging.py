"""Plays of stories about acknowledging, and about load."""

from __future__ import annotations

import json

from conformance.exchange import Failure
from histories.performance import Answer, Performance, Told
from histories.repertoire import plays

__all__: list[str] = []

_MARGIN = 0.25
_UNNAMED = b"thank you"


@plays("every-event-type", "ACK-01", "ACK-02", "ACK-05", "ACK-07")
def every_event_type(stage: Performance) -> None:
    """One genuine event of the type."""
    kind = stage.description.event_types[stage.parameter]
    told = stage.event(kind.object_type, event_type=kind.name)
    limit = stage.description.ack_limit
    if stage.breaks("ACK-01"):
        status, failure = stage.random.choice(((400, None), (500, None), (404, None), (200, Failure.MALFORMED)))
        stage.deliver(told, "event", answer=Answer(status, failure=failure))
    elif stage.breaks("ACK-02"):
        late = stage.random.choice((Answer(202), Answer(failure=Failure.TIMEOUT)))
        stage.take(told, "event", answer=late, took=limit + _MARGIN + stage.random.uniform(0.01, limit))
    elif stage.breaks("ACK-05"):
        status = stage.random.choice((301, 302, 303, 307, 308))
        stage.deliver(told, "event", answer=Answer(status, ((b"Location", b"/hooks/"),)))
    elif stage.breaks("ACK-07"):
        stage.take(told, "event", answer=Answer(200, body=_UNNAMED))
    else:
        took = limit * stage.manner.slowness if stage.chance(0.3) else None
        stage.take(told, "event", took=took)


@plays("twenty-in-flight", "ACK-03")
def twenty_in_flight(stage: Performance) -> None:
    """Three waves of twenty events."""
    stage.take(stage.event(), "control")
    soft = stage.description.soft_ack_limit
    slow = soft + _MARGIN + 0.1 if stage.breaks("ACK-03") else 0.0
    for _ in range(3):
        began = stage.now
        for number in range(20):
            took = slow if number < 4 and slow else stage.quick()
            stage.take(stage.event(), "event", at=began + number / 1000, took=took, steady=True)
        stage.now = began + soft + 1


@plays("held-api", "ACK-04")
def held_api(stage: Performance) -> None:
    """The API is held while an event is delivered; who gets objects waits for the answer, and has acknowledged."""
    told = stage.event(stage.parameter, version=2)
    limit = stage.description.ack_limit
    began = stage.now
    calls = stage.fetches(told) or stage.breaks("ACK-04")
    if stage.breaks("ACK-04"):
        released = began + 3 * limit
        answer = stage.random.choice((stage.accepts(), Answer(failure=Failure.TIMEOUT)))
        stage.deliver(told, "event", answer=answer, took=3 * limit + stage.random.uniform(0.01, 2.0), steady=True)
    else:
        stage.deliver(told, "event", took=limit * stage.manner.slowness)
        released = stage.now + stage.random.uniform(0.1, 5.0)
    if calls:
        early = stage.breaks("ACK-04") or stage.manner.begins_early
        at = began + 0.01 if early else stage.now
        stage.get(told, at, fault="hold", took=released - at + stage.random.uniform(0.01, 0.5))
    stage.note("held", "yes" if calls else "no")
    stage.note("released", repr(released))


@plays("foreign-endpoint", "ACK-06")
def foreign_endpoint(stage: Performance) -> None:
    """A genuine event at another type's endpoint, which is refused or has no effect."""
    stage.control(stage.parameter)
    types = list(stage.description.object_types)
    other = types[(types.index(stage.parameter) + 1) % len(types)]
    told = stage.event(stage.parameter)
    taken = stage.accepts() if stage.manner.takes_oddities else stage.refuses(stage.manner.malformed)
    stage.deliver(told, "foreign", genuine=False, answer=taken)
    if stage.breaks("ACK-06"):
        if stage.chance(0.5):
            stage.call("get", told.about, stage.now, kind=other, target=f"/{other}/{told.about}", status=404)
        else:
            stage.held[told.about] = 1
    stage.quiet(stage.parameter)
    stage.ask_effect(told)
    stage.ask_held(told, kind=other)


@plays("burst", "CON-01")
def burst(stage: Performance) -> None:
    """Events all at once; some may be asked to come again."""
    stage.control()
    lost = 0
    began = stage.now
    for number in range(12):
        told = stage.news()
        at = began + number / 100
        if stage.breaks("CON-01") and number in {3, 7}:
            lost = stage.random.choice((1, 2))
            _break_burst(stage, told, at, lost)
            continue
        if "limited" in stage.manner.hiccups and number % 4 == 0:
            later = Answer(stage.random.choice((429, 503)), ((b"Retry-After", b"1"),))
            stage.deliver(told, "burst", at=at, answer=later, took=0.01)
            at += 1.2
        stage.take(told, "burst", at=at, steady=True)
        _see(stage, told)
    stage.now = max(stage.now, stage.ready) + 1
    if lost == 2:
        stage.wait("effect", 30.0, rewarded=False)


def _break_burst(stage: Performance, told: Told, at: float, how: int) -> None:
    if how == 1:
        stage.deliver(told, "burst", at=at, answer=Answer(stage.random.choice((500, 400))), steady=True)
    else:
        stage.deliver(told, "burst", at=at, steady=True)
        _see(stage, told)


def _see(stage: Performance, told: Told) -> None:
    """The kit asks, long after the burst, in the way in which this partner shows its effects."""
    now, stage.now = stage.now, stage.now + 40
    stage.ask_effect_seen(told)
    stage.now = now


@plays("hung-fetch", "CON-02")
def hung_fetch(stage: Performance) -> None:
    """One fetch has no answer while other events arrive."""
    limit = stage.description.ack_limit
    kind = stage.parameter
    stage.control(kind)
    told = stage.event(kind, version=2)
    stage.deliver(told, "hanging")
    held = stage.fetches(told) or stage.breaks("CON-02")
    began = stage.now
    how = stage.random.choice(("after", "late", "refused")) if stage.breaks("CON-02") else ""
    slow = {"after": 3 * limit, "late": limit + 1}.get(how, limit * stage.manner.slowness)
    for number in range(10):
        answer = Answer(500) if how == "refused" and number == 4 else stage.accepts()
        stage.deliver(stage.event(kind), "meanwhile", at=began + number / 100, took=slow, answer=answer, steady=True)
    released = began + 3 * limit if how == "after" else began + slow + 0.1 + stage.random.choice((0.0, 1.0))
    if held:
        stage.get(told, began - 0.001, fault="hold", took=released + 0.02 - began)
    stage.note("held", "yes" if held else "no")
    stage.note("released", repr(released))
    stage.now = released + 1


@plays("half-sent", "CON-03")
def half_sent(stage: Performance) -> None:
    """Requests break off and drip, and genuine events arrive."""
    stage.control()
    for _ in range(5):
        broken = Answer(failure=Failure.CANCELLED)
        stage.deliver(stage.event(), "broken-off", genuine=False, answer=broken, took=0.05)
    for _ in range(5):
        stage.deliver(stage.event(), "dripping", genuine=False, took=2.0, at=stage.now)
    late = stage.description.ack_limit + 1 if stage.breaks("CON-03") else stage.quick()
    stage.take(stage.event(), "meanwhile", took=late)
    stage.take(stage.event(), "after")


@plays("soak")
def soak(stage: Performance) -> None:
    """Events at a steady rate."""
    for _ in range(30):
        stage.take(stage.event(), "steady")


@plays("killed-partner", "DUR-01", "DUR-02")
def killed_partner(stage: Performance) -> None:
    """The partner is killed in the middle of a burst, and goes on with what it had acknowledged."""
    known = stage.news()
    stage.take(known, "known", steady=True)
    stage.see_control(known)
    taken = [stage.news() for _ in range(8)]
    for number, told in enumerate(taken):
        if stage.breaks("DUR-01") and number == 5:
            stage.deliver(told, "burst", steady=True)
        else:
            stage.take(told, "burst", steady=True)
    stage.wait("restart", 1.0)
    gone = stage.random.choice((Failure.REFUSED, Failure.CLOSED))
    stage.deliver(stage.event(), "burst", answer=Answer(failure=gone), took=0.01)
    stage.take(stage.event(), "after", steady=True)
    stage.now = max(stage.now, stage.ready) + 1
    stage.wait("effect" if stage.offers("events") else "fetch", 60.0, rewarded=not stage.breaks("DUR-01"))
    for told in taken:
        stage.ask_effect_seen(told)
    stage.ask_applied(known)
    stage.take(known, "again", steady=True)
    if stage.breaks("DUR-02"):
        stage.applied[known.id] += 1
    stage.quiet()
    stage.ask_applied(known)


@plays("transport", "TLS-01")
def transport(stage: Performance) -> None:
    """A handshake where the partner serves https; plain http only on the loopback interface."""
    told = stage.event()
    safe = {"reached": True, "fault": "", "version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256"}
    if stage.breaks("TLS-01"):
        how = stage.random.choice(("plain", "fault", "old"))
        if how == "plain":
            stage.take(told, "event", url="http://partner.example/hooks")
            return
        wrong = {"fault": "the certificate has expired"} if how == "fault" else {"version": "TLSv1.1"}
        stage.note("handshake", json.dumps({**safe, **wrong}))
        stage.take(told, "event", url="https://partner.example/hooks")
    elif stage.chance(0.5):
        stage.note("handshake", json.dumps({**safe, "version": stage.random.choice(("TLSv1.2", "TLSv1.3"))}))
        stage.take(told, "event", url="https://partner.example/hooks")
    else:
        stage.take(told, "event")
