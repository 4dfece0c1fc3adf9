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
    """Genuine events, one after the other, until one has an effect; without any sign of life the partner has stopped.

    A partner that is behind comes to what it took before, and one that has much to do goes on calling: neither has
    stopped. One that has is started again, where there is a way: the stories in doubt then show what it stopped at.
    """
    kit, earlier = stage.kit, tuple(stage.kit.vain)
    if await _shows_life(stage, earlier):
        return
    why = (
        f"partner stopped reacting after {kit.moved:.0f} s: it acknowledges events, but no effect of the last "
        f"{len(earlier) + _EVENTS} was seen, each awaited for {stage.waits.effect:g} s, and it makes no calls"
    )
    stage.note("stopped reacting", why)
    if not stage.restartable:
        kit.lose_partner(f"{why} (with --partner-restart-command the kit could start it again and go on)")
        return
    await stage.restart()
    event = stage.event(stage.make(_kinds(stage)[0]), "created", age=30)
    delivery = await stage.deliver(event, "event", retry=True)
    if not delivery.succeeded or await stage.until_effect(event, after=delivery.started) is Effect.UNSEEN:
        kit.lose_partner(f"{why}; nor did it react after it was started again")


async def _shows_life(stage: Stage, earlier: tuple[Vain, ...]) -> bool:
    kinds = _kinds(stage)
    for number in range(_EVENTS):
        event = stage.event(stage.make(kinds[number % len(kinds)]), "created", age=30)
        delivery = await stage.deliver(event, "event")
        if not delivery.succeeded or await stage.until_effect(event, after=delivery.started) is not Effect.UNSEEN:
            return True
    since = earlier[-1].until
    called = any(isinstance(record, Call) and record.ended >= since for record in stage.kit.journal.records)
    # One that is behind comes to the first of them first.
    return called or await _come(stage, earlier[:IN_VAIN])


async def _come(stage: Stage, earlier: tuple[Vain, ...]) -> bool:
    """Whether an effect that was awaited in vain has come since."""
    for vain in earlier:
        if await stage.until_effect(vain.event, after=vain.after, within=0.0) is Effect.SEEN:
            return True
    return False


def _kinds(stage: Stage) -> tuple[str, ...]:
    return gettable_types(stage.description) or told_types(stage.description)
