"""A story that was tried out: its steps as data, as text for people, and as a file that is played again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from conformance.errors import ConfigurationError, Problem
from conformance.resources import schemas

__all__ = ["Move", "Step", "Tryout", "read_tryout", "told"]

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
