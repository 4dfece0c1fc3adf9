"""Signing secrets: what their key bytes are, how new ones are drawn, and what of them the partner is told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from random import Random
from typing import Final

from conformance.platform.signature import Signature
from conformance.signing.algorithms import SEED, public_key

__all__ = ["has_key_pair", "key_of", "new_secret", "partner_secret", "spellings", "stranger"]

_LENGTH: Final = 24
# 112 bits: the library calls less insecure.
_SHORTEST_JWK: Final = 14


def has_key_pair(scheme: Signature) -> bool:
    """Whether the platform signs with a private key, of which the partner has the public one."""
    return scheme.scheme == "ed25519" or scheme.algorithm.lower() == "ed25519"


def key_of(scheme: Signature, secret: str) -> bytes:
    """The bytes of a key.

    Raises ValueError where the secret is not written as the scheme wants it; the text can be shown to the operator.
    """
    form = scheme.secret
    if form.public_prefix and secret.startswith(form.public_prefix):
        raise ValueError("is the public key; deliveries are signed with the private one")
    bare = secret.removeprefix(form.prefix)
    try:
        key = _decoded(form.encoding, bare)
    except (binascii.Error, ValueError):
        raise ValueError(f"is not {form.encoding}{f' after {form.prefix!r}' if form.prefix else ''}") from None
    if has_key_pair(scheme) and len(key) not in {SEED, 2 * SEED}:
        raise ValueError(f"holds {len(key)} bytes, and a private key of Ed25519 has {SEED}")
    if scheme.scheme == "jws" and not has_key_pair(scheme) and len(key) < _SHORTEST_JWK:
        raise ValueError(f"holds {len(key)} bytes, and a key of JWS has {_SHORTEST_JWK} at least")
    return key[:SEED] if has_key_pair(scheme) else key


def _decoded(encoding: str, text: str) -> bytes:
    match encoding:
        case "base64":
            return base64.b64decode(text, validate=True)
        case "hex":
            return bytes.fromhex(text)
    return text.encode()


def _written(scheme: Signature, key: bytes) -> str:
    match scheme.secret.encoding:
        case "base64":
            return base64.b64encode(key).decode()
    return key.hex()


def new_secret(scheme: Signature | None, token: Callable[[int], str]) -> str:
    """A secret in the form of the scheme, from `token`, which makes the hex digits of that many random bytes."""
    length = SEED if scheme is not None and has_key_pair(scheme) else _LENGTH
    digits = token(length)
    return digits if scheme is None else scheme.secret.prefix + _written(scheme, bytes.fromhex(digits))


def partner_secret(scheme: Signature | None, secret: str) -> str:
    """What the partner is told of a secret: the secret itself, or the public key where there is one."""
    if scheme is None or not secret or not has_key_pair(scheme):
        return secret
    return scheme.secret.public_prefix + _written(scheme, public_key(key_of(scheme, secret)))


def stranger(scheme: Signature, random: Random) -> bytes:
    """The key of somebody else."""
    return random.randbytes(SEED) if has_key_pair(scheme) else random.randbytes(_LENGTH).hex().encode()


def spellings(scheme: Signature | None, secret: str) -> tuple[str, ...]:
    """The texts that give a secret away: itself, without its prefix, and its key in another writing."""
    if scheme is None or not secret:
        return (secret,)
    key = key_of(scheme, secret)
    texts = (secret, secret.removeprefix(scheme.secret.prefix), key.hex(), base64.b64encode(key).decode())
    return tuple(dict.fromkeys(texts))
