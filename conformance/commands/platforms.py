"""`webhook-conformance platforms`."""

from __future__ import annotations

import json
import sys
import textwrap

import click

from conformance.commands.conventions import USAGE, plain_errors, say, say_json, several

__all__ = ["platforms"]


@click.command()
@click.option("--check", metavar="PATH", help="Say everything that is wrong with a description, or a document.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@plain_errors
def platforms(*, check: str | None, as_json: bool) -> None:
    """List the platforms that ship with the kit, or check the description of one.

    A check exits with 2 when the platform cannot be played as it is described. Parts of the document that cannot be
    used and that nothing needs are notes.

    \b
    Examples:
        webhook-conformance platforms
        webhook-conformance platforms --check parcels/platform.yaml
        webhook-conformance platforms --check openapi.yaml
    """
    if check:
        _check_platform(check, as_json=as_json)
        return
    from conformance.platform.description_file import bundled_platforms
    from conformance.platform.specification import read_specification

    known = [read_specification(name).description for name in bundled_platforms()]
    if as_json:
        rows = [{"name": d.name, "title": d.title, "features": sorted(d.features)} for d in known]
        click.echo(json.dumps(rows, indent=2))
        return
    for d in known:
        style = "thin" if d.thin else "thick"
        click.echo(
            f"{d.name:<10} {d.title}: {len(d.delivered_types)} event types ({style}), {len(d.operations)} operations"
        )
        click.echo(
            textwrap.fill(", ".join(sorted(d.features)), 100, initial_indent=" " * 11, subsequent_indent=" " * 11)
        )
        click.echo(" " * 11 + f"{len(d.assumptions)} values that the platform does not publish are assumed")


def _check_platform(path: str, *, as_json: bool) -> None:
    from dataclasses import asdict

    from conformance.inspection import inspect

    found = inspect(path)
    if as_json:
        say_json(json.dumps(asdict(found), indent=2))
    else:
        for word, told in (("note", found.notes), ("problem", found.problems)):
            for one in told:
                say(f"{word}: {one}")
        if found.summary:
            say(found.summary)
        counts = f"{several(len(found.problems), 'problem')}, {several(len(found.notes), 'note')}"
        click.echo(f"{counts}." if found.problems else f"Nothing is wrong: {counts}.")
    if found.problems:
        sys.exit(USAGE)
