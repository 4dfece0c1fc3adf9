"""The profile: what the partner knows of the platform that it is driven by. Reading it, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.reference.document import Json, JsonObject, as_object, at, read, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "Challenge",
    "Credential",
    "EventType",
    "Handshake",
    "ObjectType",
    "Operation",
    "Profile",
    "Recovery",
    "SignatureScheme",
    "Subscriptions",
]


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: the object type that it is about and what it says of the object."""

    name: str
    object_type: str
    changes: tuple[str, ...]
    delivered: bool


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of object, with pointers into an object of it; the empty text where the platform has no such field.

    `texts` are fields that hold a text wherever they are; `is_numbered` says that ids are whole numbers.
    """

    name: str
    id: str
    tenant: str
    version: str
    modified: str
    texts: tuple[str, ...]
    is_numbered: bool
    create_body: JsonObject = field(hash=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """A call of the platform's API."""

    does: str
    method: str
    path: str
    object_type: str
    keys: Mapping[str, str] = field(hash=False)
    filters: Mapping[str, str] = field(hash=False)
    answer: Json = field(hash=False)
    many: bool


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """How deliveries are signed; `tolerance` is in seconds, None where the age does not count.

    `version` begins every signature that is understood, `separator` stands between several; both may be empty. `kind`
    is the family of the scheme, `ticks` is how many of its time's units a second has. The prefixes stand before the
    secret and before the public key.
    """

    kind: str
    digest: str
    content: str
    encoding: str
    headers: Mapping[str, str] = field(hash=False)
    tolerance: float | None
    version: str
    separator: str
    ticks: int
    key_encoding: str
    prefix: str
    public_prefix: str
    algorithm: str
    components: tuple[str, ...]
    claims: Mapping[str, str] = field(hash=False)
    label: str

    @property
    def has_key_pair(self) -> bool:
        """Whether the platform signs with a private key, and this partner has the public one."""
        return self.kind == "ed25519" or self.algorithm.lower() == "ed25519"


@dataclass(frozen=True, slots=True)
class Credential:
    """What deliveries carry besides a signature: templates of headers; `user` is that of basic authentication."""

    headers: Mapping[str, str] = field(hash=False)
    user: str


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What a subscription looks like: pointers into it, and the one that this partner makes."""

    id: str
    url: str
    event_types: str
    default: JsonObject = field(hash=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """How the platform asks whether this partner wants its deliveries.

    `query` and `body` are templates of the request; `answer` is that of the right answer, a text, or texts by their
    pointers; `encoding` is that of an HMAC in it.
    """

    method: str
    query: Mapping[str, str] = field(hash=False)
    body: Json = field(hash=False)
    signed: bool
    answer: str | Mapping[str, str] = field(hash=False)
    content_type: str
    digest: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Handshake:
    """The ways in which the platform asks; `ping` is the type of deliveries that tell of nothing, empty for none."""

    challenge: Challenge | None
    ping: str
    ping_header: str
    ping_object_type: str
    grants: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """How missed events are asked for; `look_back` is in seconds."""

    failed: str
    look_back: float
    unknown_after: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A platform, as far as a partner must know it.

    `root` leads to the JSON that was sent, and `carriers` are the headers beside it; `field` is that of a form.
    """

    thin: bool
    event_id: str
    event_type: str
    event_time: str
    payload: str
    root: str
    carriers: tuple[str, ...]
    content_type: str
    field: str
    is_batch: bool
    is_cloud: bool
    is_percent_encoded: bool
    has_numbered_events: bool
    object_id: str
    named_object_type: str
    change_at: str
    changes: Mapping[str, str]
    event_types: Mapping[str, EventType]
    object_types: Mapping[str, ObjectType]
    operations: tuple[Operation, ...]
    terminal: frozenset[tuple[str, str]]
    paths: Mapping[str, str]
    one_endpoint: bool
    credential: Credential | None
    id_header: str
    acknowledge_within: float
    usually_within: float
    refused: int
    body_limit: int
    has_partner_id: bool
    signature: SignatureScheme | None
    correlation_header: str
    credentials: Mapping[str, str]
    subscriptions: Subscriptions | None
    handshake: Handshake
    recovery: Recovery | None

    @classmethod
    def from_file(cls, path: Path) -> Profile:
        """Read a profile file. Raises OSError and ValueError."""
        return cls.from_document(as_object(read(path.read_bytes())))

    @classmethod
    def from_document(cls, document: JsonObject) -> Profile:
        """Read a profile: the platform's description and the method and path of each of its operations."""
        description = document["description"]
        carriers = _carriers(description)
        root = "/body" if carriers else ""
        numbered = as_object(document.get("numbered"))
        return cls(
            thin=at(description, "/events/style") == "thin",
            event_id=_below(root, _text(description, "/events/id")),
            event_type=_place(description, "type", root),
            event_time=_place(description, "time", root),
            payload=root + _text(description, "/events/payload"),
            root=root,
            carriers=carriers,
            content_type=_content_type(description),
            field=_text(description, "/deliveries/field"),
            is_batch=at(description, "/deliveries/form") == "batch",
            is_cloud="cloudevents" in _content_type(description),
            is_percent_encoded=at(description, "/deliveries/form") == "cloudevents-binary",
            has_numbered_events=bool(numbered.get("events")),
            object_id=_place(description, "object_id", root),
            named_object_type=_place(description, "object_type", root),
            change_at=_below(root, _text(description, "/events/change/at")),
            changes={value: name for name, value in _texts(description, "/events/change/values").items()},
            event_types=_event_types(description),
            object_types=_object_types(description, as_object(numbered.get("object_types"))),
            operations=_operations(document),
            terminal=_terminal(description),
            paths={path: name for name, path in _texts(description, "/deliveries/paths").items()},
            one_endpoint=at(description, "/deliveries/endpoints") == "one",
            credential=_credential(description),
            id_header=_id_header(description),
            acknowledge_within=_number(description, "/acknowledgement/limit", 5),
            usually_within=_usually_within(description),
            refused=int(_number(description, "/acknowledgement/refused/0", 401)),
            body_limit=int(_number(description, "/limits/body", 262_144)),
            has_partner_id=bool(at(description, "/partner_id")),
            signature=_signature(description),
            correlation_header=_correlation_header(description),
            credentials=_texts(description, "/api/credentials"),
            subscriptions=_subscriptions(description),
            handshake=_handshake(description),
            recovery=_recovery(description),
        )

    def operation(self, does: str, object_type: str = "") -> Operation | None:
        """Give the first operation that does this to this object type, None where there is none."""
        return next((each for each in self.operations if (each.does, each.object_type) == (does, object_type)), None)


def _text(description: Json, pointer: str) -> str:
    return text_at(description, pointer) or ""


def _texts(description: Json, pointer: str) -> dict[str, str]:
    return {name: str(value) for name, value in as_object(at(description, pointer)).items()}


def _number(description: Json, pointer: str, default: float) -> float:
    found = at(description, pointer)
    return found if isinstance(found, int | float) else default


def _usually_within(description: Json) -> float:
    """Give the seconds in which most answers come: half of the limit, where the platform does not say."""
    return _number(description, "/acknowledgement/soft_limit", _number(description, "/acknowledgement/limit", 5) / 2)


def _list(description: Json, pointer: str) -> list[Json]:
    found = at(description, pointer)
    return found if isinstance(found, list) else []


def _event_types(description: Json) -> dict[str, EventType]:
    return {
        name: EventType(
            name=name,
            object_type=_text(entry, "/object_type"),
            changes=tuple(str(change) for change in _list(entry, "/changes")),
            delivered=at(entry, "/delivered") is not False,
        )
        for name, entry in as_object(at(description, "/events/types")).items()
    }


def _object_types(description: Json, numbered: JsonObject) -> dict[str, ObjectType]:
    return {
        name: ObjectType(
            name=name,
            id=_text(entry, "/id"),
            tenant=_text(entry, "/tenant"),
            version=_text(entry, "/version"),
            modified=_text(entry, "/modified"),
            is_numbered=bool(numbered.get(name)),
            texts=tuple(_text(each, "/at") for each in _list(entry, "/changing") if _holds_texts(each)),
            create_body=as_object(at(entry, "/create_body")),
        )
        for name, entry in as_object(at(description, "/object_types")).items()
    }


def _holds_texts(changing: Json) -> bool:
    return all(isinstance(value, str) for value in _list(changing, "/values"))


def _operations(document: JsonObject) -> tuple[Operation, ...]:
    routes = as_object(document["operations"])
    return tuple(
        Operation(
            does=_text(entry, "/does"),
            method=_text(routes[name], "/method").upper(),
            path=_text(routes[name], "/path"),
            object_type=_text(entry, "/object_type"),
            keys=_texts(entry, "/keys"),
            filters={filters: name for name, filters in _texts(entry, "/filters").items()},
            answer=at(entry, "/answer"),
            many=bool(at(entry, "/many")),
        )
        for name, entry in as_object(at(document, "/description/operations")).items()
        if name in routes
    )


def _terminal(description: Json) -> frozenset[tuple[str, str]]:
    return frozenset((_text(rule, "/before"), _text(rule, "/after")) for rule in _list(description, "/order/terminal"))


def _signature(description: Json) -> SignatureScheme | None:
    entry = at(description, "/signature")
    if entry is None:
        return None
    tolerance = at(entry, "/tolerance")
    return SignatureScheme(
        kind=_text(entry, "/scheme") or "hmac",
        digest=_text(entry, "/digest") or "sha256",
        content=_text(entry, "/content"),
        encoding=_text(entry, "/encoding") or ("base64url" if _text(entry, "/scheme") == "jws" else "base64"),
        headers=_texts(entry, "/headers"),
        tolerance=tolerance if isinstance(tolerance, int | float) else None,
        version=_text(entry, "/version"),
        separator=_text(entry, "/separator"),
        ticks=1000 if _text(entry, "/unit") == "milliseconds" else 1,
        key_encoding=_text(entry, "/secret/encoding") or "utf-8",
        prefix=_text(entry, "/secret/prefix"),
        public_prefix=_text(entry, "/secret/public_prefix"),
        algorithm=_text(entry, "/algorithm"),
        components=tuple(str(each) for each in _list(entry, "/components")),
        claims=_texts(entry, "/claims"),
        label=_text(entry, "/label") or "sig1",
    )


def _credential(description: Json) -> Credential | None:
    entry = at(description, "/deliveries/credential")
    if entry is None:
        return None
    header = _text(entry, "/header") or "Authorization"
    forms = {"bearer": {header: "Bearer {token}"}, "basic": {header: "Basic {basic}"}}
    return Credential(forms.get(_text(entry, "/type")) or _texts(entry, "/headers"), _text(entry, "/user"))


def _carriers(description: Json) -> tuple[str, ...]:
    """Give the headers in which type and time of an event stand; its id is told by itself."""
    named = (_text(description, f"/events/{part}/header") for part in ("type", "time"))
    return tuple(name.lower() for name in named if name)


def _place(description: Json, part: str, root: str) -> str:
    """Give the pointer to a part of an event in what headers and body say together, the empty text for none."""
    header = _text(description, f"/events/{part}/header")
    if header:
        return f"/headers/{header.lower().replace('~', '~0')}"
    return _below(root, _text(description, f"/events/{part}"))


def _below(root: str, pointer: str) -> str:
    return root + pointer if pointer else ""


_CONTENT_TYPES = {
    "cloudevents-structured": "application/cloudevents+json",
    "form": "application/x-www-form-urlencoded",
}


def _content_type(description: Json) -> str:
    usual = _CONTENT_TYPES.get(_text(description, "/deliveries/form"), "application/json")
    return _text(description, "/deliveries/content_type") or usual


def _id_header(description: Json) -> str:
    """Give the header in which the event's id stands, where the event itself has none."""
    carried = {**_texts(description, "/deliveries/headers"), **_texts(description, "/signature/headers")}
    if _text(description, "/events/id"):
        return ""
    return next((name for name, template in carried.items() if template == "{id}"), "")


def _correlation_header(description: Json) -> str:
    return _text(description, "/correlation/header") if at(description, "/correlation/enabled") else ""


def _subscriptions(description: Json) -> Subscriptions | None:
    entry = at(description, "/subscriptions")
    if entry is None:
        return None
    return Subscriptions(
        id=_text(entry, "/id"),
        url=_text(entry, "/url"),
        event_types=_text(entry, "/event_types"),
        default=as_object(at(entry, "/default")),
    )


def _handshake(description: Json) -> Handshake:
    headers = _texts(description, "/deliveries/headers")
    return Handshake(
        challenge=_challenge(at(description, "/handshake/challenge")),
        ping=_text(description, "/handshake/ping/type"),
        ping_header=next((name for name, template in headers.items() if template == "{type}"), ""),
        ping_object_type=_text(description, "/handshake/ping/object_type"),
        grants=at(description, "/handshake/options") is not None,
    )


def _challenge(entry: Json) -> Challenge | None:
    if entry is None:
        return None
    return Challenge(
        method=_text(entry, "/method"),
        query=_texts(entry, "/query"),
        body=at(entry, "/body"),
        signed=at(entry, "/signed") is True,
        answer=_text(entry, "/answers/0/text") or _texts(entry, "/answers/0/json"),
        content_type=_text(entry, "/answers/0/content_type") or "text/plain",
        digest=_text(entry, "/proof/digest") or "sha256",
        encoding=_text(entry, "/proof/encoding") or "hex",
    )


def _recovery(description: Json) -> Recovery | None:
    entry = at(description, "/recovery")
    if entry is None:
        return None
    return Recovery(
        failed=_text(entry, "/failed"),
        look_back=_number(entry, "/look_back", 86_400),
        unknown_after=int(_number(entry, "/unknown_after", 404)),
    )
