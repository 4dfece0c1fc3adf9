"""Whether a report says what its journal says: judged anew, rendered anew, compared byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from conformance.pointer import escaped
from conformance.report import FORMAT

__all__ = ["LINE_ENDS", "claims_of", "departures", "differences"]

LINE_ENDS: Final = (
    "its line ends were changed on the way: hand it in as the run left it (git keeps it with `-text` in .gitattributes)"
)
_SHOWN: Final = 5
_LONGEST: Final = 60
_NOTHING: Final = object()


def claims_of(report: bytes) -> dict[str, Any]:
    """The document of a report.

    Raises ValueError that says why these bytes are none.
    """
    try:
        document = json.loads(report.decode("ascii"))
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON as this kit writes it") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"it is not a report of format {FORMAT}")
    return document


def differences(report: bytes, anew: str) -> tuple[str, ...]:
    """Where a report departs from what the same version of the kit makes of its journal; the first few places."""
    if report == anew.encode("ascii"):
        return ()
    found = tuple(islice(_unequal(claims_of(report), json.loads(anew), ""), _SHOWN))
    if not found and b"\r\n" in report:
        return (f"it says the same, and {LINE_ENDS}",)
    return found or ("it says the same in other bytes: the kit did not write it like that",)


def departures(report: bytes, anew: str) -> tuple[str, ...]:
    """Where the verdicts of a report by another version of the kit depart from those that this one gives."""
    try:
        claims = json.loads(report, object_pairs_hook=_each_once)
    except ValueError:
        return ("it says something twice, so that it can be read in two ways",)
    return tuple(islice(_unequal(_verdicts(claims), _verdicts(json.loads(anew)), ""), _SHOWN))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _verdicts(document: dict[str, Any]) -> dict[str, Any]:
    results = document.get("requirements")
    found: dict[str, list[Any]] = {}
    for result in results if isinstance(results, list) else ():
        if isinstance(result, dict):
            found.setdefault(str(result.get("id")), []).append(result.get("verdict"))
    same = ("verdict", "counts", "partner", "platform", "seed", "started_at", "journal")
    return {**{key: document.get(key) for key in same}, "requirements": found}


def _unequal(claimed: Any, found: Any, at: str) -> Iterator[str]:
    """Each place that differs, with both values."""
    if isinstance(claimed, dict) and isinstance(found, dict):
        for key in (*found, *(key for key in claimed if key not in found)):
            yield from _unequal(claimed.get(key, _NOTHING), found.get(key, _NOTHING), f"{at}/{escaped(str(key))}")
    elif isinstance(claimed, list) and isinstance(found, list):
        for number in range(max(len(claimed), len(found))):
            said, true = (each[number] if number < len(each) else _NOTHING for each in (claimed, found))
            yield from _unequal(said, true, f"{at}/{number}")
    elif type(claimed) is not type(found) or claimed != found:
        yield f"{at}: the report says {_shown(claimed)}, the journal {_shown(found)}"


def _shown(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
