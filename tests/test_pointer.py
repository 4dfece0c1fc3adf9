from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import pointer

# RFC 6901, section 5.
EXAMPLE = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("", EXAMPLE),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_the_rfc_are_read(at: str, expected: object) -> None:
    """A pointer means what RFC 6901 says."""
    assert expected == pointer.read(EXAMPLE, at)


@pytest.mark.parametrize("at", ["/bar", "/foo/2", "/foo/-1", "/foo/-", "/foo/bar", "/foo/0/0", "/foo/²"])
def test_a_pointer_to_nothing_yields_the_default(at: str) -> None:
    """Nothing raises where nothing stands."""
    assert (None, "nothing") == (pointer.read(EXAMPLE, at), pointer.read(EXAMPLE, at, "nothing"))


@given(st.lists(st.text(max_size=4), max_size=4), st.none() | st.integers() | st.lists(st.integers(), max_size=2))
def test_what_is_written_is_read(steps: list[str], value: Any) -> None:
    """Whatever the names on the way, and the document itself does not change."""
    at = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)
    document = {"a": {"b": 1}, "kept": [1]}
    before = copy.deepcopy(document)
    written = pointer.write(document, at, value)

    assert value == pointer.read(written, at)
    assert before == document
    if steps and steps[0] != "kept":
        assert [1] == written["kept"]
