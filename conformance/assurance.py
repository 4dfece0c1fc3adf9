"""What an attestation of a run is worth: three levels, each with the words that say what it proves and what not."""

from __future__ import annotations

from enum import Enum

from conformance.transcript import Party

__all__ = ["Assurance", "claimed"]


class Assurance(Enum):
    """A level and its words."""

    INTEGRITY = 1, "run by the partner; whoever holds the key vouches that nothing was changed since"
    FRESHNESS = 2, "run by the partner with a nonce that the platform gave; fresh and whole, on the partner's machine"
    OWN_RUN = 3, "run by the platform, which vouches with its own key"

    @property
    def number(self) -> int:
        """1, 2 or 3; a higher one says more."""
        return self.value[0]

    @property
    def says(self) -> str:
        """What it proves, as reports and the gate say it."""
        return self.value[1]


def claimed(run_by: Party, nonce: str) -> Assurance:
    """The highest level that an attestation of such a run can have; a gate believes keys and its own nonce only."""
    if run_by is Party.PLATFORM:
        return Assurance.OWN_RUN
    return Assurance.FRESHNESS if nonce else Assurance.INTEGRITY
