"""What each requirement is covered by: judges, stories, platforms, and switches of the reference partner."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.catalogue import Catalogue
from conformance.judge.bench import judges_of
from conformance.judge.binding import Judge
from conformance.platform.description import Description
from conformance.reference.defects import DEFECTS
from conformance.scenarios.programme import plan
from conformance.verdict import Level

__all__ = ["Cover", "covers", "table"]

_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Cover:
    """What a requirement is covered by."""

    requirement: str
    level: Level
    judges: tuple[str, ...]
    stories: tuple[str, ...]
    platforms: tuple[str, ...]
    defects: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What it lacks; an informative requirement cannot be broken, and some platform of a user may have to come."""
        found = {"judge": self.judges, "story": self.stories}
        if self.level is not Level.INFORMATIVE:
            found["defect"] = self.defects
        return tuple(name for name, there in found.items() if not there)


def covers(catalogue: Catalogue, descriptions: Iterable[Description]) -> tuple[Cover, ...]:
    """The cover of every requirement, in the order of the catalogue."""
    known = tuple(descriptions)
    planned = {d.name: {i.requirement for i in plan(catalogue, d, tuple(catalogue.requirements)).items} for d in known}
    return tuple(
        Cover(
            requirement=name,
            level=requirement.level,
            judges=tuple(dict.fromkeys(_function(judge) for judge in judges_of(name))),
            stories=tuple(dict.fromkeys(story for judge in judges_of(name) for story in judge.stories)),
            platforms=tuple(platform for platform, items in planned.items() if name in items),
            defects=tuple(defect.name for defect in DEFECTS.values() if defect.requirement == name),
        )
        for name, requirement in catalogue.requirements.items()
    )


def _function(judge: Judge) -> str:
    function = judge.of_play or judge.of_run
    return function.__name__ if function is not None else ""


def table(found: tuple[Cover, ...]) -> str:
    """The covers as text, and what is missing at the end."""
    lines: list[str] = []
    for cover in found:
        on = ", ".join(cover.platforms) or "no shipped platform asks for it"
        lines.append(f"{cover.requirement}  {cover.level:<11} {on}")
        lines += _row("judges", cover.judges) + _row("stories", cover.stories) + _row("broken by", cover.defects)
    lacking = [f"{cover.requirement} has no {', no '.join(cover.missing)}" for cover in found if cover.missing]
    lines += ["", f"{len(found)} requirements; " + ("; ".join(lacking) if lacking else "nothing is missing")]
    return "\n".join(lines)


def _row(title: str, words: tuple[str, ...]) -> list[str]:
    first = f"        {title:<10} "
    text = ", ".join(words) or "-"
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first)) or [first]
