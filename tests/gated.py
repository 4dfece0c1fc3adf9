"""A run to gate: recorded once for all tests of a process, forged in as many ways as somebody may think of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from conformance import pointer
from conformance.catalogue import shipped_catalogue
from conformance.gate.anew import Anew
from conformance.gate.attested import Trust
from conformance.gate.decide import decide
from conformance.gate.decision import Answer, Decision
from conformance.gate.files import Files, read_files
from conformance.gate.policy import Policy
from conformance.run import Run
from conformance.settings import read_settings
from small_platform import DESCRIPTION, DOCUMENT

__all__ = ["LITTLE", "Lines", "Recorded", "answers", "decided", "little_platform", "of_partner", "recorded", "told"]

Lines = list[dict[str, Any]]

# Its waits and counts are short because it says so itself: no run on it needs a value of somebody's own.
LITTLE: Final = {
    **{key: value for key, value in DESCRIPTION.items() if key not in {"api", "operations", "assumptions"}},
    "name": "little",
    "title": "Little",
    "waits": {"effect": 4, "retry": 5},
    "limits": {"burst": 5, "body": 20_000},
    "duplicates": {"remembered": 3},
    "waivers": {"may_waive": ["UNK-01"]},
    "unlisted": {"operations": "unused"},
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run left, and the platform that it was on."""

    files: Files
    platform: Path

    @property
    def policy(self) -> Policy:
        """What such a run has to stand up to."""
        return Policy(partner="demo", platform=str(self.platform))

    def forged(self, edit: Callable[[Lines], object]) -> Files:
        """The files with a journal that was edited and all its digests mended, and a report that was made of it.

        Of a journal that nobody can judge no report is made: the old one names its digest.
        """
        lines: Lines = [json.loads(line) for line in self.files.journal.splitlines()]
        edit(lines)
        journal = _written(lines)
        try:
            return replace(self.files, journal=journal, report=_judged(journal).text.encode())
        except ValueError:
            known = {"sha256": hashlib.sha256(journal).hexdigest(), "lines": len(lines)}
            return told(replace(self.files, journal=journal), journal=known)


def of_partner(lines: Lines, partner: str) -> None:
    """Make a run one of another partner, wherever its beginning names it."""
    lines[0]["invocation"] = [
        f"--partner-url={partner}" if word.startswith("--partner-url=") else word for word in lines[0]["invocation"]
    ]
    lines[0]["settings"] = [[name, partner if name == "partner" else value] for name, value in lines[0]["settings"]]
    lines[0]["partner"] = partner


def little_platform(folder: Path) -> Path:
    """Write a platform with one event type, no API and no signature; the path of its description."""
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    path = folder / "platform.yaml"
    path.write_text(json.dumps(LITTLE), encoding="utf-8")
    return path


def recorded(folder: Path, **options: object) -> Recorded:
    """Judge the demo partner on the little platform."""
    path = little_platform(folder)
    given = {"partner_url": "demo", "platform": str(path), "report_dir": str(folder / "reports"), **options}
    settings = read_settings(given, {}, folder)
    run = Run(settings, settings.programme())
    run.start()
    while not run.wait(60):
        pass
    run.finish()
    if run.error is not None:
        raise run.error
    return Recorded(read_files(folder / "reports"), path)


@lru_cache(maxsize=8)
def _judged(journal: bytes) -> Anew:
    """A journal judged anew, once for many questions."""
    return Anew(journal, shipped_catalogue())


def _written(lines: Lines) -> bytes:
    """The lines as the kit writes them, the end bound to what now stands before it."""
    written = [json.dumps(line, separators=(",", ":")) + "\n" for line in lines]
    if lines and lines[-1]["record"] == "end":
        before = "".join(written[:-1]).encode()
        end = {**lines[-1], "lines": len(lines) - 1, "sha256": hashlib.sha256(before).hexdigest()}
        written[-1] = json.dumps(end, separators=(",", ":")) + "\n"
    return "".join(written).encode()


def told(files: Files, **changes: Any) -> Files:
    """The files with other values in the report, by JSON pointer with `__` for `/`; the rest is as it was."""
    claims = json.loads(files.report)
    for at, value in changes.items():
        claims = pointer.write(claims, "/" + at.replace("__", "/"), value)
    return replace(files, report=(json.dumps(claims, indent=2) + "\n").encode())


def decided(
    files: Files,
    policy: Policy,
    *,
    trust: Trust | None = None,
    anew: Anew | None = None,
    later: timedelta = timedelta(0),
) -> Decision:
    """What the gate says, now or later; a journal that was asked about lately is not judged again."""
    now, known = datetime.now(UTC) + later, anew or _judged(files.journal)
    return decide(files, policy, shipped_catalogue(), now=now, trust=trust, anew=known)


def answers(decision: Decision, answer: Answer = Answer.NO) -> Sequence[str]:
    """The names of the checks that were answered like this."""
    return [check.name for check in decision.checks if check.answer is answer]
