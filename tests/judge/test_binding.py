"""The register of judges, and what a judge knows beside the plays."""

from __future__ import annotations

import pytest

from conformance.judge.binding import Case, Judge, judges, judges_run
from conformance.judge.court import description_of
from conformance.requirement import Evidence
from conformance.transcript import Stall
from judge.tellings import REGISTER, kept, register
from transcripts import called, feewise, play

CASE = Case(description_of(feewise()), ("events",), (Stall(10.0, 12.0), Stall(20.0, 21.0)), away=(5.0,))


def test_the_register_is_kept() -> None:
    """`PYTHONPATH=tests python -m judge.tellings` writes it; read what it changes."""
    assert kept()[REGISTER] == register()


def test_binding_leaves_the_function_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own module may call it."""
    monkeypatch.setattr("conformance.judge.binding.JUDGES", [])

    assert register is judges("X-01", story="a-story")(register)  # type: ignore[comparison-overlap, arg-type]  # any function
    assert register is judges_run("X-01", stories=("a-story",))(register)  # type: ignore[comparison-overlap, arg-type]  # any function


def test_a_judge_covers_its_stories_and_its_parameters() -> None:
    """Without parameters of its own it covers all."""
    narrow = Judge("X-01", ("one", "two"), ("a",), None, None)
    wide = Judge("X-01", ("one",), (), None, None)

    asked = (("one", "a"), ("two", "a"), ("one", "b"), ("three", "a"))

    assert [True, True, False, False] == [narrow.covers(story, parameter) for story, parameter in asked]
    assert [True, False] == [wide.covers("one", "b"), wide.covers("two", "b")]


@pytest.mark.parametrize(
    ("started", "ended", "stalled"),
    [(0.0, 30.0, 3.0), (11.0, 30.0, 2.0), (11.0, 20.5, 1.5), (12.0, 20.0, 0.0), (0.0, 1.0, 0.0)],
)
def test_only_the_stalls_of_a_stretch_count(started: float, ended: float, stalled: float) -> None:
    """And of each only what lies in it."""
    assert stalled == CASE.stalled_for(started, ended)


@pytest.mark.parametrize(
    ("started", "ended", "away"), [(5.0, 9.0, True), (1.0, 5.0, True), (5.1, 9.0, False), (1.0, 4.9, False)]
)
def test_a_partner_was_away_in_a_stretch_of_time(started: float, ended: float, away: bool) -> None:  # noqa: FBT001
    """Its ends included."""
    assert away == CASE.was_away(started, ended)


def test_a_machine_is_nobody_elses_unless_it_is_said() -> None:
    """Nor is anything unasked, away or held."""
    bare = Case(CASE.description, ())

    assert (False, (), (), (), frozenset()) == (bare.shared_machine, bare.stalls, bare.unasked, bare.away, bare.holds)
    assert [True, False] == [CASE.offered("events"), CASE.offered("objects")]


def test_a_call_that_comes_unasked_proves_nothing_of_its_kind() -> None:
    """One of another kind does."""
    (one,) = feewise(play("announced-object", "invoice", called("get"))).plays
    unasked = Case(CASE.description, (), unasked=tuple(one.calls()))

    assert (Evidence.CHANCE, Evidence.DEED) == (unasked.proof("get"), unasked.proof("create"))
