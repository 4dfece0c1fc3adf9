"""The files of a document: read once each, found from references, and never outside the document's own folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from conformance import pointer
from conformance.errors import ConfigurationError, Problem
from conformance.platform.yaml_file import MAX_NODES, count_nodes, read_yaml

__all__ = ["Folder", "Spot", "Unusable"]

MAX_FILES: Final = 2000
ENDINGS: Final = (".json", ".yaml", ".yml")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_NOTHING: Final = object()


class Unusable(Exception):
    """A part of a document that cannot be used; the text says why, the hint what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        self.what = what
        self.hint = hint
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file."""

    file: Path
    at: str = ""

    def below(self, *steps: str | int) -> Spot:
        """A place further inside."""
        return Spot(self.file, self.at + "".join(f"/{pointer.escaped(str(step))}" for step in steps))


@dataclass(slots=True)
class Folder:
    """What lies in one folder; the nodes of all files that are read count together.

    `root` is the folder without links, and `shown` how the operator calls it.
    """

    root: Path
    shown: Path
    _contents: dict[Path, Any] = field(default_factory=dict)
    _ids: dict[str, Path] = field(default_factory=dict)
    _nodes: int = 0

    def content(self, file: Path) -> Any:
        """The content of a file.

        Raises ConfigurationError for a file that cannot be read, and when all together are more than the limits allow.
        """
        if file not in self._contents:
            content = read_yaml(file, shown=self.shown_as(file))
            self._nodes += count_nodes(content)
            if self._nodes > MAX_NODES or len(self._contents) >= MAX_FILES:
                limit = f"{MAX_NODES} nodes" if self._nodes > MAX_NODES else f"{MAX_FILES} files"
                raise ConfigurationError(
                    Problem(str(self.shown), f"has more than {limit} in the files of the document")
                )
            self._contents[file] = content
            identity = content.get("$id", content.get("id")) if isinstance(content, dict) else None
            if isinstance(identity, str):
                self._ids.setdefault(identity.partition("#")[0], file)
        return self._contents[file]

    def shown_as(self, file: Path) -> Path:
        """A file by the name that the operator knows."""
        return self.shown / file.relative_to(self.root) if file.is_relative_to(self.root) else file

    def files(self) -> Iterator[Path]:
        """The files of the folder and of those below that may hold schemas, in the order of their names.

        What begins with a dot is passed over, and so is what a link leads out of the folder.
        """
        for path in sorted(self.root.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(self.root).parts)
            if path.suffix in ENDINGS and not hidden and path.is_file() and path.resolve().is_relative_to(self.root):
                yield path

    def read(self, spot: Spot) -> Any:
        """What stands at a place.

        Raises Unusable when there is nothing.
        """
        found = pointer.read(self.content(spot.file), spot.at, default=_NOTHING)
        if found is _NOTHING:
            raise Unusable(f"refers to nothing: {spot.file.name}#{spot.at}")
        return found

    def resolve(self, file: Path, reference: str) -> Spot:
        """The place that a reference in a file means.

        Raises Unusable for one that leads to the network, out of the folder, or to no file.
        """
        base, _, fragment = reference.partition("#")
        target = self._file(file, base, reference) if base else file
        inside = unquote(fragment)
        if inside and not inside.startswith("/"):
            inside = self._anchor(target, inside, reference)
        return Spot(target, inside)

    def _file(self, file: Path, base: str, reference: str) -> Path:
        if base in self._ids:
            return self._ids[base]
        if _SCHEME.match(base):
            raise Unusable(
                f"refers to the network: {reference}", "Put the file into the folder of the document and refer to that."
            )
        try:
            found = (file.parent / unquote(base)).resolve()
            inside, there = found.is_relative_to(self.root), found.is_file()
        except (OSError, ValueError, RuntimeError):
            inside, there = True, False
        if not inside:
            raise Unusable(f"refers outside the folder of the document: {reference}", "Move the file into the folder.")
        if not there:
            raise Unusable(f"refers to a file that is not there: {reference}")
        try:
            self.content(found)
        except ConfigurationError as error:
            raise Unusable(f"refers to a file that cannot be used: {error.problems[0]}") from None
        return found

    def _anchor(self, file: Path, name: str, reference: str) -> str:
        for at, node in pointer.walk(self.content(file)):
            if isinstance(node, dict) and name in {
                node.get("$anchor"),
                node.get("$dynamicAnchor"),
                str(node.get("$id", node.get("id", ""))).removeprefix("#"),
            }:
                return at
        raise Unusable(f"refers to an anchor that is not there: {reference}")

    def follow(self, spot: Spot) -> Spot:
        """The place that is meant where nothing but references follow one another.

        Raises Unusable when they lead nowhere or back.
        """
        seen = set()
        while True:
            node = self.read(spot)
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                return spot
            if spot in seen:
                raise Unusable(f"refers to itself in the end: {reference}")
            seen.add(spot)
            spot = self.resolve(spot.file, reference)
