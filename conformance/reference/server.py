"""The server: HTTP/1.1 over sockets, down to a request whose body is read and up from a reply."""

from __future__ import annotations

import re
import ssl
import sys
import threading
import time
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

from conformance.reference.document import write
from conformance.reference.message import Reply, Request, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.reference.defects import Defects

__all__ = ["PartnerServer"]

_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,12}")
_LONGEST_CHUNK_LINE = 1024
# What is read and thrown away of a body that is too large, so that its sender gets to see the answer.
_DISCARDED = 16 * 1024 * 1024


class PartnerServer(ThreadingHTTPServer):
    """Hands each request to `answer`, in a thread per connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self,
        port: int,
        answer: Callable[[Request], Reply],
        defects: Defects,
        *,
        body_limit: int,
        limit: float = 5.0,
        certificate: Path | None = None,
    ) -> None:
        """Listen on loopback; port 0 takes any free one, a certificate makes it https.

        `limit` is in how many seconds the platform wants an answer.
        """
        self.answer = answer
        self.body_limit = body_limit
        # How long the only reader waits for the rest of a body; without the defect all read side by side.
        self.patience = 0.6 * limit if defects.on("waits-for-broken-off-body") else 0.0
        self.reading = threading.Lock() if self.patience else nullcontext()
        self._tls = _tls(certificate) if certificate else None
        self._scheme = "https" if certificate or defects.on("speaks-no-tls") else "http"
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"{self._scheme}://127.0.0.1:{self.server_address[1]}"

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread, so that nobody who does not can keep others waiting."""
        if self._tls is not None:
            request.settimeout(_Handler.timeout)
            try:
                request = self._tls.wrap_socket(request, server_side=True)
            except OSError:
                request.close()
                return
        super().process_request_thread(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent about connections that broke, name other errors without their details."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            sys.stderr.write(f"a connection could not be served: {type(error).__name__}\n")


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate)
    return context


class _BadRequestError(Exception):
    """The request is not HTTP as it should be; the connection cannot go on."""


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and writes replies."""

    server: PartnerServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Buffered, so that a reply goes out in one packet; flushed after each.
    wbufsize = -1
    timeout = 60
    _methods: ClassVar = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Serve every method that HTTP has; which of them are right is not decided here."""
        if name.startswith("do_") and name.removeprefix("do_") in self._methods:
            return self._serve
        raise AttributeError(name)

    def version_string(self) -> str:
        """Name the partner and not the versions below it."""
        return "reference-partner"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: requests hold secrets."""

    def handle_expect_100(self) -> bool:
        """Send the 100 at once: the client waits for it."""
        proceeds = super().handle_expect_100()
        self.wfile.flush()
        return proceeds

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not HTTP in the form of all other refusals."""
        self.close_connection = True
        self._write(refusal(int(code), "the request cannot be read"))

    def _serve(self) -> None:
        try:
            body = self._body()
        except _BadRequestError:
            self.send_error(400)
            return
        path, _, query = self.path.partition("?")
        headers: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        spelled = frozenset(self.headers.keys())
        request = Request(self.command, path, dict(parse_qsl(query)), headers, body, spelled, query)
        try:
            reply = self.server.answer(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender gets an answer and no stack trace
            sys.stderr.write(f"a request could not be answered: {type(error).__name__}\n")
            reply = refusal(500, "something went wrong")
        self._write(reply)

    def _body(self) -> bytes | None:
        """Read the body, None where it is larger than the limit; the rest of that is thrown away."""
        coding = self.headers.get("Transfer-Encoding", "").strip().lower()
        lengths = self.headers.get_all("Content-Length", [])
        if coding:
            if coding != "chunked" or lengths:
                raise _BadRequestError
            return self._chunked_body()
        if len(set(lengths)) > 1 or not all(each.isascii() and each.isdecimal() for each in lengths):
            raise _BadRequestError
        length = int(lengths[0][:18]) if lengths else 0
        if length > self.server.body_limit:
            self._discard(length)
            return None
        return self._exactly(length)

    def _chunked_body(self) -> bytes | None:
        body = b""
        while size := self._chunk_size():
            if len(body) + size > self.server.body_limit:
                self.close_connection = True
                self._discard(_DISCARDED)
                return None
            body += self._exactly(size)
            self._line()
        while self._line():
            pass
        return body

    def _chunk_size(self) -> int:
        size = self._line().partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise _BadRequestError
        return int(size, 16)

    def _line(self) -> bytes:
        line = self.rfile.readline(_LONGEST_CHUNK_LINE)
        if not line.endswith(b"\n"):
            raise _BadRequestError
        return line.rstrip(b"\r\n")

    def _exactly(self, length: int) -> bytes:
        if not length:
            return b""
        with self.server.reading:
            body = self.rfile.read(length)
            if len(body) < length and self.server.patience:
                time.sleep(self.server.patience)
        if len(body) < length:
            raise _BadRequestError
        return body

    def _discard(self, length: int) -> None:
        """Throw a body away so that the connection can go on, unless that would take too long."""
        if length > _DISCARDED:
            self.close_connection = True
            return
        left = length
        while left > 0 and (piece := self.rfile.read1(min(left, 65_536))):
            left -= len(piece)

    def _write(self, reply: Reply) -> None:
        body = write(reply.document) if reply.text is None else reply.text.encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.is_named:
            self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()
