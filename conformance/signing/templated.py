"""Schemes that are templates: what is signed and what carries it are texts with places to fill in."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.exchange import Headers
from conformance.platform.signature import Signature
from conformance.signing.algorithms import ed25519, hmac_of
from conformance.signing.signer import Signer

__all__ = ["Templated", "encoded"]


@dataclass(frozen=True, slots=True)
class Templated(Signer):
    """Signs with an HMAC, with a private key, or with a function that is not ours."""

    @property
    def carrying(self) -> frozenset[bytes]:
        """The headers in whose templates a signature stands."""
        return frozenset(name.encode() for name, value in self.scheme.headers if "{signature}" in value)

    def signature(self, key: bytes, *, timestamp: bytes | None = None, version: str | None = None) -> bytes:
        """The signature over the content that the scheme names."""
        content = self.scheme.content.encode().replace(b"{id}", self.event_id.encode())
        content = content.replace(b"{timestamp}", self.timestamp if timestamp is None else timestamp)
        raw = self._signed(key, content.replace(b"{body}", self.body))
        return (self.scheme.version if version is None else version).encode() + encoded(self.scheme, raw)

    def headers(self, *signatures: bytes, timestamp: bytes | None = None) -> Headers:
        """The headers, filled in."""
        words = {
            b"{id}": self.event_id.encode(),
            b"{timestamp}": self.timestamp if timestamp is None else timestamp,
            b"{signature}": self.scheme.separator.encode().join(signatures),
        }
        return tuple((name.encode(), _filled(value.encode(), words)) for name, value in self.scheme.headers)

    def _signed(self, key: bytes, content: bytes) -> bytes:
        match self.scheme.scheme:
            case "ed25519":
                return ed25519(key, content)
            case "own":
                assert self.own is not None  # a run without it is refused before it begins
                return self.own(key, content)
        return hmac_of(key, content, self.scheme.digest)


def encoded(scheme: Signature, raw: bytes) -> bytes:
    """The bytes of a signature as the scheme writes them."""
    match scheme.encoding:
        case "hex":
            return raw.hex().encode()
        case "base64url":
            return base64.urlsafe_b64encode(raw).rstrip(b"=")
    return base64.b64encode(raw)


def _filled(template: bytes, words: Mapping[bytes, bytes]) -> bytes:
    for word, value in words.items():
        template = template.replace(word, value)
    return template
