"""What decides and what tells is covered to the last branch by tests that start no partner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mutation_score import ROOT, TARGETS, TESTS


def test_every_branch_of_what_decides_and_tells_is_taken(tmp_path: Path) -> None:
    """By the tests of judges, verdicts and reports alone; what no test can reach is deleted."""
    data = f"--data-file={tmp_path / 'coverage'}"
    played = _coverage(
        "run", data, "--branch", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *TESTS
    )
    patterns = ",".join(f"{target}/*" if (ROOT / target).is_dir() else target for target in TARGETS)
    told = _coverage("report", data, f"--include={patterns}", "--show-missing", "--skip-covered", "--fail-under=100")

    assert 0 == played.returncode, played.stdout + played.stderr
    assert 0 == told.returncode, told.stdout + told.stderr


def _coverage(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "coverage", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
