"""What the commands have in common: exit codes, how our own errors are told, and requirements of one's own."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Final, ParamSpec

import click

if TYPE_CHECKING:
    from conformance.catalogue import Catalogue

__all__ = ["EXIT_CODES", "USAGE", "catalogue_with", "own_requirements", "plain_errors"]

USAGE: Final = 2
EXIT_CODES: Final = {"conforms": 0, "fails": 1, "incomplete": 3, "refused": 3}
_P = ParamSpec("_P")


def plain_errors(command: Callable[_P, None]) -> Callable[_P, None]:
    """Tell our own errors and unusable files in words, and exit with 2: they are the operator's to mend."""

    @wraps(command)
    def careful(*args: _P.args, **kwargs: _P.kwargs) -> None:
        from conformance.errors import ConformanceError

        try:
            command(*args, **kwargs)
        except ConformanceError as error:
            click.echo(f"webhook-conformance: {error}", err=True)
            sys.exit(USAGE)
        except OSError as error:
            # What reads this command may have closed its pipe: click ends quietly then.
            if error.errno == errno.EPIPE or error.filename is None:
                raise
            click.echo(f"webhook-conformance: {error.filename}: {error.strerror}", err=True)
            sys.exit(USAGE)

    return careful


own_requirements: Final = click.option(
    "--requirements",
    "own",
    multiple=True,
    metavar="MODULE|FILE.py",
    help="A module with pytest_conformance_requirements(register), your conftest.py say; repeatable.",
)


def catalogue_with(own: tuple[str, ...]) -> Catalogue:
    """The kit's requirements, with those of installed packages and of the modules that are named."""
    from conformance.installation import Installation

    installation = Installation()
    installation.load_installed()
    for named in own:
        installation.load(named)
    return installation.install()
