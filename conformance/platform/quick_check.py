"""A first, quick answer to whether a value is valid: a compiled validator in front of the one that explains.

A run validates every event and every answer that it sends, and nearly all of them are valid. `jsonschema` takes a
millisecond to say so, `jsonschema-rs` takes ten microseconds; only what it does not pass is explained by `jsonschema`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator

__all__ = ["QuickCheck"]

_FORMATS: Final = Draft202012Validator.FORMAT_CHECKER


class QuickCheck:
    """Compiles the schemas of one document, each when it is first asked for."""

    def __init__(self, content: Any, uri: str) -> None:
        self._content = content
        self._uri = uri
        self._registry: jsonschema_rs.Registry | None = None
        self._compiled: dict[str, Callable[[Any], bool]] = {}

    def passes(self, at: str, value: Any) -> bool:
        """Whether the value is certainly valid by the schema at a pointer; False also where that cannot be told."""
        if at not in self._compiled:
            self._compiled[at] = self._compile(at)
        try:
            return self._compiled[at](value)
        except (ValueError, TypeError):  # text that is no UTF-8, numbers that are none, keys that are no text
            return False

    def _compile(self, at: str) -> Callable[[Any], bool]:
        try:
            if self._registry is None:
                self._registry = jsonschema_rs.Registry([(self._uri, self._content)], retriever=_refuse)
            return jsonschema_rs.Draft202012Validator(
                {"$ref": f"{self._uri}#{at}"},
                registry=self._registry,
                validate_formats=True,
                formats={name: partial(_conforms, name) for name in _FORMATS.checkers},
                retriever=_refuse,
            ).is_valid
        except (ValueError, TypeError, jsonschema_rs.ReferencingError):
            # A schema that it cannot compile is left to the other validator.
            return _unsure


def _conforms(name: str, value: Any) -> bool:
    """The formats are those of the validator that explains, so that the two never disagree on one."""
    return bool(_FORMATS.conforms(value, name))


def _unsure(value: Any) -> bool:
    return False


def _refuse(uri: str) -> Any:
    raise ValueError(f"refers outside the document: {uri}")
