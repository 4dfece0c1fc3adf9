"""`webhook-conformance init`."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.commands.conventions import plain_errors, say, several

__all__ = ["init"]


@click.command()
@click.option("--spec", required=True, type=click.Path(path_type=Path), help="The document, or a folder of schemas.")
@click.option("--output", type=click.Path(path_type=Path), help="Write it there; it must not exist yet.")
@plain_errors
def init(*, spec: Path, output: Path | None) -> None:
    """Draft the description of a platform from its document: OpenAPI, AsyncAPI or JSON Schema.

    Every guess has a comment; what only a person can know says DECIDE. An event type that the kit cannot send as the
    draft has it is there and says why.

    \b
    Examples:
        webhook-conformance init --spec openapi.yaml
        webhook-conformance init --spec openapi.yaml --output parcels/platform.yaml
    """
    from conformance.drafting.trial import drafted
    from conformance.errors import ConfigurationError, Problem

    if output is not None and output.exists():
        raise ConfigurationError(Problem("--output", f"{output} exists", "Name another file, or remove that one."))
    text, found = drafted(spec, output)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    for note in found.notes:
        say(f"note: {note}", err=True)
    for problem in found.problems:
        say(f"problem: {problem}", err=True)
    decisions = text.count("DECIDE") - 1
    click.echo(f"{several(decisions, 'decision')} left to you, marked DECIDE.", err=True)
