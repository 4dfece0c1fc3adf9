"""What a look at one thing came to, and what all of them together say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CHECKS", "Condition", "Examination", "State", "Symptom"]

# What is looked at, in this order.
CHECKS = ("settings", "platform", "partner", "tls", "endpoint", "clock", "secrets", "control", "calls")


class State(StrEnum):
    """How something is."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


class Condition(StrEnum):
    """What an examination says in one word."""

    READY = "ready"
    CONFIGURATION = "configuration"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """What was looked at, how it is, what was found, and what to do; `away` means that the partner is not reached."""

    check: str
    state: State
    found: str
    remedy: str = ""
    away: bool = False

    @classmethod
    def ok(cls, check: str, found: str, remedy: str = "") -> Symptom:
        """Nothing is in the way."""
        return cls(check=check, state=State.OK, found=found, remedy=remedy)

    @classmethod
    def problem(cls, check: str, found: str, remedy: str, *, away: bool = False) -> Symptom:
        """Something is in the way."""
        return cls(check=check, state=State.PROBLEM, found=found, remedy=remedy, away=away)

    @classmethod
    def unknown(cls, check: str, found: str, remedy: str = "") -> Symptom:
        """Nobody can tell, for the reason that is given."""
        return cls(check=check, state=State.UNKNOWN, found=found, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Examination:
    """All symptoms, in the order of the checks."""

    platform: str
    partner: str
    symptoms: tuple[Symptom, ...]

    @property
    def problems(self) -> tuple[Symptom, ...]:
        """What is in the way."""
        return tuple(each for each in self.symptoms if each.state is State.PROBLEM)

    @property
    def condition(self) -> Condition:
        """Ready, or what has to be mended first."""
        if any(each.away for each in self.problems):
            return Condition.UNREACHABLE
        return Condition.CONFIGURATION if self.problems else Condition.READY
