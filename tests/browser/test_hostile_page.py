"""report.html in a browser, with all that a partner may say to harm who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from markupsafe import Markup

from chromium import NoChromium, found_chromium
from conformance.report import Report
from conformance.reporting import html_page
from hostile_payloads import PAYLOADS
from hostile_reports import BATCHES, harmless_twin, report_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog

# Milliseconds. Whatever is waited for must come, be the machine as slow as it may.
_WITHIN: Final = 180_000
# Everything that a reader can do: open, tick, search, come from a link, point at, click, print.
_READ: Final = """() => {
    for (const each of document.querySelectorAll('details')) each.open = true;
    for (const each of document.querySelectorAll('input[type=checkbox]')) each.click();
    for (const each of document.querySelectorAll('button, summary, code, mark, pre, text')) {
        for (const name of ['mouseover', 'focus', 'click', 'toggle', 'animationstart', 'copy', 'wheel'])
            each.dispatchEvent(new Event(name, {bubbles: true}));
    }
    for (const each of document.querySelectorAll('details')) each.open = true;
    for (const name of ['beforeprint', 'pageshow', 'hashchange']) dispatchEvent(new Event(name));
}"""
# How often each kind of element stands in the page, told with the names of its attributes; white space of bodies aside.
_KINDS: Final = """() => {
    const count = {};
    for (const each of document.querySelectorAll('*:not(pre.body *):not(.message s):not(label):not(label > input)')) {
        const kind = [each.localName, ...each.getAttributeNames().filter((name) => name !== 'open').sort()].join(' ');
        count[kind] = (count[kind] || 0) + 1;
    }
    return count;
}"""
_INSIDE_BODIES: Final = """() =>
    [...new Set([...document.querySelectorAll('pre.body *')].map((each) => each.outerHTML.slice(0, 3)))]"""
_LINKS: Final = """() => [...document.querySelectorAll('[href], [src], [action], [data], [ping]')]
    .map((each) => each.getAttribute('href') || each.outerHTML)"""
_TOLD: Final = "() => document.title + document.body.textContent"


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


class _Visit:
    """What a page did while it was read, and what it then held."""

    def __init__(self, browser: Browser, path: Path, report: Report) -> None:
        self.happened: list[str] = []
        path.write_text(html_page.render(report), encoding="utf-8")
        context = browser.new_context()
        context.set_default_timeout(_WITHIN)
        context.on("page", lambda other: self.happened.append(f"a window: {other.url}"))
        page = context.new_page()
        self.happened.clear()
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self.happened.append(f"a request: {request.url}"))
        page.on("console", lambda message: self.happened.append(f"the console: {message.text}"))
        page.on("pageerror", lambda error: self.happened.append(f"an error: {error}"))
        page.on("download", lambda download: self.happened.append(f"a download: {download.url}"))
        page.goto(path.as_uri())
        page.evaluate(_READ)
        page.fill("#search", report.header.partner[:200])
        page.evaluate("(hash) => { location.hash = hash; }", report.header.partner[:200])
        page.fill("#search", "")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))")
        self.happened.remove(f"a request: {path.as_uri()}")
        self.address = page.url.partition("#")[0]
        self.kinds: dict[str, int] = page.evaluate(_KINDS)
        self.inside_bodies: list[str] = page.evaluate(_INSIDE_BODIES)
        self.links: list[str] = page.evaluate(_LINKS)
        self.told: str = page.evaluate(_TOLD)
        self.owned: Any = page.evaluate("[window.owned, Object.prototype.owned, document.getElementById('owned')]")
        context.close()

    def _dismiss(self, dialog: Dialog) -> None:
        self.happened.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


@pytest.mark.parametrize("number", range(len(BATCHES)))
def test_whatever_is_said_a_page_does_nothing(browser: Browser, tmp_path: Path, number: int) -> None:
    """No dialog, no request, no window, no complaint; the same elements as of letters, and links to nowhere else."""
    path = tmp_path / "report.html"
    hostile = _Visit(browser, path, report_of(BATCHES[number]))
    plain = _Visit(browser, path, report_of([harmless_twin(text) for text in BATCHES[number]]))

    assert [] == hostile.happened
    assert path.as_uri() == hostile.address
    assert plain.kinds == hostile.kinds
    assert set(hostile.inside_bodies) <= {"<i>", "<s>", "<u>"}
    assert all(link.startswith(("#", "https://", "http://")) for link in hostile.links)
    assert [None, None, None] == hostile.owned


def test_a_page_without_our_care_is_found_out(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a template forgets to escape, the same texts are markup, and the page's policy refuses what they try."""
    monkeypatch.setattr(html_page, "_shown", Markup)
    html_page._environment.cache_clear()
    try:
        visit = _Visit(browser, tmp_path / "report.html", report_of(PAYLOADS[20:30]))
    finally:
        html_page._environment.cache_clear()

    assert any("Content Security Policy" in each for each in visit.happened)
    assert not any(each.startswith(("a dialog", "a window", "a request: http")) for each in visit.happened)
