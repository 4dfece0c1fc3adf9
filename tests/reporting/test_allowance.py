"""Room on a page."""

from __future__ import annotations

from conformance.reporting.allowance import Allowance


def test_room_is_given_until_it_is_gone() -> None:
    """What does not fit takes nothing."""
    room = Allowance(10)

    assert [True, False, True, False] == [room.takes(size) for size in (6, 5, 4, 1)]
    assert 0 == room.left
