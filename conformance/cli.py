"""The command `webhook-conformance`."""

from __future__ import annotations

import io
import sys

import click

from conformance import __version__
from conformance.commands.aggregate import aggregate
from conformance.commands.attest import attest
from conformance.commands.demo import demo
from conformance.commands.doctor import doctor
from conformance.commands.gate import gate
from conformance.commands.init import init
from conformance.commands.judge import judge
from conformance.commands.platforms import platforms
from conformance.commands.requirements import requirements
from conformance.commands.resend import resend
from conformance.commands.selftest import selftest
from conformance.commands.settings import settings

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="webhook-conformance")
def main() -> None:
    """Judge how a partner receives a platform's webhooks.

    The run itself is a pytest run:

    \b
        pytest --partner-url=demo --platform=feewise
        pytest --partner-url=http://127.0.0.1:8000/webhooks --platform=feewise
    """
    # What a terminal or a log has no letters for must not end in a traceback, and with another status.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


_COMMANDS = (
    aggregate,
    attest,
    demo,
    doctor,
    gate,
    init,
    judge,
    platforms,
    requirements,
    resend,
    selftest,
    settings,
)
for _command in _COMMANDS:
    main.add_command(_command)
