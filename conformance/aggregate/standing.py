"""How one partner stands on one platform, as its report claims, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conformance.verdict import Level, RunVerdict, Verdict

__all__ = ["Judged", "Standing", "Unread"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A requirement and its verdict."""

    id: str
    level: Level
    title: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one report says; `gate` is the decision that lies beside it about this very report, empty where none does.

    `name` is that of the partner's folder: URLs of partners in pipelines are all alike.
    """

    name: str
    place: str
    platform: str
    title: str
    partner: str
    verdict: RunVerdict
    headline: str
    kit: str
    started_at: str
    gate: str
    sha256: str
    requirements: tuple[Judged, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Who stands where."""
        return self.name, self.platform

    @property
    def began(self) -> datetime:
        """When the run began."""
        moment = datetime.fromisoformat(self.started_at)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    def age(self, now: datetime) -> timedelta:
        """How long ago the run began; negative for one that says that it is yet to come."""
        return now - self.began

    def having(self, *verdicts: Verdict) -> frozenset[str]:
        """The ids of the requirements with one of these verdicts."""
        return frozenset(judged.id for judged in self.requirements if judged.verdict in verdicts)


@dataclass(frozen=True, slots=True)
class Unread:
    """A report that is none, and why."""

    place: str
    why: str
