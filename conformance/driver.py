"""Plays the scenes of a run: together where they bear it, one after the other where not, again where in doubt."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Final

from conformance.catalogue import Catalogue
from conformance.errors import ControlChannelError, NotAssessable, RunRefused
from conformance.journal import Journal
from conformance.judge.decision import CALIBRATION, CHECK_UP, Doubt, doubts
from conformance.kit import Kit
from conformance.scenarios import check_up
from conformance.scenarios.calibration import calibrate
from conformance.scenarios.programme import Programme, Scene
from conformance.scenarios.story import STORIES
from conformance.stage import Stage
from conformance.transcript import Outcome, Play, Stall

__all__ = ["Driver", "heartbeat"]

_BEAT: Final = 0.05
_STALL: Final = 0.25
_ROUNDS: Final = (1, 2)


@dataclass(slots=True, kw_only=True)
class Driver:
    """Drives one run; `progress` is told how many scenes are done, of how many, and what is played.

    With `negative` off, stories in which something is forged, malformed or bursting are left out.
    """

    kit: Kit
    programme: Programme
    catalogue: Catalogue
    concurrency: int
    progress: Callable[[int, int, str], None]
    negative: bool = True
    numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)
    _creating: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _running: set[str] = field(default_factory=set)
    _repeated: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    _check_ups: int = 0
    _done: int = 0
    _planned: int = 0

    @property
    def journal(self) -> Journal:
        """Where everything is written down."""
        return self.kit.journal

    async def run(self) -> None:
        """Play everything, then repeat alone what failed, until no doubt is left; what comes last comes after that."""
        scenes = self.programme.scenes(self.programme.items)
        self._planned = len(scenes)
        await self._calibrate()
        for scene in (s for s in scenes if s.story.first):
            await self._alone(scene, 0)
        await self._look_after()
        await self._together([s for s in scenes if not s.story.exclusive])
        for scene in (s for s in scenes if s.story.exclusive and not (s.story.first or s.story.last)):
            await self._alone(scene, 0)
        await self._settle_doubts()
        last = [s for s in scenes if s.story.last]
        for scene in last:
            await self._alone(scene, 0)
        if last:
            await self._settle_doubts()

    async def _calibrate(self) -> None:
        self._running.add(CALIBRATION)
        self._tell()
        play = await self._play(CALIBRATION, "", calibrate, number=0, alone=True)
        self._running.discard(CALIBRATION)
        if self.kit.partner_gone:
            raise RunRefused(
                f"The partner does not answer at {self.kit.partner_url}: {self.kit.partner_gone}. "
                "Start it, check --partner-url, or let the kit start it with --partner-command and --partner-wait."
            )
        if play.outcome is Outcome.NOT_ASSESSABLE:
            raise RunRefused(play.reason)

    async def _together(self, scenes: list[Scene]) -> None:
        """As many scenes at once as allowed; those that wait longest begin first."""
        room = asyncio.Semaphore(self.concurrency)
        waiting = sorted(scenes, key=lambda s: s.story.name not in _LONGEST)

        async def one(scene: Scene) -> None:
            async with AsyncExitStack() as stack:
                if scene.story.creates:
                    await stack.enter_async_context(self._creating[scene.parameter])
                await stack.enter_async_context(room)
                await self._scene(scene, number=0, alone=False)

        async with asyncio.TaskGroup() as group:
            for scene in waiting:
                group.create_task(one(scene))

    async def _alone(self, scene: Scene, number: int) -> None:
        await self._look_after()
        await self._scene(scene, number=number, alone=True)

    async def _look_after(self) -> None:
        """See whether a partner that shows no effects any more still lives, or the rest would be a long wait."""
        if not check_up.due(self.kit):
            return
        self._check_ups += 1
        self._running.add(CHECK_UP)
        self._tell()
        await self._play(CHECK_UP, "", check_up.check_up, number=self._check_ups, alone=True)
        self._running.discard(CHECK_UP)
        self.kit.vain.clear()

    async def _settle_doubts(self) -> None:
        """Repeat alone what is in doubt; each pass leaves fewer doubts, and two rounds end them all."""
        while found := self._open(doubts(self.journal.transcript(), self.catalogue)):
            for name, parameter in found:
                if self.kit.partner_gone:
                    return
                self._repeated[name, parameter] += 1
                self._planned += 1
                await self._alone(Scene(STORIES[name], parameter), self._repeated[name, parameter])

    def _open(self, found: Iterable[Doubt]) -> tuple[tuple[str, str], ...]:
        wanted = dict.fromkeys(scene for doubt in found for scene in doubt.plays)
        return tuple(s for s in wanted if s[0] in STORIES and self._repeated[s] < len(_ROUNDS))

    async def _scene(self, scene: Scene, *, number: int, alone: bool) -> None:
        name = scene.name if number == 0 else f"{scene.name} again, alone"
        self._running.add(name)
        self._tell()
        try:
            left_out = scene.story.negative and not self.negative
            act = _left_out if left_out else scene.story.play
            await self._play(scene.story.name, scene.parameter, act, number=number, alone=alone)
        finally:
            self._running.discard(name)
            self._done += 1
            self._tell()

    async def _play(
        self, name: str, parameter: str, act: Callable[[Stage], Awaitable[None]], *, number: int, alone: bool
    ) -> Play:
        """One play, from its first record to its last; whatever happens in it ends it and nothing else."""
        kit = self.kit
        play_id = f"p{self.numbers()}"
        random = Random(f"{kit.seed}/{name}/{parameter}/{number}")  # noqa: S311  # reproducible on purpose
        stage = Stage(kit, play_id, parameter, random, alone=alone)
        begun = Play(id=play_id, story=name, parameter=parameter, round=number, alone=alone, started=kit.clock.elapsed)
        self.journal.add(begun)
        creates = name in STORIES and STORIES[name].creates
        exclusive = name in STORIES and STORIES[name].exclusive
        if exclusive:
            kit.owners.alone = play_id
        if creates:
            kit.owners.begin_creating(parameter, play_id)
        outcome, reason = Outcome.NOT_RUN, ""
        try:
            outcome, reason = await _acted(stage, act, whose=STORIES[name].whose if name in STORIES else "the kit")
        finally:
            if creates:
                kit.owners.end_creating(parameter)
            if exclusive:
                kit.owners.alone = None
            ended = Play(
                id=play_id,
                story=name,
                parameter=parameter,
                round=number,
                alone=alone,
                started=begun.started,
                ended=kit.clock.elapsed,
                outcome=outcome,
                reason=kit.redactor.text(reason),
            )
            self.journal.add(ended)
        return ended

    def _tell(self) -> None:
        self.progress(self._done, self._planned, ", ".join(sorted(self._running)[:3]))


# Their waits are the longest of a run, so the run is shortest when they begin first.
_LONGEST: Final = frozenset({"broken-fetch", "not-yet-there", "refused-fetch", "failing-fetch", "held-api"})


async def _left_out(stage: Stage) -> None:
    raise NotAssessable("left out on demand: nothing forged, malformed or bursting is sent (--conformance-no-negative)")


async def _acted(stage: Stage, act: Callable[[Stage], Awaitable[None]], *, whose: str) -> tuple[Outcome, str]:
    try:
        await _while_partner_is_there(stage, act)
    except NotAssessable as reason:
        return Outcome.NOT_ASSESSABLE, str(reason)
    except ControlChannelError as error:
        return Outcome.ERROR, str(error)
    except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  # a fault in one story must not cost the others; pytest.fail() is one
        return Outcome.ERROR, f"{whose} failed in this story: {type(error).__name__}: {error}"
    return Outcome.PLAYED, ""


async def _while_partner_is_there(stage: Stage, act: Callable[[Stage], Awaitable[None]]) -> None:
    """Act until the end of the story, or until the partner is gone: what a dead partner does not do proves nothing.

    Raises NotAssessable in the latter case.
    """
    acting = asyncio.ensure_future(act(stage))
    leaving = asyncio.create_task(stage.kit.gone.wait())
    try:
        await asyncio.wait({acting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not acting.done():
            raise NotAssessable(stage.kit.partner_gone)
        acting.result()
    finally:
        leaving.cancel()
        if not acting.done():
            acting.cancel()
            await asyncio.wait({acting})


async def heartbeat(kit: Kit) -> None:
    """Notice, for as long as it runs, when the kit itself does not get to run."""
    while True:
        before = kit.clock.elapsed
        await asyncio.sleep(_BEAT)
        after = kit.clock.elapsed
        if after - before > _STALL:
            kit.journal.add(Stall(before, after))
