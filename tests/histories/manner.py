"""In what manner a correct partner does what it must: all that requirements leave to it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal, TypeAlias

from hypothesis import strategies as st

from shipped import seeded
from transcripts import ALL_CALLS

__all__ = ["Hiccup", "Manner", "manners"]

# What may become of a delivery before it is made again, and is none of the partner's word about the event.
Hiccup: TypeAlias = Literal["refused", "closed", "limited", "overloaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The habits of one partner.

    `slowness` is the part of each limit that it takes, `reaction` the seconds until it works on what it has accepted;
    `pauses` are those before its retries, and it gives up when they are spent.
    Two are none of its habits: `kit_stalls` says that the kit stands still now and then, so that answers seem to be
    late, and `shares` that other test workers share the machine, so that they are.
    """

    offers: tuple[str, ...] = ALL_CALLS
    accepted: int = 202
    talkative: bool = False
    unauthorized: int = 401
    malformed: int = 400
    unallowed: int = 405
    slowness: float = 0.01
    reaction: float = 0.05
    begins_early: bool = False
    gets_strangers: bool = False
    gets_twice: bool = False
    gets_again: bool = False
    spells_loud: bool = False
    keeps_objects: bool = True
    takes_oddities: bool = True
    pauses: tuple[float, ...] = (0.0, 1.5, 3.0, 6.0)
    patient: bool = False
    polls: bool = False
    reacts: bool = False
    pages: bool = False
    keeps_an_outbox: bool = False
    kit_stalls: bool = False
    shares: bool = False
    subscribes_one_by_one: bool = False
    looks_first: bool = True
    asks_by_event: bool = False
    hiccups: tuple[Hiccup, ...] = ()
    restarts: bool = False


# What a partner may do in another way than the plain one, field by field.
_CHOICES: Final[dict[str, tuple[Any, ...]]] = {
    "offers": ((), *((call,) for call in ALL_CALLS), ("events",), ("objects", "create"), ALL_CALLS[:4], ALL_CALLS[4:]),
    "accepted": (200, 201, 203, 204, 207, 299),
    "talkative": (True,),
    "unauthorized": (403,),
    "malformed": (415, 422),
    "unallowed": (404, 501),
    "slowness": (0.001, 0.5, 0.98),
    "reaction": (0.0, 0.4, 5.0),
    "begins_early": (True,),
    "gets_strangers": (True,),
    "gets_twice": (True,),
    "gets_again": (True,),
    "spells_loud": (True,),
    "keeps_objects": (False,),
    "takes_oddities": (False,),
    "pauses": ((0.02, 1.0, 1.5, 3.0), (0.5, 1.3, 2.0, 4.0), (1.0, 5.0, 7.5), (2.0, 2.0, 2.0, 2.0)),
    "patient": (True,),
    "polls": (True,),
    "reacts": (True,),
    "pages": (True,),
    "keeps_an_outbox": (True,),
    "kit_stalls": (True,),
    "shares": (True,),
    "subscribes_one_by_one": (True,),
    "looks_first": (False,),
    "asks_by_event": (True,),
    "hiccups": (("refused",), ("closed",), ("limited",), ("overloaded",), ("refused", "limited")),
    "restarts": (True,),
}
# A number of so many bits is drawn evenly; of more, Hypothesis prefers the small ones.
_BITS: Final = 14


def _departing(fields: int, more: int, random: Random) -> Manner:
    """The plain manner, but for the fields whose bits are set."""
    mask = fields | more << _BITS
    chosen = {name: random.choice(values) for at, (name, values) in enumerate(_CHOICES.items()) if mask >> at & 1}
    return Manner(**chosen)


def manners() -> st.SearchStrategy[Manner]:
    """Partners that keep every requirement, each in a way of its own; the least of them is the plain one."""
    mask = st.integers(0, 2**_BITS - 1)
    return st.builds(_departing, mask, mask, st.integers(0, 2**32).map(seeded))
