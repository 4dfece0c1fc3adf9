"""`webhook-conformance requirements`."""

from __future__ import annotations

import json
import sys

import click

from conformance.commands.conventions import catalogue_with, own_requirements, plain_errors

__all__ = ["requirements"]


@click.command()
@click.option("--explain", metavar="ID", help="Say everything about one requirement.")
@click.option("--coverage", is_flag=True, help="Say by which judge, story and switch each one is covered.")
@click.option("--platform", help="Only those that apply to this platform, with the level in force there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--page", is_flag=True, help="Print those of your own as a page in Markdown.")
@own_requirements
@plain_errors
def requirements(
    *, explain: str | None, coverage: bool, platform: str | None, as_json: bool, page: bool, own: tuple[str, ...]
) -> None:
    """List the requirements, explain one, or show by what each is covered.

    \b
    Examples:
        webhook-conformance requirements --requirements conftest.py --explain ACME-01
        webhook-conformance requirements --platform wawex
        webhook-conformance requirements --explain DUP-02
        webhook-conformance requirements --coverage
    """
    if coverage:
        _show_coverage(platform, as_json=as_json)
        return
    from conformance.errors import ConfigurationError, Problem
    from conformance.judge.court import level_of
    from conformance.misspelling import guessed
    from conformance.platform.specification import read_specification
    from conformance.reference_page import explained, own_page

    catalogue = catalogue_with(own)
    if page:
        click.echo(own_page(catalogue), nl=False)
        return
    if explain:
        requirement = catalogue.requirements.get(explain.upper())
        if requirement is None:
            hint = guessed(explain, catalogue.requirements, "webhook-conformance requirements lists them all.")
            raise ConfigurationError(Problem("--explain", f"unknown requirement {explain!r}", hint))
        click.echo(explained(requirement))
        return
    description = read_specification(platform).description if platform else None
    listed = [
        (r, level_of(r, description) if description else r.level)
        for r in catalogue.requirements.values()
        if description is None or set(r.applies_when) <= description.features
    ]
    if as_json:
        rows = [{"id": r.id, "level": level, "title": r.title, "chapter": r.chapter} for r, level in listed]
        click.echo(json.dumps(rows, indent=2))
        return
    chapter = ""
    for requirement, level in listed:
        if requirement.chapter != chapter:
            chapter = requirement.chapter
            click.echo(f"\n{catalogue.chapters[chapter]}")
        click.echo(f"  {requirement.id}  {level:<7} {requirement.title}")


def _show_coverage(platform: str | None, *, as_json: bool) -> None:
    from dataclasses import asdict

    from conformance.catalogue import shipped_catalogue
    from conformance.coverage import covers, table
    from conformance.platform.description_file import bundled_platforms
    from conformance.platform.specification import read_specification

    names = [platform] if platform else list(bundled_platforms())
    found = covers(shipped_catalogue(), [read_specification(name).description for name in names])
    click.echo(json.dumps([asdict(cover) for cover in found], indent=2) if as_json else table(found))
    if any(cover.missing for cover in found):
        sys.exit(1)
