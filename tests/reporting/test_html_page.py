"""The page: what stands on it, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.report import Report
from conformance.reporting import html_page
from conformance.requirement import Finding, Source
from conformance.verdict import Verdict
from reports import delivery, item, report, result


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


def test_a_body_keeps_its_lines() -> None:
    """Escaped, and with what cannot be seen spelled out."""
    page = _page(report(exchanges=[delivery("d1", body=b'a\n<b>\t"')]))

    assert '<pre class="body">a\n&lt;b&gt;\\t&#34;</pre>' in page


def test_the_bar_shows_what_occurs() -> None:
    """Each verdict with its share; one that nothing has takes no place."""
    told = [result(f"A-{n}", Verdict.PASS, item(f"A-{n}", Verdict.PASS)) for n in range(2)]
    page = _page(report(*told, result("A-2", Verdict.FAIL)))

    assert ".bar .PASS { flex-grow: 2 }\n.bar .FAIL" not in page
    assert ".bar .FAIL { flex-grow: 1 }\n.bar .PASS { flex-grow: 2 }\n</style>" in page
    assert ".bar .WARN" not in page
    assert 2 == page.count('<i class="')
    assert '<li class="FAIL"><b>1</b> FAIL</li>' in page
    assert '<li class="WARN">' not in page


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

    assert 1 == page.count(">Acknowledging<")
    assert 1 == page.count(">elsewhere<")


def test_the_page_has_no_lines_of_its_template() -> None:
    """What only steers the template leaves nothing behind."""
    found = Finding(expected="a", actual="b", exchanges=("d1",))
    page = _page(
        report(result("A-1", Verdict.FAIL, item("A-1", Verdict.FAIL, findings=(found,))), exchanges=[delivery("d1")])
    )

    assert "{%" not in page
    assert '<ul class="links">\n  <li><a href="#d1">' in page
