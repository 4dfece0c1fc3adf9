from __future__ import annotations

import pytest

from conformance.exchange import Headers, Response
from conformance.retry_after import retry_after

DATE = b"Fri, 20 Nov 2026 09:30:00 GMT"
NOW = 1_795_167_000.0


def busy(*headers: tuple[bytes, bytes]) -> Response:
    """An answer that asks to wait."""
    return Response(503, headers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"0", 0.0),
        (b" 7 ", 7.0),
        (b"", None),
        (b"soon", None),
        (b"-1", None),
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        (b"Fri, 20 Nov 2026 09:30:05 GMT", 5.0),
    ],
)
def test_it_is_a_number_or_a_date(text: bytes, expected: float | None) -> None:
    """A date that has passed means now, and what is neither says nothing."""
    assert expected == retry_after(busy((b"Retry-After", text)), now=NOW)


@pytest.mark.parametrize("headers", [(), ((b"Date", DATE),)])
def test_an_answer_without_it_says_nothing(headers: Headers) -> None:
    """Neither does no answer."""
    assert retry_after(busy(*headers), now=NOW) is None
    assert retry_after(None, now=NOW) is None


def test_a_date_is_measured_by_the_clock_that_made_it() -> None:
    """A clock that is a minute off, and shows it, asks for no minute."""
    later = (b"Retry-After", b"Fri, 20 Nov 2026 09:30:02 GMT")

    assert 2.0 == retry_after(busy(later, (b"Date", DATE)), now=NOW - 60)
    assert 62.0 == retry_after(busy(later, (b"Date", b"today")), now=NOW - 60)
