"""The options of a run as a command takes them: the same names, read from the same places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from conformance.options import OPTIONS

__all__ = ["run_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def run_options(*shown: str) -> Callable[[_Command], _Command]:
    """Take every option of a run, so that its command line can be copied; help shows those that are named."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(OPTIONS):
            help_text = option.help if option.default is None else f"{option.help}; {option.default} by default"
            command = click.option(
                option.flag,
                option.attribute,
                is_flag=option.switch,
                multiple=option.repeatable,
                default=None if not option.switch else False,
                help=f"{help_text[0].upper()}{help_text[1:]}.",
                hidden=option.key not in shown,
            )(command)
        return command

    return decorate
