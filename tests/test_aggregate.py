"""Many reports on one page: what they say, what changed, and that none of them says it in its own markup."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from conformance.catalogue import shipped_catalogue
from conformance.cli import main
from conformance.report import Report
from conformance.reporting import json_document
from conformance.resources import schemas
from conformance.verdict import Verdict, run_verdict
from reports import HOSTILE, header, report, result

NOW: Final = datetime.now(UTC)
PASS, FAIL, WARN, OPEN = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NOT_ASSESSABLE


def judged(verdicts: dict[str, Verdict], *, days_ago: float = 1, asks: str = "Does it", **given: Any) -> Report:
    """A report with these verdicts, of a run some days ago."""
    results = [result(id_, verdict, title=asks) for id_, verdict in verdicts.items()]
    began = (NOW - timedelta(days=days_ago)).isoformat()
    made = replace(report(*results), header=header(started_at=began, **given))
    return replace(made, verdict=run_verdict({r.requirement.id: (r.level, r.verdict) for r in results}))


def put(folder: Path, what: Report | str) -> Path:
    """Write a report, or some text in its place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.json"
    path.write_text(what if isinstance(what, str) else json_document.render(what), encoding="utf-8")
    return path


def aggregate(*words: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["aggregate", *map(str, words)])


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Runs the command on a folder; the document that it wrote, which fits its schema."""
    schema = json.loads((schemas() / "aggregate.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)

    def make(*words: str | Path, code: int = 0) -> dict[str, Any]:
        done = aggregate(*words, "--output", tmp_path / "page")
        assert code == done.exit_code, done.output
        document: dict[str, Any] = json.loads((tmp_path / "page" / "aggregate.json").read_text(encoding="ascii"))
        assert [] == [error.message for error in validator.iter_errors(document)]
        return document

    return make


def test_each_folder_is_a_partner_and_the_worst_comes_first(tmp_path: Path, made: Callable[..., Any]) -> None:
    """Who fails stands above who leaves something open, and both above who conforms."""
    put(tmp_path / "in" / "acme", judged({"ACK-01": PASS, "ACK-02": PASS}))
    put(tmp_path / "in" / "beta" / "reports", judged({"ACK-01": PASS, "ACK-02": OPEN}))
    put(tmp_path / "in" / "gamma", judged({"ACK-01": FAIL, "ACK-02": FAIL}))
    put(tmp_path / "in" / "delta", judged({"ACK-01": FAIL, "ACK-02": WARN}))
    found = made(tmp_path / "in")

    assert ["gamma", "delta", "beta", "acme"] == [each["name"] for each in found["standings"]]
    assert "1 of 4 reports say that the partner conforms, 0 of them with a gate that says so too" == found["headline"]
    assert [("ACK-01", 2), ("ACK-02", 1)] == [(each["id"], len(each["partners"])) for each in found["failing"]]
    assert [("ACK-02", ["beta (wawex)"], 4)] == [(e["id"], e["partners"], e["applies_to"]) for e in found["unproven"]]
    assert {"0.1.0": 4} == found["kits"]


def test_a_folder_with_a_report_is_a_partner_itself(tmp_path: Path, made: Callable[..., Any]) -> None:
    """Two folders of the same last name are two partners."""
    for name in ("acme", "beta"):
        put(tmp_path / name / "reports", judged({"ACK-01": PASS}, partner=f"http://{name}.example"))
    found = made(tmp_path / "acme" / "reports", tmp_path / "beta" / "reports")

    assert [str(tmp_path / name / "reports") for name in ("acme", "beta")] == [e["name"] for e in found["standings"]]


def test_the_newest_report_counts_and_the_one_before_says_what_changed(
    tmp_path: Path, made: Callable[..., Any]
) -> None:
    """Within one folder, and where a partner is in two."""
    before = {"ACK-01": PASS, "ACK-02": FAIL, "ACK-03": WARN, "ACK-04": FAIL}
    after = {"ACK-01": FAIL, "ACK-02": PASS, "ACK-03": OPEN, "ACK-04": FAIL}
    put(tmp_path / "in" / "acme" / "b-older", judged(before, days_ago=9))
    put(tmp_path / "in" / "acme" / "a-newer", judged(after))
    put(tmp_path / "in" / "same" / "1", judged({"ACK-01": PASS}, days_ago=5))
    put(tmp_path / "again" / "same" / "2", judged({"ACK-01": PASS}))
    found = made(tmp_path / "in", tmp_path / "again")

    assert ["acme", "same"] == [each["name"] for each in found["standings"]]
    assert [
        {
            "name": "acme",
            "platform": "wawex",
            "before": "fails",
            "after": "fails",
            "broken": ["ACK-01"],
            "mended": ["ACK-02"],
            "lost": ["ACK-03"],
        }
    ] == found["changes"]


def test_an_earlier_overview_says_what_changed(tmp_path: Path, made: Callable[..., Any]) -> None:
    """Partners come and go, and one that is as it was is not mentioned."""
    for name in ("gone", "same", "mended"):
        put(tmp_path / "old" / name, judged({"ACK-01": FAIL if name == "mended" else PASS}, days_ago=8))
    made(tmp_path / "old")
    earlier = (tmp_path / "page" / "aggregate.json").rename(tmp_path / "earlier.json")
    for name in ("same", "mended", "new"):
        put(tmp_path / "now" / name, judged({"ACK-01": PASS}))
    found = made(tmp_path / "now", "--previous", earlier)

    assert [("gone", "conforms", ""), ("mended", "fails", "conforms"), ("new", "", "conforms")] == [
        (each["name"], each["before"], each["after"]) for each in found["changes"]
    ]


def test_partners_of_several_platforms_stand_once_on_each(tmp_path: Path, made: Callable[..., Any]) -> None:
    """They are no generations of each other."""
    for number, platform in enumerate(("wawex", "feewise")):
        put(tmp_path / "in" / "acme" / str(number), judged({"ACK-01": PASS}, platform=platform))
    found = made(tmp_path / "in")

    assert ["feewise", "wawex"] == [each["platform"] for each in found["standings"]]
    assert [] == found["changes"]


def test_a_gate_counts_for_the_report_that_it_saw(tmp_path: Path, made: Callable[..., Any]) -> None:
    """A decision about another report, and one that is none, are told as that."""
    decision = {
        "format": 1,
        "decision": "conforms",
        "partner": "",
        "platform": "",
        "kit": "",
        "started_at": "",
        "headline": "",
        "journal": {"sha256": "0" * 64},
        "checks": [],
        "failed": [],
        "unproven": [],
    }
    for name in ("right", "other", "broken", "without"):
        path = put(tmp_path / "in" / name, judged({"ACK-01": PASS}))
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if name == "right" else "1" * 64
        text = json.dumps({**decision, "report": {"sha256": digest}}) if name != "broken" else "{}"
        if name != "without":
            path.with_name("gate.json").write_text(text, encoding="utf-8")
    found = made(tmp_path / "in")

    told = {each["name"]: each["gate"] for each in found["standings"]}
    assert {"right": "conforms", "other": "of another report", "broken": "unreadable", "without": ""} == told
    assert "4 of 4 reports say that the partner conforms, 1 of them with a gate that says so too" == found["headline"]


def _edited(**changes: Any) -> str:
    claims = json.loads(json_document.render(judged({"ACK-01": FAIL, "ACK-02": PASS})))
    return json.dumps({**claims, **changes})


def _edited_one() -> dict[str, Any]:
    (first, *_) = json.loads(_edited())["requirements"]
    return dict(first)


_TWICE: Final = json.loads(_edited())["requirements"][:1] * 2
_BROKEN: Final = {
    "not JSON": ("{", "no JSON"),
    "deep": ("[" * 100_000, "no JSON"),
    "another form": (_edited(format=2), "/format"),
    "a bill": ('{"total": 7}', "report.schema.json"),
    "green by hand": (_edited(verdict="conforms"), "its requirements say fails"),
    "twice": (_edited(requirements=_TWICE), "twice"),
    "no time": (_edited(started_at="yesterday"), "at no time"),
    "before all time": (_edited(started_at="0001-01-01T00:00:00+14:00"), "at no time"),
    "after all time": (_edited(started_at="9999-12-31T23:59:59-14:00"), "at no time"),
    "long names": (_edited(partner="x" * 2_001), "more than 2000 characters"),
    "long ids": (_edited(requirements=[{**_edited_one(), "id": "A" * 2_001}]), "more than 2000 characters"),
    "many requirements": (
        _edited(requirements=[{**_edited_one(), "id": f"A-{n}"} for n in range(2_001)]),
        "more than 2",
    ),
    "many digits": (_edited(seed=0).replace('"seed": 0', '"seed": ' + "9" * 5000), "no JSON"),
    "cut short": (
        json.dumps(
            {
                **json.loads(json_document.render(judged({"ACK-01": PASS}))),
                "ending": "interrupted",
            }
        ),
        "interrupted",
    ),
}


@pytest.mark.parametrize("name", _BROKEN)
def test_a_broken_report_is_told_and_spoils_no_other(name: str, tmp_path: Path, made: Callable[..., Any]) -> None:
    """It is no partner, and it says why; only --strict makes it an error."""
    text, why = _BROKEN[name]
    put(tmp_path / "in" / "acme", judged({"ACK-01": PASS}))
    path = put(tmp_path / "in" / "bad", text)
    found = made(tmp_path / "in")
    made(tmp_path / "in", "--strict", code=2)

    assert ["acme"] == [each["name"] for each in found["standings"]]
    assert [str(path)] == [each["place"] for each in found["unread"]]
    assert why in found["unread"][0]["why"]
    assert len(found["unread"][0]["why"]) < 300


def test_a_table_ends_where_nobody_reads_on(tmp_path: Path) -> None:
    """How many more there are is told; aggregate.json has them all."""
    put(tmp_path / "in" / "acme", judged({f"OUR-{n:03}": FAIL for n in range(205)}))
    aggregate(tmp_path / "in", "--output", tmp_path / "page")
    page, markdown = ((tmp_path / "page" / f"aggregate.{kind}").read_text(encoding="utf-8") for kind in ("html", "md"))

    assert "and 5 more requirements, in aggregate.json" in page
    assert 201 == page.count('<tr><th scope="row">')
    assert "And 165 more requirements, in aggregate.json." in markdown


def test_old_runs_and_runs_that_are_yet_to_come_are_marked(tmp_path: Path) -> None:
    """A report that says that it was made tomorrow is not simply the newest."""
    for name, days in (("fresh", 1.0), ("stale", 40.0), ("tomorrow", -1.0)):
        put(tmp_path / "in" / name, judged({"ACK-01": PASS}, days_ago=days))
    done = aggregate(tmp_path / "in", "--output", tmp_path / "page")
    page = (tmp_path / "page" / "aggregate.html").read_text(encoding="utf-8")

    assert 0 == done.exit_code, done.output
    assert ["old", "from the future"] == re.findall(r'<span class="flag">(.*?)</span>', page)


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def test_no_text_of_a_report_becomes_markup(tmp_path: Path) -> None:
    """Hostile reports give the very elements that harmless ones give, and command no pipeline and no terminal."""
    pages = {}
    for kind, texts in (("hostile", HOSTILE), ("harmless", ("harmless",) * len(HOSTILE))):
        for number, text in enumerate(texts):
            bad = judged({"ACK-01": FAIL}, partner=text, platform=f"p{number}{text}", kit=f"{number} {text}", asks=text)
            put(tmp_path / kind / f"partner-{number}", bad)
        put(tmp_path / kind / "unread", json.dumps({texts[0]: texts[1]}))
        done = aggregate(tmp_path / kind, "--output", tmp_path / f"{kind}-page")
        assert 0 == done.exit_code, done.output
        folder = tmp_path / f"{kind}-page"
        pages[kind] = _Tags((folder / "aggregate.html").read_text(encoding="utf-8")).found
        for text in (done.output, (folder / "aggregate.md").read_text(encoding="utf-8")):
            assert text.replace("\n", "").isprintable()
            assert not re.search(r"^\s*::|##\w*\[", text, re.MULTILINE)
    markdown = (tmp_path / "hostile-page" / "aggregate.md").read_text(encoding="utf-8")
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown)

    assert sorted(pages["harmless"]) == sorted(pages["hostile"])
    assert not re.search(r"<|\]\(|@octocat|javascript", outside)


def test_the_page_shows_it_all_as_tables(tmp_path: Path) -> None:
    """A row for each partner and for each requirement that fails or has no answer, and the counts above."""
    put(tmp_path / "in" / "acme", judged({"ACK-01": PASS, "ACK-02": OPEN}))
    put(tmp_path / "in" / "beta", judged({"ACK-01": FAIL, "ACK-02": OPEN}))
    aggregate(tmp_path / "in", "--output", tmp_path / "page")
    page = (tmp_path / "page" / "aggregate.html").read_text(encoding="utf-8")

    assert ["1", "1", "0", "0"] == re.findall(r"<li class=\"\w+\"><b>(\d+)</b>", page)
    assert ["beta", "acme"] == re.findall(r"<tr><th scope=\"row\">(\w+)<br>", page)
    rows = re.findall(r"<tr><th scope=\"row\"><code>([\w-]+)</code>.*?<td class=\"number\">(.*?)</td>", page)
    assert [("ACK-01", "1 of 2"), ("ACK-02", "2 of 2")] == rows


def test_no_report_words_a_requirement_for_the_others(tmp_path: Path, made: Callable[..., Any]) -> None:
    """A requirement of the kit has the title that the kit gives it; one of somebody's own has its own."""
    put(tmp_path / "in" / "acme", judged({"ACK-01": FAIL, "OUR-01": FAIL}, asks="Never mind this one"))
    titles = {each["id"]: each["title"] for each in made(tmp_path / "in")["failing"]}

    assert {"ACK-01": shipped_catalogue().requirements["ACK-01"].title, "OUR-01": "Never mind this one"} == titles


def test_the_page_loads_nothing(tmp_path: Path) -> None:
    """It has a policy that lets nothing in, and its own style is the one that the policy knows."""
    put(tmp_path / "in" / "acme", judged({"ACK-01": PASS}))
    aggregate(tmp_path / "in", "--output", tmp_path / "page")
    page = (tmp_path / "page" / "aggregate.html").read_text(encoding="utf-8")

    assert "default-src 'none'; style-src 'sha256-" in page
    assert not re.search(r"<script|<link|<img|src=|href=|style=\"", page)


def test_mistakes_of_the_operator_are_told(tmp_path: Path) -> None:
    """A folder that is none, one without reports, an earlier overview that is none, an age that is none."""
    put(tmp_path / "in" / "acme", judged({"ACK-01": PASS}))
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    told = {
        "is no folder": (tmp_path / "nowhere",),
        "holds no report": (tmp_path / "empty",),
        "is no JSON": (tmp_path / "in", "--previous", tmp_path / "file"),
        "cannot be read": (tmp_path / "in", "--previous", tmp_path / "nothing"),
        "--max-age": (tmp_path / "in", "--max-age", "soon"),
        "cannot be written": (tmp_path / "in", "--output", tmp_path / "file"),
    }
    for what, words in told.items():
        done = aggregate(*words)
        assert (2, True) == (done.exit_code, what in done.output), (what, done.output)
