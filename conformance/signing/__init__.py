"""Signing deliveries, from a scheme that is data. The time is an argument, and nothing here reads a clock.

This package and the description of a platform are the only ones that know a scheme by its name.
"""

from __future__ import annotations

import importlib.util
from typing import Final

from conformance.exchange import Headers
from conformance.platform.signature import Signature
from conformance.signing.detached import Detached
from conformance.signing.http_messages import HttpMessage
from conformance.signing.keys import has_key_pair, key_of, new_secret, partner_secret, spellings, stranger
from conformance.signing.signer import Signer, SignsOwn, stamp
from conformance.signing.templated import Templated, encoded

__all__ = [
    "Signer",
    "SignsOwn",
    "encoded",
    "has_key_pair",
    "key_of",
    "kind_of",
    "missing_extra",
    "needs_hook",
    "new_secret",
    "partner_secret",
    "secret_shown",
    "shown",
    "sign",
    "signer_of",
    "spellings",
    "stamp",
    "stranger",
]

# The schemes that are more than templates, and the library behind each extra.
_KINDS: Final[dict[str, type[Signer]]] = {"rfc9421": HttpMessage, "jws": Detached}
_LIBRARIES: Final = {"rfc9421": "http_message_signatures", "jws": "joserfc", "ed25519": "cryptography"}


def kind_of(scheme: Signature) -> type[Signer]:
    """Who signs by a scheme."""
    return _KINDS.get(scheme.scheme, Templated)


def signer_of(
    scheme: Signature, body: bytes, event_id: str, now: float, *, url: str = "", own: SignsOwn | None = None
) -> Signer:
    """Who signs this delivery."""
    return kind_of(scheme)(scheme, body, event_id, now, url=url, own=own)


def sign(scheme: Signature, *, key: bytes, body: bytes, now: float, event_id: str = "", url: str = "") -> Headers:
    """The headers that carry the signature of a body, as the platform makes them."""
    signer = signer_of(scheme, body, event_id, now, url=url)
    return signer.headers(signer.signature(key))


def needs_hook(scheme: Signature | None) -> bool:
    """Whether a hook of the platform's own has to sign."""
    return scheme is not None and scheme.scheme == "own"


def missing_extra(scheme: Signature | None) -> str:
    """The extra of the kit that a scheme needs and that is not installed; empty when nothing is missing."""
    if scheme is None:
        return ""
    extras = [scheme.scheme, *(["ed25519"] if has_key_pair(scheme) else [])]
    missing = (name for name in extras if name in _LIBRARIES and importlib.util.find_spec(_LIBRARIES[name]) is None)
    return next(missing, "")


def secret_shown(scheme: Signature) -> str:
    """How the secret is written, in words for whoever sets it."""
    form = scheme.secret
    prefix = f"{form.prefix} and " if form.prefix else ""
    if has_key_pair(scheme):
        return f"{prefix}a private key of Ed25519 in {form.encoding}; you have the public one"
    if form.encoding == "utf-8":
        return "its UTF-8 bytes are the HMAC key"
    return f"{prefix}the HMAC key in {form.encoding}"


def shown(scheme: Signature) -> tuple[str, ...]:
    """How deliveries are signed, in words for whoever verifies."""
    match scheme.scheme:
        case "rfc9421":
            parts = " ".join(scheme.components)
            return (
                f"signed by HTTP Message Signatures (RFC 9421), {scheme.algorithm} over {parts}:",
                f"  Signature-Input: {scheme.label}=(…);created=…;keyid={scheme.key_id!r};alg={scheme.algorithm!r}",
                f"  Signature: {scheme.label}=:…:",
                "  Content-Digest: sha-256=:…:",
            )
        case "jws":
            claims = ", ".join(f"{name}: {value}" for name, value in (("alg", scheme.algorithm), *scheme.claims))
            return (f"signed by a detached JWS (RFC 7515) with {claims} in its header:", *_shown_headers(scheme))
        case "ed25519":
            means = "Ed25519"
        case "own":
            means = "the platform's own scheme"
        case _:
            means = f"HMAC-{scheme.digest.upper()}"
    return (f"signed with {means} over {scheme.content}, in {scheme.encoding}:", *_shown_headers(scheme))


def _shown_headers(scheme: Signature) -> tuple[str, ...]:
    return tuple(f"  {name}: {value}" for name, value in scheme.headers)
