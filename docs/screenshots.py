"""Photograph report.html at three widths: `python docs/screenshots.py`, or with `--check` only compare.

What is photographed is the page of a run that was recorded once, `examples/run/journal.jsonl.gz`. Pixels differ from
machine to machine, so what is compared is what the looks come from: style sheet, script, template and the drawings of
that run. Taking the pictures needs the extra `browser` and a Chromium; comparing needs neither.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.catalogue import shipped_catalogue
from conformance.journal import read_journal
from conformance.judge.verdicts import judge_transcript
from conformance.reporting import html_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

DOCS: Final = Path(__file__).parent
PICTURES: Final = DOCS / "pictures"
TAKEN: Final = PICTURES / "taken-of.txt"
_LOOKS: Final = ("report.css", "report.js", "report.html.jinja")
# Enough for a page, and a picture is a third as large.
_COLOURS: Final = 256
# How far above what is shown the picture begins.
_ABOVE: Final = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown: the page from its top, or from an element of it, in a window of a size."""

    name: str
    width: int
    height: int
    element: str = ""
    scheme: str = "light"


ALL: Final = (
    *(Picture(f"report-{w}.png", w, h) for w, h in ((390, 844), (820, 1060), (1440, 960))),
    *(Picture(f"story-{w}.png", w, h, "#DUP-04 .item") for w, h in ((390, 844), (820, 900), (1440, 820))),
    Picture("story-1440-dark.png", 1440, 820, "#DUP-04 .item", "dark"),
)


def page_of_the_recorded_run(folder: Path) -> str:
    """The page, as `webhook-conformance judge` makes it."""
    journal = folder / "journal.jsonl"
    journal.write_bytes(gzip.decompress((DOCS / "examples" / "run" / "journal.jsonl.gz").read_bytes()))
    return html_page.render(judge_transcript(read_journal(journal), shipped_catalogue()))


def taken_of(page: str) -> Iterator[str]:
    """A line for what the looks come from, and one for each picture that there is."""
    stories = page[page.index('id="stories"') :]
    drawings = "".join(re.findall(r"<svg.*?</svg>", stories, re.DOTALL))
    files = [(Path(html_page.__file__).parent / name).read_text(encoding="utf-8") for name in _LOOKS]
    yield f"{hashlib.sha256(''.join([*files, drawings]).encode()).hexdigest()}  the looks of the page"
    for path in sorted(PICTURES.glob("*.png")):
        yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"


def take(page: Path, chromium_folder: Path) -> None:
    """All pictures."""
    sys.path.insert(0, str(DOCS.parent / "tests"))
    from playwright.sync_api import sync_playwright

    from chromium import found_chromium

    found = found_chromium(chromium_folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path, args=list(found.arguments), env=found.environment or None
        )
        for picture in ALL:
            (PICTURES / picture.name).write_bytes(_small(_taken(browser, page, picture)))
        browser.close()


def _taken(browser: Browser, path: Path, picture: Picture) -> bytes:
    size = {"width": picture.width, "height": picture.height}
    page = browser.new_page(viewport=size, color_scheme=picture.scheme, reduced_motion="reduce")
    page.goto(path.as_uri())
    if picture.element:
        page.evaluate(
            "([element, above]) => scrollTo(0, scrollY - above + "
            "document.querySelector(element).getBoundingClientRect().top)",
            [picture.element, _ABOVE],
        )
        # What came into sight is laid out after one frame has been drawn, and is drawn in the next.
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    taken = page.screenshot()
    page.close()
    return taken


def _small(png: bytes) -> bytes:
    from PIL import Image

    small = io.BytesIO()
    full = Image.open(io.BytesIO(png)).convert("RGB")
    full.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> int:
    """Take the pictures, or compare; 1 when the page looks otherwise by now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = page_of_the_recorded_run(folder)
        if "--check" not in sys.argv:
            (folder / "report.html").write_text(page, encoding="utf-8")
            take(folder / "report.html", folder)
            TAKEN.write_text("\n".join([*taken_of(page), ""]), encoding="utf-8")
        stale = not TAKEN.is_file() or TAKEN.read_text(encoding="utf-8").splitlines() != [*taken_of(page)]
    if stale:
        print("the page looks otherwise by now: run docs/screenshots.py")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
