"""The forms of a delivery: what becomes of an event on its way, and what a receiver reads out of it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.inspection import inspect
from conformance.partner_process import profile
from conformance.platform.delivery_form import DeliveryForm, Shape, completed
from conformance.platform.event import compact
from conformance.platform.specification import read_specification
from conformance.reference import form as reading
from conformance.reference.message import Request
from conformance.reference.profile import Profile
from formed_platforms import FORMS, formed
from small_platform import platform

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), VALUES, min_size=1, max_size=4)


def form_of(shape: Shape, *, content_type: str = "application/json", field: str = "") -> DeliveryForm:
    """A form that carries nothing in headers."""
    return DeliveryForm(shape, content_type, field, {})


@pytest.fixture(scope="module", params=FORMS)
def specification(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A platform of each form."""
    return formed(request.param, tmp_path_factory.mktemp(request.param))


def test_every_part_stands_where_the_platform_has_it(specification: Any) -> None:
    """Id, type and time are told once each: in the JSON, or in a header that the deliveries carry."""
    d = specification.description
    told = "".join(value for _, value in d.delivery_headers)
    places = {"id": d.id_at, "type": d.type_at, "time": d.time_at}

    assert {part: not at for part, at in places.items()} == {part: f"{{{part}}}" in told for part in places}


@pytest.mark.parametrize("kind", FORMS)
def test_a_receiver_reads_what_was_sent(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the JSON of an event holds, the reference partner, which shares no code, reads it out of the form."""
    specification = formed(kind, tmp_path_factory.mktemp("round"))
    known = Profile.from_document(json.loads(json.dumps(profile(specification))))
    form = specification.description.form

    @given(content=OBJECTS, name=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1))
    def read_back(content: dict[str, Any], name: str) -> None:
        words = {part: [form.header_value(name).decode()] for part in known.carriers}
        request = Request("POST", "/", {}, words, form.wrapped(compact(content)))
        text = reading.text(request.body or b"", known)
        found = reading.events(json.loads(text or b""), request, known)
        headers = dict.fromkeys(known.carriers, name)

        assert [{"headers": headers, "body": content} if known.carriers else content] == found

    read_back()


@given(first=OBJECTS, second=OBJECTS)
def test_a_batch_holds_its_events_in_order(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Several events of a batch are a list of them."""
    assert [first, second] == json.loads(form_of(Shape.BATCH).wrapped(compact(first), compact(second)))


def test_white_space_around_the_event_of_a_batch_stands_around_its_list() -> None:
    """Who trims a body before verifying it trims there, and is found out."""
    wrapped = form_of(Shape.BATCH).wrapped

    assert b" [{}]\n" == wrapped(b" {}\n")
    assert b"[ ]" == wrapped(b" ")


@given(st.binary(min_size=1))
def test_a_form_keeps_bytes_that_are_no_json(body: bytes) -> None:
    """What is broken within the field is broken in the same way when it is read."""
    wrapped = form_of(Shape.FORM, field="the payload").wrapped(body)

    assert wrapped.isascii()
    assert body == reading.text(wrapped, with_field("the payload"))


def with_field(name: str) -> Profile:
    """What a partner knows of a platform whose forms have that field."""
    return Profile.from_document({"description": {"deliveries": {"form": "form", "field": name}}, "operations": {}})


@pytest.mark.parametrize("body", [b"other=1", b"payload=1&payload=2"])
def test_a_form_has_its_field_once(body: bytes) -> None:
    """Without its field, or with two of it, a form holds no event."""
    assert reading.text(body, with_field("payload")) is None


@pytest.mark.parametrize("shape", Shape)
def test_no_body_stays_none(shape: Shape) -> None:
    """A request without a body has none in any form."""
    assert form_of(shape, field="payload").wrapped(b"") == b""


@pytest.mark.parametrize(("shape", "sent"), [(Shape.BINARY, b"a%20%22b%22%25"), (Shape.JSON, b'a "b"%')])
def test_cloudevents_encode_their_headers(shape: Shape, sent: bytes) -> None:
    """The HTTP binding of CloudEvents wants space, quotes and percent signs encoded; other platforms do not say."""
    assert sent == form_of(shape).header_value('a "b"%')


def test_a_cloud_event_says_its_version_and_what_its_data_are() -> None:
    """Whatever a sample of the document holds there."""
    form = form_of(Shape.STRUCTURED, content_type="application/cloudevents+json")
    said = {"specversion": "7", "datacontenttype": "text/plain", "id": "a"}

    assert {"specversion": "1.0", "datacontenttype": "application/json", "id": "a"} == form.enveloped(said)
    assert {"id": "a", "specversion": "1.0"} == form.enveloped({"id": "a"})
    assert form_of(Shape.JSON).enveloped(said) is said


def test_what_a_cloud_event_implies_can_be_said_otherwise() -> None:
    """A description that names a place, or a header, is not overruled."""
    raw = {
        "name": "small",
        "deliveries": {"form": "cloudevents-binary", "headers": {"CE-Source": "/here"}},
        "events": {"type": {"header": "X-Type"}},
    }
    said = completed(raw)

    assert {
        "ce-specversion": "1.0",
        "ce-id": "{id}",
        "X-Type": "{type}",
        "ce-time": "{time}",
        "CE-Source": "/here",
    } == said["deliveries"]["headers"]
    assert said["events"]["payload"] == ""


@pytest.mark.parametrize(
    ("values", "place", "words"),
    [
        ({"/deliveries/form": "form"}, "/deliveries", "'field' is missing"),
        ({"/deliveries/field": "payload"}, "/deliveries/field", "only a form has a field"),
        ({"/deliveries/form": "multipart"}, "/deliveries/form", "is not one of"),
        ({"/events/type": {}}, "/events/type", "'header' is a required property"),
        ({"/events/type": {"header": "X Event"}}, "/events/type/header", "does not match"),
        ({"/events/type": {"header": "Content-Type"}}, "/events/type/header", "is taken"),
        ({"/events/ids": "numbers"}, "/events/ids", "is not valid"),
        (
            {"/events/id": {"header": "X-Id"}, "/events/type": {"header": "x-id"}},
            "/events/type/header",
            "is taken (events/id)",
        ),
        (
            {
                "/events/id": {"header": "X-Id"},
                "/recovery": {"sent": "a", "failed": "b", "look_back": 1, "unknown_after": 404},
            },
            "/recovery",
            "has no headers",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
)
def test_mistakes_are_named(tmp_path: Path, values: dict[str, Any], place: str, words: str) -> None:
    """What a form lacks, or cannot have, is said before anything is played."""
    path = platform(tmp_path, description=values)
    told = [problem for problem in inspect(str(path)).problems if problem.where == f"{path} at {place}"]

    assert len(told) == 1
    assert words in told[0].what


@pytest.mark.parametrize("part", ["type", "payload"])
def test_an_event_has_a_type_and_a_payload(tmp_path: Path, part: str) -> None:
    """Only a CloudEvent has them where everybody knows; elsewhere the description says it."""
    path = platform(tmp_path)
    said = json.loads(path.read_text())
    del said["events"][part]
    path.write_text(json.dumps(said))

    assert [(f"{path} at /events", f"{part!r} is missing")] == [
        (problem.where, problem.what) for problem in inspect(str(path)).problems
    ]


def test_an_order_must_be_told(tmp_path: Path) -> None:
    """Where neither time nor version nor modification is told, no partner can tell which event is newer."""
    path = platform(tmp_path, description={"/order": {"object_types": ["thing"]}})
    said = json.loads(path.read_text())
    del said["events"]["time"]
    path.write_text(json.dumps(said))
    (problem,) = inspect(str(path)).problems

    assert "nothing tells the order" in problem.what
    path.write_text(
        json.dumps(said | {"object_types": {"thing": {**said["object_types"]["thing"], "version": "/size"}}})
    )
    assert not inspect(str(path)).problems
    assert read_specification(str(path)).description.time_at == ""
