"""The time axis of a story: one scale for all that happens, and a marked break in place of a long time of nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low
from typing import Final

__all__ = ["Break", "Tick", "TimeAxis", "time_axis"]

# How much longer than the usual pause between two exchanges a pause must be to be broken.
_TIMES_USUAL: Final = 11.0
# Below this pauses are not told apart: half a millisecond is noise.
_SHORTEST: Final = 0.0005
_BREAK: Final = 30.0
_BETWEEN_TICKS: Final = 40.0
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis: where, and how many seconds after the beginning."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Break:
    """A pause that is drawn shorter than it was: where, and for how many seconds nothing happened."""

    top: float
    bottom: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Where each instant lies; `instants` and `places` go together, and what lies between is proportional."""

    instants: tuple[float, ...]
    places: tuple[float, ...]
    scale: float
    breaks: tuple[Break, ...]

    @property
    def height(self) -> float:
        """From the first instant to the last."""
        return self.places[-1]

    def y(self, instant: float) -> float:
        """Where an instant lies; what lies outside is drawn at the edge."""
        if instant <= self.instants[0]:
            return 0.0
        for (begun, ended), (top, bottom) in zip(pairwise(self.instants), pairwise(self.places), strict=True):
            if instant <= ended:
                return top + (bottom - top) * (instant - begun) / (ended - begun)
        return self.height

    def ticks(self) -> tuple[Tick, ...]:
        """One where each stretch without a break begins, and round numbers of seconds in between."""
        step = _step(self.scale)
        decimals = max(0, -math.floor(math.log10(step)))
        first = self.instants[0]
        ticks = []
        for begun, ended in self._stretches():
            start = self.y(begun)
            ticks.append(Tick(start, f"{begun - first:.{decimals}f} s"))
            number = math.ceil((begun - first) / step)
            while (instant := first + number * step) <= ended:
                if self.y(instant) - start >= _BETWEEN_TICKS / 2:
                    ticks.append(Tick(self.y(instant), f"{number * step:.{decimals}f} s"))
                number += 1
        return tuple(ticks)

    def _stretches(self) -> list[tuple[float, float]]:
        """From when to when there is no break."""
        tops = {each.top for each in self.breaks}
        edges = [self.instants[0]]
        for (begun, ended), top in zip(pairwise(self.instants), self.places, strict=False):
            if top in tops:
                edges += [begun, ended]
        edges.append(self.instants[-1])
        return list(zip(edges[::2], edges[1::2], strict=True))


def time_axis(starts: Sequence[float], others: Iterable[float], *, height: float) -> TimeAxis:
    """An axis for exchanges that began at `starts`, with `height` for all but the breaks."""
    instants = sorted({*starts, *others})
    longest = max(_usual_pause(starts), _SHORTEST) * _TIMES_USUAL
    pauses = [later - earlier for earlier, later in pairwise(instants)]
    broken = [len(starts) > 1 and pause > longest for pause in pauses]
    shown = sum(pause for pause, is_broken in zip(pauses, broken, strict=True) if not is_broken)
    scale = height / max(shown, _SHORTEST)
    places, breaks = [0.0], []
    for pause, is_broken in zip(pauses, broken, strict=True):
        top = places[-1]
        places.append(top + (_BREAK if is_broken else pause * scale))
        if is_broken:
            breaks.append(Break(top, places[-1], pause))
    return TimeAxis(tuple(instants), tuple(places), scale, tuple(breaks))


def _usual_pause(starts: Sequence[float]) -> float:
    pauses = [later - earlier for earlier, later in pairwise(sorted(starts)) if later - earlier > _SHORTEST]
    return median_low(pauses) if pauses else 0.0


def _step(scale: float) -> float:
    """The smallest round number of seconds that takes enough room."""
    power = math.floor(math.log10(_BETWEEN_TICKS / scale))
    return next(
        step
        for exponent in (power, power + 1)
        for digit in _STEPS
        if (step := digit * 10.0**exponent) * scale >= _BETWEEN_TICKS
    )
