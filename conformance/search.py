"""The search for a story that goes wrong, and for the shortest one that still does: Hypothesis plans, others play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from conformance.generate.drawing import backend, out_of_the_way
from conformance.tryout import Move, Step, simpler, telling

__all__ = ["Search", "Steps"]

Steps = tuple[Step, ...]
# So many steps a story has at most before it is shrunk, and so many objects.
_STEPS = 12
# So many stories more are played when the first that went wrong has been shortened.
_TRIES_AFTER = 25
_OBJECTS = 2
_PICK = st.integers(min_value=0, max_value=11)


@dataclass(slots=True, kw_only=True)
class Search:
    """One search. `play` plays a story and says what kind of thing went wrong in it, nothing where all went well.

    A story that has been played is not played again: what came of it counts. When `is_over` says so, whatever has not
    been played counts as well, so that the search ends with the shortest story up to then. `fetches` allows steps that
    delay and fail the partner's fetches, `restarts` those that kill it.

    The first story that goes wrong is shortened here, step by step, because each try takes a second and Hypothesis
    knows nothing of what a step is; Hypothesis then goes on from there, for a limited number of tries.
    """

    play: Callable[[Steps], str]
    is_over: Callable[[], bool]
    fetches: bool
    restarts: bool
    played: dict[Steps, str] = field(default_factory=dict)
    _left: int | None = None

    def run(self, *, examples: int, of: int) -> Steps | None:
        """The shortest story that was found among so many, and drawn from the seed `of`; None when all went well."""
        machine = seed(of)(type("Story", (_Story,), {"search": self}))
        try:
            with out_of_the_way():
                run_state_machine_as_test(
                    machine,
                    settings=settings(
                        max_examples=examples,
                        stateful_step_count=_STEPS,
                        deadline=None,
                        database=None,
                        phases=[Phase.generate, Phase.shrink],
                        suppress_health_check=list(HealthCheck),
                        verbosity=Verbosity.quiet,
                        report_multiple_bugs=False,
                        backend=backend(),
                    ),
                )
        except _WentWrong:
            failing = [steps for steps, wrong in self.played.items() if wrong]
            return min(failing, key=lambda s: (len(s), sum(step.move is Move.TOGETHER for step in s)))
        return None

    def outcome(self, steps: Steps) -> str:
        """What came of a story; the first one that goes wrong is shortened at once."""
        kind = self._outcome(telling(steps))
        if kind and self._left is None:
            self._shorten(telling(steps), kind)
            self._left = _TRIES_AFTER
        return kind

    def _outcome(self, steps: Steps) -> str:
        if not steps:
            return ""
        if steps not in self.played:
            if self._left == 0 or self.is_over():
                return ""
            self._left = None if self._left is None else self._left - 1
            self.played[steps] = self.play(steps)
        return self.played[steps]

    def _shorten(self, steps: Steps, kind: str) -> None:
        """Leave out one step after the other, with what depends on it, for as long as it goes wrong in the same way."""
        shorter = next((s for s in simpler(steps) if self._outcome(s) == kind), None)
        while shorter is not None:
            steps = shorter
            shorter = next((s for s in simpler(steps) if self._outcome(s) == kind), None)


class _WentWrong(Exception):
    """A story went wrong; each kind is a type of its own, so that shrinking does not slip from one to another."""


def _wrong(kind: str) -> type[_WentWrong]:
    return _KINDS.setdefault(kind, type(f"_WentWrong{kind.title()}", (_WentWrong,), {}))


_KINDS: dict[str, type[_WentWrong]] = {}


class _Story(RuleBasedStateMachine):
    """Writes a story down, step by step, and has it played when it is complete."""

    search: ClassVar[Search]

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.objects = 0
        self.events = 0
        self.owners: list[int] = []
        self.waiting: list[int] = []
        self.delivered: list[int] = []

    def teardown(self) -> None:
        steps = tuple(self.steps)
        kind = self.search.outcome(steps) if self.delivered else ""
        if kind:
            raise _wrong(kind)

    def _add(self, move: Move, number: int = 0) -> None:
        self.steps.append(Step(move, number))

    def _happened(self, about: int) -> None:
        self.owners.append(about)
        self.events += 1
        self.waiting.append(self.events)

    @precondition(lambda self: self.objects < _OBJECTS)
    @rule()
    def create(self) -> None:
        self.objects += 1
        self._add(Move.CREATE)
        self._happened(self.objects)

    @precondition(lambda self: self.objects)
    @rule(pick=_PICK)
    def change(self, pick: int) -> None:
        self._add(Move.CHANGE, pick % self.objects + 1)
        self._happened(pick % self.objects + 1)

    @precondition(lambda self: self.waiting)
    @rule(pick=_PICK)
    def deliver(self, pick: int) -> None:
        self._deliver(Move.DELIVER, pick)

    @precondition(lambda self: self.waiting)
    @rule(pick=_PICK)
    def deliver_together(self, pick: int) -> None:
        self._deliver(Move.TOGETHER, pick)

    def _deliver(self, move: Move, pick: int) -> None:
        number = self.waiting.pop(pick % len(self.waiting))
        self.delivered.append(number)
        self._add(move, number)

    @precondition(lambda self: self.delivered)
    @rule(pick=_PICK)
    def duplicate(self, pick: int) -> None:
        self._add(Move.DUPLICATE, self.delivered[pick % len(self.delivered)])

    @precondition(lambda self: self.delivered and self.steps[-1].move is not Move.WAIT)
    @rule()
    def wait(self) -> None:
        self._add(Move.WAIT)

    @precondition(lambda self: self.search.fetches and self.waiting)
    @rule(pick=_PICK)
    def delay(self, pick: int) -> None:
        self._add(Move.DELAY, pick % self.objects + 1)

    @precondition(lambda self: self.search.fetches and self.waiting)
    @rule(pick=_PICK)
    def change_meanwhile(self, pick: int) -> None:
        """A change that comes while the partner gets the object: four steps that would seldom come together."""
        at = pick % len(self.waiting)
        about = self.owners[self.waiting[at] - 1]
        self._add(Move.DELAY, about)
        self._deliver(Move.DELIVER, at)
        self._add(Move.CHANGE, about)
        self._happened(about)
        self._deliver(Move.DELIVER, len(self.waiting) - 1)

    @precondition(lambda self: self.search.fetches and self.waiting)
    @rule(pick=_PICK)
    def fail(self, pick: int) -> None:
        self._add(Move.FAIL, pick % self.objects + 1)

    @precondition(lambda self: self.search.restarts and self.delivered and not self._has(Move.RESTART))
    @rule()
    def restart(self) -> None:
        self._add(Move.RESTART)

    def _has(self, move: Move) -> bool:
        return any(step.move is move for step in self.steps)
