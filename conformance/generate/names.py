"""Ids as a platform gives them: uuids, numbers, texts of a pattern; fresh ones come from the random source of the run.

What an id looks like is said by the description, else by the document. Where that allows a uuid, it is one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, Final
from uuid import UUID

from conformance.generate.pattern_text import text_like
from conformance.platform.document import Document
from conformance.platform.specification import Specification

__all__ = ["UUIDS", "Ids", "Names", "declared_ids", "fresh_id"]

_ULID: Final = "01[0-9A-HJKMNP-TV-Z]{24}"
_PLAIN: Final = "[A-Za-z0-9]"
# Numbers that a double holds, of as many digits as there is room for: few draws are the same.
_MOST: Final = 2**53 - 1
_INT32: Final = 2**31 - 1
_LEAST: Final = 10**9
# As much as a uuid has, where the pattern lets us choose.
_LONG: Final = 24
_SHORT: Final = 8
_DRAWS: Final = 200
_CLASSES: Final = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def fresh_id(random: Random) -> str:
    """A version 4 uuid from the random source of the run."""
    return str(UUID(int=random.getrandbits(128), version=4))


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one kind of thing: uuids, numbers within limits where there are any, or texts of a pattern."""

    pattern: str = ""
    least: int = 0
    most: int | None = None
    whole: bool = False

    def fresh(self, random: Random) -> str:
        """An id as a text.

        Raises ValueError where none can be made.
        """
        if self.whole:
            return str(random.randint(self.least, _MOST if self.most is None else self.most))
        if not self.pattern:
            return fresh_id(random)
        room = math.inf if self.most is None else self.most
        for least in dict.fromkeys((max(self.least, min(_LONG, room)), max(self.least, min(_SHORT, room)), self.least)):
            # Cut to its length where that is given: few texts of a pattern have just that by themselves.
            made = (text_like(self.pattern, random, least=int(least)) or "")[: self.most]
            if len(made) >= self.least and re.search(self.pattern, made):
                return made
        raise ValueError(f"no id of the pattern {self.pattern} can be made")

    def written(self, name: str) -> Any:
        """An id as it stands in JSON."""
        return int(name) if self.whole and name.isascii() and name.isdecimal() else name

    def allows(self, name: str) -> bool:
        """Whether an id that is another one by a character alone is still of this form."""
        if self.whole:
            return self.least <= int(name) <= (_MOST if self.most is None else self.most)
        return not self.pattern or re.search(self.pattern, name) is not None

    def siblings(self, name: str, *, first: bool) -> Iterator[str]:
        """Ids that differ from one in a single character, those first that differ at its beginning, or at its end."""
        places = range(len(name)) if first else reversed(range(len(name)))
        for at in places:
            alike = next((group for group in _CLASSES if name[at] in group), "")
            for other in "12" + alike:
                if other != name[at] and (alike or other in alike):
                    yield name[:at] + other + name[at + 1 :]


UUIDS: Final = Ids()


class Names:
    """The ids of a platform's events, objects, tenants and subscriptions."""

    def __init__(self, specification: Specification) -> None:
        self._specification = specification
        self._known: dict[tuple[str, str], Ids] = {}

    @cached_property
    def of_events(self) -> Ids:
        """What names an event."""
        d, document = self._specification.description, self._specification.document
        types = (t.name for t in d.delivered_types if t.name in document.event_types)
        declared = (document.locate(document.event_schema_at(name), d.id_at) for name in types if d.id_at)
        return self._ids(d.event_ids, filter(None, declared))

    def of_objects(self, object_type: str) -> Ids:
        """What names an object of a type."""
        if ("object", object_type) not in self._known:
            kind = self._specification.description.object_types[object_type]
            self._known["object", object_type] = self._ids(kind.ids, self._places(object_type, kind.id))
        return self._known["object", object_type]

    def of_tenants(self, object_type: str) -> Ids:
        """What names the tenant of an object of a type."""
        kind = self._specification.description.object_types[object_type]
        if kind.tenant == kind.id:
            return self.of_objects(object_type)
        if ("tenant", object_type) not in self._known:
            self._known["tenant", object_type] = self._ids("", self._places(object_type, kind.tenant))
        return self._known["tenant", object_type]

    @cached_property
    def of_subscriptions(self) -> Ids:
        """What names a subscription."""
        specification = self._specification
        rules = specification.description.subscriptions
        roles = [r for r in specification.description.operations.values() if r.does == "create-subscription"]
        answers = (specification.subscription_schema_at(role.operation) for role in roles)
        document = specification.document
        return self._ids("", (document.locate(at, rules.id) for at in answers if at) if rules is not None else ())

    def _places(self, object_type: str, at: str) -> Iterator[str]:
        """Where the document declares a field of an object: in events that carry or name it, in answers about it."""
        d, document = self._specification.description, self._specification.document
        for kind in d.event_types_about(object_type):
            if kind.name not in document.event_types or not at:
                continue
            if not d.thin:
                payload = self._specification.payload_schema_at(kind.name)
                yield document.locate(payload, at) if payload else ""
            elif at == d.object_types[object_type].id:
                yield document.locate(document.event_schema_at(kind.name), d.object_id_at)
        whole = self._specification.object_schema_at(object_type)
        yield document.locate(whole, at) if whole and at else ""

    def _ids(self, said: str | Mapping[str, str], places: Iterable[str]) -> Ids:
        """What the description says of ids, else the first place at which the document declares one."""
        at = next(filter(None, places), "")
        if said:
            return _described(said, self._specification.document.joined(at))
        return declared_ids(self._specification.document, at) if at else UUIDS


def _described(said: str | Mapping[str, str], schemas: tuple[Mapping[str, Any], ...]) -> Ids:
    if not isinstance(said, str):
        return Ids(pattern=said["pattern"])
    if said == "integer":
        is_text = any(_is_of(schema, "string") for schema in schemas)
        return Ids(pattern="^[1-9][0-9]{12}$") if is_text else _numbers(schemas)
    return Ids(pattern=_ULID) if said == "ulid" else UUIDS


def _is_of(schema: Mapping[str, Any], *kinds: str) -> bool:
    told = schema.get("type", ())
    return bool({told} & set(kinds)) if isinstance(told, str) else bool(set(told) & set(kinds))


def declared_ids(document: Document, at: str) -> Ids:
    """The ids that the schema at a pointer allows: uuids where it does."""
    sample = fresh_id(Random(0))  # noqa: S311  # an example, and no secret
    if not document.violations(at, sample):
        return UUIDS
    schemas = document.joined(at)
    if any(_is_of(schema, "integer", "number") for schema in schemas):
        found = _numbers(schemas)
    elif any(schema.get("format") == "ulid" for schema in schemas):
        found = Ids(pattern=_ULID)
    else:
        most = min((s["maxLength"] for s in schemas if "maxLength" in s), default=None)
        least = max((s.get("minLength", 0) for s in schemas), default=0)
        patterns = [s["pattern"] for s in schemas if "pattern" in s]
        length = max(least, _LONG) if most is None else min(max(least, _LONG), most)
        found = Ids(pattern=patterns[0] if patterns else f"{_PLAIN}{{{length}}}", least=least, most=most)
    return found if _fits(document, at, found) else UUIDS


def _fits(document: Document, at: str, ids: Ids) -> bool:
    random = Random(0)  # noqa: S311  # an example, and no secret
    try:
        return not any(document.violations(at, ids.written(ids.fresh(random))) for _ in range(5))
    except ValueError:
        return False


def _numbers(schemas: tuple[Mapping[str, Any], ...]) -> Ids:
    lows = [math.ceil(s["minimum"]) for s in schemas if "minimum" in s]
    lows += [math.floor(s["exclusiveMinimum"]) + 1 for s in schemas if "exclusiveMinimum" in s]
    highs = [math.floor(s["maximum"]) for s in schemas if "maximum" in s]
    highs += [math.ceil(s["exclusiveMaximum"]) - 1 for s in schemas if "exclusiveMaximum" in s]
    highs += [_INT32 for s in schemas if s.get("format") == "int32"]
    most = min([*highs, _MOST])
    return Ids(least=max([min(_LEAST, most // 2), *lows]), most=most, whole=True)
