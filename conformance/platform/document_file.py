"""Reading a document as it is in the wild: OpenAPI 3.0 and 3.1, AsyncAPI 2 and 3, a JSON Schema, a folder of them.

Whatever it is becomes OpenAPI 3.1 with `webhooks`; what cannot be used of it is written down, and the rest works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from conformance import pointer
from conformance.errors import ConfigurationError, Problem
from conformance.platform.announcement import Announcement, announcements, dialect_of, event_name
from conformance.platform.bundle import Bundle
from conformance.platform.delivery_form import DeliveryForm
from conformance.platform.document import Document, EventNotes, event_schema_at
from conformance.platform.folder import ENDINGS, Folder, Spot, Unusable
from conformance.platform.soundness import Reach, straighten, weed

__all__ = ["read_document"]

_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_KINDS: Final = "The kit reads OpenAPI 3.0 and 3.1, AsyncAPI 2 and 3, a JSON Schema, and a folder of JSON Schemas."


def read_document(path: Path, *, named: Mapping[str, str] | None = None, form: DeliveryForm | None = None) -> Document:
    """Read a document; `named` maps event types to the pointer of their schema, or to the document's own name of them.

    `form` is that of the deliveries, where it is known: the document may describe an event or the body that holds it.

    Raises ConfigurationError for what is no such document at all; everything else that is wrong is in `notes`.
    """
    is_folder = path.is_dir()
    try:
        entry = path.resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(Problem(str(path), f"cannot be read: {error}")) from None
    folder = Folder(entry, path) if is_folder else Folder(entry.parent, path.parent)
    openapi = False
    if not is_folder:
        content = folder.content(entry)
        _require_known(content, path)
        openapi = "openapi" in content
    bundle = Bundle(folder, Spot(entry) if openapi else None)
    reader = _Reader(folder, bundle, entry, {}, form)
    found = reader.in_folder() if is_folder else reader.in_file()
    events = reader.with_names(found, named or {})
    return reader.document(events, openapi=openapi)


def _require_known(content: Any, path: Path) -> None:
    what = _unknown(content)
    if what:
        raise ConfigurationError(Problem(str(path), what, _KINDS))


def _unknown(content: Any) -> str:
    if not isinstance(content, dict):
        return "is not a document of a platform"
    if "openapi" in content:
        good = str(content["openapi"]).startswith(("3.0", "3.1"))
        return "" if good else f"is OpenAPI {content['openapi']}"
    if "asyncapi" in content:
        return "" if str(content["asyncapi"]).startswith(("2.", "3.")) else f"is AsyncAPI {content['asyncapi']}"
    if "swagger" in content:
        return "is Swagger 2.0, which has no events"
    known = {"$schema", "$id", "type", "properties", "oneOf", "anyOf", "allOf", "$defs", "definitions", "$ref"}
    return "" if known & content.keys() else "is not a document of a platform"


class _Reader:
    """Puts one document together."""

    def __init__(
        self, folder: Folder, bundle: Bundle, entry: Path, unusable: dict[str, Problem], form: DeliveryForm | None
    ) -> None:
        self._folder = folder
        self._bundle = bundle
        self._entry = entry
        self._unusable = unusable
        self._form = form

    def in_file(self) -> dict[str, Announcement]:
        """The events that a document in a file announces."""
        found: dict[str, Announcement] = {}
        for announcement in announcements(self._folder, self._entry, self._bundle.note, form=self._form):
            found.setdefault(announcement.name, announcement)
        return found

    def in_folder(self) -> dict[str, Announcement]:
        """Each file is an event, but those that others refer to and those that begin with an underscore."""
        contents = dict(self._contents())
        if not contents:
            raise ConfigurationError(Problem(str(self._folder.shown), "holds no JSON or YAML files", _KINDS))
        parts = {target for file, content in contents.items() for target in self._targets(file, content)}
        found = {}
        for file, content in contents.items():
            if file in parts or file.name.startswith("_"):
                continue
            if "openapi" in content or "asyncapi" in content or _unknown(content):
                self._bundle.note(Spot(file), "is no JSON Schema of an event", "Or name this file as the document.")
                continue
            name = event_name(file, self._entry)
            found[name] = Announcement(name, Spot(file), dialect_of(content))
        return found

    def _contents(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The files of the folder that hold an object; the others are noted."""
        for file in self._folder.files():
            try:
                content = self._folder.content(file)
            except ConfigurationError as error:
                if error.problems[0].where == str(self._folder.shown):
                    raise  # all files together are too much
                self._bundle.notes.append(error.problems[0])
                continue
            if isinstance(content, dict):
                yield file, content
            else:
                self._bundle.note(Spot(file), "is no JSON Schema", "Leave it out, or begin its name with a dot.")

    def _targets(self, file: Path, content: Any) -> Iterator[Path]:
        """The other files that a file refers to."""
        for _, node in pointer.walk(content):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if isinstance(reference, str) and not reference.startswith("#"):
                try:
                    target = self._folder.resolve(file, reference).file
                except Unusable:
                    continue  # told where the file itself is read
                if target != file:
                    yield target

    def with_names(self, found: Mapping[str, Announcement], named: Mapping[str, str]) -> dict[str, Announcement]:
        """The events by the names that the description gives them, and those of which it says nothing."""
        result = {}
        used: set[str] = set()
        for event_type, place in named.items():
            if place in found:
                used.add(place)
                result[event_type] = found[place]
                continue
            try:
                spot = self._place(place)
                end = self._folder.follow(spot)
            except Unusable as error:
                self._unusable[event_type] = Problem(
                    f"{self._folder.shown_as(self._entry)} at {place}", error.what, error.hint
                )
                continue
            result[event_type] = Announcement(event_type, spot, dialect_of(self._folder.content(spot.file)))
            used |= {name for name, a in found.items() if a.schema in {spot, end}}
        return {**{name: a for name, a in found.items() if name not in used}, **result}

    def _place(self, place: str) -> Spot:
        if place.startswith("/") and self._entry.is_file():
            return Spot(self._entry, place)
        if "#" in place or place.endswith(ENDINGS):
            return self._folder.resolve(self._entry if self._entry.is_file() else self._entry / "here", place)
        raise Unusable(
            f"the document has no event {place!r}", "Name an event of the document, or give the pointer of its schema."
        )

    def document(self, events: Mapping[str, Announcement], *, openapi: bool) -> Document:
        """The document in one content, without the events that cannot be used."""
        bundle = self._bundle
        content: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": self._entry.stem, "version": "0"}}
        if openapi:
            home = Spot(self._entry)
            content = bundle.converted(home, dialect_of(self._folder.content(self._entry)))
            if str(content["openapi"]).startswith("3.0"):
                content["openapi"] = "3.1.0"
            content.pop("x-webhooks", None)
        straighten(content, bundle)
        own = content.get("webhooks") or {}
        content["webhooks"] = {name: self._webhook(name, a, own) for name, a in events.items()}
        self._move_in(content)
        for path, item in (content.get("paths") or {}).items():
            if isinstance(item, dict) and isinstance(item.get("$ref"), str):
                at = item["$ref"].removeprefix("#")
                target = pointer.read(content, at) if at.count("/") > 1 else None  # less would hold itself
                content["paths"][path] = target if isinstance(target, dict) else {}
        straighten(content, bundle)
        weed(content, bundle)
        reach = Reach(content)
        for name in list(content["webhooks"]):
            notes = reach.notes(event_schema_at(name))
            if notes:
                self._unusable[name] = bundle.notes[notes[0]]
                del content["webhooks"][name]
        operations = {
            f"/paths/{pointer.escaped(path)}/{method}": bundle.notes[notes[0]]
            for path, item in (content.get("paths") or {}).items()
            for method in _METHODS
            if isinstance(item, dict)
            and method in item
            and (notes := reach.notes(f"/paths/{pointer.escaped(path)}/{method}"))
        }
        said = {name: EventNotes(a.examples, a.headers, a.media, a.field) for name, a in events.items()}
        return Document(
            content,
            notes=tuple(bundle.notes),
            said=said,
            unusable={**self._unusable, **operations},
            origins={
                at: f"{self._folder.shown_as(spot.file)} at {spot.at or 'the top'}"
                for at, spot in bundle.origins.items()
            },
        )

    def _webhook(self, name: str, announcement: Announcement, own: Mapping[str, Any]) -> Any:
        at = event_schema_at(name)
        spot = announcement.schema
        if self._bundle.home is not None and spot == Spot(self._bundle.home.file, at):
            return own[name]
        self._bundle.origins.setdefault(at, spot)
        schema = {"$ref": self._bundle.schema_reference(spot, announcement.dialect)}
        return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}}

    def _move_in(self, content: dict[str, Any]) -> None:
        for place, parts in self._bundle.moved().items():
            if parts:
                components = content.setdefault("components", {})
                components[place] = {**(components.get(place) or {}), **parts}
