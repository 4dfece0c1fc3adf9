"""What commands print and write of hostile files: harmless, whoever wrote them, and each command says what is wrong."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from click.testing import CliRunner, Result

from conformance.cli import main
from hostile_payloads import COMMAND, PAYLOADS, UNSEEN
from hostile_reports import harmless_twin
from test_aggregate import FAIL, OPEN, judged, put

_SAID: Final = re.compile(r"owned|hostile\.example|octocat|alert\(|javascript")


class _Elements(HTMLParser):
    """How often each element stands in a page, told with the names of its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it."""
        self.found[tag, *(name for name, _ in attrs)] += 1


def run(*words: str | Path, **environment: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [*map(str, words)], env=environment)


def obeyed(text: str) -> list[str]:
    """The lines that a terminal or a pipeline would obey."""
    return [line for line in text.split("\n") if UNSEEN.search(line) or COMMAND.search(line)]


def _folder(number: int, text: str) -> str:
    """As much of it as the name of a folder can be."""
    return f"{number} " + text.replace("/", "\u2215").replace("\0", "").encode("utf-8", "replace")[:200].decode(
        "utf-8", "ignore"
    )


def _collected(folder: Path, texts: list[str]) -> None:
    """A report from each of many partners, each with a text of its own wherever it can say one."""
    for number, text in enumerate(texts):
        said = text[:1_900]
        made = judged(
            {f"OUR-{number}{said[:40]}": FAIL, f"OUT-{number}{said[:40]}": OPEN},
            partner=said,
            platform=f"{number}{said}",
            kit=f"{number} {said}",
            asks=said,
        )
        put(folder / _folder(number, text) / "reports", made)
        (folder / _folder(number, text) / "reports" / "gate.json").write_text(json.dumps(said), encoding="utf-8")
    put(folder / "unread", json.dumps({texts[0]: texts[1]}))


def test_a_page_of_many_hostile_partners_holds_the_elements_of_the_template_only(tmp_path: Path) -> None:
    """As many of each as where the same texts are letters; neither a terminal nor a pipeline obeys what is printed."""
    pages, twins = [], [harmless_twin(text) for text in PAYLOADS]
    for name, texts in (("hostile", [*PAYLOADS]), ("plain", twins)):
        _collected(tmp_path / name, texts)
        done = run("aggregate", tmp_path / name, "--output", tmp_path / f"{name}-page")
        assert 0 == done.exit_code, done.output
        assert [] == obeyed(done.output)
        pages.append((tmp_path / f"{name}-page" / "aggregate.html").read_text(encoding="utf-8"))
    markdown = (tmp_path / "hostile-page" / "aggregate.md").read_text(encoding="utf-8")
    document = json.loads((tmp_path / "hostile-page" / "aggregate.json").read_text(encoding="ascii"))

    assert _Elements(pages[1]).found == _Elements(pages[0]).found
    assert [] == [line for line in pages[0].split("\n") if UNSEEN.search(line)]
    assert [] == obeyed(markdown)
    assert [] == _SAID.findall(re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown))
    assert len(PAYLOADS) == len(document["standings"])
    assert {text[:1_900] for text in PAYLOADS} == {standing["partner"] for standing in document["standings"]}
