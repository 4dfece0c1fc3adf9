"""The worker: threads that handle inbox events in the background, each at the time that is due for it."""

from __future__ import annotations

import heapq
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Worker"]


class Worker:
    """A few threads and a schedule: a retry waits in the schedule, so that only a call under way holds a thread."""

    def __init__(
        self,
        handle: Callable[[str, int], float | None],
        give_up: Callable[[str], None],
        *,
        threads: int = 8,
        waits: bool = False,
    ) -> None:
        """`handle` gets a key and the number of the try; it gives the seconds until the next one, None when done.

        One that `waits` keeps its thread until then, which is a defect.
        """
        self._waits = waits
        self._handle = handle
        self._give_up = give_up
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, str, int]] = []
        self._sequence = 0
        self._is_stopping = False
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, seconds: float = 0.5) -> bool:
        """Let the threads end after what they have in hand; gives whether they did within about this time."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def add(self, key: str, *, tries: int = 1, delay: float = 0.0) -> None:
        """Have an event handled after `delay` seconds."""
        with self._changed:
            self._sequence += 1
            heapq.heappush(self._due, (time.monotonic() + delay, self._sequence, key, tries))
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until the condition holds, which is looked at after each event; gives whether it does."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            key, tries = taken
            try:
                wait = self._handle(key, tries)
            except Exception as error:  # noqa: BLE001 - a poison event must not take its thread along
                sys.stderr.write(f"an event could not be handled: {type(error).__name__}\n")
                self._give_up(key)
                wait = None
            while wait is not None and self._waits:
                time.sleep(wait)
                tries += 1
                wait = self._handle(key, tries)
            if wait is not None:
                self.add(key, tries=tries + 1, delay=wait)
            with self._changed:
                self._changed.notify_all()

    def _take(self) -> tuple[str, int] | None:
        """Wait for the next event that is due; None when the worker stops."""
        with self._changed:
            while not self._is_stopping:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    _, _, key, tries = heapq.heappop(self._due)
                    return key, tries
                self._changed.wait(wait)
        return None
