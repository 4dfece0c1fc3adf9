"""A partner that dies in the middle of a run: what it did not do any more proves nothing."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from conformance.run import Run
from conformance.transcript import Ending
from conformance.verdict import RunVerdict, Verdict
from kit_run import settings_for, verdicts


def test_a_dead_partner_neither_fails_nor_passes_by_silence(tmp_path: Path) -> None:
    """The run ends soon, says why, and blames nothing on the partner that it only failed to do."""
    settings = settings_for("demo", "wawex", tmp_path, requirements=("FET-01", "FET-04", "FET-07"), overrides=())
    run = Run(settings, settings.programme())
    run.start()
    moment = threading.Event()
    while run.progress.done < 20 and not run.wait(0):
        moment.wait(0.02)
    assert run._partner is not None
    assert run._partner._process is not None
    os.killpg(run._partner._process._process.pid, signal.SIGKILL)

    assert run.wait(120)
    report = run.finish()

    assert run.error is None
    assert report is not None
    assert (RunVerdict.INCOMPLETE, Ending.INTERRUPTED) == (report.verdict, report.ending)
    assert "the partner's process ended with status -9" in report.ending_reason
    assert Verdict.FAIL not in verdicts(report).values()
    never = next(i for r in report.requirements for i in r.items if i.name == "FET-07[never]")
    assert Verdict.NOT_ASSESSABLE is never.verdict
