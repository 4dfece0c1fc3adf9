"""The summary of a pipeline, letter by letter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.report import Assumption, RequirementResult
from conformance.reporting import markdown
from conformance.requirement import Finding
from conformance.verdict import Verdict
from reports import every_waiver, interrupted, item, report, result

FOUND = Finding(expected="a refusal", actual="status 200", exchanges=("d1",), hint="Look at the clock.")
HEADER = (
    "Partner `http://127.0.0.1:8080`, platform description `wawex`, 2026-11-20 09:30:00 UTC, 1 min 23 s, "
    "kit 0.1.0, seed 7."
)
ASSUMED = (
    "## What the platform does not say\n\n"
    "- `/acknowledge/limit` = `5 s` (not confirmed): The documents name no limit.\n"
)


def _plain(name: str, reason: str = "", *, findings: tuple[Finding, ...] = ()) -> RequirementResult:
    """A failure whose requirement has no remedy and whose item cannot be run again."""
    told = result(name, Verdict.FAIL, replace(item(name, Verdict.FAIL, reason, findings=findings), rerun=""))
    return replace(told, requirement=replace(told.requirement, remedy=""))


def test_a_run_that_passed_is_told_in_a_few_lines() -> None:
    """No table, no failures, and what the platform does not say."""
    given = report(result("A-1", Verdict.PASS, item("A-1", Verdict.PASS)))

    assert f"# The partner conforms to Wawex.\n\n**1 of 1 MUST proven**\n\n{HEADER}\n\n{ASSUMED}" == (
        markdown.render(given)
    )


def test_the_digest_of_the_plan_is_told() -> None:
    """Beside the seed, in the line that says who was judged."""
    given = replace(report(result("A-1", Verdict.PASS)), plan="4" * 64)

    assert f"seed {given.header.seed}, plan `{'4' * 64}`.\n" in markdown.render(given)


def test_a_failure_is_told_in_full() -> None:
    """A row of the table, and a part of its own with what to do."""
    failed = result("A-1", Verdict.FAIL, item("A-1", Verdict.FAIL, "twice alone", findings=(FOUND,)), reason="twice")
    given = replace(report(failed), diagnoses=("Nothing was accepted.",))

    assert (
        "# The partner does not conform to Wawex: it breaks 1 MUST requirement.\n\n"
        "**0 of 1 MUST proven, 1 failed**\n\n"
        "> `Nothing was accepted.`\n\n"
        f"{HEADER}\n\n"
        "## Not passed\n\n"
        "| id | level | requirement | verdict | why |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| A-1 | MUST | Does what is asked | FAIL, 1 of 1 item | `twice` |\n\n"
        "## Failures\n\n"
        "### FAIL A-1: Does what is asked\n\n"
        "- why: `twice alone`\n"
        "- expected: `a refusal`\n"
        "- actual: `status 200`\n"
        "- hint: `Look at the clock.`\n"
        "- remedy: Look at the handler of this event type. Answer before you work.\n"
        "- run it again: "
        "`pytest --partner-url=http://127.0.0.1:8080 --platform=wawex -k 'A-1' --conformance-seed=7`\n\n"
        f"{ASSUMED}"
    ) == markdown.render(given)


def _failures(*results: RequirementResult) -> str:
    return markdown.render(report(*results)).partition("## Failures\n\n")[2].removesuffix(f"\n\n{ASSUMED}")


def test_a_failure_without_more_says_so() -> None:
    """Neither a reason nor a finding, nor what to do."""
    assert "### FAIL A-1: Does what is asked\n\n- why: no reason is given" == _failures(_plain("A-1"))


def test_a_finding_needs_no_reason_and_no_hint() -> None:
    """What is not there has no line."""
    found = replace(FOUND, hint="")

    assert "### FAIL A-1: Does what is asked\n\n- expected: `a refusal`\n- actual: `status 200`" == (
        _failures(_plain("A-1", findings=(found,)))
    )


@pytest.mark.parametrize(("number", "more"), [(5, ""), (6, "\n- and 1 more finding, see report.html")])
def test_of_many_findings_five_are_told(number: int, more: str) -> None:
    """And how many more there are; those that read alike are told once."""
    found = tuple(Finding(expected="a refusal", actual=f"status {200 + n}", exchanges=()) for n in range(number))
    told = _failures(_plain("A-1", findings=(*found, found[0])))

    assert 5 == told.count("- expected: ")
    assert told.endswith(f"- actual: `status 204`{more}")


@pytest.mark.parametrize(("number", "more"), [(30, ""), (31, "\n\nAnd 1 more failure, see report.html.")])
def test_of_many_failures_thirty_are_told(number: int, more: str) -> None:
    """And how many more there are."""
    told = _failures(*(_plain(f"A-{n}") for n in range(number)))

    assert 30 == told.count("### FAIL")
    assert told.endswith(f"### FAIL A-29: Does what is asked\n\n- why: no reason is given{more}")


@pytest.mark.parametrize(("number", "more"), [(100, ""), (101, "\n- and 1 more, see report.json")])
def test_of_a_long_list_a_hundred_are_told(number: int, more: str) -> None:
    """And how many more there are."""
    assumed = tuple(Assumption(f"/a{n}", "5 s", "None is named.", confirmed=n == 99) for n in range(number))
    told = markdown.render(replace(report(), assumptions=assumed))

    assert 100 == told.count(" = `5 s` (")
    assert told.endswith(f"- `/a99` = `5 s` (confirmed): None is named.{more}\n")


def test_what_did_not_run_is_listed_last() -> None:
    """With the interruption at the head, above the counts."""
    told = markdown.render(interrupted())

    assert "\n\n> **`INTERRUPTED: Ctrl-C. 1 item did not run.`**\n\n**1 of 2 MUST" in told
    assert told.endswith("\n\n## What did not run\n\n- `ACK-02`\n")
    assert "| ACK-02 | MUST | Does what is asked | NOT RUN, 1 of 1 item |  |\n" in told


def test_waivers_are_listed_with_what_became_of_them() -> None:
    """And with the verdict that they hide, where there is one."""
    told = markdown.render(replace(report(), waivers=every_waiver("Later."))).partition("## Waivers\n\n")[2]

    assert [
        "- `COR-01` until 2027-01-01 by `Later.`: `Later.` (applied; without it WARN)",
        "- `COR-02` until 2027-01-01 by `Later.`: `Later.` (expired; without it NOT ASSESSABLE)",
        "- `COR-03` until 2027-01-01 by `Later.`: `Later.` (not allowed; without it NOT ASSESSABLE)",
        "- `COR-04` until 2027-01-01 by `Later.`: `Later.` (not needed; without it PASS)",
        "- `COR-05` until 2027-01-01 by `Later.`: `Later.` (covers no such verdict; without it NOT ASSESSABLE)",
        "- `COR-06` until 2027-01-01 by `Later.`: `Later.` (not decided by this run)",
    ] == told.splitlines()


@pytest.mark.parametrize(
    ("actual", "shown"),
    [
        ("a|b", r"`a\x7cb`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("a``", "``` a`` ```"),
        (" a", "`  a `"),
        ("a ", "` a  `"),
        ("   ", ""),
        ("x" * 501, f"`{'x' * 500} … (1 more characters)`"),
    ],
)
def test_text_of_a_partner_stands_in_a_code_span(actual: str, shown: str) -> None:
    """Fenced with more backticks than it holds, padded where it begins or ends with one, and without bars."""
    told = _failures(_plain("A-1", findings=(Finding(expected="", actual=actual, exchanges=()),)))

    assert f"- expected: \n- actual: {shown}" == told.partition("\n\n")[2]


def test_the_table_is_ordered_by_what_matters() -> None:
    """Failures first, what cannot be assessed last."""
    verdicts = (
        Verdict.NOT_ASSESSABLE,
        Verdict.NOT_RUN,
        Verdict.WAIVED,
        Verdict.WARN,
        Verdict.ERROR,
        Verdict.FLAKY,
        Verdict.FAIL,
    )
    told = markdown.render(report(*(result(f"A-{n}", verdict) for n, verdict in enumerate(verdicts))))
    rows = [line.split(" | ")[0] for line in told.splitlines() if line.startswith("| A-")]

    assert [f"| A-{n}" for n in (6, 5, 4, 3, 2, 1, 0)] == rows
