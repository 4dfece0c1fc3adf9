"""Explorations against the reference partner: what they find, and stories that are played again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from conformance.report import RequirementResult
from conformance.tryout import read_tryout
from conformance.verdict import Verdict
from kit_run import run_kit, settings_for

_STORY: Final = """{"format": 1, "platform": "feewise", "object_type": "invoice", "steps": [{"step": "create"},
{"step": "change", "object": 1}, {"step": "deliver", "event": 2}, {"step": "deliver", "event": 1}]}"""


def explored(partner: str, folder: Path, *, platform: str = "feewise", **options: Any) -> RequirementResult:
    """The result of EXP-01 of a run with these options."""
    settings = settings_for(partner, platform, folder, requirements=("EXP-01",), conformance_seed="5", **options)
    (result,) = run_kit(settings).requirements
    return result


def test_a_defect_is_found_and_shrunk(tmp_path: Path) -> None:
    """The shortest story is written, and the report tells it."""
    result = explored("demo:applies-duplicates", tmp_path, conformance_explore="40")
    story = read_tryout(tmp_path / "reports" / "shortest-story.json")

    assert Verdict.WARN is result.verdict, result.reason
    assert len(story.steps) <= 6
    assert "applied 2 times" in result.items[0].findings[0].actual
    assert "1. the platform makes object 1 (event 1)" in result.items[0].findings[0].actual


@pytest.mark.parametrize(
    ("partner", "verdict"), [("demo", Verdict.PASS), ("demo:applies-in-arrival-order", Verdict.WARN)]
)
def test_a_story_is_played_again(tmp_path: Path, partner: str, verdict: Verdict) -> None:
    """The correct partner comes through it; the file of the operator is left as it is."""
    path = tmp_path / "reports" / "shortest-story.json"
    path.parent.mkdir()
    path.write_text(_STORY, encoding="utf-8")
    result = explored(partner, tmp_path, conformance_replay=str(path))

    assert verdict is result.verdict, result.reason
    assert _STORY == path.read_text(encoding="utf-8")


def test_a_restart_in_a_story_is_no_error(tmp_path: Path) -> None:
    """The correct partner still knows what it has applied."""
    path = tmp_path / "story.json"
    steps = _STORY.replace('{"step": "deliver", "event": 1}', '{"step": "restart"}, {"step": "duplicate", "event": 2}')
    path.write_text(
        steps.replace(
            '{"step": "deliver", "event": 2}', '{"step": "deliver", "event": 1}, {"step": "deliver", "event": 2}'
        ),
        encoding="utf-8",
    )

    assert Verdict.PASS is explored("demo", tmp_path, conformance_replay=str(path)).verdict


def test_nothing_is_explored_that_nobody_asked_for(tmp_path: Path) -> None:
    """The reason names the option."""
    result = explored("demo", tmp_path)

    assert Verdict.NOT_APPLICABLE is result.verdict
    assert "--conformance-explore" in result.reason
