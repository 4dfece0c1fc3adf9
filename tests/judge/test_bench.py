"""Requirements, judges, stories and cases belong together: none of them is without the others."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

import batching_platform
import handshaking_platforms
import rotating_platform
from conformance.catalogue import shipped_catalogue
from conformance.judge.bench import judges_of
from conformance.judge.binding import JUDGES, Judge
from conformance.judge.court import BROKEN
from conformance.platform.description import Description
from conformance.platform.description_file import bundled_platforms, locate, read_description
from conformance.scenarios.programme import plan
from conformance.scenarios.story import STORIES
from conformance.verdict import Level, Verdict
from judge.cases import CASES
from judge.rounds import histories
from judge.tellings import REGISTER, kept

for chapter in sorted(Path(__file__).parent.glob("test_*.py")):
    import_module(f"judge.{chapter.stem}")

REQUIREMENTS = tuple(shipped_catalogue().requirements)
# What is informative is told and never judged: it neither passes nor fails.
JUDGED = tuple(r.id for r in shipped_catalogue().requirements.values() if r.level is not Level.INFORMATIVE)


def _named(judge: Judge) -> str:
    function = judge.of_play or judge.of_run
    return function.__name__ if function else ""


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_requirement_has_a_judge(requirement: str) -> None:
    """What is demanded is judged."""
    assert judges_of(requirement)


@pytest.mark.parametrize("judge", JUDGES, ids=_named)
def test_every_judge_has_a_requirement(judge: Judge) -> None:
    """What is judged is demanded."""
    assert judge.requirement in REQUIREMENTS


@pytest.mark.parametrize("judge", JUDGES, ids=_named)
def test_every_judge_has_its_stories(judge: Judge) -> None:
    """What is judged is played."""
    assert judge.stories
    assert set(judge.stories) <= set(STORIES)


@pytest.mark.parametrize("judge", JUDGES, ids=_named)
def test_what_a_judge_is_bound_to_is_played_on_some_platform(judge: Judge) -> None:
    """A parameter that no platform plays, shipped or of the tests, would leave its judge without a case."""
    platforms = [*map(_described, (*bundled_platforms(), "rotating", "handshaking", "batching"))]
    played = {p for d in platforms for story in judge.stories for p in STORIES[story].parameters(d)}

    assert played
    assert set(judge.only) <= played


def _described(platform: str) -> Description:
    ours = {
        "rotating": rotating_platform.description,
        "handshaking": handshaking_platforms.description,
        "batching": batching_platform.description,
    }
    return ours[platform]() if platform in ours else read_description(locate(platform))


@pytest.mark.parametrize("platform", [*bundled_platforms(), "rotating", "handshaking", "batching"])
def test_what_applies_to_a_platform_has_items(platform: str) -> None:
    """A requirement that applies and that no story can play would be left out without a word."""
    description = _described(platform)
    applicable = {name for name in REQUIREMENTS if set(shipped_catalogue()[name].applies_when) <= description.features}

    assert applicable == {item.requirement for item in plan(shipped_catalogue(), description, REQUIREMENTS).items}


def test_every_story_is_judged() -> None:
    """A story that feeds no judge costs time and says nothing."""
    judged = {story for judge in JUDGES for story in judge.stories}

    assert set(STORIES) == judged


def test_no_two_judges_of_a_requirement_share_an_item() -> None:
    """An item of a requirement is decided by one judge."""
    shared = [
        (name, story, parameter)
        for name in REQUIREMENTS
        for story in STORIES
        for parameter in {p for judge in judges_of(name) for p in (*judge.only, "else")}
        if sum(judge.of_run is None and judge.covers(story, parameter) for judge in judges_of(name)) > 1
    ]

    assert [] == shared


def test_a_judge_says_what_it_judges() -> None:
    """The first line of each judge's docstring is a sentence."""
    functions = [function for judge in JUDGES for function in (judge.of_play, judge.of_run) if function]

    assert [] == [f.__name__ for f in functions if not (f.__doc__ or "").rstrip().endswith(".")]


@pytest.mark.parametrize("requirement", JUDGED)
def test_every_requirement_has_transcripts_of_both_kinds(requirement: str) -> None:
    """For each requirement there is a partner that meets it and one that does not."""
    verdicts = {case.verdict for case in CASES if case.requirement == requirement}
    strict = shipped_catalogue()[requirement].level is Level.MUST

    assert Verdict.PASS in verdicts
    assert (Verdict.FAIL if strict else Verdict.WARN) in verdicts


def test_every_judge_has_transcripts_of_both_kinds() -> None:
    """Each judge has been seen to pass and to object."""
    verdicts = defaultdict(set)
    for case in CASES:
        for bound, verdict in case.by_judge():
            verdicts[_named(bound)].add(verdict)

    judges = [j for j in JUDGES if j.requirement in JUDGED]
    assert [] == [_named(j) for j in judges if Verdict.PASS not in verdicts[_named(j)]]
    assert [] == [_named(j) for j in judges if not BROKEN & verdicts[_named(j)]]


def test_what_every_case_is_told_is_kept() -> None:
    """`PYTHONPATH=tests python -m judge.tellings` writes it; read what it changes."""
    rounds = {name for name, _, _ in histories()}

    assert {REGISTER, *rounds, *(case.name for case in CASES)} == set(kept())
