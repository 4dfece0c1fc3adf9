"""Keeping secrets out of everything that is written down, at the moment of capture.

A known secret is replaced wherever it stands, in the encodings that carry it, by a mark with its name; what stands in a
header that carries credentials and is no known secret is replaced by a keyed fingerprint. So a judge can tell the right
credential from a wrong one, and two wrong ones from each other, and nobody can tell what they were.
What only resembles a secret, in another case or escaped twice say, is replaced by a mark of its own, which is no proof
that somebody knows it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus

from conformance.exchange import Headers, Request, Response
from conformance.packing import unfit

__all__ = ["Redactor"]

_CREDENTIAL_HEADERS: Final = frozenset(
    {b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-api-key", b"api-key", b"x-auth-token"}
)
_MARK: Final = re.compile(rb"\[secret [a-z_]+\]")
# Escapes of URLs, of JSON and programs, and of HTML.
_ESCAPE: Final = re.compile(
    rb"%([0-9a-f]{2})|\\+x([0-9a-f]{2})|\\+u\{?0*([0-9a-f]{1,6})\}?|\\+([/\"'])|&#x0*([0-9a-f]{1,6});|&#0*([0-9]{1,7});"
    rb"|&([a-z]+);",
    re.IGNORECASE,
)
_INTRODUCES: Final = re.compile(rb"[%\\&]")
# Who escapes more often than this does it on purpose.
_ESCAPED_OFTEN: Final = 4
# What HTML has names for, among what stands in secrets.
_NAMED: Final = {
    b"amp": b"&",
    b"lt": b"<",
    b"gt": b">",
    b"quot": b'"',
    b"apos": b"'",
    b"sol": b"/",
    b"plus": b"+",
    b"equals": b"=",
}
# Names and values of headers are the same again and again: what came of so many of them is kept.
_SHORT: Final = 128
_SEEN: Final = 4096
_SCHEMES: Final = frozenset({b"bearer", b"basic", b"digest", b"apikey", b"token"})


class Redactor:
    """Replaces the secrets of one run; `key` makes the fingerprints and is never written down."""

    def __init__(self, secrets: Mapping[str, str], *, key: bytes, credential_headers: Iterable[str] = ()) -> None:
        self._key = key
        self._headers = _CREDENTIAL_HEADERS | {name.lower().encode() for name in credential_headers}
        self._names: dict[bytes, str] = {}
        self._pattern: re.Pattern[bytes] | None = None
        self._likenesses: dict[str, _Likeness] = {}
        self._shortest = sys.maxsize
        self._seen = lru_cache(_SEEN)(self._replaced)
        for name, value in secrets.items():
            self.learn(name, value)

    def learn(self, name: str, value: str) -> None:
        """Keep one more secret out of everything from now on; an empty one is none."""
        if not value:
            return
        self._names |= dict.fromkeys(_forms(value), name)
        ordered = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, ordered)))
        self._shortest = min(self._shortest, len(value))
        self._likenesses[value] = _Likeness.of(name, value)
        # A new one, for what another thread is at right now must not come into it.
        self._seen = lru_cache(_SEEN)(self._replaced)

    def text(self, value: str) -> str:
        """The text without known secrets."""
        return self.raw(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def raw(self, value: bytes) -> bytes:
        """The bytes without known secrets."""
        if len(value) < self._shortest:
            return value
        return self._seen(value) if len(value) <= _SHORT else self._replaced(value)

    def _replaced(self, value: bytes) -> bytes:
        assert self._pattern is not None  # the caller looked
        value = self._pattern.sub(lambda found: f"[secret {self._names[found[0]]}]".encode(), value)
        lowered = value.lower()
        meant = _unescaped(value).lower() if _INTRODUCES.search(lowered) else lowered
        for likeness in self._likenesses.values():
            value = likeness.replaced(value, lowered, meant)
        return value

    def headers(self, headers: Headers) -> Headers:
        """The headers without known secrets, and with fingerprints for credentials that are not known."""
        return tuple(
            (self.raw(name), self._credential(value) if name.lower() in self._headers else self.raw(value))
            for name, value in headers
        )

    def request(self, request: Request) -> Request:
        """The request without secrets."""
        headers, body = self.headers(request.headers), self._body(request.body, request.headers)
        return Request(self.text(request.method), self.text(request.target), headers, body)

    def response(self, response: Response | None) -> Response | None:
        """The answer without secrets."""
        if response is None:
            return None
        return Response(response.status, self.headers(response.headers), self._body(response.body, response.headers))

    def _body(self, body: bytes, headers: Headers) -> bytes:
        """The body without known secrets; one that is packed and holds some is not kept at all."""
        if self._pattern is None:
            return body
        return unfit(body, headers, lambda inner: self.raw(inner) != inner) or self.raw(body)

    def _credential(self, value: bytes) -> bytes:
        clean = self.raw(value)
        scheme, space, rest = clean.partition(b" ")
        if not space or scheme.lower() not in _SCHEMES:
            scheme, space, rest = b"", b"", clean
        if not rest.strip() or _MARK.fullmatch(rest.strip()):
            return clean
        fingerprint = hmac.new(self._key, rest, hashlib.sha256).hexdigest()[:12]
        return scheme + space + f"[unknown {fingerprint}]".encode()


@dataclass(frozen=True, slots=True)
class _Likeness:
    """What resembles a secret: `literals` in lower case, each with its pattern, and one for all that is escaped."""

    mark: bytes
    plain: bytes
    literals: tuple[tuple[bytes, re.Pattern[bytes]], ...]
    escaped: re.Pattern[bytes]

    @classmethod
    def of(cls, name: str, secret: str) -> _Likeness:
        """The likenesses of a secret."""
        raw = secret.encode()
        plain = {
            *(raw, raw[::-1], base64.b32encode(raw).rstrip(b"="), base64.b64encode(base64.b64encode(raw)).rstrip(b"=")),
            *(secret.encode(encoding) for encoding in ("utf-16-le", "utf-16-be")),
        }
        literals = {each.lower(): re.compile(re.escape(each), re.IGNORECASE) for each in plain}
        for middle in _middles(raw):
            # A character at either end holds some bits of the secret and some of its neighbour.
            literals[middle.lower()] = re.compile(rb"[\w+/-]?" + re.escape(middle) + rb"[\w+/-]?", re.ASCII)
        escaped = re.compile(b"".join(map(_spelled, secret)), re.IGNORECASE)
        return cls(f"[like secret {name}]".encode(), raw.lower(), tuple(literals.items()), escaped)

    def replaced(self, value: bytes, lowered: bytes, meant: bytes) -> bytes:
        """The value with the mark in place of each; it is given in lower case too, and without its escapes."""
        for literal, pattern in self.literals:
            if literal in lowered:
                value = pattern.sub(self.mark, value)
        return self.escaped.sub(self.mark, value) if self.plain in meant else value


def _middles(raw: bytes) -> set[bytes]:
    """What every base64 has in common that holds these bytes within others, at each of the three places."""
    found = set()
    for before in range(3):
        whole = (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(bytes(before) + raw)[-(-before * 8 // 6) : whole])
    return found


def _unescaped(value: bytes) -> bytes:
    """The value without its escapes, and without the escapes of escapes."""
    for _ in range(_ESCAPED_OFTEN):
        before, value = value, _ESCAPE.sub(_meant, value)
        if value == before:
            break
    return value


def _meant(escape: re.Match[bytes]) -> bytes:
    percent, hexadecimal, unicode, itself, reference, decimal, named = escape.groups()
    if percent or hexadecimal:
        return bytes.fromhex((percent or hexadecimal).decode())
    if itself:
        return bytes(itself)
    if named:
        return _NAMED.get(named.lower(), escape[0])
    code = int(decimal) if decimal else int(unicode or reference, 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= sys.maxunicode else escape[0]


def _spelled(character: str) -> bytes:
    """A pattern for a character as URLs, JSON, programs and HTML spell it, escaped once or several times."""
    code, raw, slashes = ord(character), character.encode(), rb"(?:\\|%5c)+"
    ways = [
        re.escape(raw),
        b"".join(b"%(?:25)*" + f"{byte:02x}".encode() for byte in raw),
        slashes + rb"u\{?0*" + f"{code:x}".encode() + rb"\}?",
        b"&(?:amp;)*#(?:0*" + f"{code}|x0*{code:x}".encode() + b");",
        b"".join(slashes + b"x" + f"{byte:02x}".encode() for byte in raw),
        *([slashes + re.escape(raw)] if raw in {b"/", b'"', b"'", b"\\"} else []),
        *(b"&(?:amp;)*" + name + b";" for name, meant in _NAMED.items() if meant == raw),
    ]
    return b"(?:" + b"|".join(ways) + b")"


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
