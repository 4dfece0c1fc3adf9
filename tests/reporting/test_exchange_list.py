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
    (play,) = ExchangeList(report(exchanges=[exchange])).by_play()
    return play.rows[0]


def _cited(*names: str) -> Finding:
    return Finding(expected="a", actual="b", exchanges=names)


def _opened(listed: ExchangeList, *names: str) -> list[str]:
    return [row.exchange.id for row in listed.links(names).rows if row.messages]


def test_a_row_says_who_asks_whom() -> None:
    """In three directions."""
    assert ["event to partner", "partner to API", "kit to control"] == [
        _row(exchange).direction for exchange in (DELIVERED, CALLED, ASKED)
    ]


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
        ("/" + "x" * 170, "/" + "x" * 159 + " … (11 more characters)"),
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
        (Response(200), Failure.CLOSED, str(Failure.CLOSED), "bad"),
    ],
)
def test_a_row_shows_the_status_or_why_there_is_none(
    response: Response | None, failure: Failure | None, shown: str, kind: str
) -> None:
    """What is wrong in any story stands out."""
    row = _row(replace(DELIVERED, response=response, failure=failure))

    assert (shown, kind) == (row.status, row.kind)


def test_a_row_tells_what_the_kit_knows_of_a_delivery() -> None:
    """Its event, its role, its object and its correlation id."""
    forged = replace(delivery("d1", failure=Failure.TIMEOUT), role="forged", genuine=False, correlation=None)

    assert (
        ("exchange", "d1"),
        ("event", "document.created, id e1, attempt 1"),
        ("role", "genuine"),
        ("object", "document 9b2f, version 1"),
        ("correlation", "c-1"),
    ) == _row(DELIVERED).facts
    assert (
        ("exchange", "d1"),
        ("failure", str(Failure.TIMEOUT)),
        ("event", "document.created, id e1, attempt 1"),
        ("role", "forged (a correct partner refuses it)"),
        ("object", "document 9b2f, version 1"),
    ) == _row(forged).facts


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
    ) == _row(CALLED).facts
    assert (("exchange", "c1"), ("operation", "none that the API document knows"), ("object", "document ")) == (
        _row(strange).facts
    )
    assert (("exchange", "c1"), ("operation", "none that the API document knows")) == (
        _row(replace(strange, object_type="")).facts
    )


def test_a_row_tells_which_control_call_it_was() -> None:
    """And about what, where it is about something."""
    assert isinstance(ASKED, Asking)
    assert (("exchange", "a1"), ("control call", "objects about 9b2f")) == _row(ASKED).facts
    assert (("exchange", "a1"), ("control call", "objects")) == _row(replace(ASKED, about=None)).facts


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
    """What findings cite, then what belongs to items that did not pass; what was never recorded is passed over."""
    exchanges = [delivery(f"d{n}") for n in range(401)]
    failing = item("A-1", Verdict.FAIL, findings=(_cited("d400", "gone", "d400"),), exchanges=("d399",))
    passing = item("A-2", Verdict.PASS, exchanges=("d398",))
    none = item("A-3", Verdict.NOT_APPLICABLE, exchanges=("d397",))
    given = report(
        result("A-2", Verdict.PASS, passing),
        result("A-3", Verdict.NOT_APPLICABLE, none),
        result("A-1", Verdict.FAIL, failing),
        exchanges=exchanges,
    )
    listed = ExchangeList(given)

    assert (401, 2) == (listed.total, listed.in_full)
    assert ["d399", "d400"] == _opened(listed, "d397", "d398", "d399", "d400")


def test_a_small_run_opens_whole() -> None:
    """Up to 400 exchanges."""
    assert 400 == ExchangeList(report(exchanges=[delivery(f"d{n}") for n in range(400)])).in_full


def test_no_more_than_four_megabytes_open() -> None:
    """Requests and answers together; what comes after the first that has no room stays closed."""
    half = Response(200, (), b"x" * 1_000_000)
    exchanges = [
        delivery("d1", body=b"x" * 1_000_000, answer=half),
        delivery("d2", body=b"x" * 1_000_000, answer=half),
        delivery("d3", body=b"x", failure=Failure.TIMEOUT),
        delivery("d4", body=b""),
    ]

    assert ["d1", "d2"] == _opened(ExchangeList(report(exchanges=exchanges)), "d1", "d2", "d3", "d4")


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
    ] == [(p.title, p.remark, [row.exchange.id for row in p.rows]) for p in ExchangeList(given).by_play()]
