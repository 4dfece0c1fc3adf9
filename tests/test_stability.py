"""The script of the stability record counts what flips, and what is merely left open."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def stability() -> ModuleType:
    """The script as a module."""
    path = Path(__file__).parents[1] / "benchmarks" / "stability.py"
    spec = importlib.util.spec_from_file_location("stability", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["stability"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_verdict_that_is_decided_differently_flips(stability: ModuleType) -> None:
    """What is left open in one run and decided in the other does not, and is told apart."""
    first = {"ACK-01": "PASS", "ACK-02": "PASS", "ACK-03": "PASS", "SIG-14": "NOT_ASSESSABLE"}
    second = {"ACK-01": "PASS", "ACK-02": "WARN", "ACK-03": "NOT_ASSESSABLE", "SIG-14": "NOT_ASSESSABLE"}
    found = stability.tally([stability.Record(1, first), stability.Record(1, second), stability.Record(2, first)])

    assert found.flipped == ("ACK-02 (PASS 2, WARN 1)",)
    assert found.left_open == ("ACK-03 (NOT_ASSESSABLE 1, PASS 2)",)
    assert sorted(found.digests.values()) == [1, 2]


def test_runs_that_agree_have_one_digest(stability: ModuleType) -> None:
    """Whatever their seeds."""
    found = stability.tally([stability.Record(seed, {"ACK-01": "PASS"}) for seed in (1, 2)])

    assert ((), ()) == (found.flipped, found.left_open)
    assert len(found.digests) == 1
