"""Signing deliveries, from a scheme that is data. `now` is an argument, and nothing here reads a clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

from conformance.platform.description import Signature

__all__ = ["sign"]

_DIGESTS: Final = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}


def sign(scheme: Signature, *, key: bytes, body: bytes, now: float) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that carry the signature of a body.

    `now` is in seconds since the epoch; the scheme's timestamp is its whole part.
    """
    timestamp = str(int(now)).encode()
    content = scheme.content.encode().replace(b"{timestamp}", timestamp).replace(b"{body}", body)
    digest = hmac.new(key, content, _DIGESTS[scheme.digest]).digest()
    text = base64.b64encode(digest) if scheme.encoding == "base64" else digest.hex().encode()
    return tuple(
        (name.encode(), value.encode().replace(b"{timestamp}", timestamp).replace(b"{signature}", text))
        for name, value in scheme.headers
    )
