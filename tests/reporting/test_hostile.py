"""What a partner says cannot act, whatever it says and wherever it is shown."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from conformance.journal import Journal, read_journal
from conformance.report import Report
from conformance.reporting import har, html_page, json_document, markdown, terminal
from conformance.reporting.exchange_text import exchange_text
from conformance.reporting.plain_text import harmless
from conformance.resources import schemas
from hostile_payloads import COMMAND, PAYLOADS, UNSEEN
from hostile_reports import BATCHES, harmless_twin, report_of, said_by_partner

# A body that is JSON has two layouts, a box to choose between them, and white space that stands in one of them only.
_LAYOUT: Final = frozenset({("i",), ("u",), ("s",), ("label",), ("input", "type")})
_GITHUB_TAKES: Final = 1 << 20

batches = pytest.mark.parametrize("number", range(len(BATCHES)))


class _Elements(HTMLParser):
    """How often each element stands in a page, told with the names of its attributes, and where links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it."""
        kind = (tag, *(name for name, _ in attrs))
        if kind not in _LAYOUT:
            self.found[kind] += 1
        self.links |= {value or "" for name, value in attrs if name in {"href", "src", "action", "xlink:href"}}


def _twin(number: int) -> Report:
    return report_of([harmless_twin(text) for text in BATCHES[number]])


def test_there_are_two_hundred() -> None:
    """Each of them once."""
    assert 200 <= len(set(PAYLOADS)) == len(PAYLOADS)


@batches
def test_a_page_holds_the_elements_of_the_template_only(number: int) -> None:
    """As many of each as where the same texts are letters; links lead to the page itself and to sources."""
    page = html_page.render(report_of(BATCHES[number]))
    elements, plain = _Elements(page), _Elements(html_page.render(_twin(number)))

    assert plain.found == elements.found
    assert all(link.startswith(("#", "https://", "http://")) for link in elements.links)
    assert None is UNSEEN.search(page)


def _structure(text: str) -> tuple[list[str], list[str]]:
    """The kinds of what a summary is rendered as, and its text outside code."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = [inner for token in parser.parse(text) for inner in (token, *(token.children or ()))]
    return [f"{token.type} {token.tag}" for token in tokens], [t.content for t in tokens if t.type == "text"]


@batches
def test_a_summary_shows_partners_in_code_only(number: int) -> None:
    """Nothing becomes a link, a picture, a heading, a row or HTML, and nobody is mentioned."""
    summary = markdown.render(said_by_partner(BATCHES[number]))
    kinds, prose = _structure(summary)
    plain, _ = _structure(markdown.render(said_by_partner([harmless_twin(text) for text in BATCHES[number]])))

    assert plain == kinds
    assert [] == [text for text in prose if re.search("owned|hostile|octocat|alert|https?:", text)]
    assert None is UNSEEN.search(summary)
    assert None is COMMAND.search(summary)
    assert len(summary.encode()) < _GITHUB_TAKES


@batches
def test_own_texts_in_a_summary_are_text(number: int) -> None:
    """Titles and remedies stand outside code, and yet no markup of theirs counts."""
    kinds, _ = _structure(markdown.render(report_of(BATCHES[number])))
    plain, _ = _structure(markdown.render(_twin(number)))

    assert plain == kinds


@batches
def test_a_terminal_is_told_nothing_it_obeys(number: int) -> None:
    """Neither by the last lines of a run, nor by a failed item, nor by its exchanges, nor by a message."""
    given = report_of(BATCHES[number])
    told = [terminal.render(given, report_dir=BATCHES[number][0])]
    told += [terminal.explain(result, item) for result in given.requirements for item in result.items]
    told += [exchange_text([exchange]) for exchange in given.exchanges]
    told += [harmless(text) for text in BATCHES[number]]

    assert [] == [text for text in told if UNSEEN.search(text) or COMMAND.search(text)]


@batches
def test_programs_read_back_what_was_said(number: int, tmp_path: Path) -> None:
    """report.json follows its schema, the archive is JSON, the journal gives the same exchanges again."""
    given = report_of(BATCHES[number])
    report = json_document.render(given)
    archive = json.loads(har.render(given))
    journal = Journal()
    journal.begin(given.header, tmp_path / "journal.jsonl")
    for exchange in given.exchanges:
        journal.add(exchange)  # type: ignore[arg-type]  # the exchanges of a report are records
    journal.close()

    schema = json.loads((schemas() / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(report))
    assert report.isascii()
    assert len(given.exchanges) == len(archive["log"]["entries"])
    assert set(given.exchanges) == set(read_journal(tmp_path / "journal.jsonl").exchanges())
