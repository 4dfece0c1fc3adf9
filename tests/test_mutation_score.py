"""The score tells what tests notice and what they do not."""

from __future__ import annotations

import re
import subprocess
import sys

from mutation_score import ROOT


def _scored(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tests/mutation_score.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


def test_tests_of_a_module_notice_what_is_done_to_it() -> None:
    """In its functions, and in what is done when it is imported."""
    scored = _scored("conformance/judge/payloads.py", "--tests", "tests/judge/test_payloads.py")

    assert 0 == scored.returncode, scored.stdout + scored.stderr
    assert re.search(r"100\.0 % +6 of +6 \(6 in all\)  conformance/judge/payloads\.py", scored.stdout)


def test_what_is_made_at_import_may_be_noticed_by_any_test() -> None:
    """The register of judges is read by one that comes by no line of them; of three parts the last is tried."""
    scored = _scored("conformance/judge/payloads.py", "--tests", "tests/judge/test_binding.py", "--part", "3/3")

    assert 1 == scored.returncode, scored.stdout + scored.stderr
    assert re.search(r"50\.0 % +1 of +2 \(6 in all\)  conformance/judge/payloads\.py", scored.stdout)
    assert "'malformed-json'" not in scored.stdout


def test_what_no_test_notices_is_told() -> None:
    """Line by line, and the end of the program says it too."""
    scored = _scored("conformance/judge/values.py", "--sample", "3", "--tests", "tests/judge/test_payloads.py")

    assert 1 == scored.returncode, scored.stdout + scored.stderr
    assert 3 == len(re.findall(r"^    conformance/judge/values\.py:\d+: .+  ->  .+", scored.stdout, re.MULTILINE))
