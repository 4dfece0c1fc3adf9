"""An item opened: its findings with what differs, the stories that show them, and how to see it again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.exchange import Delivery
from conformance.report import ItemResult, Report
from conformance.reporting.allowance import Allowance
from conformance.reporting.curl import CurlLine, curl_line
from conformance.reporting.difference import Piece, difference
from conformance.reporting.exchange_list import ExchangeList, PlayRows
from conformance.reporting.plain_text import shortened
from conformance.reporting.story_diagram import StoryDiagram, story_diagram
from conformance.requirement import Finding
from conformance.verdict import Verdict

__all__ = ["Figure", "ItemDetail", "ItemDetails", "ShownFinding"]

_MOST_FINDINGS: Final = 5
_MOST_PLAYS: Final = 6
_LONGEST_TEXT: Final = 1_200
_LONGEST_LINE: Final = 8_000
# Exchanges drawn on the whole page, and characters of all findings.
_ROOM_FOR_ARROWS: Final = 1_600
_ROOM_FOR_FINDINGS: Final = 400_000
_MARKUP: Final = 400
_FINE: Final = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})
_STORY_TELLS: Final = frozenset({Verdict.FAIL, Verdict.FLAKY, Verdict.ERROR, Verdict.WARN, Verdict.WAIVED})


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding with the words that differ; `number` is empty where it is the only one."""

    finding: Finding
    number: str
    expected: tuple[Piece, ...]
    actual: tuple[Piece, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A story and its diagram; no other on the page has that anchor."""

    told: PlayRows
    diagram: StoryDiagram
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDetail:
    """What is shown of an item; `more` findings are not."""

    item: ItemResult
    findings: tuple[ShownFinding, ...]
    more: int
    figures: tuple[Figure, ...]
    plays: tuple[PlayRows, ...]
    more_plays: int
    command: CurlLine | None

    @property
    def rerun(self) -> str:
        """How to play it again, where that may be wanted."""
        return "" if self.item.verdict in _FINE else self.item.rerun


class ItemDetails:
    """Makes the details of items one after the other, for as long as there is room."""

    def __init__(self, report: Report, exchanges: ExchangeList) -> None:
        self._exchanges = exchanges
        self._by_id = {exchange.id: exchange for exchange in report.exchanges}
        self._arrows = Allowance(_ROOM_FOR_ARROWS)
        self._text = Allowance(_ROOM_FOR_FINDINGS)
        self._numbers = itertools.count(1)

    def of(self, item: ItemResult) -> ItemDetail:
        """The details of an item."""
        shown = tuple(self._findings(item))
        plays = [self._exchanges.plays[name] for name in item.plays if name in self._exchanges.plays]
        return ItemDetail(
            item=item,
            findings=shown,
            more=len(item.findings) - len(shown),
            figures=tuple(self._figures(item, plays)),
            plays=tuple(plays[:_MOST_PLAYS]),
            more_plays=max(len(plays) - _MOST_PLAYS, 0),
            command=self._command(shown),
        )

    def figure(self, told: PlayRows, cited: dict[str, str]) -> Figure | None:
        """The diagram of a play, where there is something to draw and room for it."""
        if self._arrows.left <= 0:
            return None
        diagram = story_diagram(told, cited)
        if diagram is None or not self._arrows.takes(len(diagram.arrows)):
            return None
        return Figure(told, diagram, f"drawn-{next(self._numbers)}")

    def _findings(self, item: ItemResult) -> Iterator[ShownFinding]:
        for number, finding in enumerate(item.findings[:_MOST_FINDINGS], 1):
            expected, actual = (shortened(text, _LONGEST_TEXT) for text in (finding.expected, finding.actual))
            hint = shortened(finding.hint, _LONGEST_TEXT)
            if not self._text.takes(len(expected) + len(actual) + len(hint) + _MARKUP):
                return
            name = f"finding {number}" if len(item.findings) > 1 else "finding"
            yield ShownFinding(finding, name, *difference(expected, actual), hint)

    def _figures(self, item: ItemResult, plays: list[PlayRows]) -> Iterator[Figure]:
        if item.verdict not in _STORY_TELLS:
            return
        cited = _cited(item)
        proving = [told for told in plays if any(row.exchange.id in cited for row in told.rows)]
        # The last play is that in which the partner was alone, so it shows nothing but this story.
        for told in (proving or plays)[-1:]:
            figure = self.figure(told, cited)
            if figure is not None:
                yield figure

    def _command(self, shown: tuple[ShownFinding, ...]) -> CurlLine | None:
        for each in shown:
            for name in each.finding.exchanges:
                exchange = self._by_id.get(name)
                if isinstance(exchange, Delivery):
                    line = curl_line(exchange.request)
                    return line if 0 < len(line.text) <= _LONGEST_LINE and self._text.takes(len(line.text)) else None
        return None


def _cited(item: ItemResult) -> dict[str, str]:
    """Which findings cite an exchange: `finding 1, 3`; simply `finding` where there is but one."""
    if len(item.findings) == 1:
        return dict.fromkeys(item.findings[0].exchanges, "finding")
    numbers: dict[str, list[str]] = {}
    for number, finding in enumerate(item.findings, 1):
        for name in finding.exchanges:
            numbers.setdefault(name, []).append(str(number))
    return {name: f"finding {', '.join(dict.fromkeys(cited))}" for name, cited in numbers.items()}
