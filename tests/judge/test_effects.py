"""An event beside a control: what is missing, and what is cited for it."""

from __future__ import annotations

import pytest

from conformance.judge.effects import changed_at, left_out, missing_effect, silent_or_failed
from conformance.requirement import Finding, Inapplicable
from conformance.transcript import Play
from transcripts import Moment, applied, called, delivered, feewise, noted, play, waited


def _play(*moments: Moment) -> Play:
    (one,) = feewise(play("unknown-fields", "invoice", *moments)).plays
    return one


def _missing(control: str, effect: str, *moments: Moment) -> list[object]:
    told = (delivered("control"), applied("e1", 1), delivered("extended", at=5.0))
    given = _play(*told, noted("control effect", control), noted("effect", effect), *moments)
    return list(missing_effect(given, given.deliveries("extended")[0]))


@pytest.mark.parametrize(
    ("control", "effect"), [("seen", "seen"), ("not seen", "not seen"), ("cannot be seen", "not seen"), ("", "")]
)
def test_only_what_the_control_showed_can_be_missing(control: str, effect: str) -> None:
    """An effect that cannot be seen is none that is missing."""
    assert [] == _missing(control, effect)


def test_the_last_question_after_the_event_is_cited() -> None:
    """One that was asked before it, and the partner's own calls, are not."""
    asked = Moment(applied("e1", 1).record, 5.0), applied("e1", 1), applied("e1", 0), called("get")
    wanted = "the same effect as that of the event beside it"
    actual = "acknowledged with status 202, and no effect within 7.00 s"

    assert [Finding(expected=wanted, actual=actual, exchanges=("p1.1", "p1.3", "p1.8"))] == _missing(
        "seen", "not seen", *asked, waited("effect", 7.0)
    )
    assert [Finding(expected=wanted, actual=actual, exchanges=("p1.1", "p1.3", "p1.6"))] == _missing(
        "seen", "not seen", asked[0], waited("effect", 7.0)
    )
    assert [Finding(expected=wanted, actual=actual, exchanges=("p1.1", "p1.3"))] == _missing(
        "seen", "not seen", waited("effect", 7.0)
    )


def test_what_a_platform_has_no_use_for_is_left_out() -> None:
    """With the reason of the story."""
    assert [Inapplicable("no list")] == list(left_out(_play(noted("left out", "no list"))))
    assert [] == list(left_out(_play()))


def test_changes_are_told_one_after_the_other() -> None:
    """Pointer by pointer."""
    assert "/a, /b" == changed_at(_play(noted("changed", "/a\n/b")))


@pytest.mark.parametrize(("status", "failed"), [(202, False), (499, False), (500, True)])
def test_a_failure_begins_at_500(status: int, failed: bool) -> None:  # noqa: FBT001
    """A refusal is none."""
    assert failed == silent_or_failed(_play(delivered("event", status=status)).deliveries()[0])
