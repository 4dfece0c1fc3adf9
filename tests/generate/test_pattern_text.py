from __future__ import annotations

import re

import pytest

from conformance.generate.pattern_text import text_like
from shipped import seeded


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[a-z]{3,5}$",
        r"^\d{4}-(0[1-9]|1[0-2])$",
        r"^(?:ab|cd)+x?$",
        r"^[^a-y0-9]+$",
        r"^[^\W\d]{2}$",
        r"^(['\"])x\1$",
        r"^[A-Z]{2}\d*?[.]\S$",
        r"^evt_[0-9A-Za-z]{14}$",
        r"colou?r",
        r"^.{3}$",
        r"^(?=a)[a-c]{3}$",
        r"^[à-ý]{2}$",
        "",
    ],
)
def test_a_text_matches_its_pattern(pattern: str) -> None:
    """Whatever the pattern is made of, the text that is made from it is found by it."""
    random = seeded()
    texts = [text_like(pattern, random) for _ in range(20)]

    assert [True] * 20 == [text is not None and re.search(pattern, text) is not None for text in texts]


def test_a_text_has_the_length_that_is_asked_for() -> None:
    """A pattern leaves the length open, and the keywords beside it do not."""
    texts = [text_like("^[a-z]+$", seeded(), least=60, most=90) or "" for _ in range(5)]

    assert {True} == {60 <= len(text) <= 90 for text in texts}


@pytest.mark.parametrize("pattern", ["(", "^a(?!.)b$", "(?<x>a)", r"^$a"])
def test_where_no_text_is_found_there_is_none(pattern: str) -> None:
    """A pattern that nothing matches, or that Python does not read, makes no text."""
    assert None is text_like(pattern, seeded())


def test_texts_are_the_same_for_the_same_source() -> None:
    """The exam is the same for everyone."""
    assert text_like(r"^\w{8}$", seeded(1)) == text_like(r"^\w{8}$", seeded(1)) != text_like(r"^\w{8}$", seeded(2))
