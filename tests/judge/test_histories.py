"""What an item comes to over every history of its rounds is what is kept."""

from __future__ import annotations

import pytest

from conformance.transcript import Transcript
from judge.rounds import histories, told_of
from judge.tellings import kept

HISTORIES = tuple(histories())


@pytest.mark.parametrize(("name", "requirement", "told"), HISTORIES, ids=[name for name, _, _ in HISTORIES])
def test_a_history_comes_to_what_is_kept(name: str, requirement: str, told: Transcript) -> None:
    """`PYTHONPATH=tests python -m judge.tellings` writes it; read what it changes."""
    assert kept()[name] == told_of(requirement, told)


def test_no_failure_is_forgotten_over_its_rounds() -> None:
    """An item that was seen to break a rule by a deed never passes, whatever comes of it alone."""
    bad = [lines[0] for name, lines in kept().items() if name.startswith(("rounds: bad", "rounds: forgery: taken"))]

    assert 80 < len(bad)
    assert [] == [line for line in bad if line.startswith(("PASS", "NOT"))]


def test_no_item_fails_by_what_came_once_beside_others() -> None:
    """What load may excuse fails only where it comes again alone."""
    late = {name: lines[0] for name, lines in kept().items() if name.startswith("rounds: late beside others")}
    failed = [name for name, line in late.items() if line.startswith("FAIL")]

    assert [] == [name for name in failed if not {"late", "bad"} & set(name.partition("then ")[2].split())]
