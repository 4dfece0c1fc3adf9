"""Whether two JSON values say the same, whatever their form."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["alike"]


def alike(held: Any, told: Any) -> bool:
    """Numbers are compared by value, words by their letters and digits, everything else as it is."""
    if isinstance(held, dict | list) or isinstance(told, dict | list):
        return bool(held == told)
    try:
        return Decimal(str(held)) == Decimal(str(told))
    except InvalidOperation:
        return _letters(held) == _letters(told)


def _letters(value: Any) -> str:
    return "".join(character for character in str(value).casefold() if character.isalnum())
