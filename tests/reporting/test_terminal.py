"""The summary of a terminal and the telling of one item, letter by letter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.report import ItemResult, RequirementResult
from conformance.reporting import terminal
from conformance.requirement import Finding
from conformance.verdict import Level, Verdict
from reports import item, report, result

FOUND = Finding(expected="a refusal", actual="status 200", exchanges=("d1", "d2"), hint="Look at the clock.")
RERUN = "pytest --partner-url=http://127.0.0.1:8080 --platform=wawex -k '{}' --conformance-seed=7"


def _told(*results: RequirementResult, report_dir: str = "", diagnoses: tuple[str, ...] = ()) -> list[str]:
    return terminal.render(replace(report(*results), diagnoses=diagnoses), report_dir=report_dir).splitlines()


def _plain(name: str, verdict: Verdict, reason: str = "", *, findings: tuple[Finding, ...] = ()) -> RequirementResult:
    """A result whose requirement has no remedy and whose item cannot be run again."""
    one = replace(item(name, verdict, reason, findings=findings), rerun="")
    told = result(name, verdict, one)
    return replace(told, requirement=replace(told.requirement, remedy=""))


def test_a_failure_is_told_in_full() -> None:
    """Expected, actual, hint, remedy and the command, in this order, under a blank line."""
    told = _told(result("SIG-01", Verdict.FAIL, item("SIG-01", Verdict.FAIL, "once", findings=(FOUND,))))

    assert [
        "The partner does not conform to Wawex: it breaks 1 MUST requirement.",
        "0 of 1 MUST proven, 1 failed",
        "",
        "FAIL SIG-01: Does what is asked",
        "    expected  a refusal",
        "    actual    status 200",
        "    hint      Look at the clock.",
        "    remedy    Look at the handler of this event type. Answer before you work.",
        f"    rerun     {RERUN.format('SIG-01')}",
    ] == told


def test_a_finding_without_a_hint_has_no_line_for_it() -> None:
    """Nor has one without a reason a line for that."""
    bare = (replace(FOUND, hint=""),)
    told = _told(_plain("A-1", Verdict.FAIL, "once", findings=bare), _plain("A-2", Verdict.FAIL, findings=bare))
    lines = ["    expected  a refusal", "    actual    status 200"]

    assert ["FAIL A-1: Does what is asked", *lines, "", "FAIL A-2: Does what is asked", *lines] == told[3:]


def test_a_long_word_stays_whole() -> None:
    """Somebody may want to copy it."""
    word = "x" * 60 + "-" + "y" * 90

    assert [f"    why       {word}"] == _told(_plain("A-1", Verdict.FAIL, word))[4:]
    assert [word] == _told(_plain("A-1", Verdict.FAIL), diagnoses=(word,))[3:4]


def test_a_failure_without_more_is_a_line() -> None:
    """Where there is no finding there is a reason, and where there is none either the line stands alone."""
    assert ["FAIL A-1: Does what is asked", "    why       it broke", "", "FAIL A-2: Does what is asked"] == _told(
        _plain("A-1", Verdict.FAIL, "it broke"), _plain("A-2", Verdict.FAIL)
    )[3:]
    assert ["    expected  a refusal", "    actual    status 200"] == _told(
        _plain("A-1", Verdict.FAIL, findings=(replace(FOUND, hint=""),))
    )[4:]


def test_our_own_error_has_no_remedy() -> None:
    """The partner has nothing to mend."""
    told = _told(result("SIG-02", Verdict.ERROR, item("SIG-02", Verdict.ERROR, "no answer of the control endpoint")))

    assert [
        "ERROR SIG-02: Does what is asked",
        "    why       no answer of the control endpoint",
        f"    rerun     {RERUN.format('SIG-02')}",
    ] == told[3:]


def test_what_is_long_is_folded_under_its_own_beginning() -> None:
    """At 110 columns, never within a word."""
    words = " ".join(f"word-{n:02}" for n in range(20))
    told = _told(_plain("A-1", Verdict.FAIL, words))[4:]

    assert [f"    why       {words[:95]}", f"              {words[96:]}"] == told


def test_the_rest_takes_a_line_each() -> None:
    """Warnings, what is not assessable, what is waived and what did not run, under one blank line."""
    told = _told(
        result("A-1", Verdict.PASS, item("A-1", Verdict.PASS)),
        result("A-2", Verdict.WARN, item("A-2", Verdict.WARN, findings=(FOUND,))),
        result("A-3", Verdict.WARN, item("A-3", Verdict.WARN, "not every time alone")),
        result("A-4", Verdict.NOT_ASSESSABLE, item("A-4", Verdict.NOT_ASSESSABLE)),
        result("A-5", Verdict.WAIVED, item("A-5", Verdict.WAIVED, "until 2027-01-01")),
        result("A-6", Verdict.NOT_RUN, item("A-6", Verdict.NOT_RUN)),
    )

    assert [
        "Not proven: 2 MUST requirements of Wawex have no answer.",
        "3 of 6 MUST proven, 1 not assessable, 1 not run, 2 with warnings, 1 waived",
        "",
        "WARN A-2: Does what is asked: status 200",
        "WARN A-3: Does what is asked: not every time alone",
        "not assessable: no reason is given (A-4)",
        "waived: until 2027-01-01 (A-5)",
        "not run: A-6",
    ] == told


def test_diagnoses_come_before_failures() -> None:
    """Each under a blank line, folded."""
    told = _told(_plain("A-1", Verdict.FAIL), diagnoses=("Nothing was accepted.", "x " * 80))

    assert ["", "Nothing was accepted.", "", ("x " * 55).strip(), ("x " * 25).strip(), ""] == told[2:8]


@pytest.mark.parametrize(("number", "more"), [(10, False), (11, True)])
def test_of_many_warnings_ten_are_told(number: int, more: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """How many more there are is said where there are more."""
    told = _told(*(result(f"A-{n}", Verdict.WARN, item(f"A-{n}", Verdict.WARN)) for n in range(number)))

    assert 10 == sum(line.startswith("WARN ") for line in told)
    assert more == ("and 1 more with warnings, see report.html" in told)


@pytest.mark.parametrize(("number", "more"), [(10, False), (11, True)])
def test_of_many_failures_ten_are_told(number: int, more: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """How many more there are is said where there are more."""
    told = _told(*(_plain(f"A-{n}", Verdict.FAIL) for n in range(number)))

    assert 10 == sum(line.startswith("FAIL ") for line in told)
    assert more == (["", "and 1 more, see report.html"] == told[-2:])


@pytest.mark.parametrize(("number", "end"), [(8, "A-6, A-7)"), (9, "A-6, A-7 and 1 more)")])
def test_of_many_ids_eight_are_named(number: int, end: str) -> None:
    """And how many more there are."""
    told = _told(*(result(f"A-{n}", Verdict.NOT_ASSESSABLE, reason="no control endpoint") for n in range(number)))

    assert told[-1].startswith("not assessable: no control endpoint (A-0, A-1, ")
    assert told[-1].endswith(end)


def test_the_place_of_the_report_is_the_last_line() -> None:
    """With one slash, whether the folder was given with one or without."""
    passed = result("A-1", Verdict.PASS, item("A-1", Verdict.PASS))

    assert ["", "report: reports/report.html"] == _told(passed, report_dir="reports/")[-2:]
    assert "1 of 1 MUST proven" == _told(passed)[-1]


def test_nothing_is_coloured_unless_it_is_asked_for() -> None:
    """Colour tells red from yellow and green."""
    passed = result("A-1", Verdict.PASS, item("A-1", Verdict.PASS))
    warned = result("A-2", Verdict.WARN, item("A-2", Verdict.WARN, "odd"))
    failed = _plain("A-3", Verdict.FAIL)
    coloured = terminal.render(report(passed, warned), report_dir="", colour=True).splitlines()
    red = terminal.render(report(failed), report_dir="", colour=True).splitlines()
    yellow = terminal.render(report(), report_dir="", colour=True)

    assert "\x1b" not in terminal.render(report(passed, warned, failed), report_dir="")
    assert "\x1b[1;32mThe partner conforms to Wawex.\x1b[0m" == coloured[0]
    assert "\x1b[1;33mWARN\x1b[0m A-2: Does what is asked: odd" == coloured[-1]
    assert red[0].startswith("\x1b[1;31mThe partner does not conform")
    assert "\x1b[1;31mFAIL\x1b[0m A-3: Does what is asked" == red[-1]
    assert yellow.startswith("\x1b[1;33mNothing is proven")


def _explained(verdict: Verdict, told: ItemResult, level: Level = Level.MUST) -> list[str]:
    return terminal.explain(result("A-1", verdict, told, level=level), told).splitlines()


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.FLAKY, Verdict.WARN])
def test_an_item_that_did_not_pass_is_explained(verdict: Verdict) -> None:
    """With each finding, where it was seen, why it stands, what to do, and how to run it again."""
    bare = Finding(expected="an effect", actual="none", exchanges=())

    assert [
        f"{verdict} A-1[one] (SHOULD): Does what is asked",
        "",
        "    expected  a refusal",
        "    actual    status 200",
        "    hint      Look at the clock.",
        "    seen in   d1, d2",
        "",
        "    expected  an effect",
        "    actual    none",
        "",
        "    why       once of two times",
        "    remedy    Look at the handler of this event type. Answer before you work.",
        f"    rerun     {RERUN.format('A-1[one]')}",
    ] == _explained(verdict, item("A-1[one]", verdict, "once of two times", findings=(FOUND, bare)), Level.SHOULD)


@pytest.mark.parametrize("verdict", [Verdict.NOT_ASSESSABLE, Verdict.ERROR])
def test_an_item_that_says_nothing_of_the_partner_has_no_remedy(verdict: Verdict) -> None:
    """The reason is all that there is to say."""
    assert [f"{verdict} A-1 (MUST): Does what is asked", "", "    why       no control endpoint"] == _explained(
        verdict, item("A-1", verdict, "no control endpoint")
    )


def test_an_item_without_a_reason_is_explained_all_the_same() -> None:
    """A blank line stands where the reason would."""
    assert [
        "FAIL A-1 (MUST): Does what is asked",
        "",
        "    remedy    Look at the handler of this event type. Answer before you work.",
    ] == _explained(Verdict.FAIL, item("A-1", Verdict.FAIL))[:3]
