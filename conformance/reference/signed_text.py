"""Schemes that are templates: a text that is signed, and headers that carry the signature."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reference.defects import Defects
    from conformance.reference.profile import SignatureScheme

__all__ = ["Given", "decoded", "given", "is_right", "key_of", "sign", "verifies"]

# No moment that counts has more digits, and none of these overflows.
_TIMESTAMP = "[0-9]{1,15}"
_ID = r"[\x21-\x7e]{1,200}"


@dataclass(frozen=True, slots=True)
class Given:
    """What the headers of a delivery say: its signatures, when they were made, and of which event.

    `told` is the time that the age is judged by: the signed one. `fields` are the headers that a scheme needs whole.
    """

    signature: str = ""
    timestamp: str = ""
    id: str = ""
    told: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def key_of(scheme: SignatureScheme, secret: str) -> bytes:
    """Give the bytes of a key, a public one where the platform has the private one. Raises ValueError."""
    bare = secret.removeprefix(scheme.public_prefix if scheme.has_key_pair else scheme.prefix)
    if scheme.key_encoding == "hex":
        return bytes.fromhex(bare)
    return base64.b64decode(bare, validate=True) if scheme.key_encoding == "base64" else bare.encode()


def given(
    scheme: SignatureScheme, headers: Mapping[str, Sequence[str]], defects: Defects, *, method: str, path: str
) -> Given | None:
    """Read what was given; None where something is missing, repeated or has another form."""
    found: dict[str, str] = {"signature": "", "timestamp": "", "id": "", "told": ""}
    for name, template in scheme.headers.items():
        values = headers.get(name.lower(), ())
        if len(values) != 1 and not (values and defects.on("believes-a-second-timestamp")):
            return None
        first, last = (_form(template, defects).fullmatch(values[at]) for at in (0, -1))
        if first is None:
            return None
        found |= first.groupdict()
        if last is not None and "timestamp" in last.groupdict():
            found["told"] = last["timestamp"]
    return Given(found["signature"], found["timestamp"], found["id"], found["told"])


def is_right(
    scheme: SignatureScheme,
    key: bytes,
    given: Given,
    signature: bytes,
    body: bytes,
    timestamp: str,
    defects: Defects,
) -> bool:
    """Say whether the key made the signature of this body at this time."""
    if not scheme.has_key_pair:
        return _fits(signature, sign(scheme, key, given, body, timestamp).encode(), defects)
    try:
        return verifies(key, decoded(scheme, signature), _content(scheme, given, body, timestamp))
    except ValueError:
        return False


def sign(scheme: SignatureScheme, key: bytes, given: Given, body: bytes, timestamp: str) -> str:
    """Give the encoded signature of the raw body at this time."""
    raw = hmac.digest(key, _content(scheme, given, body, timestamp), scheme.digest)
    return _encoded(scheme, raw).decode()


def _content(scheme: SignatureScheme, given: Given, body: bytes, timestamp: str) -> bytes:
    content = scheme.content.replace("{id}", given.id).replace("{timestamp}", timestamp)
    before, _, after = content.partition("{body}")
    return before.encode() + body + after.encode()


def _fits(given: bytes, right: bytes, defects: Defects) -> bool:
    if defects.on("crashes-on-odd-lengths") and len(given) != len(right):
        message = "both must have the same length"
        raise ValueError(message)
    return hmac.compare_digest(given, right[: len(given)] if defects.on("compares-as-far-as-given") else right)


def verifies(key: bytes, signature: bytes, content: bytes) -> bool:
    """Say whether the private key that belongs to this public one made the signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def decoded(scheme: SignatureScheme, signature: bytes) -> bytes:
    """Give the bytes that a signature stands for. Raises ValueError."""
    if scheme.encoding == "hex":
        return bytes.fromhex(signature.decode("ascii"))
    if scheme.encoding == "base64url":
        signature = signature.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(signature) % 4)
    return base64.b64decode(signature, validate=True)


def _encoded(scheme: SignatureScheme, raw: bytes) -> bytes:
    if scheme.encoding == "hex":
        return raw.hex().encode()
    if scheme.encoding == "base64url":
        return base64.urlsafe_b64encode(raw).rstrip(b"=")
    return base64.b64encode(raw)


def _form(template: str, defects: Defects) -> re.Pattern[str]:
    timestamp = r"\S{1,20}" if defects.on("believes-timestamps-that-are-none") else _TIMESTAMP
    pattern = re.escape(template).replace(r"\{signature\}", r"(?P<signature>\S.*)")
    pattern = pattern.replace(r"\{timestamp\}", f"(?P<timestamp>{timestamp})")
    return re.compile(pattern.replace(r"\{id\}", f"(?P<id>{_ID})"))
