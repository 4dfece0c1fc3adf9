"""Whether the machine let anybody run while a test waited for others: what a slow verdict may be blamed on.

A machine that is only busy wakes a sleeping process in time; one that its own host holds back does not. The former
excuses nothing but an open verdict, the latter excuses lateness.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

__all__ = ["Processors", "Watch", "watching"]

_BEAT: Final = 0.05
# Measured with five processes that compute on two cores: never later than 6 ms, at load averages of 5 and more.
_LATE: Final = 0.02
_LATE_PART: Final = 0.05
_LONGEST: Final = 0.5
_STOLEN_PART: Final = 0.05
_STALLED_PART: Final = 0.02
_BUSY_PART: Final = 0.9
# Says of each sleep by how many seconds it was too long.
_PROBE: Final = f"""
import time
while True:
    asleep = time.monotonic()
    time.sleep({_BEAT})
    print(time.monotonic() - asleep - {_BEAT}, flush=True)
"""
_STATISTICS: Final = Path("/proc/stat")
_IDLE, _WAITING, _STOLEN = 3, 4, 7


@dataclass(frozen=True, slots=True)
class Processors:
    """What the processors did since the machine started, in ticks; all zero where the system does not tell."""

    total: int = 0
    idle: int = 0
    stolen: int = 0

    @classmethod
    def from_system(cls) -> Processors:
        """As they are now."""
        try:
            words = _STATISTICS.read_text(encoding="ascii").partition("\n")[0].split()
        except OSError:
            return cls()
        # What guests take counts as time of the processes that run them.
        ticks = [int(word) for word in words[1:9]]
        return cls(sum(ticks), ticks[_IDLE] + ticks[_WAITING], ticks[_STOLEN])


@dataclass(slots=True, kw_only=True)
class Watch:
    """What was measured since it was made: how late a sleeping process woke, and what the processors did."""

    clock: Callable[[], float] = time.monotonic
    processors: Callable[[], Processors] = Processors.from_system
    late: float = 0.0
    latest: float = 0.0
    started: float = field(init=False)
    _before: Processors = field(init=False)

    def __post_init__(self) -> None:
        self.started, self._before = self.clock(), self.processors()

    def woke(self, late: float) -> None:
        """A process that slept woke so many seconds late."""
        self.late += late if late > _LATE else 0.0
        self.latest = max(self.latest, late)

    def starved(self, *journals: Path) -> str:
        """A sentence with the figure if the machine was held back, else nothing; stalls in journals of runs count."""
        took = max(self.clock() - self.started, _BEAT)
        if self.late >= _LATE_PART * took or self.latest >= _LONGEST:
            return (
                f"the machine was starved: a sleeping process woke late, by {self.late:.1f} s in {took:.0f} s, "
                f"once by {self.latest:.2f} s"
            )
        stolen = self._part(lambda p: p.stolen)
        if stolen >= _STOLEN_PART:
            return f"the machine was starved: its host took {stolen:.0%} of the processor time"
        for journal in journals:
            stalled, lasted = _stalls(journal)
            if stalled > _STALLED_PART * lasted:
                return f"the machine was starved: the kit stood still for {stalled:.1f} of {lasted:.0f} s"
        return ""

    def busy(self) -> str:
        """A sentence with the figure if the processors had hardly a moment to spare, else nothing."""
        idle = self._part(lambda p: p.idle)
        known = self.processors().total > self._before.total
        return f"the machine was busy for {1 - idle:.0%} of the time" if known and 1 - idle >= _BUSY_PART else ""

    def _part(self, of: Callable[[Processors], int]) -> float:
        now = self.processors()
        return (of(now) - of(self._before)) / max(1, now.total - self._before.total)


def _stalls(journal: Path) -> tuple[float, float]:
    """For how long the kit stood still, of how many seconds, by its own account."""
    text = journal.read_text(encoding="ascii") if journal.exists() else ""
    records = [json.loads(line) for line in text.split("\n")[:-1]]
    stalled = sum(r["ended"] - r["started"] for r in records if r["record"] == "stall")
    return stalled, max((r["ended"] for r in records if r.get("ended")), default=0.0)


@contextmanager
def watching() -> Iterator[Watch]:
    """Measure while the block runs, by a process of its own: a thread of this one would wait for its interpreter."""
    watch = Watch()
    probe = subprocess.Popen([sys.executable, "-I", "-S", "-c", _PROBE], stdout=subprocess.PIPE, text=True)
    assert probe.stdout is not None
    reader = threading.Thread(target=_listen, args=(watch, probe.stdout), name="starvation-probe", daemon=True)
    reader.start()
    try:
        yield watch
    finally:
        probe.kill()
        probe.wait()
        reader.join()
        probe.stdout.close()


def _listen(watch: Watch, lines: Iterable[str]) -> None:
    for line in lines:
        watch.woke(float(line))
