"""report.html in a browser: searched, linked, read without a script, with keys alone, in the dark and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from chromium import NoChromium, found_chromium
from conformance.report import Report
from conformance.reporting import html_page
from conformance.requirement import Finding
from conformance.verdict import Verdict
from reports import delivery, every_verdict, hostile, item, report, result

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Open: TypeAlias = Callable[..., Page]

# Milliseconds. Whatever is waited for must come, be the machine as slow as it may.
_WITHIN = 180_000
ALL = [r.requirement.id for r in every_verdict().requirements]
# What a key can come to, in the order of the page: links, fields, what opens, what scrolls.
FOCUSABLE = """() => [...document.querySelectorAll('a[href], summary, input, select, button, [tabindex="0"]')]
    .filter((each) => each.checkVisibility({contentVisibilityAuto: false}))"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, started."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra browser")
    try:
        chromium = found_chromium(tmp_path_factory.mktemp("chromium"))
    except NoChromium as none:
        pytest.skip(str(none))
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(
            executable_path=chromium.path,
            args=list(chromium.arguments),
            env=chromium.environment or None,
            timeout=_WITHIN,
        )
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a report, at an anchor where one is named."""
    contexts = []

    def open_page(report: Report, at: str = "", **options: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(html_page.render(report), encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(_WITHIN)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{path.as_uri()}{at}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def _shown(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        ".requirement", "all => all.filter(e => e.checkVisibility()).map(e => e.querySelector('.id').textContent)"
    )
    return found


def _sees(page: Page, selector: str) -> bool:
    return bool(page.eval_on_selector(selector, "e => e.checkVisibility()"))


def test_search_finds_words_anywhere_in_a_requirement(opened: Open) -> None:
    """In ids, titles and findings, whatever their case; what is found is counted aloud."""
    page = opened(every_verdict())

    assert ALL == _shown(page)
    assert "All 12 requirements" == page.inner_text("#found")
    page.fill("#search", "fet-01")
    assert ["FET-01"] == _shown(page)
    assert "1 of 12 requirements" == page.inner_text("[role=status]")
    page.fill("#search", "SUCH no")
    assert ["FET-01"] == _shown(page)
    page.fill("#search", "no such words at all")
    assert [] == _shown(page)
    assert not _sees(page, ".chapter h3")


def test_filters_are_joined(opened: Open) -> None:
    """Several verdicts widen, a level and a chapter narrow, and one button shows all again."""
    page = opened(every_verdict())
    page.check("input[value=PASS]")
    page.check("input[value=WAIVED]")
    passed = _shown(page)
    page.check("input[value=SHOULD]")
    advice = _shown(page)
    page.uncheck("input[value=SHOULD]")
    page.select_option("#chapter", label="Acknowledging")
    chapter = _shown(page)
    page.click("#clear")

    assert (["ACK-01", "COR-01", "LIF-01"], ["LIF-01"], ["ACK-01"]) == (passed, advice, chapter)
    assert ALL == _shown(page)
    assert not _sees(page, "#clear")
    assert "search" == page.evaluate("document.activeElement.id")


@pytest.mark.parametrize("script", [True, False])
def test_a_link_opens_what_it_leads_to(opened: Open, *, script: bool) -> None:
    """A requirement that was closed, and an exchange within its story."""
    page = opened(every_verdict(), "#LIF-01", java_script_enabled=script)
    assert _sees(page, "#LIF-01 .statement")
    assert not _sees(page, "#ACK-01 .statement")

    page = opened(every_verdict(), "#d1", java_script_enabled=script)
    assert _sees(page, "#d1 .message")
    assert not _sees(page, "#d2 .message")


def test_a_link_leads_to_what_a_filter_hides(opened: Open) -> None:
    """The filter gives way."""
    page = opened(every_verdict())
    page.check("input[value=PASS]")
    page.click("#fix a[href='#FET-01']")
    page.wait_for_function("document.querySelectorAll('.requirement[hidden]').length === 0")

    assert ALL == _shown(page)
    assert _sees(page, "#FET-01 .finding")
    assert page.evaluate("document.querySelector('#FET-01').getBoundingClientRect().top") >= 0


def test_keys_alone_reach_everything(opened: Open) -> None:
    """In the order of the page, and one sees where one is."""
    page = opened(every_verdict())
    wanted = page.evaluate(f"{FOCUSABLE[:5]} {{ window.all = ({FOCUSABLE})(); return all.length; }}")
    reached, seen = [], []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("all.indexOf(document.activeElement)"))
        seen.append(
            page.evaluate(
                """() => { const at = document.activeElement;
                    return [at, at.closest('label')].some((e) => e && getComputedStyle(e).outlineStyle !== 'none'); }"""
            )
        )

    assert 40 < wanted
    assert list(range(wanted)) == reached
    assert all(seen)


def test_keys_alone_filter_and_open(opened: Open) -> None:
    """Space ticks, enter opens."""
    page = opened(every_verdict())
    page.focus("input[value=WARN]")
    page.keyboard.press("Space")
    page.focus(".requirement:not([hidden]) summary")
    page.keyboard.press("Enter")

    assert ["ACK-02"] == _shown(page)
    assert _sees(page, "#ACK-02 .finding")


def test_without_a_script_everything_is_there(opened: Open) -> None:
    """What only a script could do is not offered."""
    page = opened(every_verdict(), java_script_enabled=False)
    page.click(".requirement:has(#ACK-01) > summary")
    page.click(".play:has(#d1) > summary")
    page.click(".exchange:has(#d1) > summary")

    assert ALL == _shown(page)
    assert _sees(page, "#ACK-01 .statement")
    assert _sees(page, "#d1 .message")
    assert _sees(page, "#FET-01 .story svg")
    assert not _sees(page, "#filter")
    assert not any(page.eval_on_selector_all("button", "all => all.map(e => e.checkVisibility())"))


def test_a_body_can_be_read_as_it_was_sent(opened: Open) -> None:
    """And as it is easier to read; no script is needed for that."""
    given = report(exchanges=[delivery("d1", play=None, body=b'{"a" :  [1,2]}')])
    page = opened(given, "#d1", java_script_enabled=False)
    read = page.inner_text("#d1 pre.body")
    page.check("#d1 input[type=checkbox]")

    assert '{\n  "a": [\n    1,\n    2\n  ]\n}' == read
    assert '{"a" :  [1,2]}' == page.inner_text("#d1 pre.body")


def test_a_command_is_copied(opened: Open) -> None:
    """Where the browser does not allow it, it is selected."""
    page = opened(every_verdict())
    page.evaluate(
        """() => { window.copied = []; window.refuse = false;
            const writeText = async (text) => { if (refuse) throw new Error('no'); copied.push(text); };
            Object.defineProperty(navigator, 'clipboard', {value: {writeText}}); }"""
    )
    buttons = page.locator("#FET-01 button.copy")
    buttons.nth(0).click()
    page.evaluate("window.refuse = true")
    page.locator("#SIG-01 button.copy").nth(0).click()
    line = "pytest --partner-url=http://127.0.0.1:8080 --platform=wawex -k '{}' --conformance-seed=7"

    assert [line.format("FET-01[document]")] == page.evaluate("copied")
    assert "Copied" == buttons.nth(0).inner_text()
    assert "Selected" == page.locator("#SIG-01 button.copy").nth(0).inner_text()
    assert line.format("SIG-01") == page.evaluate("getSelection().toString()")


@pytest.mark.parametrize("given", [every_verdict(), hostile()], ids=["every-verdict", "hostile"])
def test_nothing_leaves_the_page_and_nothing_is_refused(opened: Open, given: Report) -> None:
    """No request, no breach of the page's own policy, no error of its script."""
    page = opened(given)
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.reload()
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    page.fill("#search", "a")

    assert [page.url] == requests
    assert [] == complaints


def test_the_page_is_dark_where_that_is_preferred(opened: Open) -> None:
    """Its paper and its ink change places."""
    light, dark = (_colours(opened(every_verdict(), color_scheme=scheme)) for scheme in ("light", "dark"))

    assert sum(light["backgroundColor"]) > sum(light["color"])
    assert sum(dark["backgroundColor"]) < sum(dark["color"])


def _colours(page: Page) -> dict[str, list[int]]:
    found: dict[str, list[int]] = page.evaluate(
        """() => { const style = getComputedStyle(document.body);
            const numbers = (name) => [name, style[name].match(/\\d+/g).map(Number)];
            return Object.fromEntries(['color', 'backgroundColor'].map(numbers)); }"""
    )
    return found


def test_on_paper_what_did_not_pass_is_open(opened: Open) -> None:
    """With its proof; what passed is a line, and what one would click is left out."""
    page = opened(every_verdict())
    page.emulate_media(media="print")

    assert ALL == _shown(page)
    assert _sees(page, "#ACK-02 .finding")
    assert _sees(page, "#FET-01 .story svg")
    assert _sees(page, "#d1 .message")
    assert not _sees(page, "#ACK-01 .statement")
    assert not any(_sees(page, hidden) for hidden in ("#filter", "nav", "button.copy", ".play:not(.proves)"))
    assert page.pdf()[:5] == b"%PDF-"


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_is_wider_than_its_window(opened: Open, width: int) -> None:
    """Pictures of stories scroll by themselves."""
    page = opened(every_verdict(), viewport={"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")

    assert width == page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize(("width", "beside"), [(390, False), (820, True), (1440, True)])
def test_the_words_of_a_story_can_be_read_without_scrolling(opened: Open, width: int, *, beside: bool) -> None:
    """Beside the picture, or below it where there is no room for them; the picture always shows all lanes and ids."""
    page = opened(every_verdict(), viewport={"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    story = page.locator("#FET-01 .story").first
    shown = {name: story.locator(name).is_visible() for name in (".scroll", "svg.narrow", "ol.narrow")}
    picture = story.locator(".scroll svg" if beside else "svg.narrow").bounding_box()
    words = story.locator(".scroll text" if beside else "ol.narrow li").all_text_contents()

    assert {".scroll": beside, "svg.narrow": not beside, "ol.narrow": not beside} == shown
    assert picture is not None
    assert picture["x"] + picture["width"] <= width
    assert any(re.match(r"[cdq]\d+ .* \u2192 \S+", each) for each in words)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_serious(opened: Open, scheme: str, width: int) -> None:
    """With all that can be opened open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the extra browser").Axe()
    found = Finding(expected="amount 1000.00", actual="amount 1000.0", exchanges=("d1",), hint="Look.")
    failing = item("A-1", Verdict.FAIL, "a reason", findings=(found, found), exchanges=("d1",), plays=("p1",))
    given = every_verdict()
    for told in (given, report(result("A-1", Verdict.FAIL, failing), exchanges=given.exchanges, plays=given.plays)):
        page = opened(told, color_scheme=scheme, viewport={"width": width, "height": 900})
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        response: dict[str, Any] = axe.run(page).response

        assert 20 < len(response["passes"])
        assert [] == [
            (each["id"], [node["html"] for node in each["nodes"][:3]])
            for each in response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
