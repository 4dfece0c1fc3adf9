"""Exchanges as text for a terminal: who said what to whom, in the order in which they began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.exchange import Call, Delivery, Exchange, Headers
from conformance.reporting.body_text import body_text
from conformance.reporting.plain_text import uncommanding, visible

__all__ = ["exchange_text"]

_MOST_LINES: Final = 30
# What every exchange has tells nothing of this one.
_USUAL: Final = frozenset(
    {b"accept", b"accept-encoding", b"connection", b"content-length", b"content-type", b"date", b"host", b"server"}
)


def exchange_text(exchanges: Iterable[Exchange]) -> str:
    """The exchanges one after the other; text from a partner is made harmless."""
    told = "\n\n".join("\n".join(_told(each)) for each in exchanges)
    return uncommanding(told) or "no exchange belongs to this test"


def _told(exchange: Exchange) -> Iterator[str]:
    yield f"{exchange.started:.3f} s  {_whose(exchange)}"
    yield f"  {visible(exchange.request.method)} {visible(exchange.request.target)}"
    yield from _content(exchange.request.headers, exchange.request.body)
    yield f"  → {visible(exchange.outcome())} after {exchange.took:.3f} s"
    if exchange.response is not None:
        yield from _content(exchange.response.headers, exchange.response.body)


def _whose(exchange: Exchange) -> str:
    match exchange:
        case Delivery():
            return f"the platform delivers {exchange.event_type}"
        case Call():
            return "the partner calls the platform" + (
                f", which has a fault: {exchange.fault}" if exchange.fault else ""
            )
        case _:
            return "the kit asks the partner"


def _content(headers: Headers, body: bytes) -> Iterator[str]:
    for name, value in headers:
        if name.lower() not in _USUAL:
            yield f"    {visible(name.decode('latin-1'))}: {visible(value.decode('latin-1'))}"
    if body:
        shown = body_text(body)
        lines = shown.text.split("\n")
        yield from (f"    {line}" for line in lines[:_MOST_LINES])
        if len(lines) > _MOST_LINES:
            yield f"    … {len(lines) - _MOST_LINES} more lines"
