"""Requirements of one's own, as a platform declares them: a file of records, with the stories and judges for them.

A conftest file imports this module at every start of pytest, so it imports nothing that takes time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from conformance.judge.binding import PlayJudge, RunJudge
    from conformance.platform.description import Description
    from conformance.scenarios.story import Act

__all__ = ["Extension", "OwnJudge", "OwnStory"]

_Function = TypeVar("_Function", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStory:
    """A story as it was declared; the fields are those of the kit's own stories."""

    name: str
    play: Act
    per: Callable[[Description], tuple[str, ...]] | None
    exclusive: bool
    creates: bool
    negative: bool
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnJudge:
    """A judge as it was declared: of single plays, or of the whole run."""

    requirement: str
    stories: tuple[str, ...]
    only: tuple[str, ...] = ()
    of_play: PlayJudge | None = None
    of_run: RunJudge | None = None


@dataclass(slots=True)
class Extension:
    """Requirements of one's own: `records` is a file of the shape of `schemas/requirements.schema.json`.

    Its decorators have the arguments of the kit's own. Nothing is checked before the extension is registered, so that
    all mistakes are told at once.
    """

    records: Path
    stories: list[OwnStory] = field(default_factory=list)
    judged: list[OwnJudge] = field(default_factory=list)

    def story(
        self,
        name: str,
        *,
        per: Callable[[Description], tuple[str, ...]] | None = None,
        exclusive: bool = False,
        creates: bool = False,
        negative: bool = False,
        last: bool = False,
    ) -> Callable[[_Function], _Function]:
        """Declare a coroutine function as a story; `per` names its parameters on a platform, once without any.

        `exclusive` stories have the partner to themselves, `creates` says that the partner creates objects in it,
        `negative` that it sends what a platform never does, `last` that it comes when all others are done.
        """

        def declare(play: _Function) -> _Function:
            self.stories.append(
                OwnStory(
                    name=name,
                    play=play,  # type: ignore[arg-type]  # checked when it is registered
                    per=per,
                    exclusive=exclusive,
                    creates=creates,
                    negative=negative,
                    last=last,
                )
            )
            return play

        return declare

    def judges(self, requirement: str, *, story: str, only: Iterable[str] = ()) -> Callable[[_Function], _Function]:
        """Declare a generator function that judges one play of a story, of this extension or of the kit."""

        def declare(function: _Function) -> _Function:
            self.judged.append(
                OwnJudge(requirement=requirement, stories=(story,), only=tuple(only), of_play=function)  # type: ignore[arg-type]  # checked when it is registered
            )
            return function

        return declare

    def judges_run(self, requirement: str, *, stories: Iterable[str]) -> Callable[[_Function], _Function]:
        """Declare a generator function that judges all plays together, those of these stories among them."""

        def declare(function: _Function) -> _Function:
            self.judged.append(OwnJudge(requirement=requirement, stories=tuple(stories), of_run=function))  # type: ignore[arg-type]  # checked when it is registered
            return function

        return declare
