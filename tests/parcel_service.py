"""The platform of docs/examples: thin events in a nested envelope, tenants in the URL, a pair of keys."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["LARKPOST"]

LARKPOST: Final = str(Path(__file__).parent.parent / "docs" / "examples" / "larkpost")
