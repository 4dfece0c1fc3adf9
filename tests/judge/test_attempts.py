"""An attempt that came to nothing and was made again changes nothing: every case is told with such attempts, too."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from conformance.exchange import Delivery, Exchange, Failure, Response
from conformance.report import RequirementResult
from conformance.transcript import Transcript
from judge.cases import CASES, Case, judged
from transcripts import planned

# These look at every answer as it came, or count them.
_OF_EACH_ANSWER: Final = {"ACK-02", "ACK-03", "ACK-05", "ACK-07", "CON-01", "DUP-03", "ERR-04"}
# These ask how many of the attempts were answered in time, and whether one of them met a partner that was gone.
_OF_EACH_ATTEMPT: Final = {"ACK-03", "DUR-01", "DUR-02"}


def _chapters() -> dict[str, list[Case]]:
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        import_module(f"judge.{file.stem}")
    chapters = defaultdict(list)
    for case in CASES:
        chapters[case.told.__module__.rpartition(".test_")[2]].append(case)
    return chapters


CHAPTERS: Final = _chapters()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_connection_that_ends_without_an_answer_says_nothing(chapter: str) -> None:
    """Where each delivery came that far once before, all is told as it was, but for the exchanges that are cited."""
    cases = [case for case in CHAPTERS[chapter] if case.requirement not in _OF_EACH_ATTEMPT]

    assert [] == [case.name for case in cases if _told(case) != _told(case, failure=Failure.CLOSED)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_answer_about_the_moment_alone_says_nothing(chapter: str) -> None:
    """Where each delivery was answered with 503 once before, all is told as it was, but for what is cited."""
    cases = [case for case in CHAPTERS[chapter] if case.requirement not in _OF_EACH_ANSWER]

    assert [] == [case.name for case in cases if _told(case) != _told(case, response=Response(503))]


def _told(case: Case, *, failure: Failure | None = None, response: Response | None = None) -> list[object]:
    transcript = planned(case.told(), case.requirement)
    if failure or response:
        transcript = _tried_before(transcript, failure, response)
    return list(_words(judged(case.requirement, transcript)))


def _words(result: RequirementResult) -> list[object]:
    """All that a reader is told, but for the exchanges."""
    findings = [replace(found, exchanges=("",)) for item in result.items for found in item.findings]
    return [result.verdict, result.reason, *((item.verdict, item.reason) for item in result.items), *findings]


def _tried_before(transcript: Transcript, failure: Failure | None, response: Response | None) -> Transcript:
    """Each delivery of a story was tried a moment before, with this end."""
    records: list[object] = [transcript.header, *transcript.items, *transcript.stalls, *transcript.strays]
    for play in transcript.plays:
        records += [replace(play, exchanges=(), waits=(), notes=()), *play.waits, *play.notes]
        for exchange in play.exchanges:
            records += _twice(exchange, failure, response)
    records += [transcript.end] if transcript.end else []
    return Transcript.from_records(records)  # type: ignore[arg-type]  # records of every kind


def _twice(exchange: Exchange, failure: Failure | None, response: Response | None) -> list[Exchange]:
    if not isinstance(exchange, Delivery):
        return [exchange]
    began, ended = exchange.started - 0.02, exchange.started - 0.01
    before = replace(
        exchange, id=f"{exchange.id}.before", started=began, ended=ended, failure=failure, response=response
    )
    return [before, exchange]
