"""Judges of the chapter Payloads on values that must stay what they are."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from conformance import pointer
from conformance.exchange import Asking
from conformance.judge.binding import Case, Said, judges
from conformance.judge.effects import left_out
from conformance.judge.evidence import held
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

_MISSING: Final = object()


@judges("FWD-03", story="exact-values")
def keeps_values_whole(play: Play, case: Case) -> Said:
    """The partner keeps decimals digit by digit, large whole numbers exactly, and null apart from absent."""
    yield from left_out(play)
    facts = [json.loads(text) for text in play.note_all("told")]
    nullable = {fact["at"] for fact in facts if fact.get("value", "") is None}
    compared = 0
    for fact in facts:
        asking = _last_answer(play, fact["object"])
        value = _MISSING if asking is None else pointer.read(_exactly(asking), fact["at"], _MISSING)
        if asking is None or (value is _MISSING and "value" in fact):
            continue
        compared += 1
        expected = _departs(fact, value, means=fact["at"] in nullable)
        if expected:
            deliveries = [d.id for d in play.deliveries() if d.object_id == fact["object"]]
            yield Finding(
                expected=f"{fact['at']} = {expected}",
                actual=f"the partner holds {json.dumps(value)[:80]}",
                exchanges=(*deliveries[-1:], asking.id),
                evidence=Evidence.DEED,
            )
    if facts and not compared:
        places = ", ".join(dict.fromkeys(fact["at"] for fact in facts))
        yield Unassessable(f"what the partner holds has none of {places}")


def _last_answer(play: Play, object_id: str) -> Asking | None:
    """The answer that shows the object; None where the partner holds nothing of it."""
    seen = held(play, object_id)
    return seen[1] if seen is not None and seen[0] is not None else None


def _exactly(asking: Asking) -> Any:
    """The answer with each number that has a point as the text that it was: no digit of it is lost."""
    assert asking.response is not None  # it was read before
    return json.loads(asking.response.body, parse_float=str)


def _departs(fact: dict[str, Any], value: Any, *, means: bool) -> str:
    """What was told, where what is held says something else; `means` says that null has a meaning of its own there."""
    if "value" not in fact:
        return "" if value is _MISSING or (value is None and not means) else "no such field"
    told = fact["value"]
    if isinstance(told, int):
        return "" if _is_number(value, told) else str(told)
    return "" if value == told else json.dumps(told)


def _is_number(value: Any, told: int) -> bool:
    """Whether this is that number, written as a number or as a text."""
    try:
        return Decimal(str(value)) == told
    except InvalidOperation:
        return False
