"""Which words of two texts differ."""

from __future__ import annotations

import pytest

from conformance.reporting.difference import Piece, difference


def _marked(expected: str, actual: str) -> tuple[str, str]:
    ours, theirs = difference(expected, actual)
    return _brackets(ours), _brackets(theirs)


def _brackets(pieces: tuple[Piece, ...]) -> str:
    return "".join(f"[{piece.text}]" if piece.differs else piece.text for piece in pieces)


def test_words_that_differ_are_told_apart() -> None:
    """In both texts, and word by word."""
    assert ("amount [1000].00", "amount [999].00") == _marked("amount 1000.00", "amount 999.00")


def test_what_one_text_has_more_is_told() -> None:
    """In that text alone."""
    assert ("the partner holds it", "the partner [never ]holds it") == _marked(
        "the partner holds it", "the partner never holds it"
    )


@pytest.mark.parametrize("actual", ["accepted with status 200", "", "a refusal\n" * 60])
def test_texts_that_are_not_alike_are_left_alone(actual: str) -> None:
    """Marks on every word point at nothing."""
    assert ("a refusal", actual) == _marked("a refusal", actual)


def test_words_in_another_order_are_no_likeness() -> None:
    """All the same letters do not make the same text."""
    assert ("a b c d e f", "f-e-d-c-b-a") == _marked("a b c d e f", "f-e-d-c-b-a")
    assert ("1 2 3 4 5", "5 4 3 2 1") == _marked("1 2 3 4 5", "5 4 3 2 1")


def test_a_long_text_is_left_alone() -> None:
    """Comparing it would take long, and its reader would see marks everywhere."""
    assert ("a " * 59 + "[b]", "a " * 59 + "[c]") == _marked("a " * 59 + "b", "a " * 59 + "c")
    assert ("a " * 60 + "b", "a " * 60 + "c") == _marked("a " * 60 + "b", "a " * 60 + "c")


def test_equal_texts_have_no_difference() -> None:
    """They are one piece."""
    assert ((Piece("a b", differs=False),), (Piece("a b", differs=False),)) == difference("a b", "a b")
