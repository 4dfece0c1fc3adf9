"""The first story of every run: genuine events, one after the other, to see how the partner reacts and how fast."""

from __future__ import annotations

from conformance.errors import NotAssessable
from conformance.exchange import Failure
from conformance.kit import Effect
from conformance.scenarios.parameters import gettable_types, told_types
from conformance.stage import Stage

__all__ = ["calibrate"]

_EVENTS = 3
_SILENT = 2
SETTLE_FLOOR = 0.5
SETTLE_CEILING = 5.0
_UNMEASURED = 1.5


async def calibrate(stage: Stage) -> None:
    """Three genuine events; the quiet time of the run comes from the slowest reaction to them.

    Raises NotAssessable when the partner has seen the ids of this seed before.
    """
    kinds = gettable_types(stage.description) or told_types(stage.description)
    reactions: list[float] = []
    fetched = False
    silent = 0
    for number in range(_EVENTS):
        event = stage.event(stage.make(kinds[number % len(kinds)]), "created", age=30)
        if number == 0 and stage.offers("events") and await stage.control.applied(stage.play, event.id):
            raise NotAssessable(
                "the partner has seen this seed before: it remembers its event ids; run with another --conformance-seed"
            )
        delivery = await stage.deliver(event, "event")
        if delivery.failure is Failure.TIMEOUT and delivery.response is None:
            silent += 1
            if silent == _SILENT:
                stage.kit.partner_gone = f"{silent} genuine events got no answer, each within {delivery.took:.0f} s"
                break
            continue
        if delivery.failure is not None:
            break
        if not delivery.succeeded:
            continue
        effect = await stage.until_effect(event, after=delivery.started)
        if effect is Effect.SEEN:
            reactions.append(stage.kit.clock.elapsed - delivery.started)
        fetched = fetched or any(call.does == "get" for call in stage.calls())
        if effect is Effect.UNSEEN:
            break
    stage.waits.settle = _settle(reactions)
    if stage.description.thin:
        stage.kit.fetches = fetched
    slowest = f"{max(reactions):.3f} s" if reactions else "none seen"
    stage.note("settle time", f"{stage.waits.settle:.2f} s")
    stage.note("slowest reaction to a genuine event", slowest)


def _settle(reactions: list[float]) -> float:
    if not reactions:
        return _UNMEASURED
    return min(max(3 * max(reactions), SETTLE_FLOOR), SETTLE_CEILING)
