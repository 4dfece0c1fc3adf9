"""Signatures of deliveries: is this body, with these headers, from the platform? Pure; `now` is an argument."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reference.document import read, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.reference.defects import Defects
    from conformance.reference.profile import SignatureScheme

__all__ = ["accepts", "sign"]

# No moment that counts has more digits, and none of these overflows.
_TIMESTAMP = "[0-9]{1,12}"
_ID = r"[\x21-\x7e]{1,200}"


@dataclass(frozen=True, slots=True)
class _Given:
    """What the headers of a delivery say: its signatures, when they were made, and of which event.

    `told` is the time that the age is judged by: the signed one.
    """

    signature: str = ""
    timestamp: str = ""
    id: str = ""
    told: str = ""


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
    given = _given(scheme, headers, defects)
    if given is None:
        return defects.on("accepts-unsigned-events") and not _has_signature(scheme, headers)
    if not _is_fresh(scheme, given.told, now, defects):
        return False
    if defects.on("accepts-any-signature"):
        return True
    keys = [*secrets, b""] if defects.on("accepts-empty-key") else [*secrets]
    signatures = _signatures(scheme, given.signature, defects)
    if defects.on("refuses-unusual-json") and body not in _reserialised(body):
        return False
    bodies = _bodies(body, defects)
    stamps = _stamps(given.timestamp, defects)
    expected = [
        sign(scheme, key, each, stamp, event_id=given.id) for key in keys for each in bodies for stamp in stamps
    ]
    # All are compared before one counts: the time that it takes does not tell which key fits.
    verdicts = [_fits(each, right.encode(), defects) for each in signatures for right in expected]
    return any(verdicts)


def sign(scheme: SignatureScheme, secret: bytes, body: bytes, timestamp: str, *, event_id: str = "") -> str:
    """Give the encoded signature of the raw body at this time."""
    content = scheme.content.replace("{id}", event_id).replace("{timestamp}", timestamp)
    before, _, after = content.partition("{body}")
    digest = hmac.digest(secret, before.encode() + body + after.encode(), scheme.digest)
    return base64.b64encode(digest).decode() if scheme.encoding == "base64" else digest.hex()


def _fits(given: bytes, right: bytes, defects: Defects) -> bool:
    if defects.on("crashes-on-odd-lengths") and len(given) != len(right):
        message = "both must have the same length"
        raise ValueError(message)
    return hmac.compare_digest(given, right[: len(given)] if defects.on("compares-as-far-as-given") else right)


def _bodies(body: bytes, defects: Defects) -> list[bytes]:
    """Give what may have been signed: the body as it came."""
    if defects.on("verifies-reserialised-body"):
        return [body, *_reserialised(body)]
    if defects.on("trims-before-verifying"):
        return [body.strip()]
    return [
        body.decode("ascii", "replace").replace("\ufffd", "?").encode() if defects.on("verifies-as-ascii") else body
    ]


def _given(scheme: SignatureScheme, headers: Mapping[str, Sequence[str]], defects: Defects) -> _Given | None:
    """Read what was given; None where something is missing, repeated or has another form."""
    found: dict[str, str] = {}
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
    return _Given(**found)


def _form(template: str, defects: Defects) -> re.Pattern[str]:
    timestamp = r"\S{1,20}" if defects.on("believes-timestamps-that-are-none") else _TIMESTAMP
    pattern = re.escape(template).replace(r"\{signature\}", r"(?P<signature>\S.*)")
    pattern = pattern.replace(r"\{timestamp\}", f"(?P<timestamp>{timestamp})")
    return re.compile(pattern.replace(r"\{id\}", f"(?P<id>{_ID})"))


def _signatures(scheme: SignatureScheme, text: str, defects: Defects) -> list[bytes]:
    """Give the signatures of the version that is known, without their version."""
    several = text.split(scheme.separator) if scheme.separator else [text]
    if defects.on("reads-first-signature-only"):
        several = several[:1]
    known = [each for each in several if each.startswith(scheme.version)]
    if defects.on("refuses-unknown-signature-versions") and known != several:
        return []
    if defects.on("ignores-signature-versions"):
        known = several
    bare = [each[len(scheme.version) :].encode("latin-1", "replace") for each in known]
    if defects.on("crashes-on-malformed-signatures"):
        for each in bare:
            base64.b64decode(each, validate=True)
    return bare


def _stamps(timestamp: str, defects: Defects) -> list[str]:
    """Give the timestamps that may have been signed: the one that was sent."""
    if defects.on("tries-neighbouring-seconds") and timestamp.isdecimal():
        return [str(int(timestamp) + off) for off in (-1, 0, 1)]
    return [timestamp]


def _is_fresh(scheme: SignatureScheme, timestamp: str, now: float, defects: Defects) -> bool:
    if scheme.tolerance is None or defects.on("accepts-old-signatures"):
        return True
    if not timestamp.isdecimal():
        return bool(timestamp) and defects.on("believes-timestamps-that-are-none")
    tolerance = 10 if defects.on("bears-no-skew") else scheme.tolerance
    if defects.on("takes-seconds-for-minutes"):
        tolerance *= 60
    age = now - int(timestamp)
    if defects.on("refuses-the-future") and age < 0:
        return False
    return age <= tolerance and (age >= -tolerance or defects.on("accepts-future-signatures"))


def _has_signature(scheme: SignatureScheme, headers: Mapping[str, Sequence[str]]) -> bool:
    return any("{signature}" in template and name.lower() in headers for name, template in scheme.headers.items())


def _reserialised(body: bytes) -> list[bytes]:
    try:
        return [write(read(body))]
    except ValueError:
        return []
