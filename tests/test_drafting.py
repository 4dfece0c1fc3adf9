from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.drafting.signatures import Scheme, likely_scheme
from conformance.drafting.trial import drafted
from conformance.inspection import inspect
from conformance.platform.description_file import locate
from conformance.platform.document import Document, EventNotes
from conformance.platform.signature_check import preset_names
from conformance.platform.yaml_file import read_yaml
from formed_platforms import written
from parcel_service import LARKPOST
from shipped import PLATFORMS
from small_platform import platform

DOCUMENTS: Final = Path(__file__).parent / "platform" / "documents"
ANNOUNCING: Final = (
    "webhooks-3.1.yaml",
    "x-webhooks.yaml",
    "callbacks-3.0.yaml",
    "one-of.yaml",
    "asyncapi-2.yaml",
    "asyncapi-3.yaml",
    "files/openapi.yaml",
    "folder",
    "recursive.json",
)


def draft(spec: Path, folder: Path) -> Any:
    """The draft for a document, as a description."""
    output = folder / "draft.yaml"
    result = CliRunner().invoke(main, ["init", "--spec", str(spec), "--output", str(output)])
    assert 0 == result.exit_code, result.output
    return read_yaml(output)


@pytest.mark.parametrize("name", ANNOUNCING)
def test_a_draft_passes_the_check(name: str, tmp_path: Path) -> None:
    """Whatever form the document has; what cannot be sent yet says so and is not sent, be it all of it."""
    draft(DOCUMENTS / name, tmp_path)
    text = (tmp_path / "draft.yaml").read_text(encoding="utf-8")
    problems = {problem.what for problem in inspect(str(tmp_path / "draft.yaml")).problems}

    assert problems <= {"nothing can be sent: no event type is delivered"}
    assert text.count("delivered: false}  # DECIDE") == text.count("delivered: false}")


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_envelope_of_a_shipped_platform_is_guessed(name: str, tmp_path: Path) -> None:
    """From its document alone: where the id, the type, the time and the object of an event stand, and which types."""
    described = read_yaml(locate(name))
    events = draft(locate(name).parent / "openapi.yaml", tmp_path)["events"]

    assert {key: described["events"][key] for key in ("style", "id", "type", "time")} == {
        key: events[key] for key in ("style", "id", "type", "time")
    }
    assert set(described["events"]["types"]) == set(events["types"])
    assert not [name for name, event in events["types"].items() if event.get("delivered") is False]


def test_an_envelope_is_recognised_by_what_it_holds(tmp_path: Path) -> None:
    """Where no name is known: the event's own name is pinned there, and one id and one time stand beside it."""
    events = draft(Path(LARKPOST) / "openapi.yaml", tmp_path)["events"]

    assert ("/notice/reference", "/notice/kind", "/notice/raised") == (events["id"], events["type"], events["time"])


def test_an_envelope_with_two_ids_is_left_to_the_reader(tmp_path: Path) -> None:
    """Nothing tells which of them is the event's."""
    document = read_yaml(Path(LARKPOST) / "openapi.yaml")
    notice = document["components"]["schemas"]["Notice"]["properties"]["notice"]["properties"]
    notice["sender"] = notice["reference"]
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="ascii")
    events = draft(tmp_path / "openapi.json", tmp_path)["events"]

    assert ("/event_id", "/notice/kind") == (events["id"], events["type"])


def test_states_that_events_stand_for_are_guessed(tmp_path: Path) -> None:
    """An event type whose schema pins a field of the object sets that field."""
    feewise = draft(locate("feewise").parent / "openapi.yaml", tmp_path)

    assert {"/status": "Failed"} == feewise["events"]["types"]["payout.failed"]["sets"]
    assert {"/payment_status": "Processing"} == feewise["events"]["types"]["payment.processing"]["sets"]


def test_objects_and_operations_are_guessed(tmp_path: Path) -> None:
    """From paths and names: what gets and creates an object, by which key, and how the answer wraps it."""
    feewise = draft(locate("feewise").parent / "openapi.yaml", tmp_path)

    assert "/invoice_id" == feewise["object_types"]["invoice"]["id"]
    assert ["partner", "platform"] == feewise["object_types"]["invoice"]["origin"]
    assert {
        "does": "get",
        "object_type": "invoice",
        "keys": {"invoice_id": "/invoice_id"},
        "answer": {"invoice": "{object}"},
    } == feewise["operations"]["getInvoice"]
    assert "create" == feewise["operations"]["createInvoice"]["does"]
    assert "list" == feewise["operations"]["listPayouts"]["does"]
    assert {"operations": "unused"} == feewise["unlisted"]


def test_words_for_changes_are_guessed(tmp_path: Path) -> None:
    """Thin events say in a field of their own what happened."""
    wawex = draft(locate("wawex").parent / "openapi.yaml", tmp_path)

    assert read_yaml(locate("wawex"))["events"]["change"] == wawex["events"]["change"]


def test_an_event_type_is_named_as_it_is_sent(tmp_path: Path) -> None:
    """Where the schema pins another type than the name under which the document has the event."""
    document = {"/webhooks": {"thingTold": {"post": {"requestBody": {"content": {"application/json": {
        "schema": {"$ref": "#/components/schemas/Told"}
    }}}}}}}  # fmt: skip
    platform(tmp_path, document=document)

    assert {"thing.told": {"object_type": "thing", "changes": ["updated"], "schema": "thingTold"}} == draft(
        tmp_path / "openapi.json", tmp_path
    )["events"]["types"]


@pytest.mark.parametrize(
    ("headers", "preset"),
    [
        (("webhook-id", "webhook-signature"), "standard-webhooks"),
        (("svix-signature",), "svix"),
        (("Stripe-Signature",), "stripe"),
        (("X-GitHub-Event", "X-Hub-Signature-256"), "github"),
        (("X-Slack-Signature",), "slack"),
        (("X-Shopify-Hmac-Sha256",), "shopify"),
        (("X-Signature-Timestamp", "X-Signature-Ed25519"), "discord"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_known_scheme_is_drafted_as_its_preset(headers: tuple[str, ...], preset: str) -> None:
    """The headers of well-known schemes name them, and the kit has them all."""
    scheme = _signed_with(*headers)

    assert scheme is not None
    assert preset == scheme.preset
    assert preset in preset_names()


@pytest.mark.parametrize(
    ("headers", "guessed"),
    [
        (("X-Parcels-Hmac",), (("X-Parcels-Hmac", "{signature}"),)),
        (
            ("X-Parcels-Signature", "X-Parcels-Timestamp"),
            (("X-Parcels-Signature", "{signature}"), ("X-Parcels-Timestamp", "{timestamp}")),
        ),
    ],
    ids=["signature", "with-a-time"],
)
def test_an_unknown_scheme_is_guessed_from_its_headers(
    headers: tuple[str, ...], guessed: tuple[tuple[str, str], ...]
) -> None:
    """The name of the header is all that is known, and whether another one tells the time."""
    scheme = _signed_with(*headers)

    assert scheme is not None
    assert ("", guessed) == (scheme.preset, scheme.headers)


def _signed_with(*headers: str) -> Scheme | None:
    event: Any = {"post": {"requestBody": {"content": {"application/json": {"schema": {}}}}}}
    return likely_scheme(Document({"openapi": "3.1.0", "webhooks": {"a": event}}, said={"a": EventNotes((), headers)}))


def test_without_a_header_no_signature_is_drafted(tmp_path: Path) -> None:
    """The draft says that somebody must decide, and shows the form."""
    platform(tmp_path)
    text, _ = drafted(tmp_path / "openapi.json", None)

    assert "# DECIDE: the document names no header of a signature." in text
    assert likely_scheme(Document({"openapi": "3.1.0"})) is None


@pytest.mark.parametrize(
    ("headers", "signature"),
    [
        (["webhook-signature"], {"preset": "standard-webhooks"}),
        (
            ["X-Parcels-Signature", "X-Parcels-Timestamp"],
            {
                "digest": "sha256",
                "content": "{timestamp}.{body}",
                "encoding": "hex",
                "headers": {"X-Parcels-Signature": "{signature}", "X-Parcels-Timestamp": "{timestamp}"},
                "tolerance": 300,
            },
        ),
        (
            ["X-Parcels-Hmac"],
            {"digest": "sha256", "content": "{body}", "encoding": "hex", "headers": {"X-Parcels-Hmac": "{signature}"}},
        ),
    ],
    ids=["known", "with-a-time", "unknown"],
)
def test_a_scheme_stands_in_the_draft(headers: list[str], signature: dict[str, Any], tmp_path: Path) -> None:
    """By the name of its preset, or as it is guessed."""
    parameters = [{"name": name, "in": "header", "schema": {"type": "string"}} for name in headers]
    platform(tmp_path, document={"/webhooks/thing.told/post/parameters": parameters})

    assert signature == draft(tmp_path / "openapi.json", tmp_path)["signature"]


def test_a_draft_is_not_written_over_a_file(tmp_path: Path) -> None:
    """What somebody has gone through by hand is not lost."""
    platform(tmp_path)
    arguments = ["init", "--spec", str(tmp_path / "openapi.json"), "--output", str(tmp_path / "platform.yaml")]
    result = CliRunner().invoke(main, arguments)

    assert 2 == result.exit_code
    assert "exists" in result.output


def test_a_document_without_events_is_told_as_such() -> None:
    """With what to do: name schemas as events."""
    result = CliRunner().invoke(main, ["init", "--spec", str(DOCUMENTS / "schemas.yaml")])

    assert 2 == result.exit_code
    assert "announces no events" in result.output
    assert "A description can name schemas as events" in result.output


def test_a_draft_goes_to_the_screen_where_no_file_is_named(tmp_path: Path) -> None:
    """The draft alone is on the standard output, so that it can be piped."""
    platform(tmp_path)
    result = CliRunner().invoke(main, ["init", "--spec", str(tmp_path / "openapi.json")])

    assert 0 == result.exit_code
    assert result.stdout.startswith("# A draft of webhook-conformance init.")
    assert "left to you, marked DECIDE" in result.stderr


@pytest.mark.parametrize(
    ("headers", "event"),
    [
        (
            ["X-Shop-Event", "X-Shop-Delivery"],
            {"id": {"header": "X-Shop-Delivery"}, "type": {"header": "X-Shop-Event"}},
        ),
        (["X-Trace"], {"id": "/event_id", "type": "/event_type"}),
    ],
    ids=["carried", "not carried"],
)
def test_parts_in_headers_are_guessed(headers: list[str], event: dict[str, Any], tmp_path: Path) -> None:
    """Where events declare no field for their id and type, and all have a header of such a name."""
    told = [{"in": "header", "name": name, "required": True, "schema": {"type": "string"}} for name in headers]
    fields = {"thing": {"$ref": "#/components/schemas/Thing"}}
    document = {
        "/webhooks/thing.told/post/parameters": told,
        "/components/schemas/Told": {"type": "object", "required": ["thing"], "properties": fields},
    }
    drawn = draft(platform(tmp_path, document=document).parent / "openapi.json", tmp_path)

    assert event == {part: drawn["events"][part] for part in event}


def _with_bodies(form: str, media: str, body: Callable[[Any], Any], folder: Path) -> Any:
    """The deliveries of a draft for a document whose events have bodies of that media type, each made of an event."""
    written(form, folder)
    document = read_yaml(folder / "openapi.json")
    for item in document["webhooks"].values():
        (content,) = item["post"]["requestBody"]["content"].values()
        item["post"]["requestBody"]["content"] = {media: {"schema": body(content["schema"])}}
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    deliveries = draft(folder / "openapi.json", folder)["deliveries"]
    return {name: deliveries[name] for name in ("form", "content_type", "field") if name in deliveries}


def _alone(event: Any) -> Any:
    return event


def _listed(event: Any) -> Any:
    return {"type": "array", "items": event}


@pytest.mark.parametrize(
    ("written_form", "media", "body", "guessed"),
    [
        ("structured", "application/cloudevents+json", _alone, {"form": "cloudevents-structured"}),
        (
            "batch",
            "application/cloudevents-batch+json",
            _listed,
            {"form": "batch", "content_type": "application/cloudevents-batch+json"},
        ),
        ("form", "application/json", _listed, {"form": "batch"}),
        (
            "form",
            "application/x-www-form-urlencoded",
            lambda event: {"type": "object", "properties": {"v": {"type": "string"}, "news": event}},
            {"form": "form", "field": "news"},
        ),
        (
            "form",
            "application/x-www-form-urlencoded",
            lambda event: {"properties": {"news": {"type": "string", "contentSchema": event}}},
            {"form": "form", "field": "news"},
        ),
        ("form", "application/vnd.shop+json", _alone, {"form": "json", "content_type": "application/vnd.shop+json"}),
        ("form", "application/json", _alone, {}),
    ],
    ids=["structured", "cloud batch", "batch", "form", "form of a text", "media type of its own", "json"],
)
def test_the_form_of_deliveries_is_guessed(
    written_form: str, media: str, body: Callable[[Any], Any], guessed: dict[str, str], tmp_path: Path
) -> None:
    """From the media type of the bodies, and from what they are made of; the draft passes the check."""
    deliveries = _with_bodies(written_form, media, body, tmp_path)
    types = read_yaml(tmp_path / "draft.yaml")["events"]["types"]

    assert guessed == deliveries
    assert "delivered" not in types["order.made"]
    assert () == inspect(str(tmp_path / "draft.yaml")).problems


@pytest.mark.parametrize("form", ["structured", "binary"])
def test_cloud_events_are_guessed(form: str, tmp_path: Path) -> None:
    """From their attributes, as fields or as headers; the draft passes the check."""
    written(form, tmp_path)
    document = read_yaml(tmp_path / "openapi.json")
    for item in document["webhooks"].values():
        item["post"]["parameters"] = [
            {"in": "header", "name": name, "schema": {"type": "string"}}
            for name in (("ce-id", "ce-type", "ce-source") if form == "binary" else ())
        ]
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    drawn = draft(tmp_path / "openapi.json", tmp_path)

    assert f"cloudevents-{form}" == drawn["deliveries"]["form"]
    assert () == inspect(str(tmp_path / "draft.yaml")).problems


def _told(folder: Path, **schemas: dict[str, Any]) -> Any:
    """The draft for a document with these events, each an object of these fields."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Told", "version": "1"},
        "webhooks": {
            name: {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": _object(fields)}}},
                    "responses": {},
                }
            }
            for name, fields in schemas.items()
        },
    }
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    drawn = draft(folder / "openapi.json", folder)
    assert () == inspect(str(folder / "draft.yaml")).problems
    return drawn


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(fields), "properties": fields}


TEXT: Final = {"type": "string"}
TIME: Final = {"type": "string", "format": "date-time"}
STATES: Final = {"enum": ["draft", "open", "paid"]}
INVOICE: Final = _object({"id": TEXT, "state": STATES})


def test_an_envelope_below_the_top_is_guessed(tmp_path: Path) -> None:
    """Where the type and the object stand together in a field, the id and the time stand there as well."""
    inner = {"event_type": TEXT, "id": TEXT, "occurred_at": TIME, "payload": INVOICE}
    drawn = _told(tmp_path, **{"invoice.paid": {"data": _object(inner), "meta": _object({"attempt": TEXT})}})

    assert ("/data/id", "/data/event_type", "/data/occurred_at", "/data/payload") == tuple(
        drawn["events"][part] for part in ("id", "type", "time", "payload")
    )
    assert "sets" not in drawn["events"]["types"]["invoice.paid"]


def test_a_payload_that_is_called_as_its_object_is_guessed(tmp_path: Path) -> None:
    """By the names of the events, where all of them have such a field."""
    told = {"id": TEXT, "event": TEXT, "customer": _object({"id": TEXT, "name": TEXT}), "invoice": INVOICE}
    drawn = _told(tmp_path, **{"invoice.created": told, "invoice.paid": told})

    assert "/invoice" == drawn["events"]["payload"]
    assert {
        "id": "/id",
        "origin": ["platform"],
        "changing": [{"at": "/state", "values": ["draft", "open", "paid"]}],
    } == drawn["object_types"]["invoice"]


def test_objects_in_fields_of_their_own_names_are_guessed(tmp_path: Path) -> None:
    """Where each event has another field, the whole event is the payload, and places of an object begin there."""
    drawn = _told(
        tmp_path,
        **{
            "invoice.paid": {"event": TEXT, "invoice": INVOICE},
            "customer.created": {"event": TEXT, "customer": _object({"id": TEXT})},
        },
    )

    assert "" == drawn["events"]["payload"]
    assert "/customer/id" == drawn["object_types"]["customer"]["id"]
    assert {
        "id": "/invoice/id",
        "origin": ["platform"],
        "changing": [{"at": "/invoice/state", "values": ["draft", "open", "paid"]}],
    } == drawn["object_types"]["invoice"]


def test_types_that_one_webhook_lists_are_guessed(tmp_path: Path) -> None:
    """One event type for each, with the schema of the webhook; a list with the webhook's own name is of all of them."""
    kinds = {"enum": ["invoice.paid", "invoice.lost"]}
    one = _told(tmp_path, notification={"id": TEXT, "type": kinds, "data": INVOICE})["events"]["types"]
    (tmp_path / "draft.yaml").unlink()
    two = _told(
        tmp_path, **{name: {"id": TEXT, "type": kinds, "data": INVOICE} for name in ("invoice.paid", "invoice.lost")}
    )

    assert {"invoice.paid": "notification", "invoice.lost": "notification"} == {n: e["schema"] for n, e in one.items()}
    assert ["invoice.paid", "invoice.lost"] == list(two["events"]["types"])
    assert not any("schema" in event for event in two["events"]["types"].values())


def test_a_slash_before_an_event_is_no_part_of_its_type(tmp_path: Path) -> None:
    """Documents whose webhooks look like paths send the names alone."""
    drawn = _told(tmp_path, **{"/INVOICE_PAID": {"id": TEXT, "type": TEXT, "data": INVOICE}})

    assert {"INVOICE_PAID": "/INVOICE_PAID"} == {n: e["schema"] for n, e in drawn["events"]["types"].items()}


def test_no_time_is_made_up(tmp_path: Path) -> None:
    """A platform may tell none, and what no event declares would be a field that partners do not know."""
    drawn = _told(tmp_path, **{"invoice.paid": {"id": TEXT, "type": TEXT, "data": INVOICE}})

    assert "time" not in drawn["events"]
    assert "# DECIDE: no event declares its time" in (tmp_path / "draft.yaml").read_text(encoding="utf-8")


def test_the_event_is_not_taken_for_its_object(tmp_path: Path) -> None:
    """Where the whole event is the payload, its own id and type are not those of the object, and do not change."""
    told = {"id": TEXT, "type": {"enum": ["made", "sent", "lost"]}, "orderNumber": TEXT}
    drawn = _told(tmp_path, **{"order.told": told})

    assert "/id" == drawn["events"]["id"]
    assert {"id": "/orderNumber", "origin": ["platform"]} == drawn["object_types"]["made"]


def test_what_a_new_object_needs_is_guessed(tmp_path: Path) -> None:
    """So that the demo partner can create one; where the description leaves it out, the check says so."""
    needs = {"type": "object", "required": ["id", "size"], "properties": {"id": TEXT, "size": {"type": "integer"}}}
    platform(tmp_path, document={"/paths/~1things/post/requestBody/content/application~1json/schema": needs})
    drawn = draft(tmp_path / "openapi.json", tmp_path)
    drafted_notes = inspect(str(tmp_path / "draft.yaml")).notes
    platform(tmp_path, description={"/object_types/thing/create_body": {}})
    (note,) = inspect(str(tmp_path / "platform.yaml")).notes

    assert {"id", "size"} == drawn["object_types"]["thing"]["create_body"].keys()
    assert () == drafted_notes
    assert f"{tmp_path}/platform.yaml at /object_types/thing/create_body" == note.where
    assert "'id' is a required property" in note.what
