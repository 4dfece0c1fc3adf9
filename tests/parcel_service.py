"""The platform of docs/examples: thin events in a nested envelope, tenants in the URL, Ed25519; nothing of it is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["LARKPOST"]

LARKPOST: Final = str(Path(__file__).parent.parent / "docs" / "examples" / "larkpost")
