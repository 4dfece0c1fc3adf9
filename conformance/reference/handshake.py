"""Handshakes: proves to the platform, and to nobody else, that this partner wants its deliveries."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.document import Json, as_object, fill, read, text_at, where
from conformance.reference.message import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.reference.defects import Defects
    from conformance.reference.message import Request
    from conformance.reference.profile import Challenge, Handshake, Profile
    from conformance.reference.subscription import OwnSubscriptions

__all__ = ["Handshakes", "has_token"]


def has_token(handshake: Handshake) -> bool:
    """Say whether the platform proves by a token that a challenge is its own."""
    challenge = handshake.challenge
    return challenge is not None and "{token}" in f"{challenge.query}{challenge.body}"


class Handshakes:
    """Answers what the platform asks before it delivers."""

    def __init__(self, profile: Profile, subscriptions: OwnSubscriptions, defects: Defects, *, token: str) -> None:
        """`token` is what the platform proves itself by, where it has no signature."""
        self._profile = profile
        self._subscriptions = subscriptions
        self._defects = defects
        self._token = token

    def answer(self, request: Request, keys: Sequence[bytes], *, is_signed: Callable[[], bool]) -> Reply | None:
        """Answer a handshake; None for what is none."""
        reply = self._granted(request) or self._challenged(request, keys, is_signed=is_signed)
        if reply is not None and self._defects.on("answers-nothing-while-subscribing"):
            with self._subscriptions.calling:
                pass
        return reply

    def _granted(self, request: Request) -> Reply | None:
        origin = request.header("webhook-request-origin")
        if request.method != "OPTIONS" or origin is None or not self._profile.handshake.grants:
            return None
        granted = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
        return Reply(200, {}, {"Allow": "POST", **({} if self._defects.on("grants-no-origin") else granted)})

    def _challenged(self, request: Request, keys: Sequence[bytes], *, is_signed: Callable[[], bool]) -> Reply | None:
        asked = self._profile.handshake.challenge
        if asked is None or request.method != asked.method:
            return None
        body = _document(request.body or b"")
        challenge = _word("{challenge}", asked, request, body)
        if challenge is None or not _is_alike(asked.body, body):
            return None
        if self._defects.on("answers-no-challenge"):
            return Reply(200, {"status": "accepted"})
        token = _word("{token}", asked, request, body) or ""
        is_proven = not has_token(self._profile.handshake) or hmac.compare_digest(token.encode(), self._token.encode())
        if not ((is_proven and (not asked.signed or is_signed())) or self._defects.on("believes-any-challenge")):
            return refusal(403, "this challenge is not the platform's")
        words: dict[str, Json] = {"challenge": challenge}
        if keys:
            words["proof"] = _encoded(asked, hmac.digest(keys[0], challenge.encode(), asked.digest))
        reply = _right(asked, words)
        return replace(reply, content_type="text/html") if self._defects.on("echoes-into-a-page") else reply

    def is_ping(self, request: Request, document: Json) -> bool:
        """Say whether a delivery tells of nothing."""
        handshake = self._profile.handshake
        named = request.header(handshake.ping_header) if handshake.ping_header else None
        return bool(handshake.ping) and handshake.ping in {named, text_at(document, self._profile.event_type)}

    def as_news(self, document: Json) -> Json:
        """Give a ping the type of an event about its object: the defect `takes-a-ping-for-news`."""
        wanted = self._profile.handshake.ping_object_type
        types = (each.name for each in self._profile.event_types.values() if each.object_type == wanted)
        return _put(document, self._profile.event_type.split("/")[1:], next(types, ""))


def _right(asked: Challenge, words: Mapping[str, Json]) -> Reply:
    """Give the answer that the platform waits for."""
    if isinstance(asked.answer, str):
        return Reply(200, text=str(fill(asked.answer, words)), content_type=asked.content_type)
    document: Json = {}
    for pointer, template in asked.answer.items():
        document = _put(document, pointer.split("/")[1:], fill(template, words))
    return Reply(200, document)


def _document(body: bytes) -> Json:
    try:
        return read(body)
    except ValueError:
        return None


def _word(token: str, asked: Challenge, request: Request, body: Json) -> str | None:
    """Give what stands in the place of a token, in the query or in the body; None where there is nothing."""
    for name, template in asked.query.items():
        if template == token:
            return request.query.get(name)
    pointer = where(asked.body, token)
    return text_at(body, pointer) if pointer else None


def _is_alike(template: Json, body: Json) -> bool:
    """Say whether all that is fixed in a template stands in a body."""
    if isinstance(template, str) and "{" in template:
        return True
    if isinstance(template, dict):
        return all(_is_alike(part, as_object(body).get(name)) for name, part in template.items())
    return template is None or template == body


def _encoded(asked: Challenge, raw: bytes) -> str:
    if asked.encoding == "hex":
        return raw.hex()
    if asked.encoding == "base64url":
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return base64.b64encode(raw).decode()


def _put(document: Json, steps: Sequence[str], value: Json) -> Json:
    """Give the document with a value at the place that these steps lead to."""
    if not steps:
        return value
    name = steps[0].replace("~1", "/").replace("~0", "~")
    return {**as_object(document), name: _put(as_object(document).get(name), steps[1:], value)}
