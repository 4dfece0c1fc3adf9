"""What a report counts."""

from __future__ import annotations

import pytest

from conformance.verdict import Level, Verdict
from reports import item, report, result


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [
        (Verdict.PASS, "1 of 1 MUST proven"),
        (Verdict.WARN, "1 of 1 MUST proven, 1 with warnings"),
        (Verdict.FAIL, "0 of 1 MUST proven, 1 failed"),
        (Verdict.ERROR, "0 of 1 MUST proven, 1 broken by an error"),
        (Verdict.FLAKY, "0 of 1 MUST proven, 1 flaky"),
        (Verdict.NOT_ASSESSABLE, "0 of 1 MUST proven, 1 not assessable"),
        (Verdict.NOT_RUN, "0 of 1 MUST proven, 1 not run"),
        (Verdict.WAIVED, "0 of 1 MUST proven, 1 waived"),
        (Verdict.NOT_APPLICABLE, "0 of 0 MUST proven"),
    ],
)
def test_every_verdict_has_its_place_in_the_headline(verdict: Verdict, headline: str) -> None:
    """What does not apply is not counted."""
    assert headline == report(result("A-1", verdict)).headline()


def test_a_headline_counts_must_requirements_alone() -> None:
    """But for warnings and waivers, which are told of all."""
    advice = [result(f"A-{v}", v, level=Level.SHOULD) for v in (Verdict.FAIL, Verdict.WARN, Verdict.WAIVED)]

    assert "1 of 1 MUST proven, 2 with warnings, 1 waived" == (
        report(result("A-1", Verdict.WARN), *advice, result("A-2", Verdict.NOT_APPLICABLE)).headline()
    )


def test_without_a_must_a_headline_counts_what_was_judged() -> None:
    """Whoever selects a SHOULD alone is told what became of it."""
    advice = [result(f"A-{v}", v, level=Level.SHOULD) for v in (Verdict.PASS, Verdict.WARN, Verdict.NOT_APPLICABLE)]

    assert "1 of 2 met, none of them a MUST, 1 with warnings" == report(*advice).headline()


def test_every_verdict_is_counted() -> None:
    """Also those that nothing has."""
    counts = report(result("A-1", Verdict.PASS), result("A-2", Verdict.PASS), result("A-3", Verdict.FAIL)).counts

    assert dict.fromkeys(Verdict, 0) | {Verdict.PASS: 2, Verdict.FAIL: 1} == counts


def test_what_did_not_run_is_listed_item_by_item() -> None:
    """Whatever became of its requirement."""
    mixed = result("A-1", Verdict.FAIL, item("A-1[a]", Verdict.FAIL), item("A-1[b]", Verdict.NOT_RUN))

    assert ["A-1[b]"] == [one.name for one in report(mixed).not_run]
