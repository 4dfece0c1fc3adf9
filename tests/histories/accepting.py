"""Plays of stories about what a partner accepts although it looks odd, is new, large, or in another form."""

from __future__ import annotations

import json
from typing import Any

from conformance import pointer
from conformance.exchange import Failure
from histories.performance import Answer, Performance, Told
from histories.repertoire import plays

__all__: list[str] = []


def _left_out(stage: Performance) -> bool:
    """Whether the platform has nothing to play the item with."""
    if not stage.broken and stage.chance(0.05):
        stage.note("left out", "no event of the platform has a place for it")
        return True
    return False


def _wrongly(stage: Performance) -> Answer:
    """The answer of a partner that does not accept what it must."""
    failure = stage.random.choice((None, None, None, Failure.CLOSED, Failure.TIMEOUT))
    return Answer(stage.random.choice((400, 401, 415, 422, 500)), failure=failure)


def _noted(stage: Performance, told: Told, role: str, *, broken: bool) -> None:
    """Deliver an event beside its control, and note its effect; who breaks that refuses it, or does nothing."""
    if broken and stage.chance(0.5):
        stage.deliver(told, role, answer=_wrongly(stage))
    elif broken:
        stage.deliver(told, role)
        stage.wait("effect", 30.0, rewarded=False)
        stage.note("effect", "not seen")
    else:
        stage.take(told, role)
        stage.note("effect", stage.until_effect(told))


@plays("odd-but-genuine", "SIG-04", "SIG-07", "SIG-09", "SIG-10", "RPL-03")
def odd_but_genuine(stage: Performance) -> None:
    """What looks odd and is genuine is accepted; what is forged is not."""
    if _left_out(stage):
        return
    stage.control()
    if stage.broken:
        stage.deliver(stage.event(), "odd", answer=_wrongly(stage))
    else:
        stage.take(stage.event(), "odd")
    stage.deliver(stage.event(), "forged", genuine=False, answer=stage.refuses(stage.unauthorized))


@plays("unknown-fields", "FWD-01")
def unknown_fields(stage: Performance) -> None:
    """New fields change nothing."""
    if _left_out(stage):
        return
    stage.control()
    stage.note("changed", "/data/field_1\n/data/field_2")
    _noted(stage, stage.news(), "extended", broken=stage.breaks("FWD-01"))
    if not stage.offers("events") and not stage.offers("objects"):
        stage.note("effect", "cannot be seen")


@plays("unforeseen-values", "FWD-02")
def unforeseen_values(stage: Performance) -> None:
    """A value that nobody foresaw is no reason to refuse the event."""
    if _left_out(stage):
        return
    stage.control()
    stage.note("changed", "/data/status")
    answer = _wrongly(stage) if stage.breaks("FWD-02") else None
    stage.deliver(stage.event(), "varied", genuine=False, answer=answer)


@plays("exact-values", "FWD-03")
def exact_values(stage: Performance) -> None:
    """What is held says just what was told."""
    if _left_out(stage):
        return
    if not stage.offers("objects"):
        stage.unassessable("the partner's control endpoint does not offer 'objects'")
        return
    told = stage.event()
    values: dict[str, Any] = {"decimals": "1234.10", "large-integers": 9007199254740993, "absent-or-null": None}
    lost = {"decimals": "1234.1", "large-integers": 9007199254740992, "absent-or-null": ""}
    fact = {"object": told.about, "at": "/amount", "value": values[stage.parameter]}
    stage.note("told", json.dumps(fact))
    stage.take(told, "told-0")
    stage.now = max(stage.now, stage.ready)
    held = lost if stage.breaks("FWD-03") else values
    if stage.manner.keeps_objects:
        content = pointer.write({}, "/amount", held[stage.parameter]) if stage.broken or stage.chance(0.8) else {}
        stage.ask("objects", told.about, told.kind, answer=content)
    else:
        stage.ask("objects", told.about, told.kind, status=404)


@plays("large-body", "PAY-01")
def large_body(stage: Performance) -> None:
    """An event as large as the limit."""
    if _left_out(stage):
        return
    stage.control()
    broken = Answer(413) if stage.chance(0.5) else _wrongly(stage)
    stage.deliver(stage.event(), "large", answer=broken if stage.breaks("PAY-01") else None)


@plays("oversized-body", "PAY-02")
def oversized_body(stage: Performance) -> None:
    """A body beyond the limit is accepted or refused, and the next event is taken."""
    if _left_out(stage):
        return
    stage.control()
    fine = (stage.accepts(), stage.refuses(413), stage.refuses(400), Answer(failure=Failure.CLOSED))
    how = stage.random.choice(("fails", "stuck")) if stage.breaks("PAY-02") else ""
    answer = Answer(500) if how == "fails" else stage.random.choice(fine)
    stage.deliver(stage.event(), "oversized", genuine=False, answer=answer)
    stage.deliver(stage.event(), "after", answer=_wrongly(stage) if how == "stuck" else None)


@plays("unicode-text", "PAY-03")
def unicode_text(stage: Performance) -> None:
    """Any script is accepted."""
    if _left_out(stage):
        return
    stage.control()
    _noted(stage, stage.news(), "text", broken=stage.breaks("PAY-03"))


@plays("odd-json", "PAY-04")
def odd_json(stage: Performance) -> None:
    """Odd JSON is taken or refused, and the next event is handled."""
    if _left_out(stage):
        return
    stage.control()
    how = stage.random.choice(("fails", "stuck")) if stage.breaks("PAY-04") else ""
    fine = stage.accepts() if stage.manner.takes_oddities else stage.refuses(stage.manner.malformed)
    stage.deliver(stage.event(), "odd", genuine=False, answer=Answer(500) if how == "fails" else fine)
    _noted(stage, stage.news(), "after", broken=how == "stuck")


@plays("allowed-events", "PAY-06")
def allowed_events(stage: Performance) -> None:
    """Every event that the document allows is acknowledged."""
    kind = stage.description.event_types[stage.parameter]
    stage.take(stage.event(kind.object_type), "control")
    for number in range(4):
        broken = stage.breaks("PAY-06") and number == 2
        stage.deliver(stage.event(kind.object_type), "wild", answer=_wrongly(stage) if broken else None)
    edge = stage.event(kind.object_type)
    stage.note(edge.id, "a text of 10,000 characters")
    stage.deliver(edge, "edge", genuine=False)


@plays("unusual-form", "CTN-01", "CTN-03", "HDR-01")
def unusual_form(stage: Performance) -> None:
    """The same event in another form of HTTP."""
    stage.take(stage.event(), "control")
    for number in range(3 if stage.parameter == "reused-connection" else 1):
        broken = bool(stage.broken) and number == 0
        stage.deliver(stage.event(), "unusual", answer=_wrongly(stage) if broken else None)
