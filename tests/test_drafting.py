from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.drafting.signatures import likely_scheme
from conformance.drafting.trial import drafted
from conformance.inspection import inspect
from conformance.platform.description_file import locate
from conformance.platform.document import Document, EventNotes
from conformance.platform.yaml_file import read_yaml
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
    """Whatever form the document has; what cannot be sent yet says so and is not sent."""
    draft(DOCUMENTS / name, tmp_path)
    text = (tmp_path / "draft.yaml").read_text(encoding="utf-8")

    assert () == inspect(str(tmp_path / "draft.yaml")).problems
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
    ("headers", "preset", "content"),
    [
        (("webhook-id", "webhook-signature"), "standard-webhooks", "{id}.{timestamp}.{body}"),
        (("svix-signature",), "standard-webhooks", "{id}.{timestamp}.{body}"),
        (("Stripe-Signature",), "stripe", "{timestamp}.{body}"),
        (("X-GitHub-Event", "X-Hub-Signature-256"), "github", "{body}"),
        (("X-Slack-Signature",), "slack", "v0:{timestamp}:{body}"),
        (("X-Parcels-Hmac",), "", "{body}"),
        (("X-Parcels-Signature", "X-Parcels-Timestamp"), "", "{timestamp}.{body}"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_signature_is_guessed_from_its_header(headers: tuple[str, ...], preset: str, content: str) -> None:
    """The headers of well-known schemes name them; of others the name of the header is all that is known."""
    event: Any = {"post": {"requestBody": {"content": {"application/json": {"schema": {}}}}}}
    document = Document({"openapi": "3.1.0", "webhooks": {"a": event}}, said={"a": EventNotes((), headers)})
    scheme = likely_scheme(document)

    assert scheme is not None
    assert (preset, content) == (scheme.preset, scheme.content)


def test_without_a_header_no_signature_is_drafted(tmp_path: Path) -> None:
    """The draft says that somebody must decide, and shows the form."""
    platform(tmp_path)
    text, _ = drafted(tmp_path / "openapi.json", None)

    assert "# DECIDE: the document names no header of a signature." in text
    assert likely_scheme(Document({"openapi": "3.1.0"})) is None


def test_a_known_scheme_is_named_in_the_draft(tmp_path: Path) -> None:
    """As a line to take in, beside the scheme in full."""
    parameters = [{"name": "webhook-signature", "in": "header", "schema": {"type": "string"}}]
    platform(tmp_path, document={"/webhooks/thing.told/post/parameters": parameters})
    text, _ = drafted(tmp_path / "openapi.json", None)

    assert "  # preset: standard-webhooks\n" in text


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
