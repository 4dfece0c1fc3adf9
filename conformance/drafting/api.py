"""Guessing from the API of a document: which operations get, create, update and list objects, and with what key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from conformance import pointer
from conformance.drafting.guess import Fields, Guess, first_declared
from conformance.generate.samples import build_valid
from conformance.platform.document import Document, Operation

__all__ = ["Role", "credentials", "least_body", "roles"]

_DOES: Final = {"GET": "get", "PATCH": "update", "PUT": "update", "POST": "create"}


@dataclass(frozen=True, slots=True)
class Role:
    """What an operation seems to do."""

    operation: str
    does: str
    object_type: str
    keys: dict[str, str]
    answer: Any
    status: int
    reason: str


def roles(document: Document, ids: dict[str, str]) -> list[Role]:
    """At most one operation of each kind for each object type; `ids` are the places of the objects' ids."""
    found: dict[tuple[str, str], Role] = {}
    for operation in document.operations:
        if operation.at in document.unusable or "?" in operation.path:
            continue
        role = _role(document, operation, ids)
        if role is not None:
            found.setdefault((role.does, role.object_type), role)
    return list(found.values())


def _role(document: Document, operation: Operation, ids: dict[str, str]) -> Role | None:
    segments = [s for s in operation.path.split("/") if s]
    parameters = re.findall(r"\{([^{}]+)\}", operation.path)
    one = bool(segments) and segments[-1].startswith("{")
    literal = next((s for s in reversed(segments) if not s.startswith("{")), "")
    object_type = _matching(literal, ids)
    if not object_type or len(parameters) != int(one):
        return None
    does = _DOES.get(operation.method, "") if one else {"GET": "list", "POST": "create"}.get(operation.method, "")
    if not does or (one and operation.method == "POST"):
        return None
    status = _status(document, operation)
    answered = document.answer_schema_at(operation, status)
    answer = _answer(document, answered, object_type, ids[object_type], many=does == "list") if answered else None
    if answer is None:
        return None
    keys = {parameters[0]: ids[object_type]} if one else {}
    return Role(operation.id, does, object_type, keys, answer, status, f"{operation.method} {operation.path}")


def _matching(segment: str, ids: Iterable[str]) -> str:
    """The object type that a segment of a path names, in the singular or in the plural."""
    plain = re.sub(r"[^a-z0-9]", "", segment.lower())
    for name in ids:
        singular = re.sub(r"[^a-z0-9]", "", name.lower())
        plurals = {singular, f"{singular}s", f"{singular}es", f"{singular[:-1]}ies" if singular.endswith("y") else ""}
        if plain in plurals - {""}:
            return name
    return ""


def _status(document: Document, operation: Operation) -> int:
    responses = pointer.read(document.content, f"{operation.at}/responses", default={})
    good = [int(s) for s in responses if re.fullmatch(r"2\d\d", str(s))] if isinstance(responses, dict) else []
    return min(good, default=200)


def _answer(document: Document, at: str, object_type: str, id_at: str, *, many: bool) -> Any:
    """How the object is wrapped in an answer; None where it is not found."""
    fields = Fields(document, (at,))
    token = "{objects}" if many else "{object}"
    if many:
        schema = document.schema(at)
        if isinstance(schema, dict) and schema.get("type") == "array":
            return token
    elif document.locate(at, id_at):
        return token
    for name in (object_type, f"{object_type}s", "data", "items", "results", "result", "object", "attributes"):
        found = first_declared((name,), fields.names())
        if not found:
            continue
        inner = fields.inside(found)
        fits = isinstance(fields.schema(found).get("items"), dict) if many else bool(inner.below(id_at).places)
        if fits:
            return {found: token}
    return None


def least_body(document: Document, role: Role) -> Any:
    """What an object is created from at least; None where its operation asks for no more than an object."""
    operation = document.operation(role.operation)
    at = document.request_schema_at(operation) if operation is not None else ""
    if not at or not document.violations(at, {}):
        return None
    body = next(iter(build_valid(document, {role.operation: at}, count=1, random_seed=1)[role.operation]), None)
    if not isinstance(body, dict):
        return None
    for name in list(body):
        less = {key: value for key, value in body.items() if key != name}
        body = body if document.violations(at, less) else less
    return body


def credentials(document: Document) -> Guess:
    """The headers with which the API is called, from the document's security schemes."""
    schemes = pointer.read(document.content, "/components/securitySchemes", default={})
    for name, scheme in schemes.items() if isinstance(schemes, dict) else ():
        if not isinstance(scheme, dict):
            continue
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header" and isinstance(scheme.get("name"), str):
            return Guess({scheme["name"]: "{api_key}"}, f"the security scheme {name!r}")
        if str(scheme.get("type")) in {"oauth2", "openIdConnect"} or str(scheme.get("scheme", "")).lower() == "bearer":
            return Guess({"Authorization": "Bearer {api_key}"}, f"the security scheme {name!r}")
        if str(scheme.get("scheme", "")).lower() == "basic":
            return Guess({"Authorization": "Basic {api_key}"}, f"the security scheme {name!r}; give the encoded pair")
    return Guess({"Authorization": "Bearer {api_key}"}, "the document names no security scheme of a header", sure=False)
