from __future__ import annotations

from typing import Final

import pytest

from gated import Recorded, recorded

# Recorded once in a process, also where each test has fixtures of its own (mutation_score.py).
_RECORDED: Final[list[Recorded]] = []


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A whole run of a correct partner, which a slow machine may have to try a second time."""
    if not _RECORDED:
        first = recorded(tmp_path_factory.mktemp("gated"))
        verdict = b'"verdict": "conforms"'
        good = verdict in first.files.report
        _RECORDED.append(first if good else recorded(tmp_path_factory.mktemp("gated-again")))
    return _RECORDED[0]
