from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import pointer
from conformance.generate.places import removed, replaced, walk

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_every_place_is_where_its_pointer_says(document: Any) -> None:
    """A walk yields JSON pointers of the very values."""
    assert all(value == pointer.read(document, at, "nothing") for at, value in walk(document))


@given(JSON)
def test_what_is_replaced_is_read_and_nothing_else_changes(document: Any) -> None:
    """The document that was given stays as it was."""
    before = copy.deepcopy(document)
    for at, _ in walk(document):
        changed = replaced(document, at, "another")

        assert "another" == pointer.read(changed, at)
        assert [p for p, _ in walk(changed)] == [p for p, _ in walk(document) if not p.startswith(f"{at}/")]
    assert before == document


@given(JSON)
def test_what_is_removed_is_one_thing_less(document: Any) -> None:
    """A field is gone, or an item of a list; what stands beside it stays."""
    for at, _ in walk(document):
        if at:
            parent = at.rpartition("/")[0]

            assert len(pointer.read(removed(document, at), parent)) == len(pointer.read(document, parent)) - 1


def test_a_new_field_can_be_written() -> None:
    """The last name of a pointer may be new."""
    assert {"a": [{"b": 1, "c~d": 2}]} == replaced({"a": [{"b": 1}]}, "/a/0/c~0d", 2)


@pytest.mark.parametrize("at", ["/a/1", "/b/c"])
def test_a_place_that_is_not_there_cannot_be_replaced(at: str) -> None:
    """Only the last name may be new, and only in an object."""
    with pytest.raises(LookupError):
        replaced({"a": [1]}, at, 2)
