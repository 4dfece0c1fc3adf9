from __future__ import annotations

from conformance.generate.edges import edges

DUE = "2026-01-01T00:00:00.5+01:00"
EVENT = {"id": "e1", "at": "2026-01-01T00:00:00Z", "thing": {"due": DUE, "note": "ab", "n": 1}}


def test_each_edge_is_named_with_its_places() -> None:
    """One event for each kind of value, with that value wherever it can stand."""
    early, nul = edges(EVENT, keep={"/id", "/at"}, allows=lambda _: True)

    assert "the time 0001-01-01T00:00:00+14:00 at /thing/due" == early[0]
    assert {**EVENT, "thing": {"due": "0001-01-01T00:00:00+14:00", "note": "ab", "n": 1}} == early[1]
    assert "U+0000 in a text at /thing/due, /thing/note" == nul[0]
    assert "a\0b" == nul[1]["thing"]["note"]


def test_what_the_document_forbids_is_not_done() -> None:
    """A pattern or a format that excludes the value has the last word."""
    kept = [(name, content["thing"]["due"]) for name, content in edges(EVENT, keep={"/id", "/at"}, allows=_no_edge)]

    assert [("U+0000 in a text at /thing/note", DUE)] == kept


def _no_edge(content: object) -> bool:
    return DUE in str(content)


def test_an_event_of_names_alone_has_no_edges() -> None:
    """Where all is kept, nothing is at its edge."""
    assert [] == list(edges(EVENT, keep={"/id", "/at", "/thing/due", "/thing/note"}, allows=lambda _: True))
