from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.generate.places import walk
from conformance.generate.shrinking import deepest, simpler

EVENT = {"id": "e1", "object": {"name": "Zürich", "lines": [{"n": 12}, {"n": 0}], "open": True, "sum": -1.5}}


def least(content: Any, fails: Callable[[Any], bool]) -> Any:
    """What is left when the first simpler form that still fails is taken again and again."""
    while (smaller := next((c for _, c in simpler(content, keep={"/id"}) if fails(c)), None)) is not None:
        content = smaller
    return content


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        ('"n": 12', {"id": "e1", "object": {"lines": [{"n": 12}]}}),
        ("Z", {"id": "e1", "object": {"name": "Z"}}),
        ("[", {"id": "e1", "object": {"lines": []}}),
        ("rue", {"id": "e1", "object": {"open": True}}),
        ("e1", {"id": "e1"}),
    ],
)
def test_the_least_value_holds_what_is_needed_and_no_more(needed: str, expected: Any) -> None:
    """Fields go first, then items, then letters and digits."""
    assert expected == least(EVENT, lambda content: needed in json.dumps(content, ensure_ascii=False))


def test_every_simpler_form_is_another_one() -> None:
    """No step leads back to where it began, and what is to be kept is kept."""
    forms = list(simpler(EVENT, keep={"/object/lines/0/n"}))

    assert all(content != EVENT and content["object"]["lines"][0]["n"] == 12 for _, content in forms)


def test_texts_become_plain_before_they_become_nothing() -> None:
    """That a letter is unusual is told apart from that there are many."""
    assert [None, "Z", "Za", "aa"] == [content.get("t") for _, content in simpler({"t": "Zü"}, keep=())]


def test_steps_end() -> None:
    """A value that cannot be simpler has no simpler forms but to be gone."""
    assert [{}] == [content for _, content in simpler({"t": ""}, keep=())]
    assert [{}] == [content for _, content in simpler({"t": 0}, keep=())]
    assert [] == list(simpler({"t": 0}, keep={"/t"}))


def test_bold_steps_come_first() -> None:
    """What holds much goes before what it holds."""
    first = next(at for at, _ in simpler(EVENT, keep={"/id"}))

    assert "/object" == first
    assert first in {at for at, _ in walk(EVENT)}


def test_the_deepest_pointers_say_most() -> None:
    """A pointer that leads to another one is left out."""
    assert ("/a/b", "/c") == deepest(["/a", "/a/b", "/c", "/a/b"])
