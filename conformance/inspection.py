"""Inspecting a platform before it is played: all that is wrong or missing, at once, each with file and pointer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from conformance import pointer
from conformance.catalogue import shipped_catalogue
from conformance.errors import ConfigurationError, Problem
from conformance.generate.composer import Composer
from conformance.generate.corpus import Corpus
from conformance.generate.names import UUIDS
from conformance.generate.samples import build_valid
from conformance.platform.description import Description, EventType
from conformance.platform.description_file import checked, locate
from conformance.platform.document import Document
from conformance.platform.document_file import read_document
from conformance.platform.event import Thing
from conformance.platform.remainder import Remainder
from conformance.platform.specification import Specification, consulted
from conformance.platform.template import filled
from conformance.platform.yaml_file import read_yaml
from conformance.quantity import named

__all__ = ["Inspection", "inspect"]

_SEED: Final = 1
# A rehearsal is not the run: events of so many parts show what is wrong, and hundreds of them take a second.
_LARGE: Final = 200
_TIME: Final = "2025-01-01T00:00:00Z"
_UNSENT: Final = (
    "Take `delivered: false` away where the kit can send the event: its comment in a draft says what is missing."
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found: `problems` keep a platform from being played, `notes` name parts that are not used."""

    summary: str
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def inspect(path: str) -> Inspection:
    """Inspect a platform's description with its document, or a document that nobody has described yet."""
    try:
        place = Path(path) if _is_document(Path(path)) else locate(path)
        if place == Path(path) and _is_document(place):
            return _document_alone(place)
        return _platform(place)
    except ConfigurationError as error:
        return Inspection("", error.problems, ())


def _is_document(path: Path) -> bool:
    """Whether a path is that of a document: a file that says what it is, a folder without a description."""
    if path.is_dir():
        return not (path / "platform.yaml").exists()
    if not path.is_file():
        return False
    content = read_yaml(path)
    return isinstance(content, dict) and "format" not in content and "events" not in content


def _document_alone(path: Path) -> Inspection:
    document = read_document(path)
    count = len(document.event_types)
    hint = f"Draft a description of it: webhook-conformance init --spec {path}"
    problems = [] if count else [Problem(str(path), "announces no events", "A description can name schemas as events.")]
    return Inspection(f"{path}: {_counted(document)}\n{hint}", tuple(problems), document.notes)


def _counted(document: Document) -> str:
    return f"{named(len(document.event_types), 'event type')}, {named(len(document.operations), 'operation')}"


def _platform(path: Path) -> Inspection:
    found = checked(path)
    specification, told, noted = consulted(path, found)
    problems = [*found.problems, *told]
    if specification is None:
        return Inspection("", tuple(problems), noted)
    description, document = specification.description, specification.document
    ready = [] if _ENVELOPE & found.rest.touched else list(_ready(path, specification, problems, found.rest))
    wrong, unbuilt = _rehearsed(path, specification, ready)
    problems += wrong
    if not (found.problems or description.delivered_types):
        problems.append(Problem(f"{path} at /events/types", "nothing can be sent: no event type is delivered", _UNSENT))
    used = {problem.what for problem in problems}
    notes: list[Problem] = [n for n in noted if not any(f"{n.where} {n.what}" in what for what in used)]
    notes += [*_undeclared(path, description, document), *_unknown_requirements(path, description), *unbuilt]
    notes += _uncreatable(path, specification)
    summary = f"{path}: {description.title}, {_counted(document)}{_left(path, description)}"
    return Inspection("" if found.problems else summary, tuple(problems), tuple(notes))


def _left(path: Path, description: Description) -> str:
    """What is not sent, and how much of a draft nobody has decided yet."""
    unsent = len(description.event_types) - len(description.delivered_types)
    decisions = path.read_text(encoding="utf-8").count("DECIDE:")
    told = f"; {unsent} of {named(len(description.event_types), 'event type')} not delivered" if unsent else ""
    return told + (f"\n{named(decisions, 'decision')} left to you, marked DECIDE." if decisions else "")


# Without these nobody knows what the kit would send.
_ENVELOPE: Final = frozenset({f"/events/{part}" for part in ("style", "id", "type", "time", "payload", "object_id")})


def _ready(path: Path, specification: Specification, problems: list[Problem], rest: Remainder) -> Iterator[EventType]:
    """The event types that can be tried: nothing is known against them, nor against what they are about."""
    wrong = [problem.where.removeprefix(f"{path} at ") for problem in problems]
    if any(at == "/events" or at.startswith("/events/change") for at in wrong):
        return
    for event in specification.description.delivered_types:
        own = (f"/events/types/{pointer.escaped(event.name)}", f"/object_types/{pointer.escaped(event.object_type)}")
        known = event.name in specification.document.event_types
        known = known and event.object_type in specification.description.object_types
        if known and not any(rest.has_touched(at) or any(f"{w}/".startswith(f"{at}/") for w in wrong) for at in own):
            yield event


def _undeclared(path: Path, description: Description, document: Document) -> Iterator[Problem]:
    """What the kit writes into every event although a schema does not declare it."""
    own = {"id": description.id_at, "type": description.type_at, "time": description.time_at}
    for name, at in own.items():
        events = [e.name for e in description.delivered_types if e.name in document.event_types and at]
        without = [e for e in events if not document.locate(document.event_schema_at(e), at)]
        if without:
            listed = ", ".join(without[:3]) + (" and others" if len(without) > 3 else "")
            what = f"{at} is not declared in {len(without)} of {len(events)} event types: {listed}"
            yield Problem(f"{path} at /events/{name}", what, "The kit writes it there all the same.")


def _uncreatable(path: Path, specification: Specification) -> Iterator[Problem]:
    """Objects that the demo partner cannot create: the document asks for more than the description gives it."""
    description, document = specification.description, specification.document
    for name, kind in description.object_types.items():
        operation = document.operation(kind.create)
        at = document.request_schema_at(operation) if operation is not None else ""
        body = filled(kind.create_body, {"uuid": UUIDS.fresh(Random(_SEED))})  # noqa: S311  # the same every time
        broken = document.violations(at, body) if at else ()
        if broken:
            what = f"{kind.create} refuses it, so that the demo partner creates none: {broken[0]}"
            hint = "Name the fields that a new one needs; a partner of your own is not concerned."
            yield Problem(f"{path} at /object_types/{pointer.escaped(name)}/create_body", what, hint)


def _unknown_requirements(path: Path, description: Description) -> Iterator[Problem]:
    """Ids of the chapters of this kit that no requirement has; those of other chapters may be somebody's own."""
    known = shipped_catalogue().requirements
    chapters = {name.partition("-")[0] for name in known}
    places = [(f"/levels/{name}", name) for name in description.levels]
    places += [(f"/waivers/may_waive/{number}", name) for number, name in enumerate(description.may_waive)]
    for at, name in places:
        if name not in known and name.partition("-")[0] in chapters:
            hint = "`webhook-conformance requirements` lists them all."
            yield Problem(f"{path} at {at}", f"there is no requirement {name}, so it changes nothing", hint)


def _rehearsed(
    path: Path, specification: Specification, delivered: list[EventType]
) -> tuple[list[Problem], list[Problem]]:
    """Problems and notes of events as the kit would send them, one of each type, each checked against its schema."""
    description, document = specification.description, specification.document
    places = {event.name: document.event_schema_at(event.name) for event in delivered}
    samples = build_valid(document, places, count=1, random_seed=_SEED, large=_LARGE)
    object_places = {name: at for name in description.object_types if (at := specification.object_schema_at(name))}
    objects = build_valid(document, object_places, count=1, random_seed=_SEED, large=_LARGE)
    known = {name: tuple(values) for name, values in objects.items()}
    composer = Composer(specification, Corpus({n: tuple(v) for n, v in samples.items()}, known, {}))
    problems, notes = [], []
    for event in delivered:
        at = f"{path} at /events/types/{pointer.escaped(event.name)}"
        if not samples[event.name]:
            hint = "The first run searches for one; where it finds none, say `delivered: false`."
            notes.append(Problem(at, "no valid event of this type was built straight from its schema", hint))
            continue
        composed = _composed(composer, description, event)
        problems += [Problem(at, what, _SHARED) for what in _shared(description, event)]
        broken = document.violations(places[event.name], composed)
        if broken:
            what = f"an event, as the kit would send it, breaks its schema: {broken[0]}"
            problems.append(Problem(at, what, _remedy(description, broken[0])))
    return problems, notes


_SHARED: Final = "Name another place for the object's `id`, `changing` or `sets`, or say where the payload stands."


def _shared(description: Description, event: EventType) -> Iterator[str]:
    """Places of the object that are the event's own: nothing of the object can stand there."""
    kind = description.object_types[event.object_type]
    mine = {"id": description.id_at, "type": description.type_at, "time": description.time_at}
    theirs = [kind.id, *(field.at for field in kind.changing)]
    theirs += [at for at, value in event.sets if value != event.name]
    for part, at in mine.items():
        if at and not description.thin and at in {f"{description.payload_at}{place}" for place in theirs}:
            yield f"{at} is where the event's {part} stands, and a place of the object as well"


def _composed(composer: Composer, description: Description, event: EventType) -> Any:
    random = Random(_SEED)  # noqa: S311  # the same rehearsal every time
    names = composer.names
    tenant = names.of_tenants(event.object_type) if description.object_types[event.object_type].tenant else UUIDS
    thing = Thing(event.object_type, names.of_objects(event.object_type).fresh(random), tenant.fresh(random))
    state = composer.state(thing, at=_TIME, random=random)
    return composer.event(
        event,
        thing,
        state,
        change=event.changes[0],
        version=1,
        event_id=names.of_events.fresh(random),
        at=_TIME,
        correlation=None,
        random=random,
    ).content


def _remedy(description: Description, broken: str) -> str:
    """What to look at, by the place of what the schema does not allow."""
    at = broken.partition(":")[0]
    if at == description.type_at:
        return "The name of an event type is what is sent as its type; `schema` says where the document has it."
    if at == description.time_at:
        return (
            "The kit writes the time as a text, as RFC 3339 has it. Leave `time` out where the platform has a number."
        )
    if at in {description.id_at, description.object_id_at} or at.removeprefix(description.payload_at) in {
        kind.id for kind in description.object_types.values()
    }:
        return "The kit writes an id there: a uuid, or what `ids` or the schema says. The schema must allow it."
    return "Look at what the description puts there: `events`, `sets`, `object_types`."
