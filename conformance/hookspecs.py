"""The hooks that the plugin offers to conftest files and other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.report import Report

__all__ = ["pytest_conformance_report"]


@pytest.hookspec
def pytest_conformance_report(config: pytest.Config, report: Report) -> None:
    """Called once, after the files of a run were written; what it raises is the caller's to mend."""
