"""The errors of the kit, drawn as a tree; whoever catches one knows whose mistake it is.

ConformanceError            never raised itself
├── ConfigurationError      the operator's: settings, descriptions, documents, secrets
├── RunRefused              the operator's: this run cannot start or go on (port taken, folder in use, partner away)
├── NotReproducible         nobody's: what was recorded does not tell how to send the same again
├── NotAssessable           nobody's: a story cannot show what it is played for
├── ControlChannelError     the partner's control endpoint broke its contract
├── PlatformRefusal         the partner reports that the platform failed the call underneath (502, or raised by a hook)
└── JournalError            a journal that cannot be read as one
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ConfigurationError",
    "ConformanceError",
    "ControlChannelError",
    "JournalError",
    "NotAssessable",
    "NotReproducible",
    "PlatformRefusal",
    "Problem",
    "RunRefused",
]


class ConformanceError(Exception):
    """The base of all errors of the kit."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One configuration mistake: where it stands, what is wrong, and what to do."""

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"\n    {self.hint}" if self.hint else "")


class ConfigurationError(ConformanceError):
    """One or more configuration mistakes, all of them at once."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class RunRefused(ConformanceError):
    """A run that cannot start or go on; the text says what to do."""


class NotReproducible(ConformanceError):
    """A recorded delivery that cannot be sent again as it was; the text says why."""


class NotAssessable(ConformanceError):
    """A story that cannot show what it is played for; the text is the reason that the report gives."""


class ControlChannelError(ConformanceError):
    """The partner's control endpoint broke its contract (DNS, status, JSON, time)."""


class PlatformRefusal(ConformanceError):
    """The partner says that the platform failed the call underneath: its control endpoint by 502, its hook by this."""


class JournalError(ConformanceError):
    """A journal that cannot be read as one; the text names the line."""
