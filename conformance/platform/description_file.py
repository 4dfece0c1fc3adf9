"""The file of a platform description: finding it, reading it, checking it, every mistake at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from conformance import pointer
from conformance.errors import ConfigurationError, Problem
from conformance.misspelling import guessed
from conformance.platform.delivery_form import completed, form_mistakes
from conformance.platform.description import Description, from_raw
from conformance.platform.handshake_check import handshake_mistakes
from conformance.platform.signature_check import signature_mistakes, unfolded
from conformance.platform.yaml_file import read_yaml
from conformance.resources import schemas

__all__ = ["bundled_platforms", "checked", "locate", "read_description"]


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
    raw, problems = checked(path, overrides=overrides)
    if problems:
        raise ConfigurationError(*problems)
    return from_raw(raw, path, confirmed=frozenset(overrides or ()))


def checked(path: Path, *, overrides: Mapping[str, Any] | None = None) -> tuple[Any, list[Problem]]:
    """What stands in a description, the operator's own values in their places, with everything that is wrong with it.

    Raises ConfigurationError for a file that cannot be read.
    """
    overrides = overrides or {}
    raw = read_yaml(path)
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
    return raw, [*unknown, *_problems(raw, path)]


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


def _problems(raw: Any, path: Path) -> list[Problem]:
    schema = json.loads((schemas() / "platform.schema.json").read_text(encoding="utf-8"))
    errors = sorted(Draft202012Validator(schema).iter_errors(raw), key=lambda e: [str(p) for p in e.absolute_path])
    problems = [Problem(f"{path} at {_at(e.absolute_path)}", e.message[:300], _said(e)) for e in errors]
    if isinstance(raw, dict) and not any(e.absolute_path and e.absolute_path[0] == "signature" for e in errors):
        problems += [Problem(f"{path} at {at}", what, hint) for at, what, hint in signature_mistakes(raw)]
    return problems or [Problem(f"{path} at {at}", what) for at, what in _contradictions(raw)]


def _said(error: ValidationError) -> str:
    """What the schema says of the value that is wrong, or which fields it knows beside the one that it does not."""
    if not isinstance(error.schema, dict):
        return ""
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        given: Any = error.instance
        unknown = next((name for name in given if name not in known), "")
        return guessed(str(unknown), known, f"Known here: {', '.join(known)}.")
    return str(error.schema.get("description", ""))


def _at(path: Any) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path) or "the top"


def _contradictions(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a JSON Schema cannot say: names that refer to nothing."""
    yield from _unknown_object_types(raw)
    yield from _unknown_event_types(raw)
    yield from _missing_paths(raw)
    yield from _unnamed_events(raw)
    yield from _idle_credential(raw)
    yield from form_mistakes(raw)
    yield from handshake_mistakes(raw)
    for index, assumption in enumerate(raw.get("assumptions", [])):
        if pointer.read(raw, assumption["at"], default=_NOTHING) is _NOTHING:
            yield f"/assumptions/{index}/at", f"nothing stands at {assumption['at']}"


def _unknown_object_types(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    order = raw.get("order", {})
    about_objects = {"get", "find", "view", "list", "create", "update"}
    named = [
        *(
            (f"/events/types/{name}/object_type", event["object_type"])
            for name, event in raw["events"]["types"].items()
        ),
        *(
            (f"/operations/{name}/object_type", role.get("object_type"))
            for name, role in raw.get("operations", {}).items()
            if role["does"] in about_objects
        ),
        *((f"/order/object_types/{index}", name) for index, name in enumerate(order.get("object_types", []))),
        *(
            (f"/order/terminal/{index}/object_type", r["object_type"])
            for index, r in enumerate(order.get("terminal", []))
        ),
        *((f"/deliveries/paths/{name}", name) for name in raw["deliveries"].get("paths", {})),
    ]
    for at, name in named:
        if name not in raw["object_types"]:
            yield at, f"no object type {name!r}"


def _unknown_event_types(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    types = raw["events"]["types"]
    for name, event in types.items():
        if event.get("delivered", True) and not event.get("changes"):
            yield f"/events/types/{name}", "a delivered event type needs 'changes'"
    for index, rule in enumerate(raw.get("order", {}).get("terminal", [])):
        for key in ("before", "after"):
            if rule[key] not in types:
                yield f"/order/terminal/{index}/{key}", f"no event type {rule[key]!r}"


def _missing_paths(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    deliveries = raw["deliveries"]
    if deliveries["endpoints"] == "per-object-type":
        for name in raw["object_types"]:
            if name not in deliveries["paths"]:
                yield f"/deliveries/paths/{name}", "no path for this object type"


def _unnamed_events(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "id" in raw["events"]:
        return
    carried = {**raw.get("signature", {}).get("headers", {}), **raw["deliveries"].get("headers", {})}
    if not any("{id}" in value for value in carried.values()):
        yield "/events", "'id' is missing, and no header of the signature or of the deliveries carries {id}"


def _idle_credential(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    credential = raw["deliveries"].get("credential", {})
    if credential.get("type") == "static" and not any("{token}" in value for value in credential["headers"].values()):
        yield "/deliveries/credential/headers", "no header carries {token}, so there is no credential"
