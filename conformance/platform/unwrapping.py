"""Finding the event in the body that a document declares: in the list of a batch, in the field of a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from conformance.platform.delivery_form import Shape
from conformance.platform.folder import Folder, Spot, Unusable

if TYPE_CHECKING:
    from conformance.platform.announcement import Announcement
    from conformance.platform.delivery_form import DeliveryForm

__all__ = ["form_media", "unwrapped"]

_FORM: Final = "application/x-www-form-urlencoded"
# What a field is called that holds a whole event, where a form has several.
_FIELDS: Final = ("payload", "data", "event", "json", "body")


def form_media(content: Any) -> str | None:
    """The media type of a body that is a form."""
    names = content if isinstance(content, dict) else {}
    return next((str(n) for n in names if _is_form(str(n)) and isinstance(names[n], dict)), None)


def unwrapped(folder: Folder, announcement: Announcement, form: DeliveryForm | None) -> Announcement:
    """The event that a body of that form holds. Raises Unusable for the schema of a form where deliveries are none."""
    if _is_form(announcement.media):
        return _of_a_form(folder, announcement, form)
    if form is None or form.shape is not Shape.BATCH:
        return announcement
    at = folder.follow(announcement.schema)
    schema = folder.read(at)
    if not isinstance(schema, dict) or not isinstance(schema.get("items"), dict):
        return announcement
    told = tuple(each for example in announcement.examples for each in (example if _is_list(example) else [example]))
    return replace(announcement, schema=at.below("items"), examples=told)


def _is_form(media: str) -> bool:
    return media.partition(";")[0].strip().lower() == _FORM


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _of_a_form(folder: Folder, announcement: Announcement, form: DeliveryForm | None) -> Announcement:
    if form is None or form.shape is not Shape.FORM:
        raise Unusable(
            "has no post operation with an application/json body",
            "Where deliveries are forms, say so: form: form under deliveries, and the field that holds the JSON.",
        )
    fields = dict(_fields(folder, announcement.schema))
    name = form.field or next((n for n in _FIELDS if n in fields), next(iter(fields), ""))
    if name not in fields:
        what = f"has no field {name!r} with a schema of JSON" if name else "has no field with a schema of JSON"
        raise Unusable(what, "Describe what stands in the form's field.")
    told = (example[name] for example in announcement.examples if isinstance(example, dict) and name in example)
    return replace(announcement, schema=fields[name], examples=tuple(told), field=name)


def _fields(folder: Folder, form: Spot) -> Iterator[tuple[str, Spot]]:
    """The fields of a form that hold an object, or a text that is the JSON of one (`contentSchema`)."""
    at = folder.follow(form)
    schema = folder.read(at)
    fields = schema.get("properties") if isinstance(schema, dict) else None
    for name in fields if isinstance(fields, dict) else ():
        spot = at.below("properties", name)
        field = folder.read(folder.follow(spot))
        if isinstance(field, dict) and isinstance(field.get("contentSchema"), dict):
            yield str(name), folder.follow(spot).below("contentSchema")
        elif isinstance(field, dict) and {"properties", "allOf", "oneOf", "anyOf"} & field.keys():
            yield str(name), spot
