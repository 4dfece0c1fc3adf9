"""Building one typical value straight from a schema: some milliseconds, where an engine that searches takes seconds.

What is built is usually valid and not always: whoever builds asks the document. Nothing is built where a keyword that
looks at the whole value (`not`, `if`, counts of matches) would have to be searched for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from uuid import UUID

from jsonschema import Draft202012Validator

from conformance import pointer
from conformance.generate.pattern_text import text_like

__all__ = ["NothingBuilt", "Style", "build"]

_DEEPEST: Final = 60
_TRIES: Final = 20
_FORMATS: Final = Draft202012Validator.FORMAT_CHECKER
_WHOLE: Final = 2**53 - 1
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_WORDS: Final = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Harbour", "Island", "Juniper")


class NothingBuilt(Exception):
    """No value can be built from a schema in this way."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a value is built.

    `optional` is how many of a hundred optional fields are there, `branch` which of several choices is taken,
    `examples` whether those that stand in the schema are used. A value of more than `large` parts is complete enough:
    from there on only what is required is built.
    """

    optional: int = 100
    branch: int = 0
    examples: bool = True
    large: int = 2000


def build(content: Mapping[str, Any], schema: Any, random: Random, style: Style) -> Any:
    """A value for a schema whose references point into the content.

    Raises NothingBuilt.
    """
    return _Builder(content, random, style).value(schema, frozenset())


class _Builder:
    """Builds one value; `parts` counts what it has built."""

    def __init__(self, content: Mapping[str, Any], random: Random, style: Style) -> None:
        self._content = content
        self._random = random
        self._style = style
        self._parts = 0
        self._depth = 0

    def value(self, schema: Any, above: frozenset[str]) -> Any:
        """A value; `above` are the references within which it stands."""
        self._parts += 1
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NothingBuilt
        try:
            whole, above = self._merged(schema, above)
            return self._of(whole, above)
        finally:
            self._depth -= 1

    def _of(self, schema: dict[str, Any], above: frozenset[str]) -> Any:
        if "const" in schema:
            return schema["const"]
        kind = self._kind(schema)
        if isinstance(schema.get("enum"), list):
            listed = [v for v in schema["enum"] if v is not None] or schema["enum"]
            fits = [v for v in listed if _fits(v, schema)]
            if not fits:
                raise NothingBuilt
            return self._random.choice(fits)
        if self._style.examples:
            for example in _examples(schema):
                if not isinstance(example, dict | list) and _fits(example, schema):
                    return example
        makers: dict[str, Callable[[], Any]] = {
            "object": lambda: self._object(schema, above),
            "array": lambda: self._array(schema, above),
            "string": lambda: self._text(schema),
            "integer": lambda: self._number(schema, whole=True),
            "number": lambda: self._number(schema, whole=False),
            "boolean": lambda: self._random.random() < 0.5,
        }
        return makers.get(kind, lambda: None)()

    def _kind(self, schema: Mapping[str, Any]) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            if not kind:
                raise NothingBuilt  # two schemas that hold together have no type in common
            kinds = [k for k in kind if k != "null"] or ["null"]
            return str(kinds[self._style.branch % len(kinds)])
        if isinstance(kind, str):
            return kind
        if {"properties", "required", "additionalProperties", "patternProperties"} & schema.keys():
            return "object"
        if {"items", "prefixItems", "minItems"} & schema.keys():
            return "array"
        return "number" if {"minimum", "maximum", "multipleOf"} & schema.keys() else "string"

    def _merged(self, schema: Any, above: frozenset[str]) -> tuple[dict[str, Any], frozenset[str]]:
        """One schema for all that holds together: references, `allOf`, and a choice of `oneOf` and `anyOf`."""
        if schema is False:
            raise NothingBuilt
        if not isinstance(schema, dict):
            return {}, above
        own = {k: v for k, v in schema.items() if k not in {"$ref", "allOf", "oneOf", "anyOf"}}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in above and len(above) > _DEEPEST:
                raise NothingBuilt
            inner, above = self._merged(pointer.read(self._content, reference.removeprefix("#")), above | {reference})
            own = _both(inner, own)
        for part in schema.get("allOf", ()):
            inner, above = self._merged(part, above)
            own = _both(own, inner)
        for choice in ("oneOf", "anyOf"):
            if schema.get(choice):
                own, above = self._chosen(own, schema, choice, above)
        return own, above

    def _chosen(
        self, own: dict[str, Any], schema: dict[str, Any], choice: str, above: frozenset[str]
    ) -> tuple[dict[str, Any], frozenset[str]]:
        """A schema together with the first branch of its choice that goes with it, counted from the style's."""
        branches = [b for b in schema[choice] if not (isinstance(b, dict) and b.get("type") == "null")]
        # A branch that leads back to what is being built would never end.
        ending = [b for b in branches if not (isinstance(b, dict) and b.get("$ref") in above)]
        branches = ending or branches or list(schema[choice])
        for number in range(len(branches)):
            branch = branches[(self._style.branch + number) % len(branches)]
            inner, within = self._merged(branch, above)
            whole = _both(own, _both(inner, _discriminated(schema, branch)))
            if whole.get("type") != [] and whole.get("enum") != []:
                return whole, within
        raise NothingBuilt

    def _object(self, schema: dict[str, Any], above: frozenset[str]) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = [name for name in schema.get("required", ()) if isinstance(name, str)]
        made: dict[str, Any] = {}
        for name, inner in properties.items():
            if name in required:
                made[name] = self.value(inner, above)
            elif self._wants(inner, above) and len(made) < schema.get("maxProperties", len(properties)):
                try:
                    made[name] = self.value(inner, above)
                except NothingBuilt:
                    continue
        further = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        for name in required:
            if name not in made:
                made[name] = self.value(further, above)
        least = max(schema.get("minProperties", 0), 0 if made or not isinstance(further, dict) else 1)
        for number in range(1, least + 1):
            if len(made) >= min(least, schema.get("maxProperties", least)):
                break
            if further is not False and not (isinstance(further, dict) and further.get("$ref") in above):
                made[self._name(schema.get("propertyNames"), number)] = self.value(further, above)
        return made

    def _name(self, schema: Any, number: int) -> str:
        """A name that a schema of names allows."""
        return (
            f"name_{number}"
            if not isinstance(schema, dict)
            else str(self._of({"type": "string", **schema}, frozenset()))
        )

    def _wants(self, schema: Any, above: frozenset[str]) -> bool:
        """Whether an optional field is built: not what leads back to itself, and not what only goes the other way."""
        if not isinstance(schema, dict):
            return schema is not False and self._style.optional == 100
        if schema.get("writeOnly") is True or self._leads_back(schema, above) or self._parts > self._style.large:
            return False
        return self._style.optional == 100 or self._random.randrange(100) < self._style.optional

    def _leads_back(self, schema: Any, above: frozenset[str]) -> bool:
        inner = schema.get("items") if isinstance(schema, dict) and "items" in schema else schema
        if not isinstance(inner, dict):
            return False
        references = [inner.get("$ref"), *(p.get("$ref") for p in inner.get("allOf", ()) if isinstance(p, dict))]
        return any(reference in above for reference in references if reference)

    def _array(self, schema: dict[str, Any], above: frozenset[str]) -> list[Any]:
        first = schema.get("prefixItems", [])
        items = schema.get("items", True)
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        made = [self.value(inner, above) for inner in first]
        wanted = max(least, len(made) or (0 if self._leads_back(schema, above) or items is False else 1))
        wanted = wanted if most is None else min(wanted, most)
        for _ in range(20 * (wanted + 1)):
            if len(made) >= wanted:
                break
            try:
                item = self.value(items, above)
            except NothingBuilt:
                if len(made) >= least:
                    break
                raise
            if not schema.get("uniqueItems") or item not in made:
                made.append(item)
        return made[:most]

    def _text(self, schema: dict[str, Any]) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        if isinstance(schema.get("pattern"), str) and "format" in schema:
            return self._formatted_like(schema)
        if isinstance(schema.get("pattern"), str):
            found = text_like(schema["pattern"], self._random, least=least, most=most)
            if found is None:
                raise NothingBuilt
            return found
        if "format" in schema:
            made = self._formatted(str(schema["format"]))
            if made is not None:
                return made
        # Not the same in every object: a receiver may know a text to be unique.
        word = self._random.choice(_WORDS) + "".join(self._random.choices(_LETTERS, k=4))
        while len(word) < least:
            word += self._random.choice(_WORDS).lower()
        return word if most is None else word[:most]

    def _formatted_like(self, schema: dict[str, Any]) -> str:
        """A text of a format that fits a pattern as well: what is drawn for one of them often fits the other."""
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        for _ in range(_TRIES):
            for made in (
                self._formatted(str(schema["format"])),
                text_like(schema["pattern"], self._random, least=least, most=most),
            ):
                if made is not None and _text_fits(made, schema):
                    return made
        raise NothingBuilt

    def _formatted(self, name: str) -> str | None:
        maker = _FORMATTED.get(name)
        return maker(self._random) if maker is not None else None

    def _number(self, schema: dict[str, Any], *, whole: bool) -> int | float:
        step = schema.get("multipleOf", 1 if whole else None)
        low, high = schema.get("minimum"), schema.get("maximum")
        if isinstance(schema.get("exclusiveMinimum"), int | float):
            low = schema["exclusiveMinimum"] + (1 if whole else step or 0.5)
        if isinstance(schema.get("exclusiveMaximum"), int | float):
            high = schema["exclusiveMaximum"] - (1 if whole else step or 0.5)
        low = low if low is not None else min(0, high) if high is not None else 0
        high = high if high is not None else low + 10_000
        high = min(high, low + 10_000, _WHOLE) if self._style.optional == 100 else high
        if low > high:
            raise NothingBuilt
        if step is None:
            drawn = low + round((high - low) * self._random.random(), 2)
            return int(drawn) if float(drawn).is_integer() else drawn
        first = -(-low // step)
        count = int((high - first * step) // step)
        if count < 0:
            raise NothingBuilt
        made = (first + self._random.randint(0, count)) * step
        return int(made) if float(made).is_integer() else made


def _word(random: Random) -> str:
    return random.choice(_WORDS).lower()


def _day(random: Random) -> str:
    return f"202{random.randint(4, 5)}-0{random.randint(1, 9)}-{random.randint(10, 28)}"


def _time(random: Random) -> str:
    return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}Z"


def _url(random: Random) -> str:
    return f"https://{_word(random)}.example/{_word(random)}"


def _address(random: Random) -> str:
    return f"{_word(random)}@{_word(random)}.example"


_FORMATTED: Final[dict[str, Callable[[Random], str]]] = {
    "date-time": lambda r: f"{_day(r)}T{_time(r)}",
    "date": _day,
    "time": _time,
    "duration": lambda r: f"PT{r.randint(1, 59)}M",
    "uuid": lambda r: str(UUID(int=r.getrandbits(128), version=4)),
    "uri": _url,
    "url": _url,
    "iri": _url,
    "uri-reference": _url,
    "iri-reference": _url,
    "uri-template": lambda r: f"{_url(r)}{{/id}}",
    "email": _address,
    "idn-email": _address,
    "hostname": lambda r: f"{_word(r)}.example",
    "idn-hostname": lambda r: f"{_word(r)}.example",
    "ipv4": lambda r: f"192.0.2.{r.randint(1, 254)}",
    "ipv6": lambda r: f"2001:db8::{r.randint(1, 9999)}",
    "json-pointer": lambda r: f"/{_word(r)}",
    "relative-json-pointer": lambda r: f"0/{_word(r)}",
    "regex": lambda r: f"^{_word(r)}$",
}


def _discriminated(schema: Mapping[str, Any], branch: Any) -> dict[str, Any]:
    """What a choice says of the field that tells its branches apart."""
    discriminator = schema.get("discriminator")
    reference = branch.get("$ref", "") if isinstance(branch, dict) else ""
    if not isinstance(discriminator, dict) or not reference or "propertyName" not in discriminator:
        return {}
    mapping = discriminator.get("mapping") or {}
    name = reference.rpartition("/")[2]
    value = next((value for value, target in mapping.items() if target in {reference, name}), name)
    field = str(discriminator["propertyName"])
    return {"properties": {field: {"const": value}}, "required": [field]}


def _examples(schema: Mapping[str, Any]) -> list[Any]:
    several = schema.get("examples")
    found = [schema["example"]] if "example" in schema else []
    return [*found, *(several if isinstance(several, list) else [])]


_JSON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a listed value or an example is not plainly against what the schema says beside it."""
    kinds = schema.get("type")
    named = kinds if isinstance(kinds, list) else [kinds] if isinstance(kinds, str) else list(_JSON_TYPES)
    if not any(isinstance(value, _JSON_TYPES.get(str(name), ())) for name in named):
        return False
    if isinstance(value, bool) and "boolean" not in named:
        return False
    if isinstance(value, str):
        return _text_fits(value, schema)
    if isinstance(value, int | float):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def _text_fits(value: str, schema: Mapping[str, Any]) -> bool:
    return (
        schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        and ("pattern" not in schema or re.search(schema["pattern"], value) is not None)
        and ("format" not in schema or _FORMATS.conforms(value, str(schema["format"])))
    )


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The keywords of two schemas that both hold, the stricter of each where that can be said."""
    shared = {name: _stricter(name, one[name], value) for name, value in other.items() if name in one}
    return {**one, **other, **shared}


_LOWER: Final = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_UPPER: Final = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})


def _stricter(name: str, one: Any, other: Any) -> Any:
    if name in {"properties", "patternProperties"}:
        shared = {k: {"allOf": [one[k], v]} for k, v in other.items() if k in one and one[k] != v}
        return {**one, **other, **shared}
    if name == "required":
        return list(dict.fromkeys([*one, *other]))
    if name in _LOWER or name in _UPPER:
        return max(one, other) if name in _LOWER else min(one, other)
    if name == "enum":
        return [value for value in one if value in other]
    if name == "type":
        return _shared_kinds(one, other)
    if name in {"items", "additionalProperties"} and one != other:
        return False if False in (one, other) else {"allOf": [one, other]}
    return one if name == "const" else other


def _shared_kinds(one: Any, other: Any) -> list[str]:
    """The types that both allow; a whole number is a number."""
    left, right = ([kinds] if isinstance(kinds, str) else list(kinds) for kinds in (one, other))
    shared = [k for k in left if k in right or (k == "integer" and "number" in right)]
    return shared + [k for k in right if k == "integer" and "number" in left and k not in shared]
