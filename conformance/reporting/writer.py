"""The files of a run, put in place whole: no reader ever sees half a report."""

from __future__ import annotations

from pathlib import Path

from conformance.errors import RunRefused
from conformance.report import Report
from conformance.reporting import badge, har, html_page, json_document, markdown

__all__ = ["write"]

# report.json comes last: a gate that finds it finds the others beside it.
_FORMATS = (
    ("report.html", html_page.render),
    ("summary.md", markdown.render),
    ("exchanges.har", har.render),
    ("badge.svg", badge.render),
    ("report.json", json_document.render),
)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="backslashreplace")


def _place(directory: Path, contents: dict[str, bytes]) -> tuple[Path, ...]:
    parts = {directory / f".{name}.part": directory / name for name in contents}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for part, content in zip(parts, contents.values(), strict=True):
            part.write_bytes(content)
        for part, place in parts.items():
            part.replace(place)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return tuple(parts.values())


def write(report: Report, directory: Path, *, step_summary: Path | None = None) -> tuple[Path, ...]:
    """Render all formats into `directory` and append the summary to `step_summary`; the paths of the files.

    Raises RunRefused when the file system does not let it.
    """
    contents = {name: _bytes(render(report)) for name, render in _FORMATS}
    try:
        paths = _place(directory, contents)
    except OSError as error:
        why = error.strerror or error
        message = f"the report cannot be written to {directory}: {why}; choose another folder with --report-dir"
        raise RunRefused(message) from error
    if step_summary is not None:
        try:
            with step_summary.open("ab") as file:
                file.write(contents["summary.md"])
        except OSError as error:
            message = f"the summary cannot be appended to {step_summary}: {error.strerror or error}"
            raise RunRefused(message) from error
    return paths
