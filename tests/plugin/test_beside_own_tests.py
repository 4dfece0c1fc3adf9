"""The kit beside the tests of its user: together with them, under pytest-xdist, and when it is not asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit_process import journal, kit, report
from processes import left_of

_OWN = """
def test_of_the_user():
    assert True
"""
_SKIPPING = """
import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.skip(reason="not today"))
"""
_HEAVY = ("schemathesis", "hypothesis", "httpx", "jsonschema", "jinja2", "openapi_core", "h11", "yaml", "asyncio")
_IMPORTED = f"""
import sys


def pytest_unconfigure(config):
    print("imported:", [name for name in {_HEAVY!r} if name in sys.modules], config.pluginmanager.hasplugin(
        "conformance.plugin"))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a test of its own."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "test_own.py").write_text(_OWN, encoding="utf-8")
    return tmp_path


def test_own_tests_run_where_their_path_is_given(folder: Path) -> None:
    """With a path, the kit's items come first and the tests of the path follow; warnings as errors change nothing."""
    done = kit(folder, "--requirement", "UNK-01", "own", "-v", "-W", "error", all_plugins=True)

    assert done.status == 0, done.output
    assert done.output.index("conformance::UNK-01 PASSED") < done.output.index("test_own.py::test_of_the_user PASSED")
    assert "2 passed" in done.output


def test_a_mark_skips_an_item_as_it_does_any_test(folder: Path) -> None:
    """It changes what pytest shows, and nothing that was judged."""
    (folder / "conftest.py").write_text(_SKIPPING, encoding="utf-8")
    done = kit(folder, "--requirement", "UNK-01", "-v", all_plugins=True)

    assert "conformance::UNK-01 SKIPPED (not today)" in done.output
    assert [("UNK-01", "PASS")] == [(r["id"], r["verdict"]) for r in report(folder)["requirements"]]


def test_xdist_workers_share_one_run(folder: Path) -> None:
    """Under -n 2 there is one partner, one run and one report; workers show its verdicts, and own tests run too."""
    chosen = ("--requirement", "UNK-01", "--requirement", "SIG-01", "--requirement", "SIG-13")
    marker = {"LEFT_BY_TEST": folder.name}

    done = kit(
        folder, *chosen, "own", "-n", "2", "-v", partner="demo:accepts-unsigned-events", environment=marker,
        all_plugins=True,
    )  # fmt: skip

    assert done.status == 1, done.output
    assert "FAILED conformance::SIG-01[no-signature]" in done.output
    assert "actual    accepted with status 200" in done.output
    assert "2 failed, 6 passed" in done.output
    assert done.output.count("report: reports/report.html") == 1
    assert {r["id"]: r["verdict"] for r in report(folder)["requirements"]} == {
        "UNK-01": "PASS",
        "SIG-01": "FAIL",
        "SIG-13": "PASS",
    }
    assert [record["record"] for record in journal(folder)].count("run") == 1
    assert left_of(marker) == []


def test_without_a_partner_the_plugin_does_nothing(folder: Path) -> None:
    """Without --partner-url only the user's tests run, nothing is written, and nothing that takes time is imported."""
    (folder / "conftest.py").write_text(_IMPORTED, encoding="utf-8")

    done = kit(folder, partner="")

    assert done.status == 0, done.output
    assert "1 passed" in done.output
    assert "imported: [] True" in done.output
    assert "conformance:" not in done.output
    assert not (folder / "reports").exists()
