"""Ways to turn pytest green, or to make an exam shorter than it is: none of them passes the gate."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from conformance.catalogue import Catalogue, shipped_catalogue
from conformance.cli import main
from conformance.gate.files import Files
from conformance.judge.verdicts import judge_transcript
from conformance.report import Report
from conformance.transcript import Transcript
from conformance.verdict import Level, RunVerdict, Verdict
from gated import LITTLE, Lines, Recorded, little_platform
from kit_process import finished, script, started

_BROKEN: Final = "demo:refuses-unknown-types"
_TWO: Final = ("--requirement", "ACK-01", "--requirement", "UNK-01")
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
    plugin: type[object] | None = None
    patches: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    gate: tuple[str, ...] = ()


class _DropsItems:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if "UNK-01" in item.nodeid]


class _RewritesOutcomes:
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, object]:
        report: Any = yield
        report.outcome, report.longrepr = "passed", None
        return report


class _ExpectsFailures:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.add_marker(pytest.mark.xfail(strict=False))


class _SkipsWhatFails:
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        if "UNK-01" in item.nodeid:
            pytest.skip("flaky on Tuesdays")


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


_LIE: Final = '/verdict: the report says "conforms", the journal "fails"'
_CATALOGUE: Final = "conformance.installation.shipped_catalogue"
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
    "a conftest that rewrites outcomes": Recipe(_TWO, 1, "FAIL UNK-01", _BROKEN, _RewritesOutcomes),
    "a conftest that expects failures": Recipe(_TWO, 1, "FAIL UNK-01", _BROKEN, _ExpectsFailures),
    "a conftest that skips what fails": Recipe(_TWO, 1, "FAIL UNK-01", _BROKEN, _SkipsWhatFails),
    "a plugin that runs failures again": Recipe(_TWO, 1, "FAIL UNK-01", _BROKEN, _RunsAgain),
    "a conftest that sets the exit status": Recipe(_TWO, 1, "FAIL UNK-01", _BROKEN, _SetsTheStatus),
    "a conftest that rewrites the report": Recipe(_TWO, 3, _LIE, _BROKEN, _WritesTheReport),
    "a judge that was replaced": Recipe(
        _TWO, 3, _LIE, _BROKEN, patches={"conformance.run.judge_transcript": _lenient}
    ),
    "a catalogue that was replaced": Recipe(
        _TWO, 3, '/level: the report says "SHOULD", the journal "MUST"', patches={_CATALOGUE: _easier}
    ),
    "a waiver": Recipe(
        (*_TWO, "--conformance-waivers=waivers.toml"), 1, "UNK-01 (FAIL): the policy lets nobody waive it", _BROKEN,
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
    """The exit status of pytest is 0, and the gate says what is wrong."""
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
requirement = "UNK-01"
reason = "Planned for January."
owner = "payments"
expires = 9999-12-31
"""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_nothing_was_selected(tmp_path: Path) -> None:
    """There is no report to decide on, whatever pytest's exit status is."""

    class Nothing(_SetsTheStatus):
        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
            items.clear()

    platform = little_platform(tmp_path)

    assert 0 == _pytest(tmp_path, Recipe(plugin=Nothing), platform)
    assert 2 == _gate(tmp_path, platform).exit_code


def test_the_plugin_was_not_loaded(tmp_path: Path) -> None:
    """The tests of somebody's own pass, and no report comes of them."""
    _write(tmp_path / "test_own.py", "def test_nothing():\n    pass\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.chdir(tmp_path)
        status = int(pytest.main(["--assert=plain", f"--rootdir={tmp_path}", "test_own.py"]))
    decided = _gate(tmp_path, little_platform(tmp_path))

    assert (0, 2) == (status, decided.exit_code)
    assert "did it begin?" in decided.output


@pytest.mark.parametrize(
    ("words", "status"), [(("--collect-only",), 0), (("--no-such-option",), 4)], ids=["--collect-only", "|| true"]
)
def test_an_old_report_lies_in_the_folder(run: Recorded, tmp_path: Path, words: tuple[str, ...], status: int) -> None:
    """Nothing was run, and what lies there is too old, or is not the run that was asked for."""
    little_platform(tmp_path)
    _hand_in(tmp_path, run.files)
    old = _pytest(tmp_path, Recipe(words), run.platform)
    fresh = _gate(tmp_path, run.platform, "--nonce", "4711")
    young = _gate(tmp_path, run.platform, "--max-age", "0.001s")

    assert (status, 3, 3) == (old, fresh.exit_code, young.exit_code)
    assert "the run carries none, not '4711'" in fresh.output
    assert "are allowed (--max-age)" in young.output


def _hand_in(folder: Path, files: Files) -> None:
    """The folder as a run leaves it."""
    _write(folder / "reports" / "report.json", files.report.decode("ascii"))
    _write(folder / "reports" / "journal.jsonl", files.journal.decode("ascii"))


def test_the_report_of_another_partner(run: Recorded, tmp_path: Path) -> None:
    """It is genuine, and says nothing of this one."""
    _hand_in(tmp_path, run.files)
    decided = _gate(tmp_path, run.platform, partner="https://partner.example/hooks")

    assert 3 == decided.exit_code
    assert "demo was judged, not https://partner.example/hooks" in decided.output


def test_the_report_of_another_platform(run: Recorded, tmp_path: Path) -> None:
    """It is genuine, and the exam was another one."""
    _hand_in(tmp_path, run.files)
    decided = _gate(tmp_path, Path("feewise"))

    assert 3 == decided.exit_code
    assert "the run used another description than feewise: it calls itself 'little'" in decided.output


def test_a_description_that_asks_for_less(run: Recorded, tmp_path: Path) -> None:
    """A run on it is genuine, and conforms to what its partner wrote."""
    platform = little_platform(tmp_path)
    easier = {**LITTLE, "levels": {"UNK-01": "MAY"}}
    _write(platform, json.dumps(easier))
    status = _pytest(tmp_path, Recipe(_OF_UNK), platform)
    decided = _gate(tmp_path, run.platform)

    assert (0, 3) == (status, decided.exit_code)
    assert "the run used another description than" in decided.output


def test_the_journal_of_another_run(run: Recorded, tmp_path: Path) -> None:
    """A report and a journal of different runs are both genuine, and do not belong together."""
    other = run.forged(lambda lines: lines[0].update(seed=1))
    _hand_in(tmp_path, replace(run.files, journal=other.journal))
    decided = _gate(tmp_path, run.platform)

    assert 3 == decided.exit_code
    assert "it is not the one that the report was made of" in decided.output


def test_the_journal_was_left_out(run: Recorded, tmp_path: Path) -> None:
    """A report alone proves nothing."""
    _hand_in(tmp_path, run.files)
    (tmp_path / "reports" / "journal.jsonl").unlink()

    assert 2 == _gate(tmp_path, run.platform).exit_code


def _only_must(lines: Lines) -> None:
    """What `--level must` would have left."""
    known = shipped_catalogue()
    kept = [name for name in lines[0]["requirements"] if known[name].level is Level.MUST]
    lines[0]["requirements"] = kept
    lines[:] = [line for line in lines if line["record"] != "item" or line["requirement"] in kept]
    lines[0]["selected"] = sum(line["record"] == "item" for line in lines)


def test_only_what_must_be_was_asked(run: Recorded, tmp_path: Path) -> None:
    """As with `--level must`, which a policy may accept."""
    _hand_in(tmp_path, run.forged(_only_must))
    _write(tmp_path / "policy.yaml", "format: 1\nplanned: must\n")
    strict = _gate(tmp_path, run.platform)
    lenient = _gate(tmp_path, run.platform, "--policy", str(tmp_path / "policy.yaml"))

    assert 3 == strict.exit_code
    assert "items were left out" in strict.output
    assert 0 == lenient.exit_code, lenient.output


def test_assertions_were_switched_off(run: Recorded, tmp_path: Path) -> None:
    """`python -O` takes away every assertion: the gate decides without any."""
    claims = json.loads(run.files.report)
    claims["headline"] = "99 of 99 MUST proven"
    lie = json.dumps(claims, indent=2) + "\n"
    _hand_in(tmp_path, replace(run.files, report=lie.encode("ascii")))
    words = ("gate", "reports", "--partner", "demo", "--platform", str(run.platform))
    decided = finished(started((sys.executable, "-O", script(), *words), tmp_path))

    assert 3 == decided.status
    assert '/headline: the report says "99 of 99 MUST proven"' in decided.output


_DIES: Final = """
import os

def pytest_runtest_setup(item):
    if "PYTEST_XDIST_WORKER" in os.environ and "UNK-01" in item.nodeid:
        os._exit(0)
"""


def test_workers_die(tmp_path: Path) -> None:
    """Workers of pytest-xdist own no verdict: what this one never told is in the journal."""
    platform = little_platform(tmp_path)
    _write(tmp_path / "dies.py", _DIES)
    words = ("-p", "conformance.plugin", "-p", "xdist", "-p", "dies", "-n", "1", "--max-worker-restart=0")
    who = (f"--rootdir={tmp_path}", f"--partner-url={_BROKEN}", f"--platform={platform}")
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": _with(tmp_path)}
    finished(started((sys.executable, "-m", "pytest", *words, *who, *_TWO), tmp_path, environment=environment))
    decided = _gate(tmp_path, platform, partner=_BROKEN)

    assert 1 == decided.exit_code, decided.output
    assert "FAIL UNK-01" in decided.output


def _with(folder: Path) -> str:
    """The folder before all others from which this process imports."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
