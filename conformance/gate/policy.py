"""The policy of a gate: what is asked of a report beyond that it is true, and the file in which a platform says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from conformance.catalogue import Catalogue
from conformance.duration import duration_of
from conformance.errors import ConfigurationError, Problem
from conformance.misspelling import guessed
from conformance.platform.yaml_file import read_yaml
from conformance.pointer import escaped
from conformance.resources import schemas
from conformance.verdict import Level

__all__ = ["DAY", "Policy", "read_policy"]

DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a gate asks for.

    `partner`, `platform` and `nonce` are empty where anything will do. `max_age` is in seconds, None for any age;
    `levels` are those whose requirements have to hold; `planned` is the level up to which everything has to be planned;
    `proven` are chapters and ids; `waivers` are the ids that may be waived, None for all that the platform allows;
    `overrides` are names of values of the description, with or without `=VALUE`; `attestation` is the least level;
    `corpus` are digests of sample events, none for any.
    """

    partner: str = ""
    platform: str = ""
    nonce: str = ""
    max_age: float | None = DAY
    oldest_kit: str = ""
    levels: frozenset[Level] = frozenset({Level.MUST})
    planned: Level = Level.INFORMATIVE
    proven: tuple[str, ...] = ()
    not_assessable: frozenset[str] = frozenset()
    waivers: frozenset[str] | None = None
    overrides: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    attestation: int = 0
    corpus: tuple[str, ...] = ()


_LONGEST: Final = 300
_PLANNED: Final = {"must": Level.MUST, "should": Level.SHOULD, "may": Level.INFORMATIVE}


def read_policy(path: Path, catalogue: Catalogue) -> Policy:
    """Read and check a policy file.

    Raises ConfigurationError that names every mistake at once.
    """
    raw = read_yaml(path, keys_once=True)
    problems = [*_misshapen(raw, path)]
    if isinstance(raw, dict):
        problems += _contradictions(raw, path, catalogue)
    if problems:
        raise ConfigurationError(*problems)
    given = {key: raw[key] for key in ("partner", "platform", "oldest_kit", "attestation") if key in raw}
    if "max_age" in raw:
        given["max_age"] = None if raw["max_age"] == "any" else duration_of(raw["max_age"])
    if "levels" in raw:
        given["levels"] = frozenset(map(Level, raw["levels"]))
    if "planned" in raw:
        given["planned"] = _PLANNED[raw["planned"]]
    if raw.get("waivers", "allowed") != "allowed":
        given["waivers"] = frozenset() if raw["waivers"] == "none" else frozenset(raw["waivers"])
    given["not_assessable"] = frozenset(raw.get("not_assessable", ()))
    given |= {key: tuple(raw[key]) for key in ("proven", "overrides", "offers", "corpus") if key in raw}
    return Policy(**given)


def _misshapen(raw: Any, path: Path) -> Iterator[Problem]:
    schema = json.loads((schemas() / "policy.schema.json").read_text(encoding="utf-8"))
    known = tuple(schema["properties"])
    if not isinstance(raw, dict):
        yield Problem(f"{path} at the top", "is no mapping of keys to values", f"Known here: {', '.join(known)}.")
        return
    for key in raw:
        if key not in known:
            hint = guessed(str(key), known, f"Known here: {', '.join(known)}.")
            yield Problem(f"{path} at the top", f"unknown key {key!r}", hint)
    for error in sorted(Draft202012Validator(schema).iter_errors(raw), key=lambda e: [*map(str, e.absolute_path)]):
        if error.validator != "additionalProperties":
            at = "".join(f"/{escaped(str(step))}" for step in error.absolute_path) or "the top"
            stated = error.schema if error.absolute_path and isinstance(error.schema, dict) else {}
            yield Problem(f"{path} at {at}", error.message[:_LONGEST], str(stated.get("description", "")))


def _contradictions(raw: Mapping[str, Any], path: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What a JSON Schema cannot say: ids and chapters that nobody knows, durations that are none."""
    hint = "See webhook-conformance requirements."
    for key in ("proven", "not_assessable", "waivers"):
        for number, name in enumerate(_names(raw, key)):
            if name not in catalogue.requirements and not (key == "proven" and name in catalogue.chapters):
                what = "requirement or chapter" if key == "proven" else "requirement"
                guess = guessed(name, [*catalogue.requirements, *(catalogue.chapters if key == "proven" else ())], hint)
                yield Problem(f"{path} at /{key}/{number}", f"unknown {what} {name!r}", guess)
    for number, name in enumerate(_names(raw, "proven")):
        if name in _names(raw, "not_assessable"):
            what = f"{name} has to be proven, and may be not assessable"
            yield Problem(f"{path} at /proven/{number}", what, "Take it out of one of the lists.")
    age = raw.get("max_age", "any")
    if isinstance(age, str) and age != "any":
        try:
            duration_of(age)
        except ValueError as error:
            yield Problem(f"{path} at /max_age", str(error), "Example: 24h, 30d, or any")


def _names(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The names in a list; what is no list of names is told elsewhere."""
    found = raw.get(key)
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()
