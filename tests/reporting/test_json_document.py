"""The document for programs, field by field."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.report import RequirementResult
from conformance.reporting import json_document
from conformance.requirement import Evidence, Finding
from conformance.transcript import Fingerprint, Party
from conformance.verdict import Level, Verdict
from reports import delivery, every_verdict, item, report, result

FOUND = Finding(
    expected="a", actual="b", exchanges=("d1",), evidence=Evidence.CHANCE, level=Level.SHOULD, rests_on="/x", hint="h"
)


def _failed() -> RequirementResult:
    told = item("A-1", Verdict.WARN, "why", findings=(FOUND,), exchanges=("d1",), plays=("p1",))
    return result("A-1", Verdict.WARN, replace(told, rerun="again"), reason="of it", level=Level.SHOULD)


def test_a_requirement_is_told_with_all_that_it_has() -> None:
    """Its own words, its items, and the findings of these."""
    (told,) = json.loads(json_document.render(report(_failed())))["requirements"]

    assert {
        "id": "A-1",
        "chapter": "acknowledging",
        "level": "SHOULD",
        "title": "Does what is asked",
        "verdict": "WARN",
        "reason": "of it",
        "statement": "The partner SHOULD do what A-1 asks for.",
        "why": "What is not done is lost.",
        "remedy": "Look at the handler of this event type. Answer before you work.",
        "sources": [
            {"name": "RFC 9110", "section": "15.6", "url": "https://www.rfc-editor.org/rfc/rfc9110#section-15.6"},
            {"name": "Wawex", "section": "", "url": ""},
        ],
        "items": [
            {
                "name": "A-1",
                "verdict": "WARN",
                "reason": "why",
                "findings": [
                    {
                        "expected": "a",
                        "actual": "b",
                        "exchanges": ["d1"],
                        "evidence": "chance",
                        "level": "SHOULD",
                        "rests_on": "/x",
                        "hint": "h",
                    }
                ],
                "exchanges": ["d1"],
                "plays": ["p1"],
                "rerun": "again",
            }
        ],
    } == told


def test_the_run_is_told_beside_its_requirements() -> None:
    """Who was judged, when, how, and from what."""
    of_file = Fingerprint("4" * 64, 12)
    given = replace(
        report(_failed(), exchanges=[delivery("d1")]),
        diagnoses=("one",),
        duration=1.23456,
        plan="5" * 64,
        journal=of_file,
    )
    document = json.loads(json_document.render(given))
    of_run = {name: value for name, value in document.items() if name not in {"requirements", "counts"}}

    assert {
        "format": 1,
        "kit": "0.1.0",
        "verdict": "incomplete",
        "headline": "0 of 0 MUST proven, 1 with warnings",
        "diagnoses": ["one"],
        "platform": "wawex",
        "title": "Wawex",
        "partner": "http://127.0.0.1:8080",
        "seed": 7,
        "started_at": "2026-11-20T09:30:00+00:00",
        "duration": 1.235,
        "ending": "finished",
        "ending_reason": "",
        "plan": ["A-1"],
        "not_run": [],
        "assumptions": [
            {"at": "/acknowledge/limit", "value": "5 s", "reason": "The documents name no limit.", "confirmed": False}
        ],
        "waivers": [],
        "waits": {"quiet": "2.4 s, 3 times the slowest reaction seen", "effect window": "30 s"},
        "offers": ["objects", "events"],
        "shared_machine": False,
        "settings": {"concurrency": "32", "report-dir": "reports"},
        "overrides": {"/acknowledge/limit": "4"},
        "digests": {
            "description": "sha256:" + "1" * 64,
            "document": "sha256:" + "2" * 64,
            "corpus": "sha256:" + "3" * 64,
            "plan": "5" * 64,
        },
        "plays": [],
        "exchanges": 1,
        "run_by": "partner",
        "nonce": "",
        "assurance": {
            "level": 1,
            "says": "run by the partner; whoever holds the key vouches that nothing was changed since",
        },
        "journal": {"sha256": "4" * 64, "lines": 12},
    } == of_run


@pytest.mark.parametrize(
    ("run_by", "nonce", "level"),
    [(Party.PARTNER, "", 1), (Party.PARTNER, "4711", 2), (Party.PLATFORM, "", 3), (Party.PLATFORM, "4711", 3)],
)
def test_what_an_attestation_can_say_is_told(run_by: Party, nonce: str, level: int) -> None:
    """Who ran it, with which nonce, and the highest level that follows from both."""
    given = report(_failed())
    document = json.loads(
        json_document.render(replace(given, header=replace(given.header, run_by=run_by, nonce=nonce)))
    )

    assert (run_by, nonce, level) == (document["run_by"], document["nonce"], document["assurance"]["level"])


def test_a_report_of_records_in_memory_names_no_journal() -> None:
    """There is no file by which it could be known."""
    assert "journal" not in json.loads(json_document.render(report(_failed())))


def test_plays_and_waivers_are_told_in_full() -> None:
    """Each with what became of it."""
    document = json.loads(json_document.render(every_verdict()))

    assert {
        "id": "p3",
        "name": "forged-signature[document]",
        "round": 0,
        "alone": False,
        "outcome": "not assessable",
        "reason": "the positive control failed",
    } == document["plays"][2]
    assert {
        "requirement": "COR-01",
        "reason": "Planned for January.",
        "owner": "Planned for January.",
        "expires": "2027-01-01",
        "state": "applied",
        "verdict": "WARN",
    } == document["waivers"][0]


def test_the_document_is_indented() -> None:
    """By two, with a line break at its end."""
    text = json_document.render(report())

    assert text.startswith('{\n  "format": 1,\n')
    assert text.endswith("}\n")
