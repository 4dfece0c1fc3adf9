"""The search, with partners that are functions: what they do wrong is found and shrunk without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import configuration
from hypothesis.configuration import storage_directory

from conformance.search import Search, Steps
from conformance.tryout import Move


def delivered(steps: Steps) -> list[int]:
    """The events in the order in which they are delivered."""
    return [s.number for s in steps if s.move in {Move.DELIVER, Move.DUPLICATE, Move.TOGETHER}]


def twice(steps: Steps) -> str:
    """A partner that applies duplicates."""
    again = any(step.move in {Move.DUPLICATE, Move.TOGETHER} for step in steps)
    return "duplicate" if again else ""


def late(steps: Steps) -> str:
    """A partner that lets what comes last about an object win."""
    owners: list[int] = []
    objects = 0
    for step in steps:
        objects += step.move is Move.CREATE
        if step.move in {Move.CREATE, Move.CHANGE}:
            owners.append(step.number or objects)
    for about in set(owners):
        events = [number for number in delivered(steps) if owners[number - 1] == about]
        if events and events[-1] < max(events):
            return "state"
    return ""


def during(steps: Steps) -> str:
    """A partner that drops what comes while it fetches."""
    at = next((at for at, step in enumerate(steps) if step.move is Move.DELAY), len(steps))
    return "loss" if len(delivered(steps[at:])) > 1 else ""


def after_restart(steps: Steps) -> str:
    """A partner that forgets what it knows."""
    at = next((at for at, step in enumerate(steps) if step.move is Move.RESTART), len(steps))
    return "duplicate" if any(step.move is Move.DUPLICATE for step in steps[at:]) else ""


def search(play: Callable[[Steps], str], *, most: int = 10_000) -> Search:
    """A search that ends after so many plays."""
    made = Search(play=play, is_over=lambda: len(made.played) >= most, fetches=True, restarts=True)
    return made


@pytest.mark.parametrize("play", [twice, late, during, after_restart])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_goes_wrong_is_found_and_shrunk(play: Callable[[Steps], str], seed: int) -> None:
    """To a handful of steps that still go wrong."""
    made = search(play)
    found = made.run(examples=200, of=seed)

    assert found is not None
    assert play(found)
    assert len(found) <= 6


def test_a_search_begins_with_a_seed() -> None:
    """The same one plays the same stories."""
    first, again, other = search(lambda _: ""), search(lambda _: ""), search(lambda _: "")
    for made, seed in ((first, 1), (again, 1), (other, 2)):
        assert made.run(examples=20, of=seed) is None

    assert list(first.played) == list(again.played)
    assert list(first.played) != list(other.played)


def test_no_story_is_played_twice_and_none_when_time_is_up() -> None:
    """What was played counts, and what was not played counts as well."""
    plays: list[Steps] = []

    def play(steps: Steps) -> str:
        plays.append(steps)
        return late(steps)

    made = search(play, most=5)
    made.run(examples=50, of=1)

    assert 5 == len(plays) == len(set(plays))


def test_only_what_the_partner_allows_is_planned() -> None:
    """Without fetches nothing is done to them, and without a way to restart it nothing kills it."""
    made = Search(play=lambda _: "", is_over=lambda: False, fetches=False, restarts=False)
    made.run(examples=60, of=1)
    moves = {step.move for steps in made.played for step in steps}

    assert set(Move) - {Move.DELAY, Move.FAIL, Move.RESTART} == moves


def test_what_a_player_raises_ends_the_search() -> None:
    """It is a fault of the kit, and no finding."""

    def play(steps: Steps) -> str:
        raise LookupError("no stage")

    with pytest.raises(LookupError, match="no stage"):
        search(play).run(examples=5, of=1)


def test_nothing_is_left_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis writes notes for itself; those of the user's own tests go where they went before."""
    monkeypatch.setattr(configuration, "__hypothesis_home_directory", tmp_path / "own")
    places: list[Path] = []

    def play(steps: Steps) -> str:
        places.append(storage_directory("examples", intent_to_write=False).path)
        return ""

    Search(play=play, is_over=lambda: False, fetches=False, restarts=False).run(examples=2, of=1)

    assert not {place for place in places if tmp_path in place.parents}
    assert tmp_path / "own" / "examples" == storage_directory("examples", intent_to_write=False).path
    assert {False} == {place.parent.exists() for place in places}
