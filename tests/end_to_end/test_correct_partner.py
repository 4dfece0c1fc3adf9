"""The reference partner without a defect conforms, and nothing about it is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.verdict import Level, RunVerdict, Verdict
from kit_run import run_kit, settings_for


@pytest.mark.parametrize("platform", ["feewise", "standard-webhooks", "wawex"])
def test_the_correct_partner_conforms(platform: str, tmp_path: Path) -> None:
    """Every requirement passes or does not apply, with the waits that users have; what is informative is left open."""
    report = run_kit(settings_for("demo", platform, tmp_path, overrides=()))
    judged = {r.verdict for r in report.requirements if r.level is not Level.INFORMATIVE}

    assert RunVerdict.CONFORMS == report.verdict
    assert {Verdict.PASS, Verdict.NOT_APPLICABLE} == judged
