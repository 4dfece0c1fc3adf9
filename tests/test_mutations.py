"""Small wrongs are found where code decides, and nowhere else."""

from __future__ import annotations

import ast
from enum import Enum
from typing import Any

import pytest

from mutations import Mutation, mutations


class Colour(Enum):
    """Something with members."""

    RED = 1
    GREEN = 2


def _found(source: str, **names: Any) -> list[Mutation]:
    return list(mutations(ast.parse(source), names))


def _changed(source: str, **names: Any) -> list[str]:
    """The source after each mutation."""
    changed = []
    for number in range(len(_found(source, **names))):
        tree = ast.parse(source)
        list(mutations(tree, names))[number].apply()
        compile(tree, "changed", "exec")
        changed.append(ast.unparse(tree))
    return changed


def _paint(shade: int = 1, *, bright: bool = False) -> None:
    """Something with a parameter that may be left out."""


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a < b", ["a <= b"]),
        ("a is not b", ["a is b"]),
        ("a in b", ["a not in b"]),
        ("a and b", ["b", "a", "a or b"]),
        ("a or b or c", ["b or c", "a or c", "a or b", "a and b and c"]),
        ("not a", ["a"]),
        ("a + b", ["a - b"]),
        ("a + 'x'", ["a + 'xX'"]),
        ("x = 3", ["x = 4"]),
        ("x = True", ["x = False"]),
        ("x = b'a'", ["x = b'aX'"]),
        ("x = 'name'", ["x = 'nameX'"]),
        ("x = 'words to read'", []),
        ("x = f'words {a < b}'", ["x = f'words {a <= b}'"]),
        ("any(a)", ["pass", "all(a)"]),
        ("x = a.lower()", ["x = a.upper()"]),
        ("x = [b for b in c if b]", ["x = [b for b in c]"]),
        ("x = a[1:]", ["x = a[None:]", "x = a[2:]"]),
        ("x = a if b else c", ["x = a if True else c", "x = a if False else c"]),
        ("x = Colour.RED", ["x = Colour.GREEN"]),
        ("x = Colour.GREEN", ["x = Colour.RED"]),
        ("x = paint(bright=y)", ["x = paint()"]),
        ("x = other(bright=y)", []),
        ("x = min(a, key=b)", ["x = max(a, key=b)", "x = min(a)"]),
        ("raise a", ["pass"]),
        ("__all__ = ['a']", []),
        ("import a", []),
        ("x: 'Text' = y", []),
    ],
)
def test_each_place_has_its_wrongs(source: str, changed: list[str]) -> None:
    """Conditions, operators, values and names; nothing that people read."""
    assert changed == _changed(source, Colour=Colour, paint=_paint)


def test_statements_of_a_function_are_dropped() -> None:
    """What it says, and what it returns."""
    source = 'def f():\n    """Say."""\n    yield a\n    return\n    return b'

    assert [
        'def f():\n    """Say."""\n    yield from ()\n    return\n    return b',
        'def f():\n    """Say."""\n    yield a\n    pass\n    return b',
        'def f():\n    """Say."""\n    yield a\n    return\n    return None',
    ] == _changed(source)


def test_a_mutation_knows_its_function_and_its_lines() -> None:
    """The outermost one; what is evaluated when that is defined belongs to none."""
    source = "@d(1)\ndef f(x=2):\n    def g():\n        return a < b\n    if (x and\n        y):\n        return None\n"
    found = _found(source)
    inside = [m for m in found if m.function is not None]

    assert ["2", "1"] == [m.was for m in found if m.function is None]
    assert {"f"} == {m.function.name for m in inside if m.function is not None}
    assert {range(4, 5), range(5, 7)} == {m.lines for m in inside}
    assert "4: a < b  ->  LtE" in [str(m) for m in inside]
