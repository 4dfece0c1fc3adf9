"""One request as a line for a shell, to be copied: whatever stands in it, the shell runs nothing but curl.

Secrets are not in a journal. Where the token of deliveries stood, the line reads it from the environment; no other
secret belongs in a delivery, and a journal that somebody made up shall not get one sent.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.exchange import Request
from conformance.reporting.plain_text import uncommanding

__all__ = ["CurlLine", "curl_line"]

_VARIABLES: Final = {"webhook_token": "CONFORMANCE_WEBHOOK_TOKEN"}
_MARK: Final = re.compile(rb"\[secret (\w+)\]")
_UNKNOWN: Final = re.compile(rb"\[unknown [0-9a-f]+\]")
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHOD: Final = re.compile(r"[A-Z]{1,32}")
_LINE: Final = re.compile(r"[\x20-\x7e]*")
# What curl makes itself, and makes right.
_OWN: Final = frozenset({b"host", b"content-length", b"connection", b"transfer-encoding", b"expect"})
# What curl adds where nobody says otherwise.
_ADDED: Final = ("Accept", "Content-Type", "Expect", "User-Agent")
_LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class CurlLine:
    """The line, empty where there can be none, and what must be said beside it."""

    text: str
    notes: tuple[str, ...] = ()


def curl_line(request: Request) -> CurlLine:
    """The line that sends such a request; the signature in it is the one that was sent, and may be too old by now."""
    if why := _impossible(request):
        return CurlLine("", (why,))
    words = ["curl -q -sS -i --http1.1 --noproxy '*' --globoff --path-as-is"]
    body = request.body
    before = ""
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "POST" or not body:
        words.append(f"-X {request.method}")
    words += _headers(request)
    if body:
        data, before = _data(body)
        words.append(data)
    words.append(f"--url {_quoted(request.target.encode())}")
    return CurlLine(before + " \\\n  ".join(words), tuple(_notes(request)))


def _impossible(request: Request) -> str:
    address = request.target
    if not address.startswith(("http://", "https://")) or not (address.isascii() and address.isprintable()):
        return "The address of this request cannot be written on a command line."
    if not _METHOD.fullmatch(request.method) or not all(_NAME.fullmatch(name) for name, _ in request.headers):
        return "The method or a header of this request cannot be given to curl."
    if any(b"\0" in value or b"\n" in value or b"\r" in value for _, value in request.headers):
        return "A header of this request cannot be given to curl."
    if _MARK.search(request.body) or _UNKNOWN.search(request.body):
        return "A secret stood in the body of this request, and the journal does not hold it."
    if len(request.body) > _LONGEST:
        return f"The body of this request is longer than {_LONGEST} bytes; webhook-conformance resend sends it."
    return ""


def _headers(request: Request) -> Iterator[str]:
    given = {name.lower() for name, _ in request.headers}
    for name, value in request.headers:
        if name.lower() in _OWN:
            continue
        # curl leaves a header out that has no value, unless it ends in a semicolon.
        yield f"-H {_quoted(name + b': ' + value if value else name + b';')}"
    for added in _ADDED:
        if added.lower().encode() not in given - _OWN:
            yield f"-H {added}:"


def _data(body: bytes) -> tuple[str, str]:
    """The option that gives the body, and what has to stand before curl for it."""
    if _is_plain(body):
        return f"--data-raw {shlex.quote(body.decode('ascii'))}", ""
    coded = base64.b64encode(body).decode("ascii")
    return "--data-binary @-", f"printf %s {coded} | base64 -d | "


def _quoted(text: bytes) -> str:
    """The bytes as one word of a shell; what cannot be shown is written in octal, a secret as its variable."""
    pieces = _MARK.split(text)
    words = []
    for number, piece in enumerate(pieces):
        if number % 2:
            variable = _VARIABLES.get(piece.decode("ascii"), "")
            words.append(f'"${{{variable}:?}}"' if variable else shlex.quote(f"[secret {piece.decode('ascii')}]"))
        elif piece or len(pieces) == 1:
            words.append(_word(piece))
    return "".join(words)


def _word(piece: bytes) -> str:
    if _is_plain(piece):
        return shlex.quote(piece.decode("ascii"))
    octal = "".join(f"\\{byte:03o}" for byte in piece)
    return f"\"$(printf '{octal}')\""


def _is_plain(text: bytes) -> bool:
    """Whether a text can stand in the line as it is, also where a pipeline listens."""
    shown = text.decode("latin-1")
    return bool(_LINE.fullmatch(shown)) and uncommanding(shown) == shown


def _notes(request: Request) -> Iterator[str]:
    if any(mark.decode() not in _VARIABLES for mark in _MARK.findall(request.target.encode())):
        yield "The address holds a key that is not shown: put it in the place of the mark."
    for name, value in request.headers:
        shown = name.decode("ascii")
        if _UNKNOWN.search(value):
            yield f"{shown} carried a credential that the journal does not hold: put one in its place."
        elif value.lower().startswith(b"basic [secret"):
            yield f"{shown} carries user and token in base64: put them in the place of the variable."
        elif any(mark.decode() not in _VARIABLES for mark in _MARK.findall(value)):
            yield f"{shown} carried a secret that belongs in no delivery."
