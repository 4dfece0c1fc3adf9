"""An examination for people and for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Final

from conformance import __version__
from conformance.doctor.symptom import Condition, Examination
from conformance.reporting.plain_text import harmless, shortened, visible

__all__ = ["as_json", "as_text"]

_WIDTH: Final = 110
_LONGEST: Final = 600
_SENTENCES: Final = {
    Condition.READY: "Nothing is in the way of a run.",
    Condition.CONFIGURATION: "Mend this first: it is configuration, and says nothing of the partner's conformance.",
    Condition.UNREACHABLE: "The partner is not reached. Nothing is said of its conformance.",
}


def as_text(examination: Examination) -> str:
    """A line for each check, and what to do below it; text from a partner is made harmless."""
    return harmless("\n".join(_lines(examination)))


def _lines(examination: Examination) -> Iterator[str]:
    yield f"{visible(examination.partner or 'no partner')} as partner of {visible(examination.platform or 'nobody')}"
    yield ""
    for each in examination.symptoms:
        yield _wrapped(f"{each.state:<8} {each.check:<9} ", each.found)
        if each.remedy:
            yield _wrapped(f"{'':<18} → ", each.remedy)
    yield ""
    yield _SENTENCES[examination.condition]


def _wrapped(start: str, text: str) -> str:
    return textwrap.fill(
        shortened(text, _LONGEST),
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_json(examination: Examination) -> str:
    """The same for programs."""
    document = {
        "format": 1,
        "kit": __version__,
        "platform": examination.platform,
        "partner": examination.partner,
        "condition": examination.condition,
        "checks": [
            {"check": e.check, "state": e.state, "found": e.found, "remedy": e.remedy} for e in examination.symptoms
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"
