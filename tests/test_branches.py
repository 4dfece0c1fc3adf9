"""What decides and what tells is covered to the last branch by tests that start no partner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from mutation_score import ROOT, TARGETS, TESTS

# Long texts and long runs go the ways that short ones go, and would be half of the time here.
_LONG: Final = (
    "--ignore=tests/reporting/test_hostile.py",
    "--deselect=tests/test_reporting.py::test_a_run_of_ten_thousand_exchanges_makes_a_page_of_less_than_five_megabytes",
)


def test_every_branch_of_what_decides_and_tells_is_taken(tmp_path: Path) -> None:
    """By the tests of judges, verdicts and reports alone; what no test can reach is deleted."""
    data = f"--data-file={tmp_path / 'coverage'}"
    patterns = ",".join(f"{target}/*" if (ROOT / target).is_dir() else target for target in TARGETS)
    pure = ("-m", "pytest", "-q", "-pno:cacheprovider", "-pno:xdist", *TESTS, *_LONG)
    played = _coverage("run", data, "--branch", f"--include={patterns}", *pure)
    told = _coverage("report", data, f"--include={patterns}", "--show-missing", "--skip-covered", "--fail-under=100")

    assert 0 == played.returncode, played.stdout + played.stderr
    assert 0 == told.returncode, told.stdout + told.stderr


def _coverage(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "coverage", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
