"""Signatures of deliveries: is this body, with these headers, from the platform? Pure; `now` is an argument."""

from __future__ import annotations

import base64
import hmac
import re
from typing import TYPE_CHECKING

from conformance.reference.document import read, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.reference.defects import Defects
    from conformance.reference.profile import SignatureScheme

__all__ = ["accepts", "sign"]

# No moment that counts has more digits, and none of these overflows.
_TIMESTAMP = "[0-9]{1,12}"


def accepts(
    scheme: SignatureScheme,
    headers: Mapping[str, Sequence[str]],
    body: bytes,
    *,
    secrets: Iterable[bytes],
    now: float,
    defects: Defects,
) -> bool:
    """Say whether one of the secrets signed the body; `headers` have lower-case names, `now` is in seconds."""
    given = _given(scheme, headers)
    if given is None:
        return defects.on("accepts-unsigned-events") and not _has_signature(scheme, headers)
    signature, timestamp = given
    if not _is_fresh(scheme, timestamp, now, defects):
        return False
    if defects.on("accepts-any-signature"):
        return True
    keys = [*secrets, b""] if defects.on("accepts-empty-key") else secrets
    bodies = [body, *_reserialised(body)] if defects.on("verifies-reserialised-body") else [body]
    expected = [sign(scheme, secret, each, timestamp) for secret in keys for each in bodies]
    given_bytes = signature.encode("latin-1", "replace")
    # All are compared before one counts: the time that it takes does not tell which key fits.
    verdicts = [hmac.compare_digest(given_bytes, each.encode()) for each in expected]
    return any(verdicts)


def sign(scheme: SignatureScheme, secret: bytes, body: bytes, timestamp: str) -> str:
    """Give the encoded signature of the raw body at this time."""
    before, _, after = scheme.content.replace("{timestamp}", timestamp).partition("{body}")
    digest = hmac.digest(secret, before.encode() + body + after.encode(), scheme.digest)
    return base64.b64encode(digest).decode() if scheme.encoding == "base64" else digest.hex()


def _given(scheme: SignatureScheme, headers: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """Read signature and timestamp; None where one is missing, repeated or has another form."""
    found = {"signature": "", "timestamp": ""}
    for name, template in scheme.headers.items():
        values = headers.get(name.lower(), ())
        match = _form(template).fullmatch(values[0]) if len(values) == 1 else None
        if match is None:
            return None
        found |= match.groupdict()
    return found["signature"], found["timestamp"]


def _form(template: str) -> re.Pattern[str]:
    pattern = re.escape(template).replace(r"\{signature\}", r"(?P<signature>\S+)")
    return re.compile(pattern.replace(r"\{timestamp\}", f"(?P<timestamp>{_TIMESTAMP})"))


def _is_fresh(scheme: SignatureScheme, timestamp: str, now: float, defects: Defects) -> bool:
    if scheme.tolerance is None or defects.on("accepts-old-signatures"):
        return True
    return bool(timestamp) and abs(now - int(timestamp)) <= scheme.tolerance


def _has_signature(scheme: SignatureScheme, headers: Mapping[str, Sequence[str]]) -> bool:
    return any("{signature}" in template and name.lower() in headers for name, template in scheme.headers.items())


def _reserialised(body: bytes) -> list[bytes]:
    try:
        return [write(read(body))]
    except ValueError:
        return []
