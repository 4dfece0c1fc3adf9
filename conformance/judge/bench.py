"""All judges together: importing this module fills the register."""

from __future__ import annotations

from conformance.judge import (
    acknowledging,
    authenticity,
    correlation,
    correlation_headers,
    duplicates,
    fetching,
    genuine,
    http_forms,
    leaks,
    ordering,
    own_objects,
    payloads,
    poison,
    redeliveries,
    refusals,
    replays,
    retries,
    subscriptions,
)
from conformance.judge.binding import JUDGES, Judge

__all__ = ["judges_of"]

_CHAPTERS = (
    acknowledging,
    authenticity,
    correlation,
    correlation_headers,
    duplicates,
    fetching,
    genuine,
    http_forms,
    leaks,
    ordering,
    own_objects,
    payloads,
    poison,
    redeliveries,
    refusals,
    retries,
    replays,
    subscriptions,
)


def judges_of(requirement: str) -> tuple[Judge, ...]:
    """The judges bound to a requirement."""
    return tuple(judge for judge in JUDGES if judge.requirement == requirement)
