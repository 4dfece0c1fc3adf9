"""What the renderers show: each format by its own rules, and nothing that a partner wrote can act."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path, PosixPath
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from markupsafe import escape

from conformance.errors import RunRefused
from conformance.exchange import Response
from conformance.report import Report
from conformance.reporting import har, html_page, json_document, markdown, terminal, writer
from conformance.reporting.body_text import body_text
from conformance.reporting.plain_text import harmless, shortened, visible
from conformance.reporting.wording import seconds
from conformance.requirement import Finding
from conformance.resources import schemas
from conformance.verdict import Level, RunVerdict, Verdict
from reports import HOSTILE, delivery, every_verdict, hostile, interrupted, item, long_run, nothing, report, result

REPORTS = [every_verdict(), interrupted(), nothing(), hostile()]
NAMES = ["every-verdict", "interrupted", "nothing", "hostile"]
each_report = pytest.mark.parametrize("given", REPORTS, ids=NAMES)

# Escape, other control characters but line feed, bidirectional marks, lone surrogates.
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]")
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


class Page(HTMLParser):
    """The elements of a page, the text between them, and all ids and targets of links."""

    def __init__(self, text: str) -> None:
        """Parse the page."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data

    def values(self, attribute: str) -> list[str]:
        """All values of an attribute."""
        return [value for _, attributes in self.elements if (value := attributes.get(attribute)) is not None]


def _terminal(given: Report) -> str:
    return terminal.render(given, report_dir="reports")


def _validator() -> Draft202012Validator:
    schema = json.loads((schemas() / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\u202eexe", r"\u202eexe"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("é", "é"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    """A character that is not printable becomes its escape, all others stay."""
    assert shown == visible(text)


@pytest.mark.parametrize("line", ["::error::x", "  ::add-mask::x", "##[group]x", "a ##vso[task]x", "ok\n::stop::"])
def test_no_text_commands_a_pipeline(line: str) -> None:
    """Commands of pipelines are broken up, at line starts and within lines."""
    assert COMMAND.search(line)
    assert not COMMAND.search(harmless(line))


def test_shortened_text_says_how_much_is_missing() -> None:
    """A long text ends with the number of characters left out."""
    assert "aaa … (7 more characters)" == shortened("a" * 10, 3)


@pytest.mark.parametrize(
    ("duration", "said"), [(0.0424, "42 ms"), (5.04, "5.0 s"), (83.25, "1 min 23 s"), (7260, "2 h 1 min")]
)
def test_durations_are_said_as_people_say_them(duration: float, said: str) -> None:
    """The unit grows with the duration."""
    assert said == seconds(duration)


def test_json_is_indented_as_it_was_sent() -> None:
    """Repeated keys and the spelling of numbers survive the indenting."""
    shown = body_text(b'{"a":1.00,"a":[],"b":[{"c":"x, \\"y\\": {"}]}')

    assert [
        "{",
        '  "a": 1.00,',
        '  "a": [],',
        '  "b": [',
        "    {",
        '      "c": "x, \\"y\\": {"',
        "    }",
        "  ]",
        "}",
    ] == (shown.text.splitlines())


def test_a_body_that_is_no_text_is_a_hex_dump() -> None:
    """Bytes that are not UTF-8 are shown as hexadecimal, and the note says so."""
    shown = body_text(b"\x1f\x8bAB")

    assert "000000  1f 8b 41 42" in shown.text
    assert shown.text.endswith("..AB")
    assert "hexadecimal" in shown.note


@pytest.mark.parametrize("body", [b"x" * 20_500, b"\xff" * 2_548])
def test_a_long_body_says_how_much_follows_in_the_journal(body: bytes) -> None:
    """What is not shown is counted."""
    assert "500 more bytes are in journal.jsonl" in body_text(body).note


def test_a_deeply_nested_body_stays_small() -> None:
    """Nesting does not multiply the size of the page."""
    assert len(body_text(b"[" * 9_000 + b"]" * 9_000).text) < 1_000_000


@each_report
def test_the_json_document_follows_its_schema(given: Report) -> None:
    """report.json is valid by the strict schema and is pure ASCII."""
    text = json_document.render(given)

    _validator().validate(json.loads(text))
    assert text.isascii()


def test_the_json_document_names_what_gates_read() -> None:
    """Verdict, counts, items, findings and what did not run are where the contract puts them."""
    document: dict[str, Any] = json.loads(json_document.render(every_verdict()))

    assert "fails" == document["verdict"]
    assert set(Verdict) == set(document["counts"])
    assert ["DUP-02"] == document["not_run"]
    fetching = next(r for r in document["requirements"] if r["id"] == "FET-01")
    assert ("FAIL", "MUST", 4) == (fetching["verdict"], fetching["level"], len(fetching["items"]))
    assert ["d1", "c1"] == fetching["items"][0]["findings"][0]["exchanges"]


@pytest.mark.parametrize("spoilt", [{"verdict": "fine"}, {"format": 2}, {"extra": 1}, {"counts": {"FAIL": 1}}])
def test_the_schema_refuses_what_is_not_a_report(spoilt: dict[str, Any]) -> None:
    """Unknown verdicts, formats and fields are refused, and so are counts that leave a verdict out."""
    document = json.loads(json_document.render(interrupted())) | spoilt

    assert not _validator().is_valid(document)


@each_report
def test_the_page_loads_nothing_and_runs_its_own_script_only(given: Report) -> None:
    """The page has no handler, style attribute, picture or outside resource, whatever partners write."""
    page = Page(html_page.render(given))

    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "image", "link", "iframe", "object", "form", "base", "video"}
    # The drawing of a story stands twice on the page, and a browser that sees no room for the words shows the other.
    assert all((attributes["href"] or "").startswith("#drawn-") for tag, attributes in page.elements if tag == "use")
    assert [("script", {}), ("style", {})] == sorted(e for e in page.elements if e[0] in {"script", "style"})
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "style", "srcset"}
    assert all(target.startswith(("#", "https://www.rfc-editor.org/")) for target in page.values("href"))


@each_report
def test_the_page_allows_its_own_script_and_style_only(given: Report) -> None:
    """The policy of the page names the digests of its one script and its one style sheet and denies the rest."""
    text = html_page.render(given)
    script, style = (_digest(text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]) for tag in ("script", "style"))
    policy = f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; "

    assert f'content="{escape(policy)}form-action' in text


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@each_report
def test_links_within_the_page_lead_somewhere(given: Report) -> None:
    """Every anchor exists once."""
    page = Page(html_page.render(given))
    ids = page.values("id")

    assert len(ids) == len(set(ids))
    assert {target[1:] for target in page.values("href") if target.startswith("#")} <= set(ids)


def test_the_page_tells_the_whole_story() -> None:
    """Verdict, finding, remedy, the command to run again, assumptions and digests are on the page."""
    text = Page(html_page.render(replace(every_verdict(), plan="5" * 64))).text

    for wanted in (
        "The partner does not conform to Wawex: it breaks 2 MUST requirements.",
        "2 of 10 MUST proven, 2 failed",
        "no such call within 30 s after status 202",
        "The path is that of the operation getDocument.",
        "Look at the handler of this event type.",
        "-k 'FET-01[document]'",
        "3 of 4 items",
        "The documents name no limit.",
        "sha256:" + "3" * 64,
        "5" * 64,
        "2.4 s, 3 times the slowest reaction seen",
    ):
        assert wanted in text


def test_hostile_text_is_shown_and_does_nothing() -> None:
    """What a partner wrote can be read on the page, letter by letter."""
    page = html_page.render(hostile())

    assert not UNSEEN.search(page)
    assert all(visible(line) in Page(page).text for line in HOSTILE)


def test_a_run_of_ten_thousand_exchanges_makes_a_page_of_less_than_five_megabytes() -> None:
    """Also where half of all items fail with all that they can tell."""
    text = html_page.render(long_run(10_000))

    assert len(text.encode()) < 5_000_000
    assert "10000 exchanges, story by story; " in text


def test_a_page_has_an_end_however_long_the_run_was() -> None:
    """What has no row is counted, play by play and in all."""
    text = html_page.render(report(exchanges=[delivery(f"d{number}", play=None) for number in range(14_000)]))
    rows = text.count('<div class="row"') + text.count('<details class="exchange')

    assert len(text) < 5_000_000
    assert 10_000 < rows < 14_000
    assert f"rows only, and {14_000 - rows} are counted; journal.jsonl" in text
    assert f"and {14_000 - rows} more exchanges, in journal.jsonl" in text


def test_a_command_breaks_between_its_words() -> None:
    """Each is set by itself, and what is copied is the whole."""
    given = replace(item("A-1", Verdict.FAIL), rerun="pytest --platform=wawex '<i>'")
    text = html_page.render(report(result("A-1", Verdict.FAIL, given)))

    assert (
        '<code><span class="word">pytest</span> <span class="word">--platform=wawex</span> '
        '<span class="word">&#39;&lt;i&gt;&#39;</span></code>'
    ) in text
    assert given.rerun in Page(text).text


def test_what_to_fix_shows_what_failed_and_not_a_warning_before_it() -> None:
    """Where a warning stands before the failure of a requirement, its line under "What to fix" tells of the failure."""
    warning = Finding(expected="refused with a 4xx status", actual="refused with status 500", exchanges=())
    failure = Finding(expected="a refusal", actual="accepted with status 204", exchanges=())
    text = html_page.render(
        report(
            result(
                "A-1",
                Verdict.FAIL,
                item("A-1[first]", Verdict.WARN, findings=(warning,)),
                item("A-1[second]", Verdict.FAIL, findings=(failure,)),
            )
        )
    )

    assert "expected a refusal; actual: accepted with status 204" in text
    assert "expected refused with a 4xx status; actual" not in text


def test_a_finding_that_cites_everything_does_not_open_everything() -> None:
    """What opens is capped, and a list of links says how many more there are."""
    exchanges = [delivery(f"d{number}", body=b"x" * 10_000) for number in range(600)]
    found = Finding(expected="a", actual="b", exchanges=tuple(e.id for e in exchanges))
    text = html_page.render(
        report(result("A-1", Verdict.FAIL, item("A-1", Verdict.FAIL, findings=(found,))), exchanges=exchanges)
    )

    assert 100 < text.count('<details class="exchange proves">') < 160
    assert "and 592 more, in report.json" in text


def test_the_summary_lists_what_did_not_pass() -> None:
    """The table has a row for each requirement that is not proven, and none for those that are."""
    text = markdown.render(every_verdict())

    assert "| FET-01 | MUST | Gets the object that it was told of | FAIL, 3 of 4 items | `no such call within" in text
    assert 1 == text.count("- actual: `no such call within 30 s after status 202`")
    assert "- run it again: `pytest --partner-url" in text
    assert "| LIF-01 |" not in text


def test_the_summary_of_hostile_text_holds_no_markup() -> None:
    """Rendered as Markdown, text from partners makes no link, picture, HTML or table cell."""
    parser = pytest.importorskip("markdown_it", reason="comes with rich").MarkdownIt("gfm-like", {"linkify": False})
    tokens = parser.parse(markdown.render(hostile()))
    kinds = {child.type for token in tokens for child in (token, *(token.children or ()))}
    cells = sum(token.type == "td_open" for token in tokens)

    assert not kinds & {"html_block", "html_inline", "link_open", "image", "em_open", "fence", "code_block"}
    assert 3 * 5 == cells
    prose = "".join(c.content for token in tokens for c in token.children or () if c.type == "text")
    assert not re.search(r"[@$]", prose)


@each_report
@pytest.mark.parametrize("render", [markdown.render, _terminal], ids=["summary", "terminal"])
def test_what_lands_in_a_log_is_harmless(render: Any, given: Report) -> None:
    """No escape sequence, hidden character, pipeline command or formula reaches a log."""
    text = render(given)

    assert not UNSEEN.search(text)
    assert not COMMAND.search(text)
    assert not any(line.startswith(("=", "@")) for line in text.splitlines())


def test_the_terminal_says_what_to_do_next() -> None:
    """Failures come first and folded, with what to do; the rest takes a line each."""
    text = _terminal(every_verdict())

    assert text.startswith("The partner does not conform to Wawex: it breaks 2 MUST requirements.\n2 of 10 MUST proven")
    assert "FAIL FET-01[document] and 2 more items: Gets the object that it was told of" in text
    assert "    actual    no such call within 30 s after status 202" in text
    assert "WARN ACK-02: Does what is asked: no complete answer before the deadline" in text
    assert 'not assessable: the control endpoint does not offer "create" (OWN-01, OWN-02)' in text
    assert text.endswith("report: reports/report.html")


def test_the_terminal_stops_after_ten_failures() -> None:
    """What is not shown in detail is counted."""
    failing = [result(f"A-{n}", Verdict.FAIL, item(f"A-{n}", Verdict.FAIL, "it did not")) for n in range(13)]
    text = _terminal(report(*failing))

    assert 10 == text.count("FAIL A-")
    assert "and 3 more, see report.html" in text


def test_colour_is_ours_alone() -> None:
    """With colour on, escapes from the partner are still spelled out."""
    text = terminal.render(hostile(), report_dir="reports", colour=True)

    assert {"\x1b[1;31m", "\x1b[1;33m", "\x1b[0m"} == set(re.findall(r"\x1b[^m]*m?", text))


@pytest.mark.parametrize("render", [_terminal, markdown.render, html_page.render], ids=["terminal", "summary", "page"])
def test_an_interrupted_run_says_so_and_what_did_not_run(render: Any) -> None:
    """INTERRUPTED and the items that did not run are in every format for people."""
    text = render(interrupted())

    assert "INTERRUPTED: Ctrl-C. 1 item did not run." in text
    assert "ACK-02" in text


@pytest.mark.parametrize("render", [_terminal, markdown.render, html_page.render], ids=["terminal", "summary", "page"])
def test_an_empty_run_proves_nothing(render: Any) -> None:
    """A run without a single requirement never reads as a success."""
    text = render(nothing())

    assert "REFUSED: the partner is unreachable. Nothing ran." in text
    assert "Nothing is proven" in text


def test_a_proven_partner_conforms() -> None:
    """The sentence of a green run says so, and how much of it was waived."""
    proven = result("ACK-01", Verdict.PASS, item("ACK-01", Verdict.PASS))
    waived = result("ACK-02", Verdict.WAIVED, item("ACK-02", Verdict.WAIVED))
    advice = result("ACK-03", Verdict.WARN, item("ACK-03", Verdict.WARN), level=Level.SHOULD)

    assert RunVerdict.CONFORMS is report(proven).verdict
    assert _terminal(report(proven, advice)).startswith("The partner conforms to Wawex.\n")
    assert _terminal(report(proven, waived)).startswith(
        "The partner conforms to Wawex, with 1 MUST requirement waived.\n"
    )


def test_every_format_tells_of_waivers() -> None:
    """Those that do not count, or that nothing needs, are flagged; one that was applied is in its verdict."""
    given = every_verdict()
    flags = (
        "the waiver of COR-02 expired on 2027-01-01 and does not count (Planned for January.: Planned for January.)",
        "the waiver of COR-03 does not count: Wawex lets nobody waive this MUST",
        "the waiver of COR-04 is not needed any more: the requirement is met",
        "the waiver of COR-05 does not count: no waiver covers NOT ASSESSABLE",
    )
    summary = markdown.render(given)

    for flag in flags:
        assert flag in _terminal(given)
        assert flag in html_page.render(given)
    assert "the waiver of COR-01" not in _terminal(given)
    assert "the waiver of COR-06" not in _terminal(given)
    assert "## Waivers\n\n- `COR-01` until 2027-01-01 by `Planned for January.`: " in summary
    assert "(applied; without it WARN)" in summary
    assert "(not decided by this run)" in summary
    assert 6 == len(json.loads(json_document.render(given))["waivers"])


def test_the_terminal_costs_no_heavy_import() -> None:
    """A pytest plugin can import the terminal renderer without templates, archives or schemas."""
    code = (
        "import sys, conformance.reporting.terminal as t; print({'jinja2', 'harfile', 'jsonschema'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()" == done.stdout.strip()


@each_report
def test_the_archive_is_har(given: Report) -> None:
    """Every exchange is an entry with all that HAR 1.2 demands."""
    log = json.loads(har.render(given))["log"]

    assert ("1.2", "webhook-conformance") == (log["version"], log["creator"]["name"])
    assert len(given.exchanges) == len(log["entries"])
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        message = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
        assert {"method", "url", "queryString", *message} <= entry["request"].keys()
        assert {"status", "statusText", "content", "redirectURL", *message} <= entry["response"].keys()
        assert re.fullmatch(r"https?://[!-~]+", entry["request"]["url"])
        assert entry["time"] == sum(max(entry["timings"][part], 0) for part in ("send", "wait", "receive"))


def test_the_archive_says_who_asked_whom_in_which_play() -> None:
    """Deliveries, calls and control calls carry play and role in their comments, on the clock of the wall."""
    first, call, asking, late, binary, stray = json.loads(har.render(every_verdict()))["log"]["entries"]

    assert "2026-11-20T09:30:01+00:00" == first["startedDateTime"]
    assert "d1: announced-object[document]: delivery as genuine, document.created, attempt 1" == first["comment"]
    assert "c1: announced-object[document]: call of getDocument, answered with the fault 503 once" == call["comment"]
    assert "http://127.0.0.1:4010/v1/documents/9b2f?expand=all" == call["request"]["url"]
    assert [{"name": "expand", "value": "all"}] == call["request"]["queryString"]
    assert "a1: announced-object[document]: control call objects" == asking["comment"]
    assert (0, "no complete answer before the deadline") == (late["response"]["status"], late["response"]["comment"])
    content = binary["response"]["content"]
    assert (bytes(range(256)), "base64") == (base64.b64decode(content["text"]), content["encoding"])
    assert "d4: no play:" in stray["comment"]


def test_a_binary_request_is_base64_in_the_archive() -> None:
    """HAR has no encoding for what is posted, so the comment says it."""
    given = report(exchanges=[delivery("d1", body=b"\xff\xfe", answer=Response(299))])
    entry = json.loads(har.render(given))["log"]["entries"][0]

    assert ("//4=", "base64") == (entry["request"]["postData"]["text"], entry["request"]["postData"]["comment"])
    assert "" == entry["response"]["statusText"]


def test_the_writer_leaves_whole_files(tmp_path: Path) -> None:
    """All formats are in place and no temporary file is left, also when they replace older ones."""
    folder = tmp_path / "a" / "b"
    writer.write(interrupted(), folder)
    paths = writer.write(hostile(), folder)

    written = {"report.html", "summary.md", "exchanges.har", "badge.svg", "report.json"}
    assert written == {path.name for path in folder.iterdir()}
    assert {*paths} == {*folder.iterdir()}
    assert "fails" == json.loads((folder / "report.json").read_text(encoding="utf-8"))["verdict"]


def test_the_summary_is_appended_to_that_of_the_pipeline(tmp_path: Path) -> None:
    """What earlier steps wrote stays."""
    step_summary = tmp_path / "step.md"
    step_summary.write_text("before\n", encoding="utf-8")
    writer.write(interrupted(), tmp_path / "reports", step_summary=step_summary)

    assert f"before\n{markdown.render(interrupted())}" == step_summary.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_refuses_the_run(tmp_path: Path) -> None:
    """Errors of the file system say what to do, and half a report is never left."""
    (tmp_path / "file").touch()

    with pytest.raises(RunRefused, match=r"cannot be written to .*: Not a directory; .*--report-dir"):
        writer.write(interrupted(), tmp_path / "file" / "reports")
    with pytest.raises(RunRefused, match=r"cannot be appended to .*: Is a directory$"):
        writer.write(interrupted(), tmp_path / "reports", step_summary=tmp_path)

    (tmp_path / "taken" / "report.html").mkdir(parents=True)
    with pytest.raises(RunRefused, match="cannot be written"):
        writer.write(interrupted(), tmp_path / "taken")
    assert ["report.html"] == [path.name for path in (tmp_path / "taken").iterdir()]


class Gone(PosixPath):
    """A place that fails without a word of the system."""

    def open(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise OSError("the disk is gone")

    def mkdir(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise OSError("the disk is gone")


def test_an_error_without_words_of_the_system_is_told_in_its_own(tmp_path: Path) -> None:
    """Whatever raised it."""
    with pytest.raises(RunRefused, match=r"cannot be appended to .*: the disk is gone$"):
        writer.write(interrupted(), tmp_path, step_summary=Gone(tmp_path / "summary.md"))
    with pytest.raises(RunRefused, match=r"cannot be written to .*: the disk is gone; "):
        writer.write(interrupted(), Gone(tmp_path / "reports"))


def test_a_lone_surrogate_costs_no_report() -> None:
    """Wherever it comes from, it is spelled out."""
    assert rb"a\ud800" == writer._bytes("a\ud800")


def test_what_is_open_names_each_must_that_nothing_decided_and_why() -> None:
    """What fails stands elsewhere, and what is only recommended keeps nobody from conforming."""
    text = html_page.render(
        report(
            result("A-1", Verdict.NOT_ASSESSABLE, item("A-1", Verdict.NOT_ASSESSABLE), reason="no control endpoint"),
            result("A-2", Verdict.FAIL, item("A-2", Verdict.FAIL)),
            result("A-3", Verdict.NOT_ASSESSABLE, item("A-3", Verdict.NOT_ASSESSABLE), level=Level.SHOULD),
        )
    )
    section = text.partition("<h2>What is open</h2>")[2].partition("</section>")[0]

    assert ["A-1"] == re.findall(r'href="#([^"]+)"', section)
    assert "no control endpoint" in section
    assert "What is open" not in html_page.render(report(result("A-2", Verdict.FAIL, item("A-2", Verdict.FAIL))))
