"""Each switch of the reference partner breaks one thing, and the requirement that it is named for catches it."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit_run import run_kit, settings_for, verdicts

from conformance.catalogue import shipped_catalogue
from conformance.platform.specification import read_specification
from conformance.reference.defects import DEFECTS, Defect
from conformance.verdict import Verdict

_FEATURES = {name: read_specification(name).description.features for name in ("feewise", "wawex")}


def _platform(defect: Defect) -> str:
    needed = set(shipped_catalogue()[defect.requirement].applies_when)
    return "feewise" if needed <= _FEATURES["feewise"] else "wawex"


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=lambda defect: defect.name)
def test_a_defect_is_caught_by_the_requirement_that_names_it(defect: Defect, tmp_path: Path) -> None:
    """A partner with one defect does not pass the requirement that forbids it."""
    settings = settings_for(
        f"demo:{defect.name}", _platform(defect), tmp_path, requirements=(defect.requirement,)
    )

    found = verdicts(run_kit(settings))

    assert found[defect.requirement] in {Verdict.FAIL, Verdict.WARN}


def test_every_requirement_has_a_defect() -> None:
    """No requirement is without a switch of the reference partner that breaks it."""
    assert set(shipped_catalogue().requirements) == {defect.requirement for defect in DEFECTS.values()}


@pytest.mark.parametrize("platform", ["feewise", "wawex"])
def test_the_correct_partner_passes(platform: str, tmp_path: Path) -> None:
    """The reference partner without a defect conforms, and nothing about it is left open."""
    report = run_kit(settings_for("demo", platform, tmp_path, overrides=()))

    assert {Verdict.PASS, Verdict.NOT_APPLICABLE} == set(verdicts(report).values())
