"""Running the kit inside a test: settings, a run in its thread, and the report that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.report import Report
from conformance.run import Run
from conformance.settings import Settings, read_settings
from conformance.verdict import Verdict

__all__ = ["QUICK", "run_kit", "settings_for", "verdicts"]

# A partner on this machine reacts in milliseconds, so what never comes need not be awaited for half a minute.
QUICK = ("waits.effect=4", "waits.retry=9")


def settings_for(
    partner: str,
    platform: str,
    folder: Path,
    *,
    requirements: tuple[str, ...] = (),
    overrides: tuple[str, ...] = QUICK,
    environment: Mapping[str, str] | None = None,
    **options: object,
) -> Settings:
    """Settings as the plugin would read them."""
    given = {
        "partner_url": partner,
        "platform": platform,
        "report_dir": str(folder / "reports"),
        "requirement": list(requirements),
        "conformance_set": list(overrides),
        **options,
    }
    return read_settings(given, environment or {}, folder)


def run_kit(settings: Settings) -> Report:
    """Play and judge everything that the settings ask for."""
    run = Run(settings, settings.programme())
    run.start()
    while not run.wait(60):
        pass
    report = run.finish()
    if run.error is not None:
        raise run.error
    assert report is not None
    return report


def verdicts(report: Report) -> dict[str, Verdict]:
    """Verdict by requirement."""
    return {result.requirement.id: result.verdict for result in report.requirements}
