"""The story of a partner that is killed in the middle of its work."""

from __future__ import annotations

import asyncio
from typing import Final

from conformance.errors import ControlChannelError, NotAssessable
from conformance.exchange import Delivery, Failure
from conformance.platform.event import Event
from conformance.scenarios.load import all_at_once, see_effects
from conformance.scenarios.positive_control import usual_type
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__: list[str] = []

_BURST: Final = 200
_KILL_AFTER: Final = 100
# So many events come as fast as they can; the rest, and more, come one by one until the partner is seen to be gone.
_FAST: Final = 160
_AT_ONCE: Final = 24
_SLOWLY: Final = 0.02
_MORE_SLOWLY: Final = 0.25
_ASK_AGAIN: Final = 0.5
_GONE: Final = frozenset({Failure.REFUSED, Failure.CLOSED})


@story("killed-partner", negative=True, last=True)
async def killed_partner(stage: Stage) -> None:
    """The partner is killed in the middle of a burst, right after an acknowledgement, and started again."""
    if not stage.restartable:
        raise NotAssessable("--partner-restart-command is not given")
    kind = usual_type(stage.description)
    known = stage.news(kind)
    first = await stage.deliver_accepted(known, "known")
    await stage.see_control(known, first)
    burst = _Burst(stage, kind)
    await burst.play()
    await _until_back(stage, kind)
    await see_effects(stage, burst.acknowledged, within=stage.waits.effect + stage.waits.retry)
    await stage.ask_applied(known)
    await stage.deliver(known, "again", retry=True)
    await stage.quiet(kind)
    await stage.ask_applied(known)


async def _until_back(stage: Stage, kind: str) -> None:
    """Wait until the partner takes an event and answers questions: its port may be open before it is ready."""
    clock = stage.kit.clock
    end = clock.elapsed + stage.waits.effect
    event = stage.event(stage.make(kind), "created", age=30)
    while not (delivery := await stage.deliver(event, "after", retry=True)).succeeded:
        if clock.elapsed > end:
            told = f"after its restart the partner does not accept a genuine event ({delivery.outcome()})"
            raise NotAssessable(f"positive control failed: {told}")
    while True:
        try:
            await stage.ask_applied(event)
        except ControlChannelError:
            if clock.elapsed > end:
                raise
            await asyncio.sleep(_ASK_AGAIN)
        else:
            return


class _Burst:
    """A burst of events, in the middle of which the partner is killed and started again."""

    def __init__(self, stage: Stage, kind: str) -> None:
        self.acknowledged: list[tuple[Event, Delivery]] = []
        self._stage = stage
        self._kind = kind
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._ended = 0
        self._gone = False
        self._back = False

    @property
    def _ordered(self) -> bool:
        """Whether the kill is ordered."""
        return len(self.acknowledged) >= _KILL_AFTER

    async def play(self) -> None:
        """Deliver until the partner has been killed and is there again."""
        await all_at_once([*(self._deliver() for _ in range(_FAST)), self._go_on()])
        if not self._ordered:
            told = f"only {len(self.acknowledged)} of {_FAST} events were acknowledged"
            raise NotAssessable(f"positive control failed: {told}")

    async def _deliver(self) -> None:
        async with self._room:
            if self._gone:
                return
            event = self._stage.news(self._kind)
            delivery = await self._stage.deliver_once(event, "burst")
        self._ended += 1
        if delivery.succeeded:
            await self._count(event, delivery)
        elif self._ordered and delivery.failure in _GONE:
            self._gone = True

    async def _count(self, event: Event, delivery: Delivery) -> None:
        self.acknowledged.append((event, delivery))
        if len(self.acknowledged) == _KILL_AFTER:
            # At once, before the partner has had time to do more than acknowledge.
            await self._stage.restart()
            self._back = True

    async def _go_on(self) -> None:
        """Keep events coming once the kill is ordered: a command may take a while to strike."""
        more = 0
        while not (self._gone or self._back or (self._ended >= _FAST and not self._ordered)):
            await asyncio.sleep(_SLOWLY if _FAST + more < _BURST else _MORE_SLOWLY)
            if self._ordered:
                more += 1
                await self._deliver()
