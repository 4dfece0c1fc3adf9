"""Text inside Markdown: prose whose signs mean nothing, and what strangers wrote as code spans."""

from __future__ import annotations

import html
import re
from typing import Final

from conformance.reporting.plain_text import shortened, visible

__all__ = ["code", "prose"]

_LONGEST: Final = 500
_SPECIAL: Final = re.compile(r"[\\`*_\[\]|~$#@]|(?<=:)/(?=/)")


def prose(text: str) -> str:
    """Text of the kit or of a platform description, as plain Markdown."""
    return _SPECIAL.sub(r"\\\g<0>", html.escape(visible(text), quote=False))


def code(text: str, limit: int = _LONGEST) -> str:
    r"""Text of a partner, as a code span; a bar becomes `\x7c`, because it would end the cell of a table."""
    shown = shortened(text, limit).replace("|", r"\x7c")
    if not shown.strip():
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
