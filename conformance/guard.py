"""Who tidies up after a kit that was killed: a small process that outlives it for a moment.

It holds nothing but the reading end of a pipe. When the kit dies, by SIGKILL say, the pipe closes, and the guard ends
the process group and removes the folder that the kit can no longer see to.
This file is a module of the kit and the program of the guard, which starts in milliseconds and imports nothing else.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

__all__ = ["Guard"]

_END_WITHIN: Final = 5.0
_LOOK_AGAIN: Final = 0.05
_DISMISSED: Final = b"."


class Guard:
    """Watches over a process group, and a folder of its own files, until it is dismissed."""

    def __init__(self, group: int, folder: Path | None = None) -> None:
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(  # noqa: S603  # this very file
            [sys.executable, "-I", "-S", __file__, str(group), *([str(folder)] if folder is not None else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What is killed with the kit's own group, a job of a pipeline say, must not take the guard with it.
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Let it go: the kit has seen to everything."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(BrokenPipeError):  # somebody has killed it
            process.communicate(_DISMISSED)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _end(group: int) -> None:
    """End a group as the kit does: politely first, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        deadline = time.monotonic() + _END_WITHIN
        while _lives(group) and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN)


def _watch(group: str, *folder: str) -> None:
    if os.read(sys.stdin.fileno(), 1) == _DISMISSED:
        return
    _end(int(group))
    for each in folder:
        shutil.rmtree(each, ignore_errors=True)


if __name__ == "__main__":
    _watch(*sys.argv[1:])
