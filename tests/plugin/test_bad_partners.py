"""Partners that misbehave in every way that HTTP allows: a run ends, in time, and its report names what they did."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

import rotating_platform
from bad_partners import BEHAVIOURS, misbehaving
from conformance.catalogue import shipped_catalogue
from conformance.errors import RunRefused
from conformance.report import Report
from conformance.verdict import RunVerdict, Verdict
from kit_process import SECRETS, begun
from kit_run import run_kit, settings_for, verdicts

# All of who sent it and when; and some others, which such partners break as well.
_AUTHENTICITY = tuple(r.id for r in shipped_catalogue().requirements.values() if r.chapter == "authenticity")
_REQUIREMENTS = ("ACK-01", "ACK-05", "UNK-01", "DUP-01", *_AUTHENTICITY)
# The deadline of an exchange is four times the limit.
_IMPATIENT = ("waits.effect=2", "waits.retry=4", "acknowledgement.limit=0.2")
_IN_TIME = 300.0
# What a partner breaks that accepts everything: the rest of the chapter is about what must be accepted.
_FORBID = {f"SIG-{number}" for number in ("01", "02", "03", "05", "08", "11", "12", "13")} | {"RPL-02"}
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class _Outcome:
    """What came of a run, and how long it took."""

    report: Report | None
    refusal: str
    took: float

    @property
    def told(self) -> str:
        """All that the run says of the partner."""
        results = self.report.requirements if self.report else ()
        items = [item for result in results for item in result.items]
        findings = [finding.actual for item in items for finding in item.findings]
        return "\n".join([self.refusal, *findings, *(item.reason for item in items)])


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], _Outcome]]:
    """The outcome of a run against each behaviour; all are played at once, because they mostly wait."""
    folder = tmp_path_factory.mktemp("bad-partners")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(BEHAVIOURS)) as pool:
        patch.setattr("conformance.stage._RECONNECT_AFTER", (0.1, 0.2))
        patch.setattr("conformance.scenarios.calibration._UNMEASURED", 0.2)
        runs = {name: pool.submit(_played, name, folder / name) for name in BEHAVIOURS}
        yield lambda name: runs[name].result()


def _played(name: str, folder: Path) -> _Outcome:
    began = time.monotonic()
    folder.mkdir()
    with misbehaving(BEHAVIOURS[name]) as url:
        settings = settings_for(
            url,
            str(rotating_platform.platform(folder)),
            folder,
            requirements=_REQUIREMENTS,
            overrides=_IMPATIENT,
            environment=SECRETS,
            platform_bind="127.0.0.1:0",
        )
        try:
            report, refusal = run_kit(settings), ""
        except RunRefused as error:
            report, refusal = None, str(error)
    return _Outcome(report, refusal, time.monotonic() - began)


def test_a_gigabyte_leaves_memory_flat(tmp_path: Path, outcomes: Callable[[str], _Outcome]) -> None:
    """A whole run against a partner that answers gigabytes ends with findings and holds none of them in memory.

    It asks for the other outcomes so that they are played while it waits.
    """
    with misbehaving(BEHAVIOURS["gigabyte"]) as url:
        process = begun(
            tmp_path,
            *("--requirement", "ACK-01", "-k", "payout.paid", "--platform-bind", "127.0.0.1:0"),
            partner=url,
            environment=SECRETS,
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()

    unit = 1 if sys.platform == "darwin" else 1024
    assert process.returncode == 1, output
    assert "answer larger than the cap" in output
    assert "Traceback" not in output
    # Linux counts what this process had at its peak as the first peak of the one that it started.
    inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert usage.ru_maxrss * unit < max(400 * _MEGABYTE, inherited * unit + 100 * _MEGABYTE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("garbage", "answer is not HTTP"),
        ("drips", "no complete answer before the deadline"),
        ("drips-headers", "genuine events got no answer"),
        ("gigabyte", "answer larger than the cap"),
        ("closes", "connection closed before the answer was complete"),
        ("silent", "genuine events got no answer"),
        ("redirects", "status 307"),
        ("accepts-everything", "accepted with status 200"),
        ("breaks-on-everything", "status 500"),
        ("refuses-everything", "status 401"),
    ],
)
def test_a_run_ends_in_time_and_names_the_fault(name: str, said: str, outcomes: Callable[[str], _Outcome]) -> None:
    """However a partner misbehaves, the run ends, does not conform, and says what the partner did."""
    outcome = outcomes(name)

    assert outcome.took < _IN_TIME
    assert said in outcome.told
    assert outcome.report is None or outcome.report.verdict is not RunVerdict.CONFORMS


@pytest.mark.parametrize("name", list(BEHAVIOURS))
def test_no_misbehaving_partner_is_called_authentic(name: str, outcomes: Callable[[str], _Outcome]) -> None:
    """Who refuses everything proves nothing, and who accepts everything fails: no item of the chapter passes."""
    report = outcomes(name).report
    results = [r for r in report.requirements if r.requirement.id in _AUTHENTICITY] if report else []

    assert [] == [item.name for result in results for item in result.items if item.verdict is Verdict.PASS]


def test_accepting_everything_is_refuted_by_deed(outcomes: Callable[[str], _Outcome], tmp_path: Path) -> None:
    """The partner that answers 200 to everything fails what forbids it, though no effect of an event can be seen."""
    found = _verdicts(outcomes("accepts-everything"))
    if found.get(Verdict.FAIL) != _FORBID:
        # Beside all the other runs a busy machine leaves some of them open, and rightly so; now they have ended.
        assert set(found) <= {Verdict.FAIL, Verdict.WARN, Verdict.PASS, Verdict.NOT_ASSESSABLE, Verdict.NOT_APPLICABLE}
        for name in BEHAVIOURS:
            outcomes(name)
        found = _verdicts(_played("accepts-everything", tmp_path / "alone"))

    assert found[Verdict.FAIL] == _FORBID
    assert found[Verdict.WARN] == {"SIG-06", "SIG-10"}


def _verdicts(outcome: _Outcome) -> dict[Verdict, set[str]]:
    """The requirements by their verdict."""
    assert outcome.report is not None
    found: dict[Verdict, set[str]] = {}
    for name, verdict in verdicts(outcome.report).items():
        found.setdefault(verdict, set()).add(name)
    return found
