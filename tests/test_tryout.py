"""A story that was tried out: told, shortened, written and read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConfigurationError
from conformance.tryout import Move, Step, Tryout, read_tryout, simpler, telling, told

MADE = Step(Move.CREATE)


def deliver(number: int) -> Step:
    """An event is delivered."""
    return Step(Move.DELIVER, number)


def test_a_story_is_told_in_sentences() -> None:
    """Objects and events have the numbers under which they are named later."""
    steps = (MADE, MADE, Step(Move.CHANGE, 1), deliver(3), Step(Move.DELAY, 2), Step(Move.RESTART))

    assert (
        "1. the platform makes object 1 (event 1); 2. the platform makes object 2 (event 2); "
        "3. the platform changes object 1 (event 3); 4. event 3 is delivered; "
        "5. the platform will take a while to answer the next get of object 2; "
        "6. the partner is killed and started again"
    ) == told(steps)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Every kind of step comes back as it was."""
    moves = [Step(move, 1) for move in Move if move not in {Move.CREATE, Move.RESTART, Move.WAIT}]
    story = Tryout("parcels", "parcel", (MADE, *moves, Step(Move.RESTART), Step(Move.WAIT)))
    path = tmp_path / "story.json"
    path.write_text(story.as_text(), encoding="utf-8")

    assert story == read_tryout(path)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"format": 2}, "/format"),
        ({"surprise": 1}, "surprise"),
        ({"steps": [{"step": "create"}, {"step": "dance"}]}, "/steps/1"),
        ({"steps": [{"step": "deliver", "event": 1}]}, "there is no event 1 yet"),
        ({"steps": [{"step": "create"}, {"step": "change", "object": 2}]}, "there is no object 2 yet"),
    ],
)
def test_what_cannot_be_played_is_refused(tmp_path: Path, change: dict[str, Any], wrong: str) -> None:
    """With the file and the place."""
    story = {"format": 1, "platform": "p", "object_type": "o", "steps": [{"step": "create"}], **change}
    path = tmp_path / "story.json"
    path.write_text(json.dumps(story), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_tryout(path)

    assert wrong in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[", "\xff"])
def test_what_is_no_story_at_all_is_refused(tmp_path: Path, text: str) -> None:
    """No file, no JSON, no text."""
    path = tmp_path / "story.json"
    if text:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"story\.json"):
        read_tryout(path)


def test_what_nobody_can_notice_is_left_out() -> None:
    """An object that nothing is delivered about, and what comes after the last delivery; the rest is numbered anew."""
    steps = (MADE, MADE, Step(Move.CHANGE, 2), Step(Move.FAIL, 1), deliver(3), Step(Move.CHANGE, 2), Step(Move.WAIT))

    assert (MADE, Step(Move.CHANGE, 1), deliver(2)) == telling(steps)
    assert () == telling((MADE, Step(Move.CHANGE, 1)))


def test_a_simpler_story_has_less_in_it_and_can_be_played() -> None:
    """An object less, a step less with what depends on it, or one copy for two."""
    steps = (MADE, Step(Move.CHANGE, 1), MADE, Step(Move.TOGETHER, 2), deliver(1), deliver(3))
    found = list(simpler(steps))

    assert (MADE, deliver(1)) in found
    assert (MADE, MADE, deliver(1), deliver(2)) in found
    assert (MADE, Step(Move.CHANGE, 1), Step(Move.TOGETHER, 2), deliver(1)) in found
    assert (MADE, Step(Move.CHANGE, 1), MADE, deliver(2), deliver(1), deliver(3)) in found
    for each in found:
        assert each == Tryout.from_text(Tryout("p", "o", each).as_text()).steps


def test_one_event_takes_the_place_of_two() -> None:
    """What was delivered of the earlier one is gone, and the later one comes when it came."""
    change, delay = Step(Move.CHANGE, 1), Step(Move.DELAY, 1)
    steps = (MADE, deliver(1), change, delay, deliver(2), change, deliver(3))

    assert (MADE, delay, deliver(1), change, deliver(2)) in list(simpler(steps))
