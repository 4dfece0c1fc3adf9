"""Texts that match a regular expression, made from the expression itself."""

from __future__ import annotations

import importlib
import re
from random import Random
from typing import Any, Final

__all__ = ["text_like"]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": _LETTERS,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": _LETTERS,
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": _LETTERS,
}
_TRIES: Final = 10
# By how much a repeat goes beyond the least that it asks for, from some attempts to the next.
_GENEROSITY: Final = (2, 0, 8, 40, 200, 1000)


def text_like(pattern: str, random: Random, *, least: int = 0, most: int | None = None) -> str | None:
    """A text that the pattern finds, `least` to `most` characters long; None where none was found."""
    try:
        tokens = importlib.import_module("re._parser").parse(pattern)
        expression = re.compile(pattern)
    except (ImportError, re.error, OverflowError, RecursionError):
        return None
    for generosity in (*_GENEROSITY[:3], least + least // 2, *_GENEROSITY[3:]):
        for _ in range(_TRIES):
            text = "".join(_made(tokens, random, generosity, {}))
            if least <= len(text) <= (len(text) if most is None else most) and expression.search(text):
                return text
    return None


def _made(tokens: Any, random: Random, generosity: int, groups: dict[int, str]) -> list[str]:
    return [_one(str(code), argument, random, generosity, groups) for code, argument in tokens]


def _one(code: str, argument: Any, random: Random, generosity: int, groups: dict[int, str]) -> str:
    if code == "LITERAL":
        return chr(argument)
    if code in {"ANY", "NOT_LITERAL"}:
        return random.choice([c for c in _LETTERS if ord(c) != argument])
    if code == "IN":
        return _member(argument, random)
    if code == "BRANCH":
        return "".join(_made(random.choice(argument[1]), random, generosity, groups))
    if code == "SUBPATTERN":
        made = "".join(_made(argument[3], random, generosity, groups))
        groups[argument[0] or 0] = made
        return made
    if code.endswith("_REPEAT"):
        least, most, inner = argument
        times = random.randint(least, min(int(most), least + generosity))
        return "".join("".join(_made(inner, random, generosity, groups)) for _ in range(times))
    if code == "GROUPREF":
        return groups.get(argument, "")
    return "".join(_made(argument, random, generosity, groups)) if code == "ATOMIC_GROUP" else ""


def _member(items: Any, random: Random) -> str:
    """One character of a set; of a set of what is left out, one that stands in none of its ranges."""
    codes = [(str(code), argument) for code, argument in items]
    if codes[0][0] == "NEGATE":
        left_out = re.compile(_as_set(codes[1:]))
        return random.choice([c for c in f"{_LETTERS}ABC019 -_.:/é" if not left_out.match(c)] or ["\x00"])
    code, argument = random.choices(codes, [_width(*item) for item in codes])[0]
    if code == "RANGE":
        return chr(random.randint(*argument))
    return chr(argument) if code == "LITERAL" else random.choice(_CATEGORIES.get(str(argument), _LETTERS))


def _width(code: str, argument: Any) -> int:
    return min(argument[1] - argument[0] + 1, 100) if code == "RANGE" else 10 if code == "CATEGORY" else 1


def _as_set(codes: list[tuple[str, Any]]) -> str:
    shorthand = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}
    shorthand |= {name.replace("_", "_NOT_", 1): text.upper() for name, text in shorthand.items()}
    parts = []
    for code, argument in codes:
        if code == "RANGE":
            parts.append(f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}")
        else:
            parts.append(re.escape(chr(argument)) if code == "LITERAL" else shorthand.get(str(argument), ""))
    return f"[{''.join(parts)}]" if "".join(parts) else r"(?!)"
