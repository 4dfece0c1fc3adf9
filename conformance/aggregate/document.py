"""aggregate.json: an overview for programs (schemas/aggregate.schema.json), and for the next overview."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from conformance.aggregate.gathering import read_document
from conformance.aggregate.overview import Overview, Tally
from conformance.aggregate.standing import Judged, Standing
from conformance.errors import ConfigurationError, Problem
from conformance.verdict import Level, RunVerdict, Verdict

__all__ = ["read_previous", "render"]

FORMAT: Final = 1


def render(shown: Overview) -> str:
    """The overview as JSON, in ASCII."""
    document = {
        "format": FORMAT,
        "made_at": shown.made_at.isoformat(timespec="seconds"),
        "headline": shown.headline(),
        "standings": [_standing(standing) for standing in shown.standings],
        "failing": [_tally(tally) for tally in shown.failing],
        "unproven": [_tally(tally) for tally in shown.unproven],
        "changes": [
            {
                "name": change.name,
                "platform": change.platform,
                "before": change.before,
                "after": change.after,
                "broken": list(change.broken),
                "mended": list(change.mended),
                "lost": list(change.lost),
            }
            for change in shown.changes
        ],
        "kits": dict(shown.kits),
        "unread": [{"place": each.place, "why": each.why} for each in shown.unread],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "name": standing.name,
        "place": standing.place,
        "platform": standing.platform,
        "title": standing.title,
        "partner": standing.partner,
        "verdict": standing.verdict,
        "headline": standing.headline,
        "kit": standing.kit,
        "started_at": standing.started_at,
        "gate": standing.gate,
        "sha256": standing.sha256,
        "requirements": [
            {"id": each.id, "level": each.level, "title": each.title, "verdict": each.verdict}
            for each in standing.requirements
        ],
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "id": tally.id,
        "level": tally.level,
        "title": tally.title,
        "partners": list(tally.partners),
        "applies_to": tally.applies_to,
    }


def read_previous(path: Path) -> tuple[Standing, ...]:
    """The standings of an earlier overview.

    Raises ConfigurationError where the file is none.
    """
    try:
        document = read_document(path.read_bytes(), "aggregate.schema.json")
    except OSError as error:
        raise ConfigurationError(Problem(str(path), f"cannot be read: {error.strerror or error}")) from None
    except ValueError as error:
        hint = "Give an aggregate.json that webhook-conformance aggregate wrote."
        raise ConfigurationError(Problem(str(path), str(error), hint)) from None
    return tuple(_read(standing) for standing in document["standings"])


def _read(raw: dict[str, Any]) -> Standing:
    requirements = tuple(
        Judged(each["id"], Level(each["level"]), each["title"], Verdict(each["verdict"]))
        for each in raw["requirements"]
    )
    return Standing(**{**raw, "verdict": RunVerdict(raw["verdict"]), "requirements": requirements})
