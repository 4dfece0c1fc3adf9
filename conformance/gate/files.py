"""The two files that a gate reads: where they are, their bytes, and the digests of these."""

from __future__ import annotations

import hashlib
import stat
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
    in_folder = report.is_dir()
    report = report / "report.json" if in_folder else report
    beside = journal is None
    journal = report.parent / "journal.jsonl" if journal is None else journal
    never = "The run wrote none: did it begin? Its own output says why not."
    name = "Name it with --journal: without it nothing can be judged anew."
    contents: list[bytes] = []
    problems: list[Problem] = []
    for path, hint, found in ((report, never, in_folder), (journal, name, beside)):
        try:
            contents.append(content_of(path, hint, found=found))
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(*problems)
    return Files(contents[0], contents[1], report, journal)


def content_of(path: Path, hint: str = "", *, found: bool = False) -> bytes:
    """The bytes of a file; a pipe will do where somebody named it, and was not only `found` in what a stranger sent.

    Raises ConfigurationError where it cannot be read: reading a device would never end.
    """
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or (stat.S_ISFIFO(mode) and not found)):
            raise ConfigurationError(Problem(str(path), "is no file", hint))
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(Problem(str(path), f"cannot be read: {error.strerror or error}", hint)) from None
