"""Verdicts join by one rule, and only MUST requirements move the verdict of a run."""

from __future__ import annotations

import itertools

import pytest

from conformance.verdict import Level, RunVerdict, Verdict, join, run_verdict

WORST_FIRST = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.FLAKY,
    Verdict.NOT_RUN,
    Verdict.WARN,
    Verdict.WAIVED,
    Verdict.PASS,
    Verdict.NOT_ASSESSABLE,
    Verdict.NOT_APPLICABLE,
)
UNPROVEN = (Verdict.ERROR, Verdict.FLAKY, Verdict.NOT_RUN, Verdict.NOT_ASSESSABLE)


def test_the_order_names_every_verdict() -> None:
    """No verdict is without a place in the order."""
    assert set(Verdict) == set(WORST_FIRST)


@pytest.mark.parametrize(("worse", "better"), list(itertools.combinations(WORST_FIRST, 2)))
def test_the_worse_of_two_wins(worse: Verdict, better: Verdict) -> None:
    """Whatever the order in which they come."""
    assert worse is join((worse, better))
    assert worse is join((better, worse))


@pytest.mark.parametrize("verdict", Verdict)
def test_equals_join_to_themselves(verdict: Verdict) -> None:
    """One verdict, or the same twice, is that verdict."""
    assert verdict is join((verdict,))
    assert verdict is join((verdict, verdict))


def test_nothing_joined_did_not_run() -> None:
    """Silence is not a pass."""
    assert Verdict.NOT_RUN is join(())


def test_gates_read_the_verdict_of_a_run_in_these_words() -> None:
    """They stand in report.json."""
    assert ["conforms", "fails", "incomplete"] == [str(verdict) for verdict in RunVerdict]


def _run(*verdicts: Verdict, level: Level = Level.MUST) -> RunVerdict:
    return run_verdict({f"REQ-{n}": (level, verdict) for n, verdict in enumerate(verdicts)})


@pytest.mark.parametrize("proven", [Verdict.PASS, Verdict.WARN])
def test_what_is_proven_conforms(proven: Verdict) -> None:
    """A warning does not stand in the way, nor does what does not apply or is waived."""
    assert RunVerdict.CONFORMS is _run(proven)
    assert RunVerdict.CONFORMS is _run(proven, Verdict.NOT_APPLICABLE, Verdict.WAIVED)


@pytest.mark.parametrize("other", Verdict)
def test_a_failed_must_fails_the_run(other: Verdict) -> None:
    """Whatever else is known."""
    assert RunVerdict.FAILS is _run(other, Verdict.FAIL)


@pytest.mark.parametrize("unproven", UNPROVEN)
def test_an_unproven_must_leaves_the_run_incomplete(unproven: Verdict) -> None:
    """A pass of another requirement does not prove this one."""
    assert RunVerdict.INCOMPLETE is _run(Verdict.PASS, unproven)


@pytest.mark.parametrize("nothing", [(), (Verdict.NOT_APPLICABLE,), (Verdict.WAIVED,)])
def test_nothing_proven_never_conforms(nothing: tuple[Verdict, ...]) -> None:
    """A run without a proof is incomplete."""
    assert RunVerdict.INCOMPLETE is _run(*nothing)


@pytest.mark.parametrize("level", [Level.SHOULD, Level.MAY, Level.INFORMATIVE])
@pytest.mark.parametrize("verdict", Verdict)
def test_only_must_moves_the_verdict(level: Level, verdict: Verdict) -> None:
    """A recommendation neither fails a run nor proves it."""
    must = {"REQ-0": (Level.MUST, Verdict.PASS)}

    assert RunVerdict.CONFORMS is run_verdict({**must, "REQ-1": (level, verdict)})
    assert RunVerdict.INCOMPLETE is _run(verdict, level=level)
