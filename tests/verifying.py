"""A partner that verifies and does nothing else, and stories of the chapter Authenticity played to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from conformance.delivery import Sent
from conformance.errors import ControlChannelError, NotAssessable
from conformance.exchange import Delivery, Failure, Request
from conformance.kit import Kit
from conformance.platform.description import Description
from conformance.reference import credential, signature
from conformance.reference.defects import Defects
from conformance.reference.message import Request as Message
from conformance.reference.profile import Profile
from conformance.scenarios.programme import Scene
from conformance.scenarios.story import STORIES
from conformance.signing import new_secret, partner_secret
from conformance.stage import Stage
from kits import PARTNER, kit
from senders import answers, fails
from shipped import SECRETS, seeded

__all__ = ["Verifier", "answered", "played", "scene"]


@dataclass
class Verifier:
    """A partner that verifies and does nothing else; `secrets` are those that it accepts."""

    profile: Profile
    secrets: list[str] = field(default_factory=lambda: [SECRETS.signing])
    defects: Defects = field(default_factory=Defects)
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
        url = urlsplit(request.target)
        headers.setdefault("host", [url.netloc])  # as whatever sends would
        asked = Message("POST", url.path or "/", {}, headers, request.body)
        wanted, scheme = self.profile.credential, self.profile.signature
        if wanted is not None and not credential.has(wanted, asked, SECRETS.webhook_token):
            return False
        return scheme is None or signature.accepts(
            scheme,
            headers,
            request.body,
            keys=signature.keys(scheme, self.secrets),
            now=self.clock(),
            defects=self.defects,
            path=asked.path,
        )


def played(
    scene: Scene,
    described: Description,
    *,
    offers: tuple[str, ...] = ("events", "secrets"),
    refuses_change: int = 0,
    prepare: Callable[[Kit], None] = lambda _: None,
    defect: str = "",
) -> tuple[Kit, Verifier, str]:
    """The kit and the verifier after a play, and how the play ended if not well."""
    profile = Profile.from_document(json.loads(json.dumps({"description": described.raw, "operations": {}})))
    secret = new_secret(described.signature, lambda length: "5e" * length)
    told = partner_secret(described.signature, secret)
    verifier = Verifier(profile, [told], Defects(defect), refuses_change=refuses_change)

    async def run() -> tuple[Kit, str]:
        made = kit("wawex" if described.name == "wawex" else "feewise", verifier.answer, offers=offers)
        made.specification = replace(made.specification, description=described)
        made.secrets = replace(made.secrets, signing=secret)
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
