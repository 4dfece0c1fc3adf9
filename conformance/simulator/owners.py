"""Whose call is it: which play a call of the partner belongs to, told from the ids that it carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance import pointer
from conformance.exchange import Request
from conformance.identifier import is_uuid, uuids_in

__all__ = ["Owners"]

# How a partner looks for what it has created, or not, by an id of its own that no play has claimed.
_LOOKS: Final = frozenset({"find", "list", "view"})
_LONGEST: Final = 100_000


class Owners:
    """The ids that plays have claimed, and who creates objects of which type at the moment."""

    def __init__(self) -> None:
        self._claims: dict[str, str] = {}
        self._creating: dict[str, str] = {}
        self.alone: str | None = None

    def claim(self, name: str, play: str) -> None:
        """An object, event or correlation id belongs to a play."""
        self._claims[_bare(name)] = play

    def claimant(self, name: str) -> str | None:
        """The play that an id belongs to, None where no play has claimed it."""
        return self._claims.get(_bare(name))

    def begin_creating(self, object_type: str, play: str) -> None:
        """From now on the partner's creations of that type belong to a play."""
        self._creating[object_type] = play

    def end_creating(self, object_type: str) -> None:
        """The partner's creations of that type belong to nobody from now on."""
        self._creating.pop(object_type, None)

    def of(self, request: Request, *, does: str, object_type: str, correlation: str | None) -> str | None:
        """The play that a call belongs to: by an id in its target, its type, its correlation, its body."""
        if does == "list-events" and self.alone is not None:
            # It may begin at an event of any earlier play, and is the answer to what this one lacks.
            return self.alone
        for name in _named_in_target(request.target):
            if _bare(name) in self._claims:
                return self._claims[_bare(name)]
        if does == "create" and object_type in self._creating:
            return self._creating[object_type]
        if correlation is not None and _bare(correlation) in self._claims:
            return self._claims[_bare(correlation)]
        for name in _named_in_body(request.body):
            if _bare(name) in self._claims:
                return self._claims[_bare(name)]
        if does in _LOOKS and object_type in self._creating:
            return self._creating[object_type]
        return self.alone


def _bare(name: str) -> str:
    """A uuid without what does not matter in it; any other id as it is."""
    return name.lower().replace("-", "") if is_uuid(name) else name


def _named_in_target(target: str) -> Iterator[str]:
    """What a URL may name: the uuids anywhere in it, then each step of its path and each value of its query."""
    yield from uuids_in(target)
    parts = urlsplit(target)
    yield from map(unquote, parts.path.split("/"))
    yield from (value for _, value in parse_qsl(parts.query))


def _named_in_body(body: bytes) -> Iterator[str]:
    """What a body may name: the uuids anywhere in it, then each text and number of its JSON."""
    if len(body) > _LONGEST:
        body = body[:_LONGEST]
    yield from uuids_in(body.decode("utf-8", "replace"))
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    for _, value in pointer.walk(content):
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield str(value)
