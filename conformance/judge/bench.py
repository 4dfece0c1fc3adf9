"""All judges together: importing this module fills the register."""

from __future__ import annotations

from conformance.judge import (
    acknowledging,
    authenticity,
    batches,
    correlation,
    correlation_headers,
    duplicates,
    durability,
    exploration,
    fetching,
    forward,
    genuine,
    handshakes,
    http_forms,
    leaks,
    load,
    ordering,
    own_objects,
    payloads,
    poison,
    recovery,
    redeliveries,
    refusals,
    replays,
    retries,
    sizes,
    subscriptions,
    tenancy,
    texts,
    transport,
    values,
    wild_events,
)
from conformance.judge.binding import JUDGES, Judge

__all__ = ["judges_of"]

_CHAPTERS = (
    acknowledging,
    authenticity,
    batches,
    correlation,
    correlation_headers,
    duplicates,
    durability,
    exploration,
    fetching,
    genuine,
    forward,
    handshakes,
    http_forms,
    leaks,
    load,
    ordering,
    own_objects,
    payloads,
    poison,
    redeliveries,
    refusals,
    retries,
    replays,
    recovery,
    subscriptions,
    tenancy,
    transport,
    sizes,
    texts,
    values,
    wild_events,
)


def judges_of(requirement: str) -> tuple[Judge, ...]:
    """The judges bound to a requirement."""
    return tuple(judge for judge in JUDGES if judge.requirement == requirement)
