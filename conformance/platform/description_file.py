"""The file of a platform description: finding it, reading it, checking it, every mistake at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from conformance import pointer
from conformance.errors import ConfigurationError, Problem
from conformance.misspelling import guessed
from conformance.platform.contradictions import contradictions
from conformance.platform.delivery_form import completed
from conformance.platform.description import Description, from_raw
from conformance.platform.form_mistake import form_mistakes_of
from conformance.platform.remainder import Remainder, remainder
from conformance.platform.signature_check import signature_mistakes, unfolded
from conformance.platform.yaml_file import read_yaml
from conformance.resources import schemas

__all__ = ["Checked", "bundled_platforms", "checked", "locate", "read_description"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What stands in a description, all that is wrong with it, and what remains without that."""

    raw: Any
    problems: tuple[Problem, ...]
    rest: Remainder


def bundled_platforms() -> tuple[str, ...]:
    """The names of the platforms that ship with the kit."""
    return tuple(sorted(p.parent.name for p in (schemas() / "platforms").glob("*/platform.yaml")))


def locate(platform: str) -> Path:
    """The description that `--platform NAME|PATH` means.

    Raises ConfigurationError when there is none.
    """
    if platform in bundled_platforms():
        return schemas() / "platforms" / platform / "platform.yaml"
    path = Path(platform)
    try:
        folder = path.is_dir()
        path = path / "platform.yaml" if folder else path
        found = path.is_file()
    except (OSError, ValueError):
        folder = found = False
    if found:
        return path
    known = bundled_platforms()
    hint = guessed(platform, known, f"Known platforms: {', '.join(known)}; or the path of a description.")
    what = f"the folder {platform!r} has no platform.yaml" if folder else f"no platform or file named {platform!r}"
    raise ConfigurationError(Problem("--platform", what, hint))


def read_description(path: Path, *, overrides: Mapping[str, Any] | None = None) -> Description:
    """Read and check a description; `overrides` maps JSON pointers to the operator's own values.

    Raises ConfigurationError that names every mistake at once.
    """
    found = checked(path, overrides=overrides)
    if found.problems:
        raise ConfigurationError(*found.problems)
    return from_raw(found.raw, path, confirmed=frozenset(overrides or ()))


def checked(path: Path, *, overrides: Mapping[str, Any] | None = None) -> Checked:
    """What stands in a description, the operator's own values in their places, with everything that is wrong with it.

    Raises ConfigurationError for a file that cannot be read.
    """
    overrides = overrides or {}
    raw = read_yaml(path, keys_once=True)
    if _PRESET in overrides and isinstance(raw, dict):
        raw = {**raw, "signature": {"preset": overrides[_PRESET]}}
    raw = unfolded(raw)
    unknown = []
    for at, value in overrides.items():
        if isinstance(raw, dict) and (at in _DEFAULTED or pointer.read(raw, at, default=_NOTHING) is not _NOTHING):
            raw = pointer.write(raw, at, value)
        else:
            name = at[1:].replace("/", ".")
            unknown.append(Problem("--conformance-set", f"{path} has no value {name}", "Name one that it has."))
    raw = completed(raw)
    wrong, rest = _problems(raw, path)
    return Checked(raw, (*unknown, *wrong), rest)


_NOTHING: Final = object()
# Another preset is another scheme: nothing of the former one stays.
_PRESET: Final = "/signature/preset"
# What holds although a description may leave it out, so that a value of one's own can take its place.
_DEFAULTED: Final = frozenset(
    {
        "/acknowledgement/soft_limit",
        "/duplicates/remembered",
        "/limits/body",
        "/limits/burst",
        "/waits/effect",
        "/waits/retry",
    }
)


def _problems(raw: Any, path: Path) -> tuple[list[Problem], Remainder]:
    """What is wrong with the form, what in the rest contradicts itself, and that rest."""
    validator = Draft202012Validator(json.loads((schemas() / "platform.schema.json").read_text(encoding="utf-8")))
    errors = sorted(validator.iter_errors(raw), key=lambda e: [str(p) for p in e.absolute_path])
    problems = [problem for error in errors for problem in form_mistakes_of(error, str(path))]
    rest = remainder(raw, validator) if errors else Remainder(raw, frozenset())
    if rest.raw is not None:
        told = (*signature_mistakes(rest.raw), *contradictions(rest.raw), *_unfounded(rest.raw, raw))
        problems += [Problem(f"{path} at {at}", what, hint) for at, what, hint in told if not rest.hides(at)]
    return problems, rest


def _unfounded(raw: Mapping[str, Any], whole: Any) -> Iterator[tuple[str, str, str]]:
    """Assumptions about values that the whole description does not have."""
    for index, assumption in enumerate(raw.get("assumptions", [])):
        if pointer.read(whole, assumption["at"], default=_NOTHING) is _NOTHING:
            hint = "Name the pointer of a value of this description, or leave the assumption out."
            yield f"/assumptions/{index}/at", f"nothing stands at {assumption['at']}", hint
