"""How long stories about failing fetches wait for the first one, and when they give up for all of them."""

from __future__ import annotations

import asyncio

import pytest

from conformance.errors import NotAssessable
from conformance.kit import Kit
from conformance.scenarios.retries import failing_fetch_of
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage
from kits import fetch, kit
from senders import answers
from shipped import seeded


@pytest.mark.parametrize("has_fetched", [True, False])
def test_whoever_was_seen_to_fetch_is_asked_again(has_fetched: bool) -> None:  # noqa: FBT001  # both cases
    """Being late once spares the others of these stories only a partner that has fetched nothing in the whole run."""

    async def act() -> Kit:
        made = kit("feewise", answers)
        made.waits.effect = made.waits.settle = 0.01
        stage = Stage(made, "p1", "", seeded(7))
        if has_fetched:
            fetch(made, "p0", stage.make("invoice"))
        with pytest.raises(NotAssessable, match="got no object of which it only heard that it changed"):
            async with failing_fetch_of(stage, FaultKind.STATUS, status=500):
                pass
        return made

    assert has_fetched is asyncio.run(act()).fetches
