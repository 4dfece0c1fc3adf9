"""From two files to a decision: the journal is judged anew, and the report, which nobody believes, held against it.

The checks that cost little come first, and what cannot be believed is not looked at any further.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance import __version__
from conformance.catalogue import Catalogue
from conformance.errors import JournalError
from conformance.gate import comparison, terms, wholeness
from conformance.gate.attested import Trust, attestation
from conformance.gate.decision import Answer, Check, Decision, Evidence, Outcome
from conformance.gate.exam import Exam
from conformance.gate.files import Files
from conformance.gate.policy import Policy
from conformance.gate.standing import standing
from conformance.journal import transcript_of
from conformance.judge.court import description_of
from conformance.judge.verdicts import judge_transcript
from conformance.report import Report
from conformance.reporting import json_document
from conformance.transcript import Record, Transcript

__all__ = ["Anew", "decide", "judged_anew"]


@dataclass(frozen=True, slots=True)
class Anew:
    """A journal read strictly and judged by this kit; `faults` are what is wrong with its form or its end."""

    transcript: Transcript
    report: Report
    text: str
    faults: tuple[str, ...]
    ending: tuple[str, ...]
    lines: int


def judged_anew(files: Files, catalogue: Catalogue) -> Anew:
    """Judge a journal.

    Raises ValueError that says why it cannot be judged.
    """
    records: list[Record] = []
    ending: tuple[str, ...] = ()
    try:
        records = wholeness.records_of(files.journal)
    except ValueError as error:
        ending = (str(error),)
    try:
        transcript = transcript_of(files.journal, files.journal_path)
        report = judge_transcript(transcript, catalogue)
    except JournalError as error:
        raise ValueError(str(error)) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"the journal cannot be judged: {type(error).__name__}: {error}") from None
    same_kit = transcript.header.kit == __version__
    faults = wholeness.faults_of_form(files.journal, records, same_kit=same_kit) if records else ()
    ending = ending or wholeness.faults_of_ending(records)
    return Anew(transcript, report, json_document.render(report), faults, ending, len(records))


def decide(
    files: Files,
    policy: Policy,
    catalogue: Catalogue,
    *,
    now: datetime,
    trust: Trust | None = None,
    anew: Anew | None = None,
) -> Decision:
    """Look at everything; `anew` is the journal where it has been judged already."""
    evidence = Evidence(files.report_digest, files.journal_digest)
    try:
        claims = comparison.claims_of(files.report)
    except ValueError as error:
        return Decision(evidence, (Check("report", Answer.NO, (str(error),)),))
    strange = _strange(files, claims)
    if strange:
        return Decision(evidence, (Check("journal", Answer.NO, (strange,)), _NOT_LOOKED_AT))
    try:
        anew = anew or judged_anew(files, catalogue)
    except ValueError as error:
        return Decision(evidence, (Check("journal", Answer.NO, (str(error),)), _NOT_LOOKED_AT))
    return _decided(evidence, files, claims, anew, policy, catalogue, now, trust or Trust())


_NOT_LOOKED_AT = Check(
    "the rest", Answer.NOT_ASKED, ("not looked at: without the journal of this report nothing can be judged anew",)
)


def _strange(files: Files, claims: dict[str, Any]) -> str:
    """Why this journal is not the one that the report was made of; empty when it is."""
    known = claims.get("journal")
    if not isinstance(known, dict):
        return "the report does not say of which journal it was made: an older kit wrote it; run again"
    if known.get("sha256") == files.journal_digest:
        return ""
    lines, said = files.journal.count(b"\n"), str(known.get("sha256"))
    return (
        f"it is not the one that the report was made of: {lines} lines with SHA-256 {files.journal_digest[:12]}…, "
        f"where the report names {known.get('lines')} with {said[:12]}…"
    )


def _decided(
    evidence: Evidence,
    files: Files,
    claims: dict[str, Any],
    anew: Anew,
    policy: Policy,
    catalogue: Catalogue,
    now: datetime,
    trust: Trust,
) -> Decision:
    header = anew.transcript.header
    evidence = Evidence(
        evidence.report,
        evidence.journal,
        partner=header.partner,
        platform=header.platform,
        title=anew.report.title,
        kit=header.kit,
        started_at=header.started_at,
        headline=anew.report.headline(),
    )
    exam = Exam(anew.transcript, anew.report, catalogue, policy)
    stands = standing(anew.report, policy, catalogue, now)
    per_type = description_of(anew.transcript).endpoint_per_type
    platform = exam.platform()
    checks = (
        _report(files, claims, anew),
        _journal(anew),
        terms.kit(header, policy),
        terms.partner(header, policy, endpoint_per_type=per_type),
        platform,
        *(_of_exam(exam) if platform.answer is Answer.OK else ()),
        terms.age(anew.report, policy, now),
        terms.nonce(header, policy),
        terms.waivers(anew.report, policy, now),
        terms.offers(header, policy),
        attestation(files, exam, policy, trust, now, whole=platform.answer is Answer.OK),
        stands.check(),
    )
    failed, unproven = (tuple(dict.fromkeys(n for n, _ in each if n)) for each in (stands.failed, stands.unproven))
    return Decision(evidence, checks, failed, unproven)


def _of_exam(exam: Exam) -> Iterator[Check]:
    yield exam.settings()
    yield exam.plan()


def _report(files: Files, claims: dict[str, Any], anew: Anew) -> Check:
    """Whether the report says what its journal says."""
    if anew.transcript.header.kit == __version__:
        faults = comparison.differences(files.report, anew.text)
        told = "says what its journal says, byte for byte"
    else:
        faults = comparison.departures(claims, anew.text)
        told = "another version of the kit wrote it; its verdicts are those that this one gives"
    return Check("report", Answer.NO if faults else Answer.OK, faults or (told,))


def _journal(anew: Anew) -> Check:
    """Whether the journal is whole; a run that was cut off is incomplete, and no forgery."""
    if anew.faults:
        return Check("journal", Answer.NO, (*anew.faults, *anew.ending))
    if anew.ending:
        return Check("journal", Answer.NO, anew.ending, Outcome.INCOMPLETE)
    return Check("journal", Answer.OK, (f"{anew.lines} lines, from its beginning to its end",))
