"""The reference partner without a defect conforms, and nothing about it is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

import rotating_platform
from conformance.catalogue import shipped_catalogue
from conformance.verdict import Level, RunVerdict, Verdict
from kit_run import run_kit, settings_for, verdicts


@pytest.mark.parametrize("platform", ["feewise", "wawex"])
def test_the_correct_partner_conforms(platform: str, tmp_path: Path) -> None:
    """Every requirement passes or does not apply, with the waits that users have; what is informative is left open."""
    report = run_kit(settings_for("demo", platform, tmp_path, overrides=()))
    judged = {r.verdict for r in report.requirements if r.level is not Level.INFORMATIVE}

    assert RunVerdict.CONFORMS == report.verdict
    assert {Verdict.PASS, Verdict.NOT_APPLICABLE} == judged


def test_the_correct_partner_is_authentic_where_keys_rotate(tmp_path: Path) -> None:
    """Several signatures, versions and a change of keys are no trouble, and its own key counts afterwards."""
    platform = str(rotating_platform.platform(tmp_path))
    chapter = [r.id for r in shipped_catalogue().requirements.values() if r.chapter == "authenticity"]
    report = run_kit(settings_for("demo", platform, tmp_path, requirements=tuple(chapter)))
    found = verdicts(report)

    assert RunVerdict.CONFORMS == report.verdict
    assert {Verdict.PASS} == {verdict for name, verdict in found.items() if name != "SIG-14"}
    assert Verdict.NOT_ASSESSABLE == found["SIG-14"]
