"""Drafting a description and trying it: what the check has against an event type keeps that type from being sent."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from conformance.drafting.draft import draft
from conformance.drafting.forms import unwrapped_document
from conformance.errors import ConfigurationError, Problem
from conformance.inspection import Inspection, inspect

__all__ = ["drafted"]


def drafted(spec: Path, output: Path | None) -> tuple[str, Inspection]:
    """The text of a description, and what a check still says of it.

    Raises ConfigurationError for a document without events.
    """
    document, form = unwrapped_document(spec)
    if not document.event_types:
        hint = "A description can name schemas as events: `types: {order.paid: {schema: /components/schemas/…}}`."
        raise ConfigurationError(Problem(str(spec), "announces no events", hint), *document.notes)
    resolved = spec.resolve()
    guessed = draft(document, form, fallback=resolved.name.partition(".")[0])
    unsent: dict[str, str] = {}
    found, further = _tried(guessed.as_yaml(str(resolved), unsent=unsent))
    while further:
        unsent |= further
        found, further = _tried(guessed.as_yaml(str(resolved), unsent=unsent))
    base = (output or Path("platform.yaml")).resolve().parent
    return guessed.as_yaml(os.path.relpath(resolved, base), unsent=unsent), found


def _tried(text: str) -> tuple[Inspection, dict[str, str]]:
    """What a check says of a draft, and which event types it is said of."""
    with tempfile.TemporaryDirectory(prefix="conformance-draft-") as folder:
        path = Path(folder) / "platform.yaml"
        path.write_text(text, encoding="utf-8")
        found = _renamed(inspect(str(path)), folder)
    path = Path(path.name)
    marker = f"{path} at /events/types/"
    return found, {
        problem.where.removeprefix(marker).replace("~1", "/").replace("~0", "~"): _in_a_comment(problem.what)
        for problem in found.problems
        if problem.where.startswith(marker)
    }


def _renamed(found: Inspection, folder: str) -> Inspection:
    """What was found, without the folder in which the draft was tried."""
    problems, notes = (
        tuple(replace(p, where=p.where.replace(f"{folder}/", ""), what=p.what.replace(f"{folder}/", "")) for p in told)
        for told in (found.problems, found.notes)
    )
    return Inspection(found.summary, problems, notes)


def _in_a_comment(text: str) -> str:
    """A text as part of one line."""
    return " ".join(text.split())[:200]
