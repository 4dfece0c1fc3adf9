"""What a gate decides, and why: checks with their answers, and the one rule that joins them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.assurance import Assurance

__all__ = ["Answer", "Check", "Decision", "Evidence", "Outcome"]


class Outcome(StrEnum):
    """What a gate decides, worst first: the order of the members is the order in which they join."""

    REFUSED = "refused"
    FAILS = "fails"
    INCOMPLETE = "incomplete"
    CONFORMS = "conforms"


_RANK: Final = {outcome: rank for rank, outcome in enumerate(Outcome)}


class Answer(StrEnum):
    """What came of a check."""

    OK = "ok"
    NO = "no"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a gate looked at; `reasons` say what it saw, `otherwise` what a "no" makes of the decision."""

    name: str
    answer: Answer
    reasons: tuple[str, ...]
    otherwise: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a decision is about: the files by their digests, and what the run says of itself."""

    report: str
    journal: str
    partner: str = ""
    platform: str = ""
    title: str = ""
    kit: str = ""
    started_at: str = ""
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """All checks of a gate; `failed` and `unproven` are ids of requirements, `proven` is what an attestation proves."""

    evidence: Evidence
    checks: tuple[Check, ...]
    failed: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    proven: Assurance | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst of what the checks that were answered with "no" make of it."""
        wrong = (check.otherwise for check in self.checks if check.answer is Answer.NO)
        return min(wrong, key=_RANK.__getitem__, default=Outcome.CONFORMS)
