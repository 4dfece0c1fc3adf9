"""Numbers with what they count."""

from __future__ import annotations

import pytest

from conformance.quantity import named, times


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, ("0 items", "0 tries", "0 times")), (1, ("1 item", "1 try", "once")), (2, ("2 items", "2 tries", "2 times"))],
)
def test_a_noun_agrees_with_its_number(number: int, said: tuple[str, str, str]) -> None:
    """One is not many, and nor is none one."""
    assert said == (named(number, "item"), named(number, "try", "tries"), times(number))
