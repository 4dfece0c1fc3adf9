"""A journal read strictly and judged anew by this kit: what a gate believes instead of a report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from conformance import __version__
from conformance.catalogue import Catalogue
from conformance.gate import wholeness
from conformance.judge.verdicts import judge_transcript
from conformance.report import Report
from conformance.reporting import json_document
from conformance.transcript import Fingerprint, Record, Transcript

__all__ = ["Anew"]


@dataclass(frozen=True)
class Anew:
    """A journal; what is made of it is made once, when somebody asks for it, and raises ValueError where it cannot."""

    journal: bytes
    catalogue: Catalogue

    @cached_property
    def records(self) -> list[Record]:
        """Every whole line."""
        return wholeness.records_of(self.journal)

    @cached_property
    def transcript(self) -> Transcript:
        """What the records tell."""
        return Transcript.from_records(self.records, journal=Fingerprint.of(self.journal))

    @cached_property
    def report(self) -> Report:
        """What this kit makes of it."""
        transcript = self.transcript
        try:
            return judge_transcript(transcript, self.catalogue)
        except Exception as error:  # noqa: BLE001  # a stranger wrote the journal, and nothing that it does may pass
            raise ValueError(f"it cannot be judged: {type(error).__name__}: {error}") from None

    @cached_property
    def text(self) -> str:
        """The report, as the kit writes it."""
        return json_document.render(self.report)

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """What a kit would not have written."""
        return wholeness.faults_of_form(self.journal, self.records, same_kit=self.transcript.header.kit == __version__)

    @cached_property
    def ending(self) -> tuple[str, ...]:
        """Why this is not a run that was played to its end."""
        return wholeness.faults_of_ending(self.journal, self.records)
