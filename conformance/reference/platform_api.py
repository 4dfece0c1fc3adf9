"""The API client: makes one call of the platform's API, with credentials and correlation id. No retries."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from conformance.reference.document import Json, at, fill, name_at, read, where
from conformance.reference.event import identity
from conformance.reference.retry import Failure, failure_of, seconds_to_wait

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from conformance.reference.defects import Defects
    from conformance.reference.profile import Operation, Profile

__all__ = ["Answer", "Call", "PlatformApi", "object_in"]

_FETCH_SECONDS = 3.0
_LARGEST_ANSWER = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make, for the `tries`th time; `seconds` is how long it may take in all."""

    operation: Operation
    parameters: Mapping[str, str]
    correlation_id: str
    query: Mapping[str, str]
    body: bytes | None = None
    seconds: float = _FETCH_SECONDS
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: a document, or a failure; `status` is 0 without an answer, `retry_after` in seconds."""

    status: int
    failure: Failure | None
    document: Json = None
    retry_after: float = 0.0


class PlatformApi:
    """The platform's API at its base URL, which is the only place that ever sees the credentials."""

    def __init__(self, base_url: str, profile: Profile, secrets: Mapping[str, str], defects: Defects) -> None:
        """`secrets` fills in the credentials: `api_key` and, where the platform has it, `partner_id`."""
        parts = urlsplit(base_url)
        self._host = parts.netloc.rpartition("@")[2]
        self._prefix = parts.path.rstrip("/")
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._credentials = {name: str(fill(text, secrets)) for name, text in profile.credentials.items()}
        self._api_key = secrets["api_key"]
        self._correlation_header = profile.correlation_header
        self._defects = defects

    def call(self, call: Call) -> Answer:
        """Make a call; whatever goes wrong on the way is a failure in the answer. Redirects are not followed."""
        path = self._prefix + _path(call)
        if self._defects.on("calls-undocumented-path") and call.operation.does in {"get", "create"}:
            self._exchange("GET", f"{path}/exists", call)
        query = dict(call.query)
        if self._defects.on("busts-caches") and call.operation.does == "get":
            query["_"] = str(time.time_ns())
        if self._defects.on("sends-credentials-in-url"):
            query["api_key"] = self._api_key
        return self._exchange(call.operation.method, f"{path}?{urlencode(query)}" if query else path, call)

    def _exchange(self, method: str, target: str, call: Call) -> Answer:
        deadline = time.monotonic() + call.seconds
        connection = self._kind(self._host, timeout=call.seconds)
        try:
            connection.request(method, target, call.body, self._headers(method, call))
            wire = connection.sock
            response = connection.getresponse()
            body = _read_all(response, wire, deadline)
        except TimeoutError:
            return Answer(0, Failure.TOO_SLOW)
        except (OSError, http.client.HTTPException):
            return Answer(0, Failure.BROKEN)
        finally:
            connection.close()
        location = response.headers.get("Location")
        if location and self._defects.on("follows-redirects"):
            self.visit(location)
        retry_after = seconds_to_wait(response.headers.get("Retry-After"), time.time(), self._defects)
        return _answer(response.status, body, retry_after, self._defects)

    def visit(self, url: str) -> None:
        """Get a URL, wherever it leads, with the credentials: two defects do, and nothing else may."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=_FETCH_SECONDS)
        try:
            connection.request("GET", parts.path, headers=dict(self._credentials))
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()

    def _headers(self, method: str, call: Call) -> dict[str, str]:
        headers = {"Accept": "application/json", "Connection": "close", "User-Agent": "reference-partner"}
        is_bare = self._defects.on("sends-no-credentials") and method == "GET"
        is_bare = is_bare or (self._defects.on("forgets-credentials-on-retry") and call.tries > 1)
        if not is_bare:
            headers |= self._credentials
        if call.body is not None and not self._defects.on("posts-without-content-type"):
            headers["Content-Type"] = "application/json"
        if self._correlation_header and call.correlation_id:
            headers[self._correlation_header] = call.correlation_id
        return headers


def object_in(operation: Operation, document: Json, object_id: str | None, id_pointer: str) -> Json:
    """Give the object that an answer carries, out of a list by its id; None where it is not there."""
    if operation.many:
        listed = at(document, where(operation.answer, "{objects}") or "")
        candidates = listed if isinstance(listed, list) else []
    else:
        candidates = [at(document, where(operation.answer, "{object}") or "")]
    for candidate in candidates:
        found = name_at(candidate, id_pointer)
        if found is not None and (object_id is None or identity(found) == object_id):
            return candidate
    return None


def _path(call: Call) -> str:
    path = call.operation.path
    for name, value in call.parameters.items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    return path


def _read_all(response: http.client.HTTPResponse, wire: socket.socket, deadline: float) -> bytes:
    """Read the body within the deadline, which also ends an answer that only drips."""
    body = b""
    # Since Python 3.13 a response closes itself, and the socket with it, once its length is read.
    while not response.isclosed():
        left = deadline - time.monotonic()
        if left <= 0 or len(body) > _LARGEST_ANSWER:
            raise TimeoutError
        wire.settimeout(left)
        chunk = response.read1(65_536)
        if not chunk:
            break
        body += chunk
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return body


def _answer(status: int, body: bytes, retry_after: float, defects: Defects) -> Answer:
    failure = failure_of(status, defects)
    if failure is not None:
        return Answer(status, failure, retry_after=retry_after)
    try:
        return Answer(status, None, read(body) if body else None)
    except ValueError:
        return Answer(status, Failure.UNREADABLE)
