"""The hooks of a pytest session that start and answer for a partner, as plain functions."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.control import CALLS
from conformance.errors import RunRefused
from conformance.hooks import Hooks
from conformance.kit import Secrets

__all__ = ["hooks_of"]


def hooks_of(config: pytest.Config) -> Hooks:
    """What conftest files and plugins implement; the conftest files of the session must have been read by now."""

    def start(platform_url: str, secrets: Secrets) -> Any:
        return config.hook.pytest_partner_start(config=config, platform_url=platform_url, secrets=secrets)

    def sign(key: bytes, content: bytes) -> bytes:
        made = config.hook.pytest_conformance_sign(key=key, content=content)
        if not isinstance(made, bytes):
            raise RunRefused(f"pytest_conformance_sign returned {type(made).__name__} in place of bytes.")
        return made

    calls = {name: getattr(config.hook, f"pytest_partner_{name}") for name in CALLS}
    return Hooks(
        start=start if _is_implemented(config.hook.pytest_partner_start) else None,
        sign=sign if _is_implemented(config.hook.pytest_conformance_sign) else None,
        calls={name: hook for name, hook in calls.items() if _is_implemented(hook)},
    )


def _is_implemented(hook: Any) -> bool:
    """Whether somebody answers, and not only wraps the answers of others."""
    return any(not (each.wrapper or each.hookwrapper) for each in hook.get_hookimpls())
