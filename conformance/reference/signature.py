"""Signatures of deliveries: is this body, with these headers, from the platform? Pure; `now` is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote_to_bytes

from conformance.reference import signed_message, signed_text, signed_token
from conformance.reference.defects import Defects
from conformance.reference.document import read, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from conformance.reference.profile import SignatureScheme
    from conformance.reference.signed_text import Given

    class _Form(Protocol):
        """What knows one family of schemes."""

        def given(
            self,
            scheme: SignatureScheme,
            headers: Mapping[str, Sequence[str]],
            defects: Defects,
            *,
            method: str,
            path: str,
        ) -> Given | None:
            """Read what was given; None where something is missing, repeated or has another form."""

        def is_right(  # all that a signature depends on
            self,
            scheme: SignatureScheme,
            key: bytes,
            given: Given,
            signature: bytes,
            body: bytes,
            timestamp: str,
            defects: Defects,
        ) -> bool:
            """Say whether the key made the signature of this body at this time."""


__all__ = ["accepts", "carrying", "keys", "right"]

_FORMS: Mapping[str, _Form] = {"rfc9421": signed_message, "jws": signed_token}


def keys(scheme: SignatureScheme, secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Give the keys that these secrets are. Raises ValueError where one is not in its form."""
    return tuple(signed_text.key_of(scheme, secret) for secret in secrets if secret)


def accepts(
    scheme: SignatureScheme,
    headers: Mapping[str, Sequence[str]],
    body: bytes,
    *,
    keys: Iterable[bytes],
    now: float,
    defects: Defects,
    method: str = "POST",
    path: str = "/",
) -> bool:
    """Say whether one of the keys signed the request; `headers` have lower-case names, `now` is in seconds."""
    form = _FORMS.get(scheme.kind, signed_text)
    given = form.given(scheme, headers, defects, method=method, path=path)
    if given is None:
        return defects.on("accepts-unsigned-events") and not any(name in headers for name in carrying(scheme))
    if not _is_fresh(scheme, given.told, now, defects):
        return False
    if defects.on("accepts-any-signature"):
        return True
    if defects.on("refuses-unusual-json") and body not in _reserialised(body):
        return False
    signatures = _signatures(scheme, given.signature, defects)
    tried = [*keys, b""] if defects.on("accepts-empty-key") and not scheme.has_key_pair else [*keys]
    bodies = _bodies(body, defects)
    stamps = _stamps(given.timestamp, defects)
    # All are compared before one counts: the time that it takes does not tell which key fits.
    verdicts = [
        form.is_right(scheme, key, given, signature, each, stamp, defects)
        for key in tried
        for signature in signatures
        for each in bodies
        for stamp in stamps
    ]
    return any(verdicts)


def carrying(scheme: SignatureScheme) -> tuple[str, ...]:
    """Give the names of the headers in which signatures stand, in lower case."""
    if scheme.kind == "rfc9421":
        return ("signature",)
    return tuple(name.lower() for name, template in scheme.headers.items() if "{signature}" in template)


def right(scheme: SignatureScheme, key: bytes, headers: Mapping[str, Sequence[str]], body: bytes) -> str:
    """Give the signature that would have been right, where this partner could make one: for a defect that tells it."""
    given = signed_text.given(scheme, headers, Defects(), method="", path="") if scheme.kind == "hmac" else None
    return signed_text.sign(scheme, key, given, body, given.timestamp) if given is not None else ""


def _bodies(body: bytes, defects: Defects) -> list[bytes]:
    """Give what may have been signed: the body as it came."""
    if defects.on("verifies-reserialised-body"):
        return [body, *_reserialised(body)]
    if defects.on("trims-before-verifying"):
        return [body.strip()]
    return [
        body.decode("ascii", "replace").replace("\ufffd", "?").encode() if defects.on("verifies-as-ascii") else body
    ]


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
            signed_text.decoded(scheme, each)
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
    age = now - int(timestamp) / scheme.ticks
    if defects.on("refuses-the-future") and age < 0:
        return False
    return age <= tolerance and (age >= -tolerance or defects.on("accepts-future-signatures"))


def _reserialised(body: bytes) -> list[bytes]:
    """Give the body as this partner would have written it: its JSON, or that in the field of a form."""
    name, is_form, value = body.partition(b"=") if body[:1].isalpha() else (b"", b"", b"")
    try:
        if is_form:
            return [name + b"=" + quote_plus(write(read(unquote_to_bytes(value.replace(b"+", b" "))))).encode()]
        return [write(read(body))]
    except ValueError:
        return []
