"""What the stories of recovery do, with partners that are functions."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from conformance import stage as stage_module
from conformance.delivery import Sent
from conformance.exchange import Request
from one_story import acted
from senders import answers


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redeliveries follow at once."""
    monkeypatch.setattr(stage_module, "_RETRY_AFTER", (0.0, 0.0))


def test_who_takes_nothing_while_it_recovers_gets_it_again() -> None:
    """As from any platform: 503 is no loss."""
    seen: Counter[str] = Counter()
    recovering: list[Request] = []

    def partner(request: Request) -> Sent:
        if request.target.endswith("/recover"):
            recovering.append(request)
            return answers(request, {})
        if request.method == "GET":
            return answers(request, {"applied": 1})
        name = json.loads(request.body)["event_id"]
        seen[name] += 1
        return answers(request, status=503 if recovering and seen[name] <= 3 else 200)

    play = acted("feewise", "outage", partner=partner, offers=("recover", "events"))
    pushed = [(d.event_id, d.status) for d in play.deliveries("pushed")]

    assert {4} == set(Counter(name for name, _ in pushed).values())
    assert 2 == sum(status == 200 for _, status in pushed)
