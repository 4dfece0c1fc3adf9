"""Whether an event had its effect once: what counts as a second effect, and what is cited for it."""

from __future__ import annotations

import pytest

from conformance.judge.binding import Case
from conformance.judge.court import description_of
from conformance.judge.single_effect import NO_COUNT, applied_once, changes_of, has_its_effect, recognised_or_taken
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play
from transcripts import Moment, applied, called, delivered, feewise, holds, play, wawex

FIRST, COPY = delivered("first", at=1.0), delivered("copy", at=2.0)


def _play(*moments: Moment) -> Play:
    (one,) = feewise(play("redelivery", "invoice", *moments)).plays
    return one


def _said(given: Play, *, refusable: bool = False) -> list[object]:
    return list(applied_once(given, given.deliveries(), refusable=refusable))


def _finding(given: Play) -> Finding:
    (found,) = _said(given)
    assert isinstance(found, Finding)
    return found


@pytest.mark.parametrize(("number", "cited"), [(3, "1 2 3"), (4, "1 2 3 4"), (5, "1 3 4 5"), (9, "1 7 8 9")])
def test_of_many_deliveries_the_first_and_the_last_are_cited(number: int, cited: str) -> None:
    """Four of them, each once."""
    copies = [delivered("copy", at=1.0 + n) for n in range(1, number)]
    found = _finding(_play(FIRST, *copies, applied("e1", 2)))

    assert (*(f"p1.{n}" for n in cited.split()), f"p1.{number + 1}") == found.exchanges
    assert ("applied once", "applied 2 times", Evidence.DEED) == (found.expected, found.actual, found.evidence)


def _changing(at: float, *, correlation: str | None = None, about: str = "o1", operation: str = "pay") -> Moment:
    return called("create", about, at=at, correlation=correlation, operation=operation)


@pytest.mark.parametrize(
    ("at", "repeated"), [((1.5, 2.0), True), ((1.5, 2.5), True), ((1.5, 1.9), False), ((2.0, 2.5), False)]
)
def test_an_effect_is_repeated_when_it_comes_again_after_the_copy(at: tuple[float, float], repeated: bool) -> None:  # noqa: FBT001
    """What happened twice before the copy came, or twice after it, is not for the copy."""
    said = _said(_play(FIRST, COPY, *map(_changing, at)))

    assert repeated == any(isinstance(word, Finding) for word in said)
    assert repeated or [Unassessable(NO_COUNT)] == said


def test_what_is_repeated_is_told_with_three_of_its_calls() -> None:
    """And nothing is said of counts beside it."""
    found = _finding(_play(FIRST, COPY, applied("e1", 2), *(_changing(at) for at in (1.5, 2.5, 2.6, 2.7))))

    assert "4 times POST /things/o1" == found.actual
    assert 5 == len(found.exchanges)
    assert Evidence.DEED is found.evidence


def test_changes_belong_to_the_event_that_they_name() -> None:
    """By its object, or by its correlation id; those of other events, and earlier ones, do not."""
    first = delivered("first", about="O1", at=1.0, correlation="c1")
    given = _play(
        first,
        _changing(0.5),
        _changing(1.5, correlation="c1", about="x"),
        _changing(1.6, correlation="c2", about="x"),
        _changing(1.7, about="x"),
        called("get", "o1", at=1.8),
    )
    (delivery,) = given.deliveries()

    assert {"pay": [1.5]} == {
        name: [call.started for call in calls] for name, calls in changes_of(given, delivery).items()
    }


def test_changes_are_told_apart_by_operation() -> None:
    """Two operations for one event are two effects, and neither is repeated."""
    given = _play(FIRST, COPY, _changing(1.5), _changing(2.5, operation="book"), applied("e1", 1))

    assert ["book", "pay"] == sorted(str(name) for name in changes_of(given, given.deliveries()[0]))
    assert [] == _said(given)


@pytest.mark.parametrize(
    ("statuses", "refusable", "decided"),
    [
        ((200, 500), False, True),
        ((409, 500), False, True),
        ((500, 500), False, False),
        ((400, 500), False, False),
        ((400, 500), True, True),
        ((499, 500), True, True),
        ((500, 399), True, False),
        ((429, 429), True, False),
    ],
)
def test_one_copy_must_have_been_looked_at(statuses: tuple[int, int], refusable: bool, decided: bool) -> None:  # noqa: FBT001
    """A plea to wait, or a failure of the partner, says nothing of a copy."""
    copies = [delivered("copy", status=status) for status in statuses]
    said = _said(_play(delivered("first"), *copies, applied("e1", 1)), refusable=refusable)

    last = f"the event is not accepted when it comes again (status {statuses[1]})"
    assert ([] if decided else [Unassessable(last)]) == said


def test_a_conflict_is_no_acknowledgement_and_yet_an_answer() -> None:
    """The event is known."""
    given = _play(*(delivered("copy", status=status) for status in (204, 409, 400)))

    assert [True, True, False] == [recognised_or_taken(delivery) for delivery in given.deliveries()]


def _effect(*moments: Moment, thin: bool = False) -> list[object]:
    told = delivered("control", "e0", "o0"), delivered("late", "e1", "o1")
    transcript = (wawex if thin else feewise)(play("late-about-another", "invoice", *told, *moments))
    (one,) = transcript.plays
    control, late = one.deliveries()
    return list(has_its_effect(one, Case(description_of(transcript), ()), control, late, expected="an effect"))


def test_an_effect_is_looked_for_where_the_control_showed_its_own() -> None:
    """By what is held, by a get, and by a count; the first that is missing is told."""
    held = (holds("o0", {"id": "o0"}), holds("o1", None))
    counted = (applied("e0", 1), applied("e1", 0))

    assert [
        Finding(
            expected="an effect", actual="the partner holds nothing of the object", exchanges=("p1.1", "p1.2", "p1.4")
        )
    ] == _effect(*held, *counted)
    assert [Finding(expected="an effect", actual="applied 0 times", exchanges=("p1.1", "p1.2", "p1.4"))] == _effect(
        *counted
    )
    assert [
        Finding(expected="an effect", actual="no get of the object succeeded", exchanges=("p1.1", "p1.2"))
    ] == _effect(called("get", "o0"), thin=True)


def test_a_control_without_effect_shows_nothing() -> None:
    """Nor does a partner that nobody can ask."""
    none = (applied("e0", 0), applied("e1", 0))

    assert [Unassessable("positive control failed: a genuine event shows no effect here")] == _effect(*none)
    assert [Unassessable("the partner's control endpoint offers neither 'events' nor 'objects'")] == _effect()
    assert [] == _effect(applied("e0", 1), applied("e1", 1))
    assert [] == _effect(applied("e0", 1))
