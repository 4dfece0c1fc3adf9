"""What a run tells people and gates: plain data, rendered by `conformance.reporting`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from conformance.exchange import Exchange
from conformance.requirement import Finding, Requirement
from conformance.transcript import Ending, Fingerprint, Play, RunHeader
from conformance.verdict import Level, RunVerdict, Verdict
from conformance.waiver import WaiverUse

__all__ = ["FORMAT", "Assumption", "ItemResult", "Report", "RequirementResult"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that the platform does not publish: where it stands, what was taken, why, and if it was confirmed."""

    at: str
    value: str
    reason: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """The verdict of one item, with what proves it."""

    name: str
    parameter: str
    verdict: Verdict
    reason: str
    findings: tuple[Finding, ...]
    exchanges: tuple[str, ...]
    plays: tuple[str, ...]
    rerun: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementResult:
    """The verdict of one requirement, joined from its items; `level` is the one in force on this platform."""

    requirement: Requirement
    level: Level
    verdict: Verdict
    reason: str
    items: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A judged run.

    `diagnoses` say what most of its verdicts have in common, where there is such a thing; `plan` is the digest of what
    was planned; `journal` is by what the file is known that all of this was made of.
    """

    header: RunHeader
    title: str
    verdict: RunVerdict
    ending: Ending
    ending_reason: str
    duration: float
    requirements: tuple[RequirementResult, ...]
    chapters: tuple[tuple[str, str], ...]
    assumptions: tuple[Assumption, ...]
    waits: tuple[tuple[str, str], ...]
    plays: tuple[Play, ...]
    exchanges: tuple[Exchange, ...]
    diagnoses: tuple[str, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    plan: str = ""
    journal: Fingerprint | None = None

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many requirements have each verdict; all verdicts are named."""
        seen = Counter(result.verdict for result in self.requirements)
        return {verdict: seen[verdict] for verdict in Verdict}

    @property
    def not_run(self) -> tuple[ItemResult, ...]:
        """The items that did not run."""
        return tuple(i for r in self.requirements for i in r.items if i.verdict is Verdict.NOT_RUN)

    def headline(self) -> str:
        """The counts that matter, in one sentence: "41 of 52 MUST proven, 2 failed, 9 not assessable"."""
        applicable = [r for r in self.requirements if r.level is Level.MUST and r.verdict is not Verdict.NOT_APPLICABLE]
        seen = Counter(r.verdict for r in applicable)
        proven = seen[Verdict.PASS] + seen[Verdict.WARN]
        parts = [f"{proven} of {len(applicable)} MUST proven"]
        words = (
            (Verdict.FAIL, "failed"),
            (Verdict.ERROR, "broken by an error"),
            (Verdict.FLAKY, "flaky"),
            (Verdict.NOT_ASSESSABLE, "not assessable"),
            (Verdict.NOT_RUN, "not run"),
        )
        parts += [f"{seen[verdict]} {word}" for verdict, word in words if seen[verdict]]
        warned = sum(r.verdict is Verdict.WARN for r in self.requirements)
        if warned:
            parts.append(f"{warned} with warnings")
        waived = sum(r.verdict is Verdict.WAIVED for r in self.requirements)
        if waived:
            parts.append(f"{waived} waived")
        return ", ".join(parts)
