"""The last lines of a run on a terminal or in the log of a pipeline: the verdict, and what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from conformance.report import ItemResult, Report, RequirementResult
from conformance.reporting.plain_text import shortened, uncommanding, visible
from conformance.reporting.wording import BROKEN, Group, flagged, groups, interruption, reasons, verdict_sentence
from conformance.verdict import RunVerdict, Verdict

__all__ = ["explain", "render"]

_WIDTH = 110
_LONGEST = 400
_DETAILED = 10
_IDS = 8
_RED, _YELLOW, _GREEN = "31", "33", "32"
_OF_VERDICT = {RunVerdict.CONFORMS: _GREEN, RunVerdict.FAILS: _RED, RunVerdict.INCOMPLETE: _YELLOW}


def _painted(text: str, shade: str, *, colour: bool) -> str:
    return f"\x1b[1;{shade}m{text}\x1b[0m" if colour else text


def _field(label: str, text: str) -> str:
    start = f"    {label:<9} "
    return textwrap.fill(
        shortened(text, _LONGEST),
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _failure(group: Group, *, colour: bool) -> Iterator[str]:
    requirement = group.result.requirement
    word = _painted(group.verdict, _RED, colour=colour)
    yield ""
    yield f"{word} {visible(group.name)}: {visible(requirement.title)}"
    finding = next((finding for item in group.items for finding in item.findings), None)
    if finding is not None:
        yield _field("expected", finding.expected)
        yield _field("actual", finding.actual)
    elif group.reason:
        yield _field("why", group.reason)
    if finding is not None and finding.hint:
        yield _field("hint", finding.hint)
    if requirement.remedy and group.verdict is not Verdict.ERROR:
        yield _field("remedy", requirement.remedy)
    if rerun := next((item.rerun for item in group.items if item.rerun), ""):
        # Never wrapped: it is there to be copied.
        yield f"    {'rerun':<9} {visible(rerun)}"


def _warning(group: Group, *, colour: bool) -> str:
    found = next((finding.actual for item in group.items for finding in item.findings), group.reason)
    word = _painted(group.verdict, _YELLOW, colour=colour)
    return f"{word} {visible(group.name)}: {visible(group.result.requirement.title)}: {shortened(found, _LONGEST)}"


def _ids(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _IDS} more" if len(ids) > _IDS else ""
    return ", ".join(visible(name) for name in ids[:_IDS]) + more


def _by_reason(report: Report, verdict: Verdict, word: str) -> Iterator[str]:
    for reason, ids in reasons(report, verdict).items():
        yield f"{word}: {shortened(reason, _LONGEST) or 'no reason is given'} ({_ids(ids)})"


def _rest(report: Report, *, colour: bool) -> Iterator[str]:
    warnings = list(groups(report, Verdict.WARN))
    yield from (_warning(group, colour=colour) for group in warnings[:_DETAILED])
    if len(warnings) > _DETAILED:
        yield f"and {len(warnings) - _DETAILED} more with warnings, see report.html"
    yield from _by_reason(report, Verdict.NOT_ASSESSABLE, "not assessable")
    yield from _by_reason(report, Verdict.WAIVED, "waived")
    yield from (_painted(shortened(line, _LONGEST), _YELLOW, colour=colour) for line in flagged(report))
    if report.not_run:
        yield f"not run: {_ids([item.name for item in report.not_run])}"


def _lines(report: Report, report_dir: str, *, colour: bool) -> Iterator[str]:
    if broken_off := interruption(report):
        yield _painted(visible(broken_off), _YELLOW, colour=colour)
    yield _painted(visible(verdict_sentence(report)), _OF_VERDICT[report.verdict], colour=colour)
    yield visible(report.headline())
    for diagnosis in report.diagnoses:
        yield ""
        yield textwrap.fill(shortened(diagnosis, _LONGEST), _WIDTH, break_long_words=False, break_on_hyphens=False)
    failing = list(groups(report, *BROKEN))
    for group in failing[:_DETAILED]:
        yield from _failure(group, colour=colour)
    if len(failing) > _DETAILED:
        yield f"\nand {len(failing) - _DETAILED} more, see report.html"
    if rest := list(_rest(report, colour=colour)):
        yield ""
        yield from rest
    if report_dir:
        yield f"\nreport: {visible(report_dir).rstrip('/')}/report.html"


def render(report: Report, *, report_dir: str, colour: bool = False) -> str:
    """The summary, without a line break at its end."""
    return uncommanding("\n".join(_lines(report, report_dir, colour=colour)))


def explain(result: RequirementResult, item: ItemResult) -> str:
    """One item that did not pass, for whoever stands before a failed test."""
    lines = [f"{item.verdict} {visible(item.name)} ({result.level}): {visible(result.requirement.title)}"]
    for finding in item.findings:
        lines += ["", _field("expected", finding.expected), _field("actual", finding.actual)]
        lines += [_field("hint", finding.hint)] if finding.hint else []
        lines += [_field("seen in", ", ".join(finding.exchanges))] if finding.exchanges else []
    lines += ["", _field("why", item.reason)] if item.reason else [""]
    if item.verdict in {Verdict.FAIL, Verdict.FLAKY, Verdict.WARN}:
        lines += [_field("remedy", result.requirement.remedy), f"    {'rerun':<9} {visible(item.rerun)}"]
    return uncommanding("\n".join(lines))
