"""Plays of stories about fetching: what the partner gets, and what it does when that fails."""

from __future__ import annotations

from email.utils import formatdate
from typing import Final

from conformance.exchange import Call, Failure
from histories.performance import Answer, Performance, Told
from histories.repertoire import plays

__all__: list[str] = []

_NO_FETCH: Final = "positive control failed: the partner got no object that an event named (see FET-01)"
_EPOCH: Final = 1_795_000_000


@plays("announced-object", "FET-01", "FET-02", "FET-03")
def announced_object(stage: Performance) -> None:
    """The partner hears of an object for the first time."""
    told = stage.event(stage.parameter)
    if not stage.breaks("FET-01"):
        stage.take(told, "event")
        stage.wait("fetch", max(0.0, stage.ready - stage.now))
        return
    how = stage.random.choice(("refused", "nothing", "another", "failed"))
    stage.deliver(told, "event", answer=Answer(500) if how == "refused" else None)
    if how == "another":
        stage.get(stage.event(stage.parameter), stage.now)
    if how == "failed":
        stage.get(told, stage.now, status=404)
    stage.wait("fetch", 30.0, rewarded=False)


@plays("failing-fetch", "FET-04")
def failing_fetch(stage: Performance) -> None:
    """The first tries fail, and the partner gets the object in the end."""
    told = stage.event()
    stage.deliver(told, "event")
    times = 1 if stage.parameter == "time-out" else 2
    tries = _failed_tries(stage, told, times)
    if stage.breaks("FET-04"):
        del tries[stage.random.randint(1, len(tries)) :]
        stage.wait("fetch", 30.0, rewarded=False)
    else:
        stage.get(told, tries[-1].ended + max(1.0, stage.pauses()[times - 1]))
        stage.wait("fetch", max(0.0, stage.ready - stage.now))


def _failed_tries(stage: Performance, told: Told, times: int, *, status: int = 0) -> list[Call]:
    """Tries that fail in the way of the story, with the partner's pauses between them."""
    at = stage.now + stage.manner.reaction
    tries: list[Call] = []
    for pause in (0.0, *stage.pauses())[:times]:
        at += pause
        tries.append(_struck(stage, told, at, status))
        at = tries[-1].ended
    return tries


def _struck(stage: Performance, told: Told, at: float, status: int) -> Call:
    if stage.parameter in {"time-out", "reset"} and not status:
        took = 6.0 if stage.parameter == "time-out" else None
        return stage.get(told, at, fault=stage.parameter, failure=Failure.CLOSED, took=took)
    code = status or int(stage.parameter)
    return stage.get(told, at, status=code, fault=f"status {code}")


@plays("not-yet-there", "FET-06", "FET-07")
def not_yet_there(stage: Performance) -> None:
    """The object is not there yet, or never."""
    told = stage.event()
    stage.deliver(told, "event")
    if stage.parameter == "appears":
        tries = _failed_tries(stage, told, 2, status=404)
        if stage.breaks("FET-07"):
            stage.wait("fetch", 30.0, rewarded=False)
        else:
            stage.get(told, tries[-1].ended + max(1.0, stage.pauses()[1]))
        return
    how = stage.random.choice(("on and on", "stuck")) if stage.breaks("FET-07") else ""
    began = stage.now
    if stage.breaks("FET-06"):
        _storm(stage, told, 404)
    elif how == "on and on":
        for number in range(27):
            stage.get(told, began + 1.1 * number, status=404, fault="status 404")
    else:
        _failed_tries(stage, told, 1 + len(stage.pauses()), status=404)
    for _ in range(2):
        following = stage.event()
        if how == "stuck":
            stage.deliver(following, "follow-up")
            stage.wait("fetch", 30.0, rewarded=False)
        else:
            stage.take(following, "follow-up")


def _storm(stage: Performance, told: Told, status: int) -> None:
    """Tries with hardly a pause between them."""
    at = stage.now
    for _ in range(stage.random.randint(4, 12)):
        call = stage.get(told, at, status=status, fault=f"status {status}")
        at = call.ended + stage.random.uniform(0.0, 0.3)


@plays("renewed-object", "FET-12")
def renewed_object(stage: Performance) -> None:
    """The object changes again before the event came, or during the fetch."""
    told = stage.event()
    stage.take(told, "announced")
    stage.now = max(stage.now, stage.ready)
    changed = stage.event(about=told.about, version=2)
    if stage.parameter == "before-the-event-came":
        stage.change(changed)
    newest = stage.versions[told.about]
    stage.deliver(changed, "event")
    stage.expect(changed)
    if not stage.breaks("FET-12"):
        stage.get(changed, stage.now + stage.manner.reaction)
        stage.held[told.about] = newest
    elif newest == 3 and stage.chance(0.5):
        stage.held[told.about] = 2
    stage.applied[changed.id] += 1
    stage.now = max(stage.now, stage.ready)
    stage.quiet()
    stage.ask_held(changed)


@plays("known-objects", "FET-11")
def known_objects(stage: Performance) -> None:
    """Events that carry their objects, which need not be got."""
    told = [stage.event() for _ in range(10)]
    for each in told:
        delivery = stage.take(each, "created")
        if stage.breaks("FET-11"):
            stage.get(each, delivery.ended + 0.01)
    if stage.manner.polls:
        for each in told[:4]:
            stage.get(each, stage.now, correlation=stage.new_operation())
    for each in told:
        delivery = stage.take(stage.event(each.kind, about=each.about, version=2), "updated")
    stage.settle()


def _unfetched(stage: Performance) -> bool:
    """Whether this partner gets nothing, so that nothing can fail."""
    if not stage.thin and not stage.manner.gets_strangers and not stage.broken:
        stage.deliver(stage.event(version=2), "event")
        stage.unassessable(_NO_FETCH)
        return True
    return False


def _news(stage: Performance) -> Told:
    """An event that is delivered once, and makes the partner get its object."""
    told = stage.event(version=1 if stage.thin else 2)
    stage.deliver(told, "event", steady=True)
    return told


@plays("throttled-fetch", "FET-05")
def throttled_fetch(stage: Performance) -> None:
    """The first try is answered 429 and when to come again."""
    if _unfetched(stage):
        return
    told = _news(stage)
    at = stage.now + stage.manner.reaction
    header, wait = (b"3", 3.0) if stage.parameter == "seconds" else (formatdate(_EPOCH, usegmt=True).encode(), 4.2)
    first = stage.get(told, at, status=429, fault="status 429", got=((b"Retry-After", header),))
    if stage.parameter == "date":
        stage.note("come again at", f"{first.ended + wait:.3f}")
    if stage.breaks("FET-05"):
        stage.get(told, first.ended + stage.random.uniform(0.0, wait - 1.5))
    elif stage.manner.patient or stage.thin:
        early = 1.0 if stage.parameter == "date" and stage.manner.begins_early else 0.0
        stage.get(told, first.ended + wait - early + stage.random.uniform(0.001, 1.0))
    stage.wait("next try", 5.0)


@plays("throttled-create", "FET-05")
def throttled_create(stage: Performance) -> None:
    """The partner's create call is answered 429."""
    _creates(stage, 429)


@plays("failing-create", "FET-06")
def failing_create(stage: Performance) -> None:
    """The partner's create calls fail until it gives up."""
    _creates(stage, 503)


def _creates(stage: Performance, status: int) -> None:
    if not stage.offers("create"):
        stage.unassessable("the partner's control endpoint does not offer 'create'")
        return
    began, name = stage.now, stage.new_operation()
    got = ((b"Retry-After", b"3"),) if status == 429 else ()
    at = began + 0.01
    pauses = [3.1] if status == 429 else stage.pauses()[: stage.random.randint(0, 4)]
    if stage.breaks("FET-06"):
        pauses = [0.1] * 6
    elif stage.breaks("FET-05"):
        pauses = [stage.random.uniform(0.0, 2.8)]
    for number, pause in enumerate((*pauses, None)):
        last = status == 429 and number > 0
        fault = None if last else f"status {status}"
        kind = stage.description.object_types[stage.parameter]
        call = stage.call(
            "create",
            uuid_of(stage) if last else None,
            at,
            kind=stage.parameter,
            operation=kind.create,
            status=200 if last else status,
            fault=fault,
            correlation=name,
            got=() if last else got,
        )
        if pause is None or (not stage.broken and not stage.manner.patient and status == 429):
            break
        at = call.ended + pause
    stage.ask("create", kind=stage.parameter, status=502, started=began, ended=call.ended + 0.01)
    if stage.manner.keeps_an_outbox and status == 503:
        kind = stage.description.object_types[stage.parameter]
        later = call.ended + stage.random.choice((5.0, 200.0))
        stage.call(
            "create", uuid_of(stage), later, kind=kind.name, operation=kind.create, correlation=name, unasked=True
        )


def uuid_of(stage: Performance) -> str:
    """The id of an object that the platform makes."""
    return stage.event().about


@plays("broken-fetch", "FET-06")
def broken_fetch(stage: Performance) -> None:
    """Every try fails for as long as the window lasts; a partner may be killed and started again meanwhile."""
    if _unfetched(stage):
        return
    told = _news(stage)
    if stage.breaks("FET-06"):
        _storm(stage, told, 500)
        return
    tries = _failed_tries(stage, told, stage.random.randint(1, 1 + len(stage.pauses())))
    if stage.manner.restarts and not stage.broken:
        at = tries[-1].ended + 0.1
        gone = stage.random.choice((Failure.REFUSED, Failure.CLOSED))
        stage.deliver(stage.event(), "other", answer=Answer(failure=gone), at=at, took=0.05)
        stage.get(told, at + 0.2, status=500, fault="status 500")
        stage.get(told, at + 0.4, status=500, fault="status 500")


@plays("refused-fetch", "FET-10")
def refused_fetch(stage: Performance) -> None:
    """Every try is answered 401; then another event comes."""
    if _unfetched(stage):
        return
    told = _news(stage)
    how = stage.random.choice(("storm", "stuck", "refused")) if stage.breaks("FET-10") else ""
    if how == "storm":
        _storm(stage, told, 401)
    else:
        _failed_tries(stage, told, stage.random.randint(1, 3), status=401)
    _follow(stage, how)


def _follow(stage: Performance, how: str) -> None:
    """The next event, about another object."""
    stage.now = max(stage.now, stage.ready)
    following = stage.event()
    if how == "refused":
        stage.deliver(following, "follow-up", answer=Answer(500))
        return
    if how == "stuck":
        stage.deliver(following, "follow-up")
        stage.wait("effect", 30.0, rewarded=False)
        stage.note("follow-up effect", "not seen")
        return
    stage.take(following, "follow-up")
    stage.note("follow-up effect", stage.until_effect(following))


@plays("garbled-fetch", "FET-08")
def garbled_fetch(stage: Performance) -> None:
    """The answer to a get is not the object; then another event comes."""
    if _unfetched(stage):
        return
    told = _news(stage)
    at = stage.now + stage.manner.reaction
    stage.get(told, at, fault=stage.parameter, failure=Failure.CLOSED if stage.parameter == "truncated" else None)
    if stage.chance(0.5):
        stage.get(told, stage.ready + 1.0, fault=stage.parameter)
    _follow(stage, stage.random.choice(("stuck", "refused")) if stage.breaks("FET-08") else "")


@plays("bait", "FET-09")
def bait(stage: Performance) -> None:
    """An event, or an answer, holds a URL that is not the platform's."""
    if stage.parameter == "data":
        for role in ("event", "extra"):
            told = stage.event()
            if role == "extra" and not stage.manner.takes_oddities:
                stage.deliver(told, role, answer=stage.refuses(stage.manner.malformed))
            else:
                stage.take(told, role)
    else:
        if _unfetched(stage):
            return
        told = _news(stage)
        stage.get(told, stage.now + stage.manner.reaction, status=int(stage.parameter), fault="status")
    followed = stage.breaks("FET-09") or stage.manner.takes_oddities
    if followed:
        secret = ((b"X-Api-Key", b"[secret api_key 1f2e]"),) if stage.breaks("FET-09") else ()
        stage.call("bait", None, stage.now + 0.1, target="/bait/url", sent=secret)
    stage.settle()
