"""Stories about large bodies, up to the platform's limit and beyond."""

from __future__ import annotations

from typing import Any, Final

from conformance.generate.places import replaced
from conformance.kit import Wrapping
from conformance.platform.event import Event, compact
from conformance.scenarios.controls import Carrier, accept_carrier
from conformance.scenarios.story import story
from conformance.stage import Stage
from conformance.wire import Form

__all__: list[str] = []

_PIECE: Final = 1000
# Twice the limit, but not more beyond it than this: all of it is written down.
_BEYOND: Final = 1_048_576


@story("large-body")
async def large_body(stage: Stage) -> None:
    """An event is as large as the platform's events can be, by texts in a field that is not declared."""
    limit = stage.description.body_limit
    carrier = Carrier.undeclared(stage)
    if carrier is None:
        stage.note("left out", "no event of the platform has room for a field that would make it large")
        return
    await accept_carrier(stage, carrier)
    event = carrier.event(stage, [])
    await stage.deliver(event, "large", wrapping=Wrapping(body=_padded(stage, event, carrier.at, limit - 1)))


@story("oversized-body", negative=True)
async def oversized_body(stage: Stage) -> None:
    """A body twice as large as the limit, then a genuine event of the usual size."""
    carrier = Carrier.undeclared(stage)
    if carrier is None:
        stage.note("left out", "no event of the platform has room for a field that would make it large")
        return
    await accept_carrier(stage, carrier)
    event, limit = carrier.event(stage, []), stage.description.body_limit
    body = _padded(stage, event, carrier.at, limit + min(limit, _BEYOND))
    # Who refuses it may answer, and hang up, before all of it has been sent.
    await stage.deliver(event, "oversized", genuine=False, wrapping=Wrapping(body=body, form=Form()))
    await stage.deliver(carrier.event(stage, "Conformance"), "after", retry=True)


def _padded(stage: Stage, event: Event, at: str, size: int) -> bytes:
    """The JSON whose delivery has a body of just this size."""

    def sent(*texts: str) -> int:
        return len(stage.description.form.wrapped(_with(event, at, list(texts))))

    room = max(0, size - sent(""))
    pieces, rest = divmod(room, sent("", "x" * _PIECE) - sent(""))  # a text, its quotes, and a comma
    return _with(event, at, ["x" * rest, *["x" * _PIECE] * pieces])


def _with(event: Event, at: str, value: Any) -> bytes:
    return compact(replaced(event.content, at, value))
