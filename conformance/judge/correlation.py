"""Judges of the chapter Correlation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from conformance.exchange import Asking, Call, Delivery
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import answered, applied, changing_calls, fetches, not_accepted, seconds, wrong_state
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__ = ["led_to", "same"]

# The calls that a partner starts by itself, not because of an event.
_OWN: Final = frozenset(
    {
        "create",
        "update",
        "list-event-types",
        "list-subscriptions",
        "create-subscription",
        "delete-subscription",
        "list-events",
    }
)
_LOOP: Final = 10
# The control calls that make a partner call the platform, and the calls that each of them is about.
_ORDERS: Final = {
    "create": frozenset({"create"}),
    "update": frozenset({"update"}),
    "subscribe": frozenset({"list-event-types", "list-subscriptions", "create-subscription"}),
    "unsubscribe": frozenset({"list-subscriptions", "delete-subscription"}),
    "recover": frozenset({"list-events"}),
}


@judges_run("COR-01", stories=("own-object", "subscription", "outage"))
def sends_a_new_correlation_id_per_operation(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner sends a correlation id on every API call that it starts, a new one for each operation."""
    own = _own_operations(plays)
    if not own:
        yield Unassessable(
            "the partner started no call of its own (the control endpoint's 'create' makes it start one)"
        )
        return
    for _, call in [(name, call) for name, call in own if not call.correlation][:3]:
        yield Finding(
            expected=f"a header {case.description.correlation_header}",
            actual=f"{call.request.method} {call.request.target} has none",
            exchanges=(call.id,),
            evidence=Evidence.DEED,
        )
    carriers: defaultdict[str, list[tuple[Play, Call]]] = defaultdict(list)
    for play, call in own:
        carriers[call.correlation or ""].append((play, call))
    apart = case.description.effect_window + case.description.retry_window
    for correlation, calls in carriers.items():
        begun = _beginnings(calls, apart) if correlation else []
        if len(begun) > 1:
            yield Finding(
                expected="a new correlation id for each operation",
                actual=f"{len(begun)} operations carry {correlation}",
                exchanges=tuple(call.id for call in begun)[:5],
                evidence=Evidence.DEED,
            )


def _own_operations(plays: tuple[Play, ...]) -> list[tuple[Play, Call]]:
    """The calls that the partner started by itself, with their play; what an event brought first is the event's."""
    calls = [(play, call) for play in plays for call in play.calls() if call.does in _OWN]
    brought = _first((d.correlation, d.started) for play in plays for d in play.deliveries())
    sent = _first((call.correlation, call.started) for _, call in calls)
    never = float("inf")
    return [(n, c) for n, c in calls if not c.correlation or sent[c.correlation] < brought.get(c.correlation, never)]


def _beginnings(calls: list[tuple[Play, Call]], apart: float) -> list[Call]:
    """The first call of each operation, of the calls that carry one id.

    An operation may be tried again much later, last longer than its story, and be asked for again in another play of
    that story. So another one has surely begun only where another story asked for it, once what was asked for before
    had been answered; or, of what nobody asked for, where more time passed than any wait of a run explains. A call of
    another kind that is still under way may be the same operation's, unless this one alone can be what was asked for.
    """
    begun: list[Call] = []
    last: dict[str | None, Call] = {}
    asked_before: dict[str, float] = {}
    for play, call in sorted(calls, key=lambda each: each[1].started):
        order = _order(play, call)
        previous = max(last.values(), key=lambda c: c.ended, default=call)
        asked = order is not None and any(ended <= call.started for ended in asked_before.values())
        anew = asked and play.name not in asked_before
        tried = last.get(call.operation)
        beside = previous.ended > call.started and anew and order is not None and _is_alone(play, order, call)
        done = (beside or _is_over(previous, call)) and (tried is None or _is_over(tried, call))
        later = play.name not in asked_before and call.started - previous.ended > apart
        if not begun or (done and (anew or later)):
            begun.append(call)
        last[call.operation] = call
        if order is not None:
            ended = order.ended if order.failure is None else float("inf")
            asked_before[play.name] = max(ended, asked_before.get(play.name, ended))
    return begun


def _order(play: Play, call: Call) -> Asking | None:
    """What the kit asked the partner to do, when such a call was made while it asked."""
    askings = (e for e in play.exchanges if isinstance(e, Asking) and call.does in _ORDERS.get(e.call, ()))
    return next((a for a in askings if a.started <= call.started <= a.ended), None)


def _is_alone(play: Play, order: Asking, call: Call) -> bool:
    """Whether no call that carries another id can be what the kit asked for."""
    during = [c for c in play.calls() if order.started <= c.started <= order.ended and c.does in _ORDERS[order.call]]
    return all(c.correlation == call.correlation for c in during)


def _is_over(earlier: Call, call: Call) -> bool:
    """Whether an earlier call had succeeded when this one began: else this may be one more try."""
    return earlier.succeeded and earlier.ended <= call.started


def _first(seen: Iterable[tuple[str | None, float]]) -> dict[str | None, float]:
    """When each id was seen first."""
    times: dict[str | None, float] = {}
    for name, at in seen:
        times[name] = min(at, times.get(name, at))
    return times


def led_to(play: Play, delivery: Delivery) -> list[Call]:
    """The calls after a delivery that ask for an object."""
    return [c for c in play.calls() if c.started >= delivery.started and c.does in {"get", "find", "view"}]


def same(sent: str, event: str) -> bool:
    """Whether a call carries the event's id, be it in another form."""
    return _bare(event) in _bare(sent) or (len(_bare(sent)) >= 8 and _bare(sent) in _bare(event))


def _bare(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


@judges("COR-02", story="correlated-event")
def carries_the_events_correlation_id(play: Play, case: Case) -> Said:
    """The partner carries the event's correlation id on the calls that the event leads to, retries included."""
    delivery = play.deliveries("event")[-1]
    calls = led_to(play, delivery)
    event = delivery.correlation or ""
    if not calls:
        yield Unassessable("the event led to no call")
    others = [c for c in calls if c.correlation is None or not same(c.correlation, event)]
    if others == calls and case.unasked and not case.description.thin and all(c.correlation for c in calls):
        # Such an event need not lead to any call, and who looks around unasked does so under ids of its own.
        yield Unassessable("no call carries the event's id, and this partner makes calls unasked as well")
        return
    for call in [c for c in others if not (case.unasked and _is_beside(c, calls, event))][:1]:
        yield Finding(
            expected=f"{case.description.correlation_header}: {event}",
            actual=f"{call.request.method} {call.request.target} carries {call.correlation or 'none'}",
            exchanges=(delivery.id, call.id),
            evidence=Evidence.DEED,
        )


def _is_beside(call: Call, calls: list[Call], event: str) -> bool:
    """Whether a call with an id of its own asks for what the event's own call got: a partner may look there anyway."""
    got = [c for c in calls if c.succeeded and c.request.target == call.request.target]
    return call.correlation is not None and any(same(c.correlation or "", event) for c in got)


@judges("COR-03", story="correlated-event")
def keeps_the_correlation_id_byte_for_byte(play: Play, case: Case) -> Said:
    """The partner keeps a correlation id of the platform's own form byte for byte."""
    yield from _kept(play, Level.MUST)


@judges("COR-03", story="opaque-correlation")
def keeps_an_opaque_correlation_id_byte_for_byte(play: Play, case: Case) -> Said:
    """The partner keeps a correlation id of another form byte for byte; only recommended."""
    yield from _kept(play, Level.SHOULD)


def _kept(play: Play, level: Level) -> Said:
    delivery = play.deliveries("event")[-1]
    event = delivery.correlation or ""
    carried = [c for c in led_to(play, delivery) if c.correlation is not None and same(c.correlation, event)]
    if not carried:
        yield Unassessable("no call carried the event's correlation id (see COR-02)")
    for call in [c for c in carried if c.correlation != event][:1]:
        yield Finding(
            expected=event,
            actual=str(call.correlation),
            exchanges=(delivery.id, call.id),
            evidence=Evidence.DEED,
            level=level,
        )


@judges("COR-05", story="own-object")
def recognises_events_of_its_own_requests(play: Play, case: Case) -> Said:
    """Events that the partner's own request caused have no second effect and lead to no loop."""
    own = play.deliveries("own")
    if not own:
        yield Unassessable("no event of the partner's own request could be sent (see OWN-01)")
        return
    asked = {asking.started for asking in play.askings("update")}
    changes = [
        call
        for call in changing_calls(play, after=own[0].started)
        if not any(asked_at <= call.started for asked_at in asked) or call.does == "create"
    ]
    if changes:
        # What it never does unasked proves most.
        changes.sort(key=lambda call: case.proof(call.does or "") is Evidence.CHANCE)
        yield Finding(
            expected="no change in answer to an event of its own request",
            actual=f"{changes[0].request.method} {changes[0].request.target}",
            exchanges=(own[0].id, *(call.id for call in changes[:3])),
            evidence=case.proof(changes[0].does or ""),
        )
    for delivery in {delivery.event_id: delivery for delivery in own}.values():
        count = applied(play, delivery.event_id)
        if count is not None and count[0] > 1:
            yield Finding(
                expected="applied at most once",
                actual=f"applied {count[0]} times",
                exchanges=(delivery.id, count[1].id),
                evidence=Evidence.DEED,
            )
    gets = [call for call in play.calls("get") if call.started >= own[0].started]
    if len(gets) > _LOOP:
        yield Finding(
            expected=f"at most {_LOOP} calls",
            actual=f"{len(gets)} gets after events of its own request",
            exchanges=(own[0].id, *(call.id for call in gets[:5])),
            evidence=Evidence.DEED,
        )


_LATER: Final = (
    ("foreign", "with a new correlation id", Level.MUST),
    ("prefixed", "with a correlation id that begins with one of the partner's own", Level.MUST),
    ("again", "of the platform's own change, with the partner's id again", Level.SHOULD),
)


@judges("COR-06", story="foreign-correlation")
def takes_no_foreign_event_for_its_own(play: Play, case: Case) -> Said:
    """The partner processes what others change, whatever the correlation id has in common with one of its own."""
    told = [(answered(play, role)[-1], words, level) for role, words, level in _LATER]
    for number, (delivery, words, level) in enumerate(told):
        before = told[number + 1][0].started if number + 1 < len(told) else float("inf")
        for said in _unprocessed(play, case, delivery, before):
            if isinstance(said, Finding):
                yield replace(said, expected=f"{said.expected}, after an event {words}", level=level)
            else:
                yield said


def _unprocessed(play: Play, case: Case, delivery: Delivery, before: float) -> Said:
    """What shows that an event of a change has not been processed until a time."""
    version = delivery.version or 0
    got = fetches(play, delivery.object_id, after=delivery.started, succeeded=True)
    count = applied(play, delivery.event_id)
    waited = [w for w in play.waits if w.what == "fetch" and not w.rewarded and delivery.started <= w.started < before]
    if not delivery.succeeded:
        yield not_accepted(delivery)
    elif any((call.version or 0) >= version and call.started < before for call in got):
        return
    elif case.offered("objects"):
        yield from wrong_state(play, case, cites=(delivery,), version=version, before=before)
    elif count is not None and count[0] == 0:
        yield Finding(expected="the event is handled", actual="applied 0 times", exchanges=(delivery.id, count[1].id))
    elif waited:
        yield Finding(
            expected=f"a get that answers version {version}",
            actual=f"no such get within {seconds(waited[0].ended - waited[0].started)}",
            exchanges=(delivery.id,),
        )
    else:
        yield Unassessable("the partner's control endpoint does not offer 'objects'")
