"""Bodies that are packed, opened as far as they can be, to see whether something is in them that must not be kept.

What a body says of itself may be a lie: it is opened by what it looks like, wherever in it that begins.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from conformance.exchange import Headers

__all__ = ["unfit"]

_TOLD: Final = b"[a packed body that holds a secret]"
_SEALED: Final = b"[a packed body that cannot be looked into]"
# So much of what is packed is looked into, and so often of what is packed again.
_MOST: Final = 1 << 20
_LAYERS: Final = 3
_MEMBERS: Final = 8
_GZIP: Final = re.compile(rb"\x1f\x8b\x08")
# zlib begins with a method of 8 and a window, and both bytes are a multiple of 31.
_METHOD: Final = 8
_MULTIPLE: Final = 31
# 32 above the largest window: gzip or zlib, whichever it is; below zero: neither, deflate alone.
_ANY: Final = 32 + zlib.MAX_WBITS
_BARE: Final = -zlib.MAX_WBITS
_OPENED: Final = frozenset({b"", b"identity", b"gzip", b"x-gzip", b"deflate"})
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def unfit(body: bytes, headers: Headers, tells: Callable[[bytes], bool]) -> bytes:
    """What stands in place of a packed body that `tells` something, or that nobody can open; empty where it stays.

    What is text to begin with is not packed, whatever its headers say.
    """
    if _is_text(body):
        return b""
    for inner in _contents(body, _LAYERS):
        if tells(inner):
            return _TOLD
        if len(inner) >= _MOST:
            return _SEALED
    return _SEALED if _codings(headers) - _OPENED else b""


def _codings(headers: Headers) -> set[bytes]:
    values = (value for name, value in headers if name.lower() == b"content-encoding")
    return {word.strip().lower() for value in values for word in value.split(b",")}


def _is_text(body: bytes) -> bool:
    if _CONTROL.search(body):
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _contents(body: bytes, layers: int) -> Iterator[bytes]:
    """What is packed in it, and what is packed in that."""
    starts = [found.start() for found in islice(_GZIP.finditer(body), _MEMBERS)]
    if body[0] & 15 == _METHOD and int.from_bytes(body[:2], "big") % _MULTIPLE == 0:
        starts.insert(0, 0)
    for at, window in [(at, _ANY) for at in starts] or [(0, _BARE)]:
        inner = _inflated(body[at:], window)
        if inner:
            yield inner
            if layers > 1 and not _is_text(inner):
                yield from _contents(inner, layers - 1)


def _inflated(packed: bytes, window: int) -> bytes:
    """As much as can be had, also of what is broken further on."""
    try:
        return zlib.decompressobj(window).decompress(packed, _MOST)
    except zlib.error:
        return b"".join(_piecewise(packed, window))[:_MOST]


def _piecewise(packed: bytes, window: int) -> Iterator[bytes]:
    """What comes before the byte at which it breaks."""
    opener, room = zlib.decompressobj(window), _MOST
    for number in range(len(packed)):
        try:
            inner = opener.decompress(packed[number : number + 1], _MOST)
        except zlib.error:
            return
        yield inner
        room -= len(inner)
        if room <= 0:
            return
