"""A decision as text for people, and as JSON for programs (schemas/gate.schema.json)."""

from __future__ import annotations

import json
from typing import Final

from conformance.gate.decision import Answer, Decision, Outcome
from conformance.reporting.plain_text import uncommanding, visible

__all__ = ["as_json", "as_text"]

FORMAT: Final = 1
_WIDTH: Final = 9
_SENTENCES: Final = {
    Outcome.CONFORMS: "the partner conforms",
    Outcome.FAILS: "the partner does not conform",
    Outcome.INCOMPLETE: "not enough is proven",
    Outcome.REFUSED: "this is not the evidence that was asked for, so it proves nothing",
}


def as_text(decision: Decision) -> str:
    """Who was judged, every check with its reasons, and the decision last, where a reader of a log looks.

    Every line begins with words of ours: what a partner calls itself is never taken for the decision.
    """
    evidence = decision.evidence
    who = f"judged: {evidence.partner} as partner of {evidence.title}: {evidence.headline}"
    lines = [who, ""] if evidence.headline else []
    indent = max((len(check.name) for check in decision.checks), default=0)
    for check in decision.checks:
        first, *more = check.reasons or ("",)
        lines.append(f"{check.answer:<{_WIDTH}}  {check.name:<{indent}}  {first}")
        lines += [" " * (_WIDTH + indent + 4) + reason for reason in more]
    wrong = [check.name for check in decision.checks if check.answer is Answer.NO]
    because = f" ({', '.join(wrong)})" if wrong else ""
    lines += ["", f"gate: {decision.outcome.upper()}: {_SENTENCES[decision.outcome]}{because}"]
    return "\n".join(uncommanding(visible(line)) for line in lines)


def as_json(decision: Decision) -> str:
    """The decision as a document."""
    evidence, proven = decision.evidence, decision.proven
    document = {
        "format": FORMAT,
        "decision": decision.outcome,
        "partner": evidence.partner,
        "platform": evidence.platform,
        "kit": evidence.kit,
        "started_at": evidence.started_at,
        "headline": evidence.headline,
        "report": {"sha256": evidence.report},
        "journal": {"sha256": evidence.journal},
        "attestation": {"level": proven.number if proven else 0, "says": proven.says if proven else ""},
        "checks": [{"name": c.name, "answer": c.answer, "reasons": list(c.reasons)} for c in decision.checks],
        "failed": list(decision.failed),
        "unproven": list(decision.unproven),
    }
    return json.dumps(document, indent=2) + "\n"
