"""Each switch of the reference partner breaks one thing, and the requirement that it is named for catches it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

import rotating_platform
from conformance.catalogue import shipped_catalogue
from conformance.platform.specification import read_specification
from conformance.reference.defects import DEFECTS, Defect
from conformance.report import Report
from conformance.verdict import Level, Verdict
from kit_run import QUICK, run_kit, settings_for, verdicts

# Runs mostly wait, so that several share the machine well.
_AT_ONCE = 4
_CAUGHT = frozenset({Verdict.FAIL, Verdict.WARN})


def _platform(defect: Defect, folder: Path) -> str:
    """FeeWise where the requirement applies there, else Wawex, else the platform of the tests."""
    needed = set(shipped_catalogue()[defect.requirement].applies_when)
    shipped = (name for name in ("feewise", "wawex") if needed <= read_specification(name).description.features)
    return next(shipped, None) or str(rotating_platform.platform(folder))


# What tries for ever shows itself only in a window that its tries overrun, and who never answers does so sooner where
# the limit is short.
_WAITS = {"FET-07": ("waits.effect=4", "waits.retry=15"), "OWN-03": (*QUICK, "acknowledgement.limit=1")}


def _judged(defect: Defect, folder: Path) -> Report:
    waits = _WAITS.get(defect.requirement, QUICK)
    settings = settings_for(
        f"demo:{defect.name}",
        _platform(defect, folder),
        folder,
        requirements=(defect.requirement,),
        overrides=waits,
    )
    return run_kit(settings)


@pytest.fixture(scope="module")
def reports(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Report]]]:
    """A run for every defect whose test was selected, several at a time."""
    functions = (item for item in request.session.items if isinstance(item, pytest.Function))
    parameters = [f.callspec.params.get("defect") for f in functions if "reports" in f.fixturenames]
    chosen = [defect for defect in parameters if isinstance(defect, Defect)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {d.name: pool.submit(_judged, d, tmp_path_factory.mktemp(d.name)) for d in chosen}
        pool.shutdown(cancel_futures=True)


# One defect of each requirement; `CONFORMANCE_EVERY_DEFECT=1` tries them all, as `webhook-conformance selftest` does.
_FIRST = {defect.requirement: defect for defect in reversed(DEFECTS.values())}
_TRIED = tuple(d for d in DEFECTS.values() if os.environ.get("CONFORMANCE_EVERY_DEFECT") or _FIRST[d.requirement] is d)


@pytest.mark.parametrize("defect", _TRIED, ids=lambda defect: defect.name)
def test_a_defect_is_caught_by_the_requirement_that_names_it(
    defect: Defect, reports: Mapping[str, Future[Report]], tmp_path: Path
) -> None:
    """A partner with one defect does not pass the requirement that forbids it."""
    found = verdicts(reports[defect.name].result())
    if found[defect.requirement] not in _CAUGHT:
        # A machine that is busy with the other runs may leave a verdict open, and rightly so.
        found = verdicts(_judged(defect, tmp_path))

    assert found[defect.requirement] in _CAUGHT


def test_every_requirement_has_a_defect() -> None:
    """No requirement is without a switch of the reference partner that breaks it, but for what is never judged."""
    judged = {r.id for r in shipped_catalogue().requirements.values() if r.level is not Level.INFORMATIVE}

    assert judged == {defect.requirement for defect in DEFECTS.values()}
