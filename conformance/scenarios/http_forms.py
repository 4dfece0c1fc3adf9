"""Stories about requests that say the same in another form of HTTP, and about those that HTTP lets a server refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from conformance.exchange import Headers
from conformance.kit import Wrapping
from conformance.platform.delivery_form import Shape
from conformance.platform.description import Description
from conformance.scenarios.positive_control import accepted_control, usual_type
from conformance.scenarios.story import story
from conformance.stage import Stage
from conformance.wire import PLAIN, Form

__all__ = ["CASES", "CODINGS", "CROWDS", "FOREIGN_TYPES", "JSON_TYPES", "METHODS", "spelled_type"]

# The ways to say what a body is: RFC 9110 calls type, subtype and parameter names case-insensitive.
JSON_TYPES: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "mixed-case": lambda name: "/".join((name.partition("/")[0].capitalize(), name.partition("/")[2].upper())),
    "charset": "{}; charset=utf-8".format,
    "charset-upper-case": "{};charset=UTF-8".format,
}
_CHARSETS: Final = ("charset", "charset-upper-case")
CODINGS: Final = ("chunked", "expect-continue", "reused-connection")
CASES: Final = ("lower-case-headers", "upper-case-headers", "mixed-case-headers")
CROWDS: Final = ("many-headers", "long-header")
FOREIGN_TYPES: Final[Mapping[str, str]] = {
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
}
# What stands for a form where the events themselves are one.
_FOREIGN_TO_FORMS: Final[Mapping[str, str]] = {**FOREIGN_TYPES, "form": "", "json": "application/json"}
METHODS: Final = ("GET", "PUT", "PATCH", "DELETE")
# Requests over one connection, and chunks of one body.
_IN_A_ROW: Final = 3
_CHUNKS: Final = 4
# The most that servers take without being told to: many stop at 100 headers, or at 8 kB of them all.
_CROWD: Final = 50
_LONG: Final = 4096


def unusual_forms(description: Description) -> tuple[str, ...]:
    """The forms in which a genuine event is as good as in any other."""
    left_out = () if description.form.may_name_charset else _CHARSETS
    return (*(name for name in JSON_TYPES if name not in left_out), *CODINGS, *CASES, *CROWDS)


def spelled_type(description: Description, form: str) -> str:
    """The content type of the platform's events, said in a way of its own."""
    return JSON_TYPES[form](description.form.content_type)


@story("unusual-form", per=unusual_forms)
async def unusual_form(stage: Stage) -> None:
    """After a genuine event comes another that is as genuine, in a form of HTTP that is less common."""
    kind = usual_type(stage.description)
    await stage.deliver_accepted(stage.event(stage.make(kind), "created", age=30), "control")
    for _ in range(_IN_A_ROW if stage.parameter == "reused-connection" else 1):
        event = stage.event(stage.make(kind), "created", age=30)
        await stage.deliver(event, "unusual", wrapping=_wrapping(stage))


def _wrapping(stage: Stage) -> Wrapping:
    form = stage.parameter
    codings = {
        "chunked": Form(chunks=_CHUNKS),
        "expect-continue": Form(expect=True),
        "reused-connection": Form(connection=stage.play),
    }
    if form in codings:
        return Wrapping(form=codings[form])
    # By the wire, which sends headers as they are spelled.
    return Wrapping(form=PLAIN, edit=lambda headers: _edited(headers, form, stage.description))


def _edited(headers: Headers, form: str, description: Description) -> Headers:
    if form in JSON_TYPES:
        return _typed(headers, spelled_type(description, form))
    if form == "many-headers":
        return (*headers, *((b"X-Extra-%d" % number, b"value-%d" % number) for number in range(_CROWD)))
    if form == "long-header":
        return (*headers, (b"X-Extra", b"0123456789abcdef" * (_LONG // 16)))
    return tuple((_spelled(name, form), value) for name, value in headers)


def _typed(headers: Headers, content_type: str) -> Headers:
    """The headers with another content type."""
    return tuple((name, content_type.encode() if name.lower() == b"content-type" else value) for name, value in headers)


def _spelled(name: bytes, form: str) -> bytes:
    if form == "lower-case-headers":
        return name.lower()
    if form == "upper-case-headers":
        return name.upper()
    return b"".join(bytes([c]).upper() if at % 2 else bytes([c]).lower() for at, c in enumerate(name))


def foreign_types(description: Description) -> tuple[str, ...]:
    """The content types that an event never has."""
    return tuple(_foreign(description))


def _foreign(description: Description) -> Mapping[str, str]:
    """The content types by their names; none that the platform's own events have."""
    own = description.form.content_type.lower()
    known = _FOREIGN_TO_FORMS if description.form.shape is Shape.FORM else FOREIGN_TYPES
    return {name: content_type for name, content_type in known.items() if content_type not in {"", own}}


@story("foreign-content-type", per=foreign_types, negative=True)
async def foreign_content_type(stage: Stage) -> None:
    """A delivery that is genuine in every way but that it calls its body something else than it is."""
    content_type = _foreign(stage.description)[stage.parameter]
    await _refusable(stage, Wrapping(edit=lambda headers: _typed(headers, content_type)))


def other_methods(description: Description) -> tuple[str, ...]:
    """The methods by which neither an event nor a challenge comes."""
    handshake = description.handshake
    asked = handshake.challenge.method if handshake is not None and handshake.challenge is not None else ""
    return tuple(method for method in METHODS if method != asked)


@story("other-method", per=other_methods, negative=True)
async def other_method(stage: Stage) -> None:
    """A delivery that is genuine in every way but its method; GET and DELETE come without a body, as HTTP wants it."""
    without = stage.parameter in {"GET", "DELETE"}
    await _refusable(stage, Wrapping(method=stage.parameter, body=b"" if without else None))


async def _refusable(stage: Stage, wrapping: Wrapping) -> None:
    kind = usual_type(stage.description)
    await accepted_control(stage, kind)
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(event, "refusable", genuine=False, wrapping=wrapping)
    await stage.quiet(kind)
    await stage.ask_effect(event)
