"""Where a document announces its events: webhooks, callbacks, channels of AsyncAPI, choices of a schema, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from conformance.platform.delivery_form import DeliveryForm
from conformance.platform.dialect import Dialect, declared_dialect
from conformance.platform.document import json_media
from conformance.platform.folder import Folder, Spot, Unusable
from conformance.platform.unwrapping import form_media, unwrapped

__all__ = ["Announcement", "Teller", "announcements", "dialect_of"]

_METHODS: Final = ("post", "put", "patch")
# Tells of what cannot be used: where, what, and what to do.
Teller = Callable[[Spot, str, str], Any]


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event type as the document has it: its name, its schema, and what the document says beside it.

    `media` is the media type of the body, `field` the field of a form in which the event stands.
    """

    name: str
    schema: Spot
    dialect: Dialect
    headers: tuple[str, ...] = ()
    examples: tuple[Any, ...] = ()
    media: str = ""
    field: str = ""


def dialect_of(content: Any) -> Dialect:
    """The dialect of the schemas of a whole document."""
    if not isinstance(content, dict):
        return Dialect.DRAFT_2020
    if str(content.get("openapi", "")).startswith("3.0"):
        return Dialect.OPENAPI_3_0
    if "openapi" in content:
        return declared_dialect({"$schema": content.get("jsonSchemaDialect", "")}, Dialect.DRAFT_2020)
    return declared_dialect(content, Dialect.DRAFT_7 if "asyncapi" in content else Dialect.DRAFT_2020)


def announcements(
    folder: Folder, entry: Path, tell: Teller, *, form: DeliveryForm | None = None
) -> Iterator[Announcement]:
    """The events that a document announces by itself, the first of a name before others of the same.

    Where bodies of that form hold an event in a list or in a field, what stands there is the event.
    """
    content = folder.content(entry)
    dialect = dialect_of(content)
    found = _in_asyncapi if "asyncapi" in content else _in_openapi if "openapi" in content else _in_schema
    for announcement in found(folder, Spot(entry), content, dialect, tell):
        try:
            event = unwrapped(folder, announcement, form)
        except Unusable as error:
            tell(announcement.schema, error.what, error.hint)
            continue
        yield from _choices(folder, event)


def _in_openapi(
    folder: Folder, root: Spot, content: dict[str, Any], dialect: Dialect, tell: Teller
) -> Iterator[Announcement]:
    for section in ("webhooks", "x-webhooks"):
        listed = content.get(section, {})
        if not isinstance(listed, dict):
            tell(root.below(section), "is no map of event types", "")
            continue
        for name, item in listed.items():
            if isinstance(item, dict):
                yield from _in_path_item(folder, str(name), root.below(section, name), dialect, tell)
            else:
                tell(root.below(section, name), "is no description of an event", "Leave it out, or describe the event.")
    yield from _in_callbacks(folder, root, content, dialect, tell)


def _in_path_item(folder: Folder, name: str, spot: Spot, dialect: Dialect, tell: Teller) -> Iterator[Announcement]:
    try:
        at = folder.follow(spot)
        method, media, body = _posted(folder, at)
    except (Unusable, AttributeError) as error:
        _tell(tell, spot, error)
        return
    item = folder.read(at)
    parameters = [*_list(item.get("parameters")), *_list(item[method].get("parameters"))]
    headers = _header_names(folder, at, parameters)
    yield Announcement(name, body.below("schema"), dialect, headers, _examples(folder, body), media)


def _posted(folder: Folder, spot: Spot) -> tuple[str, str, Spot]:
    """The method of an event, and the media type and the place of its body: JSON, or else a form."""
    item = folder.read(spot)
    method = next((m for m in _METHODS if isinstance(item, dict) and isinstance(item.get(m), dict)), None)
    if method is None:
        raise Unusable("has no post operation", "An event is a post with a body of application/json.")
    body = folder.follow(spot.below(method, "requestBody"))
    content = folder.read(body).get("content")
    media = json_media(content) or form_media(content)
    if media is None:
        raise Unusable("has no post operation with an application/json body", "The kit sends JSON.")
    at = body.below("content", media)
    if folder.read(at).get("schema") is None:
        raise Unusable("has no schema of its body", "Say what the body holds.")
    return method, media, at


def _tell(tell: Teller, spot: Spot, error: Exception) -> None:
    """Tell what is wrong at a place; whatever is no object where OpenAPI has one is of another form."""
    what, hint = (error.what, error.hint) if isinstance(error, Unusable) else ("has another form than OpenAPI has", "")
    tell(spot, what, hint)


def _header_names(folder: Folder, spot: Spot, parameters: list[Any]) -> tuple[str, ...]:
    names = []
    for parameter in parameters:
        told = parameter
        if isinstance(parameter, dict) and isinstance(parameter.get("$ref"), str):
            try:
                told = folder.read(folder.follow(folder.resolve(spot.file, parameter["$ref"])))
            except Unusable:
                continue
        if isinstance(told, dict) and told.get("in") == "header" and isinstance(told.get("name"), str):
            names.append(told["name"])
    return tuple(names)


def _examples(folder: Folder, media: Spot) -> tuple[Any, ...]:
    """The examples beside a schema; whether they are valid is for others to find out."""
    content = folder.read(media)
    found = [content["example"]] if "example" in content else []
    named = content.get("examples")
    for name in named if isinstance(named, dict) else ():
        try:
            told = folder.read(folder.follow(media.below("examples", name)))
        except Unusable:
            continue
        if isinstance(told, dict) and "value" in told:
            found.append(told["value"])
    return tuple(found)


def _in_callbacks(
    folder: Folder, root: Spot, content: dict[str, Any], dialect: Dialect, tell: Teller
) -> Iterator[Announcement]:
    for operation in _operations(root, content):
        for name in _map(folder.read(operation).get("callbacks")):
            at = operation.below("callbacks", name)
            try:
                at = folder.follow(at)
            except Unusable as error:
                tell(at, error.what, error.hint)
                continue
            # The keys of a callback are the URLs to which it goes.
            for url, item in _map(folder.read(at)).items():
                if isinstance(item, dict) and not str(url).startswith("x-"):
                    yield from _in_path_item(folder, str(name), at.below(url), dialect, tell)


def _operations(root: Spot, content: dict[str, Any]) -> Iterator[Spot]:
    for path, item in _map(content.get("paths")).items():
        for method, operation in _map(item).items():
            if isinstance(operation, dict) and "callbacks" in operation:
                yield root.below("paths", path, method)


def _in_asyncapi(
    folder: Folder, root: Spot, content: dict[str, Any], dialect: Dialect, tell: Teller
) -> Iterator[Announcement]:
    seen = set()
    for key, spot in _messages(folder, root, content, tell):
        try:
            at = folder.follow(spot)
            if at not in seen:
                seen.add(at)
                yield _message(folder, key, at, dialect, str(content.get("defaultContentType") or ""))
        except Unusable as error:
            tell(spot, error.what, error.hint)


def _messages(folder: Folder, root: Spot, content: dict[str, Any], tell: Teller) -> Iterator[tuple[str, Spot]]:
    """Every message of every channel, in the forms of AsyncAPI 2 and 3; those of the components where no channel is."""
    channels = _map(content.get("channels"))
    for name in channels:
        try:
            at = folder.follow(root.below("channels", name))
        except Unusable as error:
            tell(root.below("channels", name), error.what, error.hint)
            continue
        channel = _map(folder.read(at))
        for key in _map(channel.get("messages")):
            yield str(key), at.below("messages", key)
        for direction in ("publish", "subscribe"):
            message = _map(channel.get(direction)).get("message")
            here = at.below(direction, "message")
            if isinstance(message, dict) and isinstance(message.get("oneOf"), list):
                yield from ((str(name), here.below("oneOf", i)) for i in range(len(message["oneOf"])))
            elif message is not None:
                yield str(name), here
    if not channels:
        components = _map(_map(content.get("components")).get("messages"))
        yield from ((str(key), root.below("components", "messages", key)) for key in components)


def _message(folder: Folder, key: str, at: Spot, dialect: Dialect, default: str) -> Announcement:
    message = _map(folder.read(at))
    payload, form, where = message.get("payload"), message.get("schemaFormat"), at.below("payload")
    if isinstance(payload, dict) and "schemaFormat" in payload and "schema" in payload:
        payload, form, where = payload["schema"], payload["schemaFormat"], where.below("schema")
    if payload is None:
        raise Unusable("has no payload", "Say what the message holds.")
    if form is not None:
        text = str(form)
        if "application/vnd.oai.openapi" in text:
            dialect = Dialect.OPENAPI_3_0
        elif "application/schema" in text:
            dialect = declared_dialect({"$schema": text}, dialect)
        elif "aai.asyncapi" not in text:
            raise Unusable(f"has a payload in another language than JSON Schema: {text}", "Write it as a JSON Schema.")
    in_components = at.at.rpartition("/")[2] if "/components/messages/" in at.at else key
    name = message.get("name") or message.get("messageId") or in_components
    examples = tuple(e["payload"] for e in _list(message.get("examples")) if isinstance(e, dict) and "payload" in e)
    headers = _map(_map(message.get("headers")).get("properties"))
    folder.read(where)
    media = str(message.get("contentType") or default)
    # The payload of a form is described by its fields, as that of JSON is.
    media = "" if form_media({media: {}}) else media
    return Announcement(str(name), where, dialect, tuple(map(str, headers)), examples, media)


def _in_schema(
    folder: Folder, root: Spot, content: dict[str, Any], dialect: Dialect, tell: Teller
) -> Iterator[Announcement]:
    """A lone JSON Schema: a choice announces what it lets choose from, any other schema itself."""
    choice = next((key for key in ("oneOf", "anyOf") if isinstance(content.get(key), list)), None)
    if choice is None:
        yield Announcement(event_name(root.file, root.file.parent), root, dialect)
        return
    for number, branch in enumerate(content[choice]):
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        last = str(reference).rpartition("/")[2] if reference else f"{event_name(root.file, root.file.parent)}_{number}"
        yield Announcement(last, root.below(choice, number), dialect)


def event_name(file: Path, folder: Path) -> str:
    """The event type that a file of a folder of schemas stands for."""
    name = file.relative_to(folder).with_suffix("").as_posix()
    return name.removesuffix(".schema")


def _choices(folder: Folder, announcement: Announcement) -> Iterator[Announcement]:
    """The events of a schema that is a choice between events, each with a name of its own; else the announcement."""
    try:
        at = folder.follow(announcement.schema)
        schema = folder.read(at)
    except Unusable:
        yield announcement
        return
    choice = next((key for key in ("oneOf", "anyOf") if isinstance(_map(schema).get(key), list)), None)
    names = _names_of_choices(folder, at, schema, choice) if choice is not None else []
    if choice is None or len(names) < 2 or len(set(names)) < len(names) or "" in names:
        yield announcement
        return
    for number, name in enumerate(names):
        yield replace(announcement, name=name, schema=at.below(choice, number), examples=())


def _names_of_choices(folder: Folder, at: Spot, schema: dict[str, Any], choice: str) -> list[str]:
    """For each choice the value that tells it from the others, by the discriminator or by a constant; else nothing."""
    pinned = [_pinned(folder, at.below(choice, number)) for number in range(len(schema[choice]))]
    discriminator = _map(schema.get("discriminator"))
    field = str(discriminator.get("propertyName", ""))
    values = {str(target): str(value) for value, target in _map(discriminator.get("mapping")).items()}
    if field:
        references = [str(_map(branch).get("$ref", "")) for branch in schema[choice]]
        return [
            values.get(ref, values.get(ref.rpartition("/")[2], constants.get(field, ref.rpartition("/")[2])))
            for ref, constants in zip(references, pinned, strict=True)
        ]
    shared = set.intersection(*(set(constants) for constants in pinned)) if pinned else set()
    best = next((name for name in _TYPE_NAMES if name in shared), "")
    return [constants[best] for constants in pinned] if best else []


# What a field is called that holds the type of an event; where none has the choice, it is one event in several forms.
_TYPE_NAMES: Final = ("type", "event", "event_type", "eventType", "event_name", "eventName", "topic", "name", "kind")


def _pinned(folder: Folder, spot: Spot, depth: int = 0) -> dict[str, str]:
    """The properties of a schema that can hold one text only, with that text."""
    try:
        at = folder.follow(spot)
        schema = _map(folder.read(at))
    except Unusable:
        return {}
    found: dict[str, str] = {}
    if depth < 5:
        for number in range(len(_list(schema.get("allOf")))):
            found |= _pinned(folder, at.below("allOf", number), depth + 1)
    for name, inner in _map(schema.get("properties")).items():
        values = [inner["const"]] if "const" in _map(inner) else _list(_map(inner).get("enum"))
        if len(values) == 1 and isinstance(values[0], str):
            found[str(name)] = values[0]
    return found


def _map(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
