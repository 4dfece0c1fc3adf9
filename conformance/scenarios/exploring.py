"""The story of an exploration: stories are made up and tried out, and the shortest one that goes wrong is kept."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from conformance.errors import ConformanceError, ControlChannelError, NotAssessable, RunRefused
from conformance.exchange import Asking, Exchange
from conformance.judge.binding import Case
from conformance.judge.exploration import departures
from conformance.kit import Effect, Wrapping
from conformance.platform.description import Change, Description
from conformance.platform.event import Event, Thing
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.scenarios.story import story
from conformance.simulator.faults import Fault, FaultKind
from conformance.stage import Stage
from conformance.transcript import TRIES, Note, Outcome, Play, Record
from conformance.tryout import Move, Step, Tryout, told

__all__: list[str] = []

# Seconds that a search may take; what was found by then is what is told.
_SEARCH: Final = 180.0
# A delayed answer comes after so many seconds, and what is to happen meanwhile waits so long for the call to come.
_DELAY: Final = 0.4
_CALLED_WITHIN: Final = 1.0
# In a try effects must come within so many settle times, and at least this time; in the end within the window.
_PATIENCE: Final = 4
# The quiet time of a try is so much shorter than that of a story on which a verdict rests.
_HURRY: Final = 3
_AT_LEAST: Final = 2.0
# Events lie in the past, half a minute apart, and never in the future.
_OLDEST: Final = 3600.0
_APART: Final = 30.0
_SHOWN: Final = ("objects", "events")


@story("exploration", last=True)
async def exploration(stage: Stage) -> None:
    """Stories are made up, tried out and judged, and the shortest one that goes wrong is played again."""
    order = stage.kit.exploring
    if order is None:
        stage.note("not asked for", "yes")
        return
    if not any(stage.offers(call) for call in _SHOWN):
        raise NotAssessable("the partner's control endpoint offers neither 'objects' nor 'events'")
    if isinstance(order, Tryout):
        found: Tryout | None = order
        if order.object_type not in stage.description.object_types:
            raise NotAssessable(f"the platform has no object type {order.object_type!r}")
    else:
        found = await _searched(stage, order)
    if found is not None:
        stage.note("story", found.as_text())
        await _Performance(stage, found.object_type, within=stage.waits.effect, quiet=stage.waits.settle).play(
            found.steps
        )


def _kind(description: Description) -> str:
    """The type of the objects: one whose order counts, and whose states differ."""
    types = orderable_types(description) or told_types(description)
    return next((name for name in types if description.object_types[name].changing), types[0])


async def _searched(stage: Stage, examples: int) -> Tryout | None:
    """Search in a thread that has the stories played here, one after the other."""
    # Most runs explore nothing, and this takes a while to import.
    from conformance.search import Search

    tries = _Tries(stage, _kind(stage.description), asyncio.get_running_loop())
    search = Search(
        play=tries.play,
        is_over=lambda: tries.over,
        fetches=stage.description.thin and stage.kit.fetches,
        restarts=stage.restartable,
    )
    try:
        steps = await asyncio.to_thread(search.run, examples=examples, of=stage.kit.seed)
    finally:
        tries.stopped = True
    limit = f", until {_SEARCH:g} s were over" if tries.late else ""
    stage.note("tried", f"{len(search.played)} stories were tried{limit}")
    return None if steps is None else Tryout(stage.description.name, tries.object_type, steps)


@dataclass(slots=True)
class _Tries:
    """Stories tried one after the other, each as a play of its own; `stopped` ends the search."""

    stage: Stage
    object_type: str
    loop: asyncio.AbstractEventLoop
    number: int = 0
    began: float = -1.0
    late: bool = False
    stopped: bool = False

    @property
    def over(self) -> bool:
        """Whether no more stories are to be played."""
        clock = self.stage.kit.clock
        self.began = clock.elapsed if self.began < 0 else self.began
        self.late = self.late or clock.elapsed - self.began > _SEARCH
        return self.late or self.stopped or bool(self.stage.kit.partner_gone)

    def play(self, steps: tuple[Step, ...]) -> str:
        """Have a story played in the loop of the run; called in another thread."""
        playing = asyncio.run_coroutine_threadsafe(self._play(steps), self.loop)
        try:
            return playing.result()
        except BaseException:
            self.stopped = True
            if self.stage.kit.partner_gone or playing.cancelled():
                return ""
            raise

    async def _play(self, steps: tuple[Step, ...]) -> str:
        """The kind of the first thing that went wrong; a try that could not be played to its end shows nothing."""
        self.number += 1
        kit, name = self.stage.kit, f"{self.stage.play}.{self.number}"
        random = Random(f"{kit.seed}/exploration/{self.number}")  # noqa: S311  # reproducible on purpose
        stage = Stage(kit, name, self.stage.parameter, random)
        play = Play(
            id=name, story="tried", parameter=str(self.number), round=TRIES, alone=True, started=kit.clock.elapsed
        )
        kit.journal.add(play)
        records: list[Record] = []
        stop = kit.journal.listen(records.append)
        outcome, reason = Outcome.PLAYED, told(steps)
        kit.owners.alone = name
        try:
            within = max(_AT_LEAST, _PATIENCE * stage.waits.settle)
            await _Performance(stage, self.object_type, within=within, quiet=stage.waits.settle / _HURRY).play(steps)
        except (NotAssessable, ControlChannelError, RunRefused) as error:
            outcome, reason = Outcome.NOT_ASSESSABLE, f"{error}: {reason}"
        finally:
            stop()
            kit.owners.alone = self.stage.play
            play = replace(play, ended=kit.clock.elapsed, outcome=outcome, reason=kit.redactor.text(reason))
            kit.journal.add(play)
        if outcome is not Outcome.PLAYED:
            return ""
        return next((kind for kind, _ in departures(_filled(play, records), self._case())), "")

    def _case(self) -> Case:
        journal = self.stage.kit.journal.records
        holds = {r.object_type for r in journal if isinstance(r, Asking) and r.call == "objects" and r.succeeded}
        return Case(self.stage.description, self.stage.kit.control.offers, holds=frozenset(filter(None, holds)))


def _filled(play: Play, records: list[Record]) -> Play:
    """The play with what was recorded of it."""
    exchanges = [r for r in records if isinstance(r, Exchange) and r.play == play.id]
    notes = [r for r in records if isinstance(r, Note) and r.play == play.id]
    exchanges.sort(key=lambda each: each.started)
    return replace(play, exchanges=tuple(exchanges), notes=tuple(notes))


class _Performance:
    """One performance of a story that is given by its steps."""

    def __init__(self, stage: Stage, object_type: str, *, within: float, quiet: float) -> None:
        self._stage = stage
        self._object_type = object_type
        self._within = within
        self._quiet = quiet
        self._things: list[Thing] = []
        self._events: list[Event] = []
        self._delivered: dict[str, Event] = {}
        self._in_vain: set[str] = set()
        self._faults: dict[str, Fault] = {}

    async def play(self, steps: tuple[Step, ...]) -> None:
        """Take the steps, wait until the partner has come to rest, and ask what has become of it all."""
        try:
            for step in steps:
                await self._take(step)
            await self._rest()
        finally:
            for fault in self._faults.values():
                self._stage.kit.faults.remove(fault)

    async def _take(self, step: Step) -> None:
        match step.move:
            case Move.CREATE:
                self._things.append(self._stage.make(self._object_type, age=self._age()))
                self._tell(self._things[-1], "created")
            case Move.CHANGE:
                thing = self._things[step.number - 1]
                self._stage.change(thing, age=self._age())
                self._tell(thing, "updated")
            case Move.DELIVER | Move.DUPLICATE | Move.TOGETHER:
                await self._deliver(self._events[step.number - 1], together=step.move is Move.TOGETHER)
            case Move.DELAY:
                self._strike(FaultKind.HOLD, self._things[step.number - 1], seconds=_DELAY)
            case Move.FAIL:
                self._strike(FaultKind.STATUS, self._things[step.number - 1], status=503)
            case Move.RESTART:
                await self._restart()
            case Move.WAIT:
                await self._rest()

    def _age(self) -> float:
        return _OLDEST - _APART * len(self._events)

    def _tell(self, thing: Thing, change: Change) -> None:
        types = self._stage.description.event_types_about(self._object_type, change)
        kind = next((t for t in types if not t.sets), None)
        age = self._age()
        self._events.append(self._stage.event(thing, change, age=age, event_type=kind))

    async def _deliver(self, event: Event, *, together: bool) -> None:
        if together:
            made = await self._stage.deliver_together([(event, "story", Wrapping()), (event, "story", Wrapping())])
        else:
            made = [await self._stage.deliver(event, "story", retry=True)]
        if any(delivery.succeeded for delivery in made):
            self._delivered[event.id] = event
            self._in_vain.discard(event.id)
        fault = self._faults.get(event.thing.id)
        if fault is not None and fault.kind is FaultKind.HOLD and not fault.struck:
            # What comes next is to meet a call that is not answered yet.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(fault.holding.wait(), _CALLED_WITHIN)

    def _strike(self, kind: FaultKind, thing: Thing, **settings: float) -> None:
        earlier = self._faults.pop(thing.id, None)
        if earlier is not None:
            self._stage.kit.faults.remove(earlier)
        fault = self._stage.fault_of(thing, kind, times=1, **settings)
        self._faults[thing.id] = self._stage.kit.faults.add(fault)

    async def _restart(self) -> None:
        self._in_vain.clear()
        try:
            await self._stage.restart()
        except NotAssessable:
            raise
        except ConformanceError as error:
            raise NotAssessable(f"the partner could not be restarted: {error}") from None

    async def _rest(self) -> None:
        """Wait for effects, then for quiet, and ask for everything.

        What comes before the creation of its object may be kept for later, so that no effect of it is waited for; nor
        is one that was waited for in vain, until the event is delivered again or the partner is restarted.
        """
        clock = self._stage.kit.clock
        end = clock.elapsed + self._within
        begun = {event.thing.id for event in self._delivered.values() if event.version == 1}
        for event in self._delivered.values():
            if event.thing.id in begun and event.id not in self._in_vain:
                effect = await self._stage.until_effect(event, within=max(0.0, end - clock.elapsed))
                if effect is Effect.UNSEEN:
                    self._in_vain.add(event.id)
        await self._stage.settle(self._quiet)
        for thing in self._things:
            self._stage.expect(thing)
            await self._stage.ask_held(thing)
        for event in tuple(self._delivered.values()):
            await self._stage.ask_applied(event)
