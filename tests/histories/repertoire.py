"""The register of plays: how a correct partner acts in each story, and which requirements it can break there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from histories.performance import Performance

__all__ = ["REPERTOIRE", "Act", "Part", "plays"]

Act = Callable[[Performance], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A story as it is played, and the requirements that the partner breaks in it when it is told to."""

    story: str
    breaks: frozenset[str]
    act: Act


REPERTOIRE: Final[dict[str, Part]] = {}


def plays(story: str, *breaks: str) -> Callable[[Act], Act]:
    """Bind a function that plays a story."""

    def bind(act: Act) -> Act:
        REPERTOIRE[story] = Part(story, frozenset(breaks), act)
        return act

    return bind
