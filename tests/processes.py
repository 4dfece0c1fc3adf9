"""What a run leaves behind: the processes that it started, found by a variable that they inherit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

__all__ = ["left_of"]


def left_of(marker: Mapping[str, str]) -> list[int]:
    """The processes whose environment holds the marker; the test is skipped where that cannot be seen."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("this system does not show the environment of processes")
    wanted = {f"{name}={value}".encode() for name, value in marker.items()}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            held = set((folder / "environ").read_bytes().split(b"\0"))
        except OSError:
            continue  # it has ended, or belongs to somebody else
        if wanted <= held and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found
