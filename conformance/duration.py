"""Durations as people write them: 30s, 5m, 1h or 2d."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["duration_of"]

_FORM: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)", re.ASCII)
_SECONDS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def duration_of(text: str) -> float:
    """The seconds that a text means.

    Raises ValueError for a text that is no duration, or one that is not longer than nothing.
    """
    found = _FORM.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text!r} is not a duration")
    return seconds
