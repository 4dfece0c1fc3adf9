"""A story as a sequence diagram: where each exchange is drawn, between whom, and what is written beside it.

Only numbers and words are made here; the template of the page draws them. Time runs down, true to scale between the
marked breaks; what is written stands evenly beside it, with a thin line to what it tells of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from conformance.exchange import Asking, Call, Delivery, Exchange
from conformance.reporting.exchange_list import PlayRows, Row
from conformance.reporting.plain_text import visible
from conformance.reporting.time_axis import TimeAxis, time_axis
from conformance.reporting.wording import seconds
from conformance.transcript import Wait

__all__ = ["Arrow", "Lane", "Pause", "StoryDiagram", "story_diagram"]

_MOST_ARROWS: Final = 40
# Pixels.
_TOP: Final = 44
_FIRST_LANE: Final = 84
_BETWEEN_LANES: Final = 98
_BEFORE_WORDS: Final = 42
_LINE: Final = 19
_LETTER: Final = 7
_MOST_LETTERS: Final = 42
# A line back to who asked is drawn where it can be told from the line there.
_APART: Final = 6
_LONG_WAIT: Final = 0.3


@dataclass(frozen=True, slots=True)
class Lane:
    """One of those who talk."""

    name: str
    x: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """One exchange: from `source` to `target`, asked at `top` and answered at `bottom`, with its words at `words_y`.

    `times` counts the equal questions that it stands for; `finding` names the findings that cite it.
    """

    row: Row
    kind: str
    text: str
    times: int
    finding: str
    source: int
    target: int
    top: int
    bottom: int
    words_y: int

    @property
    def words(self) -> str:
        """What is written beside it, but for the id before it."""
        times = f" {self.times} times" if self.times > 1 else ""
        return f" {self.text}{times} "

    @property
    def pointer(self) -> str:
        """What points at it."""
        return f" ◀ {self.finding}" if self.finding else ""

    @property
    def letters(self) -> int:
        """How many there are in all that is written."""
        return len(self.row.exchange.id + self.words + self.row.short_status + self.pointer) + 2

    @property
    def asked(self) -> str:
        """The line there, and the heads of both lines."""
        step = -7 if self.target > self.source else 7
        there = f"M{self.source} {self.top}H{self.target}m{step}-3.5l{-step} 3.5l{step} 3.5"
        if not self.answered:
            return there
        return f"{there}M{self.source - step} {self.bottom - 3.5}l{step} 3.5l{-step} 3.5"

    @property
    def answered(self) -> str:
        """The line back; empty where there was no answer, or it came at once."""
        exchange = self.row.exchange
        if exchange.response is None or exchange.failure is not None or self.bottom - self.top < _APART:
            return ""
        return f"M{self.target} {self.bottom}H{self.source}"

    @property
    def broken_off(self) -> str:
        """A cross where an answer was due; empty where it came."""
        if self.row.exchange.failure is None:
            return ""
        return f"M{self.target - 4} {self.bottom - 4}l8 8m0-8l-8 8"


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the story waited for something."""

    text: str
    top: int
    bottom: int
    in_vain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDiagram:
    """What to draw; `left_out` says how many exchanges are not."""

    lanes: tuple[Lane, ...]
    axis: TimeAxis
    arrows: tuple[Arrow, ...]
    pauses: tuple[Pause, ...]
    left_out: int
    width: int
    height: int

    top = _TOP

    @property
    def words_x(self) -> int:
        """Where the words begin."""
        return self.lanes[-1].x + _BEFORE_WORDS

    @property
    def narrow_width(self) -> int:
        """How wide it is with no more than the ids beside it, where the words stand below."""
        return self.words_x + _LETTER * max(len(arrow.row.exchange.id) for arrow in self.arrows)

    @property
    def foot(self) -> int:
        """Where the lanes end."""
        return _TOP + round(self.axis.height) + 12

    @property
    def in_vain(self) -> tuple[str, ...]:
        """What was waited for and did not come."""
        return tuple(dict.fromkeys(pause.text for pause in self.pauses if pause.in_vain))

    def leader(self, arrow: Arrow) -> str:
        """The thin line from an arrow to its words."""
        edge = self.lanes[-1].x + 14
        return f"M{max(arrow.source, arrow.target) + 5} {arrow.top}H{edge}L{self.words_x - 8} {arrow.words_y}"


def story_diagram(told: PlayRows, cited: Mapping[str, str]) -> StoryDiagram | None:
    """The diagram of a play; None where nothing of it is shown.

    `cited` names the findings that cite an exchange, by its id.
    """
    rows = _without_repeats(told.rows, cited)
    if told.play is None or not rows:
        return None
    drawn = _window(rows, cited)
    begun, ended = drawn[0][0].exchange.started, max(row.exchange.ended for row, _ in drawn)
    waits = [w for w in told.play.waits if w.ended >= begun and w.started <= ended and _is_worth_telling(w)]
    starts = [row.exchange.started for row, _ in drawn]
    others = (
        [row.exchange.ended for row, _ in drawn] + [max(w.started, begun) for w in waits] + [w.ended for w in waits]
    )
    axis = time_axis(starts, others, height=max(60.0, (len(drawn) - 1) * _LINE))
    lanes = _lanes(row.exchange for row, _ in drawn)
    arrows: list[Arrow] = []
    for row, times in drawn:
        above = arrows[-1].words_y + _LINE if arrows else 0
        arrows.append(_arrow(row, times, axis, lanes, cited, above))
    return StoryDiagram(
        lanes=lanes,
        axis=axis,
        arrows=tuple(arrows),
        pauses=tuple(_pause(wait, axis) for wait in waits),
        left_out=told.total - sum(times for _, times in drawn),
        width=lanes[-1].x + _BEFORE_WORDS + _LETTER * max(arrow.letters for arrow in arrows),
        height=max(_TOP + round(axis.height) + 24, arrows[-1].words_y + 14),
    )


def _is_worth_telling(wait: Wait) -> bool:
    return not wait.rewarded or wait.ended - wait.started >= _LONG_WAIT


def _without_repeats(rows: Iterable[Row], cited: Mapping[str, str]) -> list[tuple[Row, int]]:
    """The rows, with one in place of equal questions to the control endpoint that follow one another.

    The last stands for those before it, because it is what ended the asking; what a finding cites stands for itself.
    """
    found: list[tuple[Row, int]] = []
    for _, group in groupby(rows, key=lambda row: _question(row.exchange, cited)):
        same = list(group)
        found.append((same[-1], len(same)))
    return found


def _question(exchange: Exchange, cited: Mapping[str, str]) -> object:
    if isinstance(exchange, Asking) and exchange.id not in cited:
        body = exchange.response.body if exchange.response is not None else None
        return (exchange.call, exchange.about, exchange.status, body)
    return exchange.id


def _window(told: list[tuple[Row, int]], cited: Mapping[str, str]) -> list[tuple[Row, int]]:
    """As many as can be read, from shortly before the first one that a finding cites; those that are cited stay."""
    if len(told) <= _MOST_ARROWS:
        return told
    pointed = [number for number, (row, _) in enumerate(told) if row.exchange.id in cited]
    begin = max(0, (pointed[0] if pointed else 0) - _MOST_ARROWS // 4)
    around = range(min(begin, len(told) - _MOST_ARROWS), len(told))
    chosen = dict.fromkeys([*pointed[: _MOST_ARROWS // 2], *around])
    return [told[number] for number in sorted([*chosen][:_MOST_ARROWS])]


def _lanes(exchanges: Iterable[Exchange]) -> tuple[Lane, ...]:
    names = ["platform", "webhook server", "API client"]
    if any(isinstance(exchange, Asking) for exchange in exchanges):
        names.append("control endpoint")
    return tuple(Lane(name, _FIRST_LANE + number * _BETWEEN_LANES) for number, name in enumerate(names))


def _arrow(
    row: Row, times: int, axis: TimeAxis, lanes: tuple[Lane, ...], cited: Mapping[str, str], above: int
) -> Arrow:
    exchange = row.exchange
    top = _TOP + round(axis.y(exchange.started))
    kind, words, source, target = _told(exchange, row)
    text = visible(words)
    return Arrow(
        row=row,
        kind=kind,
        text=text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…",
        times=times,
        finding=cited.get(exchange.id, ""),
        source=lanes[source].x,
        target=lanes[target].x,
        top=top,
        bottom=_TOP + round(axis.y(exchange.ended)),
        words_y=max(top, above),
    )


def _told(exchange: Exchange, row: Row) -> tuple[str, str, int, int]:
    """A word for the looks, a few words on what it is, and the lanes of who asks and who is asked."""
    if isinstance(exchange, Delivery):
        if not exchange.genuine:
            return "forged", f"to be refused ({exchange.role}): {exchange.event_type}", 0, 1
        return "genuine", f"{exchange.role}: {exchange.event_type}", 0, 1
    if isinstance(exchange, Call):
        asked = f"{exchange.request.method} {row.path}"
        if exchange.fault:
            return "faulted", f"fault “{exchange.fault}”: {asked}", 2, 0
        return "call", asked, 2, 0
    assert isinstance(exchange, Asking)
    return "asking", f"asks for {exchange.call}", 0, 3


def _pause(wait: Wait, axis: TimeAxis) -> Pause:
    lasted = f"{seconds(wait.ended - wait.started)} of at most {seconds(wait.allowed)}"
    if wait.what == "settle":
        text = f"{seconds(wait.ended - wait.started)} of quiet, so that what must not happen can be seen"
    else:
        text = f"Waited for {wait.what}, {lasted}: " + ("it came" if wait.rewarded else "nothing came")
    return Pause(text, _TOP + round(axis.y(wait.started)), _TOP + round(axis.y(wait.ended)), not wait.rewarded)
