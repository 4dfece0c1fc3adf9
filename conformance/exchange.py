"""One HTTP exchange as it was seen on the wire, in any of the three directions.

Bytes stay bytes, headers keep their order, spelling and repeats, times are seconds since the start of the run.
What the kit knows about an exchange beyond its bytes (which event it carried, which operation it called) stands beside
them, so that a judge never has to guess.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

__all__ = [
    "Asking",
    "Call",
    "CallProblem",
    "Delivery",
    "Exchange",
    "Failure",
    "Headers",
    "ProblemKind",
    "Request",
    "Response",
]

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]


class Failure(StrEnum):
    """Why an exchange has no complete answer."""

    REFUSED = "connection refused"
    CLOSED = "connection closed before the answer was complete"
    TIMEOUT = "no complete answer before the deadline"
    TOO_LARGE = "answer larger than the cap"
    MALFORMED = "answer is not HTTP"
    NAME = "host name not found"
    TLS = "TLS handshake failed"
    CANCELLED = "given up by the kit"


def _header(headers: Headers, name: str) -> str | None:
    wanted = name.lower().encode("latin-1")
    for key, value in headers:
        if key.lower() == wanted:
            return value.decode("latin-1")
    return None


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `target` is the whole URL of what the kit sends, and path with query of what it receives."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return _header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `body` is what arrived of it."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return _header(self.headers, name)

    @property
    def succeeded(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status <= 299

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request with the answer it got, or the reason why it got none."""

    id: str
    play: str | None
    request: Request
    response: Response | None
    failure: Failure | None
    started: float
    ended: float

    @property
    def succeeded(self) -> bool:
        """Whether a complete 2xx answer arrived."""
        return self.failure is None and self.response is not None and self.response.succeeded

    @property
    def status(self) -> int | None:
        """The status, None without an answer."""
        return self.response.status if self.response is not None else None

    @property
    def asks_to_wait(self) -> bool:
        """Whether the answer is about the moment and not about the request: 429, or 503."""
        return self.status in {429, 503}

    @property
    def is_of_gateway(self) -> bool:
        """Whether somebody else answered, and says that nobody did: 502, or 504."""
        return self.status in {502, 504}

    def __repr__(self) -> str:
        """In one line: pytest shows it where an assertion fails."""
        return f"<{type(self).__name__} {self.id}: {self.request.method} {self.request.target}, {self.outcome()}>"

    @property
    def took(self) -> float:
        """Seconds from the first byte sent to the last byte received."""
        return self.ended - self.started

    def outcome(self) -> str:
        """The answer in a few words, for a finding."""
        if self.failure is not None or self.response is None:
            return str(self.failure or "no answer")
        return f"status {self.response.status}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Delivery(Exchange):
    """An event on its way from the platform to the partner, or a handshake of the platform with its URL.

    `role` is the part it plays in its story; `genuine` says that a correct partner accepts it.
    `attempt` counts the deliveries of one event in one role, from 1.
    """

    role: str
    genuine: bool
    event_id: str
    event_type: str
    object_type: str | None
    object_id: str | None
    version: int | None
    correlation: str | None
    attempt: int

    @property
    def is_event(self) -> bool:
        """Whether it tells of an object: a handshake does not."""
        return self.object_type is not None


class ProblemKind(StrEnum):
    """What a call of the partner breaks."""

    CREDENTIAL = "credential"
    CREDENTIAL_IN_URL = "credential in the URL"
    PATH = "path"
    METHOD = "method"
    PARAMETER = "parameter"
    BODY = "body"
    UNDECLARED = "undeclared parameter"


@dataclass(frozen=True, slots=True)
class CallProblem:
    """One way in which a call departs from the platform's API document."""

    kind: ProblemKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Call(Exchange):
    """A call of the partner to the platform's API.

    `version` is that of the object served; `fault` names what the kit did to this call on purpose;
    `listed` holds the ids of the events that an event list answered with.
    """

    operation: str | None
    does: str | None
    object_type: str | None
    object_id: str | None
    problems: tuple[CallProblem, ...]
    version: int | None
    fault: str | None
    correlation: str | None
    listed: tuple[str, ...]

    @property
    def changes_objects(self) -> bool:
        """Whether the call asks the platform to create or update an object."""
        return self.does in {"create", "update"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Asking(Exchange):
    """A call of the kit to the partner's control endpoint; `about` is the id of the object or event asked about."""

    call: str
    object_type: str | None
    about: str | None
