"""Stories about what stands in a text, and about JSON that is well-formed and odd, or not even text."""

from __future__ import annotations

import json
from typing import Any, Final

from conformance.generate.places import replaced
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, compact
from conformance.scenarios.controls import Carrier, accept_carrier, deliver_beside
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__ = ["BROKEN", "ODD", "SCRIPTS"]

# Letters outside of the first plane; Hebrew and Arabic with a mark of direction; letters that marks follow.
_TEXTS: Final = {
    "four-byte": "\U0001f600 \U00020bb7 \U0001d518 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "right-to-left": "\u05e9\u05dc\u05d5\u05dd \u200f\u0645\u0631\u062d\u0628\u0627 123",
    "combining": "e\u0301 n\u0303 \u0915\u094d\u0937\u093f \u1112\u1161\u11ab",
}
SCRIPTS: Final = (*_TEXTS, "escaped")
ODD: Final = ("duplicate-keys", "lone-surrogate", "depth-100")
BROKEN: Final = ("latin-1", "cut-short", "overlong")
_DEPTH: Final = 100
_MARK: Final = "Conformance-Text"
_BYTES: Final = {"latin-1": b"Caf\xe9 Z\xfcrich", "cut-short": b"Caf\xc3", "overlong": b"Caf\xc0\xaf"}
_NO_PLACE: Final = "no event of the platform has room for a text"


def scripts(description: Description) -> tuple[str, ...]:
    """The kinds of texts; the last one is all of them, escaped."""
    return SCRIPTS


@story("unicode-text", per=scripts)
async def unicode_text(stage: Stage) -> None:
    """An event carries a text of letters that a careless program loses, as UTF-8 or as escapes."""
    escaped = stage.parameter == "escaped"
    text = " ".join(_TEXTS.values()) if escaped else _TEXTS[stage.parameter]
    carrier = Carrier.find(stage, text)
    if carrier is None:
        stage.note("left out", _NO_PLACE)
        return
    await accept_carrier(stage, carrier)
    event = carrier.event(stage, text)
    body = json.dumps(event.content, separators=(",", ":"), ensure_ascii=escaped).encode()
    await deliver_beside(stage, event, "text", wrapping=Wrapping(body=body))


def odd_forms(description: Description) -> tuple[str, ...]:
    """The ways in which JSON can be well-formed and odd."""
    return ODD


@story("odd-json", per=odd_forms, negative=True)
async def odd_json(stage: Stage) -> None:
    """A genuine event whose JSON is odd, then one whose JSON is not."""
    carrier = Carrier.undeclared(stage)
    if carrier is None:
        stage.note("left out", _NO_PLACE)
        return
    await accept_carrier(stage, carrier)
    event = carrier.event(stage, _MARK)
    await stage.deliver(event, "odd", genuine=False, wrapping=Wrapping(body=_odd(stage.parameter, event, carrier.at)))
    await deliver_beside(stage, carrier.event(stage, "Conformance"), "after")


def _odd(form: str, event: Event, at: str) -> bytes:
    if form == "duplicate-keys":
        field = json.dumps(at.rpartition("/")[2]).encode()
        whole = field + b':"' + _MARK.encode() + b'"'
        return event.body.replace(whole, field + b":1," + whole)
    value: Any = "\ud83d"
    if form == "depth-100":
        value = 1
        for _ in range(_DEPTH - 1):
            value = [value]
    return compact(replaced(event.content, at, value))


def broken_forms(description: Description) -> tuple[str, ...]:
    """The ways in which bytes are not UTF-8."""
    return BROKEN


@story("broken-text", per=broken_forms, negative=True)
async def broken_text(stage: Stage) -> None:
    """A delivery that is genuine in every way but that a text in it is not UTF-8."""
    carrier = Carrier.find(stage, _MARK)
    if carrier is None:
        stage.note("left out", _NO_PLACE)
        return
    await accept_carrier(stage, carrier)
    event = carrier.event(stage, _MARK)
    body = event.body.replace(_MARK.encode(), _BYTES[stage.parameter])
    await stage.deliver(event, "broken", genuine=False, wrapping=Wrapping(body=body))
    await stage.quiet(carrier.kind.object_type)
    await stage.ask_effect(event)
