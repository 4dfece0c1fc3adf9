"""The measure of starvation tells a machine that is held back from one that only has much to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from starvation import Processors, Watch, watching


def _clock(*times: float) -> Iterator[float]:
    yield from times
    while True:
        yield times[-1]


def _watch(*processors: Processors, took: float = 100.0) -> Watch:
    times, states = _clock(0.0, took), iter([*processors, *(processors[-1:] * 9)])
    return Watch(clock=lambda: next(times), processors=lambda: next(states, Processors()))


def test_a_machine_that_runs_everybody_is_not_starved() -> None:
    """A thread that wakes in time, and processors that are nobody else's, are no excuse."""
    watch = _watch(Processors(1000, 500, 10), Processors(2000, 1000, 20))
    for _ in range(1000):
        watch.woke(0.01)

    assert ("", "") == (watch.starved(), watch.busy())


def test_a_process_that_wakes_late_again_and_again_is_told() -> None:
    """Many short delays that make up a twentieth of the time are starvation."""
    watch = _watch()
    for _ in range(60):
        watch.woke(0.1)

    assert "woke late, by 6.0 s in 100 s, once by 0.10 s" in watch.starved()


def test_one_long_delay_is_told() -> None:
    """Half a second in which nobody ran is more than the margin of any verdict on time."""
    watch = _watch()
    watch.woke(0.5)

    assert "once by 0.50 s" in watch.starved()


def test_stolen_time_is_told() -> None:
    """What the host of a virtual machine takes for others is starvation, however little else shows it."""
    watch = _watch(Processors(1000, 500, 10), Processors(2000, 1000, 70))

    assert "its host took 6% of the processor time" in watch.starved()


def test_a_kit_that_stood_still_is_told(tmp_path: Path) -> None:
    """The stalls that a run wrote down count, by their part of the run."""
    path = tmp_path / "journal.jsonl"
    records = [
        {"record": "stall", "started": 1.0, "ended": 3.5},
        {"record": "play", "started": 0.0, "ended": 100.0},
        {"record": "play", "started": 4.0, "ended": None},
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="ascii")

    assert "the kit stood still for 2.5 of 100 s" in _watch().starved(path)
    assert "" == _watch().starved(tmp_path / "none.jsonl")


def test_a_busy_machine_is_told_as_such() -> None:
    """Processors without a moment to spare are said to be busy, and not starved."""
    watch = _watch(Processors(1000, 500, 10), Processors(2000, 540, 20))

    assert ("", "the machine was busy for 96% of the time") == (watch.starved(), watch.busy())


def test_a_system_that_tells_nothing_is_not_busy() -> None:
    """Where there are no statistics, nothing is made of them."""
    watch = _watch()

    assert ("", "") == (watch.starved(), watch.busy())


def test_the_probe_measures_a_real_process() -> None:
    """While the block runs a process of its own reports each of its beats."""
    with watching() as watch:
        before = watch.latest
        while watch.latest <= before:
            pass

    assert 0 < watch.latest
