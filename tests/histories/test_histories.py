"""What holds of every history: a correct partner never fails, and a partner that breaks a requirement never passes it."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings

from conformance.catalogue import shipped_catalogue
from conformance.verdict import Level, Verdict
from histories.history import History, PLATFORMS, faults, results, valid_histories, violated_histories

EXAMPLES: Final = int(os.environ.get("CONFORMANCE_HISTORIES", "300"))
EVERY: Final = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
BROKEN: Final = frozenset({Verdict.FAIL, Verdict.WARN})


def told(history: History) -> list[str]:
    """What a reader sees of the items that are broken, in error or in doubt."""
    shown = {*BROKEN, Verdict.ERROR, Verdict.FLAKY}
    return [
        f"{item.name}: {item.verdict} {item.reason} {[(f.expected, f.actual, f.exchanges) for f in item.findings]}"
        for result in results(history).values()
        for item in result.items
        if item.verdict in shown
    ]


@EVERY
@given(valid_histories())
def test_a_correct_partner_never_fails(history: History) -> None:
    """Whatever its manner is, no requirement fails, warns, errs or flickers."""
    assert [] == told(history)


@EVERY
@given(violated_histories())
def test_what_is_broken_never_passes(history: History) -> None:
    """A partner that had the kit to itself is found out; one that was judged while stories overlapped is not passed."""
    assert history.fault is not None
    result = results(history)[history.fault.requirement]
    item = next(
        (i for i, p in zip(result.items, [x for x in history.items if x.requirement == result.requirement.id])
         if (p.story, p.parameter) in {(history.fault.story, history.fault.parameter), ("", "")}), None)
    assert item is not None
    if history.alone:
        assert item.verdict in BROKEN, (history.fault, item.verdict, item.reason)
    assert result.verdict not in {Verdict.PASS, Verdict.NOT_APPLICABLE}, (history.fault, result.verdict, result.reason)


def test_every_must_is_broken_in_some_history() -> None:
    """No requirement that fails a partner is without a history that breaks it."""
    broken = {name for platform in PLATFORMS for name in faults(platform)}
    musts = {r.id for r in shipped_catalogue().requirements.values() if r.level is Level.MUST}

    assert set() == musts - broken
