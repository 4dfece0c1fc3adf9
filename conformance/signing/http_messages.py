"""HTTP Message Signatures (RFC 9421): the library says what is signed and how it is told, the key is ours."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from conformance.exchange import Headers
from conformance.signing.algorithms import ed25519, hmac_of
from conformance.signing.signer import Signer

__all__ = ["HttpMessage"]


@dataclass(slots=True)
class _Message:
    """A request as the library wants one."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpMessage(Signer):
    """Signs the parts of a request that the scheme names, the digest of its body among them."""

    signs_any_time: ClassVar[bool] = False
    tells_more: ClassVar[bool] = True

    @property
    def carrying(self) -> frozenset[bytes]:
        """One header, whatever is signed."""
        return frozenset({b"Signature"})

    def signature(self, key: bytes, *, timestamp: bytes | None = None, version: str | None = None) -> bytes:
        """The signature over the base that the library makes of the request."""
        base, _, _ = self._prepared(timestamp)
        sign = ed25519 if self.scheme.algorithm == "ed25519" else _sha256
        return base64.b64encode(sign(key, base))

    def headers(self, *signatures: bytes, timestamp: bytes | None = None) -> Headers:
        """The digest of the body, what was signed, and the signature."""
        _, parameters, digest = self._prepared(timestamp)
        label = self.scheme.label.encode()
        return (
            (b"Content-Digest", digest.encode()),
            (b"Signature-Input", label + b"=" + parameters.encode()),
            *((b"Signature", label + b"=:" + each + b":") for each in signatures),
        )

    def _prepared(self, timestamp: bytes | None) -> tuple[bytes, str, str]:
        """The signature base, its parameters, and the digest of the body."""
        from http_message_signatures import HTTPMessageSigner, algorithms

        known = {a.algorithm_id: a for a in (algorithms.ED25519, algorithms.HMAC_SHA256)}
        message = _Message(self.method, self.url)
        moment = int(self.timestamp if timestamp is None else timestamp)
        prepared = HTTPMessageSigner(signature_algorithm=known[self.scheme.algorithm]).prepare(
            message,
            key_id=self.scheme.key_id,
            created=datetime.fromtimestamp(moment, UTC),
            label=self.scheme.label,
            covered_component_ids=self.scheme.components,
            body=self.body,
        )
        return prepared.signature_base, prepared.signature_params, message.headers["Content-Digest"]


def _sha256(key: bytes, content: bytes) -> bytes:
    return hmac_of(key, content, "sha256")
