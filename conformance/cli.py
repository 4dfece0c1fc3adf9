"""The command `webhook-conformance`. Each subcommand imports what it needs when it runs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import textwrap
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec

import click

from conformance import __version__

if TYPE_CHECKING:
    from conformance.catalogue import Catalogue

__all__ = ["main"]

_USAGE: Final = 2
_EXIT: Final = {"conforms": 0, "fails": 1, "incomplete": 3}
_P = ParamSpec("_P")


def _plain_errors(command: Callable[_P, None]) -> Callable[_P, None]:
    """Tell our own errors in words, and exit with 2: they are the operator's to mend."""

    @wraps(command)
    def careful(*args: _P.args, **kwargs: _P.kwargs) -> None:
        from conformance.errors import ConformanceError

        try:
            command(*args, **kwargs)
        except ConformanceError as error:
            click.echo(f"webhook-conformance: {error}", err=True)
            sys.exit(_USAGE)

    return careful


_own_requirements: Final = click.option(
    "--requirements",
    "own",
    multiple=True,
    metavar="MODULE|FILE.py",
    help="A module with pytest_conformance_requirements(register), your conftest.py say; repeatable.",
)


def _catalogue(own: tuple[str, ...]) -> Catalogue:
    """The kit's requirements, with those of installed packages and of the modules that are named."""
    from conformance.installation import Installation

    installation = Installation()
    installation.load_installed()
    for named in own:
        installation.load(named)
    return installation.install()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="webhook-conformance")
def main() -> None:
    """Judge how a partner receives a platform's webhooks.

    The run itself is a pytest run:

    \b
        pytest --partner-url=demo --platform=feewise
        pytest --partner-url=http://127.0.0.1:8000/webhooks --platform=feewise
    """


@main.command()
@click.option("--check", metavar="PATH", help="Say everything that is wrong with a description, or a document.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_plain_errors
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
        click.echo(json.dumps(asdict(found), indent=2))
    else:
        for word, told in (("note", found.notes), ("problem", found.problems)):
            for one in told:
                click.echo(f"{word}: {one}")
        click.echo(found.summary, nl=bool(found.summary))
        counts = f"{_several(len(found.problems), 'problem')}, {_several(len(found.notes), 'note')}"
        click.echo(f"{counts}." if found.problems else f"Nothing is wrong: {counts}.")
    if found.problems:
        sys.exit(_USAGE)


@main.command()
@click.option("--spec", required=True, type=click.Path(path_type=Path), help="The document, or a folder of schemas.")
@click.option("--output", type=click.Path(path_type=Path), help="Write it there; it must not exist yet.")
@_plain_errors
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
        click.echo(f"note: {note}", err=True)
    for problem in found.problems:
        click.echo(f"problem: {problem}", err=True)
    decisions = text.count("DECIDE") - 1
    click.echo(f"{_several(decisions, 'decision')} left to you, marked DECIDE.", err=True)


def _several(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@main.command()
@click.option("--explain", metavar="ID", help="Say everything about one requirement.")
@click.option("--coverage", is_flag=True, help="Say by which judge, story and switch each one is covered.")
@click.option("--platform", help="Only those that apply to this platform, with the level in force there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--page", is_flag=True, help="Print those of your own as a page in Markdown.")
@_own_requirements
@_plain_errors
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
    from conformance.platform.specification import read_specification
    from conformance.reference_page import explained, own_page

    catalogue = _catalogue(own)
    if page:
        click.echo(own_page(catalogue), nl=False)
        return
    if explain:
        requirement = catalogue.requirements.get(explain.upper())
        if requirement is None:
            hint = "webhook-conformance requirements lists them all."
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


@main.command()
@click.option("--platform", required=True, help="A platform's name, or the path of a description.")
@click.option("--platform-url", default="http://127.0.0.1:4010", show_default=True, help="Where the kit will listen.")
@_plain_errors
def settings(*, platform: str, platform_url: str) -> None:
    """Print what to configure on the partner's side.

    \b
    Example:
        webhook-conformance settings --platform feewise
    """
    from conformance.partner_settings import partner_settings
    from conformance.platform.specification import read_specification

    click.echo(partner_settings(read_specification(platform), platform_url.rstrip("/")))


@main.command()
@click.option("--platform", help="The platform that it is a partner of.")
@click.option("--api-url", default="http://127.0.0.1:4010", show_default=True, help="The platform's API.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--defect", default="", metavar="NAME", help="Make it wrong in one way.")
@click.option("--list-defects", is_flag=True, help="List the ways in which it can be wrong.")
@_plain_errors
def demo(*, platform: str | None, api_url: str, port: int, defect: str, list_defects: bool) -> None:
    """Run the reference partner, correct or with one defect, until Ctrl-C.

    Its secrets come from the same variables that the kit reads (see: settings); without a control token it offers no
    control endpoint.

    \b
    Examples:
        webhook-conformance demo --platform wawex --port 8000
        webhook-conformance demo --platform feewise --defect accepts-unsigned-events
        pytest --partner-url=demo:accepts-unsigned-events --platform=feewise
    """
    from conformance.reference.defects import DEFECTS

    if list_defects:
        for known in DEFECTS.values():
            click.echo(f"{known.name:<34} {known.requirement}  {known.sentence}")
        return
    if not platform:
        raise click.UsageError("Missing option '--platform'.")
    if defect and defect not in DEFECTS:
        raise click.BadParameter(f"no defect {defect!r}; see --list-defects", param_hint="--defect")
    asyncio.run(_demo(platform, api_url.rstrip("/"), port, defect))


async def _demo(platform: str, api_url: str, port: int, defect: str) -> None:
    from conformance.credentials import read_secrets
    from conformance.errors import ConfigurationError
    from conformance.partner_process import start_demo
    from conformance.platform.specification import read_specification

    specification = read_specification(platform)
    variable = "CONFORMANCE_CONTROL_TOKEN"
    has_control = bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))
    secrets, problems = read_secrets(specification.description, os.environ, control=has_control)
    if problems:
        raise ConfigurationError(*problems)
    with tempfile.TemporaryDirectory(prefix="conformance-demo-") as folder:
        process, url, control = await start_demo(
            specification, secrets, api_url=api_url, defect=defect, folder=Path(folder), port=port
        )
        control = control if has_control else f"none, because {variable} is not set"
        click.echo(f"webhooks: {url}\ncontrol:  {control}\nplatform: {api_url}\nCtrl-C ends it.")
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        try:
            await ended.wait()
        finally:
            await process.stop()


@main.command()
@click.argument("journal", type=click.Path(path_type=Path))
@click.option("--report-dir", type=click.Path(path_type=Path), help="Write the report files there as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON instead of the summary.")
@_own_requirements
@_plain_errors
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

    journal = journal / "journal.jsonl" if journal.is_dir() else journal
    report = judge_transcript(read_journal(journal), _catalogue(own))
    if report_dir is not None:
        write(report, report_dir)
    shown = report_dir or (journal.parent if (journal.parent / "report.html").exists() else None)
    click.echo(json_document.render(report) if as_json else terminal.render(report, report_dir=str(shown or "")))
    sys.exit(_EXIT[report.verdict])


@main.command()
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
@_plain_errors
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
        sys.exit(_EXIT["incomplete"])
    finally:
        signal.signal(signal.SIGTERM, before)
    if report_dir is not None:
        report_dir.mkdir(parents=True, exist_ok=True)
        for ending, render in (("json", as_json), ("md", as_markdown), ("html", as_html)):
            (report_dir / f"kill-matrix.{ending}").write_text(render(matrix), encoding="utf-8")
    click.echo(summary(matrix))
    untried = len(DEFECTS) - len(matrix.trials)
    if untried and not defect:
        click.echo(f"{untried} defects break nothing on these platforms, and were not tried.")
    sys.exit(0 if matrix.proves else 1)
