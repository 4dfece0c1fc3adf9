"""A waiver: who accepts until when that a requirement is not met, and what became of it in a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.verdict import Verdict

__all__ = ["Waiver", "WaiverState", "WaiverUse"]


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver; `expires` is the last day on which it counts, ISO 8601."""

    requirement: str
    reason: str
    owner: str
    expires: str

    def expired(self, today: str) -> bool:
        """Whether it no longer counts; `today` is a date or a time, ISO 8601."""
        return today[:10] > self.expires


class WaiverState(StrEnum):
    """What became of a waiver; only an applied one changes a verdict."""

    APPLIED = "applied"
    EXPIRED = "expired"
    NOT_ALLOWED = "not allowed"
    NOT_NEEDED = "not needed"
    NOT_COVERED = "covers no such verdict"
    UNDECIDED = "not decided by this run"


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver, what became of it, and the verdict without it: None where the requirement was not judged."""

    waiver: Waiver
    state: WaiverState
    verdict: Verdict | None
