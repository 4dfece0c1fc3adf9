"""Choosing what is judged, by pytest's own means and by ours."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from kit_process import Finished, journal, kit, report


def _collected(folder: Path, *arguments: str, **environment: str) -> list[str]:
    """The node ids that a run would play; nothing is played and nothing is written."""
    done = kit(folder, "--collect-only", "-q", *arguments, environment=environment)

    assert done.status == 0, done.output
    assert not (folder / "reports").exists()
    return [line for line in done.output.splitlines() if line.startswith("conformance::")]


def _requirements(node_ids: list[str]) -> set[str]:
    return {name.removeprefix("conformance::").partition("[")[0] for name in node_ids}


def test_requirement_is_repeatable_and_k_narrows(tmp_path: Path) -> None:
    """Requirements named with --requirement are joined, in any case of letters, and -k chooses among their items."""
    found = _collected(tmp_path, "--requirement", "ack-01", "--requirement", "SIG-13", "-k", "payout or SIG-13")

    assert _requirements(found) == {"ACK-01", "SIG-13"}
    assert {name for name in found if "ACK-01" in name} == {
        "conformance::ACK-01[payout.paid]",
        "conformance::ACK-01[payout.failed]",
    }


def test_addopts_and_variables_hold(tmp_path: Path) -> None:
    """What PYTEST_ADDOPTS says counts as if it stood on the command line; so do our own variables."""
    found = _requirements(_collected(tmp_path, PYTEST_ADDOPTS="-k 'not ACK' -m conformance", CONFORMANCE_LEVEL="must"))

    assert {"SIG-01", "REC-01"} <= found
    assert "ACK-01" not in found
    assert "SUB-05" not in found  # a SHOULD


def test_node_ids_choose_items(tmp_path: Path) -> None:
    """A node id with a parameter names one item, one without all items of the requirement; only they are played."""
    done = kit(tmp_path, "conformance::SIG-01", "conformance::ACK-01[payout.paid]", "-q")

    assert done.status == 0, done.output
    unsigned = ("no-signature", "signature-left-out")
    assert report(tmp_path)["plan"] == ["ACK-01[payout.paid]", *(f"SIG-01[{form}]" for form in unsigned)]
    forged = {f"forged-event[{form}]" for form in unsigned}
    assert _stories(tmp_path) == {"calibration", "every-event-type[payout.paid]", *forged}


def _stories(folder: Path) -> set[str]:
    plays = [record for record in journal(folder) if record["record"] == "play"]
    return {f"{p['story']}[{p['parameter']}]" if p["parameter"] else p["story"] for p in plays}


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("conformance::ACK-99",), 4, "no such item: conformance::ACK-99"),
        (("-k", "nothing-is-called-so"), 5, "0 selected"),
    ],
)
def test_choosing_nothing_is_never_green(arguments: tuple[str, ...], status: int, says: str, tmp_path: Path) -> None:
    """What does not exist, or leaves nothing to run, is told and does not end with 0."""
    done = kit(tmp_path, *arguments)

    assert (done.status, done.output.count(says)) == (status, 1), done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "reports" / "journal.jsonl").exists()


def test_a_run_that_proves_nothing_is_never_green(tmp_path: Path) -> None:
    """Where nothing that was chosen applies to the platform, all is skipped with the reason and the status is 1."""
    done = kit(tmp_path, "--requirement", "FET-01", "-rs")

    assert done.status == 1, done.output
    assert "not applicable" in done.output
    assert "Nothing was proven, so this run is not green." in done.output


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """A run with -x against a partner that answers 500 to one event type, with pytest's cache."""
    folder = tmp_path_factory.mktemp("broken")
    chosen = ("--requirement", "ACK-01", "--requirement", "UNK-01", "-x", "--conformance-seed", "11")
    return folder, kit(folder, *chosen, partner="demo:answers-500-to-one-type")


def test_a_failure_tells_all_that_is_needed(broken: tuple[Path, Finished]) -> None:
    """A failing item ends pytest with 1 and tells requirement, expected, actual, remedy and how to repeat it."""
    _, done = broken

    assert done.status == 1
    assert "FAIL ACK-01[webhook.failed] (MUST)" in done.output
    assert "expected  a status from 200 to 299" in done.output
    assert "actual    status 500" in done.output
    assert "remedy  " in done.output
    assert "Traceback" not in done.output


def test_x_stops_after_the_first_failure(broken: tuple[Path, Finished]) -> None:
    """With -x no item follows the first one that fails, and the report is written all the same."""
    folder, done = broken

    assert "stopping after 1 failures" in done.output
    assert "UNK-01" not in done.output
    assert report(folder)["verdict"] == "fails"
    assert [r["id"] for r in report(folder)["requirements"]] == ["ACK-01", "UNK-01"]


def test_rerun_repeats_the_failure(broken: tuple[Path, Finished], tmp_path: Path) -> None:
    """The line that stands behind "rerun" is a command that plays the failing item again, with the same ids."""
    folder, done = broken
    line = next(line for line in done.output.splitlines() if line.lstrip().startswith("rerun "))
    program, *arguments = shlex.split(line.partition("rerun")[2])

    again = kit(tmp_path, *arguments, partner="", platform="")

    assert program == "pytest"
    assert again.status == 1, again.output
    assert report(tmp_path)["plan"] == ["ACK-01[webhook.failed]"]
    assert {d["event_id"] for d in _deliveries(tmp_path)} <= {d["event_id"] for d in _deliveries(folder)}


def _deliveries(folder: Path) -> list[dict[str, Any]]:
    return [record for record in journal(folder) if record["record"] == "delivery"]


def test_lf_plays_only_what_failed(broken: tuple[Path, Finished]) -> None:
    """With --lf the next run plays the items that failed, and no other."""
    folder, _ = broken

    done = kit(folder, "--requirement", "ACK-01", "--requirement", "UNK-01", "--lf")

    assert done.status == 0, done.output  # this time the partner is the correct one
    assert report(folder)["plan"] == ["ACK-01[webhook.failed]"]
    assert _stories(folder) == {"calibration", "every-event-type[webhook.failed]"}
