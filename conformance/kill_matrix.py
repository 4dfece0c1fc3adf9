"""Defects against requirements: what each single defect of the reference partner was caught by. Plain data.

The matrix is the proof that verdicts are true: a defect that nothing catches, or that only another requirement than
the one named for it catches, is a fault of the kit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean

from conformance.verdict import Level, Verdict

__all__ = ["CAUGHT", "KillMatrix", "Trial"]

# What counts as caught: a MUST fails, a SHOULD warns.
CAUGHT = frozenset({Verdict.FAIL, Verdict.WARN})
# What may not be said of a partner without a defect.
_SPOTS = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.FLAKY, Verdict.ERROR, Verdict.NOT_RUN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One run of the reference partner: with a defect, or without any when `defect` is empty.

    `verdicts` holds every requirement that was judged; `error` says why there was no run.
    """

    defect: str
    sentence: str
    requirement: str
    platform: str
    seconds: float
    verdicts: Mapping[str, Verdict]
    error: str = ""

    @property
    def killed(self) -> bool:
        """Whether the requirement named for the defect caught it."""
        return self.verdicts.get(self.requirement) in CAUGHT

    @property
    def others(self) -> tuple[str, ...]:
        """The other requirements that caught it too."""
        return tuple(n for n, verdict in self.verdicts.items() if verdict in CAUGHT and n != self.requirement)

    @property
    def spots(self) -> tuple[str, ...]:
        """The requirements that are not clean."""
        return tuple(n for n, verdict in self.verdicts.items() if verdict in _SPOTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillMatrix:
    """All trials of a self-test; `clean` are the runs without a defect, `musts` the MUST requirements that apply.

    With `named_only` each defect was judged by the requirement named for it alone: what else it trips is not known.
    """

    kit: str
    seed: int
    clean: tuple[Trial, ...]
    trials: tuple[Trial, ...]
    levels: Mapping[str, Level]
    musts: tuple[str, ...]
    seconds: float
    named_only: bool = False

    @property
    def survivors(self) -> tuple[Trial, ...]:
        """The defects that nothing caught, or that could not be tried."""
        return tuple(t for t in self.trials if not t.killed and not t.others)

    @property
    def mistaken(self) -> tuple[Trial, ...]:
        """The defects that only another requirement than theirs caught."""
        return tuple(t for t in self.trials if not t.killed and t.others)

    @property
    def stained(self) -> tuple[Trial, ...]:
        """The runs without a defect in which something was held against the partner all the same."""
        return tuple(t for t in self.clean if t.spots or t.error)

    @property
    def unbroken(self) -> tuple[str, ...]:
        """The MUST requirements that no defect breaks."""
        named = {t.requirement for t in self.trials if t.killed}
        return tuple(name for name in self.musts if name not in named)

    @property
    def others_on_average(self) -> float:
        """How many other requirements a defect of a MUST trips, on average."""
        return mean([len(t.others) for t in self.trials if self.levels.get(t.requirement) is Level.MUST] or [0])

    @property
    def proves(self) -> bool:
        """Whether every defect was caught by its requirement, every MUST by a defect, and nothing else by anything."""
        return not (self.survivors or self.mistaken or self.stained or self.unbroken)
