"""What somebody meant who wrote a name that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

__all__ = ["guessed", "meant"]

_ALIKE: Final = 0.7
_LEADING_ZEROS: Final = re.compile(r"\b0+(?=\d)")


def meant(name: str, known: Iterable[str]) -> str:
    """The known name that resembles it most, whatever its case and the zeros before a number; empty where none does."""
    by_form = {_form(each): each for each in known}
    found = get_close_matches(_form(name), by_form, n=1, cutoff=_ALIKE)
    return by_form[found[0]] if found else ""


def guessed(name: str, known: Iterable[str], hint: str) -> str:
    """The hint, and before it the name that was probably meant."""
    guess = meant(name, known)
    return f"Did you mean {guess!r}? {hint}" if guess else hint


def _form(name: str) -> str:
    return _LEADING_ZEROS.sub("", name.casefold())
