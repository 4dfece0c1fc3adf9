"""Text from partners, made harmless before it is shown: what moves a cursor, hides itself or commands a pipeline.

Nothing is dropped: what cannot be shown is spelled out as an escape, so that a reader sees that it was there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

__all__ = ["harmless", "in_a_log", "shortened", "spelled_out", "uncommanding", "visible"]

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_TWO_DIGITS = 0xFF
_FOUR_DIGITS = 0xFFFF

# GitHub trims a line before it looks for `::`; `##[`, `##vso[` and `##teamcity[` count anywhere in a line, and so do
# the sections of GitLab and the folds of Travis.
_LINE_COMMAND = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_BRACKET_COMMAND = re.compile(r"##(?=\w*\[)")
_SECTION = re.compile(r"(section_(?:start|end)|travis_(?:fold|time)):")

# Unicode calls these printable, and yet nobody sees them: fillers, joiners, a blank pattern, selectors of variants.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\U000e0100-\U000e01ef]"
)


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
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)
    return text if text.isascii() else _BLANK.sub(lambda found: _escape(found[0]), text)


def spelled_out(text: str, *, keep: str = "") -> Iterator[tuple[str, bool]]:
    r"""What `visible` shows, in pieces; each says whether it is an escape of ours, or stood there: `\n` may be both."""
    if visible(text, keep=keep) == text:
        yield text, False
        return
    for is_ours, run in groupby(((visible(c, keep=keep), c) for c in text), key=lambda pair: pair[0] != pair[1]):
        yield "".join(shown for shown, _ in run), is_ours


def uncommanding(text: str) -> str:
    """The text without anything that a pipeline takes for a command: `::` at line starts and `##[` are broken up."""
    return _SECTION.sub(r"\1 :", _BRACKET_COMMAND.sub("# #", _LINE_COMMAND.sub(r"\1: ", text)))


def in_a_log(document: str) -> str:
    """JSON that may be printed where a pipeline listens: whoever parses it reads the same."""
    return _SECTION.sub(r"\1\\u003a", _BRACKET_COMMAND.sub(r"\\u0023#", document))


def harmless(text: str) -> str:
    """Text of several lines, fit for a terminal or the log of a pipeline."""
    return uncommanding(visible(text, keep="\n"))


def shortened(text: str, limit: int) -> str:
    """The text as one visible line of about `limit` characters; the end says how many were left out."""
    shown = visible(text)
    if len(shown) <= limit:
        return shown
    return f"{shown[:limit].rstrip()} … ({len(shown) - limit} more characters)"
