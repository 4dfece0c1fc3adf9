"""`webhook-conformance aggregate`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from conformance.commands.conventions import USAGE, plain_errors, say

__all__ = ["aggregate"]


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option("--output", type=click.Path(path_type=Path), default=Path("aggregate"), help="Write the page there.")
@click.option("--previous", type=click.Path(path_type=Path), help="An earlier aggregate.json, to say what changed.")
@click.option("--max-age", default="30d", show_default=True, metavar="AGE", help="Runs before that are marked as old.")
@click.option("--strict", is_flag=True, help="Exit with 2 when a report cannot be read.")
@plain_errors
def aggregate(*, folders: tuple[Path, ...], output: Path, previous: Path | None, max_age: str, strict: bool) -> None:
    """Put the reports of many partners on one page: who conforms, what fails most, what changed.

    A folder with a report.json in it is a partner. In any other folder, each folder is one, with all reports below it;
    the newest counts, and the one before it says what changed. The same name in two folders is the same partner.
    Written are aggregate.html, aggregate.md and aggregate.json. A gate.json beside a report is shown with it.

    Exits with 0, also when partners fail and when a report cannot be read; 2 when there is no report at all.

    \b
    Examples:
        webhook-conformance aggregate collected
        webhook-conformance aggregate acme/reports globex/reports --output page
        webhook-conformance aggregate collected --previous last-week/aggregate.json --strict
    """
    from conformance.aggregate import document, telling
    from conformance.aggregate.gathering import gather
    from conformance.aggregate.overview import overview
    from conformance.catalogue import shipped_catalogue
    from conformance.errors import ConfigurationError, Problem

    earlier = document.read_previous(previous) if previous is not None else None
    stale_after = _age(max_age)
    standings, unread = gather(folders)
    if not standings and not unread:
        hint = "A report is a file report.json, in the folder or in folders below it."
        raise ConfigurationError(Problem(", ".join(map(str, folders)), "holds no report", hint))
    titles = {id_: stated.title for id_, stated in shipped_catalogue().requirements.items()}
    now = datetime.now(UTC)
    shown = overview(standings, unread, previous=earlier, now=now, stale_after=stale_after, titles=titles)
    pages = {"html": telling.as_page, "md": telling.as_markdown, "json": document.render}
    try:
        output.mkdir(parents=True, exist_ok=True)
        for kind, render in pages.items():
            (output / f"aggregate.{kind}").write_bytes(render(shown).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ConfigurationError(Problem(str(output), f"cannot be written: {error.strerror or error}")) from None
    say(f"{telling.as_text(shown)}\n\npage: {output / 'aggregate.html'}")
    if not standings or (strict and unread):
        sys.exit(USAGE)


def _age(text: str) -> timedelta:
    from conformance.duration import duration_of
    from conformance.errors import ConfigurationError, Problem

    try:
        return timedelta(seconds=duration_of(text))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(Problem("--max-age", str(error), "Example: 30d")) from None
