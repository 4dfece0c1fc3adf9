"""What the commands have in common: exit codes, how our own errors are told, and requirements of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Final, NoReturn, ParamSpec

import click

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.catalogue import Catalogue

__all__ = [
    "EXIT_CODES",
    "USAGE",
    "catalogue_with",
    "judging",
    "own_requirements",
    "plain_errors",
    "say",
    "say_json",
]

USAGE: Final = 2
EXIT_CODES: Final = {"conforms": 0, "fails": 1, "incomplete": 3, "refused": 3}
_LONGEST: Final = 200
_P = ParamSpec("_P")


def plain_errors(command: Callable[_P, None]) -> Callable[_P, None]:
    """Tell our own errors and unusable files in words, and exit with 2: they are the operator's to mend."""

    @wraps(command)
    def careful(*args: _P.args, **kwargs: _P.kwargs) -> None:
        from conformance.errors import ConformanceError

        try:
            command(*args, **kwargs)
        except ConformanceError as error:
            _give_up(str(error))
        except BrokenPipeError:
            raise  # whoever read the output wants no more of it
        except OSError as error:
            _give_up(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        except KeyboardInterrupt:
            # Click would end with 1, which says that a requirement failed.
            say("webhook-conformance: interrupted", err=True)
            sys.exit(EXIT_CODES["incomplete"])

    return careful


def _give_up(why: str) -> NoReturn:
    say(f"webhook-conformance: {why}", err=True)
    sys.exit(USAGE)


@contextmanager
def judging(journal: Path) -> Iterator[None]:
    """What is done with a journal that anybody may have written: where that goes wrong, it is no journal of a run.

    Raises JournalError.
    """
    from conformance.errors import ConformanceError, JournalError
    from conformance.reporting.plain_text import shortened

    try:
        yield
    except ConformanceError:
        raise
    except Exception as error:
        what = f"it cannot be judged ({shortened(f'{type(error).__name__}: {error}', _LONGEST)})"
        ours = "If this kit wrote it, that is a fault of webhook-conformance; please report it."
        raise JournalError(f"{journal}: is not the journal of a run: {what}. {ours}") from error


def say(text: str, *, err: bool = False) -> None:
    """Print some lines, whoever wrote what stands in them: neither a terminal nor a pipeline obeys them."""
    from conformance.reporting.plain_text import harmless

    click.echo(harmless(text), err=err)


def say_json(document: str) -> None:
    """Print a document; what stands in it commands no pipeline either, and programs read back what was said."""
    from conformance.reporting.plain_text import in_a_log

    click.echo(in_a_log(document.rstrip("\n")))


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
