"""What somebody who signs a run vouches for: only what the gate would not refuse as forged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from conformance.assurance import Assurance, claimed
from conformance.attestation import About
from conformance.catalogue import Catalogue
from conformance.gate.anew import Anew
from conformance.gate.attested import about
from conformance.gate.decide import decide
from conformance.gate.decision import Answer, Outcome
from conformance.gate.exam import Exam
from conformance.gate.files import Files
from conformance.gate.policy import Policy

__all__ = ["Vouching", "vouched_for"]

# Whom it was about and how old it is are for the gate to ask.
_OF_THE_GATE: Final = frozenset({"partner", "age"})


@dataclass(frozen=True, slots=True)
class Vouching:
    """What can be signed of a run, at which level; or why nothing can."""

    about: About | None
    level: Assurance
    refused: tuple[str, ...]


def vouched_for(files: Files, catalogue: Catalogue, *, platform: str, now: datetime) -> Vouching:
    """Look at a run as the gate does, but for its verdict."""
    policy, anew = Policy(platform=platform, max_age=None), Anew(files.journal, catalogue)
    decision = decide(files, policy, catalogue, now=now, anew=anew)
    refused = tuple(
        f"{check.name}: {reason}"
        for check in decision.checks
        for reason in check.reasons
        if check.answer is Answer.NO and check.otherwise is Outcome.REFUSED and check.name not in _OF_THE_GATE
    )
    if refused:
        return Vouching(None, Assurance.INTEGRITY, refused)
    header = anew.transcript.header
    exam = Exam(anew.transcript, catalogue, policy)
    return Vouching(about(exam, anew.report), claimed(header.run_by, header.nonce), ())
