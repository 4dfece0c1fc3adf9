"""The draft of a platform description: YAML that a person goes through from top to bottom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance import pointer
from conformance.drafting.api import Role, credentials, least_body, roles
from conformance.drafting.events import Envelope, Told, change_words, envelope, subjects, tellings
from conformance.drafting.forms import LikelyForm
from conformance.drafting.guess import Fields, Guess, first_declared
from conformance.drafting.signatures import Scheme, likely_scheme
from conformance.platform.delivery_form import Shape
from conformance.platform.document import Document
from conformance.reporting.plain_text import in_a_log, visible

__all__ = ["Draft", "draft"]

_PLAIN: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_./~-]*( [A-Za-z0-9_./~-]+)*")
_NO_TEXTS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# Names of files that say what a document is and not whose.
_GENERIC: Final = frozenset({"openapi", "asyncapi", "swagger", "api", "spec", "schema", "schemas", "index", "webhooks"})
_LIKE_AN_ID: Final = re.compile(r"(?:^|_)(?:id|uuid|reference|number|key|code)$|(?:Id|ID|Uuid|Reference|Number)$")
_DECIDE: Final = "DECIDE"


# Where the forms of CloudEvents have the parts of an event.
_CLOUD: Final[Mapping[str, Guess]] = {
    "id": Guess("/id", ""),
    "type": Guess("/type", ""),
    "time": Guess("/time", ""),
    "payload": Guess("/data", ""),
}
_CLOUD_IN_HEADERS: Final[Mapping[str, Guess]] = {
    "id": Guess({"header": "ce-id"}, ""),
    "type": Guess({"header": "ce-type"}, ""),
    "time": Guess({"header": "ce-time"}, ""),
    "payload": Guess("", ""),
}


@dataclass(frozen=True, slots=True)
class ObjectGuess:
    """An object type: where its id stands, and a field of it that changes."""

    name: str
    id: Guess
    changing: tuple[tuple[str, tuple[Any, ...]], ...]
    create_body: Any = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What was guessed of a document."""

    name: str
    title: str
    envelope: Envelope
    change: tuple[str, dict[str, str]]
    told: tuple[Told, ...]
    objects: tuple[ObjectGuess, ...]
    roles: tuple[Role, ...]
    credentials: Guess
    scheme: Scheme | None
    operations: int
    form: LikelyForm | None

    def as_yaml(self, document: str, *, unsent: Mapping[str, str]) -> str:
        """The draft as a file; `document` is how it names the document, `unsent` are event types with their trouble."""
        return "\n".join(_lines(self, document, unsent)) + "\n"


def draft(document: Document, form: LikelyForm | None, *, fallback: str) -> Draft:
    """Guess a description, for deliveries of that form; `fallback` is the platform's name where there is none."""
    info = document.content.get("info")
    title = str(info.get("title") or fallback) if isinstance(info, dict) else fallback
    where = envelope(document)
    if form is not None and form.cloud:
        where = replace(where, **(_CLOUD_IN_HEADERS if form.shape is Shape.BINARY else _CLOUD))
    told = tellings(document, where)
    objects = tuple(_object(document, where, told, name) for name in subjects(told))
    found = tuple(roles(document, {o.name: str(o.id.value) for o in objects}))
    bodies = {role.object_type: least_body(document, role) for role in found if role.does == "create"}
    objects = tuple(replace(o, create_body=bodies.get(o.name)) for o in objects)
    called = title if fallback.lower() in _GENERIC else fallback
    name = re.sub(r"[^a-z0-9]+", "-", called.lower()).strip("-")
    name = name if re.match("[a-z]", name) else f"platform-{name}".strip("-")
    return Draft(
        name,
        re.sub(r"\s+", " ", title),
        where,
        _change(document),
        tuple(told),
        objects,
        found,
        credentials(document),
        likely_scheme(document),
        len(document.operations),
        form,
    )


def _change(document: Document) -> tuple[str, dict[str, str]]:
    """Where events say what happened, and all words that any of them has for it."""
    found = [change_words(Fields.of_event(document, name)) for name in document.event_types]
    places = [at for at, _ in found if at]
    at = max(dict.fromkeys(places), key=places.count, default="")
    return at, {change: word for here, words in found if here == at for change, word in words.items()}


def _object(document: Document, where: Envelope, told: list[Told], name: str) -> ObjectGuess:
    """An object type, as the event that declares the most of it has it."""
    if where.object_id is not None:
        return ObjectGuess(name, Guess("/id", "Thin events name it, and the API has it.", sure=False), ())
    events = [Fields.of_event(document, t.schema or t.name) for t in told if t.object_type == name]
    payload = str(where.payload.value)
    # Where the whole event is the payload, its own parts stand among the object's.
    places = [str(guess.value) for guess in (where.id, where.type, where.time)]
    own = {at.removeprefix(payload) for at in places if at.startswith(f"{payload}/")}
    mine = [found for fields in events if (found := _own_id(fields.below(payload), name, own)) is not None]
    if not mine:
        return ObjectGuess(name, Guess("/id", "No event declares it.", sure=False), ())
    ids = [at for at, _, _ in mine]
    best = max(dict.fromkeys(ids), key=ids.count)
    at, fields, reason = next(found for found in mine if found[0] == best)
    changing = tuple(_changing(fields, at.rpartition("/")[0], own))
    return ObjectGuess(name, Guess(at, reason, sure=not reason), changing)


def _own_id(fields: Fields, name: str, own: set[str]) -> tuple[str, Fields, str] | None:
    """Where a payload has the id of its object, the fields beside it, and what there is to say about it."""
    last = name.rpartition("-")[2]
    names = (f"{name.replace('-', '_')}_id", f"{last}_id", "id", "uuid", "guid", "reference", "number", "key")
    inner = first_declared((name, last), [n for n in fields.names() if fields.holds_object(n)])
    for above, beside in (("", fields), *([(f"/{pointer.escaped(inner)}", fields.inside(inner))] if inner else [])):
        found = first_declared(names, [n for n in beside.names() if f"{above}/{pointer.escaped(n)}" not in own])
        if found:
            reason = "" if beside.holds_text(found) else "It is no text: the kit follows its schema."
            return f"{above}/{pointer.escaped(found)}", beside, reason
    others = (n for n in fields.names() if f"/{pointer.escaped(n)}" not in own)
    likely = next((n for n in others if _LIKE_AN_ID.search(n) and fields.holds_text(n)), "")
    return (f"/{pointer.escaped(likely)}", fields, "It looks like an id.") if likely else None


def _changing(fields: Fields, above: str, own: set[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The first field of three values or more, one that says how things stand before others; never the event's own."""
    known = [first_declared((name,), fields.names()) for name in ("status", "state", "phase", "stage")]
    for found in (*filter(None, known), *fields.names()):
        values = [v for v in fields.schema(found).get("enum", ()) if isinstance(v, str)]
        at = f"{above}/{pointer.escaped(found)}"
        if len(values) >= 3 and at not in own:
            yield at, tuple(values[:4])
            return


def _lines(d: Draft, document: str, unsent: Mapping[str, str]) -> Iterator[str]:
    yield f"# A draft of webhook-conformance init. Every value is a guess; what only you can know says {_DECIDE}."
    yield "# Check it after each change: webhook-conformance platforms --check THIS_FILE"
    yield "format: 1"
    yield f"name: {_text(d.name)}"
    yield f"title: {_text(d.title)}"
    yield f"document: {_text(document)}"
    if d.operations > len(d.roles):
        used = len(d.roles)
        yield f"# {used} of {d.operations} operations are described below; a call of another is answered with 501."
        yield "unlisted: {operations: unused}"
    yield from _deliveries(d)
    yield from _events(d, unsent)
    yield from _rules(d)
    yield from _objects(d)


def _deliveries(d: Draft) -> Iterator[str]:
    yield ""
    yield "deliveries:"
    yield f"  endpoints: one  # {_DECIDE}: or per-object-type, with a path for each"
    yield f"  user_agent: {_text(re.sub(r'[^A-Za-z0-9.-]+', '-', d.title).strip('-') or 'Webhooks')}"
    if d.form is not None:
        yield f"  form: {d.form.shape}  # {d.form.reason}"
        for name, value in (("content_type", d.form.content_type), ("field", d.form.field)):
            if value:
                yield f"  {name}: {_text(value)}"
    yield "  # credential: {type: bearer, header: Authorization}  # where deliveries carry one"


def _events(d: Draft, unsent: Mapping[str, str]) -> Iterator[str]:
    where = d.envelope
    yield ""
    yield "events:"
    yield f"  style: {'thin' if where.object_id is not None else 'thick'}  # thin events name an object, thick carry it"
    for name, guess in (("id", where.id), ("type", where.type), ("time", where.time), ("payload", where.payload)):
        if guess.value is None:
            yield f"  # {_DECIDE}: no event declares its {name}. Where there is one, say where: {name}: /{name}"
        else:
            yield f"  {name}: {_flow(guess.value)}{_comment(guess)}"
    if where.object_id is not None:
        yield f"  object_id: {_text(str(where.object_id.value))}{_comment(where.object_id)}"
    if d.change[0]:
        yield f"  change: {{at: {_text(d.change[0])}, values: {_flow(d.change[1])}}}"
    yield f"  unknown_type: {_text(_unheard(d))}  # a type that the platform does not have"
    if unsent:
        yield f"  # {_DECIDE}: {len(unsent)} of {len(d.told)} event types are not sent while they say delivered: false."
    yield "  types:"
    for told in d.told:
        parts = [f"object_type: {_text(told.object_type)}", f"changes: [{', '.join(told.changes)}]"]
        parts += [f"sets: {_flow(told.sets)}"] if told.sets else []
        parts += [f"schema: {_text(told.schema)}"] if told.schema else []
        parts += ["delivered: false"] if told.name in unsent else []
        said = [f"{_DECIDE}: {unsent[told.name]}"] if told.name in unsent else []
        said += [told.reason] if told.reason else []
        yield f"    {_text(told.name)}: {{{', '.join(parts)}}}" + (f"  # {'; '.join(said)}" if said else "")


def _rules(d: Draft) -> Iterator[str]:
    yield ""
    yield f"acknowledgement: {{limit: 10, refused: [401]}}  # {_DECIDE}: seconds, and how a forgery is refused"
    yield ""
    yield from _signature(d.scheme)
    yield ""
    yield "api:"
    yield f"  # From {d.credentials.reason}." if d.credentials.sure else f"  # {_DECIDE}: {d.credentials.reason}."
    yield f"  credentials: {_flow(d.credentials.value)}"
    yield '  error: {title: "{title}", detail: "{detail}"}'


def _signature(scheme: Scheme | None) -> Iterator[str]:
    if scheme is None:
        yield f"# {_DECIDE}: the document names no header of a signature. Where deliveries are signed, say how:"
        yield "# signature:"
        yield "#   digest: sha256"
        yield '#   content: "{timestamp}.{body}"'
        yield "#   encoding: hex"
        yield '#   headers: {X-Signature: "t={timestamp},v1={signature}"}'
        yield "#   tolerance: 300"
        return
    if scheme.preset:
        yield f"# The header {scheme.header} is that of this scheme."
        yield f"signature: {{preset: {scheme.preset}}}"
        return
    yield f"# {_DECIDE}: the header {scheme.header} carries it; what is signed, and how it is written, is a guess."
    yield "signature:"
    yield "  digest: sha256"
    yield f"  content: {json.dumps('{timestamp}.{body}' if scheme.timed else '{body}')}"
    yield "  encoding: hex"
    yield f"  headers: {_flow(dict(scheme.headers))}"
    if scheme.timed:
        yield "  tolerance: 300  # seconds"


def _objects(d: Draft) -> Iterator[str]:
    made = {role.object_type for role in d.roles if role.does == "create"}
    yield ""
    yield "object_types:"
    for thing in d.objects:
        origin = "[partner, platform]" if thing.name in made else "[platform]"
        yield f"  {_text(thing.name)}:"
        yield f"    id: {_text(str(thing.id.value))}{_comment(thing.id)}"
        yield f"    origin: {origin}"
        for at, values in thing.changing:
            listed = ", ".join(_text(str(value)) for value in values)
            yield f"    changing: [{{at: {_text(at)}, values: [{listed}]}}]"
        if thing.create_body is not None:
            body = json.dumps(thing.create_body, ensure_ascii=False)
            yield f"    create_body: {body}  # The least that the document allows; only the demo partner needs it."
    yield ""
    yield "operations:" if d.roles else "operations: {}  # a partner calls nothing that the kit would have to play"
    for role in d.roles:
        parts = [f"does: {role.does}", f"object_type: {_text(role.object_type)}"]
        parts += [f"keys: {_flow(role.keys)}"] if role.keys else []
        parts += [f"answer: {_flow(role.answer)}"]
        parts += [f"status: {role.status}"] if role.status != 200 else []
        yield f"  {_text(role.operation)}: {{{', '.join(parts)}}}  # {role.reason}"
    yield ""
    yield "assumptions:"
    yield '  - {at: /acknowledgement, reason: "Drafted from the document, which does not say it."}'


def _unheard(d: Draft) -> str:
    names = {told.name for told in d.told}
    first = d.told[0].name if d.told else "thing.made"
    joint = next((j for j in (".", "/", ":", "_", "-") if j in first), ".")
    unheard = f"{first.rpartition(joint)[0] or first}{joint}unheard"
    return unheard.upper() if first.isupper() else unheard if unheard not in names else f"{unheard}_of"


def _comment(guess: Guess) -> str:
    if not guess.reason:
        return ""
    return f"  # {guess.reason}" if guess.sure else f"  # {_DECIDE}: {guess.reason}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    return _text(str(value))


def _text(text: str) -> str:
    """A text as YAML reads it again, quoted where it must be."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXTS
    # What is spelled out for eyes is spelled as YAML spells it.
    return text if plain else in_a_log(visible(json.dumps(text, ensure_ascii=False)))
