"""An overview for people: a page of HTML that loads nothing, and Markdown."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.aggregate.overview import Change, Overview, Tally
from conformance.aggregate.standing import Standing
from conformance.reporting.markdown_text import code, prose
from conformance.reporting.plain_text import shortened, uncommanding
from conformance.reporting.wording import instant, named

__all__ = ["as_markdown", "as_page", "as_text"]

_FOLDER: Final = Path(__file__).parent
_LONGEST: Final = 300
_LISTED: Final = 40
# Rows of a table on the page.
_ROWS: Final = 200


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 0:
        return "not yet"
    return f"{named(hours, 'hour') if hours < 48 else named(hours // 24, 'day')} ago"


def _changed(change: Change) -> str:
    """What became of a partner, in a few words."""
    if not change.before:
        parts = [f"new: {change.after}"]
    elif not change.after:
        parts = [f"no report any more; it was: {change.before}"]
    elif change.before != change.after:
        parts = [f"{change.before} → {change.after}"]
    else:
        parts = [f"still {change.after}"]
    told = (("broken now", change.broken), ("mended", change.mended), ("no longer proven", change.lost))
    parts += [f"{what}: {_some(ids)}" for what, ids in told if ids]
    return "; ".join(parts)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more


def _shown(value: object) -> object:
    """What an expression puts on the page; markup is only what the template itself made."""
    return value if isinstance(value, Markup) else shortened(str(value), 4 * _LONGEST)


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
    environment.filters.update(age=_age, changed=_changed, some=_some, instant=instant)
    environment.globals.update(named=named, most=_ROWS)
    return environment


def as_page(shown: Overview) -> str:
    """The page; its policy lets nothing load and nothing run."""
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style}</style>'
    page = _environment().get_template("page.html.jinja").render(o=shown)
    return page.replace("<!-- head -->", head, 1)


def as_markdown(shown: Overview) -> str:
    """The page as Markdown of GitHub."""
    return uncommanding("\n\n".join(_blocks(shown)) + "\n")


def as_text(shown: Overview) -> str:
    """The gist for a terminal."""
    width = max((len(_who(s)) for s in shown.standings), default=0)
    lines = [f"{s.verdict:<10}  {_who(s):<{width}}  {shortened(s.headline, _LONGEST)}" for s in shown.standings]
    lines += [f"not read    {shortened(each.place, _LONGEST)}: {each.why}" for each in shown.unread]
    lines += [f"changed     {shortened(f'{c.name} ({c.platform})', 60)}: {_changed(c)}" for c in shown.changes]
    return "\n".join(uncommanding(shortened(line, 4 * _LONGEST)) for line in [*lines, "", shown.headline()])


def _who(standing: Standing) -> str:
    return shortened(f"{standing.name} ({standing.platform})", 60)


def _blocks(shown: Overview) -> Iterator[str]:
    yield f"# {prose(shown.headline())}."
    yield f"Made at {prose(instant(shown.made_at.isoformat()))}. A report is a claim; only a gate proves it."
    yield _table(
        ("partner", "platform", "verdict", "proven", "gate", "run", "kit"),
        (
            (
                code(s.name, 60),
                code(s.platform, 60),
                s.verdict,
                code(s.headline, _LONGEST),
                code(s.gate) or "none",
                f"{_age(s.age(shown.made_at))}{', ' + shown.old(s) if shown.old(s) else ''}",
                code(s.kit, 60),
            )
            for s in shown.standings
        ),
    )
    yield from _tallied("What fails most", shown.failing)
    yield from _tallied("What has no answer", shown.unproven)
    if shown.changes:
        yield "## What changed"
        yield "\n".join(f"- {code(f'{c.name} ({c.platform})', 120)}: {code(_changed(c))}" for c in shown.changes)
    if shown.unread:
        yield "## What could not be read"
        yield "\n".join(f"- {code(each.place)}: {code(each.why)}" for each in shown.unread)


def _tallied(title: str, tallies: tuple[Tally, ...]) -> Iterator[str]:
    if tallies:
        yield f"## {title}"
        yield _table(
            ("id", "level", "requirement", "partners", "which"),
            (
                (
                    code(t.id, 60),
                    t.level,
                    code(t.title),
                    f"{len(t.partners)} of {t.applies_to}",
                    code(_some(t.partners)),
                )
                for t in tallies[:_LISTED]
            ),
        )
        if len(tallies) > _LISTED:
            yield f"And {named(len(tallies) - _LISTED, 'more requirement')}, in aggregate.json."


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
