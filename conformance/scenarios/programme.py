"""The programme of a run: the items to be judged, and the stories that are played for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.catalogue import Catalogue
from conformance.judge.bench import judges_of
from conformance.judge.binding import Judge
from conformance.platform.description import Description
from conformance.scenarios import (
    acknowledging,
    authenticity,
    baits,
    batches,
    correlation,
    correlation_headers,
    duplicates,
    durability,
    exploring,
    fetching,
    forward,
    genuine,
    handshakes,
    http_forms,
    load,
    ordering,
    own_objects,
    payloads,
    poison,
    recovery,
    redeliveries,
    refusals,
    replays,
    retries,
    sizes,
    subscriptions,
    tenancy,
    texts,
    transport,
    values,
    wild_events,
)
from conformance.scenarios.story import STORIES, Story
from conformance.transcript import PlannedItem

__all__ = ["PLAYED", "Programme", "Scene", "plan"]

_CHAPTERS = (
    acknowledging,
    authenticity,
    baits,
    batches,
    correlation,
    correlation_headers,
    duplicates,
    durability,
    exploring,
    fetching,
    genuine,
    forward,
    handshakes,
    http_forms,
    load,
    ordering,
    own_objects,
    payloads,
    poison,
    redeliveries,
    refusals,
    retries,
    replays,
    recovery,
    subscriptions,
    tenancy,
    transport,
    sizes,
    subscriptions,
    texts,
    values,
    wild_events,
)
# The names of the stories that ship with the kit.
PLAYED: Final = frozenset(STORIES)


@dataclass(frozen=True, slots=True)
class Scene:
    """A story with its parameter."""

    story: Story
    parameter: str

    @property
    def name(self) -> str:
        """As it is shown: `announced-object[document]`."""
        return f"{self.story.name}[{self.parameter}]" if self.parameter else self.story.name


@dataclass(frozen=True, slots=True)
class Programme:
    """What is judged, and what is played for it."""

    requirements: tuple[str, ...]
    items: tuple[PlannedItem, ...]

    def scenes(self, items: tuple[PlannedItem, ...]) -> tuple[Scene, ...]:
        """The scenes that these items need, each once, in the order of the items."""
        found: dict[tuple[str, str], Scene] = {}
        for item in items:
            for scene in self._scenes_of(item):
                found.setdefault((scene.story.name, scene.parameter), scene)
        return tuple(found.values())

    def partly(self, whole: Programme) -> tuple[str, ...]:
        """The requirements of the whole programme of which this one has not every item."""
        left_out = {item.requirement for item in set(whole.items) - set(self.items)}
        return tuple(name for name in whole.requirements if name in left_out)

    def _scenes_of(self, item: PlannedItem) -> tuple[Scene, ...]:
        if item.story:
            return (Scene(STORIES[item.story], item.parameter),)
        return self.whole_run[item.requirement]

    whole_run: dict[str, tuple[Scene, ...]]


def plan(catalogue: Catalogue, description: Description, requirements: tuple[str, ...]) -> Programme:
    """The items of these requirements on a platform; a requirement that does not apply has none."""
    items: list[PlannedItem] = []
    whole_run: dict[str, tuple[Scene, ...]] = {}
    for name in requirements:
        if not set(catalogue[name].applies_when) <= description.features:
            continue
        for judge in judges_of(name):
            scenes = _scenes(judge, description)
            if judge.of_run is not None and scenes:
                items.append(PlannedItem(name))
                whole_run[name] = scenes
            elif judge.of_play is not None:
                items += [PlannedItem(name, scene.parameter, scene.story.name) for scene in scenes]
    return Programme(requirements, tuple(_told_apart(items)), whole_run)


def _scenes(judge: Judge, description: Description) -> tuple[Scene, ...]:
    return tuple(
        Scene(STORIES[story], parameter)
        for story in judge.stories
        for parameter in STORIES[story].parameters(description)
        if judge.covers(story, parameter)
    )


def _told_apart(items: list[PlannedItem]) -> list[PlannedItem]:
    """The items, with the story in the name where two stories of a requirement share a parameter."""
    seen: set[str] = set()
    result = []
    for item in items:
        named = item if item.name not in seen else PlannedItem(item.requirement, item.parameter, item.story, item.story)
        seen.add(named.name)
        result.append(named)
    return result
