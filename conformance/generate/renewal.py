"""Other ids for what a sample names inside of itself, always the same ones for the same owner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from conformance import pointer
from conformance.generate.names import UUIDS, Ids, declared_ids
from conformance.generate.places import replaced
from conformance.identifier import is_uuid
from conformance.platform.document import Document

__all__ = ["Renewal", "renewed"]

# What a field is called that holds an id.
_NAMES_SOMETHING: Final = re.compile(r"id|.*(?:_id|[a-z]Id|[a-z]ID)")


def renewed(value: Any, *, of: str) -> Any:
    """A copy in which every uuid is another one, always the same for the same owner `of`.

    What a sample names inside of itself (a transaction of a payout) belongs to one object; if all objects named the
    same, a partner that knows it to be unique would be right to refuse them.
    """
    if isinstance(value, dict):
        return {name: renewed(inner, of=of) for name, inner in value.items()}
    if isinstance(value, list):
        return [renewed(inner, of=of) for inner in value]
    if isinstance(value, str) and is_uuid(value, dashed=True):
        return str(uuid5(NAMESPACE_OID, f"{of}/{value}"))
    return value


class Renewal:
    """Renews ids of every form: uuids wherever they stand, others where a document declares a field of such a name."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, Ids] = {}
        self._declared: dict[tuple[str, str], str] = {}

    def renewed(self, value: Any, at: str, *, of: str) -> Any:
        """A copy of a value of the schema at a pointer, with other ids, the same for the same owner `of`."""
        value = renewed(value, of=of)
        for place, ids, named in list(self._named(value, at, "")) if at else ():
            # One exam for everyone, and no secret.
            fresh = ids.fresh(Random(f"{of}/{named}"))  # noqa: S311
            value = replaced(value, place, ids.written(fresh))
        return value

    def _named(self, value: Any, at: str, here: str) -> Iterator[tuple[str, Ids, Any]]:
        """The ids that are no uuids in a value: where they stand, of what form they are, and what they are."""
        if isinstance(value, list) and pointer.read(self._document.content, f"{at}/items") is not None:
            for number, inner in enumerate(value):
                yield from self._named(inner, f"{at}/items", f"{here}/{number}")
        if not isinstance(value, dict):
            return
        for name, inner in value.items():
            step = pointer.escaped(name)
            declared = self._declaration(at, step)
            if not declared:
                continue
            if isinstance(inner, dict | list):
                yield from self._named(inner, declared, f"{here}/{step}")
            elif _NAMES_SOMETHING.fullmatch(name) and isinstance(inner, str | int) and not isinstance(inner, bool):
                ids = self._ids(declared)
                if ids != UUIDS:
                    yield f"{here}/{step}", ids, inner

    def _declaration(self, at: str, step: str) -> str:
        """Where the schema at a pointer declares a property; empty where it does not. Every event asks the same."""
        known = self._declared.get((at, step))
        if known is None:
            known = self._declared[at, step] = next(self._document.declarations(at, step), "")
        return known

    def _ids(self, at: str) -> Ids:
        """The form of the ids at a pointer; uuids where none of another form is declared, or a few are listed."""
        if at not in self._known:
            self._known[at] = declared_ids(self._document, at)
        return self._known[at]
