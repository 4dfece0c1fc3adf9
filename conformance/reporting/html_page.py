"""report.html: the whole report as one file that needs no network.

Every expression of the template is made visible and then escaped, whoever wrote the text. The policy of the page lets
nothing in but our own style sheet and our own script, by their digests; without the script the page shows everything.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.assurance import claimed
from conformance.report import ItemResult, Report, RequirementResult
from conformance.reporting import wording
from conformance.reporting.body_text import BodyText, Layout
from conformance.reporting.exchange_list import ExchangeList
from conformance.reporting.item_detail import ItemDetails
from conformance.reporting.plain_text import shortened, spelled_out, visible
from conformance.verdict import Level, Verdict

__all__ = ["render"]

_FOLDER: Final = Path(__file__).parent
# What fails is told under "What to fix".
_OPEN: Final = frozenset({Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE})
_LONGEST_REASON: Final = 1_200
# Units of the picture of the counts: the whole, between two parts, and the least that can be seen.
_WHOLE: Final = 1000
_GAP: Final = 3
_LEAST: Final = 6
_WORD: Final = Markup('<span class="word">{}</span>')
_SPELLED: Final = Markup("<s>{}</s>")
_TAGS: Final = {Layout.BOTH: "{}", Layout.READ: "<i>{}</i>", Layout.SENT: "<u>{}</u>"}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the picture of the counts."""

    verdict: Verdict
    count: int
    x: int
    width: int


def _shown(value: Any) -> Any:
    """What Jinja2 puts on the page for an expression; markup is only what the template itself made."""
    if isinstance(value, Markup):
        return value
    return visible(str(value))


def _lines(text: str) -> Markup:
    """Text whose line breaks stay, for a `pre`."""
    return Markup.escape(visible(text, keep="\n"))


def _marked(text: str, keep: str = "") -> Markup:
    """Text in which the escapes that are ours are told from those that stood there."""
    return Markup("").join(
        _SPELLED.format(piece) if is_ours else Markup.escape(piece) for piece, is_ours in spelled_out(text, keep=keep)
    )


def _words_of(command: str) -> Markup:
    """A command whose lines break between its words, not at the hyphens of an option."""
    return Markup(" ").join(_WORD.format(visible(word)) for word in command.split(" "))


def _body(body: BodyText) -> Markup:
    """A body for a `pre`: white space that stands in one of its two forms only is set apart."""
    if not body.pieces:
        return _marked(body.said or body.text, keep="\n")
    told = "".join(_TAGS[layout].format(_marked(text, keep="\n")) for layout, text in body.pieces)
    # Only in an attribute does a quotation mark act, and JSON is full of them.
    return Markup(told.replace("&#34;", '"'))  # noqa: S704  each piece is escaped


def _in_short(text: str) -> str:
    return shortened(text, _LONGEST_REASON)


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _worst_first(result: RequirementResult) -> list[ItemResult]:
    order = list(Verdict)
    return sorted(result.items, key=lambda item: order.index(item.verdict))


def _shares(report: Report) -> Iterator[Share]:
    """The verdicts that occur, each as wide as it is common."""
    counts = [(verdict, count) for verdict, count in report.counts.items() if count]
    room = _WHOLE - _GAP * (len(counts) - 1) - _LEAST * len(counts)
    x = 0
    for verdict, count in counts:
        width = _LEAST + room * count // len(report.requirements)
        yield Share(verdict, count, x, width)
        x += width + _GAP


def _levels(report: Report) -> list[tuple[Level, int]]:
    counted = Counter(result.level for result in report.requirements)
    return [(level, counted[level]) for level in Level if counted[level]]


def _digests(report: Report) -> list[tuple[str, Any]]:
    """By what it is known of what a run was made, and the seed, which says the rest."""
    header, journal = report.header, report.journal
    return [
        ("platform description", header.description_digest),
        ("API document", header.document_digest),
        ("corpus of events", header.corpus_digest),
        ("plan", report.plan),
        ("seed", header.seed),
        *([(f"journal, {wording.named(journal.lines, 'line')}", journal.sha256)] if journal else []),
    ]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        body=_body,
        command=_words_of,
        in_short=_in_short,
        instant=wording.instant,
        lines=_lines,
        marked=_marked,
        seconds=wording.seconds,
        words=wording.words,
    )
    environment.tests["link"] = _is_link
    environment.globals.update(named=wording.named, share=wording.share, worst_first=_worst_first)
    return environment


@cache
def _own(name: str) -> Markup:
    """A file of ours that stands in the page as it is."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704  our own file; escaped it would not work


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _policy() -> str:
    script, style = _digest(_own("report.js")), _digest(_own("report.css"))
    return f"default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """The page."""
    titles = dict(report.chapters)
    chapters = groupby(report.requirements, key=lambda result: result.requirement.chapter)
    exchanges = ExchangeList(report)
    page = _environment().get_template("report.html.jinja")
    return page.render(
        report=report,
        header=report.header,
        style=_own("report.css"),
        script=_own("report.js"),
        policy=_policy(),
        sentence=wording.verdict_sentence(report),
        interruption=wording.interruption(report),
        flagged=wording.flagged(report),
        shares=list(_shares(report)),
        levels=_levels(report),
        failing=[r for v in wording.BROKEN for r in report.requirements if r.verdict is v],
        undecided=[r for r in report.requirements if r.level is Level.MUST and r.verdict in _OPEN],
        digests=_digests(report),
        chapters=[(titles.get(chapter, chapter), list(results)) for chapter, results in chapters],
        exchanges=exchanges,
        details=ItemDetails(report, exchanges),
        assurance=claimed(report.header.run_by, report.header.nonce),
    )
