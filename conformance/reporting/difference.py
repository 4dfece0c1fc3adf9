"""What differs between two short texts, word by word; texts that say quite different things are left as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

__all__ = ["Piece", "difference"]

_WORD: Final = re.compile(r"\w+|\s+|.", re.DOTALL)
_MOST_WORDS: Final = 120
# Below this most words differ, and marks on most words point at nothing.
_ALIKE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether it differs."""

    text: str
    differs: bool


def difference(expected: str, actual: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts in pieces."""
    ours, theirs = _WORD.findall(expected), _WORD.findall(actual)
    if max(len(ours), len(theirs)) > _MOST_WORDS:
        return _whole(expected), _whole(actual)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return _whole(expected), _whole(actual)
    told = matcher.get_opcodes()
    return (
        _pieces((ours[begin:end], tag != "equal") for tag, begin, end, _, _ in told),
        _pieces((theirs[begin:end], tag != "equal") for tag, _, _, begin, end in told),
    )


def _pieces(stretches: Iterable[tuple[list[str], bool]]) -> tuple[Piece, ...]:
    return tuple(Piece("".join(words), differs) for words, differs in stretches if words)


def _whole(text: str) -> tuple[Piece, ...]:
    return (Piece(text, differs=False),)
