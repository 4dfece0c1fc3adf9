"""summary.md: what a reviewer reads in the summary of a pipeline.

Text from partners stands in code spans, where neither markup nor HTML, mentions, links or formulas work.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report import Assumption, Report
from conformance.reporting.markdown_text import code as _code
from conformance.reporting.markdown_text import prose as _prose
from conformance.reporting.plain_text import uncommanding
from conformance.reporting.wording import (
    BROKEN,
    Group,
    groups,
    instant,
    interruption,
    named,
    seconds,
    share,
    verdict_sentence,
    why,
    words,
)
from conformance.requirement import Finding
from conformance.verdict import Verdict
from conformance.waiver import WaiverUse

__all__ = ["render"]

# GitHub refuses a step summary above 1 MiB; with these caps a page of every requirement stays far below it.
_DETAILED = 30
_FINDINGS = 5
_LISTED = 100

_NOT_PASSING = (*BROKEN, Verdict.WARN, Verdict.WAIVED, Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE)


def _head(report: Report) -> Iterator[str]:
    header = report.header
    yield f"# {_prose(verdict_sentence(report))}"
    if broken_off := interruption(report):
        yield f"> **{_code(broken_off)}**"
    yield f"**{_prose(report.headline())}**"
    yield from (f"> {_code(diagnosis)}" for diagnosis in report.diagnoses)
    yield (
        f"Partner {_code(header.partner)}, platform description {_code(header.platform)}, "
        f"{_prose(instant(header.started_at))}, {seconds(report.duration)}, "
        f"kit {_prose(header.kit)}, seed {header.seed}{f', plan {_code(report.plan)}' if report.plan else ''}."
    )


def _table(report: Report) -> Iterator[str]:
    rows = [r for verdict in _NOT_PASSING for r in report.requirements if r.verdict is verdict]
    if not rows:
        return
    yield "## Not passed"
    lines = ["| id | level | requirement | verdict | why |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {_prose(r.requirement.id)} | {r.level} | {_prose(r.requirement.title)} "
        f"| {words(r.verdict)}, {share(r)} | {_code(why(r))} |"
        for r in rows
    ]
    yield "\n".join(lines)


def _finding(finding: Finding) -> str:
    lines = [f"- expected: {_code(finding.expected)}", f"- actual: {_code(finding.actual)}"]
    if finding.hint:
        lines.append(f"- hint: {_code(finding.hint)}")
    return "\n".join(lines)


def _failure(group: Group) -> Iterator[str]:
    requirement = group.result.requirement
    yield f"### {_prose(group.verdict)} {_prose(group.name)}: {_prose(requirement.title)}"
    findings = list(dict.fromkeys(_finding(finding) for item in group.items for finding in item.findings))
    lines = findings[:_FINDINGS]
    if group.reason or not lines:
        lines.insert(0, f"- why: {_code(group.reason) or 'no reason is given'}")
    if len(findings) > _FINDINGS:
        lines.append(f"- and {named(len(findings) - _FINDINGS, 'more finding')}, see report.html")
    if requirement.remedy:
        lines.append(f"- remedy: {_prose(requirement.remedy)}")
    if rerun := next((item.rerun for item in group.items if item.rerun), ""):
        lines.append(f"- run it again: {_code(rerun, limit=2000)}")
    yield "\n".join(lines)


def _failures(report: Report) -> Iterator[str]:
    failing = list(groups(report, *BROKEN))
    if failing:
        yield "## Failures"
    for group in failing[:_DETAILED]:
        yield from _failure(group)
    if len(failing) > _DETAILED:
        yield f"And {named(len(failing) - _DETAILED, 'more failure')}, see report.html."


def _list(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    yield f"## {title}"
    shown = lines[:_LISTED]
    if len(lines) > _LISTED:
        shown.append(f"- and {len(lines) - _LISTED} more, see report.json")
    yield "\n".join(shown)


def _assumption(assumption: Assumption) -> str:
    confirmed = "confirmed" if assumption.confirmed else "not confirmed"
    return f"- {_code(assumption.at)} = {_code(assumption.value)} ({confirmed}): {_prose(assumption.reason)}"


def _waiver(use: WaiverUse) -> str:
    """What stands in the file of the operator is shown like text of a partner."""
    waiver = use.waiver
    who = f"until {_prose(waiver.expires)} by {_code(waiver.owner)}"
    without = f"; without it {words(use.verdict)}" if use.verdict else ""
    return f"- {_code(waiver.requirement)} {who}: {_code(waiver.reason)} ({use.state}{without})"


def _blocks(report: Report) -> Iterator[str]:
    yield from _head(report)
    yield from _table(report)
    yield from _failures(report)
    yield from _list(
        "What the platform does not say",
        [_assumption(assumption) for assumption in report.assumptions],
    )
    yield from _list("Waivers", [_waiver(use) for use in report.waivers])
    yield from _list("What did not run", [f"- {_code(item.name)}" for item in report.not_run])


def render(report: Report) -> str:
    """The summary as GitHub-flavoured Markdown."""
    return uncommanding("\n\n".join(_blocks(report)) + "\n")
