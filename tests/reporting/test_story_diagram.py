"""A story as a diagram: who talks to whom, when, and what is written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.exchange import Asking, Call, Exchange, Failure, Response
from conformance.reporting.exchange_list import ExchangeList
from conformance.reporting.story_diagram import StoryDiagram, story_diagram
from conformance.transcript import Play, Wait
from reports import delivery, every_verdict, report

DELIVERED, CALLED, ASKED, *_ = every_verdict().exchanges
WAITED = Wait(play="p1", what="fetch", started=1.05, ended=31.05, allowed=30.0, rewarded=False)


def _drawn(
    exchanges: Sequence[Exchange], *waits: Wait, cited: dict[str, str] | None = None, play: str = "p1"
) -> StoryDiagram | None:
    played = Play(id="p1", story="a-story", parameter="", round=0, alone=False, waits=waits)
    listed = ExchangeList(report(exchanges=exchanges, plays=(played,)))
    return story_diagram(listed.plays[play], cited or {})


def _diagram(*exchanges: Exchange, waits: Sequence[Wait] = (), cited: dict[str, str] | None = None) -> StoryDiagram:
    drawn = _drawn(exchanges, *waits, cited=cited)
    assert drawn is not None
    return drawn


def _deliveries(number: int) -> list[Exchange]:
    return [delivery(f"d{n}", at=float(n)) for n in range(number)]


def _names(drawn: StoryDiagram) -> list[str]:
    return [arrow.row.exchange.id for arrow in drawn.arrows]


def test_calls_of_no_story_are_no_diagram() -> None:
    """Nothing holds them together."""
    assert _drawn([replace(DELIVERED, play=None)], play="") is None


def test_everybody_has_a_lane() -> None:
    """The control endpoint where it was asked."""
    three, four = _diagram(DELIVERED), _diagram(DELIVERED, ASKED)

    assert [("platform", 84), ("webhook server", 182), ("API client", 280)] == [(x.name, x.x) for x in three.lanes]
    assert ("control endpoint", 378) == (four.lanes[-1].name, four.lanes[-1].x)
    assert (322, 420) == (three.words_x, four.words_x)


def test_arrows_lead_from_who_asks_to_who_is_asked() -> None:
    """Deliveries to the webhook server, calls to the platform, questions to the control endpoint."""
    drawn = _diagram(DELIVERED, CALLED, ASKED)

    assert [("genuine", 84, 182), ("faulted", 280, 84), ("asking", 84, 378)] == [
        (arrow.kind, arrow.source, arrow.target) for arrow in drawn.arrows
    ]


def test_what_is_out_of_the_ordinary_is_said() -> None:
    """A forgery, and a fault that the kit made on purpose."""
    assert isinstance(CALLED, Call)
    forged = replace(delivery("d2"), role="forged", genuine=False)
    drawn = _diagram(forged, DELIVERED, CALLED, replace(CALLED, id="c2", fault=None), ASKED)

    assert [
        ("forged", "to be refused (forged): document.created"),
        ("genuine", "genuine: document.created"),
        ("faulted", "fault “503 once”: GET /v1/documents/9b2f?e…"),
        ("call", "GET /v1/documents/9b2f?expand=all"),
        ("asking", "asks for objects"),
    ] == [
        (arrow.kind, arrow.text) for arrow in sorted(drawn.arrows, key=lambda a: "d2 d1 c1 c2 a1".index(a.row.anchor))
    ]


def test_time_runs_down() -> None:
    """An arrow begins where the exchange began and ends where it ended."""
    drawn = _diagram(delivery("d1", at=1.0), replace(delivery("d2", at=1.5), ended=2.0))

    assert [(44, 47), (74, 104)] == [(arrow.top, arrow.bottom) for arrow in drawn.arrows]
    assert (116, 128) == (drawn.foot, drawn.height)


def test_lines_are_drawn_there_and_back() -> None:
    """With their heads; back only where there is room between the two."""
    short, long = _diagram(delivery("d1", at=1.0), replace(delivery("d2", at=1.5), ended=2.0)).arrows
    (call,) = _diagram(CALLED).arrows

    assert ("M84 44H182m-7-3.5l7 3.5l-7 3.5", "") == (short.asked, short.answered)
    assert ("M84 74H182m-7-3.5l7 3.5l-7 3.5M91 100.5l-7 3.5l7 3.5", "M182 104H84") == (long.asked, long.answered)
    assert ("M280 44H84m7-3.5l-7 3.5l7 3.5M273 100.5l7 3.5l-7 3.5", "M84 104H280") == (call.asked, call.answered)


@pytest.mark.parametrize(
    ("response", "failure", "cross"),
    [
        (None, Failure.TIMEOUT, "M178 100l8 8m0-8l-8 8"),
        (Response(200), Failure.CLOSED, "M178 100l8 8m0-8l-8 8"),
        (None, None, ""),
    ],
)
def test_an_answer_that_did_not_come_is_crossed_out(
    response: Response | None, failure: Failure | None, cross: str
) -> None:
    """Where it was due."""
    (arrow,) = _diagram(replace(DELIVERED, response=response, failure=failure)).arrows

    assert ("", cross) == (arrow.answered, arrow.broken_off)


def test_words_stand_evenly_beside_what_they_tell_of() -> None:
    """Never one over another, and never above it."""
    drawn = _diagram(*(delivery(f"d{n}", at=1.0 + n / 1000) for n in range(3)), delivery("d9", at=9.0))

    assert [44, 63, 82] == [arrow.words_y for arrow in drawn.arrows][:3]
    assert all(arrow.words_y >= arrow.top for arrow in drawn.arrows)
    assert f"M187 {drawn.arrows[1].top}H294L314 63" == drawn.leader(drawn.arrows[1])
    assert "M285 44H294L314 44" == _diagram(CALLED).leader(_diagram(CALLED).arrows[0])


def test_the_picture_is_as_wide_as_its_words() -> None:
    """Seven pixels a letter, so that nothing is cut."""
    plain, pointed = _diagram(DELIVERED), _diagram(DELIVERED, cited={"d1": "finding 2"})
    (arrow,) = pointed.arrows

    assert (" genuine: document.created ", " ◀ finding 2") == (arrow.words, arrow.pointer)
    assert arrow.letters == len("d1 genuine: document.created → 202 ◀ finding 2")
    assert (322 + 7 * 34, 322 + 7 * 46) == (plain.width, pointed.width)


def test_a_picture_ends_below_its_last_words() -> None:
    """And below its last exchange."""
    crowded = _diagram(*(delivery(f"d{n}", at=1.0) for n in range(9)))

    assert crowded.arrows[-1].words_y + 14 == crowded.height
    assert crowded.arrows[-1].words_y == 44 + 8 * 19


def test_what_a_finding_cites_is_pointed_at() -> None:
    """By its name."""
    drawn = _diagram(DELIVERED, delivery("d2"), cited={"d2": "finding 1, 3"})

    assert ["", "finding 1, 3"] == [arrow.finding for arrow in drawn.arrows]
    assert ["", " ◀ finding 1, 3"] == [arrow.pointer for arrow in drawn.arrows]


def test_equal_questions_are_one() -> None:
    """The last of them; another answer, another question, and what a finding cites stand for themselves."""
    assert isinstance(ASKED, Asking)
    asked = [replace(ASKED, id=f"q{n}", started=2.0 + n, ended=2.1 + n) for n in range(7)]
    asked[3] = replace(asked[3], response=None, failure=Failure.TIMEOUT)
    asked[6] = replace(asked[6], about="another")
    drawn = _diagram(*asked, cited={"q4": "finding"})

    assert [("q2", 3), ("q3", 1), ("q4", 1), ("q5", 1), ("q6", 1)] == [
        (arrow.row.exchange.id, arrow.times) for arrow in drawn.arrows
    ]
    assert " asks for objects 3 times " == drawn.arrows[0].words
    assert 0 == drawn.left_out


def test_forty_exchanges_are_drawn() -> None:
    """Of more the first forty, where nothing is pointed at."""
    assert (40, 0) == (len(_diagram(*_deliveries(40)).arrows), _diagram(*_deliveries(40)).left_out)
    assert ([f"d{n}" for n in range(40)], 1) == (
        _names(_diagram(*_deliveries(41))),
        _diagram(*_deliveries(41)).left_out,
    )


@pytest.mark.parametrize(
    ("cited", "drawn"),
    [
        (["d50"], [f"d{n}" for n in range(40, 80)]),
        (["d5"], [f"d{n}" for n in range(40)]),
        (["d98"], [f"d{n}" for n in range(60, 100)]),
        (["d50", "d97"], [*(f"d{n}" for n in range(40, 79)), "d97"]),
        ([f"d{n}" for n in range(0, 60, 2)], [f"d{n}" for n in range(40)]),
    ],
)
def test_of_many_exchanges_those_around_the_proof_are_drawn(cited: list[str], drawn: list[str]) -> None:
    """From shortly before the first; the first twenty that are cited stay."""
    shown = _names(_diagram(*_deliveries(100), cited=dict.fromkeys(cited, "finding")))

    assert drawn == shown[: len(drawn)]
    assert 40 == len(shown)


def test_a_wait_in_vain_is_told() -> None:
    """In words, and as a line beside the platform for as long as it lasted."""
    drawn = _diagram(DELIVERED, delivery("d2", at=31.2), waits=[WAITED])
    (pause,) = drawn.pauses

    assert ("Waited for fetch, 30.0 s of at most 30.0 s: nothing came",) == drawn.in_vain
    assert (True, 44 + round(drawn.axis.y(1.05)), 44 + round(drawn.axis.y(31.05))) == (
        pause.in_vain,
        pause.top,
        pause.bottom,
    )


def test_a_wait_that_was_long_is_told() -> None:
    """A short one that was rewarded is not, and none is that lies outside of what is drawn."""
    come = replace(WAITED, ended=1.35, rewarded=True)
    quiet = replace(WAITED, what="settle", ended=1.55, rewarded=True)
    short = replace(come, ended=1.34)
    before, after = replace(WAITED, started=0.1, ended=0.9), replace(WAITED, started=3.1, ended=4.0)
    drawn = _diagram(DELIVERED, delivery("d2", at=2.0), waits=[come, quiet, short, before, after])

    assert [
        "Waited for fetch, 300 ms of at most 30.0 s: it came",
        "500 ms of quiet, so that what must not happen can be seen",
    ] == [pause.text for pause in drawn.pauses]
    assert () == drawn.in_vain


def test_a_wait_that_began_before_is_drawn_from_the_beginning() -> None:
    """The axis is that of the exchanges."""
    drawn = _diagram(DELIVERED, delivery("d2", at=2.0), waits=[replace(WAITED, started=0.5, ended=1.5)])

    assert (44, 1.0) == (drawn.pauses[0].top, drawn.axis.instants[0])
