"""What is left of a kit that was killed: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from conformance.guard import Guard
from kit_process import until
from processes import left_of

SLEEPS: Final = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN: Final = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"
# A kit that starts a process, has it guarded, and is killed.
KILLED: Final = """
import os, signal, subprocess, sys
from pathlib import Path
from conformance.guard import Guard

child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
Guard(child.pid, Path(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def _gone(program: str, folder: Path) -> None:
    marker = {"LEFT_BY_TEST": folder.name}
    (folder / "own").mkdir()
    (folder / "own" / "file").touch()
    command = [sys.executable, "-c", KILLED, program, str(folder / "own")]
    killed = subprocess.run(command, env={**os.environ, **marker}, check=False)

    assert -signal.SIGKILL == killed.returncode
    until("the end of all processes", lambda: not left_of(marker))
    assert not (folder / "own").exists()


def test_what_a_killed_kit_started_ends(tmp_path: Path) -> None:
    """The group ends, its folder goes, and so does the guard."""
    _gone(SLEEPS, tmp_path)


def test_what_does_not_end_politely_is_killed(tmp_path: Path) -> None:
    """A partner that ignores SIGTERM ends none the less."""
    _gone(STUBBORN, tmp_path)


def test_a_dismissed_guard_touches_nothing(tmp_path: Path) -> None:
    """A kit that sees to everything itself keeps what it wants to keep; twice is once."""
    process = subprocess.Popen([sys.executable, "-c", SLEEPS], start_new_session=True)
    try:
        guard = Guard(process.pid, tmp_path)
        guard.dismiss()
        guard.dismiss()

        assert None is process.poll()
        assert tmp_path.exists()
    finally:
        process.kill()
        process.wait()
