"""Exchanges as a terminal shows them beside a hand-written test that failed."""

from __future__ import annotations

from dataclasses import replace

from conformance.exchange import Call, Request, Response
from conformance.reporting.exchange_text import exchange_text
from reports import delivery, every_verdict

DELIVERED, CALLED, ASKED, *_ = every_verdict().exchanges
_HEADERS = ((b"Host", b"127.0.0.1"), (b"X-Odd", b"\x1b[31m"))


def test_a_delivery_is_told_from_its_moment_to_its_answer() -> None:
    """Without the headers that every exchange has, and with nothing that a terminal would obey."""
    told = delivery("d1", at=1.0)
    request = Request("POST", "http://partner.example/hooks", _HEADERS, b"a\nb")
    text = exchange_text([replace(told, request=request, response=Response(200, (), b"::error::x"))])

    assert text.startswith(f"1.000 s  the platform delivers {told.event_type}\n  POST http://partner.example/hooks\n")
    assert "X-Odd: " in text
    assert "Host" not in text
    assert "\x1b" not in text
    assert "    a\n    b\n" in text
    assert f"  → {replace(told, response=Response(200)).outcome()} after {told.took:.3f} s" in text
    assert "\n    ::error" not in text


def test_every_direction_has_its_words() -> None:
    """Whoever began; a fault of the platform is told with the call that it struck."""
    assert isinstance(CALLED, Call)
    faulty, plain = replace(CALLED, fault="answers 500"), replace(CALLED, fault="")

    assert "the partner calls the platform, which has a fault: answers 500\n" in exchange_text([faulty])
    assert "the partner calls the platform\n" in exchange_text([plain])
    assert "the kit asks the partner" in exchange_text([ASKED])
    assert exchange_text([DELIVERED, ASKED]).count("\n\n") == 1


def test_without_an_answer_there_is_none() -> None:
    """And without an exchange there is a sentence."""
    text = exchange_text([replace(DELIVERED, response=None)])

    assert text.splitlines()[-1].startswith("  → ")
    assert "no exchange belongs to this test" == exchange_text([])


def test_a_long_body_is_cut() -> None:
    """After thirty lines it says how many more there are."""
    request = Request("POST", "http://partner.example", (), b"\n".join([b"x"] * 40))

    assert "… 10 more lines" in exchange_text([replace(DELIVERED, request=request)])


def test_what_every_exchange_has_is_left_out() -> None:
    """In both directions, in any case; what is left is the request and its answer line by line."""
    names = ("Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Date", "Host", "Server")
    headers = tuple((name.encode(), b"usual") for name in names)
    request = Request("POST", "http://partner.example", headers, b"")
    response = Response(404, (*headers, (b"X-Own", b"1")), b"not here")
    text = exchange_text([replace(DELIVERED, request=request, response=response)])

    assert ["  POST http://partner.example", "    X-Own: 1", "    not here"] == [
        line for line in text.splitlines()[1:] if "→" not in line
    ]


def test_a_body_of_thirty_lines_is_whole() -> None:
    """Nothing is said to be missing."""
    request = Request("POST", "http://partner.example", (), b"\n".join([b"x"] * 30))
    text = exchange_text([replace(DELIVERED, request=request, response=None)])

    assert 30 == text.count("    x")
    assert "more lines" not in text
