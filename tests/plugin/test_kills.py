"""Runs that are killed at moments nobody chose: never a green report, always evidence, and nothing left behind.

`CONFORMANCE_KILLS=50` tries that many moments, in place of a few.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from click.testing import CliRunner

from conformance.cli import main
from kit_process import begun, finished, journal, report, until
from processes import left_of

_MOMENTS: Final = int(os.environ.get("CONFORMANCE_KILLS", "5"))
_SIGNALS: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_RUN: Final = ("ACK-01", "SIG-01", "SIG-05", "DUP-01")
# So many records such a run writes, about.
_RECORDS: Final = 137
_OLD: Final = '{"verdict": "conforms", "of": "an earlier run"}\n'
_FILES: Final = ("report.json", "report.html", "summary.md", "exchanges.har", "junit.xml", "journal.jsonl")
_STATUS: Final = {"conforms": 0, "fails": 1, "incomplete": 3}


def _moment(random: Random, process: subprocess.Popen[str], folder: Path) -> Callable[[], bool]:
    """A moment of a run: some time after the start, so many records into it, or about its end."""
    size = random.randrange(1, _RECORDS)
    due = time.monotonic() + random.uniform(0, 2.5)
    moments: dict[str, Callable[[], bool]] = {
        "some time after the start": lambda: time.monotonic() > due,
        "so many records into it": lambda: len(_records(folder)) >= size,
        "at its end": lambda: '"record":"end"' in "".join(_records(folder)[-1:]),
    }
    chosen = moments[random.choices(list(moments), weights=(2, 5, 2))[0]]
    return lambda: chosen() or process.poll() is not None


def _records(folder: Path) -> list[str]:
    """The lines of this run's journal, without that of the earlier one."""
    path = folder / "reports" / "journal.jsonl"
    return path.read_text(encoding="ascii").split("\n")[:-1] if path.exists() and path.read_text() != _OLD else []


@pytest.mark.parametrize("seed", range(_MOMENTS))
def test_a_killed_run_is_never_green(seed: int, tmp_path: Path) -> None:
    """Whatever kills it and whenever, no report says more than was played, and no process or file is left."""
    random = Random(seed)  # noqa: S311  # moments can be tried again
    marker = {"LEFT_BY_TEST": tmp_path.name}
    temporary = tmp_path / "temporary"
    for folder in (temporary, tmp_path / "reports"):
        folder.mkdir()
    for name in _FILES:
        (tmp_path / "reports" / name).write_text(_OLD, encoding="ascii")
    chosen = [word for name in _RUN for word in ("--requirement", name)]
    process = begun(
        tmp_path,
        *chosen,
        platform="standard-webhooks",
        environment={**marker, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
    )
    number = _SIGNALS[seed % len(_SIGNALS)]
    until("the moment", _moment(random, process, tmp_path))
    process.send_signal(number)
    done = finished(process)

    _nothing_old(tmp_path, done.output)
    _nothing_green(tmp_path)
    until("the end of all processes", lambda: not left_of(marker), within=120)
    assert [] == [path.name for path in temporary.iterdir() if not path.name.startswith("pytest-of-")]


def _nothing_old(folder: Path, output: str) -> None:
    """As soon as a run has begun, nothing stands beside it that could be taken for its own."""
    reports = folder / "reports"
    left = [name for name in _FILES if (reports / name).exists() and (reports / name).read_text("utf-8") == _OLD]
    has_begun = "collected" in output and "items" in output

    assert left in ([], list(_FILES))
    assert left == [] or "report: " not in output
    assert left == [] or not has_begun or not _records(folder)


def _nothing_green(folder: Path) -> None:
    """A report says that the run did not finish, unless it did; and so does the journal, judged again."""
    records = [] if not _records(folder) else journal(folder)
    has_finished = any(r["record"] == "end" and r["ending"] == "finished" for r in records)
    found: dict[str, Any] = {}
    if (folder / "reports" / "report.json").exists() and not _is_old(folder):
        found = report(folder)
        assert found["verdict"] in (["conforms"] if has_finished else ["incomplete"])
        assert (found["ending"] == "finished") == has_finished
    if not records:
        assert found == {}
        return
    again = CliRunner().invoke(main, ["judge", str(folder / "reports" / "journal.jsonl"), "--json"])
    told = json.loads(again.output)

    assert again.exit_code == _STATUS[told["verdict"]]
    assert told["verdict"] == ("conforms" if has_finished else "incomplete"), again.output
    assert has_finished or "INTERRUPTED" in CliRunner().invoke(main, ["judge", str(folder / "reports")]).output


def _is_old(folder: Path) -> bool:
    return (folder / "reports" / "report.json").read_text(encoding="utf-8") == _OLD
