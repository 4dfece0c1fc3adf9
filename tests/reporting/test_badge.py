from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from conformance.report import Report
from conformance.reporting import badge
from conformance.transcript import Ending
from conformance.verdict import RunVerdict, Verdict
from reports import HOSTILE, every_verdict, hostile, interrupted, nothing, report, result

_SVG = "{http://www.w3.org/2000/svg}"
_GREEN = "#1a7f37"


def _with(verdict: RunVerdict, *verdicts: Verdict, selected: int = 2, ending: Ending = Ending.FINISHED) -> Report:
    results = [result(f"ACK-0{number}", each) for number, each in enumerate(verdicts)]
    given = report(*results)
    header = replace(given.header, selected=selected, planned=2)
    return replace(given, verdict=verdict, header=header, ending=ending)


CONFORMS, FAILS, INCOMPLETE = RunVerdict.CONFORMS, RunVerdict.FAILS, RunVerdict.INCOMPLETE


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (_with(CONFORMS, Verdict.PASS), "conforms"),
        (_with(CONFORMS, Verdict.PASS, Verdict.WAIVED), "conforms, 1 waived"),
        (_with(CONFORMS, Verdict.PASS, selected=1), "conforms in part"),
        (_with(CONFORMS, Verdict.PASS, ending=Ending.INTERRUPTED), "incomplete"),
        (_with(CONFORMS, Verdict.PASS, ending=Ending.REFUSED), "incomplete"),
        (_with(FAILS, Verdict.FAIL), "fails"),
        (_with(FAILS, Verdict.FAIL, ending=Ending.INTERRUPTED), "fails"),
        (_with(INCOMPLETE, Verdict.FLAKY), "incomplete"),
        (every_verdict(), "fails"),
        (interrupted(), "incomplete"),
        (nothing(), "incomplete"),
    ],
)
def test_a_badge_says_the_verdict_and_what_takes_from_it(given: Report, words: str) -> None:
    """It is green, and says no more than that the partner conforms, only where all of it was judged."""
    picture = ET.fromstring(badge.render(given))  # noqa: S314  # our own text
    shades = {each.get("fill") for each in picture.iter(f"{_SVG}path")}

    assert words == [each.text for each in picture.iter(f"{_SVG}text")][1]
    assert ({_GREEN} == shades) is (words == "conforms")
    assert f"{given.title}: {words}" == picture.get("aria-label")


@pytest.mark.parametrize("title", [*HOSTILE, "x" * 5000])
def test_no_title_gets_out_of_its_text(title: str) -> None:
    """A title of a stranger's description is text, of bounded length, and adds no element."""
    drawn = badge.render(replace(hostile(), title=title))
    picture = ET.fromstring(drawn)  # noqa: S314  # ours, and well-formed or the test fails

    assert ["svg", "title", "rect", "path", "g", "text", "text"] == [e.tag.removeprefix(_SVG) for e in picture.iter()]
    assert int(picture.get("width", "")) < 800
    assert len(drawn) < 2500
