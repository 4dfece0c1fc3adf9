"""A small platform whose corpus is drawn in a moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.platform.specification import Specification, read_specification
from small_platform import platform


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Specification:
    """The specification of a small platform."""
    folder: Path = tmp_path_factory.mktemp("small")
    return read_specification(str(platform(folder)))
