"""The judge of stories that were tried out: what holds in every story, whatever its steps."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from conformance import pointer
from conformance.exchange import Asking, Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import applied, held, versions
from conformance.likeness import alike
from conformance.requirement import Evidence, Finding, Inapplicable, Remark, Unassessable
from conformance.transcript import Play
from conformance.tryout import Tryout, told

__all__ = ["departures"]

_ABSENT: Final = object()


@judges("EXP-01", story="exploration")
def holds_in_every_story(play: Play, case: Case) -> Said:
    """In whatever order events come and whatever happens meanwhile, each counts once and the newest state wins."""
    if play.note("not asked for"):
        yield Inapplicable("no exploration was asked for: --conformance-explore N")
        return
    tried = play.note("tried")
    yield from (Remark(text) for text in (tried,) if text)
    written = play.note("story")
    if not written:
        return
    steps = told(Tryout.from_text(written).steps)
    found = list(departures(play, case))
    for _, finding in found:
        yield Finding(
            expected=finding.expected,
            actual=f"{finding.actual}, after: {steps}",
            exchanges=finding.exchanges,
            evidence=finding.evidence,
            hint=finding.hint,
        )
    if not found and tried:
        yield Unassessable(f"a story went wrong once, and not when it was played again: {steps}")


def departures(play: Play, case: Case) -> Iterator[tuple[str, Finding]]:
    """What went wrong in a story, each with a word for its kind; nothing is held against a partner that shows nothing.

    An object counts once the event of its creation was accepted: before that, a partner may keep events for later.
    """
    by_object: defaultdict[str, dict[str, Delivery]] = defaultdict(dict)
    for delivery in play.deliveries("story"):
        if delivery.succeeded:
            by_object[delivery.object_id or ""][delivery.event_id] = delivery
    for name, events in by_object.items():
        if any(delivery.version == 1 for delivery in events.values()):
            yield from _wrong_count(play, tuple(events.values()))
            yield from _wrong_state(play, case, name, tuple(events.values()))


def _wrong_count(play: Play, events: tuple[Delivery, ...]) -> Iterator[tuple[str, Finding]]:
    for delivery in events:
        count = applied(play, delivery.event_id)
        if count is not None and count[0] > 1:
            finding = Finding(
                expected="each event applied once",
                actual=f"one was applied {count[0]} times",
                exchanges=(*_cited(play, delivery), count[1].id),
                evidence=Evidence.DEED,
                hint="DUP-02, DUP-03 and DUR-02 ask for the same.",
            )
            yield "duplicate", finding
        elif count is not None and count[0] == 0:
            finding = Finding(
                expected="each event that was acknowledged is applied",
                actual="one was not applied",
                exchanges=(*_cited(play, delivery), count[1].id),
                hint="ACK-03, DUP-05, FET-12 and DUR-01 ask for the same.",
            )
            yield "loss", finding


def _wrong_state(play: Play, case: Case, name: str, events: tuple[Delivery, ...]) -> Iterator[tuple[str, Finding]]:
    last, known = held(play, name), versions(play, name)
    if last is None or known is None:
        return
    newest = max(delivery.version or 0 for delivery in events)
    cited = tuple(delivery.id for delivery in events)
    content, asking = last
    if content is None:
        if asking.object_type in case.holds:
            finding = Finding(
                expected="the object is held",
                actual="nothing of it is held",
                exchanges=(*cited, asking.id),
                hint="ACK-03, ORD-02 and FET-12 ask for the same.",
            )
            yield "loss", finding
        return
    shown = _versions_shown(content, known.fields)
    if shown and max(shown) < newest:
        finding = Finding(
            expected=f"the state of version {newest}, {json.dumps(known.fields[newest - 1])}",
            actual=f"that of version {max(shown)} is held, {json.dumps(known.fields[max(shown) - 1])}",
            exchanges=(*cited, asking.id),
            hint="ORD-01 to ORD-03, DUP-05 and FET-12 ask for the same.",
        )
        yield "state", finding
        return
    yield from _went_back(play, name, known.fields)


def _went_back(play: Play, name: str, fields: tuple[dict[str, Any], ...]) -> Iterator[tuple[str, Finding]]:
    """A state that was shown once is never followed by an older one, not even for a while."""
    best, before = 0, ""
    for asking in play.askings("objects", name):
        shown = _shown_by(asking, fields)
        if shown and max(shown) < best:
            finding = Finding(
                expected=f"no way back from version {best}",
                actual=f"version {max(shown)} was shown after it",
                exchanges=(before, asking.id),
                evidence=Evidence.DEED,
                hint="ORD-01 and ORD-05 ask for the same.",
            )
            yield "state", finding
            return
        if shown and min(shown) > best:
            best, before = min(shown), asking.id


def _shown_by(asking: Asking, fields: tuple[dict[str, Any], ...]) -> tuple[int, ...]:
    content = asking.response.json() if asking.response is not None and asking.succeeded else None
    return _versions_shown(content, fields)


def _versions_shown(content: Any, fields: tuple[dict[str, Any], ...]) -> tuple[int, ...]:
    """The versions that what is held may be: several where values come again, none where they are foreign."""
    here = {at: value for at in fields[-1] if (value := pointer.read(content, at, _ABSENT)) is not _ABSENT}
    if not here:
        return ()
    numbered = enumerate(fields, start=1)
    return tuple(n for n, of in numbered if all(alike(value, of.get(at)) for at, value in here.items()))


def _cited(play: Play, delivery: Delivery) -> tuple[str, ...]:
    return tuple(d.id for d in play.deliveries("story") if d.event_id == delivery.event_id)
