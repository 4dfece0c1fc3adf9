"""Whole histories: a few stories in the manner of one partner, that of a correct one or of one with a single fault."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Final

from hypothesis import strategies as st

from batching_platform import description as batching
from conformance.catalogue import shipped_catalogue
from conformance.exchange import Exchange
from conformance.judge.bench import judges_of
from conformance.judge.decision import requirement_results
from conformance.platform.description import Description
from conformance.platform.description_file import locate, read_description
from conformance.report import RequirementResult
from conformance.scenarios.programme import Programme, plan
from conformance.transcript import Ending, PlannedItem, Play, Record, RunEnd, RunHeader, Stall, Transcript
from handshaking_platforms import description as handshaking
from histories import (
    accepting,
    acknowledging,
    batches,
    correlation,
    duplicates,
    fetching,
    greeting,
    ordering,
    own,
    refusing,
    subscribing,
    unknown,
)
from histories.manner import Manner, manners
from histories.performance import LOOKS, Performance, uuid
from histories.repertoire import REPERTOIRE
from rotating_platform import description as rotating
from shipped import seeded
from transcripts import ALL_CALLS

__all__ = [
    "CHAPTERS",
    "PLATFORMS",
    "Fault",
    "History",
    "busier",
    "every_fault",
    "faults",
    "repeated",
    "results",
    "valid_histories",
    "violated_histories",
]

# The last three are FeeWise in everything else: one signs in another way, one asks a URL whether it wants deliveries,
# one delivers several events at once.
PLATFORMS: Final = ("feewise", "wawex", "rotating", "handshaking", "batching")
# What these have in common with FeeWise is played there.
_OWN: Final = {"handshaking": greeting, "batching": batches}
CHAPTERS: Final = (
    accepting,
    acknowledging,
    batches,
    correlation,
    duplicates,
    fetching,
    greeting,
    ordering,
    own,
    refusing,
    subscribing,
    unknown,
)
# What a partner that went away in between, or asked for time, could be excused by.
_TIMED: Final = frozenset({"FET-05", "FET-06", "FET-10"})
_GAP: Final = 100.0
# A story that no judge asks for.
_VISITORS: Final = "visitors"


@dataclass(frozen=True, slots=True)
class Fault:
    """The one requirement that a partner breaks, and the story in which it does."""

    platform: str
    requirement: str
    story: str
    parameter: str


@dataclass(frozen=True, slots=True)
class History:
    """What a run recorded, with the items that it decides, and what is wrong in it, if anything is."""

    header: RunHeader = field(repr=False)
    items: tuple[PlannedItem, ...] = field(repr=False)
    records: tuple[Record, ...] = field(repr=False)
    played: tuple[tuple[str, str], ...]
    manner: Manner
    alone: bool
    fault: Fault | None = None

    def transcript(self) -> Transcript:
        """The finished run as judges see it."""
        return Transcript.from_records([self.header, *self.items, *self.records])


def results(history: History) -> Mapping[str, RequirementResult]:
    """The verdicts that a history earns, by requirement."""
    found = requirement_results(history.transcript(), shipped_catalogue())
    return {result.requirement.id: result for result in found}


@cache
def platform(name: str) -> Description:
    """The description of a platform."""
    ours = {"rotating": rotating, "handshaking": handshaking, "batching": batching}
    return ours[name]() if name in ours else read_description(locate(name))


@cache
def programme(name: str) -> Programme:
    """All that is judged and played on a shipped platform."""
    catalogue = shipped_catalogue()
    return plan(catalogue, platform(name), tuple(catalogue.requirements))


@cache
def scenes(name: str) -> Mapping[str, tuple[str, ...]]:
    """The stories that the histories of a platform are made of, and their parameters."""
    found: dict[str, tuple[str, ...]] = {}
    everything = programme(name)
    for scene in everything.scenes(everything.items):
        part = REPERTOIRE.get(scene.story.name)
        if part is not None and (name not in _OWN or part.act.__module__ == _OWN[name].__name__):
            found[scene.story.name] = (*found.get(scene.story.name, ()), scene.parameter)
    return found


@cache
def faults(name: str) -> Mapping[str, tuple[Fault, ...]]:
    """What can be broken in the histories of a platform, by requirement."""
    found: dict[str, tuple[Fault, ...]] = {}
    for requirement in dict.fromkeys(item.requirement for item in programme(name).items):
        for story, parameters in scenes(name).items():
            if requirement in REPERTOIRE[story].breaks:
                here = tuple(p for p in parameters if _is_judged(requirement, story, p))
                found[requirement] = (
                    *found.get(requirement, ()),
                    *(Fault(name, requirement, story, p) for p in here),
                )
    return {requirement: ways for requirement, ways in found.items() if ways}


def _is_judged(requirement: str, story: str, parameter: str) -> bool:
    return any(j.of_run is not None or j.covers(story, parameter) for j in judges_of(requirement))


@cache
def _header(name: str) -> RunHeader:
    description: Description = platform(name)
    return RunHeader(
        kit="0.1.0",
        started_at="2026-11-20T09:30:00+00:00",
        platform=name,
        partner="http://127.0.0.1:8000/hooks",
        seed=7,
        offers=ALL_CALLS,
        settings=(),
        overrides=(),
        description=json.dumps(description.raw),
        description_digest="",
        document_digest="",
        corpus_digest="",
        requirements=(),
    )


def _items(name: str, played: Iterable[tuple[str, str]]) -> tuple[PlannedItem, ...]:
    """The items that these plays decide: their own, and those of the whole run that look at one of them."""
    here = set(played)
    stories = {story for story, _ in here}
    return tuple(
        item
        for item in programme(name).items
        if (item.story, item.parameter) in here
        or (not item.story and any(stories & set(judge.stories) for judge in judges_of(item.requirement)))
    )


def _written(
    name: str,
    manner: Manner,
    played: list[tuple[str, str]],
    random: Random,
    *,
    alone: bool,
    fault: Fault | None = None,
    extra: Iterable[Record] = (),
) -> History:
    items = _items(name, played)
    header = replace(
        _header(name),
        offers=manner.offers,
        shared_machine=manner.shares,
        requirements=tuple(dict.fromkeys(item.requirement for item in items)),
    )
    constant = uuid(random) if alone and fault and fault.requirement == "COR-01" and _has_two(played) else ""
    records: list[Record] = []
    begins = 0.0
    for number, scene in enumerate(played, start=1):
        stage = _stage(name, manner, random, scene, f"p{number}")
        stage.begins = stage.now = begins if alone else random.uniform(0.0, 10.0)
        stage.alone, stage.operation_id = alone, constant
        if fault and scene == (fault.story, fault.parameter):
            stage.broken = fault.requirement
        records += _acted(stage)
        begins = max(begins, stage.now, stage.ready) + random.choice((0.01, 1.0, _GAP))
    if manner.polls:
        records += _polls(name, manner, random, begins)
    records += [*extra, RunEnd(begins, Ending.FINISHED)]
    return History(header, items, tuple(records), tuple(played), manner, alone, fault)


def _stage(name: str, manner: Manner, random: Random, scene: tuple[str, str], play: str) -> Performance:
    """A play that is about to begin."""
    return Performance(
        story=scene[0],
        parameter=scene[1],
        name=play,
        description=platform(name),
        manner=manner,
        random=random,
        begins=0.0,
    )


def _acted(stage: Performance) -> list[Record]:
    """A play from its beginning to its end."""
    REPERTOIRE[stage.story].act(stage)
    return stage.finished()


def _has_two(played: list[tuple[str, str]]) -> bool:
    """Whether two of the plays have the partner start something."""
    return sum("COR-01" in REPERTOIRE[story].breaks for story, _ in played) > 1


def _polls(name: str, manner: Manner, random: Random, until: float) -> list[Record]:
    """Rounds of calls that nobody asked for, each round with an id of its own."""
    stage = _stage(name, manner, random, ("", ""), "poll")
    stage.polls(random.randint(0, 3), *LOOKS, until=until)
    stage.polls(1, "list-events", until=until)
    return [replace(record, play=None) for record in stage.records if isinstance(record, Exchange)]


@st.composite
def _played(draw: st.DrawFn, name: str, *, least: int = 1) -> list[tuple[str, str]]:
    """Some scenes of a platform, each once."""
    stories = scenes(name)
    chosen = draw(st.lists(st.sampled_from(sorted(stories)), min_size=least, max_size=4, unique=True))
    return [(story, draw(st.sampled_from(stories[story]))) for story in chosen]


# Times and ids: what no verdict may hang on comes from a seed, which is fast to draw.
_RANDOMS: Final = st.integers(0, 2**32).map(seeded)
_STALLS: Final = st.lists(
    st.builds(lambda at, lasts: Stall(at, at + lasts), st.floats(0, 200), st.floats(0.1, 2.0)), max_size=2
)


@st.composite
def valid_histories(draw: st.DrawFn) -> History:
    """Histories of correct partners."""
    name = draw(st.sampled_from(PLATFORMS))
    return _written(
        name,
        draw(manners()),
        draw(_played(name)),
        draw(_RANDOMS),
        alone=draw(st.booleans()),
        extra=draw(_STALLS),
    )


@st.composite
def violated_histories(draw: st.DrawFn, *, overlapping: bool = False) -> History:
    """Histories of partners that break one requirement, once, and hide nothing; stories may have to overlap."""
    name = draw(st.sampled_from(PLATFORMS))
    ways = faults(name)
    fault = draw(st.sampled_from(ways[draw(st.sampled_from(sorted(ways)))]))
    manner = replace(draw(manners()), offers=ALL_CALLS, keeps_objects=True)
    if fault.requirement in _TIMED:
        manner = replace(manner, hiccups=(), restarts=False)
    asks = manner.asks_by_event or fault.parameter == "unknown-last-id"
    # Who looks at the list of event types now and then has read it; who lists events unasked has not been asked again.
    manner = replace(manner, kit_stalls=False, shares=False, asks_by_event=asks)
    manner = replace(manner, polls=manner.polls and fault.requirement not in {"SUB-05", "REC-05"})
    # Only that story is repeated, so that it has to be the first in which the partner subscribes.
    first = fault.requirement == "SUB-05"
    others = [scene for scene in draw(_played(name, least=0)) if not (first and scene[0] == "unsubscription")]
    constant = fault.requirement == "COR-01" and draw(st.booleans())
    if constant:
        others = [*others, *_another(fault)]
    here = (fault.story, fault.parameter)
    played = list(dict.fromkeys([*(scene for scene in others if scene != here), here]))
    alone = not overlapping and (constant or draw(st.booleans()))
    return _written(name, manner, played, draw(_RANDOMS), alone=alone, fault=fault)


def every_fault(times: int) -> Iterator[History]:
    """Each requirement broken so many times on each platform, by plain partners that have the kit to themselves."""
    for name in PLATFORMS:
        for ways in faults(name).values():
            for seed in range(times):
                random = seeded(seed)
                fault = random.choice(ways)
                manner = Manner(asks_by_event=fault.parameter == "unknown-last-id")
                here = [(fault.story, fault.parameter)]
                yield _written(name, manner, here, random, alone=True, fault=fault)


def repeated(history: History, seed: int, *, broken: bool) -> History:
    """The same history with its faulty story played twice more, alone: with the fault again, or without it."""
    fault, random = history.fault, seeded(seed)
    assert fault is not None  # there is nothing to repeat of what is right
    records: list[Record] = [record for record in history.records if not isinstance(record, RunEnd)]
    begins = max(e.ended for e in records if isinstance(e, Exchange | Play)) + _GAP
    for number in (1, 2):
        stage = _stage(fault.platform, history.manner, random, (fault.story, fault.parameter), f"r{number}")
        stage.begins = stage.now = begins
        stage.round = number
        stage.broken = fault.requirement if broken else ""
        records += _acted(stage)
        begins = max(stage.now, stage.ready) + _GAP
    return replace(history, records=(*records, RunEnd(begins, Ending.FINISHED)))


def busier(history: History, seed: int) -> History:
    """The same history with one more play of the same partner, about other objects, which nobody asked to be judged."""
    random = seeded(seed)
    # Late answers of one story say something of all: that is what is judged over a whole run.
    manner = replace(history.manner, kit_stalls=False, shares=False, restarts=False, hiccups=())
    stage = _stage(history.header.platform, manner, random, (_VISITORS, ""), "visitors")
    stage.begins = stage.now = random.uniform(0.0, 100.0)
    stage.alone = history.alone
    for _ in range(random.randint(1, 5)):
        stage.take(stage.event(version=random.randint(1, 2)), "visit")
    records = [replace(r, id=f"v{r.id}") if isinstance(r, Exchange) else r for r in stage.finished()]
    return replace(history, records=(*history.records, *records))


def _another(fault: Fault) -> list[tuple[str, str]]:
    """A second scene in which the partner starts something."""
    stories = ("outage", "subscription") if fault.story == "own-object" else ("own-object",)
    return [(story, scenes(fault.platform)[story][0]) for story in stories if story in scenes(fault.platform)]
