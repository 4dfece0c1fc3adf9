"""HTTP Message Signatures (RFC 9421), verified by their library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from conformance.reference.signed_text import Given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reference.defects import Defects
    from conformance.reference.profile import SignatureScheme

__all__ = ["given", "is_right"]

_NEEDED = ("content-digest", "signature-input", "signature")
_ANY = timedelta(days=36_500)
_CREATED = re.compile(r";created=([0-9]{1,12})(?=;|$)")


@dataclass(frozen=True, slots=True)
class _Message:
    """A request as the library wants it."""

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Keys:
    """Gives the one key, whatever name it is asked for by."""

    key: object

    def resolve_public_key(self, key_id: str) -> object:
        """Give the key that verifies."""
        return self.key


def given(
    scheme: SignatureScheme, headers: Mapping[str, Sequence[str]], defects: Defects, *, method: str, path: str
) -> Given | None:
    """Read what was given; None where something is missing, repeated or has another form."""
    found: dict[str, str] = {"@method": method, "@path": path, "host": "".join(headers.get("host", ())[:1])}
    for name in _NEEDED:
        values = headers.get(name, ())
        if len(values) != 1 and not (values and defects.on("believes-a-second-timestamp")):
            return None
        found[name] = values[0]
    told = _CREATED.search(headers["signature-input"][-1])
    signed = _CREATED.search(found["signature-input"])
    form = re.fullmatch(re.escape(scheme.label) + r"=:(\S+):", found["signature"])
    if told is None or signed is None or form is None:
        return None
    return Given(signature=form[1], timestamp=signed[1], told=told[1], fields=found)


def is_right(
    scheme: SignatureScheme,
    key: bytes,
    given: Given,
    signature: bytes,
    body: bytes,
    timestamp: str,
    defects: Defects,
) -> bool:
    """Say whether the key made the signature of this request, body included, at this time."""
    from http_message_signatures import HTTPMessageVerifier, InvalidSignature, algorithms

    known = {each.algorithm_id: each for each in (algorithms.ED25519, algorithms.HMAC_SHA256)}
    fields = given.fields
    message = _Message(
        fields["@method"],
        f"http://{fields['host']}{fields['@path']}",
        {
            "Content-Digest": fields["content-digest"],
            "Signature-Input": _CREATED.sub(f";created={timestamp}", fields["signature-input"]),
            "Signature": fields["signature"],
        },
    )
    resolver: Any = _Keys(_usable(scheme, key))
    verifier = HTTPMessageVerifier(signature_algorithm=known[scheme.algorithm], key_resolver=resolver)
    # How old it may be, and how much ahead, is decided elsewhere: the library bears five seconds.
    verifier.max_clock_skew = _ANY
    try:
        verifier.verify(message, max_age=None, body=body, require_components=scheme.components)
    except InvalidSignature:
        return False
    return True


def _usable(scheme: SignatureScheme, key: bytes) -> object:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(key) if scheme.has_key_pair else key
