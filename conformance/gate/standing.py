"""How the partner stands: which requirements that have to hold are broken, and which have no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from conformance.catalogue import Catalogue
from conformance.gate.decision import Answer, Check, Outcome
from conformance.gate.policy import Policy
from conformance.gate.terms import accepted
from conformance.report import Report, RequirementResult
from conformance.reporting.wording import why, words
from conformance.verdict import Level, Verdict
from conformance.waiver import WaiverState

__all__ = ["Standing", "standing"]

_PROVEN: Final = frozenset({Verdict.PASS, Verdict.WARN})
_OPEN: Final = frozenset({Verdict.ERROR, Verdict.FLAKY, Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE})


@dataclass(frozen=True, slots=True)
class Standing:
    """The requirements by what became of them, each with a line that says why."""

    failed: tuple[tuple[str, str], ...]
    unproven: tuple[tuple[str, str], ...]
    headline: str

    def check(self) -> Check:
        """The check of the requirements; what failed comes before what has no answer."""
        if self.failed:
            told = tuple(line for _, line in (*self.failed, *self.unproven))
            return Check("requirements", Answer.NO, told, Outcome.FAILS)
        if self.unproven:
            return Check("requirements", Answer.NO, tuple(line for _, line in self.unproven), Outcome.INCOMPLETE)
        return Check("requirements", Answer.OK, (self.headline,))


def standing(report: Report, policy: Policy, catalogue: Catalogue, now: datetime) -> Standing:
    """What the verdicts of a report, judged anew, mean under a policy."""
    found = {r.requirement.id: _verdict(r, report, policy, now) for r in report.requirements}
    results = {r.requirement.id: r for r in report.requirements}
    failed, unproven = [], []
    for name, result in results.items():
        verdict = found[name]
        if result.level not in policy.levels:
            continue
        if verdict is Verdict.FAIL or (verdict is Verdict.WARN and Level.SHOULD in policy.levels):
            failed.append((name, _line(result, verdict)))
        elif verdict in _OPEN and not (verdict is Verdict.NOT_ASSESSABLE and name in policy.not_assessable):
            unproven.append((name, _line(result, verdict)))
    told = {name for name, _ in (*failed, *unproven)}
    demanded = _demanded(report.requirements, found, policy, catalogue)
    unproven += [(name, line) for name, line in demanded if name not in told]
    if not any(found[name] in _PROVEN for name, r in results.items() if r.level is Level.MUST):
        unproven.append(("", "nothing is proven: no MUST requirement was shown to be met"))
    return Standing(tuple(failed), tuple(unproven), report.headline())


def _verdict(result: RequirementResult, report: Report, policy: Policy, now: datetime) -> Verdict:
    """A verdict, or the one without the waiver where the waiver does not count here."""
    for use in report.waivers:
        if use.waiver.requirement == result.requirement.id and use.state is WaiverState.APPLIED:
            return result.verdict if accepted(use, policy, now) or use.verdict is None else use.verdict
    return result.verdict


def _line(result: RequirementResult, verdict: Verdict) -> str:
    reason = why(result)
    named = f"{words(verdict)} {result.requirement.id}, {result.requirement.title}"
    return f"{named}: {reason}" if reason else named


def _demanded(
    results: tuple[RequirementResult, ...], found: Mapping[str, Verdict], policy: Policy, catalogue: Catalogue
) -> Iterator[tuple[str, str]]:
    """What the policy wants proven by name, and is not."""
    for wanted in policy.proven:
        if wanted not in catalogue.chapters:
            verdict = found.get(wanted, Verdict.NOT_RUN)
            if verdict not in _PROVEN:
                yield wanted, f"{wanted} has to be proven, and is {words(verdict)}"
            continue
        names = [r.requirement.id for r in results if r.requirement.chapter == wanted]
        if not any(found[name] in _PROVEN for name in names):
            yield "", f"nothing of {wanted!r} is proven"
