from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import stage as stage_module
from conformance.delivery import Sent
from conformance.errors import NotAssessable
from conformance.exchange import Delivery, Request
from conformance.generate.places import walk
from conformance.scenarios import wild_events
from one_story import acted
from senders import answers
from shipped import specification
from small_platform import platform

STORY = "allowed-events"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redeliveries follow at once."""
    monkeypatch.setattr(stage_module, "_RETRY_AFTER", (0.0, 0.0))


def refusing(refused: Callable[[Any], bool]) -> Callable[[Request], Sent]:
    """A partner that answers 500 to these events."""
    return lambda request: answers(request, status=500 if refused(json.loads(request.body)) else 200)


def content(delivery: Delivery) -> Any:
    """What was delivered."""
    return json.loads(delivery.request.body)


def has_empty_list(event: Any) -> bool:
    """Whether there is an empty list in it."""
    return any(value == [] for _, value in walk(event))


def test_every_event_goes_out_under_ids_of_its_own() -> None:
    """The events are the same for all partners, their ids and times those of the run."""
    play = acted("feewise", STORY, "payout.paid")
    told = [content(d) for d in play.deliveries()]

    assert 9 == len(told) == len({event["event_id"] for event in told})
    assert 9 == len({event["event"]["payout_reference"] for event in told})
    assert {d.event_id for d in play.deliveries()} == {event["event_id"] for event in told}
    assert {d.object_id for d in play.deliveries()} == {event["event"]["payout_reference"] for event in told}
    assert ["control", *["wild"] * 7, "edge"] == [d.role for d in play.deliveries()]


def test_every_text_is_once_as_long_as_it_may_be() -> None:
    """The last of the wild events shows whether what it holds fits where a partner keeps it."""
    play = acted("feewise", STORY, "payout.paid")
    longest = content(play.deliveries("wild")[-1])
    others = [content(d) for d in play.deliveries("control", "wild")[:-1]]

    assert 80 == len(longest["event"]["account"]["bank"])
    assert 80 > max(len(event["event"]["account"].get("bank", "")) for event in others)


def test_no_two_events_name_the_same() -> None:
    """What a wild event names inside of its object is new as well: a partner may know it to be unique."""
    play = acted("feewise", STORY, "payout.paid", partner=refusing(has_empty_list))
    named = [{v for at, v in walk(content(d)) if at.endswith("/transaction_id")} for d in play.deliveries()]

    assert any(named)
    assert sum(map(len, named)) == len(set[str]().union(*named))


@pytest.mark.parametrize(
    ("event_type", "matters"), [("payment.failed", "/event/artifacts"), ("payout.paid", "/event/transactions")]
)
def test_the_least_event_that_fails_is_found(event_type: str, matters: str) -> None:
    """What can go is gone, and what matters is named, required or not."""
    play = acted("feewise", STORY, event_type, partner=refusing(has_empty_list))
    least = next(d for d in play.deliveries() if d.id == play.note("least"))
    document = specification("feewise").document
    shrunk = play.deliveries("shrunk")

    assert matters == play.note("matters")
    assert 500 == least.status
    assert has_empty_list(content(least))
    assert all(len(least.request.body) <= len(d.request.body) for d in play.deliveries("wild") if not d.succeeded)
    assert () == document.violations(document.event_schema_at(event_type), content(least))
    assert [] == [d.id for d in shrunk if document.violations(document.event_schema_at(event_type), content(d))]


def test_the_search_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever refuses one of many events is not asked for ever."""
    monkeypatch.setattr(wild_events, "_TRIES", 3)
    play = acted("feewise", STORY, "payment.failed", partner=refusing(has_empty_list))

    assert 3 == len(play.deliveries("shrunk"))
    assert play.note("least")


def test_a_type_that_is_always_refused_is_not_searched() -> None:
    """An event like any other is accepted first, or nothing is."""
    with pytest.raises(NotAssessable, match="positive control failed"):
        acted("wawex", STORY, "CUSTOMER_NOTIFICATION", partner=refusing(lambda _: True))


def test_events_that_are_all_accepted_are_not_searched() -> None:
    """There is nothing to make smaller."""
    play = acted("wawex", STORY, "CUSTOMER_NOTIFICATION")

    assert ("", 4, 0) == (play.note("least"), len(play.deliveries("wild")), len(play.deliveries("shrunk")))


def test_what_names_an_event_is_in_each_of_them(tmp_path: Path) -> None:
    """Many documents require nothing; a partner that is right refuses what it can neither name nor tell apart."""
    lax = platform(tmp_path, document={"/components/schemas/Told/required": []})
    told = [content(d) for d in acted(str(lax), STORY, "thing.told").deliveries("wild")]

    assert told
    assert [] == [event for event in told if not {"id", "type", "at"} <= event.keys() or "id" not in event["thing"]]
    assert any("size" not in event["thing"] for event in told)
