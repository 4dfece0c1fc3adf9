"""A way for Hypothesis to draw that does not hang on the process it runs in.

Hypothesis mixes in constants of whatever modules are loaded, which would give every partner another exam. It has no
public switch for that. A version that has moved the private one cannot be imported here, and then draws as it likes:
the digest in the report says that the exam is another.
"""

from __future__ import annotations

from typing import Any, Final

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

__all__ = ["SameForAll", "register"]

_NAME: Final = "conformance"


class SameForAll(HypothesisProvider):
    """Draws as Hypothesis does, without constants from outside."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


def register() -> str:
    """Make Hypothesis know it; returns the name for `settings(backend=…)`."""
    AVAILABLE_PROVIDERS[_NAME] = f"{__name__}.{SameForAll.__name__}"
    return _NAME
