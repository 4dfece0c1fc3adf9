"""How the odd partner speaks HTTP: a thread for each connection, bodies read within a limit, replies written."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

__all__ = ["Asked", "PartnerServer", "Reply", "refusal"]

_LONGEST_LINE: Final = 4096


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; header names are in lower case, `body` is None where it is larger than the limit."""

    method: str
    path: str
    query: str
    headers: Mapping[str, list[str]]
    body: bytes | None

    def one(self, name: str) -> str | None:
        """The value of a header that may stand there once; None for none, and for several."""
        values = self.headers.get(name, [])
        return values[0].strip() if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; without a document it has no body and names no type."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def refusal(status: int, why: str, **headers: str) -> Reply:
    """A refusal that says why, and no more."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"title": why, "status": status}, named, "application/problem+json")


class _MalformedError(Exception):
    """The request is not HTTP as it should be."""


class PartnerServer(ThreadingHTTPServer):
    """Hands each request to `answer`; a hasty one closes the connection on a body that is too large."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self, port: int, answer: Callable[[Asked], Reply], *, limit: int, hasty: bool, version: str = "HTTP/1.1"
    ) -> None:
        """Listen on loopback; `version` is what the answers say."""
        self.answer = answer
        self.limit = limit
        self.hasty = hasty
        handler = type("Handler", (_Handler,), {"protocol_version": version})
        super().__init__(("127.0.0.1", port), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections break; what else goes wrong is named without details."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            sys.stderr.write(f"a connection could not be served: {type(error).__name__}\n")


class _Handler(BaseHTTPRequestHandler):
    """Reads requests, writes replies."""

    server: PartnerServer
    timeout = 45
    wbufsize = -1
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method is served; which are right is decided where the answers are made."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def version_string(self) -> str:
        """A name, and nothing of the versions below."""
        return "odd-partner"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Requests hold secrets, so none is logged."""

    def handle_expect_100(self) -> bool:
        """Do not ask for a body that would be refused unread."""
        length = self.headers.get("Content-Length", "0")
        if self.server.hasty and length.isdecimal() and int(length[:18]) > self.server.limit:
            self.close_connection = True
            self._write(refusal(413, "the body is too large"))
            return False
        proceeds = super().handle_expect_100()
        self.wfile.flush()
        return proceeds

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is not HTTP in the form of all other refusals."""
        self.close_connection = True
        self._write(refusal(int(code), "the request cannot be read"))

    def _serve(self) -> None:
        try:
            body = self._body()
        except _MalformedError:
            self.send_error(400)
            return
        path, _, query = self.path.partition("?")
        headers: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        try:
            reply = self.server.answer(Asked(self.command, path, query, headers, body))
        except Exception as error:  # noqa: BLE001  # the sender gets an answer, and no stack trace
            sys.stderr.write(f"a request could not be answered: {type(error).__name__}\n")
            reply = refusal(500, "something went wrong")
        self._write(reply)

    def _body(self) -> bytes | None:
        """The body; None where it is larger than the limit, and then the connection ends with the answer."""
        coding = (self.headers.get("Transfer-Encoding") or "").strip().lower()
        lengths = self.headers.get_all("Content-Length", [])
        if coding:
            if coding != "chunked" or lengths:
                raise _MalformedError
            return self._chunked()
        if len(lengths) > 1 or not all(length.isascii() and length.isdecimal() for length in lengths):
            raise _MalformedError
        length = int(lengths[0][:18]) if lengths else 0
        if length > self.server.limit:
            self._too_large(length)
            return None
        return self._exactly(length)

    def _chunked(self) -> bytes | None:
        body = b""
        while size := self._size():
            if len(body) + size > self.server.limit:
                self._too_large(16 * self.server.limit)
                return None
            body += self._exactly(size)
            self._line()
        while self._line():
            pass
        return body

    def _size(self) -> int:
        try:
            return int(self._line().partition(b";")[0], 16)
        except ValueError:
            raise _MalformedError from None

    def _line(self) -> bytes:
        line = self.rfile.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise _MalformedError
        return line.rstrip(b"\r\n")

    def _exactly(self, length: int) -> bytes:
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise _MalformedError
        return body

    def _too_large(self, length: int) -> None:
        """Let the sender see the answer, unless that is not this partner's manner."""
        self.close_connection = True
        if self.server.hasty:
            return
        self.connection.settimeout(1.0)
        left = min(length, 16 * self.server.limit)
        try:
            while left > 0 and (piece := self.rfile.read1(65_536)):
                left -= len(piece)
        except TimeoutError:
            pass

    def _write(self, reply: Reply) -> None:
        content = b"" if reply.document is None else json.dumps(reply.document).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if content:
            self.send_header("Content-Type", reply.content_type)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()
        if self.close_connection and self.server.hasty:
            self.connection.shutdown(socket.SHUT_WR)
