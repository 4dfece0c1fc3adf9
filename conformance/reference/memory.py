"""Event ids kept in memory in place of the store: three ways in which a partner forgets them."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reference.defects import Defects

__all__ = ["Memory"]

_RECENT = 100
_WORKERS = 8
# Between the look and the note lies what a database needs for both.
_SECONDS_BETWEEN = 0.05


class Memory:
    """What one of the forgetting defects knows of events; a partner without one has no use for it."""

    def __init__(self, defects: Defects) -> None:
        """Remember nothing yet."""
        self._looks_first = defects.on("looks-before-it-stores")
        self._forgets = defects.on("forgets-after-100-events")
        self._is_divided = defects.on("remembers-per-worker")
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._own: set[str] = set()
        self._recent: deque[str] = deque(maxlen=_RECENT)
        self._turn = itertools.count(1)

    @property
    def decides(self) -> bool:
        """Say whether the memory decides what is known, and not the store."""
        return self._looks_first or self._forgets or self._is_divided

    def knows(self, key: str) -> bool:
        """Say whether an event is known, and know it from now on."""
        if self._looks_first:
            return self._knew_before_noting(key)
        with self._lock:
            if self._forgets:
                return self._knew_recently(key)
            memory = self._own if next(self._turn) % _WORKERS == 0 else self._known
            known = key in memory
            memory.add(key)
            return known

    def _knew_before_noting(self, key: str) -> bool:
        known = key in self._known
        time.sleep(_SECONDS_BETWEEN)
        self._known.add(key)
        return known

    def _knew_recently(self, key: str) -> bool:
        known = key in self._recent
        if not known:
            self._recent.append(key)
        return known
