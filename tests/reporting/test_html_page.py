"""The page: what stands on it, and what does not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from conformance.report import Report
from conformance.reporting import html_page
from conformance.requirement import Finding, Source
from conformance.transcript import Fingerprint, Party
from conformance.verdict import Level, Verdict
from reports import delivery, every_verdict, item, report, result


def _page(given: Report) -> str:
    return html_page.render(given)


@pytest.mark.parametrize("url", ["http://a.example/x", "https://a.example/x"])
def test_a_source_with_an_address_is_a_link(url: str) -> None:
    """In either scheme of the web."""
    assert f'href="{url}"' in _page(_of_source(url))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a.example/http://", "", "//a.example/https://"])
def test_a_source_with_another_address_is_none(url: str) -> None:
    """Whatever stands behind it."""
    assert f'href="{url}"' not in _page(_of_source(url))


def _of_source(url: str) -> Report:
    told = result("A-1", Verdict.FAIL, item("A-1", Verdict.FAIL))
    return report(replace(told, requirement=replace(told.requirement, sources=(Source("A document", "1", url),))))


def test_a_drawing_looks_the_same_where_it_stands_again() -> None:
    """Rules for it name nothing around it: within a `use` of SVG nothing is around it."""
    style = _page(report()).partition("<style>")[2].partition("</style>")[0]

    assert [] == re.findall(r"\.story [^{},]*\b(?:path|text)\b[^{},]*", style)
    assert ".drawn path {" in style


def test_escapes_of_ours_are_marked() -> None:
    """In headers and bodies, and a line above them says so; those that stood there are text."""
    ours, theirs = (
        _page(report(exchanges=[delivery("d1", body=body)])) for body in (b'{"a": "\xe2\x80\xae"}', b'{"a": "\\u202e"}')
    )

    assert '"a": "<s>\\u202e</s>"' in ours.replace("<i> </i>", " ").replace("<u> </u>", "")
    assert "spelled out, for it cannot be seen" in ours
    assert "<s>" not in theirs.partition("<body>")[2]


def test_an_exchange_says_what_it_proves() -> None:
    """With a link to the requirement."""
    found = Finding(expected="a refusal", actual="status 200", exchanges=("d1",))
    given = report(
        result("A-1", Verdict.FAIL, item("A-1[x]", Verdict.FAIL, findings=(found,))), exchanges=[delivery("d1")]
    )

    told = '<a href="#A-1"><code>A-1[x]</code></a> expected <b>a refusal</b>; actual: <b>status 200</b>'
    assert f'<p class="proof">{told}</p>' in _page(given)


def test_values_of_the_operator_are_told_at_the_top() -> None:
    """An exam that was made easier is another exam."""
    given = report()
    plain = replace(given, header=replace(given.header, overrides=()))

    assert '<a href="#run">with 1 value of the operator\'s own</a>' in _page(given)
    assert "of the operator" not in _page(plain).partition("<main>")[0]


def test_a_body_keeps_its_lines() -> None:
    """Escaped, and with what cannot be seen spelled out."""
    page = _page(report(exchanges=[delivery("d1", body=b'a\n<b>\t"')]))

    assert '<pre class="body" tabindex="0">a\n&lt;b&gt;<s>\\t</s>&#34;</pre>' in page


def test_a_body_is_shown_as_it_is_read_and_as_it_was_sent() -> None:
    """White space that stands in one form only is set apart, and markup in either is text."""
    page = _page(report(exchanges=[delivery("d1", body=b'{ "a&<i>":1}')]))

    assert '<pre class="body" tabindex="0">{<u> </u><i>\n  </i>"a&amp;&lt;i&gt;":<i> </i>1<i>\n</i>}</pre>' in page


def test_the_picture_of_the_counts_shows_what_occurs() -> None:
    """Each verdict with its share; one that nothing has takes no place; its text names them all."""
    told = [result(f"A-{n}", Verdict.PASS, item(f"A-{n}", Verdict.PASS)) for n in range(3)]
    page = _page(report(*told, result("A-9", Verdict.FAIL)))

    assert 'role="img" aria-label="1 FAIL, 3 PASS"' in page
    assert [("FAIL", "0", "252"), ("PASS", "255", "744")] == re.findall(
        r'<rect class="(\w+)" x="(\d+)" width="(\d+)" height="16"/>', page
    )
    assert '<li class="FAIL"><b>1</b> FAIL</li>' in page
    assert '<li class="WARN">' not in page


def test_the_filter_offers_what_occurs() -> None:
    """Verdicts and levels with how many requirements have them, and chapters."""
    page = _page(
        report(
            result("A-1", Verdict.PASS, chapter="acknowledging"),
            result("A-2", Verdict.PASS, level=Level.SHOULD, chapter="elsewhere"),
        )
    )

    assert [("PASS", "2")] == re.findall(r'name="verdict" value="(\w+)">PASS <span>(\d)</span>', page)
    assert [("MUST", "1"), ("SHOULD", "1")] == re.findall(r'name="level" value="(\w+)">\w+ <span>(\d)</span>', page)
    assert ["", "1", "2"] == re.findall(r'<option value="(\d?)">', page)
    assert ["1", "2"] == re.findall(r'data-chapter="(\d)"', page)


def test_a_story_that_failed_is_drawn_where_it_is_told() -> None:
    """With the exchanges that a finding cites pointed at, and a link from each to its headers and bodies."""
    page = _page(every_verdict())
    item_told = page.partition("<code>FET-01[document]</code>")[2].partition('<li class="item">')[0]

    assert '<g class="genuine pointed">' in item_told
    assert '<a href="#d1"><text' in item_told
    assert '<tspan class="id">d1</tspan> genuine: document.created <tspan>→ 202</tspan>' in item_told
    assert '<tspan class="pointer"> ◀ finding</tspan>' in item_told
    assert "fault “503 once”: GET /v1/documents/9b2f?e…" in item_told
    assert 'class="bad">→ timeout</tspan>' in page
    assert 'class="cross"' in page


def test_an_item_says_how_to_see_it_again() -> None:
    """By playing it again, and by sending the delivery that it cites."""
    page = _page(every_verdict())

    assert '<span class="word">-k</span> <span class="word">&#39;FET-01[document]&#39;</span>' in page
    assert "<code>curl -q -sS -i" in page
    assert "--url http://127.0.0.1:8080/hooks/document</code>" in page
    assert "No secret is in this file" not in page


def test_words_that_differ_are_marked() -> None:
    """In what was expected and in what was seen."""
    found = Finding(expected="amount 1000.00", actual="amount 1000.0", exchanges=())
    page = _page(report(result("A-1", Verdict.FAIL, item("A-1", Verdict.FAIL, findings=(found,)))))

    assert "amount 1000.<mark>00</mark>" in page
    assert "amount 1000.<mark>0</mark>" in page


def test_what_to_fix_lists_what_is_broken_and_nothing_else() -> None:
    """Failures before what is flaky, and what is flaky before our own errors."""
    verdicts = (Verdict.PASS, Verdict.ERROR, Verdict.WARN, Verdict.FLAKY, Verdict.FAIL)
    page = _page(report(*(result(f"A-{n}", v, item(f"A-{n}", v)) for n, v in enumerate(verdicts))))
    listed = page.partition("<h2>What to fix</h2>")[2].partition("</section>")[0]

    assert ["A-4", "A-3", "A-1"] == [part.partition('"')[0] for part in listed.split('<a href="#')[1:]]
    assert "What to fix" not in _page(report(result("A-0", Verdict.PASS, item("A-0", Verdict.PASS))))


def test_items_come_worst_first() -> None:
    """Whatever the order in which they were judged."""
    items = (item("A-1[good]", Verdict.PASS), item("A-1[odd]", Verdict.WARN), item("A-1[bad]", Verdict.FAIL))
    page = _page(report(result("A-1", Verdict.FAIL, *items)))
    rows = page.split('<p class="item-head"><code>')[1:]

    assert ["A-1[bad]", "A-1[odd]", "A-1[good]"] == [row.partition("</code>")[0] for row in rows]


def test_chapters_have_their_titles() -> None:
    """One for all the requirements that stand in it; one that has none is called by its name."""
    page = _page(
        report(
            result("ACK-01", Verdict.PASS, chapter="acknowledging"),
            result("ACK-02", Verdict.PASS, chapter="acknowledging"),
            result("X-01", Verdict.PASS, chapter="elsewhere"),
        )
    )

    assert 1 == page.count("<h3>Acknowledging<")
    assert 1 == page.count("<h3>elsewhere<")


def test_the_page_has_no_lines_of_its_template() -> None:
    """What only steers the template leaves nothing behind."""
    found = Finding(expected="a", actual="b", exchanges=("d1",))
    page = _page(
        report(result("A-1", Verdict.FAIL, item("A-1", Verdict.FAIL, findings=(found,))), exchanges=[delivery("d1")])
    )

    assert "{%" not in page
    assert '<ul class="links">\n  <li><a href="#d1">' in page


@pytest.mark.parametrize(("verdict", "advice"), [(Verdict.FAIL, 0), (Verdict.WARN, 1)])
def test_a_finding_that_only_warns_looks_like_advice(verdict: Verdict, advice: int) -> None:
    """Also where it is about a MUST, and rests on what the platform does not publish."""
    found = Finding(expected="a", actual="b", exchanges=(), rests_on="/acknowledge/limit")
    page = _page(report(result("A-1", verdict, item("A-1", verdict, findings=(found,)))))

    assert advice == page.count('class="finding advice"')


def test_the_page_says_what_it_is_worth_to_others() -> None:
    """By whom it was run, with whose nonce, and by what its journal is known."""
    given = every_verdict()
    header = replace(given.header, nonce="n<1>", run_by=Party.PARTNER)
    page = _page(replace(given, header=header, journal=Fingerprint("ab" * 32, 1)))

    assert "level 1 of 3: run by the partner; " in _page(given)
    assert "The nonce is" not in _page(given)
    assert "level 2 of 3: run by the partner with a nonce" in page
    assert "The nonce is <code>n&lt;1&gt;</code>." in page
    assert f"<dt>journal, 1 line</dt><dd>{'ab' * 32}</dd>" in page
