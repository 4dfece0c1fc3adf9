"""From two files to a decision: the journal is judged anew, and the report, which nobody believes, held against it.

The checks that cost little come first, and what cannot be believed is not looked at any further.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from conformance import __version__
from conformance.catalogue import Catalogue
from conformance.errors import ConformanceError
from conformance.gate import comparison, terms
from conformance.gate.anew import Anew
from conformance.gate.attested import Trust, attestation
from conformance.gate.decision import Answer, Check, Decision, Evidence, Outcome
from conformance.gate.exam import Exam
from conformance.gate.files import Files
from conformance.gate.policy import Policy
from conformance.gate.standing import Standing, standing

__all__ = ["decide"]

_NO_JOURNAL = "not looked at: without the journal of this report nothing can be judged anew"
_NO_PLATFORM = "not looked at: what was judged by another description than the one known here proves nothing"


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
        return Decision(evidence, (_no("report", str(error)),))
    strange = _strange(files, claims)
    if strange:
        return Decision(evidence, (_no("journal", strange), _left(_NO_JOURNAL)))
    anew = anew or Anew(files.journal, catalogue)
    try:
        return _Bench(files, anew, policy, now, trust or Trust()).decision(evidence)
    except ConformanceError:
        raise
    except ValueError as error:
        what = str(error)
    except Exception as error:  # noqa: BLE001  # a stranger wrote these files, and nothing in them may make it stumble
        what = f"it cannot be looked at: {type(error).__name__}: {error}"
    return Decision(evidence, (_no("journal", what), _left(_NO_JOURNAL)))


def _no(name: str, *reasons: str) -> Check:
    return Check(name, Answer.NO, reasons)


def _left(why: str) -> Check:
    return Check("the rest", Answer.NOT_ASKED, (why,))


def _strange(files: Files, claims: dict[str, Any]) -> str:
    """Why this journal is not the one that the report was made of; empty when it is."""
    known = claims.get("journal")
    if not isinstance(known, dict):
        return "the report does not say of which journal it was made: an older kit wrote it; run again"
    if known.get("sha256") == files.journal_digest:
        return ""
    unix = hashlib.sha256(files.journal.replace(b"\r\n", b"\n")).hexdigest()
    if known.get("sha256") == unix:
        return comparison.LINE_ENDS
    lines, said = files.journal.count(b"\n"), str(known.get("sha256"))
    return (
        f"it is not the one that the report was made of: {lines} lines with SHA-256 {files.journal_digest[:12]}…, "
        f"where the report names {known.get('lines')} with {said[:12]}…"
    )


@dataclass(frozen=True)
class _Bench:
    """Everything that a decision is made of, once the journal is the right one."""

    files: Files
    anew: Anew
    policy: Policy
    now: datetime
    trust: Trust

    def decision(self, evidence: Evidence) -> Decision:
        """The decision; what a stranger described is not judged at all.

        Raises ValueError where the journal cannot be judged.
        """
        header = self.anew.transcript.header
        known = replace(
            evidence,
            partner=header.partner,
            platform=header.platform,
            kit=header.kit,
            started_at=header.started_at,
        )
        exam = Exam(self.anew.transcript, self.anew.catalogue, self.policy)
        first = (self._journal(), terms.kit(header, self.policy), exam.platform())
        if first[-1].answer is Answer.NO:
            return Decision(known, (*first, *self._of_header(), _left(_NO_PLATFORM)))
        return self._judged(known, exam, first)

    def _judged(self, evidence: Evidence, exam: Exam, first: tuple[Check, ...]) -> Decision:
        report, policy, now = self.anew.report, self.policy, self.now
        stands = standing(report, policy, self.anew.catalogue, now)
        vouched = attestation(self.files, exam, report, policy, self.trust, now)
        checks = (
            self._report(),
            *first,
            *self._of_header(endpoint_per_type=exam.specification.description.endpoint_per_type),
            exam.settings(),
            exam.plan(report),
            terms.waivers(report, policy, now),
            vouched.check,
            stands.check(),
        )
        told = replace(evidence, title=report.title, headline=report.headline())
        return Decision(told, checks, *_ids(stands), proven=vouched.level)

    def _of_header(self, *, endpoint_per_type: bool = False) -> Iterator[Check]:
        header, policy = self.anew.transcript.header, self.policy
        yield terms.partner(header, policy, endpoint_per_type=endpoint_per_type)
        yield terms.age(self.anew.transcript, policy, self.now)
        yield terms.nonce(header, policy)
        yield terms.events(header, policy)
        yield terms.offers(header, policy)

    def _report(self) -> Check:
        """Whether the report says what its journal says."""
        if self.anew.transcript.header.kit == __version__:
            faults = comparison.differences(self.files.report, self.anew.text)
            told = "says what its journal says, byte for byte"
        else:
            faults = comparison.departures(self.files.report, self.anew.text)
            told = "another version of the kit wrote it; its verdicts are those that this one gives"
        return Check("report", Answer.NO if faults else Answer.OK, faults or (told,))

    def _journal(self) -> Check:
        """Whether the journal is whole; a run that was cut off is incomplete, and no forgery."""
        faults, ending = self.anew.faults, self.anew.ending
        if faults:
            return _no("journal", *faults, *ending)
        if ending:
            return Check("journal", Answer.NO, ending, Outcome.INCOMPLETE)
        return Check("journal", Answer.OK, (f"{len(self.anew.records)} lines, from its beginning to its end",))


def _ids(stands: Standing) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of what failed, and of what has no answer."""
    failed, unproven = (tuple(dict.fromkeys(n for n, _ in each if n)) for each in (stands.failed, stands.unproven))
    return failed, unproven
