"""Text from partners, made harmless before it is shown: what moves a cursor, hides itself or commands a pipeline.

Nothing is dropped: what cannot be shown is spelled out as an escape, so that a reader sees that it was there.
"""

from __future__ import annotations

import re

__all__ = ["harmless", "shortened", "uncommanding", "visible"]

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_TWO_DIGITS = 0xFF
_FOUR_DIGITS = 0xFFFF

# GitHub trims a line before it looks for `::`; `##[`, `##vso[` and `##teamcity[` count anywhere in a line.
_LINE_COMMAND = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_BRACKET_COMMAND = re.compile(r"##(?=\w*\[)")


def _escape(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code <= _TWO_DIGITS:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _FOUR_DIGITS else f"\\U{code:08x}"


def visible(text: str, *, keep: str = "") -> str:
    r"""The text on one line, with `\u202e` in place of every character that is not printable.

    Control, bidirectional and invisible characters, lone surrogates and unusual blanks are not printable.
    Those in `keep` stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)


def uncommanding(text: str) -> str:
    """The text without anything that a pipeline takes for a command: `::` at line starts and `##[` are broken up."""
    return _BRACKET_COMMAND.sub("# #", _LINE_COMMAND.sub(r"\1: ", text))


def harmless(text: str) -> str:
    """Text of several lines, fit for a terminal or the log of a pipeline."""
    return uncommanding(visible(text, keep="\n"))


def shortened(text: str, limit: int) -> str:
    """The text as one visible line of about `limit` characters; the end says how many were left out."""
    shown = visible(text)
    if len(shown) <= limit:
        return shown
    return f"{shown[:limit].rstrip()} … ({len(shown) - limit} more characters)"
