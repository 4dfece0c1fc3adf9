"""Numbers with what they count, as people say them."""

from __future__ import annotations

__all__ = ["named", "times"]


def named(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 item`, `2 items`; `plural` is for nouns that do not just take an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def times(number: int) -> str:
    """How often: `once`, `2 times`."""
    return "once" if number == 1 else f"{number} times"
