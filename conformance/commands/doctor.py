"""`webhook-conformance doctor`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from conformance.commands.conventions import plain_errors, say, say_json
from conformance.commands.run_options import run_options

__all__ = ["doctor"]

_SHOWN: Final = (
    "partner-url",
    "platform",
    "partner-control-url",
    "partner-command",
    "partner-wait",
    "platform-bind",
    "platform-public-url",
    "listen-beyond-loopback",
    "set",
    "no-negative",
    "ca-file",
)
_EXIT_CODES: Final = {"ready": 0, "configuration": 2, "unreachable": 3}


@click.command()
@run_options(*_SHOWN)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@plain_errors
def doctor(*, as_json: bool, **options: Any) -> None:
    """Look for what is in the way of a run, before one is made.

    It takes the options and the environment of a run, and the same pyproject.toml. Looked at are settings and secrets,
    the port of the simulated platform, the way to the partner, its certificate, who answers there, its clock, whether
    secrets agree on both sides, the control endpoint, and whether the partner calls the simulated platform.
    A few events are delivered, genuine and forged; no story is played and nothing is judged.

    Exits with 0 when nothing is in the way, 2 when something has to be configured, 3 when the partner is not reached.

    \b
    Examples:
        webhook-conformance doctor --partner-url http://127.0.0.1:8000/webhooks --platform feewise
        webhook-conformance doctor --partner-url http://127.0.0.1:8000 --platform wawex --json
    """
    from conformance.doctor.doctor import examine, misconfigured
    from conformance.doctor.telling import as_json as json_of
    from conformance.doctor.telling import as_text
    from conformance.errors import ConfigurationError
    from conformance.settings import read_settings

    given = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
    try:
        examination = asyncio.run(examine(read_settings(given, os.environ, Path.cwd())))
    except ConfigurationError as error:
        who = {name: str(given[name] or "") for name in ("platform", "partner_url")}
        examination = misconfigured(error, platform=who["platform"], partner=who["partner_url"])
    say_json(json_of(examination)) if as_json else say(as_text(examination))
    sys.exit(_EXIT_CODES[examination.condition])
