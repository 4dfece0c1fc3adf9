"""The hooks that the plugin offers to conftest files and other plugins.

Those named `pytest_partner_…` let the kit start and ask a partner in this process; what is implemented is offered.
They are called in threads, several at once, and not in the main thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.extension import Extension
    from conformance.kit import Secrets
    from conformance.report import Report

__all__ = [
    "pytest_conformance_report",
    "pytest_conformance_requirements",
    "pytest_conformance_sign",
    "pytest_partner_create",
    "pytest_partner_events",
    "pytest_partner_objects",
    "pytest_partner_recover",
    "pytest_partner_secrets",
    "pytest_partner_start",
    "pytest_partner_subscribe",
    "pytest_partner_unsubscribe",
    "pytest_partner_update",
]


@pytest.hookspec
def pytest_conformance_report(config: pytest.Config, report: Report) -> None:
    """Called once, after the files of a run were written; what it raises is the caller's to mend."""


@pytest.hookspec
def pytest_conformance_requirements(register: Callable[[Extension], None]) -> None:
    """Give `register` each extension with requirements of your own; called once a partner is named, before a run."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_sign(key: bytes, content: bytes) -> bytes | None:
    """Return the signature that the key makes of the content, where a platform has `signature: {scheme: own}`.

    `content` is the template of the description, filled in; the description says how the bytes are encoded and which
    headers carry them. It is called in another thread, for every delivery, often with keys that are not the platform's.
    """


@pytest.hookspec(firstresult=True)
def pytest_partner_start(config: pytest.Config, platform_url: str, secrets: Secrets) -> str | None:
    """Start the partner on the loopback interface and return its webhook URL; called with `--partner-url=hook`.

    The partner's API client calls `platform_url`; `secrets` has the attributes `signing`, `api_key`, `partner_id`,
    `webhook_token` and `control_token`.
    """


@pytest.hookspec(firstresult=True)
def pytest_partner_create(object_type: str) -> str | None:
    """Have the partner's API client create such an object; return its id once the platform has answered."""


@pytest.hookspec(firstresult=True)
def pytest_partner_update(object_type: str, object_id: str) -> object:
    """Have the partner's API client update that object; what is returned does not matter."""


@pytest.hookspec(firstresult=True)
def pytest_partner_objects(object_type: str, object_id: str, tenant: str) -> Mapping[str, Any] | None:
    """Return what the partner holds of that object, its fields named as the platform names them; None for nothing.

    `tenant` is empty where the platform has none.
    """


@pytest.hookspec(firstresult=True)
def pytest_partner_events(event_id: str) -> int | None:
    """Return how often the partner handled that event to its end, 0 for never."""


@pytest.hookspec(firstresult=True)
def pytest_partner_subscribe(url: str, event_types: Sequence[str]) -> Sequence[str] | None:
    """Have the partner's API client subscribe; return the ids that the platform gave."""


@pytest.hookspec(firstresult=True)
def pytest_partner_unsubscribe(ids: Sequence[str]) -> object:
    """Have the partner's API client delete these subscriptions; what is returned does not matter."""


@pytest.hookspec(firstresult=True)
def pytest_partner_recover(status: str) -> object:
    """Have the partner's API client ask for missed events, only for failed ones if `status` is `failed`, else empty."""


@pytest.hookspec(firstresult=True)
def pytest_partner_secrets(accept: Sequence[str]) -> object:
    """Have the partner accept these signing secrets from now on; what is returned does not matter."""
