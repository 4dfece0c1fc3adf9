"""Every history that an item can have over its rounds: how it began beside others, and what came of it alone.

What each comes to is kept beside what the cases are told; `test_histories.py` compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from conformance.catalogue import shipped_catalogue
from conformance.judge.decision import doubts, requirement_results
from conformance.transcript import Outcome, Transcript
from judge.overlaps import BAD, EVERY, GOOD, LATE
from transcripts import Moment, Scene, delivered, feewise, planned, play, wawex

__all__ = ["histories", "told_of"]

_MOMENTS: Final = {"good": GOOD, "late": LATE, "bad": BAD}
_ENDS: Final = {"open": Outcome.NOT_ASSESSABLE, "unplayed": Outcome.NOT_RUN, "error": Outcome.ERROR}
_ADVICE: Final = {"/levels": {"ACK-01": "SHOULD"}}
_FORGERIES: Final = {"taken": 200, "crash": 500, "refused": 401}


def histories() -> Iterator[tuple[str, str, Transcript]]:
    """Its name, the requirement that is judged, and the transcript."""
    for told in (_of_one_item(), _of_advice(), _of_a_forgery(), _of_siblings()):
        yield from ((f"rounds: {name}", requirement, transcript) for name, requirement, transcript in told)


def _later(words: tuple[str, ...], most: int = 2) -> Iterator[tuple[str, ...]]:
    for number in range(most + 1):
        yield from product(words, repeat=number)


def _scene(word: str, number: int, *, alone: bool, parameter: str = "A") -> Scene:
    if word in _MOMENTS:
        return play(EVERY, parameter, _MOMENTS[word], round=number, alone=alone)
    return play(EVERY, parameter, round=number, alone=alone, outcome=_ENDS[word], reason="cut short")


def _rounds(first: str, later: tuple[str, ...], *, alone: bool = False, parameter: str = "A") -> list[Scene]:
    repeated = [_scene(word, number, alone=True, parameter=parameter) for number, word in enumerate(later, start=1)]
    return [_scene(first, 0, alone=alone, parameter=parameter), *repeated]


def _of_one_item() -> Iterator[tuple[str, str, Transcript]]:
    for first, alone in product(_MOMENTS, (False, True)):
        # What passed is not repeated for itself, so that two histories show it.
        for later in ((), ("bad",)) if first == "good" else _later((*_MOMENTS, *_ENDS)):
            name = f"{first} {'alone' if alone else 'beside others'}, then {' '.join(later) or 'nothing'}"
            yield name, "ACK-01", wawex(*_rounds(first, later, alone=alone))


def _of_advice() -> Iterator[tuple[str, str, Transcript]]:
    for first in ("late", "bad"):
        for later in _later(tuple(_MOMENTS)):
            name = f"advice: {first}, then {' '.join(later) or 'nothing'}"
            yield name, "ACK-01", wawex(*_rounds(first, later), changed=_ADVICE)


def _of_a_forgery() -> Iterator[tuple[str, str, Transcript]]:
    for first in ("taken", "crash"):
        for later in _later(tuple(_FORGERIES)):
            scenes = [_forged(word, number) for number, word in enumerate((first, *later))]
            yield f"forgery: {first}, then {' '.join(later) or 'nothing'}", "SIG-01", feewise(*scenes)


def _forged(word: str, number: int) -> Scene:
    control: Moment = delivered("control", event="e0", about="o0")
    forged = delivered("forged", genuine=False, status=_FORGERIES[word])
    return play("forged-event", "no-signature", control, forged, round=number, alone=number > 0)


def _of_siblings() -> Iterator[tuple[str, str, Transcript]]:
    changes: tuple[tuple[str, Any], ...] = (("", None), ("advice ", _ADVICE))
    for (kind, changed), first in product(changes, ("late", "bad")):
        for one, two in product(("", *_MOMENTS), repeat=2):
            later = {"A": (one,) if one else (), "B": (two,) if two else (), "C": (), "D": ()}
            scenes = [scene for name in later for scene in _rounds(first, later[name], parameter=name)]
            name = f"{kind}siblings: four {first}, then {one or 'nothing'} and {two or 'nothing'}"
            yield name, "ACK-01", wawex(*scenes, changed=changed)


def told_of(requirement: str, transcript: Transcript) -> list[str]:
    """What an item, and each of its siblings, comes to, and what is to be repeated next."""
    given = planned(transcript, requirement)
    (result,) = requirement_results(given, shipped_catalogue())
    items = [f"{item.parameter} {item.verdict} {item.reason}".rstrip() for item in result.items]
    again = (f"{s}[{p}]" for d in doubts(given, shipped_catalogue()) for s, p in d.plays)
    return [f"{result.verdict} {result.reason}".rstrip(), *items, f"again {','.join(again) or 'nothing'}"]
