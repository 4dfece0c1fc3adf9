"""Runs that are cut short: by Ctrl-C, by SIGTERM, and by SIGKILL."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from kit_process import begun, command, finished, journal, kit, report, until
from processes import left_of


def _begun(folder: Path) -> subprocess.Popen[str]:
    """A run of everything, once it has played a story of it; many are still to come."""
    process = begun(folder, "--conformance-concurrency=1", environment={"LEFT_BY_TEST": folder.name})

    def played() -> bool:
        assert process.poll() is None, process.communicate()[0]
        plays = [record for record in journal(folder) if record["record"] == "play"]
        return any(play["outcome"] == "played" and play["story"] != "calibration" for play in plays)

    until("a story that was played", played)
    return process


def _nothing_left(folder: Path) -> None:
    until("the end of all processes", lambda: not left_of({"LEFT_BY_TEST": folder.name}), within=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_its_report(number: signal.Signals, tmp_path: Path) -> None:
    """The report says that it was interrupted and lists what did not run; the status is pytest's for interruptions."""
    process = _begun(tmp_path)
    process.send_signal(number)
    done = finished(process)

    found = report(tmp_path)
    ran = {play["name"] for play in found["plays"] if play["outcome"] == "played"}
    assert done.status == 2, done.output
    assert "Traceback" not in done.output
    assert "interrupted" in done.output
    assert (found["ending"], found["ending_reason"]) == ("interrupted", "interrupted by the operator")
    assert found["verdict"] != "conforms"
    assert ran
    assert 0 < len(found["not_run"]) < len(found["plan"])
    assert set(found["not_run"]) == {
        item["name"] for r in found["requirements"] for item in r["items"] if item["verdict"] == "NOT_RUN"
    }
    _nothing_left(tmp_path)


def test_a_killed_run_can_be_judged(tmp_path: Path) -> None:
    """After SIGKILL the partner ends by itself, and the journal gives a report of what was played."""
    process = _begun(tmp_path)
    process.kill()
    finished(process)

    again = command(tmp_path, "judge", "reports/journal.jsonl", "--report-dir", "reports")

    assert again.status == 3, again.output
    assert (report(tmp_path)["ending"], report(tmp_path)["verdict"]) == ("interrupted", "incomplete")
    assert "the run was killed" in json.dumps(report(tmp_path))
    _nothing_left(tmp_path)


def test_a_second_run_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    """While a run writes to a folder another one does not begin there, and takes nothing from the first."""
    process = _begun(tmp_path)
    second = kit(tmp_path, "--requirement", "UNK-01")
    size = len(journal(tmp_path))
    process.send_signal(signal.SIGINT)
    first = finished(process)

    assert second.status == 4, second.output
    assert "Another run is writing to reports" in second.output
    assert "Traceback" not in second.output
    assert first.status == 2, first.output
    assert len(journal(tmp_path)) >= size > 0
    assert report(tmp_path)["ending"] == "interrupted"
