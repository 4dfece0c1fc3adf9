"""A story that was tried out: its steps as data, as text for people, and as a file that is played again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from conformance.errors import ConfigurationError, Problem
from conformance.resources import schemas

__all__ = ["Move", "Step", "Tryout", "read_tryout", "simpler", "telling", "told"]

_FORMAT: Final = 1


class Move(StrEnum):
    """What a step does; objects and events are numbered from 1 in the order in which they come into being."""

    CREATE = "create"
    CHANGE = "change"
    DELIVER = "deliver"
    DUPLICATE = "duplicate"
    TOGETHER = "deliver-twice-together"
    DELAY = "delay-fetch"
    FAIL = "fail-fetch"
    RESTART = "restart"
    WAIT = "wait"


_TOLD: Final = {
    Move.CREATE: "the platform makes object {} (event {})",
    Move.CHANGE: "the platform changes object {} (event {})",
    Move.DELIVER: "event {} is delivered",
    Move.DUPLICATE: "event {} is delivered again",
    Move.TOGETHER: "event {} is delivered twice in the same moment",
    Move.DELAY: "the platform will take a while to answer the next get of object {}",
    Move.FAIL: "the platform will answer the next get of object {} with 503",
    Move.RESTART: "the partner is killed and started again",
    Move.WAIT: "nothing is sent until the partner has come to rest",
}
_MAKES_EVENT: Final = frozenset({Move.CREATE, Move.CHANGE})


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, and the number of the object or event that it is done with."""

    move: Move
    number: int = 0


@dataclass(frozen=True, slots=True)
class Tryout:
    """A story of steps with objects of one type, on one platform."""

    platform: str
    object_type: str
    steps: tuple[Step, ...]

    def as_text(self) -> str:
        """The file, by `schemas/tryout.schema.json`."""
        steps: list[dict[str, Any]] = []
        for step in self.steps:
            of = {"event" if step.move in _OF_EVENT else "object": step.number} if step.number else {}
            steps.append({"step": str(step.move), **of})
        content = {"format": _FORMAT, "platform": self.platform, "object_type": self.object_type, "steps": steps}
        return json.dumps(content, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Tryout:
        """The story of a file.

        Raises ConfigurationError that names every mistake at once.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(Problem("the story", f"is not JSON: {error}")) from None
        schema = json.loads((schemas() / "tryout.schema.json").read_text(encoding="utf-8"))
        problems = [
            Problem(f"the story at /{'/'.join(map(str, error.absolute_path))}", error.message[:300])
            for error in Draft202012Validator(schema).iter_errors(content)
        ]
        if problems:
            raise ConfigurationError(*problems)
        steps = tuple(Step(Move(s["step"]), s.get("object", s.get("event", 0))) for s in content["steps"])
        unknown = _unknown(steps)
        if unknown:
            raise ConfigurationError(*(Problem(f"the story at /steps/{at}", what) for at, what in unknown))
        return cls(content["platform"], content["object_type"], steps)


_OF_EVENT: Final = frozenset({Move.DELIVER, Move.DUPLICATE, Move.TOGETHER})


def _unknown(steps: Iterable[Step]) -> list[tuple[int, str]]:
    """The steps that name what has not come into being yet."""
    found = []
    objects = events = 0
    for at, step in enumerate(steps):
        if step.move is Move.CREATE:
            objects += 1
        elif step.move in _OF_EVENT and step.number > events:
            found.append((at, f"there is no event {step.number} yet"))
        elif step.move not in _OF_EVENT and step.number > objects:
            found.append((at, f"there is no object {step.number} yet"))
        events += step.move in _MAKES_EVENT
    return found


def telling(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps without those that nobody can notice: about objects that nothing is delivered about, or at the end."""
    owners = _owners(steps)
    heard = {owners[step.number - 1] for step in steps if step.move in _OF_EVENT}
    for number in range(sum(step.move is Move.CREATE for step in steps), 0, -1):
        if number not in heard:
            steps = _without_object(steps, number)
    end = max((at for at, step in enumerate(steps, start=1) if step.move in _NOTICED), default=0)
    return steps[:end]


_NOTICED: Final = frozenset({*_OF_EVENT, Move.RESTART})


def simpler(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Stories with less in them: without an object, or a step and what depends on it; one event or copy for two."""
    for number in range(sum(step.move is Move.CREATE for step in steps), 0, -1):
        yield telling(_without_object(steps, number))
    for at in range(len(steps) - 1, -1, -1):
        if steps[at].move is not Move.CREATE:
            yield telling(_without(steps, at))
    for at, step in enumerate(steps):
        if step.move is Move.CHANGE:
            yield telling(_without_change(steps, at))
    for at, step in enumerate(steps):
        if step.move is Move.TOGETHER:
            yield (*steps[:at], Step(Move.DELIVER, step.number), *steps[at + 1 :])


def _owners(steps: tuple[Step, ...]) -> list[int]:
    """The number of the object that each event is about."""
    owners = []
    objects = 0
    for step in steps:
        objects += step.move is Move.CREATE
        if step.move in _MAKES_EVENT:
            owners.append(objects if step.move is Move.CREATE else step.number)
    return owners


def _without_object(steps: tuple[Step, ...], number: int) -> tuple[Step, ...]:
    """The story without an object and all that is about it."""
    owners = _owners(steps)
    kept = []
    objects = 0
    for step in steps:
        objects += step.move is Move.CREATE
        about = step.number
        if step.move is Move.CREATE:
            about = objects
        elif step.move in _OF_EVENT:
            about = owners[step.number - 1]
        if step.move in {Move.RESTART, Move.WAIT} or about != number:
            kept.append(step)
    events = [at for at, owner in enumerate(owners, start=1) if owner == number]
    return _renumbered(kept, objects={number}, events=set(events))


def _without(steps: tuple[Step, ...], at: int) -> tuple[Step, ...]:
    """The story without a step, and without the deliveries of the event that it makes."""
    event = sum(step.move in _MAKES_EVENT for step in steps[: at + 1]) if steps[at].move in _MAKES_EVENT else 0
    rest = [step for number, step in enumerate(steps) if number != at]
    kept = [step for step in rest if not (event and step.move in _OF_EVENT and step.number == event)]
    return _renumbered(kept, objects=set(), events={event} if event else set())


def _without_change(steps: tuple[Step, ...], at: int) -> tuple[Step, ...]:
    """The story without a change, whose event the one before it of the same object takes the place of."""
    event = sum(step.move in _MAKES_EVENT for step in steps[: at + 1])
    owners = _owners(steps)
    before = max(each for each in range(1, event) if owners[each - 1] == steps[at].number)
    rest = [step for number, step in enumerate(steps) if number != at]
    rest = [step for step in rest if not (step.move in _OF_EVENT and step.number == before)]
    kept = [Step(step.move, before) if step.move in _OF_EVENT and step.number == event else step for step in rest]
    return _renumbered(kept, objects=set(), events={event})


def _renumbered(steps: Iterable[Step], *, objects: set[int], events: set[int]) -> tuple[Step, ...]:
    """The steps when these objects and events are no more: those after them move up."""

    def moved(step: Step) -> Step:
        gone = events if step.move in _OF_EVENT else objects
        return Step(step.move, step.number - sum(each < step.number for each in gone))

    return tuple(moved(step) for step in steps)


def read_tryout(path: Path) -> Tryout:
    """The story of a file.

    Raises ConfigurationError that names every mistake at once.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(Problem(str(path), f"cannot be read: {error}")) from None
    try:
        return Tryout.from_text(text)
    except ConfigurationError as error:
        raise ConfigurationError(*(Problem(str(path), f"{p.where}: {p.what}") for p in error.problems)) from None


def told(steps: Iterable[Step]) -> str:
    """The steps as a person reads them: "1. the platform makes object 1 (event 1); 2. event 1 is delivered"."""
    sentences = []
    objects = events = 0
    for step in steps:
        objects += step.move is Move.CREATE
        events += step.move in _MAKES_EVENT
        named = objects if step.move is Move.CREATE else step.number
        sentences.append(_TOLD[step.move].format(named, events))
    return "; ".join(f"{at}. {sentence}" for at, sentence in enumerate(sentences, start=1))
