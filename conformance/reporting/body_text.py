"""A body as people read it: JSON indented but otherwise as it was sent, other text as it is, bytes as a hex dump."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from conformance.reporting.plain_text import visible

__all__ = ["BodyText", "body_text"]

_MOST_TEXT = 20_000
_MOST_HEX = 2_048
_DEEPEST = 24
_LEXEME = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},:]|[^\s\[\]{},:"]+')


@dataclass(frozen=True, slots=True)
class BodyText:
    """The text to show, and what must be said about it."""

    text: str
    note: str


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _indented(text: str) -> str:
    """JSON with line breaks; unlike a parser this keeps repeated keys, the order and the spelling of numbers."""
    pieces: list[str] = []
    depth = 0
    previous = ""
    for lexeme in _LEXEME.findall(text):
        opens, closes = lexeme in {"[", "{"}, lexeme in {"]", "}"}
        depth -= closes
        if (closes and previous not in {"[", "{"}) or (not closes and previous in {"[", "{", ","}):
            pieces.append("\n" + "  " * min(depth, _DEEPEST))
        pieces.append(": " if lexeme == ":" else lexeme)
        depth += opens
        previous = lexeme
    return "".join(pieces)


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
    laid_out = _is_json(text)
    notes = ("JSON, indented for reading" if laid_out else "", _rest(body, _MOST_TEXT))
    return BodyText(visible(_indented(head) if laid_out else head, keep="\n"), "; ".join(filter(None, notes)))
