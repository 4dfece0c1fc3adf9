"""What is demanded, and what was found instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.verdict import Level

__all__ = ["Evidence", "Finding", "Inapplicable", "Remark", "Requirement", "Source", "Unassessable"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a requirement comes from."""

    name: str
    section: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One numbered requirement, as `schemas/requirements.yaml` states it."""

    id: str
    chapter: str
    level: Level
    title: str
    statement: str
    why: str
    seen_by: str
    allowed: tuple[str, ...]
    remedy: str
    applies_when: tuple[str, ...]
    needs_control: tuple[str, ...]
    sources: tuple[Source, ...]


class Evidence(StrEnum):
    """What kind of fact proves a finding.

    Load can excuse what is missing or late; it excuses no deed. What a partner also does unasked may have come by
    chance: it proves something where it comes again.
    """

    DEED = "something happened that must not"
    ABSENCE = "something did not happen, or not in time"
    CHANCE = "something happened that must not, and that the partner also does unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A departure from a requirement: what was expected, what was seen instead, and in which exchanges.

    `level` SHOULD makes a finding of a MUST requirement a warning; `rests_on` is the JSON pointer, in the platform
    description, of the value that the finding depends on.
    """

    expected: str
    actual: str
    exchanges: tuple[str, ...]
    evidence: Evidence = Evidence.ABSENCE
    level: Level = Level.MUST
    rests_on: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Unassessable:
    """A judge cannot decide; the reason says what is missing."""

    reason: str


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """A judge sees that the requirement does not ask anything of this partner; the reason says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a reader of a verdict must know and that does not change it."""

    text: str
