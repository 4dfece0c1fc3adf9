from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.inspection import Inspection, inspect
from shipped import PLATFORMS
from small_platform import platform


def wheres(found: Inspection, folder: Path) -> set[str]:
    """Where the problems stand, without the folder."""
    return {problem.where.removeprefix(f"{folder}/") for problem in found.problems}


@pytest.mark.parametrize("name", PLATFORMS)
def test_nothing_is_wrong_with_a_shipped_platform(name: str) -> None:
    """Neither problems nor notes."""
    found = inspect(name)

    assert ((), ()) == (found.problems, found.notes)


def test_description_and_document_are_told_of_together(tmp_path: Path) -> None:
    """Mistakes of form in one and unusable parts of the other come in one go."""
    platform(
        tmp_path,
        description={"/acknowledgement/limit": "soon", "/surprise": 1},
        document={"/components/schemas/Odd": {"type": "thing"}},
    )
    found = inspect(str(tmp_path))

    assert {"platform.yaml at the top", "platform.yaml at /acknowledgement/limit"} == wheres(found, tmp_path)
    assert [f"{tmp_path}/openapi.json at /components/schemas/Odd/type"] == [note.where for note in found.notes]
    assert "Known here: format" in str(found.problems[0])


def test_a_document_that_cannot_be_read_is_told_beside_the_description(tmp_path: Path) -> None:
    """The description is wrong and its document is not there: both are told."""
    platform(tmp_path, description={"/surprise": 1, "/document": "absent.json"})

    assert {"platform.yaml at the top", "absent.json"} == wheres(inspect(str(tmp_path)), tmp_path)


@pytest.mark.parametrize(
    ("description", "document", "place", "words"),
    [
        ({}, {"/components/schemas/Told/properties/type": {"const": "other"}}, "thing.told", "/type: 'other' was"),
        ({}, {"/components/schemas/Told/properties/id": {"type": "boolean"}}, "thing.told", "/id: "),
        ({}, {"/components/schemas/Told/properties/at": {"type": "integer"}}, "thing.told", "/at: "),
        (
            {},
            {"/components/schemas/Thing/properties/id": {"enum": ["one", "two"]}},
            "thing.told",
            "/thing/id",
        ),
        (
            {"/object_types/thing/changing": [{"at": "/size", "values": ["a", "b", "c"]}]},
            {},
            "thing.told",
            "/thing/size",
        ),
    ],
    ids=["another type", "ids are truths", "times are numbers", "ids are listed", "wrong values"],
)
def test_an_event_is_tried_as_it_would_be_sent(
    tmp_path: Path, description: dict[str, Any], document: dict[str, Any], place: str, words: str
) -> None:
    """What the kit writes into an event must be allowed there, and nobody waits for a run to hear that it is not."""
    platform(tmp_path, description=description, document=document)
    (problem,) = inspect(str(tmp_path)).problems

    assert f"{tmp_path}/platform.yaml at /events/types/{place}" == problem.where
    assert words in problem.what
    assert problem.hint


def test_a_close_name_is_offered(tmp_path: Path) -> None:
    """Who mistypes an event type or an operation sees what the document has."""
    path = platform(
        tmp_path,
        description={
            "/events/types": {"thing.tald": {"object_type": "thing", "changes": ["created"]}},
            "/operations/getThng": {"does": "get", "object_type": "thing"},
        },
    )
    told = [str(problem) for problem in inspect(str(path)).problems]

    assert any("It has 'thing.told'." in text for text in told)
    assert any("It has 'getThing'." in text for text in told)


def test_what_is_unlisted_may_be_left_unused(tmp_path: Path) -> None:
    """A description of a part says so once, not for each event and operation that it leaves out."""
    platform(
        tmp_path,
        description={
            "/unlisted": {"event_types": "unused", "operations": "unused"},
            "/operations": {
                "getThing": {"does": "get", "object_type": "thing", "keys": {"id": "/id"}, "answer": "{object}"}
            },
        },
        document={
            "/webhooks/thing.found": {"post": {"requestBody": {"content": {"application/json": {"schema": {}}}}}}
        },
    )

    assert () == inspect(str(tmp_path)).problems


def test_an_undeclared_place_is_noted(tmp_path: Path) -> None:
    """The kit writes an event's time there all the same, and the reader should know."""
    platform(tmp_path, description={"/events/time": "/when"})
    found = inspect(str(tmp_path))

    assert () == found.problems
    assert "/when is not declared in 1 of 1 event types: thing.told" == found.notes[0].what


def test_a_platform_that_sends_nothing_cannot_be_played(tmp_path: Path) -> None:
    """As a draft may be, of which nobody has decided anything yet: how much is left is told as well."""
    path = platform(tmp_path, description={"/events/types/thing.told/delivered": False})
    path.write_text(path.read_text(encoding="utf-8") + "  # DECIDE: all of it\n", encoding="utf-8")
    found = inspect(str(tmp_path))

    assert {"platform.yaml at /events/types"} == wheres(found, tmp_path)
    assert "1 of 1 event type not delivered\n1 decision left to you, marked DECIDE." in found.summary


def test_a_misspelt_field_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    """Before all that are known there."""
    platform(tmp_path, description={"/acknowledgement/softlimit": 1})

    assert "Did you mean 'soft_limit' by 'softlimit'? Known here: " in str(inspect(str(tmp_path)).problems[0])


def test_a_document_alone_is_checked_too(tmp_path: Path) -> None:
    """Before there is a description, the events that were found are counted and the next step is named."""
    platform(tmp_path)
    found = inspect(str(tmp_path / "openapi.json"))

    assert ((), ()) == (found.problems, found.notes)
    assert "1 event type, 3 operations" in found.summary
    assert f"init --spec {tmp_path}/openapi.json" in found.summary


def test_the_command_exits_with_2_when_something_is_wrong(tmp_path: Path) -> None:
    """A pipeline can rely on it; notes alone are no reason."""
    path = platform(tmp_path, document={"/components/schemas/Odd": {"type": "thing"}})
    good = CliRunner().invoke(main, ["platforms", "--check", str(path)])
    platform(tmp_path, description={"/surprise": 1})
    bad = CliRunner().invoke(main, ["platforms", "--check", str(path), "--json"])

    assert (0, 2) == (good.exit_code, bad.exit_code)
    assert "note: " in good.output
    assert "Nothing is wrong: 0 problems, 1 note." in good.output
    assert ["platform.yaml at the top"] == [p["where"].rpartition("/")[2] for p in json.loads(bad.output)["problems"]]


TWENTY: dict[str, Any] = {
    # of form
    "/surprise": 1,
    "/deliveries/usr_agent": "Small",
    "/deliveries/credential": {"type": "bearr"},
    "/events/style": "fat",
    "/events/unknown_type": 5,
    "/acknowledgement/limit": "soon",
    "/acknowledgement/refused": [200],
    "/object_types/thing/changing": [{"at": "size", "values": [1, 2, 3]}],
    "/limits": {"batch": 0},
    "/signature": {"digest": "md5", "encoding": "hex", "content": "{timestmp}.{body}", "headers": {"X-Sig": "{sig}"}},
    # names that mean nothing
    "/events/types/thing.lost": {"object_type": "thyng", "changes": ["deleted"]},
    "/events/types/thing.sold": {"object_type": "thing"},
    "/events/change": {"at": "/change", "values": {"created": "NEW"}},
    "/order": {"object_types": ["thingy"]},
    "/assumptions": [{"at": "/acknowledgement/patience", "reason": "Small is silent."}],
    "/handshake": {"ping": {"type": "thing.told", "body": {}}},
    # against the document
    "/operations/getThing/keys": {"thing_id": "/id"},
    "/operations/dropThing": {"does": "list", "object_type": "thing"},
    "/document": "openapi.json",
}
THERE: dict[str, Any] = {
    "/webhooks/thing.found": {"post": {"requestBody": {"content": {"application/json": {"schema": {}}}}}},
}


def test_twenty_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Mistakes of form hide none of those behind them, each says what to do, and mended ones leave nothing behind."""
    platform(tmp_path, description=TWENTY, document=THERE)
    found = inspect(str(tmp_path))

    assert {
        "the top",
        "/deliveries",
        "/deliveries/credential/type",
        "/events/style",
        "/events/unknown_type",
        "/acknowledgement/limit",
        "/acknowledgement/refused/0",
        "/object_types/thing/changing/0/at",
        "/limits/batch",
        "/signature/digest",
        "/signature/content",
        "/signature/headers/X-Sig",
        "/signature/headers",
        "/events/types/thing.lost/object_type",
        "/events/types/thing.lost",
        "/events/types/thing.sold",
        "/events/change/values",
        "/order/object_types/0",
        "/assumptions/0/at",
        "/handshake/ping/type",
        "/operations/getThing/keys/thing_id",
        "/operations/dropThing",
        "/events/types",
    } == {where.rpartition(" at ")[2] for where in wheres(found, tmp_path)}
    assert [] == [str(problem) for problem in found.problems if not problem.hint]


def test_mistakes_of_forms_and_handshakes_are_told_at_once(tmp_path: Path) -> None:
    """Where one mistake makes others look like some, only the first is told."""
    platform(
        tmp_path,
        description={
            "/format": "1",
            "/deliveries": {
                "endpoints": "per-object-type",
                "form": "form",
                "headers": {"X-Small": "{kind}"},
                "credential": {"type": "static", "headers": {"X-Token": "secret"}},
            },
            "/events/style": "thin",
            "/events/id": "id",
            "/events/unknown_type": "thing.told",
            "/events/types/thing.told/changes": ["make"],
            "/handshake": {
                "when": ["at-subscription"],
                "challenge": {
                    "method": "GET",
                    "body": {"text": "{chalenge}"},
                    "signed": True,
                    "answers": [{"text": "{challenge}"}],
                },
            },
            "/signature": {"preset": "stripes"},
            "/object_types/thing/changing": [{"at": "/size", "values": [1, 2]}],
            "/object_types/thing/ids": {"pattern": "^["},
            "/operations/getThing/answer": "{objekt}",
            "/operations/getNewestThing": {"does": "list"},
            "/levels": {"ACK-99": "MUST", "SMALL-01": "MUST"},
            "/assumptions": ["/acknowledgement"],
        },
    )
    found = inspect(str(tmp_path))

    assert {
        "/format",
        "/deliveries",
        "/deliveries/headers/X-Small",
        "/deliveries/credential/headers",
        "/events",
        "/events/id",
        "/events/unknown_type",
        "/events/types/thing.told/changes/0",
        "/handshake/when",
        "/handshake/challenge",
        "/handshake/challenge/body",
        "/handshake/challenge/body/text",
        "/signature/preset",
        "/object_types/thing/changing/0/values",
        "/object_types/thing/ids/pattern",
        "/operations/getThing/answer",
        "/operations/getNewestThing",
        "/assumptions/0",
    } == {where.rpartition(" at ")[2] for where in wheres(found, tmp_path)}
    assert [] == [str(problem) for problem in found.problems if not problem.hint]
    assert ["there is no requirement ACK-99, so it changes nothing"] == [note.what for note in found.notes]


@pytest.mark.parametrize(
    ("description", "place"),
    [
        ({"/object_types/thing/id": "/id", "/events/payload": ""}, "/id is where the event's id stands"),
        (
            {
                "/events/payload": "",
                "/object_types/thing": {
                    "id": "/thing/id",
                    "origin": ["platform"],
                    "changing": [{"at": "/at", "values": [f"2025-01-0{day}T00:00:00Z" for day in (1, 2, 3)]}],
                },
            },
            "/at is where the event's time stands",
        ),
    ],
    ids=["id", "time"],
)
def test_an_object_may_not_stand_where_its_event_does(tmp_path: Path, description: dict[str, Any], place: str) -> None:
    """Two events about one object would have one id, and a partner that is right would take them for the same."""
    platform(tmp_path, description=description)
    told = [problem for problem in inspect(str(tmp_path)).problems if place in problem.what]

    assert [f"{tmp_path}/platform.yaml at /events/types/thing.told"] == [problem.where for problem in told]
    assert all(problem.hint for problem in told)
