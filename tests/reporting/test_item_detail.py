"""An item opened: what is shown of it, and for how long there is room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.exchange import Exchange
from conformance.report import ItemResult, Report
from conformance.reporting.exchange_list import ExchangeList
from conformance.reporting.item_detail import ItemDetail, ItemDetails
from conformance.requirement import Finding
from conformance.transcript import Play
from conformance.verdict import Verdict
from reports import delivery, every_verdict, item, report, result


def _cites(*names: str, actual: str = "b") -> Finding:
    return Finding(expected="a", actual=actual, exchanges=names)


def _play(name: str, round_: int = 0) -> Play:
    return Play(id=name, story="a-story", parameter="", round=round_, alone=bool(round_))


def _report(given: ItemResult, *exchanges: Exchange) -> Report:
    plays = tuple(_play(f"p{n}", n - 1) for n in range(1, 9))
    return report(result("A-1", given.verdict, given), exchanges=exchanges, plays=plays)


def _detail(given: ItemResult, *exchanges: Exchange) -> ItemDetail:
    told = _report(given, *exchanges)
    return ItemDetails(told, ExchangeList(told)).of(given)


def test_one_finding_needs_no_number() -> None:
    """Several have theirs."""
    one = _detail(item("A-1", Verdict.FAIL, findings=(_cites(),)))
    two = _detail(item("A-1", Verdict.FAIL, findings=(_cites(), _cites())))

    assert (["finding"], ["finding 1", "finding 2"]) == (
        [shown.number for shown in one.findings],
        [shown.number for shown in two.findings],
    )


def test_five_findings_are_shown_and_the_others_counted() -> None:
    """Each with its words, cut where they are very long."""
    detail = _detail(item("A-1", Verdict.FAIL, findings=(_cites(actual="x" * 1_300),) * 7))

    assert (5, 2) == (len(detail.findings), detail.more)
    assert "x" * 1_200 + " … (100 more characters)" == detail.findings[0].actual[0].text
    assert ("a", "") == (detail.findings[0].expected[0].text, detail.findings[0].hint)


def test_findings_are_shown_as_long_as_there_is_room() -> None:
    """On the whole page."""
    given = item("A-1", Verdict.FAIL, findings=(_cites(actual="x" * 1_200),) * 5)
    told = _report(given)
    details = ItemDetails(told, ExchangeList(told))
    shown = [len(details.of(given).findings) for _ in range(60)]

    assert (249, 0) == (sum(shown), shown[-1])
    assert 5 == details.of(given).more


@pytest.mark.parametrize(
    ("verdict", "drawn"),
    [
        (Verdict.FAIL, True),
        (Verdict.FLAKY, True),
        (Verdict.ERROR, True),
        (Verdict.WARN, True),
        (Verdict.WAIVED, True),
        (Verdict.PASS, False),
        (Verdict.NOT_ASSESSABLE, False),
        (Verdict.NOT_APPLICABLE, False),
        (Verdict.NOT_RUN, False),
    ],
)
def test_a_story_that_tells_why_is_drawn(verdict: Verdict, *, drawn: bool) -> None:
    """What passed is drawn in the list of stories only."""
    detail = _detail(item("A-1", verdict, plays=("p1",)), delivery("d1", play="p1"))

    assert drawn is bool(detail.figures)
    assert ["p1"] == [told.play.id for told in detail.plays if told.play is not None]


def test_the_last_play_that_proves_is_drawn() -> None:
    """It is the one that was played alone; without a proof the last one is."""
    exchanges = [delivery("d1", play="p1"), delivery("d2", play="p2"), delivery("d3", play="p3")]
    proven = item("A-1", Verdict.FAIL, findings=(_cites("d1"), _cites("d1", "d2")), plays=("p1", "p2", "p3"))
    unproven = item("A-1", Verdict.ERROR, plays=("p1", "p2", "p3", "gone"))
    (figure,) = _detail(proven, *exchanges).figures
    (other,) = _detail(unproven, *exchanges).figures

    assert ("play-p2", ["finding 2"]) == (figure.told.anchor, [arrow.finding for arrow in figure.diagram.arrows])
    assert ("play-p3", [""]) == (other.told.anchor, [arrow.finding for arrow in other.diagram.arrows])


def test_an_exchange_is_pointed_at_by_all_findings_that_cite_it() -> None:
    """Each is named once, and a single finding has no number."""
    exchanges = [delivery("d1", play="p1"), delivery("d2", play="p1")]
    two = item("A-1", Verdict.FAIL, findings=(_cites("d1", "d1"), _cites("d1", "d2")), plays=("p1",))
    one = item("A-1", Verdict.FAIL, findings=(_cites("d2"),), plays=("p1",))

    assert ["finding 1, 2", "finding 2"] == [a.finding for a in _detail(two, *exchanges).figures[0].diagram.arrows]
    assert ["", "finding"] == [a.finding for a in _detail(one, *exchanges).figures[0].diagram.arrows]


def test_six_plays_are_linked_and_the_others_counted() -> None:
    """A requirement on many plays would be a page of links."""
    exchanges = [delivery(f"d{n}", play=f"p{n}") for n in range(1, 9)]
    detail = _detail(item("A-1", Verdict.PASS, plays=tuple(f"p{n}" for n in range(1, 9))), *exchanges)

    assert (6, 2) == (len(detail.plays), detail.more_plays)
    assert 0 == _detail(item("A-1", Verdict.PASS, plays=("p1",)), *exchanges).more_plays


def test_stories_are_drawn_as_long_as_there_is_room() -> None:
    """Sixteen hundred exchanges on the whole page; a smaller one may still find room."""
    given = item("A-1", Verdict.FAIL, plays=("p1",))
    told = _report(given, *(delivery(f"d{n}", play="p1") for n in range(39)), delivery("d99", play="p2"))
    exchanges = ExchangeList(told)
    details = ItemDetails(told, exchanges)

    assert 41 == sum(len(details.of(given).figures) for _ in range(50))
    assert [True, False] == [details.figure(exchanges.plays["p2"], {}) is not None for _ in range(2)]
    assert () == details.of(given).figures


def test_what_failed_can_be_played_again() -> None:
    """There is no need to where it passed or does not apply."""
    again = [verdict for verdict in Verdict if _detail(item("A-1", verdict)).rerun]

    assert [v for v in Verdict if v not in {Verdict.PASS, Verdict.NOT_APPLICABLE}] == again


def test_the_first_delivery_that_is_cited_can_be_sent_by_hand() -> None:
    """Where findings cite none, or one that no shell can send, there is no command."""
    call = next(e for e in every_verdict().exchanges if e.id == "c1")
    large = delivery("d3", body=b"x" * 9_000)
    exchanges = (
        call,
        delivery("d1"),
        replace(delivery("d2"), request=replace(delivery("d2").request, method="PUT")),
        large,
    )

    def command(*names: str) -> str | None:
        told = _detail(item("A-1", Verdict.FAIL, findings=(_cites("gone"), _cites(*names))), *exchanges)
        return told.command.text.split("\n")[1].strip(" \\") if told.command is not None else None

    assert ["-X PUT", "-H 'Content-Type: application/json'", None, None, None] == [
        command("c1", "d2", "d1"),
        command("d1"),
        command("c1"),
        command("d3", "d1"),
        command(),
    ]


def test_commands_take_of_the_room_of_findings() -> None:
    """A command that finds none is left out."""
    given = item("A-1", Verdict.FAIL, findings=(_cites("d1", actual="x" * 100),))
    told = _report(given, delivery("d1", body=b"x" * 5_000))
    details = ItemDetails(told, ExchangeList(told))
    made = [details.of(given) for _ in range(90)]

    assert (True, False) == (made[0].command is not None, made[-1].command is not None)
    assert 60 < sum(each.command is not None for each in made) < 80
    assert next(each for each in made if each.command is None).findings
