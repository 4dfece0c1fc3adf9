"""What a story sees of the partner, and the waits that it makes for that."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final

from conformance import pointer
from conformance.control import Control
from conformance.errors import ControlChannelError, PlatformRefusal
from conformance.exchange import Call, Exchange
from conformance.kit import Effect, Kit, Vain, Waits
from conformance.likeness import alike
from conformance.platform.description import Description, ObjectType
from conformance.platform.event import Event, Thing
from conformance.simulator.faults import Fault
from conformance.transcript import Note, Record, Wait

__all__ = ["Observer"]

_POLL: Final = (0.02, 1.0)
# Quiet time is counted in slices, so that those in which the kit did not get to run can be left out.
_SLICE: Final = 0.1


class Observer:
    """Watches the partner for one play of a story; every wait is written down."""

    def __init__(self, kit: Kit, play: str, parameter: str, random: Random, *, alone: bool) -> None:
        self.kit = kit
        self.play = play
        self.parameter = parameter
        self.random = random
        self.alone = alone
        self._followed: set[str] = set()

    @property
    def description(self) -> Description:
        """The platform's behaviour."""
        return self.kit.specification.description

    @property
    def control(self) -> Control:
        """The partner's control endpoint."""
        return self.kit.control

    @property
    def waits(self) -> Waits:
        """How long to wait."""
        return self.kit.waits

    def offers(self, call: str) -> bool:
        """Whether the control endpoint offers a call."""
        return call in self.kit.control.offers

    def note(self, name: str, text: str) -> None:
        """Write down a fact that no exchange shows."""
        self.kit.journal.add(Note(self.play, name, text))

    def note_refusal(self, refusal: PlatformRefusal, *, of: str = "", unseen: bool = False) -> None:
        """Write down that the platform failed the call that the partner was asked to make; `of` is what that does.

        Raises ControlChannelError where no call came to the platform, unless there is one that is still `unseen`.
        """
        if not unseen and not any(call.does == of or not of for call in self.calls()):
            raise ControlChannelError(f"control channel: {refusal}; but no call of the partner came to the platform")
        self.note("refused", str(refusal))

    def calls(self, *, after: float = 0.0) -> list[Call]:
        """The partner's calls that belong to this play."""
        return [call for call in self.kit.journal.calls_of(self.play) if call.started >= after]

    async def until(self, what: str, seen: Callable[[], bool], *, within: float) -> bool:
        """Wait until something is seen in the journal, at most `within` seconds; whether it was."""
        started = self.kit.clock.elapsed
        rewarded = seen()
        if not rewarded:
            arrived = asyncio.Event()

            def listen(record: Record) -> None:
                if isinstance(record, Exchange) and record.play == self.play and seen():
                    arrived.set()

            stop = self.kit.journal.listen(listen)
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(within):
                        await arrived.wait()
            finally:
                stop()
            rewarded = seen()
        self.waited(what, started, within, rewarded=rewarded)
        return rewarded

    async def until_fetched(
        self, thing: Thing, *, after: float = 0.0, within: float | None = None, version: int = 0, times: int = 1
    ) -> bool:
        """Wait until the partner got an object, in that version at least."""

        def fetched() -> bool:
            got = [
                c
                for c in self.calls(after=after)
                if c.does == "get" and c.succeeded and c.object_id == thing.id and (c.version or 0) >= version
            ]
            return len(got) >= times

        return await self.until("fetch", fetched, within=self.waits.effect if within is None else within)

    async def until_effect(self, event: Event, *, after: float = 0.0, within: float | None = None) -> Effect:
        """Wait for what the event brings about, in the way in which this partner lets it be seen."""
        kit = self.kit
        effect = await self._effect(event, after=after, within=self.waits.effect if within is None else within)
        if effect is Effect.SEEN:
            kit.moved = kit.clock.elapsed
            kit.vain.clear()
        elif effect is Effect.UNSEEN and within is None:
            kit.vain.append(Vain(event, after, kit.clock.elapsed))
        return effect

    async def until_done(self, event: Event, *, after: float) -> None:
        """Wait for an effect, and until the partner has made no more changing calls for a while.

        One effect may be several calls: only of those that come after a copy of its event can the copy be the cause.
        """
        started = self.kit.clock.elapsed
        await self.until_effect(event, after=after)
        made = 0
        while made < (now := sum(call.changes_objects for call in self.calls(after=after))):
            made = now
            if self.kit.clock.elapsed - started < self.waits.effect:
                await self.settle()

    async def _effect(self, event: Event, *, after: float, within: float) -> Effect:
        if self.offers("events"):
            applied = await self._poll("effect", lambda: self._applied_once(event), within=within)
            return Effect.SEEN if applied else Effect.UNSEEN
        if event.id in self._followed:
            seen = await self.until_fetched(event.thing, after=after, within=within)
            return Effect.SEEN if seen else Effect.UNSEEN
        if self.description.thin and self.description.object_types[event.thing.object_type].get:
            if not self.kit.fetches:
                return Effect.INVISIBLE
            seen = await self.until_fetched(event.thing, after=after, within=within)
            return Effect.SEEN if seen else Effect.UNSEEN
        if self.offers("objects"):
            held = await self._poll("effect", lambda: self._is_held(event.thing), within=within)
            return Effect.SEEN if held else Effect.UNSEEN
        return Effect.INVISIBLE

    async def _applied_once(self, event: Event) -> bool:
        return await self.control.applied(self.play, event.id) >= 1

    async def _is_held(self, thing: Thing) -> bool:
        return await self.control.held(self.play, thing) is not None

    async def until_shown(self, thing: Thing, *, version: int) -> bool:
        """Wait until the partner holds that version of an object."""

        async def newest() -> bool:
            held = await self.control.held(self.play, thing)
            return held is not None and self.shows(thing, held, version)

        return await self._poll("object", newest, within=self.waits.effect)

    async def until_held_call(self, fault: Fault, *, unless: asyncio.Task[Any] | None = None) -> bool:
        """Wait until a call is being held, at most the effect window, and no longer than until `unless` is done."""
        started = self.kit.clock.elapsed
        holding = asyncio.create_task(fault.holding.wait())
        within = self.waits.effect if self.description.thin or unless else self.waits.settle
        try:
            await asyncio.wait({holding, *([unless] if unless else [])}, timeout=within, return_when=FIRST_COMPLETED)
        finally:
            holding.cancel()
        self.waited("held call", started, within, rewarded=fault.holding.is_set())
        if self.description.thin and not fault.holding.is_set():
            self.note_lateness()
        return fault.holding.is_set()

    def note_lateness(self) -> bool:
        """Write down that what was not seen may only be late, where that can be; whether it can.

        It can where the partner reacts, and other stories overlap with this one. What stays open then is played again
        alone.
        """
        may_be_late = self.kit.reacts and not self.alone
        if may_be_late:
            self.note("control late", "yes")
        return may_be_late

    async def ask_applied(self, event: Event) -> None:
        """Ask how often the partner handled an event, where it can be asked; the answer is for the judge."""
        if self.offers("events"):
            await self.control.applied(self.play, event.id)

    async def ask_held(self, thing: Thing) -> None:
        """Ask what the partner holds of an object, where it can be asked; the answer is for the judge."""
        if self.offers("objects"):
            await self.control.held(self.play, thing)

    async def ask_effect(self, event: Event) -> None:
        """Ask for both."""
        await self.ask_applied(event)
        await self.ask_held(event.thing)

    def shows(self, thing: Thing, held: Any, version: int) -> bool:
        """Whether every changing field that is held says what that version says."""
        expected = self.kit.state.held(thing, version)
        told = {field.at: pointer.read(expected, field.at) for field in self._kind(thing).changing}
        return all(alike(pointer.read(held, at, value), value) for at, value in told.items())

    def _kind(self, thing: Thing) -> ObjectType:
        return self.description.object_types[thing.object_type]

    async def settle(self, quiet: float | None = None) -> None:
        """Let the calibrated quiet time pass, or another one."""
        clock = self.kit.clock
        allowed = self.waits.settle if quiet is None else quiet
        started, left = clock.elapsed, allowed
        while left > 0:
            before, wanted = clock.elapsed, min(_SLICE, left)
            await asyncio.sleep(wanted)
            left -= wanted if clock.elapsed - before < wanted + _SLICE else 0.0
        self.waited("settle", started, allowed, rewarded=True)

    async def _poll(self, what: str, seen: Callable[[], Awaitable[bool]], *, within: float) -> bool:
        """Ask again and again, ever more slowly, because a control endpoint cannot tell us by itself."""
        clock = self.kit.clock
        started, pause = clock.elapsed, _POLL[0]
        while not (rewarded := await seen()) and clock.elapsed - started < within:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _POLL[1])
        self.waited(what, started, within, rewarded=rewarded)
        return rewarded

    def waited(self, what: str, started: float, allowed: float, *, rewarded: bool) -> None:
        """Write a wait down, which began then and ends now."""
        self.kit.journal.add(
            Wait(
                play=self.play,
                what=what,
                started=started,
                ended=self.kit.clock.elapsed,
                allowed=allowed,
                rewarded=rewarded,
            )
        )
