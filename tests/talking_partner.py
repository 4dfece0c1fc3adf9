"""A partner that says given texts wherever it can: in answers, at its control endpoint, in calls of its own."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote_from_bytes

from conversations import conversing
from kit_process import SECRETS

__all__ = ["talking"]

_OFFERS: Final = ("create", "update", "objects", "events", "recover")
_CREDENTIALS: Final = (
    f"X-CHANNEL-PARTNER-ID: {SECRETS['CONFORMANCE_PARTNER_ID']}\r\nX-API-KEY: {SECRETS['CONFORMANCE_API_KEY']}\r\n"
)
_API: Final = "/api/v3/partner"


@contextmanager
def talking(texts: Sequence[bytes], *, api_port: int, asked: Callable[[], object] = lambda: None) -> Iterator[str]:
    """Serve such a partner of FeeWise; the value of the block is its URL, and `/control` after it that of its control.

    Each delivery is answered with the next text, after a call to the platform's API with the same.
    `asked` is called for each.
    """
    talker = _Talker(texts, api_port, asked)
    with conversing(talker.converse) as port:
        yield f"http://127.0.0.1:{port}"


class _Talker:
    """What is said next."""

    def __init__(self, texts: Sequence[bytes], api_port: int, asked: Callable[[], object]) -> None:
        self._texts = itertools.cycle(texts)
        self._numbers = itertools.count()
        self._api_port = api_port
        self._asked = asked

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        text, number = next(self._texts), next(self._numbers)
        target = head.split(b" ")[1].decode()
        if target.startswith("/control"):
            status = 500 if number % 5 == 0 and target != "/control" else 200
            writer.write(_answer(status, text, _controlled(target, text)))
            return
        self._asked()
        await self._call(text, number)
        body = _body(text, number)
        # Some answers are no HTTP, as far as the text makes them so.
        writer.write(_answer(200, text, body) if number % 7 else b"HTTP/1.1 400 " + text + b"\r\nX-Raw: " + text)

    async def _call(self, text: bytes, number: int) -> None:
        """Call the API of the platform; what it answers is nobody's concern."""
        quoted, line = quote_from_bytes(text).encode(), _on_a_line(text)
        told = json.dumps({"external_id": text.decode("utf-8", "replace"), text.decode("latin-1"): 1}).encode()
        calls: tuple[tuple[bytes, bytes, bytes], ...] = (
            (b"GET", f"{_API}/invoices/".encode() + quoted, b""),
            (b"POST", f"{_API}/invoices".encode(), told),
            (b"GET", f"{_API}/payouts?".encode() + quoted + b"=" + quoted, b""),
            (b"GET", b"/" + line.replace(b" ", b"+"), text),
            (_as_word(text), b"/" + quoted, b""),
            (b"DELETE", f"{_API}/webhooks/".encode() + quoted, told),
        )
        method, target, body = calls[number % len(calls)]
        reader, writer = await asyncio.open_connection("127.0.0.1", self._api_port)
        fields = b"x-correlation-id: " + line + b"\r\nX-Said: " + line + b"\r\nX-" + _as_word(text) + b": 1\r\n"
        fields += b"Host: platform\r\nContent-Type: application/json\r\nConnection: close\r\n" + _CREDENTIALS.encode()
        writer.write(b"%b %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (method, target, fields, len(body), body))
        await reader.read()
        writer.close()


def _body(text: bytes, number: int) -> bytes:
    """The text in one of many forms: what holds it is not always what the headers say."""
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n%b\r\n--x--\r\n'
    forms: tuple[Callable[[bytes], bytes], ...] = (
        bytes,
        lambda said: json.dumps({"error": said.decode("utf-8", "replace")}).encode(),
        gzip.compress,
        zlib.compress,
        lambda said: part % said,
        lambda said: zlib.compress(said)[2:-4],
        lambda said: gzip.compress(b"") + gzip.compress(said)[:-8] + bytes(8),
        lambda said: part % gzip.compress(gzip.compress(said)),
    )
    return forms[number % len(forms)](text)


def _controlled(target: str, text: bytes) -> bytes:
    said = text.decode("utf-8", "replace")
    known: Mapping[str, object] = {"offers": [*_OFFERS, said], "id": said, "applied": 0, "error": said}
    return json.dumps({said: said, **known}).encode() if target != "/control/recover" else text


def _answer(status: int, text: bytes, body: bytes) -> bytes:
    line = _on_a_line(text)
    fields = b"".join(
        name + b": " + line + b"\r\n" for name in (b"X-Said", b"Location", b"Content-Type", b"Set-Cookie")
    )
    begun = b"HTTP/1.1 %d %b\r\n%bX-%b: 1\r\n" % (status, line[:200], fields, _as_word(text))
    if body[:2] == b"--":
        # In chunks that cut words.
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for at in range(0, len(body), 7) for c in [body[at : at + 7]])
        return begun + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    return begun + b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _on_a_line(text: bytes) -> bytes:
    """As much of it as may stand in the head of a message."""
    return re.sub(rb"[\r\n\0]", b" ", text)[:4000].strip()


def _as_word(text: bytes) -> bytes:
    """As much of it as the name of a header or a method can be."""
    return b"-".join(re.findall(rb"(?<!\S)[\w!#$%&'*+.^`|~-]+(?!\S)", text))[:400] or b"-"
