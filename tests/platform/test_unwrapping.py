"""The event in the body that a document declares: in a list, in the field of a form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.platform.delivery_form import DeliveryForm, Shape
from conformance.platform.document import Document
from conformance.platform.document_file import read_document

_EVENT: Final = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
_FORM: Final = "application/x-www-form-urlencoded"


def _read(folder: Path, media: str, body: Any, form: DeliveryForm | None, **beside: Any) -> Document:
    content = {media: {"schema": body, **beside}}
    (folder / "openapi.json").write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "Shop", "version": "1"},
                "webhooks": {"order.made": {"post": {"requestBody": {"content": content}}}},
            }
        ),
        encoding="utf-8",
    )
    return read_document(folder / "openapi.json", form=form)


def _told(read: Document) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    at = read.event_schema_at("order.made")
    return read.properties(at), read.examples_at(at)


def test_an_event_of_a_batch_is_what_the_list_holds(tmp_path: Path) -> None:
    """With the examples of the list taken apart."""
    batch = DeliveryForm(Shape.BATCH, "application/json", "", {})
    read = _read(tmp_path, "application/json", {"type": "array", "items": _EVENT}, batch, example=[{"id": "1"}])

    assert (("id",), ({"id": "1"},)) == _told(read)


def test_a_document_may_describe_one_event_of_a_batch(tmp_path: Path) -> None:
    """As every description of a batch had to, before lists were understood."""
    batch = DeliveryForm(Shape.BATCH, "application/json", "", {})

    assert (("id",), ({"id": "1"},)) == _told(_read(tmp_path, "application/json", _EVENT, batch, example={"id": "1"}))


def test_a_list_is_an_event_where_deliveries_are_no_batches(tmp_path: Path) -> None:
    """Nothing changes for platforms whose event is a list."""
    lists = {"type": "array", "items": _EVENT}
    read = _read(tmp_path, "application/json", lists, DeliveryForm(Shape.JSON, "application/json", "", {}))

    assert lists == read.schema(read.event_schema_at("order.made"))


@pytest.mark.parametrize("field", ["payload", ""])
@pytest.mark.parametrize("held", [_EVENT, {"type": "string", "contentSchema": _EVENT}], ids=["object", "text"])
def test_an_event_of_a_form_is_what_its_field_holds(held: Any, field: str, tmp_path: Path) -> None:
    """The field that the description names, or one that is called as if it held an event."""
    fields = {"sender": _EVENT, "payload": held}
    form = DeliveryForm(Shape.FORM, _FORM, field, {})
    read = _read(tmp_path, _FORM, {"properties": fields}, form, example={"payload": {"id": "1"}, "v": "2"})

    assert (("id",), ({"id": "1"},)) == _told(read)
    assert "payload" == read.said_of("order.made").field


@pytest.mark.parametrize(
    ("body", "field", "what"),
    [
        ({"properties": {"payload": _EVENT}}, "news", "has no field 'news' with a schema of JSON"),
        ({"properties": {"payload": {"type": "string"}}}, "", "has no field with a schema of JSON"),
        ({"type": "object"}, "payload", "has no field 'payload' with a schema of JSON"),
    ],
    ids=["another field", "only texts", "no fields"],
)
def test_a_form_without_its_field_is_told(body: Any, field: str, what: str, tmp_path: Path) -> None:
    """By what is missing, and the event cannot be sent."""
    read = _read(tmp_path, _FORM, body, DeliveryForm(Shape.FORM, _FORM, field, {}))

    assert () == read.event_types
    assert [what] == [note.what for note in read.notes]
