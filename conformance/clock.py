"""The clocks of a run. Everything that needs a time takes one of these as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]


class Clock:
    """Seconds since the start of the run, wall time, and time stamps of the platform that are never equal."""

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._monotonic = monotonic
        self._started = monotonic()
        self._wall_started = wall()
        self._given: set[int] = set()

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the run."""
        return self._monotonic() - self._started

    @property
    def now(self) -> float:
        """Seconds since the epoch, steady even when the system clock is set."""
        return self._wall_started + self.elapsed

    def started_at(self) -> str:
        """The start of the run, UTC, ISO 8601."""
        return _text(int(self._wall_started * 1_000_000))

    def stamp(self, *, age: float = 0.0) -> str:
        """A time stamp `age` seconds in the past, UTC with six fraction digits, given once and never again."""
        microseconds = int((self.now - age) * 1_000_000)
        while microseconds in self._given:
            microseconds += 1
        self._given.add(microseconds)
        return _text(microseconds)


def _text(microseconds: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
