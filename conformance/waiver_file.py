"""The file of the waivers: read and checked, every mistake at once."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError

from conformance.errors import ConfigurationError, Problem
from conformance.misspelling import guessed
from conformance.resources import schemas
from conformance.waiver import Waiver

__all__ = ["read_waivers"]

_HINTS: Final = {
    "required": "A waiver has requirement, reason, owner and expires.",
    "additionalProperties": "A waiver has requirement, reason, owner and expires, and nothing else.",
    "format": "Write the last day on which it counts as 2027-01-31.",
    "pattern": "See webhook-conformance requirements.",
    "minLength": "Say it in words: a report shows it.",
}


def read_waivers(path: Path, known: Collection[str]) -> tuple[Waiver, ...]:
    """The waivers of a TOML file; `known` are the ids of requirements.

    Raises ConfigurationError that names every mistake at once.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(Problem(str(path), f"cannot be read: {error.strerror or error}")) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(Problem(str(path), f"is not TOML: {error}")) from None
    raw = _plain(content)
    problems = [*_misshapen(raw, path), *_contradictions(raw, path, known)]
    if problems:
        raise ConfigurationError(*problems)
    return tuple(Waiver(**entry) for entry in raw.get("waiver", ()))


def _plain(value: Any) -> Any:
    """TOML as JSON: its dates become texts."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _misshapen(raw: Any, path: Path) -> Iterator[Problem]:
    schema = json.loads((schemas() / "waivers.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for error in sorted(validator.iter_errors(raw), key=lambda e: list(map(str, e.absolute_path))):
        yield Problem(_where(path, error), error.message[:300], _HINTS.get(str(error.validator), ""))


def _where(path: Path, error: ValidationError) -> str:
    """The file, the number of the waiver from 1, and the key, as far as they are known."""
    at = list(error.absolute_path)
    number = f", waiver {int(at[1]) + 1}" if len(at) > 1 else ""
    return f"{path}{number}" + "".join(f", {key}" for key in at[2:])


def _contradictions(raw: Any, path: Path, known: Collection[str]) -> Iterator[Problem]:
    """What a JSON Schema cannot say: ids that nobody knows, or that stand twice."""
    entries = raw.get("waiver")
    named = [e.get("requirement") for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    for name, times in Counter(name for name in named if isinstance(name, str)).items():
        if name not in known:
            yield Problem(str(path), f"unknown requirement {name!r}", guessed(name, known, _HINTS["pattern"]))
        if times > 1:
            yield Problem(str(path), f"{times} waivers of {name}", "Keep one: its reason, its owner and its end.")
