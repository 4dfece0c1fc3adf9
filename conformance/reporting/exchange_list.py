"""The exchanges of a run as a page lists them: all of them as rows, those that prove something in full.

What there is no room for is counted, and stands in journal.jsonl under the id that names it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile
from typing import Final

from markupsafe import escape

from conformance.exchange import Asking, Call, Delivery, Exchange, Headers
from conformance.report import Report
from conformance.reporting.allowance import Allowance
from conformance.reporting.body_text import BodyText, body_text
from conformance.reporting.plain_text import shortened, spelled_out, visible
from conformance.reporting.wording import seconds
from conformance.transcript import Play
from conformance.verdict import Verdict

__all__ = ["ExchangeList", "Links", "Message", "PlayRows", "Proof", "Row"]

# Characters of the page. Rows come first, and what they leave is for headers and bodies.
_ROOM: Final = 2_800_000
_ROOM_FOR_ROWS: Final = 2_000_000
_ROOM_IN_FULL: Final = 1_600_000
_MARKUP_OF_ROW: Final = 150
_MARKUP_OF_MESSAGE: Final = 400
_MARKUP_OF_LINE: Final = 8
# A body of more bytes than this may be cut, and takes this many characters at least.
_SHORTEST_CUT: Final = 5_000
_MOST_LINKS: Final = 8
_LONGEST_PATH: Final = 120
_LONGEST_TEXT: Final = 1_000
_MOST_HEADERS: Final = 60
_MOST_PROOFS: Final = 3
_LONGEST_PROOF: Final = 300
_OWN_ID: Final = re.compile(r"[a-z][0-9]+")
_SERVER_ERROR: Final = 500
_ORIGIN: Final = re.compile(r"https?://[^/?#]*")
_PASSING: Final = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer, opened."""

    first_line: str
    headers: Headers
    body: BodyText
    size: int

    @property
    def header_lines(self) -> tuple[str, ...]:
        """The headers as text, one line each; what is very long or very much is cut, and counted."""
        shown = (f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in self.headers[:_MOST_HEADERS])
        lines = tuple(map(_cut, shown))
        more = len(self.headers) - len(lines)
        return (*lines, f"… {more} more headers") if more > 0 else lines

    @property
    def is_spelled(self) -> bool:
        """Whether something in it cannot be seen as it is."""
        return self.body.is_spelled or any(visible(line) != line for line in (self.first_line, *self.header_lines))

    @property
    def length(self) -> int:
        """About how many characters of the page it takes."""
        lines = "\n".join((self.first_line, *self.header_lines))
        shown = len(escape(visible(lines, keep="\n"))) + len(escape(self.body.text))
        marks = sum(is_ours for text in (lines, self.body.said) for _, is_ours in spelled_out(text, keep="\n"))
        return shown + _MARKUP_OF_LINE * (self.body.text.count("\n") + marks) + _MARKUP_OF_MESSAGE


@dataclass(frozen=True, slots=True)
class Proof:
    """What an exchange proves: of which item, and in which words."""

    requirement: str
    item: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange in a list; `messages` is empty where only the row is shown, and so is what belongs to them.

    `began` is when it began, by the clock of the kit; `proofs` are the first findings that cite it.
    """

    exchange: Exchange
    anchor: str
    messages: tuple[Message, ...]
    began: str = ""
    proofs: tuple[Proof, ...] = ()

    @property
    def direction(self) -> str:
        """Who asks whom."""
        if isinstance(self.exchange, Delivery):
            return "event"
        return "API call" if isinstance(self.exchange, Call) else "control"

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
        return shortened(_ORIGIN.sub("", self.exchange.request.target, count=1) or "/", _LONGEST_PATH)

    @property
    def status(self) -> str:
        """The status, or why there is none."""
        failure = self.exchange.failure
        return str(failure) if failure is not None or self.exchange.status is None else str(self.exchange.status)

    @property
    def short_status(self) -> str:
        """The status, or in a word that there is none."""
        return self.status if self.exchange.failure is None else self.exchange.failure.name.lower().replace("_", " ")

    @property
    def kind(self) -> str:
        """A word for the colour of the status: only what is wrong in any story stands out, a refusal may be right."""
        status = self.exchange.status
        return "bad" if self.exchange.failure is not None or status is None or status >= _SERVER_ERROR else "any"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What the kit knows beyond the bytes, where it knows it."""
        when = ("began", self.began), *_facts(self.exchange)
        return tuple((name, shortened(value, _LONGEST_TEXT)) for name, value in when if value)


@dataclass(frozen=True, slots=True)
class PlayRows:
    """The exchanges of one play; `play` is None for those of none, and `more` says how many have no row."""

    play: Play | None
    anchor: str
    title: str
    remark: str
    rows: tuple[Row, ...]
    more: int
    proves: bool

    @property
    def total(self) -> int:
        """How many exchanges there are, with those that have no row."""
        return len(self.rows) + self.more


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


def _cut(line: str) -> str:
    """A line of which as much is left as fits when what cannot be seen is spelled out."""
    if len(visible(line)) <= _LONGEST_TEXT:
        return line
    taken = accumulate(len(visible(character)) for character in line)
    most = sum(1 for _ in takewhile(lambda length: length <= _LONGEST_TEXT, taken))
    return f"{line[:most]} … ({len(line) - most} more characters)"


def _messages(exchange: Exchange) -> tuple[Message, ...]:
    request, response = exchange.request, exchange.response
    first = _cut(f"{request.method} {request.target}")
    asked = Message(first, request.headers, body_text(request.body), len(request.body))
    if response is None:
        return (asked,)
    return asked, Message(f"status {response.status}", response.headers, body_text(response.body), len(response.body))


def _cited(report: Report) -> Iterator[str]:
    """The ids of the exchanges that findings name; ids repeat."""
    for result in report.requirements:
        for item in result.items:
            for finding in item.findings:
                yield from finding.exchanges


def _proofs(report: Report) -> dict[str, list[Proof]]:
    """The findings that cite an exchange, by its id."""
    found: dict[str, list[Proof]] = {}
    for result in report.requirements:
        for item in result.items:
            for finding in item.findings:
                proof = Proof(result.requirement.id, item.name, finding.expected, finding.actual)
                for name in dict.fromkeys(finding.exchanges):
                    found.setdefault(name, []).append(proof)
    return found


def _by_weight(report: Report) -> Iterator[str]:
    """The ids of all exchanges, those that prove the most first; ids repeat."""
    yield from _cited(report)
    for result in report.requirements:
        for item in result.items:
            if item.verdict not in _PASSING:
                yield from item.exchanges
    yield from (exchange.id for exchange in report.exchanges)


def _anchor(exchange_id: str, number: int) -> str:
    """The id that findings and the terminal name, where it is one of the kit's own making."""
    return exchange_id if _OWN_ID.fullmatch(exchange_id) else f"x{number}"


def _rows(report: Report) -> dict[str, Row]:
    """The rows that there is room for, in the order of the exchanges; those that prove the most take theirs first."""
    all_rows = {
        exchange.id: Row(exchange, _anchor(exchange.id, number), ())
        for number, exchange in enumerate(report.exchanges, 1)
    }
    by_weight = [all_rows[name] for name in dict.fromkeys(_by_weight(report)) if name in all_rows]
    room = Allowance(_ROOM_FOR_ROWS)
    chosen = [row for row in by_weight if room.takes(len(escape(row.path)) + _MARKUP_OF_ROW)]
    in_full = Allowance(min(_ROOM_IN_FULL, _ROOM - (_ROOM_FOR_ROWS - room.left)))
    proofs, began = _proofs(report), _began(report)
    opened = {
        row.exchange.id: _opened(row, in_full, began, tuple(proofs.get(row.exchange.id, ())[:_MOST_PROOFS]))
        for row in chosen
    }
    return {name: opened[name] for name in all_rows if name in opened}


def _began(report: Report) -> datetime:
    began = datetime.fromisoformat(report.header.started_at)
    return began.astimezone(UTC) if began.tzinfo is not None else began.replace(tzinfo=UTC)


def _opened(row: Row, room: Allowance, began: datetime, proofs: tuple[Proof, ...]) -> Row:
    # Laying bodies out takes time: no message is built that cannot find room.
    if _least(row.exchange) > room.left:
        return row
    messages = _messages(row.exchange)
    told = tuple(replace(p, expected=_in_brief(p.expected), actual=_in_brief(p.actual)) for p in proofs)
    length = sum(message.length for message in messages) + sum(_length_of(proof) for proof in told)
    if not room.takes(length):
        return row
    moment = began + timedelta(seconds=row.exchange.started)
    return replace(row, messages=messages, began=f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC", proofs=told)


def _in_brief(text: str) -> str:
    return shortened(text, _LONGEST_PROOF)


def _length_of(proof: Proof) -> int:
    return _MARKUP_OF_ROW + sum(len(escape(text)) for text in (proof.item, proof.expected, proof.actual))


def _least(exchange: Exchange) -> int:
    bodies = (exchange.request.body, exchange.response.body if exchange.response is not None else b"")
    return _MARKUP_OF_MESSAGE + sum(min(len(body), _SHORTEST_CUT) for body in bodies)


class ExchangeList:
    """All exchanges of a report, with anchors to link to; `plays` are in the order of the run, what has none last."""

    def __init__(self, report: Report) -> None:
        self.rows = _rows(report)
        self.total = len(report.exchanges)
        self.in_full = sum(bool(row.messages) for row in self.rows.values())
        self.left_out = self.total - len(self.rows)
        self.cited = frozenset(_cited(report))
        self.plays = {told.play.id if told.play is not None else "": told for told in self._by_play(report)}

    def links(self, exchange_ids: Iterable[str]) -> Links:
        """The rows to link to for some ids."""
        rows = tuple(self.rows[e] for e in exchange_ids if e in self.rows)
        return Links(rows[:_MOST_LINKS], max(len(rows) - _MOST_LINKS, 0))

    def _by_play(self, report: Report) -> Iterator[PlayRows]:
        plays: dict[str, Play | None] = {play.id: play for play in report.plays}
        exchanges: dict[str, list[Exchange]] = {name: [] for name in (*plays, "")}
        for exchange in report.exchanges:
            exchanges[exchange.play if exchange.play in plays and exchange.play is not None else ""].append(exchange)
        for number, (name, having) in enumerate(exchanges.items(), 1):
            if having:
                yield self._of_play(plays.get(name), number, having)

    def _of_play(self, play: Play | None, number: int, exchanges: list[Exchange]) -> PlayRows:
        rows = tuple(self.rows[exchange.id] for exchange in exchanges if exchange.id in self.rows)
        title, remark = "Outside any story", "calls that belong to no play"
        if play is not None:
            title = f"{play.name}, repetition {play.round} alone" if play.round else play.name
            remark = f"{play.outcome}: {play.reason}" if play.reason else str(play.outcome)
        return PlayRows(
            play=play,
            anchor=f"play-{_anchor(play.id if play is not None else '', number)}",
            title=title,
            remark=remark,
            rows=rows,
            more=len(exchanges) - len(rows),
            proves=any(exchange.id in self.cited for exchange in exchanges),
        )
