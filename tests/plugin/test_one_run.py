"""One good run, and all that is told of it: on the terminal, in JUnit, to hooks, in the report and the journal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from conformance.resources import schemas
from kit_process import Finished, command, journal, kit, report

_CHOSEN = ("--requirement", "ACK-01", "--requirement", "unk-01", "--requirement", "SIG-01", "--conformance-seed", "7")
_CONFTEST = """
def pytest_conformance_report(config, report):
    with open(config.rootpath / "told.txt", "a") as file:
        file.write(f"{report.verdict} {len(report.requirements)} {config.getoption('--platform')}\\n")
"""


@dataclass(frozen=True)
class _Run:
    """The folder of a run, and what its process left."""

    folder: Path
    finished: Finished

    @property
    def report(self) -> dict[str, Any]:
        return report(self.folder)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> _Run:
    """A run with all plugins, a conftest that listens, and a pipeline that collects summaries."""
    folder = tmp_path_factory.mktemp("good")
    (folder / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["own"]\n', encoding="utf-8")
    (folder / "own").mkdir()
    (folder / "own" / "test_own.py").write_text("def test_own(): assert False\n", encoding="utf-8")
    (folder / "steps.md").write_text("before\n", encoding="utf-8")
    done = kit(
        folder,
        *_CHOSEN,
        "-v",
        "-p",
        "no:cacheprovider",
        environment={"GITHUB_STEP_SUMMARY": str(folder / "steps.md")},
        all_plugins=True,
    )
    return _Run(folder, done)


def test_a_conforming_partner_ends_with_0(good: _Run) -> None:
    """The exit status is 0, and the summary tells the verdict, the count and where the report is."""
    assert good.finished.status == 0, good.finished.output
    assert "The partner conforms to FeeWise" in good.finished.output
    assert "3 of 3 MUST proven" in good.finished.output
    assert "report: reports/report.html" in good.finished.output


def test_v_names_items_by_requirement_and_parameter(good: _Run) -> None:
    """With -v each item has a line of its own under its node id."""
    lines = [line for line in good.finished.output.splitlines() if "PASSED" in line]

    assert any(line.startswith("conformance::ACK-01[payout.paid] PASSED") for line in lines)
    assert any(line.startswith("conformance::UNK-01 PASSED") for line in lines)
    assert any(line.startswith("conformance::SIG-01[no-signature] PASSED") for line in lines)


def test_without_paths_only_the_kit_runs(good: _Run) -> None:
    """Tests of the folder are left alone when no path is given, even where testpaths names them."""
    assert "test_own" not in good.finished.output


def test_without_the_cache_nothing_is_cached(good: _Run) -> None:
    """`-p no:cacheprovider` leaves no cache folder."""
    assert not (good.folder / ".pytest_cache").exists()


def test_junit_names_requirement_level_and_verdict(good: _Run) -> None:
    """Each case of junit.xml has the requirement, its level and the verdict as properties."""
    cases = ET.parse(good.folder / "reports" / "junit.xml").getroot().iter("testcase")  # noqa: S314  # our own file
    told = {case.attrib["name"]: {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")} for case in cases}

    assert told["UNK-01"] == {"requirement": "UNK-01", "level": "MUST", "verdict": "PASS"}
    assert told["ACK-01[payout.paid]"] == {"requirement": "ACK-01", "level": "MUST", "verdict": "PASS"}
    assert len(told) == len(good.report["plan"])


def test_a_conftest_is_told_of_the_report_once(good: _Run) -> None:
    """The hook pytest_conformance_report is called with the report."""
    assert (good.folder / "told.txt").read_text(encoding="utf-8") == "conforms 3 feewise\n"


def test_the_summary_is_appended_for_the_pipeline(good: _Run) -> None:
    """What $GITHUB_STEP_SUMMARY names keeps its text and gains the summary."""
    summary = (good.folder / "reports" / "summary.md").read_text(encoding="utf-8")

    assert (good.folder / "steps.md").read_text(encoding="utf-8") == f"before\n{summary}"


def test_the_report_obeys_its_schema(good: _Run) -> None:
    """report.json is valid against schemas/report.schema.json, and says which seed was used."""
    schema = json.loads((schemas() / "report.schema.json").read_text(encoding="utf-8"))

    assert [error.message for error in Draft202012Validator(schema).iter_errors(good.report)] == []
    assert (good.report["seed"], good.report["verdict"], good.report["ending"]) == (7, "conforms", "finished")
    assert [r["id"] for r in good.report["requirements"]] == ["ACK-01", "UNK-01", "SIG-01"]


def test_the_folder_holds_the_report_and_nothing_else(good: _Run) -> None:
    """No half-written file stays behind."""
    left = {path.name for path in (good.folder / "reports").iterdir()} - {".lock"}

    written = {"report.json", "report.html", "summary.md", "exchanges.har", "badge.svg", "journal.jsonl", "junit.xml"}
    assert left == written


def test_the_journal_judged_again_gives_the_same_report(good: _Run) -> None:
    """`webhook-conformance judge` finds in the journal what the run that wrote it found."""
    again = command(good.folder, "judge", "reports/journal.jsonl", "--json")

    assert again.status == 0
    assert json.loads(again.output) == good.report


def test_the_same_seed_gives_the_same_ids(good: _Run) -> None:
    """A second run with that seed plays the same events about the same objects, and replaces the report."""
    first, first_ids = good.report, _ids(good.folder)

    kit(good.folder, *_CHOSEN, "-q", "-p", "no:cacheprovider")

    second = good.report
    assert first_ids == _ids(good.folder)
    assert second["started_at"] > first["started_at"]
    assert (good.folder / "reports" / "junit.xml").exists()
    assert [(r["id"], r["verdict"]) for r in second["requirements"]] == [
        (r["id"], r["verdict"]) for r in first["requirements"]
    ]


def _ids(folder: Path) -> set[tuple[str, str, str]]:
    deliveries = [record for record in journal(folder) if record["record"] == "delivery"]
    return {(d["event_type"], d["event_id"], d["object_id"]) for d in deliveries}
