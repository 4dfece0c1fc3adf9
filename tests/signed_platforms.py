"""Platforms of the tests that sign by every scheme that ships: FeeWise in everything else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance import pointer
from conformance.platform.description import Description, from_raw
from conformance.platform.description_file import locate
from conformance.platform.signature_check import preset_names, unfolded
from conformance.platform.yaml_file import read_yaml

__all__ = ["PRESETS", "described", "with_values"]

PRESETS = preset_names()


def described(preset: str, **differences: Any) -> Description:
    """The description of a platform that signs by a preset, with these values of its signature instead."""
    return with_values({"/signature": {"preset": preset, **differences}})


def with_values(values: Mapping[str, Any]) -> Description:
    """The description of a platform that is FeeWise but for these values, by their pointers."""
    path = locate("feewise")
    raw = pointer.write(read_yaml(path), "/document", str(path.parent / "openapi.yaml"))
    for at, value in values.items():
        raw = pointer.write(raw, at, value)
    return from_raw(unfolded(raw), Path())
