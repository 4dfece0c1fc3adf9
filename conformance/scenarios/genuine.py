"""Stories about deliveries that look odd and are genuine: a correct partner accepts them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from conformance import pointer
from conformance.exchange import Headers
from conformance.generate.variants import Variants
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, compact
from conformance.scenarios.authenticity import control_accepted, first_kind
from conformance.scenarios.forgeries import strangers_wrapping, unknown_beside
from conformance.scenarios.parameters import told_types
from conformance.scenarios.story import story
from conformance.signing import Signer, stranger
from conformance.stage import Stage

__all__: list[str] = []

# A partner may choose a tolerance of a minute, and nothing is ever sent at the very limit.
_SKEW: Final = 50.0
_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_BEFORE: Final = 60.0
# From here on there are no doubles between whole numbers.
_NO_HALVES: Final = 2**52

_Odd: TypeAlias = tuple[Event, Wrapping]


def _genuine(stage: Stage, kind: str = "") -> Event:
    return stage.event(stage.make(kind or first_kind(stage.description)), "created", age=30)


# Unusual JSON


def _spaced(content: Any) -> bytes:
    return json.dumps(content, indent=2, separators=(" , ", " : "), ensure_ascii=True).encode("ascii")


def _turned(content: Any) -> bytes:
    return compact(dict(reversed(content.items())))


def _ending_in_a_newline(content: Any) -> bytes:
    return compact(content) + b"\n"


def _written(stage: Stage, write: Callable[[Any], bytes]) -> _Odd:
    event = _genuine(stage)
    return event, Wrapping(body=write(event.content))


def _with_text(stage: Stage, text: str, written: bytes, unusual: bytes) -> _Odd | None:
    """An event in which a free string holds the text, with an unusual escape in the place of the usual form."""
    event = _genuine(stage)
    for at in _leaves(event.content, stage.description.payload_at, str):
        content = pointer.write(event.content, at, text)
        if not at.lower().endswith("id") and _is_allowed(stage, event, content):
            return replace(event, content=content), Wrapping(body=compact(content).replace(written, unusual))
    return None


def _with_fraction(stage: Stage) -> _Odd | None:
    """An event with a whole number where any number may stand, written with a fraction: `1.0`."""
    for kind in dict.fromkeys((first_kind(stage.description), *told_types(stage.description))):
        event = _genuine(stage, kind)
        named = Variants.of_event(stage.kit.specification, stage.description.event_types[event.type]).fixed
        for at in _leaves(event.content, stage.description.payload_at, int | float):
            number = pointer.read(event.content, at)
            if at in named or abs(number) >= _NO_HALVES:
                continue
            content = pointer.write(event.content, at, float(int(number)))
            halved = pointer.write(event.content, at, int(number) + 0.5)
            if _is_allowed(stage, event, content) and _is_allowed(stage, event, halved):
                return replace(event, content=content), Wrapping()
    return None


def _leaves(content: Any, at: str, kind: Any) -> Iterator[str]:
    """The pointers below `at` to values of a kind that stand in no list."""
    here = pointer.read(content, at)
    if isinstance(here, dict):
        for name in here:
            yield from _leaves(content, f"{at}/{name.replace('~', '~0').replace('/', '~1')}", kind)
    elif isinstance(here, kind) and not isinstance(here, bool):
        yield at


def _is_allowed(stage: Stage, event: Event, content: Any) -> bool:
    document = stage.kit.specification.document
    return not document.violations(document.event_schema_at(event.type), content)


_UNUSUAL: Final[Mapping[str, Callable[[Stage], _Odd | None]]] = {
    "white-space": lambda stage: _written(stage, _spaced),
    "key-order": lambda stage: _written(stage, _turned),
    "final-newline": lambda stage: _written(stage, _ending_in_a_newline),
    "escaped-slash": lambda stage: _with_text(stage, "one and/or the other", b"and/or", rb"and\/or"),
    "escape-in-upper-case": lambda stage: _with_text(stage, "an escape \x1b in it", rb"\u001b", rb"\u001B"),
    "fraction-of-zero": _with_fraction,
}


# Clocks, keys and versions


def _skewed(stage: Stage, direction: int) -> _Odd:
    signature = stage.description.signature
    tolerance = signature.tolerance or 0.0 if signature is not None else 0.0
    return _genuine(stage), Wrapping(age=direction * min(_SKEW, tolerance / 2))


def _beside_a_stranger(stage: Stage, *, first: bool) -> _Odd:
    """Two keys have signed: the partner's own, and one that it does not have (yet)."""
    scheme = stage.description.signature
    assert scheme is not None  # or nothing is rotated
    other = stranger(scheme, stage.random)

    def signed(signer: Signer, key: bytes) -> Headers:
        keys = (key, other) if first else (other, key)
        return signer.headers(*map(signer.signature, keys))

    return _genuine(stage), Wrapping(sign=signed)


def _late(stage: Stage, age: float) -> _Odd:
    kind = first_kind(stage.description)
    return stage.event(stage.make(kind, age=age + _BEFORE), "created", age=age), Wrapping()


_SKEWED: Final[Mapping[str, Callable[[Stage], _Odd | None]]] = {
    "clock-behind": lambda stage: _skewed(stage, 1),
    "clock-ahead": lambda stage: _skewed(stage, -1),
}
_ROTATING: Final[Mapping[str, Callable[[Stage], _Odd | None]]] = {
    "known-key-first": lambda stage: _beside_a_stranger(stage, first=True),
    "known-key-last": lambda stage: _beside_a_stranger(stage, first=False),
}
_VERSIONS: Final[Mapping[str, Callable[[Stage], _Odd | None]]] = {
    "beside-a-good-one": lambda stage: (_genuine(stage), Wrapping(sign=unknown_beside(stage))),
}
_LATE: Final[Mapping[str, Callable[[Stage], _Odd | None]]] = {
    "one-hour-old": lambda stage: _late(stage, _HOUR),
    "one-day-old": lambda stage: _late(stage, _DAY),
}
_ODD: Final = {**_UNUSUAL, **_SKEWED, **_ROTATING, **_VERSIONS, **_LATE}


def odd_forms(description: Description) -> tuple[str, ...]:
    """The ways in which a genuine delivery can look odd on the platform."""
    asked = (
        ("signature", _UNUSUAL),
        ("signed-timestamp", _SKEWED),
        ("signature-rotation", _ROTATING),
        ("signature-versions", _VERSIONS),
    )
    return tuple(
        form for feature, forms in (*asked, ("", _LATE)) if {feature} - {""} <= description.features for form in forms
    )


@story("odd-but-genuine", per=odd_forms, negative=True)
async def odd_but_genuine(stage: Stage) -> None:
    """After a genuine event comes one that looks odd and is genuine all the same, and then a forged one."""
    odd = _ODD[stage.parameter](stage)
    if odd is None:
        stage.note("left out", "no event of the platform has a place for it")
        return
    event, wrapping = odd
    kind = event.thing.object_type
    await control_accepted(stage, kind)
    await stage.deliver(event, "odd", wrapping=wrapping)
    forgery = strangers_wrapping(stage)
    if forgery is not None:
        forged = stage.event(stage.make(kind), "created", age=30, listed=False)
        await stage.deliver(forged, "forged", genuine=False, wrapping=forgery)
