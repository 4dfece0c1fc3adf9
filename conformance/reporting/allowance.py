"""How much of something a page may hold, so that a report of a long run opens as one of a short run does."""

from __future__ import annotations

__all__ = ["Allowance"]


class Allowance:
    """Room that is given away until it is gone."""

    def __init__(self, room: int) -> None:
        self.left = room

    def takes(self, size: int) -> bool:
        """Whether there is room for this; if there is, it is taken."""
        if size > self.left:
            return False
        self.left -= size
        return True
