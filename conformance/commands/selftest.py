"""`webhook-conformance selftest`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click

from conformance.commands.conventions import EXIT_CODES, plain_errors

__all__ = ["selftest"]


@click.command()
@click.option("--platform", multiple=True, help="A platform to play, by name or path; all shipped ones if not given.")
@click.option("--defect", multiple=True, metavar="NAME", help="Try this defect only; repeatable.")
@click.option("--named-only", is_flag=True, help="Judge each defect by the requirement named for it alone: quick.")
@click.option(
    "--at-once",
    type=click.IntRange(1, 32),
    default=lambda: min(32, 5 * (os.cpu_count() or 1)),
    show_default="5 for each processor",
    help="Runs side by side; most of a run is waiting.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The seed of every run.")
@click.option("--report-dir", type=click.Path(path_type=Path), help="Write kill-matrix.json, .md and .html there.")
@plain_errors
def selftest(
    *,
    platform: tuple[str, ...],
    defect: tuple[str, ...],
    named_only: bool,
    at_once: int,
    seed: int,
    report_dir: Path | None,
) -> None:
    """Try the kit on partners that are known to be wrong, each in one way.

    Ends with 0 when every defect is caught by the requirement that is named for it; with 1 when a defect survives, when
    only another requirement than its own catches one, when a MUST is broken by no defect, or when something is held
    against the partner without a defect; with 3 when it is interrupted.

    \b
    Examples:
        webhook-conformance selftest
        webhook-conformance selftest --named-only
        webhook-conformance selftest --platform my-platform/platform.yaml --report-dir reports
        webhook-conformance selftest --defect applies-duplicates
    """
    from conformance.kill_matrix import Trial
    from conformance.platform.description_file import bundled_platforms
    from conformance.quantity import named
    from conformance.reference.defects import DEFECTS
    from conformance.reporting.kill_matrix_page import as_html, as_json, as_markdown, summary
    from conformance.selftest import orders
    from conformance.selftest import selftest as run_selftest

    wanted = orders(platform or tuple(bundled_platforms()), defects=defect, seed=seed, named_only=named_only)

    def told(done: int, planned: int, trial: Trial) -> None:
        what = trial.defect or f"no defect on {trial.platform}"
        click.echo(f"{done:>4} of {planned}  {what}  {trial.seconds:.0f} s", err=True)

    # A pipeline ends what takes too long with SIGTERM: that is an interruption like Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        matrix = run_selftest(wanted, at_once=at_once, progress=told, whole=not defect, named_only=named_only)
    except KeyboardInterrupt:
        click.echo("webhook-conformance: interrupted; nothing is said of the defects that were not tried", err=True)
        sys.exit(EXIT_CODES["incomplete"])
    finally:
        signal.signal(signal.SIGTERM, before)
    if report_dir is not None:
        report_dir.mkdir(parents=True, exist_ok=True)
        for ending, render in (("json", as_json), ("md", as_markdown), ("html", as_html)):
            (report_dir / f"kill-matrix.{ending}").write_text(render(matrix), encoding="utf-8")
    click.echo(summary(matrix))
    untried = len(DEFECTS) - len(matrix.trials)
    if untried and not defect:
        click.echo(f"Not tried, because they break nothing on these platforms: {named(untried, 'defect')}.")
    sys.exit(0 if matrix.proves else 1)
