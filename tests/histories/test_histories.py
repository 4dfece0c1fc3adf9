"""What holds of every history: a correct partner never fails, and one that breaks a requirement never passes it.

`CONFORMANCE_HISTORIES` says how many of each are tried; a release tries 10,000.
"""

from __future__ import annotations

import os
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conformance.catalogue import shipped_catalogue
from conformance.report import ItemResult
from conformance.requirement import Evidence
from conformance.verdict import Level, Verdict
from histories.history import (
    PLATFORMS,
    History,
    busier,
    every_fault,
    faults,
    repeated,
    results,
    valid_histories,
    violated_histories,
)
from histories.transforms import margins, renamed, retimed, slowed

# A history is a whole run; what a failure needs is printed all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
EXAMPLES: Final = int(os.environ.get("CONFORMANCE_HISTORIES", "300"))
BROKEN: Final = frozenset({Verdict.FAIL, Verdict.WARN})
WRONG: Final = frozenset({*BROKEN, Verdict.ERROR, Verdict.FLAKY, Verdict.NOT_RUN})
# Pauses between tries are counted in seconds, whatever the limits of a platform are.
IN_SECONDS: Final = frozenset({"FET-05", "FET-06", "FET-10"})


def tried(examples: int) -> settings:
    """So many histories, the same in every run."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


EVERY: Final = tried(EXAMPLES)
SOME: Final = tried(max(1, EXAMPLES // 4))
ANY: Final = st.one_of(valid_histories(), violated_histories())


def items_of(history: History) -> dict[tuple[str, str, str], ItemResult]:
    """What each item of a history came to, by requirement, story and parameter."""
    found = [item for result in results(history).values() for item in result.items]
    planned = sorted(history.items, key=lambda item: history.header.requirements.index(item.requirement))
    return {(p.requirement, p.story, p.parameter): item for p, item in zip(planned, found, strict=True)}


def told(history: History) -> list[str]:
    """What a reader sees of the items that are broken, in error, or in doubt."""
    return [
        f"{item.name}: {item.verdict} {item.reason} {[(f.expected, f.actual, f.exchanges) for f in item.findings]}"
        for item in items_of(history).values()
        if item.verdict in WRONG
    ]


def fault_of(history: History) -> ItemResult:
    """What the item came to that looks at the one thing that is wrong."""
    fault = history.fault
    assert fault is not None  # only histories with a fault are asked for it
    found = items_of(history)
    return found.get((fault.requirement, fault.story, fault.parameter)) or found[fault.requirement, "", ""]


def faulty(history: History) -> tuple[Verdict, str]:
    """The verdict on what is wrong, and why."""
    item = fault_of(history)
    return item.verdict, item.reason


def verdicts(history: History) -> dict[tuple[str, str, str], Verdict]:
    """The verdict on each item."""
    return {name: item.verdict for name, item in items_of(history).items()}


@EVERY
@given(valid_histories())
def test_a_correct_partner_never_fails(history: History) -> None:
    """Whatever its manner, no requirement fails, warns, errs or flickers."""
    assert [] == told(history)


@EVERY
@given(violated_histories())
def test_what_is_broken_never_passes(history: History) -> None:
    """A partner that had the kit to itself is found out; where stories overlapped the question may stay open."""
    verdict, reason = faulty(history)

    assert verdict in BROKEN or (not history.alone and verdict is Verdict.NOT_ASSESSABLE), reason


def test_every_fault_is_found() -> None:
    """Each requirement, in several of the ways in which it can be broken."""
    missed = [(history.fault, *faulty(history)) for history in every_fault(6) if faulty(history)[0] not in BROKEN]

    assert [] == missed


@SOME
@given(violated_histories(overlapping=True), st.integers(0, 2**32))
def test_what_is_broken_again_alone_stays_broken(history: History, seed: int) -> None:
    """Seen while stories overlapped, and twice more alone: no load excuses it; its weight alone may be in doubt."""
    verdict, reason = faulty(repeated(history, seed, broken=True))

    assert verdict in {*BROKEN, Verdict.FLAKY}, reason


@SOME
@given(violated_histories(overlapping=True), st.integers(0, 2**32))
def test_what_load_can_explain_fails_nobody(history: History, seed: int) -> None:
    """What was missing or late while stories overlapped, and not alone, is load; what was done is not passed over."""
    before = fault_of(history)
    deed = any(finding.evidence is Evidence.DEED for finding in before.findings)
    after = fault_of(repeated(history, seed, broken=False))

    assert after.verdict not in ({Verdict.PASS} if deed else BROKEN), after.reason


def test_every_requirement_is_broken_in_some_history() -> None:
    """All but those that are for information only."""
    broken = {name for platform in PLATFORMS for name in faults(platform)}
    judged = {r.id for r in shipped_catalogue().requirements.values() if r.level is not Level.INFORMATIVE}

    assert set() == judged - broken


@SOME
@given(ANY)
def test_no_verdict_hangs_on_names(history: History) -> None:
    """Objects, events and operations may have any ids."""
    assert verdicts(history) == verdicts(renamed(history))


@SOME
@given(ANY, st.sampled_from((0.5, 1024.0, 86_400.0)))
def test_no_verdict_hangs_on_the_hour(history: History, later: float) -> None:
    """A run may begin at any time of its clock."""
    assert verdicts(history) == verdicts(retimed(history, lambda moment: moment + later))


@SOME
@given(ANY, st.sampled_from((2.0, 3.0, 10.0)))
def test_limits_and_times_grow_together(history: History, times: float) -> None:
    """What is slower by as much as the limits are longer is judged alike, but for what is counted in seconds."""
    before = verdicts(history)
    with margins(times):
        after = verdicts(slowed(history, times))

    assert [] == [(name, v, after[name]) for name, v in before.items() if v is not after[name] and _is_scaled(name)]


def _is_scaled(name: tuple[str, str, str]) -> bool:
    return name[0] not in IN_SECONDS


@SOME
@given(ANY, st.integers(0, 2**32))
def test_unrelated_traffic_changes_nothing(history: History, seed: int) -> None:
    """Another story, beside or after, decides no item but its own."""
    before, after = verdicts(history), verdicts(busier(history, seed))

    assert [] == [(name, v, after[name]) for name, v in before.items() if v is not after[name] and _is_own(name, v)]


def _is_own(name: tuple[str, str, str], verdict: Verdict) -> bool:
    """Whether an item cannot be decided by what is added: one of the whole run that was open may be, and pass."""
    return bool(name[1]) or verdict is not Verdict.NOT_ASSESSABLE
