"""A finished transcript judged as a whole: the report, as a pure function."""

from __future__ import annotations

from conformance.catalogue import Catalogue
from conformance.judge.court import description_of
from conformance.judge.decision import CALIBRATION, requirement_results
from conformance.judge.diagnosis import diagnoses
from conformance.judge.waiving import waive
from conformance.report import Report, RequirementResult
from conformance.transcript import Ending, Transcript, plan_digest
from conformance.verdict import RunVerdict, run_verdict

__all__ = ["judge_transcript"]


def judge_transcript(transcript: Transcript, catalogue: Catalogue) -> Report:
    """The report of a run; a transcript without its end is one that was killed, and counts as interrupted."""
    header = transcript.header
    description = description_of(transcript)
    catalogue = catalogue.joined(header.own, dict(header.own_chapters))
    results, waivers = waive(requirement_results(transcript, catalogue), header, description)
    end = transcript.end
    ending = end.ending if end else Ending.INTERRUPTED
    last = max((e.ended for e in transcript.exchanges()), default=0.0)
    calibration = next((p for p in transcript.plays if p.story == CALIBRATION), None)
    waits = [(note.name, note.text) for note in calibration.notes] if calibration else []
    return Report(
        header=header,
        title=description.title,
        verdict=_verdict(results, ending),
        ending=ending,
        ending_reason=end.reason if end else "the journal has no end: the run was killed",
        duration=end.at if end else last,
        requirements=results,
        chapters=tuple(catalogue.chapters.items()),
        assumptions=description.assumptions,
        waits=(
            *(
                ("effect window", f"{description.effect_window:g} s"),
                ("retry window", f"{description.retry_window:g} s"),
            ),
            *waits,
        ),
        plays=transcript.plays,
        exchanges=tuple(transcript.exchanges()),
        diagnoses=diagnoses(transcript, description),
        waivers=waivers,
        plan=plan_digest(header, transcript.items),
        journal=transcript.journal,
    )


def _verdict(results: tuple[RequirementResult, ...], ending: Ending) -> RunVerdict:
    """What did not come to its end may prove a failure, but not that there is none: calls may still have come."""
    verdict = run_verdict({r.requirement.id: (r.level, r.verdict) for r in results})
    if verdict is RunVerdict.CONFORMS and ending is not Ending.FINISHED:
        return RunVerdict.INCOMPLETE
    return verdict
