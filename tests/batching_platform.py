"""A platform of the tests that delivers lists of events: FeeWise in everything else, and no shipped platform does."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from conformance import pointer
from conformance.platform.description import Description, from_raw
from conformance.platform.description_file import locate
from conformance.platform.yaml_file import read_yaml

__all__ = ["description", "platform"]


@cache
def _raw() -> Any:
    path = locate("feewise")
    raw = pointer.write(read_yaml(path), "/name", "batching")
    raw = pointer.write(raw, "/document", str(path.parent / raw["document"]))
    return pointer.write(raw, "/deliveries/form", "batch")


def description() -> Description:
    """The description of the platform."""
    return from_raw(_raw(), Path())


def platform(folder: Path) -> Path:
    """Write the platform; the path of its description."""
    path = folder / "platform.yaml"
    path.write_text(json.dumps(_raw()), encoding="utf-8")
    return path
