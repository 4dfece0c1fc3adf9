"""Packed bodies: what is in them is found, or they are not kept."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from typing import Final

import pytest

from conformance.exchange import Request, Response
from conformance.redaction import Redactor

_SECRET: Final = "signing-kQ7vXw2pL9"  # a canary
_TEXT: Final = b'{"error": "' + b"a long way to go, " * 40 + _SECRET.encode() + b'"}'
_TOLD: Final = b"[a packed body that holds a secret]"
_SEALED: Final = b"[a packed body that cannot be looked into]"
_NOISE: Final = random.Random(9).randbytes(400)  # noqa: S311  # reproducible


def _deflate(text: bytes, window: int = -zlib.MAX_WBITS) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return packer.compress(text) + packer.flush()


def kept(body: bytes, coding: bytes = b"") -> bytes:
    """What is kept of an answer's body."""
    headers = ((b"Content-Encoding", coding),) if coding else ()
    redactor = Redactor({"signing_secret": _SECRET}, key=b"key of the run")
    response = redactor.response(Response(500, headers, body))
    assert response is not None
    assert response.body == redactor.request(Request("POST", "/", headers, body)).body
    return response.body


_HIDING: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate alone": _deflate,
    "zlib with a small window": lambda text: _deflate(text, 9),
    "gzip of gzip": lambda text: gzip.compress(gzip.compress(text)),
    "gzip of deflate of zlib": lambda text: gzip.compress(_deflate(zlib.compress(text))),
    "behind another member": lambda text: gzip.compress(b"nothing here") + gzip.compress(text),
    "with a wrong sum": lambda text: gzip.compress(text)[:-8] + bytes(8),
    "cut off": lambda text: gzip.compress(text)[:-9],
    "broken further on": lambda text: gzip.compress(text + _NOISE)[:-200] + _NOISE,
    "within a form": lambda text: b"--part\r\n\r\n" + gzip.compress(text) + b"\r\n--part--",
    "stored": lambda text: gzip.compress(text, 0),
}


@pytest.mark.parametrize("coding", [b"", b"gzip", b"deflate", b"identity"])
@pytest.mark.parametrize("how", _HIDING)
def test_a_packed_secret_is_found(how: str, coding: bytes) -> None:
    """However it is packed, and whatever the headers say of that."""
    body = kept(_HIDING[how](_TEXT), coding)

    assert _TOLD == body
    assert _HIDING[how](b"nothing to hide") == kept(_HIDING[how](b"nothing to hide"), coding)


@pytest.mark.parametrize("coding", [b"br", b"zstd", b"gzip, br", b"GZIP , Compress"])
def test_what_nobody_here_can_open_is_not_kept(coding: bytes) -> None:
    """Text is: it is not packed, whatever it says of itself."""
    assert _SEALED == kept(_NOISE, coding)
    assert b'{"a": "\xc3\xa9"}' == kept(b'{"a": "\xc3\xa9"}', coding)
    assert b"[secret signing_secret]" == kept(_SECRET.encode(), coding)


def test_what_is_packed_too_well_is_not_kept() -> None:
    """A secret may stand behind what is looked into."""
    assert _SEALED == kept(gzip.compress(bytes(2 << 20) + _TEXT))
    assert _SEALED == kept(gzip.compress(bytes(2 << 20) + _TEXT)[:-8] + bytes(8))


@pytest.mark.parametrize("body", [b"", b"x", b"\x1f", b"\x78\x9c", _NOISE, b"caf\xe9", b"\x1f\x8b\x08" * 20])
def test_other_bytes_are_kept_as_they_are(body: bytes) -> None:
    """Also those that only begin like something packed."""
    assert body == kept(body)
    assert body == kept(body, b"gzip")


def test_without_secrets_nothing_is_looked_for() -> None:
    """Everything is kept then."""
    response = Redactor({}, key=b"").response(Response(200, ((b"Content-Encoding", b"br"),), _NOISE))

    assert response is not None
    assert _NOISE == response.body
