"""Messages: an HTTP request as received and the reply to it, free of sockets."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reference.document import Json

__all__ = ["Reply", "Request", "refusal"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose body is read; header names are in lower case, `body` is None where it was too large to read.

    `spelled` are the header names as they came, `asked` is the query as it came.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, Sequence[str]]
    body: bytes | None
    spelled: frozenset[str] = frozenset()
    asked: str = ""

    def header(self, name: str) -> str | None:
        """Give a header's only value, None where there is none or more than one."""
        values = self.headers.get(name.lower(), ())
        return values[0] if len(values) == 1 else None

    def bears(self, token: str, *, header: str = "Authorization", compared: int | None = None) -> bool:
        """Say whether the header carries this bearer token, or its first `compared` bytes; takes equal time."""
        scheme, _, given = (self.header(header) or "").partition(" ")
        given_bytes = given.strip().encode("utf-8", "replace")[:compared]
        return scheme.lower() == "bearer" and hmac.compare_digest(given_bytes, token.encode()[:compared])

    def is_of_type(self, content_type: str) -> bool:
        """Say whether the body is called that, whatever the case and the parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower() == content_type.lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with a JSON body, or with a text of that content type; `is_named` says whether the type is told."""

    status: int
    document: Json = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    is_named: bool = True
    text: str | None = None
    content_type: str = "application/json"


def refusal(status: int, reason: str, **headers: str) -> Reply:
    """Give a reply that refuses; an underscore in a header's name stands for a hyphen."""
    return Reply(status, {"error": reason}, {name.replace("_", "-"): value for name, value in headers.items()})
