"""A body as people read it: JSON indented but otherwise as it was sent, other text as it is, bytes as a hex dump."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from operator import itemgetter

from conformance.reporting.plain_text import visible

__all__ = ["BodyText", "Layout", "body_text"]

_MOST_TEXT = 20_000
_MOST_HEX = 2_048
_DEEPEST = 24
_LEXEME = re.compile(r'\s+|"(?:[^"\\]|\\.)*"?|[\[\]{},:]|[^\s\[\]{},:"]+')


class Layout(Enum):
    """Where a piece of a body stands."""

    BOTH = "as it was sent, and as it is read"
    READ = "only as it is read: white space that was not sent"
    SENT = "only as it was sent: white space that reading does not need"


@dataclass(frozen=True, slots=True)
class BodyText:
    """The text to show, and what must be said about it.

    `pieces` are there where the text is not laid out as it was sent: those that are not READ are the body, as it was.
    In them, and in `said`, which is empty where the text is a dump, nothing is spelled out yet.
    """

    text: str
    note: str
    pieces: tuple[tuple[Layout, str], ...] = ()
    said: str = field(default="", compare=False)

    @property
    def is_spelled(self) -> bool:
        """Whether something in it cannot be seen as it is."""
        return bool(self.said) and visible(self.said, keep="\n") != self.said


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _laid_out(text: str) -> tuple[tuple[Layout, str], ...]:
    """JSON with line breaks; unlike a parser this keeps repeated keys, the order and the spelling of numbers."""
    pieces: list[tuple[Layout, str]] = []
    depth = 0
    previous = ""
    for lexeme in _LEXEME.findall(text):
        if lexeme.isspace():
            pieces.append((Layout.SENT, lexeme))
            continue
        opens, closes = lexeme in {"[", "{"}, lexeme in {"]", "}"}
        depth -= closes
        if (closes and previous not in {"[", "{"}) or (not closes and previous in {"[", "{", ","}):
            pieces.append((Layout.READ, "\n" + "  " * min(depth, _DEEPEST)))
        pieces.append((Layout.BOTH, lexeme))
        if lexeme == ":":
            pieces.append((Layout.READ, " "))
        depth += opens
        previous = lexeme
    return tuple((layout, "".join(text for _, text in run)) for layout, run in groupby(pieces, key=itemgetter(0)))


def _hex_dump(body: bytes) -> str:
    lines = []
    for offset in range(0, len(body), 16):
        row = body[offset : offset + 16]
        shown = "".join(c if c.isascii() and c.isprintable() else "." for c in row.decode("latin-1"))
        lines.append(f"{offset:06x}  {row.hex(' '):<47}  {shown}")
    return "\n".join(lines)


def _rest(body: bytes, shown: int) -> str:
    return f"{len(body) - shown:,} more bytes are in journal.jsonl" if len(body) > shown else ""


def body_text(body: bytes) -> BodyText:
    """The body up to a cap; the note says what was done to it and how much follows in the journal."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        notes = ("not UTF-8, shown as hexadecimal", _rest(body, _MOST_HEX))
        return BodyText(_hex_dump(body[:_MOST_HEX]), "; ".join(filter(None, notes)))
    head = body[:_MOST_TEXT].decode("utf-8", errors="ignore")
    rest = _rest(body, _MOST_TEXT)
    if not _is_json(text):
        return BodyText(visible(head, keep="\n"), rest, said=head)
    pieces = _laid_out(head)
    read = visible("".join(part for layout, part in pieces if layout is not Layout.SENT), keep="\n")
    return BodyText(read, "; ".join(filter(None, ("JSON, indented for reading", rest))), pieces, head)
