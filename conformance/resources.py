"""Where the data of the kit lies: inside the package once installed, at the top of the checkout otherwise."""

from __future__ import annotations

from pathlib import Path

__all__ = ["schemas"]


def schemas() -> Path:
    """The folder `schemas/` with requirements, platforms and JSON Schemas."""
    package = Path(__file__).parent
    installed = package / "schemas"
    return installed if installed.is_dir() else package.parent / "schemas"
