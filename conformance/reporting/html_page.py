"""report.html: the whole report as one file that needs no network and runs no script.

Every expression of the template is made visible and then escaped, whoever wrote the text.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.report import ItemResult, Report, RequirementResult
from conformance.reporting import wording
from conformance.reporting.exchange_list import ExchangeList
from conformance.reporting.plain_text import visible
from conformance.verdict import Level, Verdict

__all__ = ["render"]

_FOLDER = Path(__file__).parent
# What fails is told under "What to fix".
_OPEN = frozenset({Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE})


def _shown(value: Any) -> Any:
    """What Jinja2 puts on the page for an expression; markup is only what the template itself made."""
    if isinstance(value, Markup):
        return value
    return visible(str(value))


def _lines(text: str) -> Markup:
    """Text whose line breaks stay, for a `pre`."""
    return Markup.escape(visible(text, keep="\n"))


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _worst_first(result: RequirementResult) -> list[ItemResult]:
    order = list(Verdict)
    return sorted(result.items, key=lambda item: order.index(item.verdict))


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
        instant=wording.instant,
        lines=_lines,
        seconds=wording.seconds,
        words=wording.words,
    )
    environment.tests["link"] = _is_link
    environment.globals.update(named=wording.named, share=wording.share, worst_first=_worst_first)
    return environment


def _style(report: Report) -> str:
    """The style sheet; the shares of the bar stand in it because the page forbids style attributes."""
    shares = (f".bar .{verdict} {{ flex-grow: {count} }}" for verdict, count in report.counts.items() if count)
    return "\n".join([(_FOLDER / "report.css").read_text(encoding="utf-8"), *shares, ""])


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """The page."""
    style = _style(report)
    titles = dict(report.chapters)
    chapters = groupby(report.requirements, key=lambda result: result.requirement.chapter)
    page = _environment().get_template("report.html.jinja")
    return page.render(
        report=report,
        header=report.header,
        style=Markup(style),  # noqa: S704  our own file and numbers; escaped it would not be CSS
        policy=_policy(style),
        sentence=wording.verdict_sentence(report),
        interruption=wording.interruption(report),
        flagged=wording.flagged(report),
        counts=[(verdict, count) for verdict, count in report.counts.items() if count],
        failing=[r for v in wording.BROKEN for r in report.requirements if r.verdict is v],
        undecided=[r for r in report.requirements if r.level is Level.MUST and r.verdict in _OPEN],
        chapters=[(titles.get(chapter, chapter), list(results)) for chapter, results in chapters],
        exchanges=ExchangeList(report),
    )
