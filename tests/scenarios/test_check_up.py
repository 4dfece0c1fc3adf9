"""The check-up gives up on a partner that only acknowledges, and on no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from conformance.delivery import Sent
from conformance.exchange import Request
from conformance.kit import Effect, Kit, Vain
from conformance.scenarios.check_up import IN_VAIN, check_up, due
from conformance.stage import Stage
from kits import fetch, kit
from senders import answers
from shipped import seeded


def _nothing(taken: int) -> bool:
    return False


@dataclass
class _Partner:
    """Answers every delivery with a status; how many it has taken decides whether it says that it handled an event.

    What it is `asked_for` it has handled in any case.
    """

    handles: Callable[[int], bool] = _nothing
    status: int = 200
    asked_for: str = "nothing"
    taken: int = 0

    def __call__(self, request: Request) -> Sent:
        """Take a delivery, or say what was handled."""
        if request.method == "POST":
            self.taken += 1
            return answers(request, status=self.status)
        handled = self.asked_for in request.target or self.handles(self.taken)
        return answers(request, {"applied": int(handled)})


def _stage(made: Kit, play: str) -> Stage:
    return Stage(made, play, "", seeded(len(play)))


def _examined(
    partner: _Partner,
    *,
    called: bool = False,
    behind: bool = False,
    restart: Callable[[], Awaitable[None]] | None = None,
) -> Kit:
    """The kit after a check-up; the partner `called` meanwhile, or comes to what was awaited in vain."""

    async def examine() -> Kit:
        made = kit("wawex", partner, offers=["events"])
        made.waits.effect, made.restart = 0.05, restart
        earlier = _stage(made, "earlier")
        events = [earlier.event(earlier.make("document"), "created") for _ in range(IN_VAIN)]
        made.vain += [Vain(event, 0.0, 0.0) for event in events]
        if called:
            fetch(made, "earlier", events[0].thing)
        if behind:
            partner.asked_for = events[0].id
        await check_up(_stage(made, "check-up"))
        return made

    return asyncio.run(examine())


def test_a_partner_that_only_acknowledges_is_given_up() -> None:
    """Two more events without an effect, no call, and nothing of what was awaited before: it has stopped."""
    made = _examined(_Partner())

    assert made.partner_gone.startswith("partner stopped reacting after 0 s: it acknowledges events, but no effect of")
    assert "the last 5 was seen" in made.partner_gone
    assert made.gone.is_set()


@pytest.mark.parametrize("reacts_at", [1, 2])
def test_the_first_effect_ends_the_check_up(reacts_at: int) -> None:
    """A partner that reacts is kept, and sent no more than it takes to see that."""
    partner = _Partner(handles=lambda taken: taken == reacts_at)
    made = _examined(partner)

    assert ("", reacts_at) == (made.partner_gone, partner.taken)


def test_a_partner_that_calls_is_kept() -> None:
    """Who polls, or is busy with something, has not stopped."""
    assert "" == _examined(_Partner(), called=True).partner_gone


def test_a_partner_that_is_behind_is_kept() -> None:
    """What was awaited in vain has come by now, so the rest will."""
    assert "" == _examined(_Partner(), behind=True).partner_gone


@pytest.mark.parametrize("heals", [True, False], ids=["reacts again", "does not"])
def test_a_partner_that_can_be_started_again_is(heals: bool) -> None:  # noqa: FBT001  # a parameter of pytest
    """It is kept if it reacts after that, so that the rest shows what it stopped at."""
    partner = _Partner()

    async def restart() -> None:
        partner.asked_for = "" if heals else partner.asked_for

    made = _examined(partner, restart=restart)

    assert 3 == partner.taken
    assert heals is (made.partner_gone == "")
    assert heals or "nor did it react after it was started again" in made.partner_gone


def test_a_partner_that_refuses_is_kept() -> None:
    """What it does not acknowledge it need not handle."""
    partner = _Partner(status=500)

    assert ("", 1) == (_examined(partner).partner_gone, partner.taken)


def test_a_check_up_is_due_after_three_in_a_row() -> None:
    """Where no effect was ever seen, none is missing."""

    async def count() -> list[bool]:
        made = kit("wawex", answers)
        stage = _stage(made, "p")
        vain = Vain(stage.event(stage.make("document"), "created"), 0.0, 0.0)
        found = []
        for reacts, in_vain in ((True, 3), (True, 2), (False, 9)):
            made.reacts, made.vain = reacts, [vain] * in_vain
            found.append(due(made))
        return found

    assert [True, False, False] == asyncio.run(count())


def test_effects_in_vain_are_counted_until_one_comes() -> None:
    """A full wait without an effect counts, a short look does not, and an effect begins the count anew."""

    async def count() -> list[int]:
        partner = _Partner(handles=lambda taken: taken > 0)
        made = kit("wawex", partner, offers=["events"])
        made.waits.effect = 0.05
        stage, counted = _stage(made, "p"), []
        event = stage.event(stage.make("document"), "created")
        for within in (None, 0.0, None):
            assert await stage.until_effect(event, within=within) is Effect.UNSEEN
            counted.append(len(made.vain))
        partner.taken = 1
        await stage.until_effect(event)
        return [*counted, len(made.vain)]

    assert [1, 1, 2, 0] == asyncio.run(count())
