"""The stories of the chapter Authenticity, played to the reference partner's own verifier."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pytest

import rotating_platform
from conformance.delivery import Sent
from conformance.errors import ControlChannelError, NotAssessable
from conformance.exchange import Delivery, Failure, Request
from conformance.generate.composer import Composer
from conformance.kit import Kit
from conformance.platform.description import Description, EventType
from conformance.platform.document import Document
from conformance.platform.event import Event
from conformance.reference import signature
from conformance.reference.defects import Defects
from conformance.reference.profile import Profile
from conformance.scenarios.programme import Scene
from conformance.scenarios.story import STORIES
from conformance.stage import Stage
from kits import PARTNER, kit
from senders import answers, fails
from shipped import SECRETS, corpus, seeded, specification

FEEWISE = specification("feewise").description
ROTATING = rotating_platform.description()
WAWEX = specification("wawex").description


@dataclass
class Verifier:
    """A partner that verifies and does nothing else; `secrets` are those that it accepts."""

    profile: Profile
    secrets: list[str] = field(default_factory=lambda: [SECRETS.signing])
    changes: list[list[str]] = field(default_factory=list)
    refuses_change: int = 0
    clock: Callable[[], float] = lambda: 0.0

    def answer(self, request: Request) -> Sent:
        """Answer a delivery, or a control call about secrets; every other one is about how often."""
        if request.target == f"{PARTNER}/control/secrets":
            return self._change(request)
        if request.target.startswith(f"{PARTNER}/control"):
            return answers(request, {"applied": 1})
        return answers(request, status=200 if self._is_genuine(request) else 401)

    def _change(self, request: Request) -> Sent:
        self.changes.append(json.loads(request.body)["accept"])
        if len(self.changes) == self.refuses_change:
            return fails(request, Failure.TIMEOUT)
        self.secrets = self.changes[-1]
        return answers(request, {})

    def _is_genuine(self, request: Request) -> bool:
        headers: dict[str, list[str]] = {}
        for name, value in request.headers:
            headers.setdefault(name.decode().lower(), []).append(value.decode("latin-1"))
        bearer = headers.get("authorization") == [f"Bearer {SECRETS.webhook_token}"]
        scheme = self.profile.signature
        return bearer and (
            scheme is None
            or signature.accepts(
                scheme,
                headers,
                request.body,
                keys=signature.keys(scheme, self.secrets),
                now=self.clock(),
                defects=Defects(),
                path=urlsplit(request.target).path,
            )
        )


def played(
    scene: Scene,
    described: Description,
    *,
    offers: tuple[str, ...] = ("events", "secrets"),
    refuses_change: int = 0,
    prepare: Callable[[Kit], None] = lambda _: None,
) -> tuple[Kit, Verifier, str]:
    """The kit and the verifier after a play, and how the play ended if not well."""
    profile = Profile.from_document(json.loads(json.dumps({"description": described.raw, "operations": {}})))
    verifier = Verifier(profile, refuses_change=refuses_change)

    async def run() -> tuple[Kit, str]:
        made = kit("wawex" if described is WAWEX else "feewise", verifier.answer, offers=offers)
        made.specification = replace(made.specification, description=described)
        verifier.clock = lambda: made.clock.now
        prepare(made)
        try:
            await scene.story.play(Stage(made, "p1", scene.parameter, seeded()))
        except (ControlChannelError, NotAssessable) as error:
            return made, str(error)
        return made, ""

    made, ended = asyncio.run(run())
    return made, verifier, ended


def answered(made: Kit, role: str) -> list[int | None]:
    """The statuses of the deliveries in a role."""
    return [r.status for r in made.journal.records if isinstance(r, Delivery) and r.role == role]


def scene(story: str, parameter: str = "") -> Scene:
    """A story with its parameter."""
    return Scene(STORIES[story], parameter)


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

    assert ("", [new], [SECRETS.signing]) == (ended, alone, own)
    assert [200, 200, 200] == [
        *answered(made, "old-and-new"),
        *answered(made, "new-and-old"),
        *answered(made, "new-alone"),
    ]
    assert ([401], [200]) == (answered(made, "retired"), answered(made, "sentinel"))
    assert new not in repr(made.journal.records)
    assert "[secret new_signing_secret]" in repr(made.journal.records)


def test_the_key_comes_back_whatever_happens() -> None:
    """A partner that does not answer the second change gets its own key back all the same."""
    made, verifier, ended = played(scene("key-change", "key-change"), ROTATING, refuses_change=2)

    assert "POST" in ended
    assert [SECRETS.signing] == verifier.secrets
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
