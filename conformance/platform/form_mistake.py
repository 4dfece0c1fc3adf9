"""A mistake of form in a description, in words: where it stands, what is wrong, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from conformance import pointer
from conformance.errors import Problem
from conformance.misspelling import guessed, meant

__all__ = ["form_mistakes_of"]

_LONGEST: Final = 300
_KINDS: Final[Mapping[str, str]] = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list, [...]",
    "object": "a mapping, {name: value}",
}
_BOUNDS: Final[Mapping[str, str]] = {
    "minimum": "Take {} or more.",
    "exclusiveMinimum": "Take more than {}.",
    "maximum": "Take {} or less.",
    "minItems": "Name {} or more.",
    "minProperties": "Name {} or more.",
    "uniqueItems": "Name each once.",
    "pattern": "It must match {}.",
}


def form_mistakes_of(error: ValidationError, file: str) -> Iterator[Problem]:
    """What an error of the schema of descriptions says, in words; of a choice, what the likeliest branch says."""
    nearest = _nearest(error)
    if nearest:
        for one in nearest:
            yield from form_mistakes_of(one, file)
        return
    where = "".join(f"/{pointer.escaped(str(step))}" for step in error.absolute_path) or "the top"
    yield Problem(
        f"{file} at {where}", error.message[:_LONGEST], _to_do(error) or "The guide on descriptions says more."
    )


def _nearest(error: ValidationError) -> list[ValidationError]:
    """The errors of the one branch of a choice that is meant: the only one whose fixed values are there."""
    if error.validator != "oneOf" or not isinstance(error.instance, dict):
        return []
    branches: dict[int, list[ValidationError]] = {}
    for one in error.context or ():
        branches.setdefault(int(one.schema_path[0]), []).append(one)
    meant = [told for told in branches.values() if not any(one.validator in {"const", "enum", "type"} for one in told)]
    fixed = [one for told in branches.values() for one in told if one.validator == "const"]
    if len(meant) != 1 and len(fixed) == len(branches):
        return [_choice(fixed)]
    return meant[0] if len(meant) == 1 else []


def _choice(fixed: list[ValidationError]) -> ValidationError:
    """One error for several fixed values, of which any would do."""
    known = [one.validator_value for one in fixed]
    return ValidationError(
        f"{fixed[0].instance!r} is not one of {known!r}",
        validator="enum",
        validator_value=known,
        instance=fixed[0].instance,
        schema={},
        path=fixed[0].absolute_path,
    )


def _to_do(error: ValidationError) -> str:
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    described = str(schema.get("description", ""))
    value: Any = error.validator_value
    there: Any = error.instance
    match error.validator:
        case "additionalProperties":
            return _known(there, schema.get("properties", {}), described)
        case "required":
            return " ".join(_add(name, schema) for name in value if name not in there)
        case "enum":
            return _close(there, value) or described
        case "const":
            return f"Write {json.dumps(value)}."
        case "type":
            wanted = [value] if isinstance(value, str) else value
            return " ".join(filter(None, [f"Write {' or '.join(_KINDS.get(w, w) for w in wanted)}.", described]))
        case "pattern" if str(value).startswith("^(/"):
            return "Write a JSON pointer, which begins with a slash: /data/id."
    bound = _BOUNDS.get(str(error.validator), "").format(value)
    return " ".join(filter(None, [bound, described]))


def _known(instance: Mapping[str, Any], known: Mapping[str, Any], described: str) -> str:
    if not known:
        return described
    odd = [name for name in instance if name not in known]
    guesses = [f"Did you mean {guess!r} by {name!r}?" for name in odd if (guess := meant(name, known))]
    return " ".join([*guesses, f"Known here: {', '.join(known)}."])


def _add(name: str, schema: Mapping[str, Any]) -> str:
    said = schema.get("properties", {}).get(name, {})
    allowed = said.get("enum", [said["const"]] if "const" in said else [])
    listed = f": {' or '.join(map(str, allowed))}" if allowed else ""
    return " ".join(filter(None, [f"Add {name!r}{listed}.", str(said.get("description", ""))]))


def _close(value: Any, allowed: list[Any]) -> str:
    known = [str(one) for one in allowed]
    return guessed(str(value), known, f"Take one of: {', '.join(known)}.")
