"""Stories about deliveries that somebody recorded and plays back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.exchange import Headers
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.scenarios.authenticity import first_kind
from conformance.scenarios.story import story
from conformance.signing import Signer
from conformance.stage import Stage

__all__: list[str] = []

_DAY: Final = 86_400.0


def where_timestamps_are_signed(description: Description) -> tuple[str, ...]:
    """Once, where a signature has a time."""
    return ("",) if "signed-timestamp" in description.features else ()


@story("replay", per=where_timestamps_are_signed, negative=True)
async def replay(stage: Stage) -> None:
    """A genuine delivery comes, and while its signature is fresh it comes again, byte for byte the same."""
    kind = first_kind(stage.description)
    event = stage.event(stage.make(kind), "created", age=30)
    moment = stage.kit.clock.now

    def signed_then(signer: Signer, key: bytes) -> Headers:
        then = replace(signer, now=moment)
        return then.headers(then.signature(key))

    recorded = Wrapping(sign=signed_then)
    first = await stage.deliver_accepted(event, "first", wrapping=recorded)
    await stage.until_done(event, after=first.started)
    await stage.deliver(event, "replayed", genuine=False, wrapping=recorded)
    await stage.quiet(kind)
    await stage.ask_applied(event)


def late_replays(description: Description) -> tuple[str, ...]:
    """How old the recorded signature is by then, where a signature has a time."""
    return ("twice-the-tolerance", "one-day-old") if "signed-timestamp" in description.features else ()


@story("late-replay", per=late_replays, negative=True)
async def late_replay(stage: Stage) -> None:
    """A genuine delivery comes, and then the same event under a signature that has grown old."""
    kind = first_kind(stage.description)
    event = stage.event(stage.make(kind), "created", age=30)
    first = await stage.deliver_accepted(event, "first")
    await stage.until_done(event, after=first.started)
    signature = stage.description.signature
    tolerance = signature.tolerance or 0.0 if signature is not None else 0.0
    age = 2 * tolerance if stage.parameter == "twice-the-tolerance" else max(_DAY, 2 * tolerance)
    await stage.deliver(event, "replayed", genuine=False, wrapping=Wrapping(age=age))
    await stage.quiet(kind)
    await stage.ask_applied(event)
