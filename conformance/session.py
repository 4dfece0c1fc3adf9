"""A run inside a pytest session: begins it, waits with a progress line, ends it, and tells what came of it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from conformance.credentials import without_secrets
from conformance.errors import ConfigurationError, RunRefused
from conformance.installation import Installation
from conformance.items import ItemPlan, ItemVerdict
from conformance.judge.court import level_of
from conformance.office import Office
from conformance.partner_hooks import hooks_of
from conformance.report import Report, RequirementResult
from conformance.reporting import terminal
from conformance.reporting.plain_text import harmless, visible
from conformance.rig import Rig
from conformance.run import Progress, Run
from conformance.scenarios.programme import Programme
from conformance.settings import Settings, read_settings
from conformance.transcript import Ending, PlannedItem
from conformance.verdict import RunVerdict, Verdict
from conformance.waiver import WaiverState

__all__ = ["ConformanceSession"]

_LOOK_AGAIN: Final = 0.1
_LINE_EVERY: Final = 10.0
_FAILED: Final = int(pytest.ExitCode.TESTS_FAILED)


class ConformanceSession:
    """What the plugin keeps for the time of a pytest session."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.settings = settings
        self.report: Report | None = None
        self._config = config
        self._programme = settings.programme()
        self._run: Run | None = None
        self._office: Office | None = None
        self._verdicts: dict[str, ItemVerdict] = {}
        self._guard = threading.Lock()
        self._progress = _ProgressLine()

    @classmethod
    def from_config(cls, config: pytest.Config) -> ConformanceSession:
        """A session from pytest's options.

        Raises ConfigurationError that names every mistake at once.
        """
        installation = Installation()
        installation.load_installed(but=config.pluginmanager.is_registered)
        installation.ask("a conftest file or plugin", config.hook.pytest_conformance_requirements)
        config.add_cleanup(installation.remove)
        try:
            catalogue = installation.install()
        except ConfigurationError as own:
            # What else is wrong is told with it.
            try:
                read_settings(vars(config.option), os.environ, config.rootpath)
            except ConfigurationError as settings:
                raise ConfigurationError(*own.problems, *settings.problems) from None
            raise
        return cls(config, read_settings(vars(config.option), os.environ, config.rootpath, catalogue=catalogue))

    def open_office(self) -> dict[str, object]:
        """Open the office for pytest-xdist workers, once; returns the card that leads there."""
        if self._office is None:
            self._office = Office(self)
        return self._office.card

    # What items ask

    def plans(self) -> list[ItemPlan]:
        """All items of the programme; a requirement that does not apply has one that says so."""
        catalogue, description = self.settings.catalogue, self.settings.description
        plans = []
        for name in self._programme.requirements:
            requirement = catalogue[name]
            level = str(level_of(requirement, description))
            names = [i.name for i in self._programme.items if i.requirement == name] or [name]
            plans += [ItemPlan(each, name, level, requirement.title) for each in names]
        return plans

    def begin(self, names: list[str], *, stay: bool = False) -> None:
        """Begin the run with the selected items; with `stay` platform and partner stay up for hand-written tests.

        Raises RunRefused when it cannot begin.
        """
        chosen = set(names)
        items = tuple(item for item in self._programme.items if item.name in chosen)
        wanted = {item.requirement for item in items} | (chosen & set(self._programme.requirements))
        requirements = tuple(name for name in self._programme.requirements if name in wanted)
        programme = Programme(requirements, items, self._programme.whole_run)
        shared = self._office is not None
        run = Run(self.settings, programme, shared_machine=shared, hooks=hooks_of(self._config), stay=stay)
        run.start()
        self._run = run

    def watch(self) -> None:
        """Wait for the end of the run and say meanwhile how far it is; one that could not go on ends the session."""
        run = self._run
        if run is None:
            return
        began = time.monotonic()
        while not run.wait(_LOOK_AGAIN):
            self._progress.show(run.progress, time.monotonic() - began)
        self._progress.clear()
        if run.error is not None:
            raise pytest.UsageError(f"webhook-conformance cannot judge:\n{harmless(run.refusal)}")

    def verdict(self, name: str) -> ItemVerdict:
        """Wait for the end of the run, and return the verdict of an item.

        Raises RunRefused when the run could not begin or go on.
        """
        run = self._run
        if run is None:
            raise RunRefused("the run has not begun")
        while not run.wait(_LOOK_AGAIN):
            pass
        if run.error is not None:
            raise RunRefused(run.refusal)
        self._judge()
        return self._verdicts[name]

    def rig(self, name: str) -> Rig:
        """The stage of a hand-written test.

        Raises RunRefused when there is none.
        """
        run = self._run
        if run is None:
            raise RunRefused("The simulated platform is not up: it does not stay up for tests under pytest-xdist.")
        return run.rig(name)

    def _judge(self) -> None:
        with self._guard:
            report = self._run.judge() if self.report is None and self._run is not None else None
            if report is not None:
                self._verdicts = {plan.name: self._verdict(report, plan) for plan in self.plans()}
                self.report = report

    def _verdict(self, report: Report, plan: ItemPlan) -> ItemVerdict:
        result = next((r for r in report.requirements if r.requirement.id == plan.requirement), None)
        if result is None:
            return ItemVerdict(Verdict.NOT_RUN, "not selected", "not selected")
        item = next((i for i in result.items if i.name == plan.name), None)
        if item is None:
            return ItemVerdict(result.verdict, result.reason, result.reason)
        unneeded = _unneeded(report, result) if item is result.items[0] else ""
        return ItemVerdict(item.verdict, item.reason, terminal.explain(result, item), unneeded)

    # The end

    def finish(self, exitstatus: int, step_summary: Path | None) -> int:
        """End the run and write the report; returns the exit status of the session."""
        run = self._run
        self._progress.clear()
        if run is None:
            return exitstatus
        if not run.wait(0):
            interrupted = exitstatus == int(pytest.ExitCode.INTERRUPTED)
            run.stop("interrupted by the operator" if interrupted else "pytest ended before all items had run")
        self.report = run.finish(step_summary=step_summary) or self.report
        if self.report is not None:
            self._config.hook.pytest_conformance_report(config=self._config, report=self.report)
        finished = self.report is not None and self.report.ending is Ending.FINISHED
        proven = finished and self._proves_anything()
        if exitstatus == int(pytest.ExitCode.OK) and run.programme.requirements and not proven:
            return _FAILED
        return exitstatus

    def _proves_anything(self) -> bool:
        counts = self.report.counts if self.report is not None else {}
        return bool(counts.get(Verdict.PASS, 0) + counts.get(Verdict.WARN, 0))

    def banner(self) -> list[str]:
        """Who is judged, in pytest's header."""
        settings = self.settings
        items: tuple[PlannedItem, ...] = self._programme.items
        who = f"{without_secrets(settings.partner)} as partner of {settings.description.title}"
        return [f"webhook-conformance: {who}, {len(items)} items, seed {settings.seed}"]

    def summarise(self, reporter: pytest.TerminalReporter) -> None:
        """What was proven, what failed, and where the report is."""
        if self.report is None:
            return
        reporter.section("webhook conformance")
        colour = bool(reporter.hasmarkup)
        text = terminal.render(self.report, report_dir=str(self.settings.report_dir), colour=colour)
        reporter.write_line(text)
        if self.report.verdict is RunVerdict.INCOMPLETE and not self._proves_anything():
            reporter.write_line("Nothing was proven, so this run is not green.")

    def close(self) -> None:
        """Let go of what is still held."""
        if self._office is not None:
            self._office.close()
        if self._run is not None and self._run.programme.requirements and self.report is None:
            # pytest has written the results of no test at all, which would look green.
            (self.settings.report_dir / "junit.xml").unlink(missing_ok=True)


def _unneeded(report: Report, result: RequirementResult) -> str:
    """What to say of a waiver that a requirement does without; its first item says it for all."""
    for use in report.waivers:
        if use.waiver.requirement == result.requirement.id and use.state is WaiverState.NOT_NEEDED:
            return f"{use.waiver.requirement} is met: take its waiver out of the file ({use.waiver.owner})"
    return ""


class _ProgressLine:
    """One line that says how far the run is: rewritten on a terminal, now and then a new one elsewhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._live = sys.__stderr__ is not None and sys.__stderr__.isatty()
        self._shown_at = clock()
        self._width = 0

    def show(self, progress: Progress, elapsed: float) -> None:
        """Show how far the run is."""
        stream = sys.__stderr__
        every = 0.0 if self._live else _LINE_EVERY
        if stream is None or self._clock() - self._shown_at < every:
            return
        self._shown_at = self._clock()
        done = f"{progress.done} of {progress.planned} stories; {visible(progress.playing)}"
        text = f"conformance {elapsed:.0f} s: {done}"[:110]
        if self._live:
            stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            stream.write(text + "\n")
        stream.flush()

    def clear(self) -> None:
        """Wipe the line away."""
        if self._live and self._width and sys.__stderr__ is not None:
            sys.__stderr__.write("\r" + " " * self._width + "\r")
            sys.__stderr__.flush()
            self._width = 0
