"""What commands print and write of hostile files: harmless, whoever wrote them, and each command says what is wrong."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance.cli import main
from hostile_payloads import COMMAND, PAYLOADS, UNSEEN
from hostile_reports import harmless_twin
from kit_process import SECRETS, kit
from small_platform import DESCRIPTION, DOCUMENT
from test_aggregate import FAIL, OPEN, judged, put

_ALL: Final = "x\x1b[2J\n::error::owned\n##[error]owned ##vso[task.complete]x \u202e\x9b2J\u200b <b>`|\ud800"
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


def _recorded() -> list[dict[str, Any]]:
    with gzip.open(Path(__file__).parent.parent / "docs" / "examples" / "run" / "journal.jsonl.gz", "rt") as file:
        lines = [json.loads(line) for line in file]
    # A part of it is judged in a part of the time.
    return [*(each for each in lines if each["record"] in {"run", "item"}), *lines[40:100], lines[-1]]


def _put(content: Any, steps: tuple[str, ...], value: Any) -> Any:
    """The content with another value at a place; `*` stands for each of a list."""
    if not steps:
        return value
    if isinstance(content, list):
        return [_put(each, steps[1:], value) for each in content]
    return {**content, steps[0]: _put(content[steps[0]], steps[1:], value)}


def _written(folder: Path, record: str, steps: tuple[str, ...], value: Any) -> Path:
    """A journal with that value in all records of a kind."""
    lines = [_put(line, steps, value) if line["record"] == record else line for line in _recorded()]
    path = folder / "journal.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
    return path


@pytest.mark.parametrize(
    ("record", "steps", "value"),
    [
        ("run", ("started_at",), _ALL),
        ("run", ("started_at",), "0001-01-01T00:00:00+14:00"),
        ("run", ("partner",), _ALL),
        ("item", ("requirement",), _ALL),
        ("delivery", ("id",), _ALL),
        ("delivery", ("role",), _ALL),
        ("delivery", ("request", "method"), _ALL),
        ("delivery", ("started",), 1e308),
        ("delivery", ("attempt",), 10**400),
        ("call", ("response", "status"), -(10**30)),
        ("end", ("at",), float("inf")),
        ("end", ("reason",), _ALL),
    ],
    ids=itertools.count(),
)
def test_a_hostile_journal_is_judged_or_refused_in_words(
    tmp_path: Path, record: str, steps: tuple[str, ...], value: Any
) -> None:
    """No command stumbles over what stands in it, and neither a terminal nor a pipeline obeys what is said of it."""
    path = _written(tmp_path, record, steps, value)
    environment = {**SECRETS, "CONFORMANCE_ATTESTATION_KEY": "no key"}
    done = [
        run("judge", path, "--report-dir", tmp_path, **environment),
        run("resend", path, "d2", "--partner-url", "http://127.0.0.1:9/x", "--print-curl", **environment),
    ]
    if (tmp_path / "report.json").exists():
        done.append(run("gate", tmp_path, "--platform", "wawex", **environment))

    assert [] == [each.exception for each in done if not isinstance(each.exception, SystemExit | None)]
    assert [] == [line for each in done for line in obeyed(each.output)]
    assert 0 not in [each.exit_code for each in done[2:]]


def test_names_of_a_hostile_document_are_harmless(tmp_path: Path) -> None:
    """Those of items, which pytest prints as they are; and a draft calls an event what the document calls it."""
    name = _ALL.removesuffix("\ud800")
    written = json.dumps(name)[1:-1]
    document = json.dumps(DOCUMENT).replace("thing.told", written)
    (tmp_path / "openapi.json").write_text(document, encoding="ascii")
    (tmp_path / "platform.yaml").write_text(json.dumps(DESCRIPTION).replace("thing.told", written), encoding="ascii")
    collected = kit(tmp_path, "--collect-only", "-q", platform=str(tmp_path / "platform.yaml"))
    drafted = run("init", "--spec", tmp_path / "openapi.json")

    assert "conformance::ACK-01[x\\x1b[2J\\n::error" in collected.output
    assert [] == obeyed(collected.output) + obeyed(drafted.output)
    assert name in yaml.safe_load(drafted.stdout)["events"]["types"]
