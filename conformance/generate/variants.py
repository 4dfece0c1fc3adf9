"""Events that differ from a polite one in a single way: more fields than declared, other values, less than all.

Where a platform's document leaves no room for a difference there is none: None is returned then.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from conformance import pointer
from conformance.generate.places import removed, replaced, walk
from conformance.platform.description import EventType, ObjectType
from conformance.platform.document import Document
from conformance.platform.specification import Specification

__all__ = ["BEYOND", "LEVELS", "Variant", "Variants", "is_free"]

# Where in a value an object can stand: at its top, below that, or in a list.
LEVELS: Final = ("top", "nested", "item")
# What stands before the point of a second decimal: some platforms have no amounts below one.
_SMALL: Final = (0, 1, 10)
_DECIMAL: Final = re.compile(r"[0-9]+\.([0-9]+)")
# A whole number that no double holds.
BEYOND: Final = 2**53 + 1
# Where the document sets no limit, this is as long as everyday texts are.
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Variant:
    """A changed value, and the pointers of what is changed in it."""

    content: Any
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variants:
    """What the document allows, or merely leaves open, in the values of one schema; `at` is the schema's pointer.

    `fixed` are the pointers of what must stay as it is.
    """

    document: Document
    at: str
    fixed: Collection[str]

    @classmethod
    def of_event(cls, specification: Specification, kind: EventType) -> Variants:
        """Those of whole events of a type: what names the event and its object stays, and what it stands for."""
        d = specification.description
        own = [d.id_at, d.type_at, d.time_at, d.object_id_at, d.object_type_at, *d.form.fixed]
        inside = [*_own(d.object_types[kind.object_type]), *(at for at, _ in kind.sets)]
        address = [at for at, _ in d.address_at(kind.object_type)]
        fixed = {*filter(None, own), *address, *(d.payload_at + at for at in inside if not d.thin)}
        return cls(specification.document, specification.document.event_schema_at(kind.name), fixed)

    @classmethod
    def of_object(cls, specification: Specification, object_type: str) -> Variants:
        """Those of whole objects of a type: what names the object and tells its versions apart stays."""
        fixed = frozenset(_own(specification.description.object_types[object_type]))
        return cls(specification.document, specification.object_schema_at(object_type), fixed)

    def allows(self, content: Any) -> bool:
        """Whether the document allows a value."""
        return not self.document.violations(self.at, content)

    def with_unknown_fields(self, content: Any, fields: Mapping[str, Any], level: str, *, root: str) -> Variant | None:
        """With fields that are not declared in every object of a level, counted from `root`."""
        changed = content
        places = []
        for at, value in list(walk(pointer.read(content, root), root)):
            if isinstance(value, dict) and _level(content, root, at) == level and not fields.keys() & value.keys():
                extended = replaced(changed, at, {**pointer.read(changed, at), **fields})
                if self.allows(extended):
                    changed = extended
                    places += [f"{at}/{name}" for name in fields]
        return Variant(changed, tuple(places)) if places else None

    def with_unknown_values(self, content: Any, value: str, *, root: str) -> Variant | None:
        """With a value that is not listed wherever the object at `root` has one that is."""
        return self._with(content, value, [at for at, schema in self._fields(content, root) if "enum" in schema])

    def with_nulls(self, content: Any, *, root: str) -> Variant | None:
        """With null in every optional field of the object at `root`."""
        return self._with(content, None, self.optional(content, root=root))

    def _with(self, content: Any, value: Any, places: Collection[str]) -> Variant | None:
        for at in places:
            content = replaced(content, at, value)
        return Variant(content, tuple(places)) if places else None

    def without_optional(self, content: Any, *, root: str) -> Variant | None:
        """Without any optional field in the object at `root`."""
        places = self.optional(content, root=root)
        for at in places:
            content = removed(content, at)
        return Variant(content, places) if places and self.allows(content) else None

    def optional(self, content: Any, *, root: str) -> tuple[str, ...]:
        """The pointers of the optional fields of the object at `root`."""
        return tuple(at for at, _ in self._fields(content, root) if self.allows(removed(content, at)))

    def texts(self, content: Any, text: str, *, root: str) -> tuple[str, ...]:
        """The pointers of the fields of the object at `root` that can hold any text, this one for instance."""
        free = [at for at, schema in self._fields(content, root) if is_free(schema)]
        return tuple(at for at in free if self.allows(replaced(content, at, text)))

    def stretched(self, content: Any) -> Any:
        """With every text that is free as long as it may be: what is kept in a column of its own must fit there."""
        for at, value in list(walk(content)):
            place = self.document.locate(self.at, at) if value and isinstance(value, str) else ""
            schema = self.document.schema(place) if place and at not in self.fixed else None
            if isinstance(schema, dict) and is_free(schema):
                longest = min(schema.get("maxLength", _LONGEST), _LONGEST)
                longer = replaced(content, at, (value * longest)[:longest])
                content = longer if self.allows(longer) else content
        return content

    def decimals(self, content: Any, *, root: str) -> Mapping[str, tuple[str, str]]:
        """The fields of the object at `root` that hold decimals as texts, with two that end in zeros for each."""
        found = {}
        for at, _ in self._fields(content, root, fixed=False):
            digits = _DECIMAL.fullmatch(str(pointer.read(content, at)))
            if digits and isinstance(pointer.read(content, at), str):
                places = len(digits[1])
                large, small = f"1000.{'0' * places}", (f"{n}.1{'0' * (places - 1)}" for n in _SMALL)
                allowed = [text for text in (large, *small) if self.allows(replaced(content, at, text))]
                if large in allowed[:1] and len(allowed) > 1:
                    found[at] = (large, allowed[1])
        return found

    def large_integers(self, content: Any, *, root: str) -> tuple[str, ...]:
        """The fields of the object at `root` that can hold a whole number that no double holds."""
        whole = [at for at, schema in self._fields(content, root) if schema.get("type") == "integer"]
        return tuple(at for at in whole if self.allows(replaced(content, at, BEYOND)))

    def _fields(self, content: Any, root: str, *, fixed: bool = True) -> list[tuple[str, Mapping[str, Any]]]:
        """The declared fields that the object at `root` has, with their schemas; without the fixed ones."""
        here = self.document.locate(self.at, root) if root else self.at
        found: list[tuple[str, Mapping[str, Any]]] = []
        for name in self.document.properties(here) if here else ():
            at = f"{root}/{name}"
            if name in pointer.read(content, root, {}) and not (fixed and at in self.fixed):
                schema = self.document.schema(self.document.locate(here, f"/{name}"))
                found.append((at, schema if isinstance(schema, dict) else {}))
        return found


def _own(kind: ObjectType) -> list[str]:
    return [*filter(None, (kind.id, kind.tenant, kind.version, kind.modified)), *(f.at for f in kind.changing)]


def _level(content: Any, root: str, at: str) -> str:
    if at == root:
        return "top"
    steps = at.removeprefix(root).split("/")[1:]
    above = [root + "".join(f"/{step}" for step in steps[:number]) for number in range(1, len(steps))]
    return "item" if any(isinstance(pointer.read(content, place), list) for place in above) else "nested"


def is_free(schema: Mapping[str, Any]) -> bool:
    """Whether a schema allows texts of any sort."""
    return schema.get("type") == "string" and not {"enum", "const", "pattern", "format"} & schema.keys()
