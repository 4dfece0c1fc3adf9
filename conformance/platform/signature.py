"""How a delivery shows whose it is, as typed data: the signature that it carries, and the credential.

What each field means stands in `schemas/platform.schema.json`; the package `signing` makes signatures from it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.exchange import Headers
from conformance.platform.template import filled

__all__ = ["Credential", "SecretForm", "Signature", "credential_from_raw", "signature_from_raw"]


@dataclass(frozen=True, slots=True)
class SecretForm:
    """How a signing secret is written: what its key bytes are, and what may stand before them.

    `public_prefix` stands before the public key, where the partner has a key of its own.
    """

    encoding: str = "utf-8"
    prefix: str = ""
    public_prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How deliveries are signed: by a scheme, over `content`, carried in `headers`.

    `version` begins every signature; `unknown_version` begins those of a version that there is not (yet), and
    `separator` stands between several; all are empty where the platform has no such thing. `algorithm`, `components`,
    `claims`, `key_id` and `label` are for the schemes that have standards of their own.
    """

    scheme: str = "hmac"
    digest: str = "sha256"
    content: str = "{body}"
    encoding: str = "base64"
    headers: tuple[tuple[str, str], ...] = ()
    tolerance: float | None = None
    version: str = ""
    unknown_version: str = ""
    separator: str = ""
    unit: str = "seconds"
    secret: SecretForm = SecretForm()
    algorithm: str = ""
    components: tuple[str, ...] = ()
    claims: tuple[tuple[str, str], ...] = ()
    key_id: str = ""
    label: str = "sig1"


@dataclass(frozen=True, slots=True)
class Credential:
    """What every delivery carries besides a signature: templates of headers, filled in with the webhook token."""

    headers: tuple[tuple[str, str], ...]
    user: str = ""

    def carried(self, token: str) -> Headers:
        """The headers that carry a token."""
        words = {"token": token, "basic": self.basic(token)}
        return tuple((name.encode(), filled(value, words).encode()) for name, value in self.headers)

    def basic(self, token: str) -> str:
        """User and token as RFC 7617 writes them; empty where there is no user."""
        return base64.b64encode(f"{self.user}:{token}".encode()).decode() if self.user and token else ""

    @property
    def secret_headers(self) -> tuple[str, ...]:
        """The names of the headers in which the token stands, in one form or another."""
        return tuple(name for name, value in self.headers if "{token}" in value or "{basic}" in value)

    @property
    def shown(self) -> str:
        """The headers in words, for whoever configures the other side."""
        basic = f"base64 of {self.user}:TOKEN"
        words = {"token": "TOKEN", "basic": f"({basic})"}
        return ", ".join(f"{name}: {filled(value, words)}" for name, value in self.headers)


def signature_from_raw(raw: Mapping[str, Any] | None) -> Signature | None:
    """Type a checked signature, its preset already unfolded."""
    if raw is None:
        return None
    known = {name: raw[name] for name in _PLAIN if name in raw}
    tolerance = raw.get("tolerance")
    return Signature(
        **known,
        headers=tuple(raw.get("headers", {}).items()),
        tolerance=float(tolerance) if tolerance is not None else None,
        secret=SecretForm(**raw.get("secret", {})),
        components=tuple(raw.get("components", ())),
        claims=tuple(raw.get("claims", {}).items()),
    )


_PLAIN = (
    "scheme",
    "digest",
    "content",
    "encoding",
    "version",
    "unknown_version",
    "separator",
    "unit",
    "algorithm",
    "key_id",
    "label",
)


def credential_from_raw(raw: Mapping[str, Any] | None) -> Credential | None:
    """Type a checked credential."""
    if raw is None:
        return None
    header = raw.get("header", "Authorization")
    match raw["type"]:
        case "bearer":
            return Credential(((header, "Bearer {token}"),))
        case "basic":
            return Credential(((header, "Basic {basic}"),), raw["user"])
    return Credential(tuple(raw["headers"].items()))
