from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from conformance.clock import Clock

START = 1_760_000_000.25


class Hand:
    """The hand of a clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.at


def test_time_passes_from_the_start_of_the_run() -> None:
    """`elapsed` is zero at first, and `now` goes with it, whatever the system's clock does meanwhile."""
    hand, wall = Hand(), Hand()
    wall.at = START
    clock = Clock(monotonic=hand, wall=wall)
    first = (clock.elapsed, clock.now)
    hand.at += 2.5
    wall.at -= 3600

    assert (0.0, START) == first
    assert (2.5, START + 2.5) == (clock.elapsed, clock.now)
    assert "2025-10-09T08:53:20.250000Z" == clock.started_at()


def test_stamps_of_one_instant_are_unique_and_increasing() -> None:
    """A platform never makes two things at the same microsecond."""
    clock = Clock(monotonic=Hand(), wall=lambda: START)
    stamps = [clock.stamp() for _ in range(1000)]

    assert sorted(set(stamps)) == stamps


def test_a_stamp_is_as_old_as_asked() -> None:
    """`age` is in seconds, and the form is RFC 3339 in UTC with six digits."""
    clock = Clock(monotonic=Hand(), wall=lambda: START)

    assert "2025-10-09T08:52:20.250000Z" == clock.stamp(age=60)
    assert datetime(2025, 10, 9, 8, 53, 20, 250_000, tzinfo=UTC) == datetime.fromisoformat(clock.stamp())


@given(st.lists(st.floats(min_value=0, max_value=1e6)))
def test_stamps_are_never_equal(ages: list[float]) -> None:
    """Whatever ages are asked for, no stamp is given twice."""
    clock = Clock(monotonic=Hand(), wall=lambda: START)
    stamps = [clock.stamp(age=age) for age in ages]

    assert len(ages) == len(set(stamps))


def test_a_real_clock_goes_forward() -> None:
    """The clock of a run is the machine's."""
    clock = Clock()
    first = clock.elapsed

    assert 0 <= first <= clock.elapsed
    assert abs(clock.now - datetime.now(UTC).timestamp()) < 5
