"""Guessing from the schemas of events: where their id, type, time and object stand, and what each tells of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from conformance import pointer
from conformance.drafting.forms import carrier
from conformance.drafting.guess import Fields, Guess, first_declared, plain
from conformance.platform.document import Document

__all__ = ["Envelope", "Told", "change_words", "envelope", "subjects", "tellings"]

_TYPE_NAMES: Final = ("event_type", "type", "event", "topic", "event_name", "name", "kind", "notification_type")
_ID_NAMES: Final = ("event_id", "id", "webhook_id", "message_id", "notification_id", "delivery_id", "uuid", "guid")
_TIME_NAMES: Final = (
    "occurred_at",
    "occurred_on",
    "created_at",
    "timestamp",
    "time",
    "event_time",
    "event_date",
    "sent_at",
    "created",
    "created_on",
    "date",
    "at",
    "when",
    "updated_at",
)
_PAYLOAD_NAMES: Final = ("data", "payload", "object", "resource", "event", "body", "content", "entity", "attributes")
_HEADS: Final = ("meta", "metadata", "header", "headers", "envelope")
_OBJECT_ID_NAMES: Final = ("object_id", "resource_id", "entity_id", "subject_id", "subject")
_VERBS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("created", "create", "added", "add", "opened", "new", "registered", "issued", "made"), "created"),
    **dict.fromkeys(("deleted", "delete", "removed", "remove", "destroyed", "archived", "purged"), "deleted"),
}
_UPDATES: Final = frozenset({"updated", "update", "changed", "change", "edited", "modified"})
_CHANGES: Final = {
    "created": "created",
    "updated": "updated",
    "deleted": "deleted",
    "statuschanged": "status-changed",
}
_NOISE: Final = frozenset({"event", "webhook", "notification", "payload", "v1", "v2"})
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where things stand in an event, each with its reason."""

    id: Guess
    type: Guess
    time: Guess
    payload: Guess
    object_id: Guess | None


@dataclass(frozen=True, slots=True)
class Told:
    """What an event type tells: of which object type, which changes, in which state of it.

    `schema` is the document's own name of it where that is another.
    """

    name: str
    schema: str
    object_type: str
    changes: tuple[str, ...]
    sets: Mapping[str, str]
    reason: str


def envelope(document: Document) -> Envelope:
    """The places that fit the most events."""
    events = [Fields.of_event(document, name) for name in document.event_types]
    # What holds the same text in every event is not its type.
    same = _same_everywhere(events)
    kind = _place(events, _TYPE_NAMES, lambda f, n: f.holds_text(n) and n not in same, "type", _PAYLOAD_NAMES)
    kind = kind if kind.sure else _pinned(document) or kind
    head = str(kind.value).rpartition("/")[0]
    payload = _payload(events, str(kind.value))
    payload = payload if payload.value is not None else _named_payload(document, events)
    # Where the object stands beside the type and below the top, so do the other parts.
    nested = (head.rpartition("/")[2],) if head and str(payload.value).startswith(f"{head}/") else ()
    time = _place(events, _TIME_NAMES, lambda f, n: f.holds_text(n), "time", nested)
    time = time if time.sure else _only(events, head, "date-time") or time
    # A time may be left out, so that none is made up.
    time = time if _is_declared(events, str(time.value)) else Guess(None, "")
    object_id = None
    if payload.value is None:
        object_id = _place(events, _OBJECT_ID_NAMES, lambda f, n: f.holds_text(n), "id of the object")
        payload = Guess("", "No field holds an object, so the whole event is taken for it.", sure=object_id.sure)
        object_id = object_id if object_id.sure else None
    identity = _place(events, _ID_NAMES, lambda f, n: f.holds_text(n), "id", nested)
    identity = identity if identity.sure else _only(events, head, "uuid") or identity
    kind = _or_carried(document, "type", kind)
    # A header for deliveries alone may count them: where the type stands in one, the id does so as well.
    identity = _or_carried(document, "id", identity) if isinstance(kind.value, dict) else identity
    return Envelope(identity, kind, time, payload, object_id)


def _is_declared(events: list[Fields], at: str) -> bool:
    return any(fields.below(at).places for fields in events)


def _or_carried(document: Document, part: str, guess: Guess) -> Guess:
    """The header that carries a part of all events, where not all of them declare a field for it."""
    name = "" if guess.sure else carrier(document, part)
    return Guess({"header": name}, "Events have this header.") if name else guess


def _same_everywhere(events: list[Fields]) -> set[str]:
    constants: dict[str, set[str]] = {}
    for fields in events:
        for name in fields.names():
            constants.setdefault(name, set()).add(fields.constant(name))
    return {name for name, values in constants.items() if len(events) > 1 and len(values) == 1 and "" not in values}


def _place(
    events: list[Fields],
    names: tuple[str, ...],
    fits: Callable[[Fields, str], bool],
    what: str,
    inside: tuple[str, ...] = (),
) -> Guess:
    """The place that the most events have, at their top or one level below; earlier names before later ones."""
    counts: Counter[str] = Counter()
    rank: dict[str, int] = {}
    for fields in events:
        declared = fields.names()
        for number, name in enumerate(names):
            found = first_declared((name,), declared)
            if found and fits(fields, found):
                counts[f"/{found}"] += 1
                rank.setdefault(f"/{found}", number)
        for depth, outer in enumerate(n for n in declared if n.lower() in (*_HEADS, *inside)):
            found = first_declared(names, fields.inside(outer).names())
            if found and fits(fields.inside(outer), found):
                counts[f"/{outer}/{found}"] += 1
                rank.setdefault(f"/{outer}/{found}", len(names) + depth)
    if not counts:
        fallback = f"/{names[0]}"
        return Guess(fallback, f"No event declares a field for its {what}; say where it stands.", sure=False)
    best = max(counts, key=lambda at: (counts[at] * 2 > len(events), -rank[at], counts[at]))
    return Guess(best, f"{counts[best]} of {len(events)} events declare it.", sure=counts[best] == len(events))


def _pinned(document: Document) -> Guess | None:
    """Where every event holds its own name and nothing else, whatever that place is called."""
    places: list[set[str]] = []
    for name in document.event_types:
        top = Fields.of_event(document, name)
        inside = {f"/{pointer.escaped(outer)}": top.inside(outer) for outer in top.names()}
        places.append(
            {
                f"{at}/{pointer.escaped(field)}"
                for at, fields in {"": top, **inside}.items()
                for field in fields.names()
                if fields.constant(field) == name
            }
        )
    shared = sorted(set.intersection(*places), key=lambda at: at.count("/")) if places else []
    return Guess(shared[0], "Every event pins its own name there.") if shared else None


def _only(events: list[Fields], head: str, kind: str) -> Guess | None:
    """The one field of a format beside the type of every event, whatever it is called."""
    found = {
        tuple(name for name in fields.below(head).names() if fields.below(head).schema(name).get("format") == kind)
        for fields in events
    }
    if len(found) != 1 or len(names := found.pop()) != 1:
        return None
    return Guess(f"{head}/{pointer.escaped(names[0])}", f"Beside the type it is the only {kind}.")


def _payload(events: list[Fields], type_at: str) -> Guess:
    counts: Counter[str] = Counter()
    for fields in events:
        named = first_declared(_PAYLOAD_NAMES, [n for n in fields.names() if fields.holds_object(n)])
        if named and f"/{named}" != type_at:
            inner = fields.inside(named)
            # What holds the type as well is an envelope: the object is one more level down.
            names = _PAYLOAD_NAMES if type_at.startswith(f"/{named}/") else ("object",)
            deeper = first_declared(names, [n for n in inner.names() if inner.holds_object(n)])
            counts[f"/{named}/{deeper}" if deeper else f"/{named}"] += 1
    if not counts or counts.most_common(1)[0][1] * 2 < len(events):
        return Guess(None, "")
    best, count = counts.most_common(1)[0]
    return Guess(best, f"{count} of {len(events)} events declare an object there.", sure=count == len(events))


def _named_payload(document: Document, events: list[Fields]) -> Guess:
    """The field that every event has and that is called as what its name says it is about: `invoice` of `invoice.paid`.

    None where events about other things have other fields.
    """
    found = set()
    for name, fields in zip(document.event_types, events, strict=True):
        subject = _split(name)[0]
        holders = [n for n in fields.names() if fields.holds_object(n)]
        found.add(first_declared((subject, subject.rpartition("-")[2]), holders))
    if len(found) != 1 or not (only := found.pop()):
        return Guess(None, "")
    return Guess(f"/{pointer.escaped(only)}", "It is called as what the events are about.")


def tellings(document: Document, where: Envelope) -> list[Told]:
    """What each event type of a document tells."""
    sent = {name: _wire_names(document, name, where.type.value) for name in document.event_types}
    counts = Counter(name for names in sent.values() for name in names)
    return [
        _telling(document, where, documented, name)
        for documented, names in sent.items()
        for name in ([name for name in names if counts[name] == 1] or [documented])
    ]


def _telling(document: Document, where: Envelope, documented: str, name: str) -> Told:
    subject, verb = _split(name)
    fields = Fields.of_event(document, documented)
    at, words = change_words(fields)
    known = verb in _VERBS or verb in _UPDATES
    changes = tuple(words) or (_VERBS.get(verb, "updated"),)
    reason = "" if known or words else f"what {verb!r} changes is a guess" if verb else "what it changes is a guess"
    payload = fields.below(str(where.payload.value))
    own = {str(guess.value) for guess in (where.id, where.type, where.time)} | {at}
    pinned = {
        f"/{pointer.escaped(n)}": payload.constant(n)
        for n in (payload.names() if where.object_id is None else ())
        if payload.constant(n) and f"{where.payload.value}/{pointer.escaped(n)}" not in own
    }
    return Told(name, documented if name != documented else "", subject, changes, pinned, reason)


def change_words(fields: Fields) -> tuple[str, dict[str, str]]:
    """Where an event says what happened, by the only values that a field can have, and its word for each change."""
    for name in fields.names():
        values = fields.schema(name).get("enum", ())
        words = {_CHANGES[plain(v)]: v for v in reversed(values) if isinstance(v, str) and plain(v) in _CHANGES}
        if len(words) >= 2:
            return f"/{pointer.escaped(name)}", dict(reversed(words.items()))
    return "", {}


def _wire_names(document: Document, event_type: str, type_at: Any) -> tuple[str, ...]:
    """The types that the schema of an event pins or lists, else the document's own name of the event."""
    plain_name = event_type.lstrip("/") or event_type
    if not isinstance(type_at, str):
        return (plain_name,)
    above, _, last = type_at.rpartition("/")
    fields = Fields.of_event(document, event_type).below(above)
    listed = tuple(v for v in fields.schema(last).get("enum", ()) if isinstance(v, str) and v)
    if fields.constant(last):
        return (fields.constant(last),)
    return listed if len(listed) > 1 and event_type not in listed else (plain_name,)


def _split(name: str) -> tuple[str, str]:
    """The object and the verb of an event type's name: in `order.line-item.shipped` a line-item is shipped."""
    parts = [words for part in re.split(r"[./:]", name) if (words := [w.lower() for w in _WORDS.findall(part)])]
    if len(parts) > 1:
        return "-".join(parts[-2]), "-".join(parts[-1])
    words = parts[0] if parts else ["thing"]
    telling = [word for word in words if word not in _NOISE] or words
    last = telling[-1]
    if len(telling) > 1 and (last in _VERBS or last in _UPDATES or last.endswith("ed")):
        return "-".join(telling[:-1]), last
    return "-".join(telling), ""


def subjects(told: Iterable[Told]) -> list[str]:
    """The object types, in the order in which events name them."""
    return list(dict.fromkeys(one.object_type for one in told))
