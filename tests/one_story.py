"""One story, played to a partner that is a function: everything of a run but sockets and other stories."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import conformance.scenarios.programme  # noqa: F401  # fills the register of stories
from conformance.delivery import Sent
from conformance.exchange import Request
from conformance.scenarios.story import STORIES
from conformance.stage import Stage
from conformance.transcript import Outcome, Play, Transcript
from kits import kit
from senders import answers
from shipped import seeded

__all__ = ["acted"]


def acted(
    platform: str,
    story: str,
    parameter: str = "",
    *,
    partner: Callable[[Request], Sent] = answers,
    offers: Iterable[str] = (),
) -> Play:
    """The play of the story, as judges see it; what a story raises is raised."""

    async def act() -> Transcript:
        made = kit(platform, partner, offers=offers)
        await STORIES[story].play(Stage(made, "p1", parameter, seeded(7)))
        made.journal.add(Play(id="p1", story=story, parameter=parameter, round=0, alone=True, outcome=Outcome.PLAYED))
        return made.journal.transcript()

    (play,) = asyncio.run(act()).plays
    return play
