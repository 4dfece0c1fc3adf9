"""A look at a partner that acknowledges events and does nothing more, in the middle of a run."""

from __future__ import annotations

from conformance.exchange import Call
from conformance.kit import Effect, Kit, Vain
from conformance.scenarios.parameters import gettable_types, told_types
from conformance.stage import Stage

__all__ = ["IN_VAIN", "check_up", "due"]

# So many effects in a row that did not come are no accident of their stories.
IN_VAIN = 3
_EVENTS = 2


def due(kit: Kit) -> bool:
    """Whether it is time to look: the partner reacted at first, and showed no effect of several events in a row."""
    return kit.reacts and len(kit.vain) >= IN_VAIN and not kit.partner_gone


async def check_up(stage: Stage) -> None:
    """Genuine events, one after the other, until one has an effect; without any sign of life the partner is given up.

    A partner that is behind comes to what it took before, and one that has much to do goes on calling: neither has
    stopped.
    """
    kit, earlier = stage.kit, tuple(stage.kit.vain)
    kinds = gettable_types(stage.description) or told_types(stage.description)
    for number in range(_EVENTS):
        event = stage.event(stage.make(kinds[number % len(kinds)]), "created", age=30)
        delivery = await stage.deliver(event, "event")
        if not delivery.succeeded or await stage.until_effect(event, after=delivery.started) is not Effect.UNSEEN:
            return
    since = earlier[0].until
    called = any(isinstance(record, Call) and record.ended >= since for record in kit.journal.records)
    # One that is behind comes to the first of them first.
    if called or await _come(stage, earlier[:IN_VAIN]):
        return
    kit.lose_partner(
        f"partner stopped reacting after {kit.moved:.0f} s: it acknowledges events, but no effect of the last "
        f"{len(earlier) + _EVENTS} was seen, each awaited for {stage.waits.effect:g} s, and it makes no calls"
    )


async def _come(stage: Stage, earlier: tuple[Vain, ...]) -> bool:
    """Whether an effect that was awaited in vain has come since."""
    for vain in earlier:
        if await stage.until_effect(vain.event, after=vain.after, within=0.0) is Effect.SEEN:
            return True
    return False
