"""How a recorded delivery was signed, found out by signing it again: the same key, body and moment make the same text.

A way of signing is believed where it makes the very signature that was recorded. Nothing is guessed: where none does,
and the delivery was not forged with a stranger's key, it cannot be sent again.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Final

from conformance.errors import NotReproducible
from conformance.exchange import Delivery, Headers, Request
from conformance.platform.event import compact
from conformance.platform.signature import Signature
from conformance.signing import Signer, has_key_pair, key_of, kind_of, signer_of, stamp, stranger

__all__ = ["Recorded"]

_DAY: Final = 86_400.0
# Times that a number of seconds can be; longer digits are no time.
_TIME: Final = re.compile(rb"\d{1,16}")
_CREATED: Final = re.compile(rb"created=(\d+)")
# What signs the content at a moment, from the signer of that moment and the key.
_Way = Callable[[Signer, bytes], bytes]


@dataclass(frozen=True)
class Recorded:
    """The signature of one recorded delivery; `started_at` is when its run began, in seconds since the epoch."""

    delivery: Delivery
    scheme: Signature
    secret: str
    started_at: float

    @cached_property
    def key(self) -> bytes:
        """The key of the environment."""
        return key_of(self.scheme, self.secret)

    @property
    def sent_at(self) -> float:
        """When it was sent, in seconds since the epoch."""
        return self.started_at + self.delivery.started

    @cached_property
    def headers(self) -> Headers:
        """The recorded headers that the scheme makes."""
        made = self.signer(self.delivery.request.body, self.sent_at).headers(b"x")
        names = {name.lower() for name, _ in made}
        return tuple((n, v) for n, v in self.delivery.request.headers if n.lower() in names)

    def signer(self, body: bytes, now: float, url: str = "") -> Signer:
        """Who signs such a body at a moment."""
        return signer_of(self.scheme, body, self.delivery.event_id, now, url=url or self.delivery.request.target)

    @cached_property
    def told(self) -> tuple[bytes, ...]:
        """The times of signing that the headers tell, as they tell them."""
        found = dict.fromkeys(_CREATED.findall(b" ".join(value for _, value in self.headers)))
        found |= dict.fromkeys(_claimed(self.scheme, self.headers))
        for name, template in self.scheme.headers:
            before, place, after = template.partition("{timestamp}")
            if not place:
                continue
            pattern = re.compile(_loosely(before) + rb"([^,;\s]*)" + _loosely(after), re.DOTALL)
            for given, value in self.headers:
                if given.lower() == name.lower().encode() and (match := pattern.fullmatch(value)):
                    found[match[1]] = None
        return tuple(found)

    @cached_property
    def way(self) -> tuple[_Way, bytes, float] | None:
        """How what was signed, and when: the way, the body, the moment; None where no way makes what was sent."""
        carried = b"\n".join(value for _, value in self.headers)
        for moment in self._moments():
            for body in _originals(self.delivery):
                signer = self.signer(body, moment)
                for way in self._ways():
                    text = way(signer, self.key)
                    if text and text in carried:
                        return way, body, moment
        return None

    def _moments(self) -> Iterator[float]:
        yield self.sent_at
        unit = 1000 if self.scheme.unit == "milliseconds" else 1
        for text in self.told:
            if _TIME.fullmatch(text):
                yield int(text) / unit
                yield int(text) / unit + 1
        # Signed in the past, or in the second before, and told as something else.
        yield from (self.sent_at - ago for ago in (1, 2))
        old = max(_DAY, 2 * (self.scheme.tolerance or 0.0))
        yield from (self.sent_at - old - ago for ago in (0, 1, 2))

    def _ways(self) -> Iterator[_Way]:
        scheme = self.scheme
        yield lambda signer, key: signer.signature(key)
        for text in self.told:
            if not _TIME.fullmatch(text) and kind_of(scheme).signs_any_time:
                yield _at(text)
        if scheme.unknown_version:
            yield lambda signer, key: signer.signature(key, version=scheme.unknown_version)
        if kind_of(scheme).takes_any_key and not has_key_pair(scheme):
            yield lambda signer, _: signer.signature(b"")
        yield lambda signer, key: signer.signature(key).replace(b",", b"")
        yield _half

    def anew(self, now: float, request: Request) -> Headers:
        """The headers that the platform makes now, with the key of the environment."""
        signer = self.signer(request.body, now, request.target)
        return signer.headers(signer.signature(self.key))

    def again(self, *, now: float, request: Request, fresh: tuple[bytes, bytes], random: Random) -> Headers:
        """The headers as they are now, each as old as it was; `fresh` is the id of the event, and what it is now.

        Raises NotReproducible where nobody can tell how they were made.
        """
        later = now - self.sent_at
        if self.way is not None:
            way, signed, moment = self.way
            then = self.signer(signed, moment)
            body = request.body if signed == self.delivery.request.body else signed.replace(*fresh)
            present = self._present(body, moment + later, request.target, fresh)
            return self._moved(later, (then, way(then, self.key)), (present, way(present, self.key)), fresh)
        if not self.has_signature:
            return self._moved(later, None, None, fresh)
        if self.delivery.genuine:
            raise NotReproducible("it was signed with a secret that its story drew for itself")
        return self._of_strangers(self._present(request.body, now, request.target, fresh), later, fresh, random)

    def _present(self, body: bytes, now: float, url: str, fresh: tuple[bytes, bytes]) -> Signer:
        name = self.delivery.event_id
        return replace(self.signer(body, now, url), event_id=fresh[1].decode() if fresh[0] == name.encode() else name)

    def _moved(
        self,
        later: float,
        old: tuple[Signer, bytes] | None,
        new: tuple[Signer, bytes] | None,
        fresh: tuple[bytes, bytes],
    ) -> Headers:
        """The recorded headers with what depends on the moment, the body and the id as it is now."""
        changed: dict[tuple[bytes, bytes], bytes] = {}
        if old is not None and new is not None:
            made = zip(old[0].headers(old[1]), new[0].headers(new[1]), strict=True)
            changed = {(n.lower(), v): w for (n, v), (_, w) in made}
        found = []
        for name, value in self.headers:
            text = changed.get((name.lower(), value))
            if text is None:
                text = value.replace(old[1], new[1]) if old is not None and new is not None else value
                signed_at = old[0].now if old is not None else self.sent_at
                text = self._retold(text, signed_at, later).replace(*fresh)
            found.append((name, text))
        return tuple(found)

    def _retold(self, value: bytes, signed_at: float, later: float) -> bytes:
        unit = 1000 if self.scheme.unit == "milliseconds" else 1
        for text in dict.fromkeys((*self.told, stamp(self.scheme, signed_at))):
            if _TIME.fullmatch(text):
                value = value.replace(text, stamp(self.scheme, int(text) / unit + later))
        return value

    def _signatures(self) -> Iterator[bytes]:
        """The texts that stand in the place of a signature."""
        separator = self.scheme.separator.encode()
        for name, template in self.scheme.headers:
            before, place, after = template.replace("{timestamp}", "\0").partition("{signature}")
            pattern = re.compile(_loosely(before) + rb"(.*)" + _loosely(after), re.DOTALL)
            for given, value in self.headers:
                match = pattern.fullmatch(value) if place and given.lower() == name.lower().encode() else None
                if match:
                    yield from match[1].split(separator) if separator else (match[1],)

    @property
    def has_signature(self) -> bool:
        """Whether anything was sent that has the form of a signature: what has not is sent again as it is."""
        if not self.scheme.headers:
            return any(name.lower() == b"signature" for name, _ in self.headers)
        length = len(self.signer(b"", self.sent_at).signature(self.key))
        alphabet = re.compile(rb"[0-9A-Za-z+/=_.,-]+" if self.scheme.encoding != "hex" else rb"[0-9A-Za-z=,]+")
        return any(len(text) == length and alphabet.fullmatch(text) for text in self._signatures())

    def _of_strangers(self, present: Signer, later: float, fresh: tuple[bytes, bytes], random: Random) -> Headers:
        """Signatures of somebody else in the places of those that were sent."""
        if not self.scheme.headers:
            return present.headers(present.signature(stranger(self.scheme, random)))
        texts = {text: present.signature(stranger(self.scheme, random)) for text in self._signatures() if text}
        found = []
        for name, value in self._moved(later, None, None, fresh):
            text = value
            for old, new in texts.items():
                text = text.replace(old, new)
            found.append((name, text))
        return tuple(found)


def _claimed(scheme: Signature, headers: Headers) -> Iterator[bytes]:
    """The times that stand inside signatures that tell what they claim."""
    claims = [name for name, value in scheme.claims if value == "{timestamp}"]
    for _, value in headers if claims else ():
        protected, dots, _ = value.partition(b"..")
        try:
            told = json.loads(base64.urlsafe_b64decode(protected + b"=" * (-len(protected) % 4))) if dots else {}
        except ValueError:
            continue
        yield from (str(told[name]).encode() for name in claims if isinstance(told, dict) and name in told)


def _at(text: bytes) -> _Way:
    return lambda signer, key: signer.signature(key, timestamp=text)


def _half(signer: Signer, key: bytes) -> bytes:
    signature = signer.signature(key)
    return signature[: len(signature) // 2]


def _loosely(template: str) -> bytes:
    """A pattern of a header's text before or after a place."""
    pieces = re.split(r"\{\w+\}|\0", template)
    return rb"[^,;\s]*?".join(re.escape(piece.encode()) for piece in pieces)


def _originals(delivery: Delivery) -> Iterator[bytes]:
    """What may have been signed: what was sent, or what the forgeries of the kit change afterwards."""
    body = delivery.request.body
    yield body
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    yield compact(content)
    if isinstance(content, dict):
        yield compact(dict(reversed(content.items())))
    name = delivery.object_id or ""
    if name:
        other = name[:-1] + ("1" if name[-1] != "1" else "2")
        yield body.replace(other.encode(), name.encode())
