"""What every case is told in full: verdicts, reasons, findings with all that proves them, and what would be repeated.

`tellings.json` keeps it, so that no finding loses an exchange, a level or a word unseen; and it keeps the register of
judges beside it, so that none loses a story. A change that is meant is
written with `PYTHONPATH=tests python -m judge.tellings`, and then read in the difference.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from conformance.catalogue import shipped_catalogue
from conformance.judge.bench import judges_of
from conformance.judge.decision import doubts
from conformance.report import RequirementResult
from conformance.requirement import Finding
from conformance.transcript import Transcript

__all__ = ["REGISTER", "kept", "register", "told_in_full"]

REGISTER: Final = "(the register of judges)"
_FILE: Final = Path(__file__).with_name("tellings.json")


@cache
def kept() -> Mapping[str, list[str]]:
    """What is kept, by the name of the case."""
    read: dict[str, list[str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return read


def register() -> list[str]:
    """Which function judges which requirement, on which stories and which of their parameters."""
    return sorted(
        f"{name} {'play' if judge.of_play else 'run'} {','.join(judge.stories)}[{','.join(judge.only)}]"
        for name in shipped_catalogue().requirements
        for judge in judges_of(name)
    )


def told_in_full(transcript: Transcript, result: RequirementResult) -> list[str]:
    """All that is said of one requirement, line by line."""
    return [*_lines(result), *_repeated(transcript)]


def _lines(result: RequirementResult) -> Iterator[str]:
    yield f"{result.verdict} {result.level} {result.reason}".rstrip()
    for item in result.items:
        yield f"{item.name} {item.verdict} plays {','.join(item.plays)}: {item.reason}".rstrip()
        for finding in item.findings:
            yield f"- {_told(finding)}"
        if item.findings:
            yield f"- seen in {','.join(item.exchanges)}"


def _told(finding: Finding) -> str:
    rests = f", rests on {finding.rests_on}" if finding.rests_on else ""
    hint = f", hint: {finding.hint}" if finding.hint else ""
    proof = f"{finding.level} {finding.evidence.name} {','.join(finding.exchanges)}"
    return f"{finding.expected} / {finding.actual} ({proof}{rests}{hint})"


def _repeated(transcript: Transcript) -> Iterator[str]:
    for doubt in doubts(transcript, shipped_catalogue()):
        yield f"again {doubt.item.name}: {','.join(f'{story}[{parameter}]' for story, parameter in doubt.plays)}"


def main() -> int:
    """Write anew what every case is told."""
    for path in sorted(_FILE.parent.glob("test_*.py")):
        importlib.import_module(f"judge.{path.stem}")
    cases = importlib.import_module("judge.cases")
    rounds = importlib.import_module("judge.rounds")
    document = {REGISTER: register()} | {case.name: case.in_full() for case in cases.CASES}
    document |= {name: rounds.told_of(requirement, told) for name, requirement, told in rounds.histories()}
    text = json.dumps(dict(sorted(document.items())), indent=1, ensure_ascii=True)
    _FILE.write_text(f"{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
