"""The exchanges of a run as a page lists them: all of them as rows, those that prove something in full."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.exchange import Asking, Call, Delivery, Exchange, Headers
from conformance.report import Report
from conformance.reporting.body_text import BodyText, body_text
from conformance.reporting.plain_text import shortened
from conformance.reporting.wording import seconds
from conformance.verdict import Verdict

__all__ = ["ExchangeList", "Links", "Message", "PlayRows", "Row"]

_MOST_IN_FULL = 400
_MOST_BYTES_IN_FULL = 4_000_000
_MOST_LINKS = 8
_OWN_ID = re.compile(r"[a-z][0-9]+")
_SERVER_ERROR = 500
_ORIGIN = re.compile(r"https?://[^/?#]*")
_PASSING = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer, opened."""

    first_line: str
    headers: Headers
    body: BodyText
    size: int

    @property
    def header_lines(self) -> tuple[str, ...]:
        """The headers as text, one line each."""
        return tuple(f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange in a list; `messages` is empty where only the row is shown."""

    exchange: Exchange
    anchor: str
    messages: tuple[Message, ...]

    @property
    def direction(self) -> str:
        """Who asks whom."""
        if isinstance(self.exchange, Delivery):
            return "event to partner"
        return "partner to API" if isinstance(self.exchange, Call) else "kit to control"

    @property
    def at(self) -> str:
        """Seconds since the start of the run."""
        return f"{self.exchange.started:.3f}"

    @property
    def took(self) -> str:
        """How long it took."""
        return seconds(self.exchange.took)

    @property
    def path(self) -> str:
        """The target without the origin, which is the same for all of a direction."""
        return shortened(_ORIGIN.sub("", self.exchange.request.target, count=1) or "/", 160)

    @property
    def status(self) -> str:
        """The status, or why there is none."""
        failure = self.exchange.failure
        return str(failure) if failure is not None or self.exchange.status is None else str(self.exchange.status)

    @property
    def kind(self) -> str:
        """A word for the colour of the status: only what is wrong in any story stands out, a refusal may be right."""
        status = self.exchange.status
        return "bad" if self.exchange.failure is not None or status is None or status >= _SERVER_ERROR else "any"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What the kit knows beyond the bytes, where it knows it."""
        return tuple((name, value) for name, value in _facts(self.exchange) if value)


@dataclass(frozen=True, slots=True)
class PlayRows:
    """The exchanges of one play."""

    title: str
    remark: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """The first of some exchanges, and how many more there are."""

    rows: tuple[Row, ...]
    more: int


def _facts(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield "exchange", exchange.id
    yield "failure", exchange.failure or ""
    if isinstance(exchange, Asking):
        yield "control call", exchange.call + (f" about {exchange.about}" if exchange.about else "")
        return
    if isinstance(exchange, Delivery):
        yield "event", f"{exchange.event_type}, id {exchange.event_id}, attempt {exchange.attempt}"
        yield "role", exchange.role + ("" if exchange.genuine else " (a correct partner refuses it)")
    else:
        assert isinstance(exchange, Call)
        yield "operation", exchange.operation or "none that the API document knows"
        yield "fault", exchange.fault or ""
        yield "problems", "; ".join(f"{problem.kind}: {problem.text}" for problem in exchange.problems)
    version = f", version {exchange.version}" if exchange.version is not None else ""
    yield "object", f"{exchange.object_type} {exchange.object_id or ''}{version}" if exchange.object_type else ""
    yield "correlation", exchange.correlation or ""


def _messages(exchange: Exchange) -> tuple[Message, ...]:
    request, response = exchange.request, exchange.response
    first = f"{request.method} {request.target}"
    asked = Message(first, request.headers, body_text(request.body), len(request.body))
    if response is None:
        return (asked,)
    return asked, Message(f"status {response.status}", response.headers, body_text(response.body), len(response.body))


def _by_weight(report: Report) -> Iterator[str]:
    """The ids of all exchanges, those that prove the most first; ids repeat."""
    items = [item for result in report.requirements for item in result.items]
    for item in items:
        for finding in item.findings:
            yield from finding.exchanges
    for item in items:
        if item.verdict not in _PASSING:
            yield from item.exchanges
    if len(report.exchanges) <= _MOST_IN_FULL:
        yield from (exchange.id for exchange in report.exchanges)


def _in_full(report: Report, by_id: dict[str, Exchange]) -> frozenset[str]:
    chosen: set[str] = set()
    room = _MOST_BYTES_IN_FULL
    for exchange_id in _by_weight(report):
        if exchange_id in chosen or exchange_id not in by_id:
            continue
        exchange = by_id[exchange_id]
        room -= len(exchange.request.body) + len(exchange.response.body if exchange.response is not None else b"")
        if room < 0 or len(chosen) == _MOST_IN_FULL:
            break
        chosen.add(exchange_id)
    return frozenset(chosen)


def _anchor(exchange_id: str, number: int) -> str:
    """The id that findings and the terminal name, where it is one of the kit's own making."""
    return exchange_id if _OWN_ID.fullmatch(exchange_id) else f"x{number}"


class ExchangeList:
    """All exchanges of a report, with anchors to link to."""

    def __init__(self, report: Report) -> None:
        by_id = {exchange.id: exchange for exchange in report.exchanges}
        in_full = _in_full(report, by_id)
        self.total = len(report.exchanges)
        self.in_full = len(in_full)
        self._report = report
        self._rows = {
            exchange.id: Row(
                exchange, _anchor(exchange.id, number), _messages(exchange) if exchange.id in in_full else ()
            )
            for number, exchange in enumerate(report.exchanges, 1)
        }

    def links(self, exchange_ids: Iterable[str]) -> Links:
        """The rows to link to for some ids."""
        rows = tuple(self._rows[e] for e in exchange_ids if e in self._rows)
        return Links(rows[:_MOST_LINKS], max(len(rows) - _MOST_LINKS, 0))

    def by_play(self) -> tuple[PlayRows, ...]:
        """The rows of each play that has any, in the order of the plays; what belongs to none comes last."""
        rows: dict[str, list[Row]] = {}
        plays = {play.id: play for play in self._report.plays}
        for row in self._rows.values():
            play_id = row.exchange.play if row.exchange.play in plays else None
            rows.setdefault(play_id or "", []).append(row)
        found = []
        for play in plays.values():
            if play.id in rows:
                again = f", repetition {play.round} alone" if play.round else ""
                remark = f"{play.outcome}: {play.reason}" if play.reason else str(play.outcome)
                found.append(PlayRows(f"{play.name}{again}", remark, tuple(rows[play.id])))
        if "" in rows:
            found.append(PlayRows("Outside any story", "calls that belong to no play", tuple(rows[""])))
        return tuple(found)
