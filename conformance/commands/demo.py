"""`webhook-conformance demo`."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from pathlib import Path

import click

from conformance.commands.conventions import plain_errors

__all__ = ["demo"]


@click.command()
@click.option("--platform", help="The platform that it is a partner of.")
@click.option("--api-url", default="http://127.0.0.1:4010", show_default=True, help="The platform's API.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--defect", default="", metavar="NAME", help="Make it wrong in one way.")
@click.option("--list-defects", is_flag=True, help="List the ways in which it can be wrong.")
@plain_errors
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
    from conformance.misspelling import guessed
    from conformance.reference.defects import DEFECTS

    if list_defects:
        for known in DEFECTS.values():
            click.echo(f"{known.name:<34} {known.requirement}  {known.sentence}")
        return
    if not platform:
        raise click.UsageError("Missing option '--platform'.")
    if defect and defect not in DEFECTS:
        hint = guessed(defect, DEFECTS, "See --list-defects.")
        raise click.BadParameter(f"no defect {defect!r}. {hint}", param_hint="--defect")
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
