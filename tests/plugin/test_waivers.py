"""A waiver from its file to pytest's outcome: an expected failure that is strict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kit_process import command, kit, report

_WAIVER = """
[[waiver]]
requirement = "COR-08"
reason = "Planned for January."
owner = "payments"
expires = 9999-12-31
"""
_CHOSEN = ("--requirement", "COR-08", "--requirement", "ACK-05", "--conformance-waivers", "waivers.toml")
_WRONG = "demo:refuses-uncorrelated-events"


def _waivers(folder: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = report(folder)["waivers"]
    return told


def test_a_waived_item_is_an_expected_failure(tmp_path: Path) -> None:
    """The run is green, the report says what it would be, and the journal alone says the same."""
    (tmp_path / "waivers.toml").write_text(_WAIVER, encoding="utf-8")
    done = kit(tmp_path, *_CHOSEN, "-rx", partner=_WRONG)
    again = command(tmp_path, "judge", "reports")

    assert done.status == 0, done.output
    assert "XFAIL conformance::COR-08[invoice] - WARN is waived until 9999-12-31 by payments: Planned" in done.output
    assert "1 of 1 MUST proven, 1 waived" in done.output
    assert [("applied", "WARN")] == [(told["state"], told["verdict"]) for told in _waivers(tmp_path)]
    assert "--conformance-waivers=waivers.toml" in report(tmp_path)["requirements"][1]["items"][0]["rerun"]
    assert again.status == 0, again.output
    assert "1 of 1 MUST proven, 1 waived" in again.output


def test_a_waiver_that_nothing_needs_is_strict(tmp_path: Path) -> None:
    """The first item of the requirement fails for all of them; the verdict of the run is not touched."""
    (tmp_path / "waivers.toml").write_text(_WAIVER, encoding="utf-8")
    done = kit(tmp_path, *_CHOSEN)

    assert done.status == 1, done.output
    assert "[XPASS(strict)] COR-08 is met: take its waiver out of the file (payments)" in done.output
    assert "1 failed, 5 passed" in done.output
    assert "conforms" == report(tmp_path)["verdict"]


def test_a_selection_does_not_say_that_a_waiver_is_not_needed(tmp_path: Path) -> None:
    """An item that was left out might have needed it."""
    (tmp_path / "waivers.toml").write_text(_WAIVER, encoding="utf-8")
    done = kit(tmp_path, *_CHOSEN, "-k", "invoice or ACK-05")

    assert done.status == 0, done.output
    assert [("not decided by this run", "PASS")] == [(told["state"], told["verdict"]) for told in _waivers(tmp_path)]


def test_runxfail_shows_what_is_waived(tmp_path: Path) -> None:
    """Pytest's own switch takes the waivers away for once."""
    (tmp_path / "waivers.toml").write_text(_WAIVER, encoding="utf-8")
    done = kit(tmp_path, *_CHOSEN, "--runxfail", "-k", "invoice or ACK-05", partner=_WRONG)

    assert done.status == 1, done.output
    assert "1 failed, 1 passed" in done.output


def test_a_mistake_in_the_file_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    """Together with all other mistakes in the settings."""
    (tmp_path / "waivers.toml").write_text(_WAIVER.replace("COR-08", "COR-99"), encoding="utf-8")
    done = kit(tmp_path, *_CHOSEN, "--conformance-concurrency", "none")

    assert done.status == 4, done.output
    assert "waivers.toml: unknown requirement 'COR-99'" in done.output
    assert "--conformance-concurrency: 'none' is not a number" in done.output
    assert not (tmp_path / "reports").exists()
