"""Stories about batches, with a partner that is a function."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

import batching_platform
from conformance.catalogue import shipped_catalogue
from conformance.delivery import Sent
from conformance.exchange import Delivery, Request, Response
from conformance.platform.delivery_form import DeliveryForm, Shape
from conformance.platform.description import Description
from conformance.scenarios.programme import plan
from conformance.scenarios.story import STORIES
from conformance.stage import Stage
from kits import kit
from senders import answers
from shipped import seeded, specification


def _played(story: str, description: Description, *, refusing: bool = False) -> list[tuple[str, list[Any]]]:
    """The roles of what was delivered that is more than one event, and what was in it."""

    def refuses_what_is_none(request: Request) -> Sent:
        spoiled = {} in json.loads(request.body)
        return Sent(request, Response(400), None) if refusing and spoiled else answers(request)

    async def act() -> list[Delivery]:
        made = kit(description.name if description.name == "wawex" else "feewise", refuses_what_is_none)
        made.specification = replace(made.specification, description=description)
        made.fetches = False
        await STORIES[story].play(Stage(made, "p1", "", seeded(7)))
        return [record for record in made.journal.records if isinstance(record, Delivery)]

    sent = [(delivery.role, json.loads(delivery.request.body)) for delivery in asyncio.run(act())]
    return [(role, content) for role, content in sent if len(content) > 1]


def _feewise(**changes: Any) -> Description:
    return replace(batching_platform.description(), **changes)


def test_the_events_of_a_batch_are_about_as_many_objects() -> None:
    """Of several types where one URL takes all; the first two are of one type."""
    ((role, events),) = _played("batch", _feewise())
    types = [event["event_type"] for event in events]

    assert ("batch", 5, 5) == (role, len(events), len({event["event_id"] for event in events}))
    assert types[0] == types[1]
    assert 2 < len(set(types))


def test_a_batch_holds_no_more_than_the_platform_puts_into_one() -> None:
    """And no more than ten."""
    assert [3, 10] == [len(_played("batch", _feewise(batch=most))[0][1]) for most in (3, 500)]


def test_an_endpoint_of_one_type_takes_a_batch_of_that_type() -> None:
    """Its events name their objects in one way."""
    form = DeliveryForm(Shape.BATCH, "application/json", "", {})
    ((_, events),) = _played("batch", replace(specification("wawex").description, form=form))

    assert 1 == len({event["eventType"] for event in events})


@pytest.mark.parametrize(("refusing", "roles"), [(True, ["spoiled", "batch"]), (False, ["spoiled"])])
def test_what_spoiled_a_batch_is_left_out_where_it_was_refused(*, refusing: bool, roles: list[str]) -> None:
    """Its events come again."""
    played = _played("spoiled-batch", _feewise(), refusing=refusing)

    assert roles == [role for role, _ in played]
    assert [{}] == [event for event in played[0][1] if not event]
    assert [event for event in played[0][1] if event] == [event for event in played[-1][1] if event]


@pytest.mark.parametrize("changes", [{"batch": 1}, {"form": DeliveryForm(Shape.JSON, "application/json", "", {})}])
def test_no_batch_is_played_where_there_is_none(changes: dict[str, Any]) -> None:
    """A list that never holds two events is no batch."""
    assert () == plan(shipped_catalogue(), _feewise(**changes), ("PAY-07",)).items
