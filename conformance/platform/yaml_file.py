"""Reading a YAML or JSON file of somebody else: JSON types only, within limits, mistakes with line numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

from conformance.errors import ConfigurationError, Problem

__all__ = ["count_nodes", "read_yaml"]

MAX_BYTES: Final = 20_000_000
MAX_NODES: Final = 2_000_000
MAX_DEPTH: Final = 200


class _JsonTypesLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # whichever libyaml offers
    """Scalars become what JSON knows: no dates, and only true and false are booleans."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    """A mapping whose keys are texts, as JSON has them: the status `200` is the key "200"."""
    loader.flatten_mapping(node)
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key that is no text", key.start_mark)
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


_JsonTypesLoader.yaml_constructors = {
    tag: make
    for tag, make in _JsonTypesLoader.yaml_constructors.items()
    if tag is None or tag.rpartition(":")[2] in {"null", "bool", "int", "float", "str", "seq"}
}
_JsonTypesLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_JsonTypesLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
        or (tag.endswith("bool") and first in "tTfF")
    ]
    for first, resolvers in _JsonTypesLoader.yaml_implicit_resolvers.items()
}


class _KeysOnceLoader(_JsonTypesLoader):
    """The same, where a key that stands twice is a mistake."""


def _keys_once(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    found: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in found:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands here twice", key.start_mark)
            found.add(key.value)
    return _mapping(loader, node)


_KeysOnceLoader.add_constructor("tag:yaml.org,2002:map", _keys_once)


def read_yaml(path: Path, *, shown: Path | None = None, keys_once: bool = False) -> Any:
    """The content of the file as JSON types; mistakes are told with the path `shown`.

    Of a key that stands twice the last value counts, as most readers have it, unless `keys_once` forbids it: what
    somebody writes for us loses nothing in silence, and the documents of vendors are as they are.

    Raises ConfigurationError, with line and column, for a file that cannot be read or is larger, deeper or more
    entangled (aliases of aliases) than the limits of this module allow.
    """
    try:
        text = path.read_bytes()
        path = shown or path
    except OSError as error:
        path = shown or path
        raise ConfigurationError(Problem(str(path), f"cannot be read: {error.strerror}")) from None
    if len(text) > MAX_BYTES:
        raise ConfigurationError(Problem(str(path), f"has {len(text)} bytes; the limit is {MAX_BYTES}"))
    quick = _as_json(text, keys_once=keys_once)
    if quick is not _NO_JSON:
        _bounded(quick, path)
        return quick
    loader = _KeysOnceLoader if keys_once else _JsonTypesLoader
    try:
        _shallow(text, path)
        content = yaml.load(text, Loader=loader)  # noqa: S506  # a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigurationError(Problem(where, f"is not YAML: {error.problem}")) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(Problem(str(path), f"is not YAML: {error}")) from None
    _bounded(content, path)
    return content


_NO_JSON: Final = object()


def _as_json(text: bytes, *, keys_once: bool) -> Any:
    """The content of a file that is JSON, many times as fast; of what is not the YAML reader says why."""
    if text.lstrip()[:1] not in {b"{", b"["}:
        return _NO_JSON
    try:
        return json.loads(
            text.decode(), parse_constant=_no_number, object_pairs_hook=_pairs_once if keys_once else None
        )
    except (ValueError, RecursionError):
        return _NO_JSON


def _pairs_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _shallow(text: bytes, path: Path) -> None:
    """Refuse what is too deep while it is a stream: composing recurses in C, and a crash there is no exception."""
    depth = 0
    for event in yaml.parse(text, Loader=_JsonTypesLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ConfigurationError(Problem(str(path), f"has more than {MAX_DEPTH} levels"))


def count_nodes(content: Any) -> int:
    """How many values a content holds, itself included."""
    nodes = 0
    pending = [content]
    while pending:
        node = pending.pop()
        nodes += 1
        if isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return nodes


def _bounded(content: Any, path: Path) -> None:
    nodes = 0
    pending = [(content, 0)]
    while pending:
        node, depth = pending.pop()
        nodes += 1
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            limit = f"{MAX_NODES} nodes" if nodes > MAX_NODES else f"{MAX_DEPTH} levels"
            raise ConfigurationError(
                Problem(str(path), f"has more than {limit}", "Aliases count as often as they are used.")
            )
        if isinstance(node, dict):
            pending.extend((value, depth + 1) for value in node.values())
        elif isinstance(node, list):
            pending.extend((value, depth + 1) for value in node)
