"""`webhook-conformance judge`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.commands.conventions import (
    EXIT_CODES,
    catalogue_with,
    judging,
    own_requirements,
    plain_errors,
    say,
    say_json,
)

__all__ = ["judge"]


@click.command()
@click.argument("journal", type=click.Path(path_type=Path))
@click.option("--report-dir", type=click.Path(path_type=Path), help="Write the report files there as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON instead of the summary.")
@own_requirements
@plain_errors
def judge(*, journal: Path, report_dir: Path | None, as_json: bool, own: tuple[str, ...]) -> None:
    """Judge a recorded run again, from its journal alone.

    Exits with 0 when the partner conforms, 1 when a requirement failed, 3 when the run is incomplete.
    Requirements that do not ship with the kit need their judges: name the module that registers them.

    \b
    Examples:
        webhook-conformance judge reports/journal.jsonl --requirements conftest.py
        webhook-conformance judge reports/journal.jsonl
        webhook-conformance judge reports/journal.jsonl --report-dir again
    """
    from conformance.journal import read_journal
    from conformance.judge.verdicts import judge_transcript
    from conformance.reporting import json_document, terminal
    from conformance.reporting.writer import write

    catalogue = catalogue_with(own)
    journal = journal / "journal.jsonl" if journal.is_dir() else journal
    shown = report_dir or (journal.parent if (journal.parent / "report.html").exists() else None)
    with judging(journal):
        report = judge_transcript(read_journal(journal), catalogue)
        if report_dir is not None:
            write(report, report_dir)
        told = json_document.render(report) if as_json else terminal.render(report, report_dir=str(shown or ""))
    if as_json:
        say_json(told)
    else:
        say(told)
    sys.exit(EXIT_CODES[report.verdict])
