"""Detached JSON Web Signatures (RFC 7515, appendix F), through their library."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from conformance.exchange import Headers
from conformance.signing.algorithms import SEED, public_key
from conformance.signing.templated import Templated

__all__ = ["Detached"]


@dataclass(frozen=True, slots=True)
class Detached(Templated):
    """Signs header and body; what the header claims, the time of signing among it, is told within the signature."""

    takes_any_key: ClassVar[bool] = False
    signs_any_time: ClassVar[bool] = False

    def signature(self, key: bytes, *, timestamp: bytes | None = None, version: str | None = None) -> bytes:
        """The compact form without its middle."""
        from joserfc import jws

        algorithm = self.scheme.algorithm
        registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        compact = jws.serialize_compact(
            {"alg": algorithm, **self._claims(timestamp)}, self.body, _jwk(algorithm, key), registry=registry
        )
        protected, _, signature = compact.split(".")
        return f"{protected}..{signature}".encode()

    def headers(self, *signatures: bytes, timestamp: bytes | None = None) -> Headers:
        """The headers; where another time is told than was signed, the claims are written anew and nothing else."""
        if timestamp is not None:
            signatures = tuple(self._retold(each, timestamp) for each in signatures)
        return Templated.headers(self, *signatures)

    def _retold(self, signature: bytes, timestamp: bytes) -> bytes:
        protected, _, _ = signature.partition(b".")
        claims = json.loads(base64.urlsafe_b64decode(protected + b"=" * (-len(protected) % 4)))
        told = json.dumps({**claims, **self._claims(timestamp)}, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(told).rstrip(b"=") + signature[len(protected) :]

    def _claims(self, timestamp: bytes | None) -> dict[str, Any]:
        moment = int(self.timestamp if timestamp is None else timestamp)
        named = {"kid": self.scheme.key_id} if self.scheme.key_id else {}
        told = {n: moment if v == "{timestamp}" else v.replace("{id}", self.event_id) for n, v in self.scheme.claims}
        return {**named, **told}


def _jwk(algorithm: str, key: bytes) -> Any:
    from joserfc.jwk import OctKey, OKPKey

    if algorithm.startswith("HS"):
        return OctKey.import_key(key)
    halves = {"x": public_key(key), "d": key[:SEED]}
    written = {name: base64.urlsafe_b64encode(half).rstrip(b"=").decode() for name, half in halves.items()}
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", **written})
