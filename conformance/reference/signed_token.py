"""Detached JSON Web Signatures (RFC 7515, appendix F), verified by their library."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from conformance.reference.signed_text import Given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reference.defects import Defects
    from conformance.reference.profile import SignatureScheme

__all__ = ["given", "is_right"]


def given(
    scheme: SignatureScheme, headers: Mapping[str, Sequence[str]], defects: Defects, *, method: str, path: str
) -> Given | None:
    """Read what was given; None where something is missing, repeated or has another form."""
    (name,) = (name for name, template in scheme.headers.items() if "{signature}" in template)
    values = headers.get(name.lower(), ())
    if len(values) != 1 and not (values and defects.on("believes-a-second-timestamp")):
        return None
    signed, told = _claimed_time(scheme, values[0]), _claimed_time(scheme, values[-1])
    if signed is None or told is None:
        return None
    protected, _, signature = values[0].partition("..")
    return Given(signature=signature, timestamp=signed, told=told, fields={"protected": protected})


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
    from joserfc import jws
    from joserfc.errors import JoseError

    protected = given.fields["protected"]
    if timestamp != given.timestamp:
        claims = _claims(protected)
        moved = {name: int(timestamp) if name == _time_claim(scheme) else value for name, value in claims.items()}
        protected = _base64(json.dumps(moved, separators=(",", ":")).encode())
    compact = f"{protected}.{_base64(body)}.{signature.decode('latin-1')}"
    registry = jws.JWSRegistry(algorithms=[scheme.algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(compact, _usable(scheme, key), registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def _claimed_time(scheme: SignatureScheme, value: str) -> str | None:
    """Give the time of signing that a token claims; None where it has not the form of one."""
    protected, _, signature = value.partition("..")
    if not protected or not signature or "." in signature:
        return None
    try:
        claims = _claims(protected)
    except ValueError:
        return None
    claim = _time_claim(scheme)
    time = claims.get(claim)
    if not claim:
        return ""
    return str(time) if isinstance(time, int) and 0 <= time < 10**12 else None


def _time_claim(scheme: SignatureScheme) -> str:
    return next((name for name, value in scheme.claims.items() if value == "{timestamp}"), "")


def _claims(protected: str) -> dict[str, Any]:
    found = json.loads(base64.urlsafe_b64decode(protected.encode("ascii") + b"=" * (-len(protected) % 4)))
    if not isinstance(found, dict):
        message = "no claims"
        raise ValueError(message)  # noqa: TRY004  # the token is malformed like any other
    return found


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _usable(scheme: SignatureScheme, key: bytes) -> Any:
    from joserfc.jwk import OctKey, OKPKey

    if not scheme.has_key_pair:
        return OctKey.import_key(key)
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _base64(key)})
