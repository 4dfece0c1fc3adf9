"""Signing deliveries, from a scheme that is data. The time is an argument, and nothing here reads a clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from conformance.exchange import Headers
from conformance.platform.description import Signature

__all__ = ["Signer", "encoded", "sign"]

_DIGESTS: Final = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs one delivery; `now` is in seconds since the epoch, and the scheme's timestamp is its whole part.

    A signature and the headers that carry it are made apart, so that a story can put together what no platform sends.
    """

    scheme: Signature
    body: bytes
    event_id: str
    now: float

    @property
    def timestamp(self) -> bytes:
        """The time of signing, as it is signed and sent."""
        return str(int(self.now)).encode()

    def signature(self, key: bytes, *, timestamp: bytes | None = None, version: str | None = None) -> bytes:
        """The signature that a key makes, encoded and in the form of one signature: `v1,` and base64, say."""
        content = self.scheme.content.encode().replace(b"{id}", self.event_id.encode())
        content = content.replace(b"{timestamp}", self.timestamp if timestamp is None else timestamp)
        digest = hmac.new(key, content.replace(b"{body}", self.body), _DIGESTS[self.scheme.digest]).digest()
        return (self.scheme.version if version is None else version).encode() + encoded(self.scheme, digest)

    def headers(self, *signatures: bytes, timestamp: bytes | None = None) -> Headers:
        """The headers that carry these signatures."""
        words = {
            b"{id}": self.event_id.encode(),
            b"{timestamp}": self.timestamp if timestamp is None else timestamp,
            b"{signature}": self.scheme.separator.encode().join(signatures),
        }
        return tuple((name.encode(), _filled(value.encode(), words)) for name, value in self.scheme.headers)


def encoded(scheme: Signature, digest: bytes) -> bytes:
    """The bytes of a digest as the scheme writes them."""
    return base64.b64encode(digest) if scheme.encoding == "base64" else digest.hex().encode()


def _filled(template: bytes, words: dict[bytes, bytes]) -> bytes:
    for word, value in words.items():
        template = template.replace(word, value)
    return template


def sign(scheme: Signature, *, key: bytes, body: bytes, now: float, event_id: str = "") -> Headers:
    """The headers that carry the signature of a body, as the platform makes them."""
    signer = Signer(scheme, body, event_id, now)
    return signer.headers(signer.signature(key))
