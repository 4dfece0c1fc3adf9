"""The stories of the chapter Authenticity, played to the reference partner's own verifier."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import rotating_platform
from conformance.exchange import Asking, Delivery
from conformance.generate.composer import Composer
from conformance.kit import Kit
from conformance.platform.description import Description, EventType
from conformance.platform.document import Document
from conformance.platform.event import Event
from conformance.scenarios.programme import Scene
from conformance.scenarios.story import STORIES
from shipped import corpus, specification
from verifying import answered, played, scene

FEEWISE = specification("feewise").description
ROTATING = rotating_platform.description()
WAWEX = specification("wawex").description
# The partner's own secret in these plays.
OWN = "5e" * 24


def cases(story: str) -> list[Any]:
    """Every scene of a story, on each platform that plays it."""
    return [
        pytest.param(described, scene(story, parameter), id=f"{described.name}-{parameter}")
        for described in (FEEWISE, ROTATING, WAWEX)
        for parameter in STORIES[story].parameters(described)
    ]


@pytest.mark.parametrize(("described", "forged"), cases("forged-event"))
def test_a_forgery_is_one(described: Description, forged: Scene) -> None:
    """A right verifier refuses every forgery, and accepts what comes before and after it."""
    made, _, ended = played(forged, described)

    assert "" == ended
    assert ([200], [401], [200]) == tuple(answered(made, role) for role in ("control", "forged", "sentinel"))


@pytest.mark.parametrize(("described", "odd"), cases("odd-but-genuine"))
def test_what_is_odd_is_genuine(described: Description, odd: Scene) -> None:
    """A right verifier accepts it, and refuses the forgery beside it."""
    made, _, ended = played(odd, described)
    expected = [] if odd.parameter == "fraction-of-zero" else [200]

    assert "" == ended
    assert (expected, [401 for _ in expected]) == (answered(made, "odd"), answered(made, "forged"))


@pytest.mark.parametrize(
    ("parameter", "holds"),
    [
        ("white-space", b'{\n  "'),
        ("final-newline", b"}\n"),
        ("escaped-slash", rb"and\/or"),
        ("escape-in-upper-case", rb"\u001B"),
    ],
)
def test_unusual_json_is_what_it_is_called(parameter: str, holds: bytes) -> None:
    """The bytes are unusual, and their schema allows what they say."""
    made, _, _ = played(scene("odd-but-genuine", parameter), FEEWISE)
    (odd,) = (r for r in made.journal.records if isinstance(r, Delivery) and r.role == "odd")
    document = made.specification.document

    assert holds in odd.request.body
    assert () == document.violations(document.event_schema_at(odd.event_type), json.loads(odd.request.body))


@pytest.mark.parametrize(("kind", "written"), [("number", [True]), ("integer", [])])
def test_a_fraction_is_written_where_any_number_may_stand(kind: str, written: list[bool]) -> None:
    """A schema of whole numbers is left alone, because typed parsers may refuse a fraction there."""

    def weighing(made: Kit) -> None:
        content = json.loads(json.dumps(made.specification.document.content))
        content["components"]["schemas"]["Invoice"]["properties"]["weight"] = {"type": kind}
        made.specification = replace(made.specification, document=Document(content))
        made.composer = _Weighing(made.specification, corpus("feewise"))

    made, _, _ = played(scene("odd-but-genuine", "fraction-of-zero"), FEEWISE, prepare=weighing)
    bodies = [r.request.body for r in made.journal.records if isinstance(r, Delivery) and r.role == "odd"]

    assert written == [b'"weight":7.0' in body for body in bodies]


class _Weighing(Composer):
    """A composer whose invoices have a weight."""

    def event(self, event_type: EventType, *arguments: Any, **settings: Any) -> Event:
        """An event, with a weight if it is about an invoice."""
        event = super().event(event_type, *arguments, **settings)
        weight = {"weight": 7} if event_type.object_type == "invoice" else {}
        return replace(event, content={**event.content, "event": {**event.content["event"], **weight}})


@pytest.mark.parametrize("story", ["replay", "late-replay"])
def test_a_replay_is_the_same_body(story: str) -> None:
    """While it is fresh the headers are the same as well; later a right verifier refuses it."""
    parameters = STORIES[story].parameters(FEEWISE)
    for parameter in parameters:
        made, _, _ = played(scene(story, parameter), FEEWISE)
        first, replayed = (r for r in made.journal.records if isinstance(r, Delivery) and r.role != "sentinel")

        assert first.request.body == replayed.request.body
        assert (first.request.headers == replayed.request.headers) is (story == "replay")
        assert (200 if story == "replay" else 401) == replayed.status


def test_a_key_changes_and_comes_back() -> None:
    """Both keys, the new one, and in the end the partner's own; no key is written down."""
    made, verifier, ended = played(scene("key-change", "key-change"), ROTATING)
    (_, new), alone, own = verifier.changes

    assert ("", [new], [OWN]) == (ended, alone, own)
    assert [200, 200, 200] == [
        *answered(made, "old-and-new"),
        *answered(made, "new-and-old"),
        *answered(made, "new-alone"),
    ]
    assert ([401], [200]) == (answered(made, "retired"), answered(made, "sentinel"))
    asked = [record for record in made.journal.records if isinstance(record, Asking)]
    written = "".join(f"{each.request!r}{each.request.body.decode()}" for each in asked)
    assert new not in repr(made.journal.records) + written
    assert "[secret new_signing_secret]" in written


def test_the_key_comes_back_whatever_happens() -> None:
    """A partner that does not answer the second change gets its own key back all the same."""
    made, verifier, ended = played(scene("key-change", "key-change"), ROTATING, refuses_change=2)

    assert "POST" in ended
    assert [OWN] == verifier.secrets
    assert "" == made.partner_gone


def test_a_partner_that_keeps_another_key_is_lost() -> None:
    """Everything that followed would be refused, so the run ends there."""
    made, _, ended = played(scene("key-change", "key-change"), ROTATING, refuses_change=3)

    assert "POST" in ended
    assert "the signing secret that was changed could not be restored" in made.partner_gone


def test_without_the_control_call_no_key_changes() -> None:
    """The reason says what is missing."""
    _, verifier, ended = played(scene("key-change", "key-change"), ROTATING, offers=("events",))

    assert ("the partner's control endpoint does not offer 'secrets'", []) == (ended, verifier.changes)
