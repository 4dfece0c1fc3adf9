"""A failure is excused by a machine that was held back, and by nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

pytest_plugins = ["pytester"]

_HERE: Final = Path(__file__).parent
_FAILS: Final = "def test_it():\n    assert 1 == 2\n"


@pytest.mark.parametrize(
    ("folder", "why", "outcome"),
    [
        ("end_to_end", "", "failed"),
        ("end_to_end", "the machine was starved", "skipped"),
        ("judge", "the machine was starved", "failed"),
    ],
)
def test_only_a_starved_machine_excuses_a_verdict_on_time(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: str, why: str, outcome: str
) -> None:
    """And only in the folders whose tests judge partners in real time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(_HERE))
    measured = (_HERE / "starvation.py").read_text(encoding="utf-8")
    pytester.makepyfile(starvation=f"{measured}\n\nWatch.starved = lambda self, *journals: {why!r}\n")
    pytester.makeconftest((_HERE / "conftest.py").read_text(encoding="utf-8"))
    place = pytester.mkdir(folder) / "test_it.py"
    place.write_text(_FAILS, encoding="utf-8")
    done = pytester.runpytest_subprocess("-rs", str(place))

    done.assert_outcomes(**{outcome: 1})
    assert (f"{why}; assert 1 == 2" in done.stdout.str()) == (outcome == "skipped")
