"""The odd partner's calls to the platform: credentials, correlation, and when a call that failed is made again."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

__all__ = ["Answer", "Calls", "new_correlation", "pause_after"]

_FETCH_SECONDS: Final = 8.0
_OWN_SECONDS: Final = 20.0
_LARGEST: Final = 4_000_000
# Before the second try, the third and so on; the platform gets more than a second to come round.
_PAUSES: Final = (0.3, 1.3, 1.6, 2.5, 3.5, 4.5, 5.0)
_REFUSED_PAUSES: Final = (1.5, 3.0)
_TROUBLED: Final = 4.0
_LONGEST_PAUSE: Final = 150.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: status 0 where nothing came, `document` None where it cannot be read."""

    status: int
    document: Any = None
    retry_after: float = 0.0

    @property
    def succeeded(self) -> bool:
        """Whether the platform did it and the answer can be read."""
        return 200 <= self.status < 300 and (self.document is not None or self.status == 204)

    def part(self, name: str) -> Any:
        """A part of the document by name, all of it where the name is empty."""
        if not self.succeeded:
            return None
        return self.document.get(name) if name and isinstance(self.document, dict) else self.document


def new_correlation() -> str:
    """The correlation id of an operation that starts here."""
    return str(uuid.uuid4())


def pause_after(answer: Answer, tries: int) -> float | None:
    """The seconds until the next try after so many; None to leave it."""
    if answer.status in {401, 403}:
        return _REFUSED_PAUSES[tries - 1] if tries <= len(_REFUSED_PAUSES) else None
    if 400 <= answer.status < 500 and answer.status not in {404, 408, 425, 429}:
        return None
    if tries > len(_PAUSES) or answer.retry_after > _LONGEST_PAUSE:
        return None
    return max(_PAUSES[tries - 1], answer.retry_after)


class Calls:
    """The platform's API; nothing else ever sees the credentials, and redirects are not followed."""

    def __init__(
        self, base: str, credentials: Mapping[str, str], *, correlation_header: str, now: Callable[[], float]
    ) -> None:
        """`now` is the partner's clock, which need not be right."""
        parts = urlsplit(base)
        self._host = parts.netloc
        self._prefix = parts.path.rstrip("/")
        self._credentials = dict(credentials)
        self._correlation_header = correlation_header
        self._now = now
        self.troubled_until = 0.0

    def get(self, path: str, correlation: str, *, query: Mapping[str, str] | None = None) -> Answer:
        """One try."""
        target = f"{path}?{urlencode(query)}" if query else path
        return self._call("GET", target, correlation, None, _FETCH_SECONDS)

    def send(self, method: str, path: str, correlation: str, body: Any = None) -> Answer:
        """One try of a call that changes something."""
        return self._call(method, path, correlation, body, _OWN_SECONDS)

    def insist(self, call: Callable[[], Answer], *, seconds: float = 30.0) -> Answer:
        """Make a call that does no harm when it is made twice, again until it succeeds or there is no point."""
        deadline = time.monotonic() + seconds
        tries = 1
        while not (answer := call()).succeeded and answer.status != 404:
            pause = pause_after(answer, tries)
            if pause is None or time.monotonic() + pause > deadline:
                break
            time.sleep(pause)
            tries += 1
        return answer

    @property
    def in_trouble(self) -> bool:
        """Whether the platform had trouble a moment ago, so that what can wait had better wait."""
        return time.monotonic() < self.troubled_until

    def _call(self, method: str, target: str, correlation: str, body: Any, seconds: float) -> Answer:
        headers = {"Accept": "application/json", "Connection": "close", **self._credentials}
        if self._correlation_header:
            headers[self._correlation_header] = correlation
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self._host, timeout=seconds)
        try:
            connection.request(method, self._prefix + target, content, headers)
            response = connection.getresponse()
            answer = self._answer(response, response.read(_LARGEST))
        except (OSError, http.client.HTTPException):
            answer = Answer(0)
        finally:
            connection.close()
        if not answer.succeeded:
            self.troubled_until = time.monotonic() + max(answer.retry_after, _TROUBLED)
        return answer

    def _answer(self, response: http.client.HTTPResponse, content: bytes) -> Answer:
        if response.length:
            return Answer(0)
        wait = self._wait(response)
        try:
            return Answer(response.status, json.loads(content), wait)
        except (ValueError, RecursionError):
            return Answer(response.status, None, wait)

    def _wait(self, response: http.client.HTTPResponse) -> float:
        """The seconds that Retry-After asks for; a date counts from the platform's own date, where it tells it."""
        text = (response.headers.get("Retry-After") or "").strip()
        if text.isascii() and text.isdecimal():
            return float(text[:9])
        until = _date(text)
        if until is None:
            return 0.0
        told = _date(response.headers.get("Date") or "")
        return max(0.0, until - (self._now() if told is None else told))


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
