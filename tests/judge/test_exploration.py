"""What the judge of an exploration says of transcripts written by hand."""

from __future__ import annotations

from typing import Final

import pytest

from conformance.judge.binding import Case
from conformance.judge.court import description_of
from conformance.judge.exploration import departures
from conformance.transcript import TRIES, Transcript
from conformance.tryout import Move, Step, Tryout
from conformance.verdict import Verdict
from judge.cases import case, judged, telling
from transcripts import Moment, applied, asked, delivered, feewise, grew, holds, noted, play

OLD: Final = {"/status": "Draft"}
NEW: Final = {"/status": "Paid"}
STEPS: Final = (Step(Move.CREATE), Step(Move.CHANGE, 1), Step(Move.DELIVER, 2), Step(Move.DELIVER, 1))
FOUND: Final = noted("story", Tryout("feewise", "invoice", STEPS).as_text())
TRIED: Final = noted("tried", "12 stories were tried")
MADE: Final = delivered("story", "e1", version=1)
CHANGED: Final = delivered("story", "e2", version=2)
ONCE: Final = (applied("e1", 1), applied("e2", 1))
GREW: Final = grew("o1", OLD, NEW)


def explored(*moments: Moment) -> Transcript:
    """The story that was found, played again."""
    return feewise(play("exploration", "", FOUND, TRIED, *moments))


@case("EXP-01", Verdict.NOT_APPLICABLE, "no exploration was asked for")
def test_nobody_asked_for_an_exploration() -> Transcript:
    """What was not asked for leaves nothing open."""
    return feewise(play("exploration", "", noted("not asked for", "yes")))


@case("EXP-01", Verdict.PASS, "12 stories were tried")
def test_nothing_was_found() -> Transcript:
    """How many stories were tried is told."""
    return feewise(play("exploration", "", TRIED))


@case(
    "EXP-01",
    Verdict.WARN,
    "after: 1. the platform makes object 1 (event 1); 2. the platform changes object 1 (event 2)",
)
def test_an_old_state_won() -> Transcript:
    """The finding tells the story."""
    return explored(CHANGED, MADE, GREW, holds("o1", {"status": "Draft"}), *ONCE)


@case("EXP-01", Verdict.WARN, "version 1 was shown after it")
def test_a_state_went_back_for_a_while() -> Transcript:
    """What is held in the end is right, and what was shown meanwhile was not."""
    shown = (holds("o1", {"status": status}) for status in ("Paid", "Draft", "Paid"))
    return explored(CHANGED, MADE, GREW, *shown, *ONCE)


@case("EXP-01", Verdict.WARN, "one was applied 2 times")
def test_an_event_counted_twice() -> Transcript:
    """However often it came."""
    return explored(MADE, MADE, applied("e1", 2))


@case("EXP-01", Verdict.WARN, "one was not applied")
def test_an_event_was_lost() -> Transcript:
    """It was acknowledged, and its object's creation as well."""
    return explored(MADE, CHANGED, applied("e1", 1), applied("e2", 0))


@case("EXP-01", Verdict.WARN, "nothing of it is held")
def test_an_object_was_lost() -> Transcript:
    """Of a type of which the partner held one before."""
    return explored(MADE, GREW, holds("o1", {"status": "Draft"}), holds("o1", None))


@case("EXP-01", Verdict.NOT_ASSESSABLE, "went wrong once, and not when it was played again")
def test_what_was_found_did_not_come_again() -> Transcript:
    """That is no finding, and no pass."""
    return explored(CHANGED, MADE, GREW, holds("o1", {"status": "Paid"}), *ONCE)


@case("EXP-01", Verdict.PASS, "")
def test_a_replay_that_goes_well_passes() -> Transcript:
    """Nothing was searched, so nothing is missing."""
    return feewise(play("exploration", "", FOUND, CHANGED, MADE, GREW, holds("o1", {"status": "Paid"}), *ONCE))


def replayed(*moments: Moment) -> Transcript:
    """A story that was named, played once, without a search for others."""
    return feewise(play("exploration", "", FOUND, *moments))


@case("EXP-01", Verdict.PASS)
def test_a_state_that_comes_again_is_no_older_one() -> Transcript:
    """Its first version and its third are alike."""
    shown = [holds("o1", {"status": status}) for status in ("Draft", "Paid", "Draft")]
    last = delivered("story", "e3", version=3)
    return replayed(MADE, CHANGED, last, grew("o1", OLD, NEW, OLD), *shown)


@case("EXP-01", Verdict.WARN, "no way back from version 2 / version 1 was shown after it, after: 1.")
def test_the_first_way_back_is_told() -> Transcript:
    """It leads back from the newest state that was shown; what failed in between shows nothing."""
    failed = asked("objects", "o1", status=500, answer={"status": "Draft"})
    shown = [holds("o1", {"status": status}) for status in ("Draft", "Paid", "Paid", "Draft", "Paid", "Draft", "Paid")]
    return replayed(MADE, CHANGED, GREW, *shown[:3], failed, *shown[3:])


@case("EXP-01", Verdict.WARN, 'the state of version 2, {"/status": "Paid"} / that of version 1 is held')
def test_each_object_is_judged_by_its_own_events() -> Transcript:
    """The first is as it should be; in the end the second is held in its first state, and only its events are cited."""
    other = [delivered("story", f"f{n}", "o2", version=n) for n in (1, 2)]
    held = (holds("o1", {"status": "Paid"}), holds("o2", {"status": "Paid"}), holds("o2", {"status": "Draft"}))
    return replayed(MADE, CHANGED, *other, GREW, grew("o2", OLD, NEW), *held)


@case("EXP-01", Verdict.WARN, "that of version 3 is held")
def test_of_equal_states_the_newest_is_told() -> Transcript:
    """The partner is not made worse than it is."""
    later = [delivered("story", f"e{n}", version=n) for n in (3, 4)]
    return replayed(
        MADE, CHANGED, *later, grew("o1", OLD, {"/status": "Open"}, OLD, NEW), holds("o1", {"status": "Draft"})
    )


@pytest.mark.parametrize(
    ("kind", "moments"),
    [
        ("duplicate", (MADE, applied("e1", 2))),
        ("loss", (MADE, applied("e1", 0))),
        ("loss", (MADE, GREW, holds("o1", OLD), holds("o1", None))),
        ("state", (MADE, CHANGED, GREW, holds("o1", {"status": "Draft"}))),
        ("state", (MADE, GREW, *[holds("o1", {"status": status}) for status in ("Paid", "Draft")])),
    ],
)
def test_what_goes_wrong_has_a_kind(kind: str, moments: tuple[Moment, ...]) -> None:
    """By which a story that is cut down is known to go wrong in the same way still."""
    told = replayed(*moments)
    case_of = Case(description_of(told), (), holds=frozenset({"thing"}))

    assert [kind] == [found for found, _ in departures(told.plays[0], case_of)]


@case("EXP-01", Verdict.WARN, "one was applied 2 times")
def test_events_are_counted_one_by_one() -> Transcript:
    """Nobody asked for the first, the second counts once, and the third was delivered twice."""
    third = delivered("story", "e3", version=3)
    return replayed(MADE, CHANGED, third, third, applied("e2", 1), applied("e3", 2))


@case("EXP-01", Verdict.PASS)
def test_a_state_that_was_never_written_down_is_not_judged() -> Transcript:
    """Nor is one that nobody asked for."""
    unknown = delivered("story", "f1", "o2", version=1)
    return replayed(MADE, CHANGED, unknown, grew("o2", OLD), holds("o1", {"status": "Draft"}))


def test_what_may_wait_for_the_creation_is_not_held_against_it() -> None:
    """Nor is an event that was refused, a state that no version had, or nothing held of a type that it never holds."""
    before = explored(CHANGED, GREW, holds("o1", None), applied("e2", 0))
    refused = explored(MADE, delivered("story", "e2", status=500, version=2), applied("e1", 1), applied("e2", 0))
    foreign = explored(MADE, CHANGED, GREW, holds("o1", {"status": "SETTLED"}), holds("o1", {"other": 1}), *ONCE)
    nowhere = explored(MADE, GREW, holds("o1", None), applied("e1", 1))

    for transcript in (before, refused, foreign, nowhere):
        result = judged("EXP-01", transcript)
        assert Verdict.NOT_ASSESSABLE is result.verdict, telling(result)


def test_no_verdict_is_made_of_a_try() -> None:
    """It is in the journal, and other judges do not see it."""
    wrong = (MADE, CHANGED, applied("e1", 2), applied("e2", 0))
    tried = play("tried", "1", *wrong, round=TRIES)

    assert Verdict.PASS is judged("EXP-01", feewise(tried, play("exploration", "", TRIED))).verdict
