"""Stories that judge by what is held: they also see whether a partner keeps such objects at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.delivery import Sent
from conformance.exchange import Request, Response
from conformance.scenarios import ordering
from conformance.transcript import Play
from one_story import acted
from senders import answers
from small_platform import platform


def _holds_nothing(request: Request) -> Sent:
    """The partner acknowledges everything, says that it has applied it, and holds nothing."""
    if "/events/" in request.target:
        return Sent(request, Response(200, (), b'{"applied": 1}'), None)
    return Sent(request, Response(404), None) if "/objects/" in request.target else answers(request)


def test_the_object_of_the_sentinel_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the partner keeps such objects at all is seen by one that was made in the ordinary way."""
    monkeypatch.setattr(ordering, "_until_newest", _at_once)
    played = acted("feewise", "update-before-creation", "invoice", partner=_holds_nothing, offers=("events", "objects"))
    (sentinel,) = played.deliveries("sentinel")

    assert 404 == played.askings("objects", sentinel.object_id or "")[-1].status


async def _at_once(*_: object) -> None:
    """Nobody waits for what never comes."""


def test_an_object_that_is_changed_back_was_created_before() -> None:
    """A partner that keeps updates until their creation arrives has nothing to wait for."""
    played = acted("feewise", "look-alikes", "another-id", offers=())
    roles = [delivery.role for delivery in played.deliveries()]

    assert ["made", "there", "elsewhere", "back"] == roles
    assert "artifact.invoice.created" == _told(played)[0]


def _told(played: Play) -> list[str]:
    return [json.loads(delivery.request.body)["event_type"] for delivery in played.deliveries()]


def test_an_object_that_is_changed_back_is_of_a_later_version(tmp_path: Path) -> None:
    """A partner that goes by the version or the time in the object must not find an older one in the last event."""
    thing = "/components/schemas/Thing/properties"
    versioned = platform(
        tmp_path,
        description={
            "/object_types/thing/version": "/version",
            "/object_types/thing/modified": "/modified",
            "/order": {"object_types": ["thing"]},
        },
        document={f"{thing}/version": {"type": "integer"}, f"{thing}/modified": {"type": "string"}},
    )
    played = acted(str(versioned), "look-alikes", "another-id", offers=())
    bodies = [json.loads(delivery.request.body)["thing"] for delivery in played.deliveries()]
    there, back = bodies[1], bodies[3]

    assert [1, 2, 3, 4] == [body["version"] for body in bodies]
    assert there["modified"] < back["modified"]
    assert {**there, "version": 0, "modified": ""} == {**back, "version": 0, "modified": ""}
