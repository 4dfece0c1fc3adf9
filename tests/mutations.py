"""The small wrongs that can be done to a module: each mutation changes one place of its syntax tree.

What text says is left alone: a string with a blank in it is wording, and so is the text of an f-string. So are
annotations, docstrings, imports, `__all__`, and whether a dataclass is frozen and slotted.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import EnumMeta
from typing import Any, Final, TypeAlias

__all__ = ["Mutation", "mutations"]

_OPERATORS: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TWINS: Final = (
    ("any", "all"),
    ("min", "max"),
    ("lower", "upper"),
    ("startswith", "endswith"),
    ("removeprefix", "removesuffix"),
    ("partition", "rpartition"),
    ("lstrip", "rstrip"),
)
_TWIN: Final = {**dict(_TWINS), **{b: a for a, b in _TWINS}}
_ANNOTATIONS: Final = {"annotation", "returns", "type_params", "format_spec", "ctx"}

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: the node that is changed, where in it, and what comes there (nothing: the element is dropped).

    `lines` are those of the statement around it, its body left out; `function` is the outermost function whose body
    holds the change, None where it is done when the module is imported.
    """

    line: int
    was: str
    becomes: str
    lines: range
    function: _Function | None
    owner: ast.AST
    field: str
    index: int | None
    node: Any

    def apply(self) -> None:
        """Change the tree that this mutation was found in, for good."""
        if self.index is None:
            setattr(self.owner, self.field, self.node)
        elif self.node is None:
            del getattr(self.owner, self.field)[self.index]
        else:
            getattr(self.owner, self.field)[self.index] = self.node

    def __str__(self) -> str:
        return f"{self.line}: {self.was}  ->  {self.becomes or 'nothing'}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a tree a walk has come to."""

    statement: ast.stmt | None = None
    function: _Function | None = None


def mutations(tree: ast.Module, names: Mapping[str, Any]) -> Iterator[Mutation]:
    """Every mutation of a module, in the order of its text; `names` is what the imported module holds."""
    yield from _within(tree, _Place(), names)


def _within(owner: ast.AST, place: _Place, names: Mapping[str, Any]) -> Iterator[Mutation]:
    for field, value in ast.iter_fields(owner):
        if field in _ANNOTATIONS:
            continue
        inside = place
        if isinstance(owner, _Function) and place.function is None and field == "body":
            inside = _Place(place.statement, owner)
        children = value if isinstance(value, list) else [value]
        for number, node in enumerate(children):
            if not isinstance(node, ast.AST) or _is_left_alone(node, owner):
                continue
            here = _Place(node, inside.function) if isinstance(node, ast.stmt) else inside
            at = (owner, field, number if isinstance(value, list) else None)
            yield from (_mutation(node, new, at, here) for new in _replacements(node, owner, field, names))
            yield from _within(node, here, names)


def _mutation(node: ast.AST, new: ast.AST | None, at: tuple[ast.AST, str, int | None], place: _Place) -> Mutation:
    line: int = getattr(node, "lineno", 0) or getattr(at[0], "lineno", 0) or getattr(place.statement, "lineno", 0)
    if new is not None:
        for part in ast.walk(new):
            if isinstance(part, ast.expr | ast.stmt) and not hasattr(part, "lineno"):
                ast.copy_location(part, node if hasattr(node, "lineno") else at[0])
    shown = at[0] if isinstance(node, ast.operator | ast.cmpop | ast.boolop) else node
    was = _short(shown)
    becomes = type(new).__name__ if shown is at[0] else _short(new) if new is not None else ""
    return Mutation(line, was, becomes, _lines(place.statement), place.function, *at, new)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:87] + "..."


def _lines(statement: ast.stmt | None) -> range:
    """The lines of a statement without those of the statements in it."""
    if statement is None:
        return range(0)
    inner = [s.lineno for s in ast.walk(statement) if isinstance(s, ast.stmt) and s is not statement]
    last = statement.end_lineno or statement.lineno
    return range(statement.lineno, max(statement.lineno + 1, min([last + 1, *inner])))


def _is_left_alone(node: ast.AST, owner: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Constant):
        return isinstance(owner, ast.JoinedStr)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "dataclass"
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _replacements(node: ast.AST, owner: ast.AST, field: str, names: Mapping[str, Any]) -> Iterator[ast.AST | None]:
    if type(node) in _OPERATORS and not _only_breaks(owner):
        yield _OPERATORS[type(node)]()
    match node:
        case ast.stmt():
            yield from _other_statements(node)
        case ast.keyword(arg=str(name)) if isinstance(owner, ast.Call) and _may_go(owner.func, name, names):
            yield None
        case ast.expr():
            if field in {"test", "guard"} and not isinstance(owner, ast.Assert):
                yield ast.Constant(value=True)
                yield ast.Constant(value=False)
            if field == "ifs":
                yield None
            if field in {"lower", "upper"} and isinstance(owner, ast.Slice):
                yield ast.Constant(value=None)
            yield from _other_expressions(node, names)


def _only_breaks(owner: ast.AST) -> bool:
    """Whether another operator makes no sense: text and lists are added, never subtracted, and types are joined."""
    sides = (owner.left, owner.right) if isinstance(owner, ast.BinOp) else ()
    plain = (ast.JoinedStr, ast.List, ast.Tuple, ast.ListComp)
    return any(
        isinstance(side, plain)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        or (isinstance(side, ast.Name) and side.id[0].isupper() and not side.id.isupper())
        for side in sides
    )


def _may_go(called: ast.expr, keyword: str, names: Mapping[str, Any]) -> bool:
    """Whether a call does without that argument; without one that is asked for it would only break."""
    if not isinstance(called, ast.Name):
        return False
    if called.id in {"min", "max", "sorted", "sum"}:
        return True
    try:
        parameter = inspect.signature(names[called.id]).parameters[keyword]
    except (KeyError, TypeError, ValueError):
        return False
    return parameter.default is not inspect.Parameter.empty


def _other_statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.Raise() | ast.Return(value=None):
            yield ast.Pass()
        case ast.Return(value=value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(value=ast.Constant(value=None))
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            # The function stays a generator, whatever else is in it.
            yield ast.Expr(value=ast.YieldFrom(value=ast.Tuple(elts=[], ctx=ast.Load())))


def _other_expressions(node: ast.expr, names: Mapping[str, Any]) -> Iterator[ast.AST]:
    match node:
        case ast.BoolOp(op=op, values=values):
            for number in range(len(values)):
                rest = [*values[:number], *values[number + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op=op, values=rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=value):
            yield from _other_values(value)
        case ast.Name(id=name, ctx=ast.Load()) if name in _TWIN and name not in names:
            yield ast.Name(id=_TWIN[name], ctx=ast.Load())
        case ast.Attribute(value=ast.Name(id=name)) if isinstance(names.get(name), EnumMeta):
            yield from _next_member(node, names[name])
        case ast.Attribute(attr=attr, ctx=ast.Load()) if attr in _TWIN:
            yield ast.Attribute(value=node.value, attr=_TWIN[attr], ctx=ast.Load())


def _other_values(value: object) -> Iterator[ast.AST]:
    match value:
        case bool():
            yield ast.Constant(value=not value)
        case int() | float():
            yield ast.Constant(value=value + 1)
        case str() if " " not in value:
            yield ast.Constant(value=f"{value}X")
        case bytes() if b" " not in value:
            yield ast.Constant(value=value + b"X")


def _next_member(node: ast.Attribute, kind: EnumMeta) -> Iterator[ast.AST]:
    members = list(kind.__members__)
    if node.attr in members:
        following = members[(members.index(node.attr) + 1) % len(members)]
        yield ast.Attribute(value=node.value, attr=following, ctx=ast.Load())
