"""What becomes of a partner that shows no effect any more, and of one that only was slow to."""

from __future__ import annotations

import asyncio

import pytest

from conformance.delivery import Sent
from conformance.exchange import Request
from conformance.kit import Effect, Kit
from conformance.scenarios.calibration import look_again
from conformance.stage import Stage
from kits import PARTNER, kit
from senders import answers
from shipped import seeded


def _looked(*, applied: int, status: int = 200, unseen: int = 3) -> Kit:
    """The kit after it looked again at a partner that has applied an event so often."""

    def partner(request: Request) -> Sent:
        if request.target.startswith(f"{PARTNER}/control"):
            return answers(request, {"applied": applied})
        return answers(request, status=status)

    async def look() -> Kit:
        made = kit("feewise", partner, offers=("events",))
        made.reacts, made.unseen = True, unseen
        await look_again(Stage(made, "p1", "", seeded(7)))
        return made

    return asyncio.run(look())


def test_a_partner_that_handles_nothing_more_is_gone() -> None:
    """It acknowledges an event that comes alone, and nothing follows: nothing would follow of any other."""
    made = _looked(applied=0)

    assert "partner stopped handling events" in made.partner_gone
    assert made.gone.is_set()


def test_a_partner_that_was_slow_is_still_there() -> None:
    """One effect is enough, and the count begins anew."""
    made = _looked(applied=1)

    assert ("", 0) == (made.partner_gone, made.unseen)


def test_a_partner_that_refuses_is_not_gone_for_that() -> None:
    """That it refuses a genuine event is judged elsewhere."""
    assert "" == _looked(applied=0, status=400).partner_gone


@pytest.mark.parametrize(
    ("reacts", "within", "counted"),
    [(True, None, 1), (False, None, 0), (True, 0.05, 0)],
    ids=["not-seen", "never-seen", "not-awaited"],
)
def test_an_effect_that_does_not_come_is_counted(*, reacts: bool, within: float | None, counted: int) -> None:
    """Where the calibration saw one, and the whole window was waited for."""

    async def wait() -> tuple[Effect, int]:
        made = kit("feewise", lambda request: answers(request, {"applied": 0}), offers=("events",))
        made.reacts = reacts
        stage = Stage(made, "p1", "", seeded(7))
        event = stage.event(stage.make("invoice"), "created", age=30)
        return await stage.until_effect(event, within=within), made.unseen

    assert (Effect.UNSEEN, counted) == asyncio.run(wait())
