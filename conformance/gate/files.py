"""The two files that a gate reads: where they are, their bytes, and the digests of these."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import ConfigurationError, Problem

__all__ = ["Files", "content_of", "read_files"]


@dataclass(frozen=True, slots=True)
class Files:
    """A report and a journal as they were found."""

    report: bytes
    journal: bytes
    report_path: Path = Path("report.json")
    journal_path: Path = Path("journal.jsonl")

    @property
    def report_digest(self) -> str:
        """SHA-256 of the report."""
        return hashlib.sha256(self.report).hexdigest()

    @property
    def journal_digest(self) -> str:
        """SHA-256 of the journal."""
        return hashlib.sha256(self.journal).hexdigest()


def read_files(report: Path, journal: Path | None = None) -> Files:
    """Read report.json, or the one in a folder, and the journal, which lies beside it unless it is named.

    Raises ConfigurationError that names every file that is missing.
    """
    if report.is_dir() or (not report.exists() and report.suffix != ".json"):
        report = report / "report.json"
    journal = journal or report.parent / "journal.jsonl"
    never = "The run wrote none: did it begin? Its own output says why not."
    name = "Name it with --journal: without it nothing can be judged anew."
    contents: list[bytes] = []
    problems: list[Problem] = []
    for path, hint in ((report, never), (journal, name)):
        try:
            contents.append(content_of(path, hint))
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(*problems)
    return Files(contents[0], contents[1], report, journal)


def content_of(path: Path, hint: str = "") -> bytes:
    """The bytes of a file.

    Raises ConfigurationError where it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(Problem(str(path), f"cannot be read: {error.strerror or error}", hint)) from None
