"""Requirements of one's own: the example of the guide, judged beside the kit's, and judged again from the journal."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kit_process import Finished, command, kit, report

_GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "add-requirements.md"
_ASKED = ("--requirement", "acme-01", "--requirement", "ACME-02")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the guide makes it."""
    guide = _GUIDE.read_text(encoding="utf-8")
    (records,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    extension, conftest = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "acme.yaml").write_text(records, encoding="utf-8")
    (tmp_path / "acme.py").write_text(extension, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    return tmp_path


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _verdicts(folder: Path) -> dict[str, str]:
    return {each["id"]: each["verdict"] for each in report(folder)["requirements"]}


def _again(folder: Path, *words: str) -> Finished:
    return command(folder, "judge", "reports/journal.jsonl", "--report-dir", "reports", *words)


def test_the_requirements_of_the_guide_are_judged(folder: Path) -> None:
    """They are items and stand in the report; the journal alone tells what is missing, with the module all of it."""
    done = kit(folder, *_ASKED, "-v")

    assert done.status == 0, done.output
    assert "conformance::ACME-01[payout] PASSED" in done.output
    assert {"ACME-01": "PASS", "ACME-02": "PASS"} == _verdicts(folder)
    alone = _again(folder)
    assert alone.status == 3, alone.output
    assert "its judge does not ship with the kit and was not named" in alone.output
    assert {"ACME-01": "NOT_ASSESSABLE", "ACME-02": "NOT_ASSESSABLE"} == _verdicts(folder)
    assert "Takes an event that is a week old" == report(folder)["requirements"][0]["title"]
    assert 0 == _again(folder, "--requirements", "conftest.py").status
    assert {"ACME-01": "PASS", "ACME-02": "PASS"} == _verdicts(folder)


def test_what_raises_costs_its_own_items_only(folder: Path) -> None:
    """A judge and a story that raise, even what pytest takes for a failure, are errors that say whose they are."""
    _change(
        folder / "acme.py",
        "    delivery = play.del",
        '    assert play.parameter != "payout", "no pay"\n    delivery = play.del',
    )
    _change(
        folder / "acme.py",
        "    event = stage.news",
        '    if stage.parameter == "invoice":\n        __import__("pytest").fail("no")\n    event = stage.news',
    )
    done = kit(folder, "--requirement", "ACME-01", "--requirement", "SIG-13", "-v")

    assert done.status == 1, done.output
    assert "conformance::ACME-01[trust-deposit] PASSED" in done.output
    assert (
        "takes_an_old_event (acme.py), a judge of your own, failed while judging: AssertionError: no pay" in done.output
    )
    assert "week_old (acme.py), a story of your own, failed in this story: Failed: no" in done.output
    assert {"SIG-13": "PASS", "ACME-01": "ERROR"} == _verdicts(folder)


def test_a_broken_rule_fails_like_any_other(folder: Path) -> None:
    """The finding, its exchanges and the remedy of the record are shown."""
    _change(folder / "acme.py", "if not delivery.succeeded", "if delivery.succeeded")
    done = kit(folder, "--requirement", "ACME-01", "-k", "payout")

    assert done.status == 1, done.output
    assert "remedy    Compare the time of the signature with your clock" in done.output
    assert {"ACME-01": "FAIL"} == _verdicts(folder)


def test_all_mistakes_are_told_before_the_run(folder: Path) -> None:
    """Those of the extension, and those of the other settings with them."""
    _change(folder / "acme.yaml", "id: ACME-02", "id: SIG-99")
    done = kit(folder, "--conformance-rate", "fast")

    assert done.status == 4, done.output
    assert "SIG-99: the prefix SIG is the kit's" in done.output
    assert "judge answers_briefly (acme.py): there is no record 'ACME-02' in acme.yaml" in done.output
    assert "--conformance-rate: 'fast' is not a number" in done.output
    assert not (folder / "reports").exists()


def test_the_command_lists_and_explains_them(folder: Path) -> None:
    """Among the kit's, one of them, and all of one's own as a page."""
    listed = command(folder, "requirements", "--requirements", "acme")
    page = command(folder, "requirements", "--requirements", "acme.py", "--page")

    assert "House rules of Acme\n  ACME-01  MUST    Takes an event that is a week old" in listed.output
    assert "SIG-01" in listed.output
    assert "### ACME-02: Answers briefly" in page.output
    assert "SIG-01" not in page.output


def test_a_module_that_cannot_be_used_is_named(folder: Path) -> None:
    """One that is not there, and one without the hook."""
    done = command(folder, "requirements", "--requirements", "nowhere", "--requirements", "json")

    assert done.status == 2, done.output
    assert "nowhere: cannot be imported: ModuleNotFoundError" in done.output
    assert "json: has no function pytest_conformance_requirements(register)" in done.output


def test_an_installed_package_is_asked_once(folder: Path) -> None:
    """By its entry point; that it is a plugin of pytest as well changes nothing."""
    (folder / "conftest.py").unlink()
    info = folder / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[webhook_conformance]\nacme = acme\n", encoding="utf-8")
    done = kit(folder, *_ASKED, "-k", "invoice", "-p", "acme")
    path = os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))
    by_command = command(folder, "requirements", "--page", environment={"PYTHONPATH": path})

    assert done.status == 0, done.output
    assert {"ACME-01": "PASS", "ACME-02": "PASS"} == _verdicts(folder)
    assert "### ACME-01" in by_command.output
