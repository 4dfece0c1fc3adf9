"""Where instants lie on the axis of a story."""

from __future__ import annotations

import pytest

from conformance.reporting.time_axis import Break, Tick, time_axis


def test_what_happens_at_an_even_pace_is_true_to_scale() -> None:
    """Twice the time takes twice the room."""
    axis = time_axis([1.0, 2.0, 4.0], [4.5], height=70)

    assert [0.0, 20.0, 60.0, 70.0] == [axis.y(instant) for instant in (1.0, 2.0, 4.0, 4.5)]
    assert (20.0, ()) == (axis.scale, axis.breaks)


def test_what_lies_between_two_instants_is_in_proportion() -> None:
    """And what lies outside is drawn at the edge."""
    axis = time_axis([0.0, 1.0], [3.0], height=30)

    assert [0.0, 15.0, 30.0, 0.0, 30.0] == [axis.y(instant) for instant in (0.0, 1.5, 3.0, -1.0, 9.0)]


def test_pauses_that_grow_are_not_broken() -> None:
    """A partner that waits longer each time is seen to do so."""
    assert () == time_axis([0, 1, 3, 7, 15, 31], [], height=100).breaks


def test_a_long_time_of_nothing_is_a_break() -> None:
    """It takes the same room however long it was, and the rest keeps one scale."""
    axis = time_axis([0.0, 0.1, 0.2, 30.2], [0.25, 30.4], height=90)

    assert 0.45 * axis.scale == pytest.approx(90)
    assert 1 == len(axis.breaks)
    (gap,) = axis.breaks
    assert [29.95, 30.0] == pytest.approx([gap.seconds, gap.bottom - gap.top])
    assert 120.0 == pytest.approx(axis.height)


def test_a_pause_of_eleven_times_the_usual_is_not_yet_one() -> None:
    """The usual pause is the lower one in the middle; pauses too short to be told apart do not count."""
    starts = [0.0, 0.0001, 1.0001, 2.0001]

    assert () == time_axis([*starts, 13.0], [], height=90).breaks
    assert [11.1] == [pytest.approx(gap.seconds) for gap in time_axis([*starts, 13.1001], [], height=90).breaks]


def test_one_exchange_has_no_break() -> None:
    """However long it took."""
    axis = time_axis([5.0], [5.0001, 25.0], height=60)

    assert (60.0, ()) == (axis.height, axis.breaks)


def test_one_instant_is_an_axis() -> None:
    """Of no length."""
    axis = time_axis([5.0], [], height=60)

    assert (0.0, 0.0, (Tick(0.0, "0.0000 s"),)) == (axis.height, axis.y(5.0), axis.ticks())


def test_exchanges_at_one_instant_break_every_longer_pause() -> None:
    """They have no usual pause."""
    axis = time_axis([5.0, 5.0], [6.0, 6.001], height=60)

    assert (Break(0.0, 30.0, 1.0),) == axis.breaks


def test_ticks_are_round_numbers() -> None:
    """As many as there is room for."""
    ticks = time_axis([10.0, 11.0, 12.0], [14.0], height=200).ticks()

    assert ("0 s", "1 s", "2 s", "3 s", "4 s") == tuple(tick.label for tick in ticks)
    assert [0.0, 50.0, 100.0, 150.0, 200.0] == [tick.y for tick in ticks]


@pytest.mark.parametrize(
    ("height", "labels"),
    [(100, ["0 s", "2 s", "4 s"]), (60, ["0 s"]), (400, ["0.0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s"])],
)
def test_ticks_keep_their_distance(height: int, labels: list[str]) -> None:
    """The step is the smallest of one, two and five that leaves forty pixels."""
    ticks = time_axis([0.0, 1.0, 2.0], [4.0], height=height).ticks()

    assert labels == [tick.label for tick in ticks][:5]


def test_a_stretch_after_a_break_begins_with_a_tick() -> None:
    """Whatever its number, and round numbers follow where they do not stand too close to it."""
    axis = time_axis([0.0, 1.0, 2.0, 3.0, 103.3, 104.3, 105.3], [], height=250)

    assert ["0 s", "1 s", "2 s", "3 s", "103 s", "104 s", "105 s"] == [tick.label for tick in axis.ticks()]
    assert [axis.y(103.3), axis.y(104.0), axis.y(105.0)] == [tick.y for tick in axis.ticks()][4:]
