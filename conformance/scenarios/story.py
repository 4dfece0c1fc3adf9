"""What a story is, and the register of all stories."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from conformance.platform.description import Description
from conformance.stage import Stage

__all__ = ["STORIES", "Act", "Story", "once", "story"]

Act = Callable[[Stage], Awaitable[None]]
Parameters = Callable[[Description], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Story:
    """A story: what is played, for which parameters, and what it needs of the partner.

    `exclusive` stories have the partner to themselves; of those in which it creates objects (`creates`) one plays at a
    time for each object type, so that it is clear whose call is whose; `negative` ones send what a platform never does:
    forged, malformed or bursting; `first` ones, exclusive all, come right after the calibration, and `last` ones,
    exclusive too, wait until nothing else is left to play. `whose` story it is, is said where it fails.
    """

    name: str
    play: Act
    parameters: Parameters
    exclusive: bool
    creates: bool
    negative: bool = False
    last: bool = False
    first: bool = False
    whose: str = "the kit"

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.play.__doc__ or "").strip().partition("\n")[0]


STORIES: Final[dict[str, Story]] = {}


def once(description: Description) -> tuple[str, ...]:
    """The parameters of a story that is played once."""
    return ("",)


def story(
    name: str,
    *,
    per: Parameters = once,
    exclusive: bool = False,
    creates: bool = False,
    negative: bool = False,
    last: bool = False,
    first: bool = False,
) -> Callable[[Act], Act]:
    """Register a coroutine function as a story; `per` names its parameters on a platform, once without any."""

    def register(play: Act) -> Act:
        STORIES[name] = Story(name, play, per, exclusive or last or first, creates, negative, last, first)
        return play

    return register
