"""The exchanges of a page: what a row says, which of them open, and how they are put together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.exchange import Asking, Call, Exchange, Failure, Request, Response
from conformance.reporting.exchange_list import ExchangeList, Row
from conformance.requirement import Finding
from conformance.transcript import Outcome, Play
from conformance.verdict import Verdict
from reports import delivery, every_verdict, item, report, result

DELIVERED, CALLED, ASKED, *_ = every_verdict().exchanges


def _row(exchange: Exchange) -> Row:
    (row,) = ExchangeList(report(exchanges=[exchange])).rows.values()
    return row


def _cited(*names: str) -> Finding:
    return Finding(expected="a", actual="b", exchanges=names)


def _opened(listed: ExchangeList, *names: str) -> list[str]:
    return [row.exchange.id for row in listed.links(names).rows if row.messages]


def test_a_row_says_who_asks_whom() -> None:
    """In three directions."""
    assert ["event", "API call", "control"] == [_row(exchange).direction for exchange in (DELIVERED, CALLED, ASKED)]


def test_a_row_says_when_and_how_long() -> None:
    """In seconds of the run."""
    assert ("1.000", "42 ms") == (_row(DELIVERED).at, _row(DELIVERED).took)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("http://127.0.0.1:8080/hooks/document?a=b", "/hooks/document?a=b"),
        ("https://a.example?b=https://c.example", "?b=https://c.example"),
        ("http://a.example", "/"),
        ("/v1/x", "/v1/x"),
        ("/" + "x" * 130, "/" + "x" * 119 + " … (11 more characters)"),
    ],
)
def test_a_row_shows_the_path_alone(target: str, path: str) -> None:
    """The origin is the same for all of a direction."""
    assert path == _row(replace(DELIVERED, request=Request("POST", target))).path


@pytest.mark.parametrize(
    ("response", "failure", "shown", "kind"),
    [
        (Response(204), None, "204", "any"),
        (Response(499), None, "499", "any"),
        (Response(500), None, "500", "bad"),
        (None, None, "None", "bad"),
        (None, Failure.TIMEOUT, str(Failure.TIMEOUT), "bad"),
        (Response(200), Failure.TOO_LARGE, str(Failure.TOO_LARGE), "bad"),
    ],
)
def test_a_row_shows_the_status_or_why_there_is_none(
    response: Response | None, failure: Failure | None, shown: str, kind: str
) -> None:
    """What is wrong in any story stands out."""
    row = _row(replace(DELIVERED, response=response, failure=failure))

    assert (shown, kind) == (row.status, row.kind)
    assert {Failure.TIMEOUT: "timeout", Failure.TOO_LARGE: "too large"}.get(failure, shown) == row.short_status  # type: ignore[arg-type]  # None is in none


def test_a_row_tells_what_the_kit_knows_of_a_delivery() -> None:
    """Its event, its role, its object and its correlation id."""
    forged = replace(delivery("d1", failure=Failure.TIMEOUT), role="forged", genuine=False, correlation=None)

    assert (
        ("exchange", "d1"),
        ("event", "document.created, id e1, attempt 1"),
        ("role", "genuine"),
        ("object", "document 9b2f, version 1"),
        ("correlation", "c-1"),
    ) == _row(DELIVERED).facts[1:]
    assert (
        ("exchange", "d1"),
        ("failure", str(Failure.TIMEOUT)),
        ("event", "document.created, id e1, attempt 1"),
        ("role", "forged (a correct partner refuses it)"),
        ("object", "document 9b2f, version 1"),
    ) == _row(forged).facts[1:]


def test_a_row_tells_what_the_kit_knows_of_a_call() -> None:
    """Its operation, what went wrong on purpose, and what it breaks."""
    assert isinstance(CALLED, Call)
    strange = replace(CALLED, operation="", fault=None, problems=(), object_id=None, version=None)

    assert (
        ("exchange", "c1"),
        ("operation", "getDocument"),
        ("fault", "503 once"),
        ("problems", f"{CALLED.problems[0].kind}: the parameter expand is not declared"),
        ("object", "document 9b2f, version 1"),
    ) == _row(CALLED).facts[1:]
    assert (("exchange", "c1"), ("operation", "none that the API document knows"), ("object", "document ")) == (
        _row(strange).facts[1:]
    )
    assert (("exchange", "c1"), ("operation", "none that the API document knows")) == (
        _row(replace(strange, object_type="")).facts[1:]
    )


def test_a_row_tells_which_control_call_it_was() -> None:
    """And about what, where it is about something."""
    assert isinstance(ASKED, Asking)
    assert (("exchange", "a1"), ("control call", "objects about 9b2f")) == _row(ASKED).facts[1:]
    assert (("exchange", "a1"), ("control call", "objects")) == _row(replace(ASKED, about=None)).facts[1:]


def test_an_open_exchange_says_when_it_began() -> None:
    """By the calendar, so that it can be found in a log; in UTC, whatever the run says."""
    given = report(exchanges=[delivery("d1", at=61.5)])
    east = replace(given, header=replace(given.header, started_at="2026-11-20T09:30:00+02:00"))
    nowhere = replace(given, header=replace(given.header, started_at="2026-11-20T09:30:00"))

    assert [("began", f"2026-11-20 {hour}:31:01.500 UTC") for hour in ("09", "07", "09")] == [
        ExchangeList(told).rows["d1"].facts[0] for told in (given, east, nowhere)
    ]


def test_an_open_exchange_says_what_it_proves() -> None:
    """The first findings that cite it, in short, with the item to go back to; one that cites it twice counts once."""
    many = tuple(Finding(expected=f"{n}" * 400, actual="b", exchanges=("d1", "d1")) for n in range(4))
    given = report(result("A-1", Verdict.FAIL, item("A-1[x]", Verdict.FAIL, findings=many)), exchanges=[DELIVERED])
    (row,) = ExchangeList(given).rows.values()

    assert [("A-1", "A-1[x]", f"{n}" * 300 + " … (100 more characters)", "b") for n in range(3)] == [
        (proof.requirement, proof.item, proof.expected, proof.actual) for proof in row.proofs
    ]


def test_a_line_is_cut_where_its_escapes_end() -> None:
    """What cannot be seen takes as much room as it is spelled out in."""
    lines = (b"X: " + b"\x01" * 300, b"X: " + b"y" * 1_000, b"X: " + b"y" * 997)
    (message, *_) = _row(
        replace(DELIVERED, request=Request("POST", "/", tuple((line[:1], line[3:]) for line in lines)))
    ).messages

    assert ["X: " + "\x01" * 249 + " … (51 more characters)", "X: " + "y" * 997 + " … (3 more characters)"] == [
        *message.header_lines[:2]
    ]
    assert "X: " + "y" * 997 == message.header_lines[2]
    assert message.is_spelled
    assert not _row(DELIVERED).messages[0].is_spelled


def test_an_open_exchange_shows_both_messages() -> None:
    """First lines, headers and bodies; one without an answer shows the request."""
    asked, answered = _row(delivery("d1", body=b"{}", answer=Response(299, ((b"X-Caf\xe9", b"a"),), b"ok"))).messages
    alone = _row(replace(CALLED, response=None)).messages

    assert ("POST http://127.0.0.1:8080/hooks/document", 2, "{}") == (asked.first_line, asked.size, asked.body.text)
    assert ("Content-Type: application/json", "Webhook-Id: e1") == asked.header_lines
    assert ("status 299", ("X-Café: a",), 2, "ok") == (
        answered.first_line,
        answered.header_lines,
        answered.size,
        answered.body.text,
    )
    assert ["GET /v1/documents/9b2f?expand=all"] == [message.first_line for message in alone]


def test_what_proves_opens_before_anything_else() -> None:
    """What findings cite, then what items that did not pass saw, then in order; what is unknown is passed over."""
    exchanges = [delivery(f"d{n}", body=b"x" * 19_000) for n in range(101)]
    failing = item("A-1", Verdict.FAIL, findings=(_cited("d100", "gone", "d100"),), exchanges=("d99",))
    passing = item("A-2", Verdict.PASS, exchanges=("d98",))
    none = item("A-3", Verdict.NOT_APPLICABLE, exchanges=("d97",))
    given = report(
        result("A-2", Verdict.PASS, passing),
        result("A-3", Verdict.NOT_APPLICABLE, none),
        result("A-1", Verdict.FAIL, failing),
        exchanges=exchanges,
    )
    listed = ExchangeList(given)

    assert (101, 80, 0) == (listed.total, listed.in_full, listed.left_out)
    assert ["d0", "d77", "d99", "d100"] == _opened(listed, "d0", "d77", "d78", "d98", "d99", "d100")
    assert {"d100", "gone"} == listed.cited


def test_a_small_run_opens_whole() -> None:
    """However many exchanges of moderate size they are."""
    assert 1_000 == ExchangeList(report(exchanges=[delivery(f"d{n}") for n in range(1_000)])).in_full


def test_what_has_no_room_leaves_it_to_what_is_smaller() -> None:
    """Requests and answers together count."""
    whole = Response(200, (), b"x" * 20_000)
    large = [delivery(f"d{n}", body=b"x" * 20_000, answer=whole) for n in range(60)]
    listed = ExchangeList(report(exchanges=[*large, delivery("d99", body=b"")]))

    assert ["d0", "d38", "d99"] == _opened(listed, "d0", "d38", "d39", "d99")


def test_headers_without_end_are_cut_and_counted() -> None:
    """By their number and by their length."""
    many = Response(200, tuple((b"X", b"y" * 2_000) for _ in range(63)))
    lines = _row(delivery("d1", answer=many)).messages[1].header_lines

    assert (61, "… 3 more headers") == (len(lines), lines[-1])
    assert lines[0].endswith("yyy … (1003 more characters)")


def test_what_has_no_row_is_counted() -> None:
    """In its play and in all, and the rows that prove something are there."""
    exchanges = [delivery(f"d{n}", play="p1" if n < 13_000 else None) for n in range(14_000)]
    failing = item("A-1", Verdict.FAIL, findings=(_cited("d13999"),))
    plays = (Play(id="p1", story="a-story", parameter="", round=0, alone=False),)
    listed = ExchangeList(report(result("A-1", Verdict.FAIL, failing), exchanges=exchanges, plays=plays))
    first, outside = listed.plays.values()

    assert 0 < first.more < 4_000
    assert (13_000, 1_000) == (first.total, outside.total)
    assert listed.left_out == first.more + outside.more
    assert ["d13999"] == [row.exchange.id for row in outside.rows]
    assert (False, True) == (first.proves, outside.proves)
    assert 0 < sum(bool(row.messages) for row in first.rows) < len(first.rows)


def test_links_lead_to_what_is_there() -> None:
    """Eight of them, and how many more there are."""
    listed = ExchangeList(report(exchanges=[delivery(f"d{n}") for n in range(9)]))
    names = [f"d{n}" for n in range(9)]

    assert (names[:8], 0) == _names(listed, "gone", *names[:8])
    assert (names[:8], 1) == _names(listed, *names)


def _names(listed: ExchangeList, *names: str) -> tuple[list[str], int]:
    links = listed.links(names)
    return [row.exchange.id for row in links.rows], links.more


def test_an_anchor_is_the_id_where_the_kit_made_it() -> None:
    """Any other id may be anything: its number stands for it."""
    listed = ExchangeList(report(exchanges=[delivery("d1"), delivery('"><b>'), delivery("d2x")]))

    assert ["d1", "x2", "x3"] == [row.anchor for row in listed.links(["d1", '"><b>', "d2x"]).rows]


def test_rows_are_put_together_play_by_play() -> None:
    """In the order of the plays; one without exchanges is left out, and what belongs to none comes last."""
    plays = tuple(
        Play(id=name, story="a-story", parameter=name, round=n, alone=False, outcome=outcome, reason=reason)
        for n, (name, outcome, reason) in enumerate(
            [("p1", Outcome.PLAYED, ""), ("p2", Outcome.PLAYED, ""), ("p3", Outcome.NOT_ASSESSABLE, "no control")]
        )
    )
    given = report(
        exchanges=[
            delivery("d1", play=None),
            delivery("d2", play="p3"),
            delivery("d3", play="p1"),
            delivery("d4", play="p9"),
        ],
        plays=plays,
    )

    assert [
        ("a-story[p1]", str(Outcome.PLAYED), ["d3"]),
        ("a-story[p3], repetition 2 alone", f"{Outcome.NOT_ASSESSABLE}: no control", ["d2"]),
        ("Outside any story", "calls that belong to no play", ["d1", "d4"]),
    ] == [(p.title, p.remark, [row.exchange.id for row in p.rows]) for p in ExchangeList(given).plays.values()]
    assert ["play-p1", "play-p3", "play-x4"] == [p.anchor for p in ExchangeList(given).plays.values()]
