"""A platform's behaviour as typed, immutable data.

What each field means stands in `schemas/platform.schema.json`; `description_file` reads and checks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from conformance import pointer
from conformance.platform.delivery_form import DeliveryForm, form_from_raw
from conformance.platform.handshake import Handshake, handshake_from_raw, origin_headers
from conformance.platform.signature import Credential, Signature, credential_from_raw, signature_from_raw
from conformance.report import Assumption
from conformance.verdict import Level

__all__ = [
    "Change",
    "Description",
    "EventType",
    "ObjectType",
    "OperationRole",
    "Recovery",
    "Subscriptions",
    "Terminal",
    "from_raw",
]

Change = Literal["created", "updated", "status-changed", "deleted"]
_DEFAULT_WAIT: Final = 30.0
_DEFAULT_REMEMBERED: Final = 150
_DEFAULT_BURST: Final = 50
_DEFAULT_BATCH: Final = 5


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type: the object type that it is about, the changes that it tells of, the state that it stands for.

    `schema` is where the document has it, empty where that is under the same name.
    """

    name: str
    object_type: str
    changes: tuple[Change, ...]
    sets: tuple[tuple[str, Any], ...]
    delivered: bool
    schema: str = ""


@dataclass(frozen=True, slots=True)
class ChangingField:
    """A field of an object that differs from version to version; its values are taken in turn."""

    at: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object type; pointers start at the object. `ids` is what is said of the form of its ids."""

    name: str
    id: str
    tenant: str
    version: str
    modified: str
    ids: str | Mapping[str, str]
    origin: tuple[str, ...]
    changing: tuple[ChangingField, ...]
    create_body: Mapping[str, Any]
    get: str
    create: str
    update: str


@dataclass(frozen=True, slots=True)
class OperationRole:
    """What an operation of the document does to the simulated platform."""

    operation: str
    does: str
    object_type: str
    keys: tuple[tuple[str, str], ...]
    filters: tuple[tuple[str, str], ...]
    inside: str
    many: bool
    answer: Any
    status: int


@dataclass(frozen=True, slots=True)
class Terminal:
    """After the event `after` about an object there is never another `before`."""

    object_type: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The subscription resource of the platform; pointers start at it."""

    id: str
    url: str
    event_types: str
    enabled_at: str
    enabled_value: Any
    same_when: tuple[str, ...]
    stands_for: Mapping[str, tuple[str, ...]]
    default: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recovery:
    """How missed events are listed."""

    sent: str
    failed: str
    look_back: float
    unknown_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A whole platform, but for its document; of that, what `unused` names need not be described.

    A pointer is empty where an event has no such part, or a header carries it.
    """

    name: str
    title: str
    document: Path
    unused: frozenset[str]
    has_partner_id: bool
    endpoint_per_type: bool
    paths: Mapping[str, str]
    user_agent: str
    credential: Credential | None
    delivery_headers: tuple[tuple[str, str], ...]
    form: DeliveryForm
    thin: bool
    id_at: str
    type_at: str
    time_at: str
    payload_at: str
    event_ids: str | Mapping[str, str]
    object_id_at: str
    object_type_at: str
    change_at: str
    change_values: Mapping[str, str]
    unknown_type: str
    event_types: Mapping[str, EventType]
    ack_limit: float
    soft_ack_limit: float
    refused_with: tuple[int, ...]
    signature: Signature | None
    correlation_header: str
    api_credentials: tuple[tuple[str, str], ...]
    api_error: Any
    object_types: Mapping[str, ObjectType]
    operations: Mapping[str, OperationRole]
    ordered_types: tuple[str, ...]
    terminal: tuple[Terminal, ...]
    remembered_events: int
    subscriptions: Subscriptions | None
    handshake: Handshake | None
    recovery: Recovery | None
    body_limit: int
    burst: int
    batch: int
    effect_window: float
    retry_window: float
    levels: Mapping[str, Level]
    may_waive: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def delivered_types(self) -> tuple[EventType, ...]:
        """The event types that the platform sends."""
        return tuple(t for t in self.event_types.values() if t.delivered)

    @property
    def open_at(self) -> str:
        """Where an event may have fields of any type that nobody has declared: attributes of CloudEvents are plain."""
        return self.payload_at if self.form.cloud and not self.thin else ""

    @property
    def features(self) -> frozenset[str]:
        """The features that requirements ask for in `applies_when`."""
        does = {role.does for role in self.operations.values()}
        has = {
            "thin-events": self.thin,
            "thick-events": not self.thin,
            "endpoint-per-type": self.endpoint_per_type,
            "signature": self.signature is not None,
            "signed-timestamp": self.signature is not None and self.signature.tolerance is not None,
            "signature-rotation": self.signature is not None and bool(self.signature.separator),
            "signature-versions": self.signature is not None and bool(self.signature.unknown_version),
            "webhook-credential": self.credential is not None,
            "correlation": bool(self.correlation_header),
            "api": bool(does),
            "get-operations": "get" in does,
            "create-operations": "create" in does,
            "subscriptions": self.subscriptions is not None,
            "event-type-list": "list-event-types" in does,
            "recovery": self.recovery is not None,
            "order": bool(self.ordered_types),
            "terminal-states": bool(self.terminal),
            "batches": self.form.holds_several and self.batch > 1,
            "tenants": any(kind.tenant and kind.tenant != kind.id for kind in self.object_types.values()),
            **(self.handshake.features if self.handshake is not None else {}),
        }
        return frozenset(name for name, present in has.items() if present)

    @property
    def needs_webhook_token(self) -> bool:
        """Whether deliveries carry a token that both sides know, or the platform proves itself by it in a handshake."""
        challenge = self.handshake.challenge if self.handshake is not None else None
        return self.credential is not None or (challenge is not None and challenge.has_token)

    @property
    def digest(self) -> str:
        """SHA-256 of the description as it is in force, overrides included."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()

    def as_text(self) -> str:
        """The description as one line of JSON, from which `Description.from_text` makes it again."""
        return json.dumps(self.raw, sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    @classmethod
    def from_text(cls, text: str, *, confirmed: frozenset[str] = frozenset()) -> Description:
        """Make a description from what `as_text` returns; its document is not looked for."""
        return from_raw(json.loads(text), Path(), confirmed=confirmed)

    def is_assumed(self, at: str) -> bool:
        """Whether the value at that pointer is assumed and nobody has confirmed it."""
        return any(not a.confirmed and (at == a.at or at.startswith(a.at + "/")) for a in self.assumptions)

    def address_at(self, object_type: str) -> tuple[tuple[str, str], ...]:
        """Where a thin event may name more of its object than the id, each with its place in the object.

        That is the tenant, and what else the path of the get operation asks for.
        """
        kind = self.object_types[object_type]
        keys = [at for _, at in self.operations[kind.get].keys] if kind.get else []
        places = dict.fromkeys(at for at in (kind.tenant, *keys) if at not in {"", kind.id})
        return tuple((self.payload_at + at, at) for at in places) if self.thin else ()

    def event_types_about(self, object_type: str, change: str = "") -> tuple[EventType, ...]:
        """The event types that tell of (that change of) that object type."""
        return tuple(
            t for t in self.delivered_types if t.object_type == object_type and (not change or change in t.changes)
        )


def from_raw(raw: Mapping[str, Any], path: Path, *, confirmed: frozenset[str] = frozenset()) -> Description:
    """Type a checked description."""
    deliveries, events = raw["deliveries"], raw["events"]
    correlation = raw.get("correlation", {})
    waits = raw.get("waits", {})
    roles = {name: _role(name, role) for name, role in raw.get("operations", {}).items()}
    change = events.get("change", {})
    return Description(
        name=raw["name"],
        title=raw["title"],
        document=path.parent / raw["document"],
        unused=frozenset(raw.get("unlisted", {})),
        has_partner_id=raw.get("partner_id", False),
        endpoint_per_type=deliveries["endpoints"] == "per-object-type",
        paths=deliveries.get("paths", {}),
        user_agent=deliveries["user_agent"],
        credential=credential_from_raw(deliveries.get("credential")),
        delivery_headers=(*deliveries.get("headers", {}).items(), *origin_headers(raw)),
        thin=events["style"] == "thin",
        form=form_from_raw(raw),
        id_at=_place(events, "id"),
        type_at=_place(events, "type"),
        time_at=_place(events, "time"),
        payload_at=events["payload"],
        event_ids=events.get("ids", ""),
        object_id_at=events.get("object_id", ""),
        object_type_at=events.get("object_type", ""),
        change_at=change.get("at", ""),
        change_values=change.get("values", {}),
        unknown_type=events["unknown_type"],
        event_types={name: _event_type(name, event) for name, event in events["types"].items()},
        ack_limit=float(raw["acknowledgement"]["limit"]),
        soft_ack_limit=float(raw["acknowledgement"].get("soft_limit", raw["acknowledgement"]["limit"] / 2)),
        refused_with=tuple(raw["acknowledgement"]["refused"]),
        signature=signature_from_raw(raw.get("signature")),
        correlation_header=correlation["header"] if correlation.get("enabled") else "",
        api_credentials=tuple(raw.get("api", {}).get("credentials", {}).items()),
        api_error=raw.get("api", {}).get("error", {}),
        object_types={name: _object_type(name, kind, roles) for name, kind in raw["object_types"].items()},
        operations=roles,
        ordered_types=tuple(raw.get("order", {}).get("object_types", ())),
        terminal=tuple(Terminal(**rule) for rule in raw.get("order", {}).get("terminal", ())),
        remembered_events=raw.get("duplicates", {}).get("remembered", _DEFAULT_REMEMBERED),
        subscriptions=_subscriptions(raw.get("subscriptions")),
        handshake=handshake_from_raw(raw.get("handshake")),
        recovery=Recovery(**raw["recovery"]) if "recovery" in raw else None,
        body_limit=raw.get("limits", {}).get("body", 262_144),
        burst=raw.get("limits", {}).get("burst", _DEFAULT_BURST),
        batch=raw.get("limits", {}).get("batch", _DEFAULT_BATCH),
        effect_window=float(waits.get("effect", _DEFAULT_WAIT)),
        retry_window=float(waits.get("retry", _DEFAULT_WAIT)),
        levels={name: Level(level) for name, level in raw.get("levels", {}).items()},
        may_waive=tuple(raw.get("waivers", {}).get("may_waive", ())),
        assumptions=tuple(_assumption(raw, entry, confirmed) for entry in raw.get("assumptions", ())),
        raw=raw,
    )


def _place(events: Mapping[str, Any], part: str) -> str:
    """The pointer to a part of an event, empty where none of its JSON is that part."""
    at = events.get(part, "")
    return at if isinstance(at, str) else ""


def _assumption(raw: Mapping[str, Any], entry: Mapping[str, str], confirmed: frozenset[str]) -> Assumption:
    at = entry["at"]
    value = json.dumps(pointer.read(raw, at), sort_keys=True, ensure_ascii=True)
    known = any(c == at or c.startswith(at + "/") or at.startswith(c + "/") for c in confirmed)
    return Assumption(at, value if len(value) <= 120 else "(see the description)", entry["reason"], known)


def _event_type(name: str, event: Mapping[str, Any]) -> EventType:
    return EventType(
        name,
        event["object_type"],
        tuple(event.get("changes", ())),
        tuple(event.get("sets", {}).items()),
        event.get("delivered", True),
        event.get("schema", ""),
    )


def _object_type(name: str, kind: Mapping[str, Any], roles: Mapping[str, OperationRole]) -> ObjectType:
    def operation(does: str) -> str:
        return next((r.operation for r in roles.values() if r.does == does and r.object_type == name), "")

    return ObjectType(
        name=name,
        id=kind["id"],
        tenant=kind.get("tenant", ""),
        version=kind.get("version", ""),
        modified=kind.get("modified", ""),
        ids=kind.get("ids", ""),
        origin=tuple(kind["origin"]),
        changing=tuple(ChangingField(c["at"], tuple(c["values"])) for c in kind.get("changing", ())),
        create_body=kind.get("create_body", {}),
        get=operation("get"),
        create=operation("create"),
        update=operation("update"),
    )


def _role(name: str, role: Mapping[str, Any]) -> OperationRole:
    return OperationRole(
        operation=name,
        does=role["does"],
        object_type=role.get("object_type", ""),
        keys=tuple(role.get("keys", {}).items()),
        filters=tuple(role.get("filters", {}).items()),
        inside=role.get("inside", ""),
        many=role.get("many", False),
        answer=role.get("answer"),
        status=role.get("status", 200),
    )


def _subscriptions(raw: Mapping[str, Any] | None) -> Subscriptions | None:
    if raw is None:
        return None
    enabled = raw.get("enabled", {})
    return Subscriptions(
        id=raw["id"],
        url=raw["url"],
        event_types=raw["event_types"],
        enabled_at=enabled.get("at", ""),
        enabled_value=enabled.get("value"),
        same_when=tuple(raw.get("same_when", ())),
        stands_for={name: tuple(types) for name, types in raw.get("stands_for", {}).items()},
        default=raw["default"],
    )
