"""Ways to turn pytest green, or to make an exam shorter than it is: none of them passes the gate."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from conformance.catalogue import Catalogue, shipped_catalogue
from conformance.cli import main
from conformance.items import ConformanceItem
from conformance.judge.verdicts import judge_transcript
from conformance.report import Report
from conformance.transcript import Transcript
from conformance.verdict import Level, RunVerdict, Verdict
from gated import LITTLE, Lines, Recorded, little_platform
from kit_process import finished, script, started

_BROKEN: Final = "demo:answers-500-to-one-type"
_OF_ACK: Final = ("--requirement", "ACK-01")
_OF_UNK: Final = ("--requirement", "UNK-01")


@dataclass(frozen=True)
class Recipe:
    """One way to a green pytest, what the gate answers, and what it has to say with it.

    `plugin` does what a conftest file could; `patches` are what it could replace in the kit, by dotted name.
    """

    words: tuple[str, ...] = ()
    exits: int = 3
    says: str = "items were left out"
    partner: str = "demo"
    plugin: type[Any] | None = None
    patches: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    gate: tuple[str, ...] = ()


class _DropsItems:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if "UNK-01" in item.nodeid]


class _RewritesOutcomes:
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        report: Any = yield
        report.outcome, report.longrepr = "passed", None
        return report


class _ExpectsFailures:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.add_marker(pytest.mark.xfail(strict=False))


class _SkipsWhatFails:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="flaky on Tuesdays"))


class _RunsAgain:
    """As plugins do that run what failed again: a failure is logged as "rerun", which fails no session."""

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        from _pytest.runner import runtestprotocol  # what such plugins call

        for report in runtestprotocol(item, log=False):
            report.outcome = "rerun" if report.failed else report.outcome  # type: ignore[assignment]  # their own word
            item.ihook.pytest_runtest_logreport(report=report)
        item.session.testsfailed = 0
        return True


class _SetsTheStatus:
    @pytest.hookimpl(tryfirst=True, wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        yield
        session.exitstatus = 0


class _BreaksTests:
    """Replaces what an item does."""

    def pytest_collection_modifyitems(self) -> None:
        pass

    def pytest_runtest_call(self, item: pytest.Item) -> None:
        pass


class _WritesTheReport:
    """Rewrites the file once the kit has written it."""

    @pytest.hookimpl(tryfirst=True, wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        yield
        path = Path("reports/report.json")
        text = path.read_text(encoding="ascii")
        path.write_text(text.replace('"FAIL"', '"PASS"').replace('"fails"', '"conforms"'), encoding="ascii")
        session.exitstatus = 0


def _lenient(transcript: Transcript, catalogue: Catalogue) -> Report:
    """A judge that lets everything pass."""
    report = judge_transcript(transcript, catalogue)
    results = tuple(
        replace(r, verdict=Verdict.PASS, items=tuple(replace(i, verdict=Verdict.PASS, findings=()) for i in r.items))
        for r in report.requirements
    )
    return replace(report, requirements=results, verdict=RunVerdict.CONFORMS)


def _easier() -> Catalogue:
    """A catalogue in which nothing is a MUST."""
    known = shipped_catalogue()
    records = {name: replace(r, level=Level.SHOULD) for name, r in known.requirements.items()}
    return replace(known, requirements=records)


_BUT_UNK: Final = tuple(f"--deselect=conformance::{letter}" for letter in "ACDEFHMOPRST")
RECIPES: Final[dict[str, Recipe]] = {
    "-k in PYTEST_ADDOPTS": Recipe(environment={"PYTEST_ADDOPTS": "-k UNK-01"}),
    "-m in PYTEST_ADDOPTS": Recipe(environment={"PYTEST_ADDOPTS": "-m \"conformance(requirement='UNK-01')\""}),
    "--deselect": Recipe(_BUT_UNK),
    "a node id": Recipe(("conformance::UNK-01",)),
    "--lf": Recipe(("--lf",)),
    "--requirement": Recipe(_OF_UNK),
    "a conftest that drops items": Recipe(plugin=_DropsItems),
    "--conformance-no-negative": Recipe((*_OF_UNK, "--conformance-no-negative"), says="nothing forged, malformed"),
    "a limit that was raised": Recipe(
        (*_OF_UNK, "--conformance-set", "acknowledgement.limit=60"), says="acknowledgement.limit was set to 60"
    ),
    "a conftest that rewrites outcomes": Recipe(_OF_ACK, 1, "FAIL ACK-01", _BROKEN, _RewritesOutcomes),
    "a conftest that expects failures": Recipe(_OF_ACK, 1, "FAIL ACK-01", _BROKEN, _ExpectsFailures),
    "a conftest that skips what fails": Recipe(_OF_ACK, 1, "FAIL ACK-01", _BROKEN, _SkipsWhatFails),
    "a plugin that runs failures again": Recipe(_OF_ACK, 1, "FAIL ACK-01", _BROKEN, _RunsAgain),
    "a conftest that sets the exit status": Recipe(_OF_ACK, 1, "FAIL ACK-01", _BROKEN, _SetsTheStatus),
    "a conftest that rewrites the report": Recipe(
        _OF_ACK, 3, '/verdict: the report says "conforms", the journal "fails"', _BROKEN, _WritesTheReport
    ),
    "a judge that was replaced": Recipe(
        _OF_ACK, 3, '/verdict: the report says "conforms"', _BROKEN, patches={"conformance.run.judge_transcript": _lenient}
    ),
    "a catalogue that was replaced": Recipe(
        _OF_ACK, 3, '/level: the report says "SHOULD", the journal "MUST"', patches={"conformance.settings.shipped_catalogue": _easier}
    ),
    "a waiver": Recipe(
        (*_OF_ACK, "--conformance-waivers", "waivers.toml"), 1, "ACK-01 (FAIL): the policy lets nobody waive it", _BROKEN,
        gate=("--policy", "policy.yaml"),
    ),
}  # fmt: skip


def _pytest(folder: Path, recipe: Recipe, platform: Path) -> int:
    """Start pytest as such a user does, in this process because that is three times as fast; its exit status."""
    words = ("--assert=plain", f"--rootdir={folder}", f"--partner-url={recipe.partner}", f"--platform={platform}")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PYTEST_", "CONFORMANCE_", "GITHUB_"))]:
            patch.delenv(name)
        for name, value in {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **recipe.environment}.items():
            patch.setenv(name, value)
        for name, value in recipe.patches.items():
            patch.setattr(name, value)
        patch.chdir(folder)
        plugins = [recipe.plugin()] if recipe.plugin else []
        return int(pytest.main(["-p", "conformance.plugin", *words, *recipe.words], plugins))


def _gate(folder: Path, platform: Path, *words: str, partner: str = "demo") -> Result:
    named = ("--partner", partner, "--platform", str(platform))
    return CliRunner().invoke(main, ["gate", str(folder / "reports"), *named, *words])


@pytest.mark.parametrize("name", RECIPES)
def test_what_turns_pytest_green_does_not_pass(name: str, tmp_path: Path) -> None:
    """pytest ends with 0, and the gate says what is wrong."""
    recipe = RECIPES[name]
    platform = little_platform(tmp_path)
    _write(tmp_path / ".pytest_cache" / "v" / "cache" / "lastfailed", json.dumps({"conformance::UNK-01": True}))
    _write(tmp_path / "waivers.toml", _WAIVER)
    _write(tmp_path / "policy.yaml", "format: 1\nwaivers: none\n")
    words = [str(tmp_path / word) if word.endswith(".yaml") else word for word in recipe.gate]
    status = _pytest(tmp_path, recipe, platform)
    decided = _gate(tmp_path, platform, *words, partner=recipe.partner)

    assert 0 == status
    assert recipe.exits == decided.exit_code, decided.output
    assert recipe.says in decided.output


_WAIVER: Final = """
[[waiver]]
requirement = "ACK-01"
reason = "Planned for January."
owner = "payments"
expires = 9999-12-31
"""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
