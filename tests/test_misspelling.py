"""What was probably meant by a name that there is not."""

from __future__ import annotations

import pytest

from conformance.misspelling import guessed, meant

KNOWN = ("feewise", "standard-webhooks", "wawex", "SIG-01", "SIG-10")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("feewize", "feewise"), ("FeeWise", "feewise"), ("sig-1", "SIG-01"), ("parcels", ""), ("", "")],
)
def test_the_name_that_resembles_it_most_is_meant(name: str, expected: str) -> None:
    """Whatever the case; where nothing resembles it, nothing is said."""
    assert expected == meant(name, KNOWN)


def test_a_guess_stands_before_the_hint() -> None:
    """And where there is none, the hint stands alone."""
    assert "Did you mean 'wawex'? See the list." == guessed("wavex", KNOWN, "See the list.")
    assert "See the list." == guessed("parcels", KNOWN, "See the list.")
