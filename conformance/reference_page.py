"""Requirements as text for people: one explained on a terminal, all of them as a page of the documentation."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from conformance.catalogue import Catalogue
from conformance.judge.bench import judges_of
from conformance.requirement import Requirement, Source

__all__ = ["explained", "own_page", "page"]

_WIDTH = 100


def explained(requirement: Requirement) -> str:
    """Everything about one requirement."""
    parts = [
        f"{requirement.id}  {requirement.level}  {requirement.title}",
        _filled(requirement.statement),
        _headed("Why", requirement.why),
        _headed("How it is seen", requirement.seen_by),
        *(
            [_headed("What a correct partner may do", "\n".join(f"- {a}" for a in requirement.allowed))]
            if requirement.allowed
            else []
        ),
        _headed("How to fix it", requirement.remedy),
        _headed("Applies when the platform has", ", ".join(requirement.applies_when) or "(always)"),
        _headed("Needs of the control endpoint", ", ".join(requirement.needs_control) or "(nothing)"),
        _headed("Sources", "\n".join(f"- {_source(s)}" for s in requirement.sources)),
    ]
    return "\n\n".join(parts)


def _filled(text: str, indent: str = "") -> str:
    lines = text.strip().splitlines()
    return "\n".join(textwrap.fill(line, _WIDTH, initial_indent=indent, subsequent_indent=indent) for line in lines)


def _headed(title: str, text: str) -> str:
    return f"{title}\n{_filled(text, '  ')}"


def _source(source: Source) -> str:
    return " ".join(filter(None, (source.name, source.section, f"<{source.url}>" if source.url else "")))


def page(catalogue: Catalogue) -> str:
    """All requirements in Markdown, generated from the data."""
    return "\n".join(_page(catalogue)) + "\n"


def own_page(catalogue: Catalogue) -> str:
    """Those of the requirements that do not ship with the kit, in Markdown."""
    own = [catalogue[name] for name in catalogue.own]
    chapters = dict.fromkeys(requirement.chapter for requirement in own)
    lines = ["# Requirements of our own"]
    for chapter in chapters:
        lines += ["", f"## {catalogue.chapters[chapter]}"]
        for requirement in own:
            lines += _section(requirement) if requirement.chapter == chapter else ()
    return "\n".join(lines) + "\n"


def _page(catalogue: Catalogue) -> Iterator[str]:
    yield "# Requirements"
    yield ""
    yield "Generated from `schemas/requirements.yaml` by `python docs/generate.py`; do not edit."
    yield "Ids are permanent."
    yield "The levels are those of RFC 2119; a platform description may hold a requirement to another level."
    for chapter, title in catalogue.chapters.items():
        found = [r for r in catalogue.requirements.values() if r.chapter == chapter]
        if found:
            yield ""
            yield f"## {title}"
        for requirement in found:
            yield from _section(requirement)


def _section(requirement: Requirement) -> Iterator[str]:
    stories = sorted({story for judge in judges_of(requirement.id) for story in judge.stories})
    yield ""
    yield f"### {requirement.id}: {requirement.title}"
    yield ""
    yield f"**{requirement.level}.** {_oneline(requirement.statement)}"
    yield ""
    yield f"*Why.* {_oneline(requirement.why)}"
    yield ""
    yield f"*How it is seen.* {_oneline(requirement.seen_by)}"
    if requirement.allowed:
        yield ""
        yield "*What a correct partner may do.*"
        yield ""
        yield from (f"- {_oneline(allowed)}" for allowed in requirement.allowed)
    yield ""
    yield f"*How to fix it.* {_oneline(requirement.remedy)}"
    yield ""
    yield f"*Applies when the platform has:* {', '.join(requirement.applies_when) or 'always'}."
    yield f"*Needs of the control endpoint:* {', '.join(f'`{c}`' for c in requirement.needs_control) or 'nothing'}."
    yield f"*Stories:* {', '.join(f'`{s}`' for s in stories)}."
    yield ""
    yield "*Sources:* " + "; ".join(_link(s) for s in requirement.sources) + "."


def _oneline(text: str) -> str:
    return " ".join(text.split())


def _link(source: Source) -> str:
    text = " ".join(filter(None, (source.name, source.section)))
    return f"[{text}]({source.url})" if source.url else text
