"""A platform that is data and nothing else: judged whole, and its zoo with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.reference.defects import DEFECTS
from conformance.verdict import Level, RunVerdict, Verdict
from kit_run import run_kit, settings_for, verdicts
from parcel_service import LARKPOST


def test_the_correct_partner_conforms(tmp_path: Path) -> None:
    """Every requirement passes or does not apply; what is informative is left open."""
    report = run_kit(settings_for("demo", LARKPOST, tmp_path))
    open_or_worse = {
        r.requirement.id: r.verdict
        for r in report.requirements
        if r.level is not Level.INFORMATIVE and r.verdict not in {Verdict.PASS, Verdict.NOT_APPLICABLE}
    }

    assert {} == open_or_worse
    assert RunVerdict.CONFORMS == report.verdict


@pytest.mark.parametrize("defect", ["accepts-any-signature", "lets-second-body-win", "mixes-tenants"])
def test_each_defect_is_caught(defect: str, tmp_path: Path) -> None:
    """The requirement that a defect is named for fails, although nothing about the platform is the kit's."""
    named = DEFECTS[defect].requirement
    report = run_kit(settings_for(f"demo:{defect}", LARKPOST, tmp_path, requirements=(named,)))

    assert verdicts(report)[named] in {Verdict.FAIL, Verdict.WARN}
