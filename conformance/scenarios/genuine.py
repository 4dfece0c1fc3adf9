"""Stories about deliveries that look odd and are genuine: a correct partner accepts them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conformance import pointer
from conformance.exchange import Headers
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, compact
from conformance.scenarios.authenticity import first_kind
from conformance.scenarios.forgeries import strangers_wrapping, unknown_beside
from conformance.scenarios.story import story
from conformance.signing import Signer
from conformance.stage import Stage

__all__ = ["LATE", "SKEWS", "UNUSUAL"]

# A partner may choose a tolerance of a minute, and nothing is ever sent at the very limit.
_SKEW: Final = 50.0
_HOUR: Final = 3600.0
_SLASH: Final = "and/or"
_ESCAPE: Final = "\x1b"


def _spaced(content: Any) -> bytes:
    return json.dumps(content, indent=2, separators=(" , ", " : "), ensure_ascii=True).encode("ascii")


def _reversed(content: Any) -> bytes:
    return compact(dict(reversed(content.items())))


def _final_newline(content: Any) -> bytes:
    return compact(content) + b"\n"


def _slashes_escaped(content: Any) -> bytes:
    return compact(content).replace(b"/", rb"\/")


def _escapes_in_upper_case(content: Any) -> bytes:
    return compact(content).replace(rb"\u001b", rb"\u001B")


# How the content is written, and the text that must stand in a free string of it, or None.
_WRITTEN: Final[Mapping[str, tuple[Callable[[Any], bytes], str]]] = {
    "white-space": (_spaced, ""),
    "key-order": (_reversed, ""),
    "final-newline": (_final_newline, ""),
    "escaped-slash": (_slashes_escaped, _SLASH),
    "escaped-control-character": (_escapes_in_upper_case, _ESCAPE),
}
UNUSUAL: Final = (*_WRITTEN, "decimal-fraction")
SKEWS: Final = ("behind", "ahead")
LATE: Final = {"one-hour-old": _HOUR, "one-day-old": 24 * _HOUR}
