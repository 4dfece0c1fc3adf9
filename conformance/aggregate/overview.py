"""What many standings say together; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from conformance.aggregate.standing import Standing, Unread
from conformance.verdict import Level, RunVerdict, Verdict

__all__ = ["Change", "Overview", "Tally", "overview"]

_PROVEN: Final = (Verdict.PASS, Verdict.WARN)
_BROKEN: Final = (Verdict.FAIL,)
_OPEN: Final = (Verdict.ERROR, Verdict.FLAKY, Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE)
_ORDER: Final = (RunVerdict.FAILS, RunVerdict.INCOMPLETE, RunVerdict.CONFORMS)


@dataclass(frozen=True, slots=True)
class Tally:
    """A requirement, the partners that break it or leave it open, and of how many that it applies to."""

    id: str
    level: Level
    title: str
    partners: tuple[str, ...]
    applies_to: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise than last time; `before` and `after` are empty for who was not there."""

    name: str
    platform: str
    before: str
    after: str
    broken: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The newest standing of each partner on each platform, worst first, and what they have in common."""

    made_at: datetime
    stale_after: timedelta
    standings: tuple[Standing, ...]
    failing: tuple[Tally, ...]
    unproven: tuple[Tally, ...]
    changes: tuple[Change, ...]
    kits: Mapping[str, int]
    unread: tuple[Unread, ...]

    @property
    def counts(self) -> dict[RunVerdict, int]:
        """How many standings have each verdict, worst first."""
        return {verdict: sum(standing.verdict is verdict for standing in self.standings) for verdict in _ORDER}

    def old(self, standing: Standing) -> str:
        """What to say of the age of a run, if anything."""
        age = standing.age(self.made_at)
        if age < -timedelta(minutes=10):
            return "from the future"
        return "old" if age > self.stale_after else ""

    def headline(self) -> str:
        """How many conform, in one sentence."""
        total = len(self.standings)
        gated = sum(s.verdict is RunVerdict.CONFORMS and s.gate == RunVerdict.CONFORMS for s in self.standings)
        say = "report says" if total == 1 else "reports say"
        words = f"{self.counts[RunVerdict.CONFORMS]} of {total} {say} that the partner conforms"
        return f"{words}, {gated} of them with a gate that says so too"


def overview(
    found: Iterable[Standing],
    unread: tuple[Unread, ...],
    *,
    previous: Iterable[Standing] | None,
    now: datetime,
    stale_after: timedelta,
    titles: Mapping[str, str],
) -> Overview:
    """The newest of what was found, held against the `previous` overview, or against the report before it.

    `titles` are those of the kit, by id: no report words a requirement for the others.
    """
    generations: dict[tuple[str, str], list[Standing]] = {}
    for standing in sorted(found, key=lambda s: s.began):
        generations.setdefault(standing.key, []).append(standing)
    newest = {key: each[-1] for key, each in generations.items()}
    if previous is None:
        before = {key: each[-2] for key, each in generations.items() if len(each) > 1}
        changes = [_change(before[key], newest[key]) for key in sorted(before)]
    else:
        before = {standing.key: standing for standing in previous}
        changes = [_change(before.get(key), newest.get(key)) for key in sorted({*before, *newest})]
    current = sorted(newest.values(), key=lambda s: (_ORDER.index(s.verdict), -len(s.having(*_BROKEN)), s.key))
    return Overview(
        made_at=now,
        stale_after=stale_after,
        standings=tuple(current),
        failing=_tallies(current, _BROKEN, titles),
        unproven=_tallies(current, _OPEN, titles),
        changes=tuple(change for change in changes if change is not None),
        kits=dict(sorted(Counter(standing.kit for standing in current).items())),
        unread=unread,
    )


def _tallies(
    standings: Iterable[Standing], verdicts: tuple[Verdict, ...], titles: Mapping[str, str]
) -> tuple[Tally, ...]:
    """The requirements with these verdicts, those of most partners first."""
    having: dict[str, dict[str, None]] = {}
    applying: Counter[str] = Counter()
    stated: dict[str, tuple[Level, str]] = {}
    for standing in standings:
        for judged in standing.requirements:
            applying[judged.id] += judged.verdict is not Verdict.NOT_APPLICABLE
            if judged.verdict in verdicts and judged.level is not Level.INFORMATIVE:
                stated.setdefault(judged.id, (judged.level, titles.get(judged.id, judged.title)))
                having.setdefault(judged.id, {})[f"{standing.name} ({standing.platform})"] = None
    tallies = (Tally(id_, *stated[id_], tuple(names), applying[id_]) for id_, names in having.items())
    return tuple(sorted(tallies, key=lambda tally: (-len(tally.partners), tally.id)))


def _change(before: Standing | None, after: Standing | None) -> Change | None:
    """What is otherwise; None where nothing is."""
    if before is None and after is not None:
        return Change(*after.key, "", after.verdict)
    if before is not None and after is None:
        return Change(*before.key, before.verdict, "")
    assert before is not None
    assert after is not None
    change = Change(
        *after.key,
        before.verdict,
        after.verdict,
        broken=tuple(sorted(after.having(*_BROKEN) - before.having(*_BROKEN))),
        mended=tuple(sorted(after.having(*_PROVEN) & before.having(*_BROKEN))),
        lost=tuple(sorted(after.having(*_OPEN) & before.having(*_PROVEN))),
    )
    same = before.verdict is after.verdict and not (change.broken or change.mended or change.lost)
    return None if same else change
