"""Plays of stories about handshakes: how a correct partner shows that it wants deliveries."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from conformance.exchange import Headers
from histories.performance import Answer, Performance
from histories.repertoire import plays
from histories.unknown import misbehave

__all__: list[str] = []

_PLAIN: Final[Headers] = ((b"Content-Type", b"text/plain"),)
_PAGE: Final[Headers] = ((b"Content-Type", b"text/html"),)


def _greet(stage: Performance, role: str, kind: str, answer: Answer, text: str, *, genuine: bool = True) -> None:
    """A handshake, which tells of no object, and what the kit writes down of it."""
    delivery = stage.deliver(stage.event(), role, genuine=genuine, answer=answer, body=b"")
    stage.records[-1] = replace(
        delivery, object_type=None, object_id=None, version=None, correlation=None, event_type="handshake"
    )
    told = {"exchange": delivery.id, "kind": kind, "words": {"challenge": text}}
    stage.note("handshake", json.dumps(told))


def _text(stage: Performance) -> str:
    """A challenge that no other play has."""
    return f"{stage.random.getrandbits(64):x}z"


def _right(stage: Performance, kind: str, text: str) -> Answer:
    """One of the answers that the platform takes."""
    if kind == "challenge":
        as_json = Answer(200, ((b"Content-Type", b"application/json"),), json.dumps({"challenge": text}).encode())
        return stage.random.choice((as_json, Answer(200, _PLAIN, text.encode())))
    origin = stage.random.choice((b"feewise.example", b"*"))
    granted = ((b"webhook-allowed-origin", origin), (b"WebHook-Allowed-Rate", stage.random.choice((b"7", b"*"))))
    return Answer(stage.random.choice((200, 204, 405)), granted)


def _asked(stage: Performance, kind: str, requirement: str = "") -> None:
    text = _text(stage)
    broken = bool(requirement) and stage.breaks(requirement)
    answer = stage.random.choice((Answer(204), Answer(404), Answer(200, _PLAIN, b"accepted"))) if broken else None
    _greet(stage, kind, kind, answer or _right(stage, kind, text), text)


@plays("handshake", "HSK-01")
def handshake(stage: Performance) -> None:
    """The platform asks."""
    _asked(stage, stage.parameter, "HSK-01")


@plays("forged-challenge", "HSK-02")
def forged_challenge(stage: Performance) -> None:
    """Somebody else asks as well."""
    _asked(stage, "challenge")
    text = _text(stage)
    answer = _right(stage, "challenge", text) if stage.breaks("HSK-02") else stage.refuses(stage.unauthorized)
    _greet(stage, stage.parameter, "challenge", answer, text, genuine=False)


@plays("markup-challenge", "HSK-04")
def markup_challenge(stage: Performance) -> None:
    """The challenge holds markup."""
    _asked(stage, "challenge")
    text = f"<i>{_text(stage)}</i>"
    right = stage.random.choice((_right(stage, "challenge", text), stage.refuses(400)))
    answer = Answer(stage.random.choice((200, 400)), _PAGE, f"<p>{text}</p>".encode())
    _greet(stage, "markup", "challenge", answer if stage.breaks("HSK-04") else right, text)


@plays("ping", "HSK-03")
def ping(stage: Performance) -> None:
    """A delivery that tells of nothing."""
    stage.control()
    told = stage.event()
    refused = stage.breaks("HSK-03") and stage.chance(0.5)
    stage.deliver(told, "ping", answer=stage.refuses(400) if refused else stage.accepts())
    if stage.breaks("HSK-03") and not refused:
        # To count a ping is no effect.
        misbehave(stage, told, count=False)
    stage.quiet()
    stage.ask_held(told)


@plays("verified-subscription", "HSK-05")
def verified_subscription(stage: Performance) -> None:
    """The platform asks before it answers the call that creates a subscription."""
    if not stage.offers("subscribe"):
        stage.unassessable("the partner's control endpoint does not offer 'subscribe'")
        return
    began = stage.now
    for kind in ("challenge", "options"):
        _asked(stage, kind, "HSK-05")
    status = 400 if stage.breaks("HSK-05") else 201
    created = stage.call("create-subscription", None, began, status=status, correlation=stage.new_operation())
    answer = {"ids": [] if stage.breaks("HSK-05") else ["w0"]}
    stage.ask("subscribe", answer=answer, started=began, ended=max(created.ended, stage.now) + 0.01)
