"""What turns a key and some bytes into a signature. Everything over bytes: forged deliveries are signed as well."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

__all__ = ["DIGESTS", "SEED", "ed25519", "hmac_of", "public_key"]

DIGESTS: Final = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
# A private key of Ed25519 is so many bytes long (RFC 8032, 5.1.5).
SEED: Final = 32


def hmac_of(key: bytes, content: bytes, digest: str) -> bytes:
    """The HMAC of some content (RFC 2104)."""
    return hmac.new(key, content, DIGESTS[digest]).digest()


def ed25519(key: bytes, content: bytes) -> bytes:
    """The signature of RFC 8032; `key` is the private one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key).sign(content)


def public_key(key: bytes) -> bytes:
    """The public key that belongs to a private one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
