"""Judges of the chapter Subscriptions and recovery: how what was missed is asked for and handled."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from conformance.exchange import Call, Exchange, Failure
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import applied, held, no_use_for, seconds, wrong_state
from conformance.requirement import Evidence, Finding, Inapplicable, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

_NOT_ASKED = "the partner made no call that lists missed events (see REC-01)"
_NO_COUNTS = "the partner's control endpoint does not offer 'events'"
_BROKEN_OFF = "the story did not come to its end"
# Within one recovery; a partner that needs more does not know when to stop.
_MOST_LISTS = 10


@judges("REC-01", story="outage")
def asks_for_what_it_missed(play: Play, case: Case) -> Said:
    """After an outage the partner asks the platform for what it missed, from its last event or any earlier point."""
    missed = play.note("missed").split()
    lists = play.calls("list-events")
    if not lists:
        yield Finding(
            expected="a call that lists missed events",
            actual="no such call",
            exchanges=_ids(play.askings("recover")),
            evidence=_unasked(play),
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


def _unasked(play: Play) -> Evidence:
    """What it proves that no list was asked for: no load excuses a partner that says it is done and has not begun."""
    said_done = any(asking.succeeded for asking in play.askings("recover"))
    return Evidence.DEED if said_done else Evidence.ABSENCE


@judges("REC-02", story="outage")
def applies_every_missed_event_once(play: Play, case: Case) -> Said:
    """The partner ends with every missed event applied once, those included that are pushed while it lists."""
    if not case.offered("events"):
        yield Unassessable(_NO_COUNTS)
        return
    lists = tuple(call.id for call in play.calls("list-events"))
    pushed = tuple(dict.fromkeys(d.event_id for d in play.deliveries("pushed")))
    for name in (*play.note("missed").split(), *pushed):
        count = applied(play, name)
        if count is None:
            yield Unassessable(_BROKEN_OFF)
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


@judges_run("REC-03", stories=("outage", "failed-events", "troubled-recovery", "old-news"))
def asks_by_time_or_by_event(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner never uses both forms of `since`, by time and by event id, at once."""
    lists = [call for play in plays for call in play.calls("list-events")]
    if not lists:
        yield Unassessable("the partner listed no events in the whole run (the control call 'recover' asks it to)")
    for call in lists:
        named = _filters(call, case)
        if {"since", "after"} <= set(named):
            yield Finding(
                expected=f"one of {named['since']} and {named['after']}",
                actual=f"both: {call.request.method} {call.request.target} → {call.outcome()}",
                exchanges=(call.id,),
                evidence=Evidence.DEED,
            )
            return


def _filters(call: Call, case: Case) -> dict[str, str]:
    """The filters in the query of a list call: what each means, and its name there."""
    role = case.description.operations.get(call.operation or "")
    given = dict(parse_qsl(urlsplit(call.request.target).query))
    return {meaning: name for name, meaning in (role.filters if role else ()) if name in given}


@judges("REC-04", story="failed-events")
def asks_for_failed_events_only(play: Play, case: Case) -> Said:
    """The partner can ask for failed deliveries only."""
    recovery = case.description.recovery
    roles = [role for role in case.description.operations.values() if role.does == "list-events"]
    if recovery is None or not any("status" in dict(role.filters).values() for role in roles):
        yield Inapplicable("the platform lists events whatever became of their delivery")
        return
    lists = play.calls("list-events")
    wide = _wide(lists, case, recovery.failed)
    if wide or not lists:
        said = "the partner says that it cannot (501)" if play.note("not offered") else "no such call"
        told = "; ".join(f"{c.request.method} {c.request.target}" for c in wide[:3])
        yield Finding(
            expected=f"a call that lists events whose status is {recovery.failed}, and no other",
            actual=told or said,
            exchanges=tuple(e.id for e in (*play.askings("recover"), *wide[:3])),
            evidence=Evidence.DEED if wide else _unasked(play),
        )


def _wide(lists: tuple[Call, ...], case: Case, failed: str) -> list[Call]:
    """The calls that list other events too; not those of another operation, where the partner lists events unasked."""
    named = {call.correlation for call in lists if call.correlation and _status(call, case) == failed}
    unasked = bool(named) and any(call.does == "list-events" for call in case.unasked)
    wide = [call for call in lists if _status(call, case) != failed]
    return [call for call in wide if not (unasked and call.correlation and call.correlation not in named)]


def _status(call: Call, case: Case) -> str:
    given = dict(parse_qsl(urlsplit(call.request.target).query))
    return given.get(_filters(call, case).get("status", ""), "")


@judges("REC-05", story="troubled-recovery")
def survives_a_list_in_trouble(play: Play, case: Case) -> Said:
    """The partner survives 500, 429, an empty list and an unknown last id on recovery, within the budget."""
    lists = play.calls("list-events")
    if not lists:
        yield Unassessable(_NOT_ASKED)
        return
    if play.parameter == "unknown-last-id" and not any(_names_an_event(call, case) for call in lists):
        yield Inapplicable("the partner asks by time, so that no event id can be unknown")
        return
    budget = _MOST_LISTS * len([a for a in play.askings("recover") if a.failure is not Failure.REFUSED])
    if len(lists) > budget and any(call.does == "list-events" for call in case.unasked):
        yield Unassessable("the partner lists events unasked as well, so that those of a recovery cannot be counted")
    elif len(lists) > budget:
        yield Finding(
            expected=f"at most {_MOST_LISTS} list calls in a recovery",
            actual=f"{len(lists)} of them within {seconds(lists[-1].started - lists[0].started)}",
            exchanges=_ids(lists[:5]),
            evidence=Evidence.DEED,
        )
    if play.parameter == "empty-list" and play.note("refused"):
        yield Finding(
            expected="a recovery that ends well: there is nothing to recover",
            actual="the partner says that the platform failed (502)",
            exchanges=_ids((*lists, *play.askings("recover"))),
            evidence=Evidence.DEED,
        )
    what = "an event after that" if play.parameter == "empty-list" else "the missed event"
    yield from _unapplied(play, case, "expected", f"{what} is applied in the end", lists)


def _names_an_event(call: Call, case: Case) -> bool:
    """Whether a list call says after which event the list is to begin, in its path or in its query."""
    role = case.description.operations.get(call.operation or "")
    return role is not None and ("after" in dict(role.keys).values() or "after" in _filters(call, case))


def _ids(calls: Iterable[Exchange]) -> tuple[str, ...]:
    return tuple(call.id for call in calls)


def _unapplied(play: Play, case: Case, noted: str, wanted: str, lists: tuple[Call, ...]) -> Said:
    """Judge that the event which the story wrote down with its object has had its effect."""
    event_id, _, object_id = play.note(noted).partition(" ")
    count, seen = applied(play, event_id), held(play, object_id)
    if not event_id or (count is None and seen is None):
        offered = case.offered("events") or case.offered("objects")
        yield Unassessable(_BROKEN_OFF if offered else f"{_NO_COUNTS}, nor 'objects'")
    elif count is not None and count[0] == 0:
        yield _lost(play, wanted, f"{event_id} is applied 0 times", (*lists, count[1]))
    elif count is None and seen is not None and seen[0] is None and seen[1].object_type not in case.holds:
        yield Unassessable(no_use_for(seen[1]))
    elif count is None and seen is not None and seen[0] is None:
        yield _lost(play, wanted, "the partner holds nothing of its object", (*lists, seen[1]))


def _lost(play: Play, wanted: str, actual: str, cites: tuple[Exchange, ...]) -> Finding:
    return Finding(expected=wanted, actual=f"{actual} within {seconds(play.waited('effect'))}", exchanges=_ids(cites))


@judges("REC-06", story="old-news")
def takes_old_news_for_old(play: Play, case: Case) -> Said:
    """The partner does not apply listed events older than its last one again, nor backwards."""
    lists = play.calls("list-events")
    if not lists:
        yield Unassessable(_NOT_ASKED)
        return
    if any(isinstance(word, Finding) for word in _unapplied(play, case, "missed", "", lists)):
        yield Unassessable("positive control failed: the missed event of the same list shows no effect (see REC-02)")
        return
    yield from _applied_again(play, case, lists)
    if case.offered("objects"):
        yield from wrong_state(play, case, cites=(*play.deliveries("newer"), *lists), late=2)
    else:
        yield Unassessable("the partner's control endpoint does not offer 'objects'")


def _applied_again(play: Play, case: Case, lists: tuple[Call, ...]) -> Said:
    name = play.note("handled")
    # A partner may list events unasked, too, and earlier than it is asked to.
    asked = play.askings("recover")
    before, after = applied(play, name, before=(asked or lists)[0].started), applied(play, name)
    if not case.offered("events"):
        yield Unassessable(_NO_COUNTS)
    elif before is None or after is None or not name:
        yield Unassessable(_BROKEN_OFF)
    elif after[0] > max(1, before[0]):
        yield Finding(
            expected="a listed event that was handled before is not applied again",
            actual=f"{name} is applied {after[0]} times, {before[0]} of them before the recovery",
            exchanges=(before[1].id, *_ids(lists), after[1].id),
            evidence=Evidence.DEED,
        )
