"""The sentences that all formats share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.report import Report
from conformance.reporting.wording import (
    Group,
    groups,
    instant,
    interruption,
    named,
    reasons,
    seconds,
    share,
    verdict_sentence,
    why,
)
from conformance.requirement import Finding
from conformance.transcript import Ending
from conformance.verdict import Level, RunVerdict, Verdict
from reports import interrupted, item, nothing, report, result

PASSED = result("A-1", Verdict.PASS, item("A-1", Verdict.PASS))
FOUND = Finding(expected="a refusal", actual="status 200", exchanges=())


@pytest.mark.parametrize(("number", "said"), [(0, "0 items"), (1, "1 item"), (2, "2 items")])
def test_a_noun_agrees_with_its_number(number: int, said: str) -> None:
    """One is not many, and nor is none one."""
    assert said == named(number, "item")


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (0.0004, "0 ms"),
        (0.9994, "999 ms"),
        (1, "1.0 s"),
        (59.9, "59.9 s"),
        (60, "1 min 0 s"),
        (61.6, "1 min 2 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h 0 min"),
        (3_660, "1 h 1 min"),
    ],
)
def test_the_unit_changes_at_its_border(duration: float, said: str) -> None:
    """A second, a minute and an hour begin their own unit."""
    assert said == seconds(duration)


@pytest.mark.parametrize(
    ("iso", "read"),
    [
        ("2026-11-20T09:30:00+00:00", "2026-11-20 09:30:00 UTC"),
        ("2026-11-20T09:30:00+02:00", "2026-11-20 07:30:00 UTC"),
        ("2026-11-20T09:30:00", "2026-11-20 09:30:00"),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_time_is_read_in_utc_where_its_zone_is_known(iso: str, read: str) -> None:
    """One without a zone is left as it is, and so is what is no time or none of UTC."""
    assert read == instant(iso)


def test_a_group_is_named_after_its_first_item() -> None:
    """With how many more there are, or after the requirement where there are none."""
    items = tuple(item(f"A-1[{n}]", Verdict.FAIL) for n in range(3))
    told = result("A-1", Verdict.FAIL, *items)

    assert ["A-1", "A-1[0]", "A-1[0] and 1 more item", "A-1[0] and 2 more items"] == [
        Group(told, Verdict.FAIL, items[:n]).name for n in range(4)
    ]


def test_a_group_has_the_reason_of_its_first_item_that_gives_one() -> None:
    """That of the requirement stands in where none does."""
    told = result("A-1", Verdict.FAIL, reason="of the requirement")
    silent, loud, louder = (item("A-1", Verdict.FAIL, reason) for reason in ("", "first", "second"))

    assert "first" == Group(told, Verdict.FAIL, (silent, loud, louder)).reason
    assert "of the requirement" == Group(told, Verdict.FAIL, (silent,)).reason


def test_groups_come_verdict_by_verdict() -> None:
    """A requirement whose items differ has a group for each; one without items has its own."""
    mixed = result("A-1", Verdict.FAIL, item("A-1[a]", Verdict.WARN), item("A-1[b]", Verdict.FAIL))
    bare = result("A-2", Verdict.FAIL)
    found = groups(report(mixed, bare, PASSED), Verdict.WARN, Verdict.FAIL)

    assert [("A-1[a]", Verdict.WARN), ("A-1[b]", Verdict.FAIL), ("A-2", Verdict.FAIL)] == [
        (group.name, group.verdict) for group in found
    ]


def test_reasons_are_told_once_with_all_that_they_concern() -> None:
    """An item without a reason has that of its requirement."""
    open_ = Verdict.NOT_ASSESSABLE
    given = report(
        result("A-1", open_, item("A-1[a]", open_, "no control"), item("A-1[b]", open_), reason="quiet"),
        result("A-2", open_, reason="quiet"),
        result("A-3", open_, item("A-3", open_, "no control")),
    )

    assert {"no control": ("A-1", "A-3"), "quiet": ("A-1", "A-2")} == reasons(given, open_)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (report(PASSED), "The partner conforms to Wawex."),
        (
            report(PASSED, result("A-2", Verdict.FAIL), result("A-3", Verdict.FAIL, level=Level.SHOULD)),
            "The partner does not conform to Wawex: it breaks 1 MUST requirement.",
        ),
        (report(PASSED, result("A-2", Verdict.FLAKY)), "Not proven: 1 MUST requirement of Wawex has no answer."),
        (
            report(PASSED, *(result(v.value, v) for v in (Verdict.ERROR, Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE))),
            "Not proven: 3 MUST requirements of Wawex have no answer.",
        ),
        (
            report(result("A-2", Verdict.NOT_RUN)),
            "Nothing is proven: no MUST requirement of Wawex was shown to be met.",
        ),
        (report(result("A-1", Verdict.WARN)), "The partner conforms to Wawex."),
        (
            report(result("A-1", Verdict.WARN), result("A-2", Verdict.ERROR)),
            "Not proven: 1 MUST requirement of Wawex has no answer.",
        ),
        (
            report(result("A-2", Verdict.WAIVED)),
            "Nothing is proven: no MUST requirement of Wawex was shown to be met.",
        ),
        (
            replace(report(PASSED, ending=Ending.INTERRUPTED), verdict=RunVerdict.INCOMPLETE),
            "Not proven: the run as partner of Wawex did not come to its end.",
        ),
        (
            replace(report(ending=Ending.FINISHED), verdict=RunVerdict.INCOMPLETE),
            "Nothing is proven: no MUST requirement of Wawex was shown to be met.",
        ),
    ],
)
def test_the_verdict_is_one_sentence(given: Report, sentence: str) -> None:
    """Only MUST requirements are counted."""
    assert sentence == verdict_sentence(given)


@pytest.mark.parametrize(("selected", "words"), [(3, " in the 3 of 4 items that were selected"), (4, "")])
def test_a_part_of_the_items_is_no_whole(selected: int, words: str) -> None:
    """Where something was left out, the sentence says so."""
    given = report(PASSED)
    narrowed = replace(given, header=replace(given.header, selected=selected, planned=4))

    assert f"The partner conforms to Wawex{words}." == verdict_sentence(narrowed)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (report(PASSED), ""),
        (interrupted(), "INTERRUPTED: Ctrl-C. 1 item did not run."),
        (nothing(), "REFUSED: the partner is unreachable. Nothing ran."),
        (report(PASSED, ending=Ending.INTERRUPTED), "INTERRUPTED"),
        (report(PASSED, ending=Ending.INTERRUPTED, ending_reason="Enough."), "INTERRUPTED: Enough."),
        (report(ending=Ending.REFUSED, ending_reason="No."), "REFUSED: No. Nothing ran."),
        (
            report(
                result("A-1", Verdict.NOT_RUN, item("A-1", Verdict.NOT_RUN)), ending=Ending.REFUSED, ending_reason="No."
            ),
            "REFUSED: No. 1 item did not run.",
        ),
    ],
)
def test_a_run_that_was_broken_off_says_so(given: Report, said: str) -> None:
    """With its reason, and with what did not run where something did not."""
    assert said == interruption(given)


def test_a_share_counts_the_items_that_carry_the_verdict() -> None:
    """Of all of them; a requirement without items has none."""
    mixed = result("A-1", Verdict.FAIL, *(item("A-1", v) for v in (Verdict.FAIL, Verdict.PASS, Verdict.FAIL)))

    assert ("2 of 3 items", "no items") == (share(mixed), share(result("A-2", Verdict.FAIL)))


def test_why_is_the_first_reason_that_is_given() -> None:
    """The requirement's own, else that of an item with its verdict, else what was seen."""
    other = item("A-1", Verdict.WARN, "a warning", findings=(FOUND,))
    silent = item("A-1", Verdict.FAIL, findings=(replace(FOUND, actual="status 201"),))
    loud = item("A-1", Verdict.FAIL, "of the item")

    assert "its own" == why(result("A-1", Verdict.FAIL, loud, reason="its own"))
    assert "of the item" == why(result("A-1", Verdict.FAIL, other, silent, loud))
    assert "status 201" == why(result("A-1", Verdict.FAIL, other, silent))
    assert "" == why(result("A-1", Verdict.FAIL, other))
