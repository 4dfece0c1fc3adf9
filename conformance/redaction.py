"""Keeping secrets out of everything that is written down, at the moment of capture.

A known secret is replaced wherever it stands, in the encodings that carry it, by a mark with its name; what stands in a
header that carries credentials and is no known secret is replaced by a keyed fingerprint. So a judge can tell the right
credential from a wrong one, and two wrong ones from each other, and nobody can tell what they were.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from conformance.exchange import Headers, Request, Response

__all__ = ["Redactor"]

_CREDENTIAL_HEADERS: Final = frozenset(
    {b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-api-key", b"api-key", b"x-auth-token"}
)
_MARK: Final = re.compile(rb"\[secret [a-z_]+\]")
_SCHEMES: Final = frozenset({b"bearer", b"basic", b"digest", b"apikey", b"token"})


class Redactor:
    """Replaces the secrets of one run; `key` makes the fingerprints and is never written down."""

    def __init__(self, secrets: Mapping[str, str], *, key: bytes, credential_headers: Iterable[str] = ()) -> None:
        self._key = key
        self._headers = _CREDENTIAL_HEADERS | {name.lower().encode() for name in credential_headers}
        self._names: dict[bytes, str] = {}
        self._pattern: re.Pattern[bytes] | None = None
        for name, value in secrets.items():
            self.learn(name, value)

    def learn(self, name: str, value: str) -> None:
        """Keep one more secret out of everything from now on; an empty one is none."""
        if not value:
            return
        self._names |= dict.fromkeys(_forms(value), name)
        ordered = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, ordered)))

    def text(self, value: str) -> str:
        """The text without known secrets."""
        return self.raw(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def raw(self, value: bytes) -> bytes:
        """The bytes without known secrets."""
        if self._pattern is None:
            return value
        return self._pattern.sub(lambda found: f"[secret {self._names[found[0]]}]".encode(), value)

    def headers(self, headers: Headers) -> Headers:
        """The headers without known secrets, and with fingerprints for credentials that are not known."""
        return tuple(
            (self.raw(name), self._credential(value) if name.lower() in self._headers else self.raw(value))
            for name, value in headers
        )

    def request(self, request: Request) -> Request:
        """The request without secrets."""
        return Request(request.method, self.text(request.target), self.headers(request.headers), self.raw(request.body))

    def response(self, response: Response | None) -> Response | None:
        """The answer without secrets."""
        if response is None:
            return None
        return Response(response.status, self.headers(response.headers), self.raw(response.body))

    def _credential(self, value: bytes) -> bytes:
        clean = self.raw(value)
        scheme, space, rest = clean.partition(b" ")
        if not space or scheme.lower() not in _SCHEMES:
            scheme, space, rest = b"", b"", clean
        if not rest.strip() or _MARK.fullmatch(rest.strip()):
            return clean
        fingerprint = hmac.new(self._key, rest, hashlib.sha256).hexdigest()[:12]
        return scheme + space + f"[unknown {fingerprint}]".encode()


def _forms(secret: str) -> set[bytes]:
    """A secret as it may stand in a header, a URL or a body."""
    raw = secret.encode()
    texts = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
    plain = base64.b64encode(raw).rstrip(b"=")
    encoded = {plain, base64.urlsafe_b64encode(raw).rstrip(b"="), raw.hex().encode(), raw.hex().upper().encode()}
    lower = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), text) for text in texts if "%" in text}
    return {text.encode() for text in texts | lower} | encoded
