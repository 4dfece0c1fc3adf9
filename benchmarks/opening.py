"""How long report.html of a long run takes to open, beside an empty page, in a Chromium of this machine.

    PYTHONPATH=tests python benchmarks/opening.py

Opened means: loaded, laid out and painted, with its script run. Pages are opened in turn, each in a window of its own.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from chromium import found_chromium
from conformance.reporting import html_page
from reports import long_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_ROUNDS = 7
_EXCHANGES = (1_000, 10_000)
_PAINTED = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def opened(browser: Browser, path: Path) -> float:
    """Seconds until a page is there and painted."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    began = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate(_PAINTED)
    took = time.perf_counter() - began
    page.close()
    return took


def main() -> int:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        pages = {"an empty page": "<!doctype html><title>empty</title>"}
        for number in _EXCHANGES:
            began = time.perf_counter()
            pages[f"{number} exchanges"] = html_page.render(long_run(number))
            print(f"{number} exchanges: written in {time.perf_counter() - began:.2f} s")
        paths = [folder / f"{number}.html" for number in range(len(pages))]
        for path, text in zip(paths, pages.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        found = found_chromium(folder)
        browser = playwright.chromium.launch(
            executable_path=found.path, args=list(found.arguments), env={**found.environment} or None
        )
        rounds = [[opened(browser, path) for path in paths] for _ in range(_ROUNDS + 1)][1:]
        browser.close()
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    for (told, text), median, worst in zip(pages.items(), medians, map(max, zip(*rounds, strict=True)), strict=True):
        size = len(text.encode()) / 1e6
        print(f"{told}: {size:.2f} MB, {median:.2f} s, at most {worst:.2f} s, {median / medians[0]:.1f}x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
