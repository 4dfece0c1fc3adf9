"""A correct partner may have manners of its own, and the kit finds nothing wrong with any that is allowed."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from kit_process import SECRETS, begun, free_port, report

PARTNERS: Final = Path(__file__).parent.parent / "partners"
# Most of a run is waiting, so several share a machine.
AT_ONCE: Final = 5
WITHIN: Final = 500.0


@dataclass(frozen=True, slots=True)
class Run:
    """A manner on a platform, what the run is given, and the warnings that the manner earns, each with its reason.

    Without `requirements` all are judged.
    """

    manner: str
    platform: str = "feewise"
    given: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    restartable: bool = False
    warnings: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.manner}-{self.platform}"

    @property
    def program(self) -> tuple[str, ...]:
        """What starts the partner."""
        if self.manner == "raw-body":
            return ("node", str(PARTNERS / "raw_body.mjs"))
        return (sys.executable, str(PARTNERS / "odd_manners.py"))


# The same manner at a quicker pace, so that the tests do not take minutes: what counts is the part of the limit.
_QUICK_LIMIT: Final = ("acknowledgement.limit=0.5", "acknowledgement.soft_limit=0.1")
_QUICK_BATCH: Final = {"PARTNER_EVERY": "1.5"}

# A clock matters to signatures, to dates in answers, and to the time from which events are listed.
_BY_THE_CLOCK: Final = (
    *(f"SIG-{number:02}" for number in range(1, 14)),
    *("RPL-01", "RPL-02", "RPL-03", "FET-05", "ORD-01", "REC-01", "REC-02", "REC-04", "REC-05", "REC-06"),
)

RUNS: Final = (
    Run("slow", given=_QUICK_LIMIT, environment={"PARTNER_DELAY": "0.4"}, warnings={"ACK-03": "it takes its time"}),
    Run("batch", environment=_QUICK_BATCH),
    Run("batch", "wawex", environment=_QUICK_BATCH),
    Run("queue", restartable=True),
    Run("queue", "wawex", restartable=True),
    Run("strict", warnings={"SIG-01": "it answers 428 where the signature is missing, and FeeWise names 401"}),
    Run("chatty", warnings={"FET-11": "it gets what it has just been told"}),
    Run("chatty", "wawex"),
    Run("ahead", requirements=_BY_THE_CLOCK),
    Run("behind", requirements=_BY_THE_CLOCK),
    Run("restarts", restartable=True),
    Run("raw-body"),
)


def _judged(run: Run, folder: Path) -> dict[str, Any]:
    """The report of a run against a partner that is started for it."""
    with free_port() as port, free_port() as api:
        url = f"http://127.0.0.1:{port}"
        database = folder / "partner.sqlite3"
        environment = {
            **SECRETS,
            "PARTNER_MANNER": run.manner,
            "PARTNER_PLATFORM": run.platform,
            "PARTNER_PORT": str(port),
            "PARTNER_API_URL": f"http://127.0.0.1:{api}",
            "PARTNER_DATABASE": str(database),
            "PYTHONDONTWRITEBYTECODE": "1",
            **run.environment,
        }
        words = [f"--platform-bind=127.0.0.1:{api}", f"--partner-control-url={url}/control", "--partner-wait=30"]
        words.append(f"--partner-command={shlex.join(run.program)}")
        if run.restartable:
            kill = shlex.join(["sh", "-c", f"kill -9 $(cat {shlex.quote(str(database))}.pid)"])
            words.append(f"--partner-restart-command={kill}")
        words += [f"--requirement={name}" for name in run.requirements]
        words += [word for value in run.given for word in ("--conformance-set", value)]
        process = begun(folder, *words, partner=url, platform=run.platform, environment=environment)
        try:
            output, _ = process.communicate(timeout=WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert (folder / "reports" / "report.json").exists(), output
    return report(folder)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[Run, Future[dict[str, Any]]]]:
    """The reports of all runs, several of which are played side by side."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            run: pool.submit(_judged, run, tmp_path_factory.mktemp(str(run)))
            for run in RUNS
            if shutil.which(run.program[0])
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_manner_that_is_allowed_is_not_found_wrong(run: Run, reports: Mapping[Run, Future[dict[str, Any]]]) -> None:
    """Nothing fails, is undecided or breaks the kit; it warns of what was known beforehand, and of all it could see."""
    if run not in reports:
        pytest.skip(f"{run.program[0]} is not installed")
    requirements = reports[run].result()["requirements"]
    items = [item for requirement in requirements for item in requirement["items"]]
    unseen = {r["id"] for r in requirements if r["verdict"] == "NOT_ASSESSABLE"}
    wrong = [(i["name"], i["verdict"], i["reason"], i["findings"]) for i in items if i["verdict"] in _WRONG]
    warned = {i["name"].partition("[")[0]: i["findings"] for i in items if i["verdict"] == "WARN"}

    assert [] == wrong
    assert {} == {name: findings for name, findings in warned.items() if name not in run.warnings}
    assert set(run.warnings) - unseen == set(warned)


_WRONG: Final = frozenset({"FAIL", "FLAKY", "ERROR", "NOT_RUN"})


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_manner_leaves_little_open(run: Run, reports: Mapping[Run, Future[dict[str, Any]]]) -> None:
    """A partner that is right is shown to be right: what it offers is assessed."""
    if run not in reports:
        pytest.skip(f"{run.program[0]} is not installed")
    found = {r["id"]: r["verdict"] for r in reports[run].result()["requirements"]}
    unproven = {name for name, verdict in found.items() if verdict == "NOT_ASSESSABLE"}

    assert set() == unproven - _OPEN - (set() if run.restartable else _DURABLE) - _UNSEEN.get(run.manner, set())


# Not to be seen over a network, or not asked for.
_OPEN: Final = {"SIG-14", "CON-04", "EXP-01"}
_DURABLE: Final = {"DUR-01", "DUR-02"}
_UNSEEN: Final = {
    # So near to the limit a busy machine may leave no answer of which the kit is sure.
    "slow": {"ACK-02", "ACK-03"},
    # What is worked one at a time cannot be mixed.
    "queue": {"COR-04"},
    # Its control endpoint subscribes to nothing.
    "raw-body": {"UNK-02", "SUB-01", "SUB-02", "SUB-03", "SUB-04", "SUB-05"},
}
