"""Each switch of the reference partner breaks one thing, and the requirement that it is named for catches it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

import batching_platform
import handshaking_platforms
import rotating_platform
from conformance.catalogue import shipped_catalogue
from conformance.platform.specification import read_specification
from conformance.reference.defects import DEFECTS, Defect
from conformance.report import Report
from conformance.verdict import Level, Verdict
from kit_run import QUICK, run_kit, settings_for, verdicts

# Runs mostly wait, so that two share the machine well, be it as slow as it may.
_AT_ONCE = 2
_CAUGHT = frozenset({Verdict.FAIL, Verdict.WARN})
_OPEN = frozenset({Verdict.NOT_ASSESSABLE, Verdict.NOT_RUN})
# What a report says where the machine, and not the kit, is to blame for a verdict that is left open.
_STARVED = ("stood still", "the kit itself stalled", "was not seen in time")
_ONE_OF = 3
_OURS = (rotating_platform, handshaking_platforms, batching_platform)


def _platform(defect: Defect, folder: Path) -> str:
    """FeeWise where the requirement applies there, else Wawex, else the first platform of the tests that has it."""
    needed = set(shipped_catalogue()[defect.requirement].applies_when)
    shipped = (name for name in ("feewise", "wawex") if needed <= read_specification(name).description.features)
    ours = (p for p in _OURS if needed <= p.description().features)
    return next(shipped, None) or str(next(ours).platform(folder))


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
    """A run for every defect whose test was selected, two at a time."""
    functions = (item for item in request.session.items if isinstance(item, pytest.Function))
    parameters = [f.callspec.params.get("defect") for f in functions if "reports" in f.fixturenames]
    chosen = [defect for defect in parameters if isinstance(defect, Defect)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {d.name: pool.submit(_judged, d, tmp_path_factory.mktemp(d.name)) for d in chosen}
        pool.shutdown(cancel_futures=True)


def _sample() -> tuple[Defect, ...]:
    """The first defect of one requirement of three, chapter by chapter, those that are a MUST before the others."""
    catalogue = shipped_catalogue()
    first = {defect.requirement: defect for defect in reversed(DEFECTS.values())}
    named = sorted(
        (catalogue[name] for name in first), key=lambda r: (list(catalogue.chapters).index(r.chapter), str(r.level))
    )
    chapters = (list(group) for _, group in itertools.groupby(named, key=lambda r: r.chapter))
    return tuple(first[requirement.id] for chapter in chapters for requirement in chapter[::_ONE_OF])


# `CONFORMANCE_EVERY_DEFECT=1` tries them all, as `webhook-conformance selftest` does.
_TRIED = tuple(DEFECTS.values()) if os.environ.get("CONFORMANCE_EVERY_DEFECT") else _sample()


@pytest.mark.parametrize("defect", _TRIED, ids=lambda defect: defect.name)
def test_a_defect_is_caught_by_the_requirement_that_names_it(
    defect: Defect, reports: Mapping[str, Future[Report]], tmp_path: Path
) -> None:
    """A partner with one defect does not pass the requirement that forbids it."""
    report = reports[defect.name].result()
    for again in ("second", "third"):
        if verdicts(report)[defect.requirement] in _OPEN:
            # A machine that is busy with the other runs may leave a verdict open, and rightly so.
            wait(reports.values())
            report = _judged(defect, tmp_path / again)
    found = verdicts(report)[defect.requirement]
    if found in _OPEN and (why := _starved(report, defect.requirement)):
        pytest.skip(f"this machine is too slow to tell: {why}")

    assert found in _CAUGHT


def _starved(report: Report, requirement: str) -> str:
    """What the report itself says of a kit that was stalled or a partner that was late; empty where it says nothing."""
    result = next(r for r in report.requirements if r.requirement.id == requirement)
    reasons = [result.reason, *(item.reason for item in result.items)]
    if any(play.note("control late") for play in report.plays):
        reasons.append("the effect of a genuine event was not seen in time")
    return next((reason for reason in reasons if any(words in reason for words in _STARVED)), "")


def test_every_requirement_has_a_defect() -> None:
    """No requirement is without a switch of the reference partner that breaks it, but for what is never judged."""
    judged = {r.id for r in shipped_catalogue().requirements.values() if r.level is not Level.INFORMATIVE}

    assert judged == {defect.requirement for defect in DEFECTS.values()}


def test_the_sample_is_a_third_of_every_chapter() -> None:
    """Each chapter is there with a MUST, where it has one."""
    catalogue = shipped_catalogue()
    sampled = [catalogue[defect.requirement] for defect in _sample()]
    musts = {r.chapter for r in catalogue.requirements.values() if r.level is Level.MUST}

    assert musts <= {r.chapter for r in sampled if r.level is Level.MUST}
    assert 30 <= len(sampled) <= 45
