"""What in a description contradicts itself: names that refer to nothing, words that nothing is filled in for.

A JSON Schema cannot say it; each has its place, what is wrong, and what to do.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from conformance import pointer
from conformance.platform.delivery_form import form_mistakes
from conformance.platform.handshake_check import handshake_mistakes
from conformance.platform.soundness import pattern_trouble

__all__ = ["contradictions"]

# What is filled in, by the part of a description; a word in braces that is none of these would be sent as it stands.
_FILLED_IN: Final[Mapping[str, frozenset[str]]] = {
    "/deliveries/headers": frozenset({"id", "type", "time"}),
    "/deliveries/credential/headers": frozenset({"token"}),
    "/api/credentials": frozenset({"api_key", "partner_id"}),
    "/api/error": frozenset({"title", "detail", "status"}),
    "/subscriptions/default": frozenset({"url", "event_types", "webhook_token", "partner_id"}),
    "/handshake/challenge/query": frozenset({"challenge", "token"}),
    "/handshake/challenge/body": frozenset({"challenge", "token"}),
    "/handshake/ping/body": frozenset({"id", "type", "time", "object", "object_id"}),
}
_ANSWERED: Final = frozenset(
    {"object", "objects", "view", "events", "filters", "event_types", "subscription", "subscriptions"}
)
_WORD: Final = re.compile(r"\{([a-z_]+)\}")


def contradictions(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What a JSON Schema cannot say: names that refer to nothing."""
    yield from _unknown_object_types(raw)
    yield from _unknown_event_types(raw)
    yield from _missing_paths(raw)
    yield from _unnamed_events(raw)
    yield from _idle_credential(raw)
    yield from form_mistakes(raw)
    yield from handshake_mistakes(raw)
    yield from _unfilled(raw)
    yield from _unusable_patterns(raw)


def _unknown_object_types(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    order = raw.get("order", {})
    about_objects = {"get", "find", "view", "list", "create", "update"}
    named = [
        *(
            (f"/events/types/{pointer.escaped(name)}/object_type", event["object_type"])
            for name, event in raw["events"]["types"].items()
        ),
        *(
            (f"/operations/{pointer.escaped(name)}/object_type", role.get("object_type"))
            for name, role in raw.get("operations", {}).items()
            if role["does"] in about_objects
        ),
        *((f"/order/object_types/{index}", name) for index, name in enumerate(order.get("object_types", []))),
        *(
            (f"/order/terminal/{index}/object_type", r["object_type"])
            for index, r in enumerate(order.get("terminal", []))
        ),
        *((f"/deliveries/paths/{pointer.escaped(name)}", name) for name in raw["deliveries"].get("paths", {})),
    ]
    known = raw["object_types"]
    for at, name in named:
        if name is None:
            yield at.rpartition("/")[0], "'object_type' is missing", f"Say which it is about: {', '.join(known)}."
        elif name not in known:
            yield at, f"no object type {name!r}", _meant(name, known, "Describe it under object_types, or name another")


def _unknown_event_types(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    types = raw["events"]["types"]
    words = raw["events"].get("change", {}).get("values")
    for name, event in types.items():
        at = f"/events/types/{pointer.escaped(name)}"
        if not event.get("delivered", True):
            continue
        if not event.get("changes"):
            hint = "Say what it tells of: created, updated, status-changed or deleted; or say `delivered: false`."
            yield at, "a delivered event type needs 'changes'", hint
        for change in event.get("changes", ()):
            if words is not None and change not in words:
                hint = "Add the platform's own word for it to `values`."
                yield "/events/change/values", f"no word for {change!r}, which {name} tells of", hint
    for index, rule in enumerate(raw.get("order", {}).get("terminal", [])):
        for key in ("before", "after"):
            if rule[key] not in types:
                hint = _meant(rule[key], types, "Describe it under events, or name another")
                yield f"/order/terminal/{index}/{key}", f"no event type {rule[key]!r}", hint


def _meant(name: str, known: Collection[str], otherwise: str) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"Is it {close[0]!r}?" if close else f"{otherwise}."


def _missing_paths(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    deliveries = raw["deliveries"]
    if deliveries["endpoints"] == "per-object-type":
        for name in raw["object_types"]:
            if name not in deliveries["paths"]:
                hint = f"Say where its events go, below the partner's URL: {name}: /{name}."
                yield f"/deliveries/paths/{pointer.escaped(name)}", "no path for this object type", hint


def _unnamed_events(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if "id" in raw["events"]:
        return
    carried = {**raw.get("signature", {}).get("headers", {}), **raw["deliveries"].get("headers", {})}
    if not any("{id}" in value for value in carried.values()):
        what = "'id' is missing, and no header of the signature or of the deliveries carries {id}"
        yield "/events", what, "Say where the event's id stands: `id: /id`, or `id: {header: NAME}`."


def _idle_credential(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    credential = raw["deliveries"].get("credential", {})
    if credential.get("type") == "static" and not any("{token}" in value for value in credential["headers"].values()):
        what = "no header carries {token}, so there is no credential"
        yield "/deliveries/credential/headers", what, 'Put it where the secret stands: X-Token: "{token}".'


def _unfilled(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    parts = [(at, known, pointer.read(raw, at)) for at, known in _FILLED_IN.items()]
    for name, role in raw.get("operations", {}).items():
        parts.append((f"/operations/{pointer.escaped(name)}/answer", _ANSWERED, role.get("answer")))
    for at, known, template in parts:
        for here, text in pointer.walk(template):
            for word in _WORD.findall(text) if isinstance(text, str) else ():
                if word not in known:
                    hint = f"Known here: {', '.join(sorted(known))}."
                    yield at + here, f"nothing is filled in for {{{word}}}", hint


def _unusable_patterns(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Patterns of ids that nobody can draw from."""
    places = {"/events/ids": raw["events"].get("ids")}
    places |= {f"/object_types/{pointer.escaped(name)}/ids": k.get("ids") for name, k in raw["object_types"].items()}
    for at, ids in places.items():
        trouble = pattern_trouble(ids["pattern"]) if isinstance(ids, dict) else None
        if trouble is not None:
            yield f"{at}/pattern", *trouble
