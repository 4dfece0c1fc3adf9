"""Reads the reports below folders; whoever wrote them, what is wrong with one of them spoils no other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from conformance.aggregate.standing import Judged, Standing, Unread
from conformance.errors import ConfigurationError, Problem
from conformance.reporting.plain_text import shortened
from conformance.resources import schemas
from conformance.verdict import Level, RunVerdict, Verdict, run_verdict

__all__ = ["gather", "read_document"]

_REPORT: Final = "report.json"
_LARGEST: Final = 64 * 1024 * 1024
_MOST: Final = 10_000
_LONGEST: Final = 200
# No honest report has as many requirements, or a text as long; one that has would fill the page for all.
_MOST_REQUIREMENTS: Final = 2_000
_LONGEST_TEXT: Final = 2_000


def gather(folders: tuple[Path, ...]) -> tuple[tuple[Standing, ...], tuple[Unread, ...]]:
    """Every report below the folders, and those that cannot be read.

    A folder with a report in it is a partner; else each folder in it is one, with all reports below it.
    """
    standings: dict[tuple[str, str], Standing] = {}
    unread: list[Unread] = []
    problems: list[Problem] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(Problem(str(folder), "is no folder", "Name folders with reports in them."))
            continue
        for name, path in _named(folder):
            try:
                standing = _read(name, path)
            except ValueError as error:
                unread.append(Unread(str(path), shortened(str(error), _LONGEST)))
            else:
                standings.setdefault((name, standing.sha256), standing)
    if problems:
        raise ConfigurationError(*problems)
    return tuple(standings.values()), tuple(unread)


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    if (folder / _REPORT).exists():
        yield str(folder), folder / _REPORT
        return
    for number, path in enumerate(sorted(folder.rglob(_REPORT))):
        if number >= _MOST:
            raise ConfigurationError(Problem(str(folder), f"holds more than {_MOST} reports", "Name fewer folders."))
        yield path.relative_to(folder).parts[0], path


def _read(name: str, path: Path) -> Standing:
    """The report; raises ValueError that says what is wrong with it."""
    content = _content(path)
    claims = read_document(content, "report.schema.json")
    requirements = tuple(
        Judged(each["id"], Level(each["level"]), each["title"], Verdict(each["verdict"]))
        for each in claims["requirements"]
    )
    if len(requirements) > _MOST_REQUIREMENTS:
        raise ValueError(f"names more than {_MOST_REQUIREMENTS} requirements")
    standing = Standing(
        name=name,
        place=str(path),
        platform=claims["platform"],
        title=claims["title"],
        partner=claims["partner"],
        verdict=RunVerdict(claims["verdict"]),
        headline=claims["headline"],
        kit=claims["kit"],
        started_at=claims["started_at"],
        gate="",
        sha256=hashlib.sha256(content).hexdigest(),
        requirements=requirements,
    )
    _consistent(standing, claims)
    return _gated(standing, path.with_name("gate.json"))


def _consistent(standing: Standing, claims: dict[str, Any]) -> None:
    if len({judged.id for judged in standing.requirements}) != len(standing.requirements):
        raise ValueError("names a requirement twice")
    follows = run_verdict({judged.id: (judged.level, judged.verdict) for judged in standing.requirements})
    if follows is not standing.verdict:
        raise ValueError(f"says {standing.verdict}, and its requirements say {follows}")
    if claims["ending"] != "finished" and standing.verdict is RunVerdict.CONFORMS:
        raise ValueError(f"says conforms of a run that was {claims['ending']}")
    texts = [standing.platform, standing.title, standing.partner, standing.headline, standing.kit]
    texts += [text for judged in standing.requirements for text in (judged.id, judged.title)]
    if max(map(len, texts)) > _LONGEST_TEXT:
        raise ValueError(f"holds a name of more than {_LONGEST_TEXT} characters")
    try:
        # As the page shows it.
        _ = standing.began.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"began at no time: {standing.started_at}") from None


def _gated(standing: Standing, path: Path) -> Standing:
    """The report with the decision of a gate about it."""
    if not path.exists():
        return standing
    try:
        decision = read_document(_content(path), "gate.schema.json")
    except ValueError:
        return replace(standing, gate="unreadable")
    about_it = decision["report"]["sha256"] == standing.sha256
    return replace(standing, gate=decision["decision"] if about_it else "of another report")


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise ValueError("is no file")
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from None
    if len(content) > _LARGEST:
        raise ValueError(f"is larger than {_LARGEST} bytes")
    return content


def read_document(content: bytes, schema: str) -> dict[str, Any]:
    """A JSON document that fits one of our schemas; raises ValueError that says what is wrong with it."""
    try:
        document: dict[str, Any] = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from None
    try:
        wrong = next(iter(_validator(schema).iter_errors(document)), None)
    except ValueError as error:
        raise ValueError(f"cannot be validated: {error}") from None
    if wrong is not None:
        at = "".join(f"/{step}" for step in wrong.instance_path) or "the top"
        raise ValueError(f"does not fit {schema} at {at}: {wrong.message}")
    return document


@cache
def _validator(schema: str) -> jsonschema_rs.Validator:
    stated = json.loads((schemas() / schema).read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(stated)
