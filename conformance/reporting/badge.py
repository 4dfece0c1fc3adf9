"""badge.svg: the verdict as a small picture; it says `conforms` alone only where all of a platform was judged."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Final

from conformance.report import Report
from conformance.reporting.plain_text import shortened
from conformance.transcript import Ending
from conformance.verdict import RunVerdict, Verdict

__all__ = ["render", "said"]

_LONGEST: Final = 40
# A wide letter of the font, and what stands beside the text; in pixels.
_LETTER: Final = 7
_MARGIN: Final = 12
_GREEN, _YELLOW, _RED = "#1a7f37", "#8a6100", "#b3261e"
_SHADES: Final[Mapping[str, str]] = {RunVerdict.CONFORMS: _GREEN, RunVerdict.FAILS: _RED}
_PICTURE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{width}" height="20" rx="3" fill="#3b4148"/>
<path d="M{left} 0h{flat}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{flat}z" fill="{shade}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{label_at}" y="14" textLength="{label_length}">{label}</text>
<text x="{message_at}" y="14" textLength="{message_length}">{message}</text>
</g>
</svg>
"""


def render(report: Report) -> str:
    """The badge of a run: the platform, and what the run says."""
    message = said(report)
    return _picture(shortened(report.title, _LONGEST), message, _SHADES.get(message, _YELLOW))


def said(report: Report) -> str:
    """The verdict in a few words; what was narrowed or waived is never left out."""
    if report.ending is not Ending.FINISHED and report.verdict is not RunVerdict.FAILS:
        return "incomplete"
    if report.verdict is not RunVerdict.CONFORMS:
        return report.verdict
    if report.header.selected < report.header.planned:
        return "conforms in part"
    waived = sum(result.verdict is Verdict.WAIVED for result in report.requirements)
    return f"conforms, {waived} waived" if waived else "conforms"


def _picture(label: str, message: str, shade: str) -> str:
    left, right = (len(text) * _LETTER + _MARGIN for text in (label, message))
    return _PICTURE.format(
        width=left + right,
        left=left,
        flat=right - 3,
        shade=shade,
        label=html.escape(label),
        message=html.escape(message),
        label_at=left / 2,
        label_length=left - _MARGIN,
        message_at=left + right / 2,
        message_length=right - _MARGIN,
    )
