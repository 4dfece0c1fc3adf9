"""Makes the handshakes of a platform with a URL, and writes each down in the play that it belongs to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from random import Random
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from conformance.errors import NotAssessable
from conformance.exchange import Delivery, Headers, Request
from conformance.generate.names import fresh_id
from conformance.kit import Kit
from conformance.platform.event import compact
from conformance.platform.handshake import GRANTED, ORIGIN, Challenge, Grant, Handshake
from conformance.platform.template import filled
from conformance.signing import encoded, key_of, signer_of, stranger
from conformance.signing.algorithms import hmac_of
from conformance.transcript import Note

__all__ = ["Greeter", "Twist"]

# 429 and 503 are about the moment: the platform asks again, with the same challenge.
_AGAIN_AFTER: Final = (0.5, 2.0)
# What the kit's own way to a socket may add to a measured time.
_MARGIN: Final = 0.25


class Twist(StrEnum):
    """How a challenge departs from a genuine one; a play has its deliveries in the role of that name."""

    WRONG_TOKEN = "wrong-token"  # noqa: S105  # no secret, but a way to have none
    NO_TOKEN = "no-token"  # noqa: S105  # no secret, but a way to have none
    NO_SIGNATURE = "no-signature"
    ANOTHER_KEY = "another-key"
    MARKUP = "markup"


class Greeter:
    """Asks a URL whether it wants deliveries, as the platform does."""

    def __init__(self, kit: Kit, handshake: Handshake, random: Random) -> None:
        self._kit = kit
        self._handshake = handshake
        self._random = random

    def url(self) -> str:
        """The URL that deliveries go to; on a platform with several, the first of them."""
        d = self._kit.specification.description
        return self._kit.partner_url + (next(iter(d.paths.values())) if d.endpoint_per_type else "")

    @property
    def deadline(self) -> float:
        """For how many seconds an answer is waited for."""
        limit = self._handshake.limit
        return self._kit.waits.deadline if limit is None else limit + _MARGIN

    async def verify(self, play: str | None, url: object) -> str:
        """Ask the URL of a subscription, in every way that the platform knows; why it fails, empty where it does not.

        Before the genuine challenge go those with the twists that a story has ordered.
        """
        if not isinstance(url, str) or not _can_be_asked(url):
            return f"The URL {str(url)[:200]!r} cannot be verified."
        try:
            twists, self._kit.twists = self._kit.twists, ()
            for twist in twists:
                await self.greet(play, url, "challenge", Twist(twist))
            for kind in self._handshake.kinds:
                if complaint := self.complaint(await self.greet(play, url, kind)):
                    return f"The URL does not answer the handshake as it should: {complaint}."
        except NotAssessable as reason:
            return f"The URL could not be verified: {reason}."
        return ""

    def complaint(self, greeting: tuple[Delivery, Mapping[str, str]]) -> str:
        """Why the platform does not take an answer for right; empty where it does."""
        delivery, words = greeting
        if delivery.response is None or delivery.failure is not None:
            return delivery.outcome()
        kind = "options" if delivery.role == "options" else "challenge"
        return self._handshake.complaint(kind, delivery.response, words)

    async def greet(
        self, play: str | None, url: str, kind: str, twist: Twist | None = None
    ) -> tuple[Delivery, Mapping[str, str]]:
        """Ask once, and again where the partner asks to wait; the words are those that a right answer is made of.

        Raises NotAssessable when the partner is gone, or a cap is reached.
        """
        name = fresh_id(self._random)
        if play is not None:
            self._kit.owners.claim(name, play)
        words = self._words(name, twist)
        for attempt, pause in enumerate((*_AGAIN_AFTER, None), start=1):
            request = self._request(url, kind, name, words, twist)
            role, genuine = kind if twist is None else str(twist), twist in {None, Twist.MARKUP}
            delivery = await self._sent(play, request, role, name, attempt, genuine=genuine)
            if kind == "options" and await self._called_back(delivery, name):
                words[GRANTED] = "by callback"
            told = {"exchange": delivery.id, "kind": kind, "words": words}
            self._kit.journal.add(Note(play or "", "handshake", json.dumps(told)))
            if pause is None or not delivery.asks_to_wait:
                break
            await asyncio.sleep(pause)
        return delivery, words

    def _callback(self, name: str) -> str:
        """The URL whose call is a permission; nobody else can guess it. Empty where the platform has none."""
        options = self._handshake.options
        has_one = options is not None and options.callback and self._kit.permissions.base_url
        return self._kit.permissions.ask(name) if has_one else ""

    async def _called_back(self, delivery: Delivery, name: str) -> bool:
        """Whether the permission came by a call; it is waited for where the answer says neither yes nor later."""
        options = self._handshake.options
        if options is None or not self._callback(name) or delivery.asks_to_wait:
            return False
        if delivery.response is not None and not options.complaint(delivery.response):
            return False
        return await self._kit.permissions.granted(name, within=self.deadline)

    def _words(self, name: str, twist: Twist | None) -> dict[str, str]:
        challenge, scheme = self._handshake.challenge, self._kit.specification.description.signature
        text = f"<i>{name}</i>" if twist is Twist.MARKUP else name.replace("-", "")
        words = {"challenge": text}
        if challenge is not None and challenge.wants_proof and scheme is not None:
            raw = hmac_of(key_of(scheme, self._kit.secrets.signing), text.encode(), challenge.digest)
            words["proof"] = encoded(replace(scheme, encoding=challenge.encoding), raw).decode()
        return words

    def _request(self, url: str, kind: str, name: str, words: Mapping[str, str], twist: Twist | None) -> Request:
        agent: Headers = ((b"User-Agent", self._kit.user_agent.encode()), (b"Accept", b"*/*"))
        if kind == "options":
            assert self._handshake.options is not None  # or nobody asks so
            return Request("OPTIONS", url, (*agent, *_asking(self._handshake.options, self._callback(name))))
        challenge = self._handshake.challenge
        assert challenge is not None  # or nobody asks so
        told = {**words, "token": self._token(twist)}
        left_out = "{token}" if twist is Twist.NO_TOKEN else None
        query = {n: filled(value, told) for n, value in challenge.query if left_out is None or left_out not in value}
        target = url if not query else f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"
        if challenge.method == "GET":
            asked = urlsplit(target).query.encode()
            return Request("GET", target, (*agent, *self._own_headers(challenge, target, asked, name, twist)))
        body = b"" if challenge.body is None else compact(filled(_without(challenge.body, left_out), told))
        content_type = b"text/plain; charset=utf-8" if challenge.body is None else b"application/json"
        own = self._own_headers(challenge, target, body, name, twist)
        return Request("POST", target, (*agent, (b"Content-Type", content_type), *own), body)

    def _token(self, twist: Twist | None) -> str:
        token = self._kit.secrets.webhook_token
        return self._random.randbytes(len(token)).hex()[: len(token)] if twist is Twist.WRONG_TOKEN else token

    def _own_headers(self, challenge: Challenge, url: str, body: bytes, name: str, twist: Twist | None) -> Headers:
        """What deliveries carry as well, where the challenge is signed."""
        kit, d = self._kit, self._kit.specification.description
        if not challenge.signed or d.signature is None:
            return ()
        told = {"id": name, "type": "challenge"}
        headers: list[tuple[bytes, bytes]] = [(n.encode(), filled(v, told).encode()) for n, v in d.delivery_headers]
        if d.credential is not None:
            headers += d.credential.carried(kit.secrets.webhook_token)
        if twist is not Twist.NO_SIGNATURE:
            signer = signer_of(d.signature, body, name, kit.clock.now, url=url, own=kit.sign_own)
            own = twist is not Twist.ANOTHER_KEY
            key = key_of(d.signature, kit.secrets.signing) if own else stranger(d.signature, self._random)
            headers += signer.headers(signer.signature(key))
        return tuple(headers)

    async def _sent(
        self, play: str | None, request: Request, role: str, name: str, attempt: int, *, genuine: bool
    ) -> Delivery:
        kit = self._kit
        if kit.partner_gone:
            raise NotAssessable(kit.partner_gone)
        if kit.deliveries_left <= 0:
            raise NotAssessable("the cap on deliveries is reached (--conformance-total)")
        kit.deliveries_left -= 1
        async with kit.in_flight:
            await kit.pace()
            started = kit.clock.elapsed
            sent = await kit.sender.send(request, deadline=self.deadline)
        delivery = Delivery(
            id=f"d{kit.numbers()}",
            play=play,
            request=kit.redactor.request(sent.request),
            response=kit.redactor.response(sent.response),
            failure=sent.failure,
            started=started,
            ended=kit.clock.elapsed,
            role=role,
            genuine=genuine,
            event_id=name,
            event_type="handshake",
            object_type=None,
            object_id=None,
            version=None,
            correlation=None,
            attempt=attempt,
        )
        kit.journal.add(delivery)
        return delivery


def _asking(grant: Grant, callback: str) -> Headers:
    asked = {ORIGIN: grant.origin, "WebHook-Request-Callback": callback, "WebHook-Request-Rate": str(grant.rate or "")}
    return tuple((name.encode(), value.encode()) for name, value in asked.items() if value)


def _can_be_asked(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and url.isprintable()
    except ValueError:
        return False


def _without(template: Any, word: str | None) -> Any:
    """The template without the fields in which the word stands."""
    if word is None or not isinstance(template, dict):
        return template
    kept = {name: value for name, value in template.items() if not (isinstance(value, str) and word in value)}
    return {name: _without(value, word) for name, value in kept.items()}
