from __future__ import annotations

from typing import Any

import pytest

from conformance import pointer
from conformance.generate.places import walk
from conformance.generate.wild import draw_wild
from conformance.platform.document import Document
from conformance.platform.specification import Specification
from shipped import PLATFORMS, corpus, specification


def texts(platform: str) -> list[str]:
    """Every text of the wild events, and every name of a field."""
    places = [place for values in corpus(platform).wild.values() for event in values for place in walk(event)]
    return [v for _, v in places if isinstance(v, str)] + [at.rpartition("/")[2] for at, _ in places]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_wild_event_is_valid_and_of_its_type(platform: str) -> None:
    """What is sent as allowed is allowed by the platform's own document."""
    shipped = specification(platform)
    d, document = shipped.description, shipped.document

    assert {t.name for t in d.delivered_types} == set(corpus(platform).wild)
    for name, events in corpus(platform).wild.items():
        assert 2 <= len(events) <= 6
        assert [] == [bad for e in events for bad in document.violations(document.event_schema_at(name), e)]
        assert {name} == {pointer.read(event, d.type_at) for event in events}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_correct_partner_may_refuse_a_text_of_a_wild_event(platform: str) -> None:
    """No control characters, and no halves of letters."""
    assert [] == [text for text in texts(platform) if not text.isprintable()]


def test_wild_events_are_wild() -> None:
    """There are absent fields, empty lists, zeros, letters outside of ASCII, and times in other zones."""
    events = [event for values in corpus("feewise").wild.values() for event in values]
    lengths = {len(event["event"]) for event in events}
    values = [value for event in events for _, value in walk(event)]

    assert len(lengths) > 5
    assert any(value == [] for value in values)
    assert any(value == {} for value in values)
    assert any(value == "0.00" for value in values)
    assert any(isinstance(value, str) and not value.isascii() for value in values)
    assert any("created_at" not in event for event in events)
    assert any(str(event.get("created_at", "")).endswith(":30") for event in events)


def test_events_of_a_type_differ_in_more_than_their_ids() -> None:
    """On thin events there are as many as there are changes to tell of."""
    changes = [event["event"] for event in corpus("wawex").wild["CUSTOMER_NOTIFICATION"]]

    assert ["CREATED", "DELETED", "STATUS_CHANGED", "UPDATED"] == sorted(changes)


def test_types_that_say_the_same_are_drawn_once(small: Specification) -> None:
    """Two event types with one payload have the same events, each with its own type."""
    content: Any = small.document.content
    drawn = draw_wild(small, random_seed=7)
    again = draw_wild(Specification(small.description, Document(content)), random_seed=7)

    assert drawn == again
    assert ["thing.told"] == list(drawn)
    invoices = corpus("feewise").wild
    assert [e["event"] for e in invoices["artifact.invoice.created"]] == [
        e["event"] for e in invoices["artifact.invoice.updated"]
    ]


def test_events_of_a_large_document_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an engine would search for minutes wild events are built: valid, varied, and the same each time."""
    monkeypatch.setattr("conformance.generate.wild._SEARCHED", 0)
    shipped = specification("feewise")
    drawn = draw_wild(shipped, random_seed=1)
    document = shipped.document

    assert drawn == draw_wild(shipped, random_seed=1)
    assert set() == {len(values) for values in drawn.values()} - {2, 3}
    assert {} == {
        name: bad
        for name, values in drawn.items()
        for value in values
        if (bad := document.violations(document.event_schema_at(name), value))
    }
