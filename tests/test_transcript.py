from __future__ import annotations

import pytest

from conformance.exchange import Asking, Request
from conformance.transcript import Note, Outcome, PlannedItem, Play, Record, Stall, Transcript, Wait
from test_journal import HEADER


def asking(name: str, play: str | None, started: float, call: str = "events", about: str | None = "e1") -> Asking:
    """An exchange at a time."""
    return Asking(
        id=name,
        play=play,
        request=Request("GET", "/"),
        response=None,
        failure=None,
        started=started,
        ended=started + 1,
        call=call,
        object_type=None,
        about=about,
    )


def scene(name: str, *, outcome: Outcome = Outcome.NOT_RUN) -> Play:
    """A play as it is written when it begins, or when it ends."""
    return Play(id=name, story="told", parameter="thing", round=0, alone=True, outcome=outcome)


def test_records_find_their_play_in_the_order_of_their_beginning() -> None:
    """Whatever the order in which exchanges ended, a play holds them as they began."""
    records: list[Record] = [
        HEADER,
        scene("p1"),
        asking("q2", "p1", 2.0),
        asking("q1", "p1", 1.0),
        Note("p1", "n", "t"),
    ]
    (play,) = Transcript.from_records(records).plays

    assert ["q1", "q2"] == [e.id for e in play.exchanges]
    assert "t" == play.note("n")


def test_the_end_of_a_play_takes_the_place_of_its_beginning() -> None:
    """A play is written twice, and counts once; one that never ended was not run."""
    records: list[Record] = [HEADER, scene("p1"), scene("p2"), scene("p1", outcome=Outcome.PLAYED)]

    assert [Outcome.PLAYED, Outcome.NOT_RUN] == [p.outcome for p in Transcript.from_records(records).plays]


def test_what_belongs_to_no_play_is_a_stray() -> None:
    """Exchanges without a play, or of one that nobody wrote down, are not lost."""
    found = Transcript.from_records([HEADER, asking("q1", None, 1.0), asking("q2", "p9", 2.0), scene("p1")])

    assert ["q1", "q2"] == [e.id for e in found.strays]
    assert ["q1", "q2"] == [e.id for e in found.exchanges()]
    assert found.exchange("q2") is found.strays[1]
    assert None is found.exchange("q3")


def test_records_without_a_header_are_no_transcript() -> None:
    """Without the header nobody knows what was run."""
    with pytest.raises(ValueError, match="no header"):
        Transcript.from_records([Stall(1.0, 2.0)])


def test_a_play_answers_the_questions_of_judges() -> None:
    """Askings by call and id, all notes of a name, the longest wait."""

    def wait(what: str, ended: float) -> Wait:
        return Wait(play="p1", what=what, started=0.0, ended=ended, allowed=9.0, rewarded=False)

    records: list[Record] = [
        HEADER,
        scene("p1"),
        asking("q1", "p1", 1.0),
        asking("q2", "p1", 2.0, about="e2"),
        asking("q3", "p1", 3.0, call="objects"),
        wait("fetch", 2.0),
        wait("settle", 5.0),
        Note("p1", "n", "1"),
        Note("p1", "n", "2"),
    ]
    (play,) = Transcript.from_records(records).plays

    assert ["q1", "q2"] == [e.id for e in play.askings("events")]
    assert ["q2"] == [e.id for e in play.askings("events", "e2")]
    assert (5.0, 2.0, 0.0) == (play.waited(), play.waited("fetch"), play.waited("object"))
    assert ("2", ("1", "2"), "") == (play.note("n"), play.note_all("n"), play.note("m"))
    assert "told[thing]" == play.name
    assert () == play.deliveries()
    assert () == play.calls()


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (PlannedItem("ACK-01"), "ACK-01"),
        (PlannedItem("ACK-01", "payout.paid"), "ACK-01[payout.paid]"),
        (PlannedItem("ACK-01", "thing", "told", "told"), "ACK-01[thing-told]"),
    ],
)
def test_an_item_is_named_as_it_is_selected(item: PlannedItem, name: str) -> None:
    """The parameter stands in brackets, with the story where two share it."""
    assert name == item.name
