"""A platform of the tests that signs as Standard Webhooks do: versions, and several signatures while a key changes.

Neither shipped platform does; this one is FeeWise in everything else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from conformance import pointer
from conformance.platform.description import Description, from_raw
from conformance.platform.description_file import locate
from conformance.platform.yaml_file import read_yaml

__all__ = ["SCHEME", "description", "platform"]

# The values that differ, by their pointers.
SCHEME: Final[Mapping[str, Any]] = {
    "/signature": {
        "digest": "sha256",
        "content": "{id}.{timestamp}.{body}",
        "encoding": "base64",
        "headers": {"webhook-id": "{id}", "webhook-timestamp": "{timestamp}", "webhook-signature": "{signature}"},
        "version": "v1,",
        "unknown_version": "v9,",
        "separator": " ",
        "tolerance": 300,
    }
}


@cache
def _raw() -> Any:
    path = locate("feewise")
    raw = pointer.write(read_yaml(path), "/name", "rotating")
    raw = pointer.write(raw, "/document", str(path.parent / raw["document"]))
    for at, value in SCHEME.items():
        raw = pointer.write(raw, at, value)
    return raw


def description() -> Description:
    """The description of the platform."""
    return from_raw(_raw(), Path())


def platform(folder: Path) -> Path:
    """Write the platform; the path of its description."""
    path = folder / "platform.yaml"
    path.write_text(json.dumps(_raw()), encoding="utf-8")
    return path
