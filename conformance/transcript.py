"""A finished run as judges see it: plays of stories with their exchanges, on one clock, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from conformance.exchange import Asking, Call, Delivery, Exchange
from conformance.requirement import Requirement
from conformance.waiver import Waiver

__all__ = [
    "TRIES",
    "Ending",
    "Fingerprint",
    "Note",
    "Outcome",
    "Party",
    "PlannedItem",
    "Play",
    "Record",
    "RunEnd",
    "RunHeader",
    "Stall",
    "Transcript",
    "Wait",
    "plan_digest",
]


# The round of the plays that an exploration tries out: no verdict is made of them.
TRIES: Final = 3


class Outcome(StrEnum):
    """How a play of a story ended."""

    PLAYED = "played"
    NOT_ASSESSABLE = "not assessable"
    ERROR = "error"
    NOT_RUN = "not run"


class Ending(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"


class Party(StrEnum):
    """On whose machine a run took place, and whose key vouches for it."""

    PARTNER = "partner"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader:
    """What was run, by whom, with what: the first record of a journal.

    `settings` are shown to people; `description` is the whole platform description that judges need, as JSON text;
    `partly` are the requirements of which some items were not selected; `own` are the records, with the titles of their
    chapters, of those among the requirements that are not the kit's; `nonce` is what somebody gave so that this run can
    be told from earlier ones; `run_by` is on whose machine it ran, as its operator says.
    """

    kit: str
    started_at: str
    platform: str
    partner: str
    invocation: tuple[str, ...] = ("pytest",)
    selected: int = 0
    planned: int = 0
    seed: int
    offers: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    overrides: tuple[tuple[str, str], ...]
    description: str
    description_digest: str
    document_digest: str
    corpus_digest: str
    requirements: tuple[str, ...]
    shared_machine: bool = False
    waivers: tuple[Waiver, ...] = ()
    partly: tuple[str, ...] = ()
    own: tuple[Requirement, ...] = ()
    own_chapters: tuple[tuple[str, str], ...] = ()
    nonce: str = ""
    run_by: Party = Party.PARTNER


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One thing to be judged: a requirement, and the parameter of the story where there is one."""

    requirement: str
    parameter: str = ""
    story: str = ""
    told_apart_by: str = ""

    @property
    def name(self) -> str:
        """As it is shown and selected: `ACK-01[payout.paid]`."""
        words = "-".join(filter(None, (self.parameter, self.told_apart_by)))
        return f"{self.requirement}[{words}]" if words else self.requirement


def plan_digest(header: RunHeader, items: Iterable[PlannedItem]) -> str:
    """What names a plan: the kit, the description, the document, the events and the items, in their order."""
    content = {
        "kit": header.kit,
        "description": header.description_digest,
        "document": header.document_digest,
        "corpus": header.corpus_digest,
        "items": [item.name for item in items],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A wait of a story: for what, from when to when, how long it could have lasted, and whether it was rewarded."""

    play: str
    what: str
    started: float
    ended: float
    allowed: float
    rewarded: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A fact of a play that no exchange shows."""

    play: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Stall:
    """A stretch of time in which the kit itself did not get to run."""

    started: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One performance of a story. `round` 0 is the first one, 1 and 2 are repetitions alone, 3 is a try."""

    id: str
    story: str
    parameter: str
    round: int
    alone: bool
    started: float = 0.0
    ended: float = 0.0
    outcome: Outcome = Outcome.NOT_RUN
    reason: str = ""
    exchanges: tuple[Exchange, ...] = ()
    waits: tuple[Wait, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        """As it is shown: `announced-object[document]`."""
        return f"{self.story}[{self.parameter}]" if self.parameter else self.story

    def deliveries(self, *roles: str) -> tuple[Delivery, ...]:
        """The deliveries in these roles, all of them when none is named, in the order in which they began."""
        return tuple(e for e in self.exchanges if isinstance(e, Delivery) and (not roles or e.role in roles))

    def calls(self, does: str = "") -> tuple[Call, ...]:
        """The partner's calls, of one kind when it is named."""
        return tuple(e for e in self.exchanges if isinstance(e, Call) and (not does or e.does == does))

    def askings(self, call: str, about: str = "") -> tuple[Asking, ...]:
        """The kit's calls to the control endpoint of one kind, about one id when it is named."""
        return tuple(
            e for e in self.exchanges if isinstance(e, Asking) and e.call == call and (not about or e.about == about)
        )

    def note(self, name: str) -> str:
        """The text of the last note of that name, empty when there is none."""
        return next((note.text for note in reversed(self.notes) if note.name == name), "")

    def note_all(self, name: str) -> tuple[str, ...]:
        """The texts of all notes of that name."""
        return tuple(note.text for note in self.notes if note.name == name)

    def waited(self, what: str = "") -> float:
        """The longest wait, in seconds, for what is named."""
        return max((w.ended - w.started for w in self.waits if not what or w.what == what), default=0.0)


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last record of a journal that was closed properly.

    `lines` and `sha256` are those of all that stands before it in the file; the journal itself puts them there.
    """

    at: float
    ending: Ending
    reason: str = ""
    lines: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what the file of a journal is known: its SHA-256, and how many lines it has."""

    sha256: str
    lines: int

    @classmethod
    def of(cls, content: bytes) -> Fingerprint:
        """That of a file with this content."""
        return cls(hashlib.sha256(content).hexdigest(), content.count(b"\n"))


_OfPlay = TypeVar("_OfPlay", Exchange, Wait, Note)
Record: TypeAlias = RunHeader | PlannedItem | Play | Delivery | Call | Asking | Wait | Note | Stall | RunEnd


def _grouped(records: Iterable[_OfPlay]) -> defaultdict[str, list[_OfPlay]]:
    groups: defaultdict[str, list[_OfPlay]] = defaultdict(list)
    for record in records:
        if record.play is not None:
            groups[record.play].append(record)
    return groups


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that a run recorded; `journal` is by what its file is known, where there is one."""

    header: RunHeader
    items: tuple[PlannedItem, ...] = ()
    plays: tuple[Play, ...] = ()
    strays: tuple[Exchange, ...] = ()
    stalls: tuple[Stall, ...] = ()
    end: RunEnd | None = None
    journal: Fingerprint | None = field(default=None, compare=False)
    _by_id: dict[str, Exchange] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_records(cls, records: Iterable[Record], *, journal: Fingerprint | None = None) -> Transcript:
        """Put the records of a journal together; a play that never ended keeps the outcome NOT_RUN.

        Raises ValueError when the records hold no header.
        """
        found: defaultdict[type[Record], list[Any]] = defaultdict(list)
        for record in records:
            found[type(record)].append(record)
        if not found[RunHeader]:
            raise ValueError("the records hold no header")
        exchanges: list[Exchange] = [*found[Delivery], *found[Call], *found[Asking]]
        # A play is written when it begins and when it ends: the later record holds more.
        plays: dict[str, Play] = {play.id: play for play in found[Play]}
        exchanges.sort(key=lambda e: (e.started, e.id))
        exchanges_of = _grouped(exchanges)
        waits_of = _grouped(found[Wait])
        notes_of = _grouped(found[Note])
        filled = tuple(
            replace(
                play,
                exchanges=tuple(exchanges_of[play.id]),
                waits=tuple(waits_of[play.id]),
                notes=tuple(notes_of[play.id]),
            )
            for play in plays.values()
        )
        strays = tuple(e for e in exchanges if e.play not in plays)
        return cls(
            header=found[RunHeader][0],
            items=tuple(found[PlannedItem]),
            plays=filled,
            strays=strays,
            stalls=tuple(found[Stall]),
            end=next(iter(found[RunEnd]), None),
            journal=journal,
            _by_id={e.id: e for e in exchanges},
        )

    def exchange(self, exchange_id: str) -> Exchange | None:
        """The exchange of that id."""
        return self._by_id.get(exchange_id)

    def exchanges(self) -> Iterator[Exchange]:
        """All exchanges in the order in which they began."""
        return iter(sorted(self._by_id.values(), key=lambda e: (e.started, e.id)))
