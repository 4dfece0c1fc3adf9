"""Judges of the chapter Payloads and HTTP."""

from __future__ import annotations

from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import refusal_findings
from conformance.transcript import Play

__all__: list[str] = []


@judges("ERR-01", story="malformed-json")
def refuses_malformed_json(play: Play, case: Case) -> Said:
    """The partner refuses a body that is not JSON, without effect."""
    yield from refusal_findings(play, case, play.deliveries("malformed")[-1], statuses=())
