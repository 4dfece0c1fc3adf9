"""The reference partner without a defect conforms, and nothing about it is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.verdict import RunVerdict, Verdict
from kit_run import run_kit, settings_for, verdicts


@pytest.mark.parametrize("platform", ["feewise", "wawex"])
def test_the_correct_partner_conforms(platform: str, tmp_path: Path) -> None:
    """Every requirement passes or does not apply, with the waits that users have."""
    report = run_kit(settings_for("demo", platform, tmp_path, overrides=()))

    assert RunVerdict.CONFORMS == report.verdict
    assert {Verdict.PASS, Verdict.NOT_APPLICABLE} == set(verdicts(report).values())
