"""report.json: everything that a gate or a program needs, by `schemas/report.schema.json`.

The field names are a contract; a change of shape raises `FORMAT`.
"""

from __future__ import annotations

import json
from typing import Any

from conformance.assurance import claimed
from conformance.report import FORMAT, ItemResult, Report, RequirementResult
from conformance.requirement import Finding
from conformance.waiver import WaiverUse

__all__ = ["render"]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "expected": finding.expected,
        "actual": finding.actual,
        "exchanges": list(finding.exchanges),
        "evidence": finding.evidence.name.lower(),
        "level": finding.level,
        "rests_on": finding.rests_on,
        "hint": finding.hint,
    }


def _item(item: ItemResult) -> dict[str, Any]:
    return {
        "name": item.name,
        "verdict": item.verdict,
        "reason": item.reason,
        "findings": [_finding(finding) for finding in item.findings],
        "exchanges": list(item.exchanges),
        "plays": list(item.plays),
        "rerun": item.rerun,
    }


def _requirement(result: RequirementResult) -> dict[str, Any]:
    stated = result.requirement
    return {
        "id": stated.id,
        "chapter": stated.chapter,
        "level": result.level,
        "title": stated.title,
        "verdict": result.verdict,
        "reason": result.reason,
        "statement": stated.statement,
        "why": stated.why,
        "remedy": stated.remedy,
        "sources": [{"name": s.name, "section": s.section, "url": s.url} for s in stated.sources],
        "items": [_item(item) for item in result.items],
    }


def _waiver(use: WaiverUse) -> dict[str, Any]:
    waiver = use.waiver
    return {
        "requirement": waiver.requirement,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires,
        "state": use.state,
        "verdict": use.verdict,
    }


def _document(report: Report) -> dict[str, Any]:
    header = report.header
    assurance = claimed(header.run_by, header.nonce)
    return {
        "format": FORMAT,
        "kit": header.kit,
        "verdict": report.verdict,
        "headline": report.headline(),
        "diagnoses": list(report.diagnoses),
        "platform": header.platform,
        "title": report.title,
        "partner": header.partner,
        "seed": header.seed,
        "started_at": header.started_at,
        "duration": round(report.duration, 3),
        "ending": report.ending,
        "ending_reason": report.ending_reason,
        "counts": dict(report.counts),
        "plan": [item.name for result in report.requirements for item in result.items],
        "not_run": [item.name for item in report.not_run],
        "requirements": [_requirement(result) for result in report.requirements],
        "assumptions": [
            {"at": a.at, "value": a.value, "reason": a.reason, "confirmed": a.confirmed} for a in report.assumptions
        ],
        "waivers": [_waiver(use) for use in report.waivers],
        "waits": dict(report.waits),
        "offers": list(header.offers),
        "shared_machine": header.shared_machine,
        "settings": dict(header.settings),
        "overrides": dict(header.overrides),
        "digests": {
            "description": header.description_digest,
            "document": header.document_digest,
            "corpus": header.corpus_digest,
            "plan": report.plan,
        },
        "plays": [
            {"id": p.id, "name": p.name, "round": p.round, "alone": p.alone, "outcome": p.outcome, "reason": p.reason}
            for p in report.plays
        ],
        "exchanges": len(report.exchanges),
        "run_by": header.run_by,
        "nonce": header.nonce,
        "assurance": {"level": assurance.number, "says": assurance.says},
        **_journal(report),
    }


def _journal(report: Report) -> dict[str, Any]:
    """By what the journal is known that belongs to this report; a report of records in memory has none."""
    known = report.journal
    return {} if known is None else {"journal": {"sha256": known.sha256, "lines": known.lines}}


def render(report: Report) -> str:
    """The document as ASCII, so that no reader trips over an encoding or a lone surrogate."""
    return json.dumps(_document(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"
