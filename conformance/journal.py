"""The journal of a run: one JSON object a line, flushed at once, so that a killed run can still be judged."""

from __future__ import annotations

import base64
import hashlib
import json
import types
import typing
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, TextIO

from conformance.errors import JournalError
from conformance.exchange import Asking, Call, Delivery
from conformance.transcript import (
    Fingerprint,
    Note,
    PlannedItem,
    Play,
    Record,
    RunEnd,
    RunHeader,
    Stall,
    Transcript,
    Wait,
)

__all__ = ["KINDS", "LEFT_OUT", "Journal", "line_of", "read_journal", "record_of"]

KINDS: Final[dict[str, type[Any]]] = {
    "run": RunHeader,
    "item": PlannedItem,
    "play": Play,
    "delivery": Delivery,
    "call": Call,
    "control": Asking,
    "wait": Wait,
    "note": Note,
    "stall": Stall,
    "end": RunEnd,
}
_NAMES: Final = {kind: name for name, kind in KINDS.items()}
# Plays are written when they begin and when they end; what belongs to them is written on lines of its own.
LEFT_OUT: Final[dict[type[Any], frozenset[str]]] = {Play: frozenset({"exchanges", "waits", "notes"})}


class Journal:
    """Keeps the records of a run in memory and, once it has begun, on disk; tells listeners of each."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._calls: defaultdict[str, list[Call]] = defaultdict(list)
        self._listeners: list[Callable[[Record], None]] = []
        self._file: TextIO | None = None
        self._digest = hashlib.sha256()
        self._lines = 0

    def begin(self, header: RunHeader, path: Path) -> None:
        """Put the header first, and write everything to a file from now on, what came before it included.

        Raises OSError when the file cannot be written.
        """
        self.records.insert(0, header)
        self._file = path.open("w", encoding="ascii", newline="\n")
        self._digest, self._lines = hashlib.sha256(), 0
        for record in self.records:
            self._write(record)

    def add(self, record: Record) -> None:
        """Write a record down, then tell the listeners; the end is bound to all that stands before it."""
        if isinstance(record, RunEnd) and self._file is not None:
            record = replace(record, lines=self._lines, sha256=self._digest.hexdigest())
        self.records.append(record)
        if isinstance(record, Call) and record.play is not None:
            self._calls[record.play].append(record)
        self._write(record)
        for listener in tuple(self._listeners):
            listener(record)

    def _write(self, record: Record) -> None:
        if self._file is not None:
            line = line_of(record)
            self._file.write(line)
            self._file.flush()
            self._digest.update(line.encode("ascii"))
            self._lines += 1

    def calls_of(self, play: str) -> list[Call]:
        """The partner's calls that belong to a play, in the order in which they were answered."""
        return self._calls[play]

    def was_called(self, does: str, *, since: float) -> bool:
        """Whether the partner made a call of that kind that succeeded, whosever it is."""
        return any(isinstance(r, Call) and r.does == does and r.started >= since and r.succeeded for r in self.records)

    def listen(self, listener: Callable[[Record], None]) -> Callable[[], None]:
        """Tell a function of every further record; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def transcript(self) -> Transcript:
        """Everything recorded so far."""
        known = Fingerprint(self._digest.hexdigest(), self._lines) if self._lines else None
        return Transcript.from_records(self.records, journal=known)

    def turn(self, header: RunHeader, path: Path) -> Transcript:
        """Begin anew with another file; returns all that was recorded up to now, whose own file is complete."""
        done = self.transcript()
        self.close()
        self.records = []
        self.begin(header, path)
        return done

    def close(self) -> None:
        """Close the file; records are kept in memory only from now on."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_journal(path: Path) -> Transcript:
    """The transcript of a journal; a last line that a kill cut off is left out.

    Raises JournalError for a file that is not a journal, with the number of the line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        raise JournalError(f"{path}: is not a journal; a run writes its own to journal.jsonl") from None
    if not text.strip():
        raise JournalError(f"{path}: is empty: the run was refused before it began")
    try:
        return Transcript.from_records(list(_records(text, path)), journal=Fingerprint.of(content))
    except ValueError as error:
        raise JournalError(f"{path}: {error}; a journal begins with a line that says what was run") from None


def _records(text: str, path: Path) -> Iterator[Record]:
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            yield record_of(line)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            if number == len(lines):
                return
            what = "is not a journal" if number == 1 else f"line {number} is not a record of a journal"
            raise JournalError(f"{path}: {what} ({error}); a run writes its own to journal.jsonl") from None


def line_of(record: Record) -> str:
    """The line of a record, its end included."""
    content = {"record": _NAMES[type(record)], **_encoded(record)}
    return json.dumps(content, separators=(",", ":")) + "\n"


def record_of(line: str) -> Record:
    """The record of a line.

    Raises ValueError, KeyError, TypeError, AttributeError, OverflowError or RecursionError for a line that is none.
    """
    content = json.loads(line)
    kind: Any = KINDS[content.pop("record")]
    return typing.cast("Record", _decoder(kind)(content))


@cache
def _written_fields(kind: type[Any]) -> tuple[str, ...]:
    """The names of the fields that a record keeps."""
    left_out = LEFT_OUT.get(kind, frozenset())
    return tuple(field.name for field in fields(kind) if field.name not in left_out)


def _encoded(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _encoded(getattr(value, name)) for name in _written_fields(type(value))}
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, tuple):
        return [_encoded(inner) for inner in value]
    return value


@cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of the type from what `_encoded` made of it; found once per type, not once per value."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        decoded = _decoder(next(each for each in inner if each is not type(None)))
        return lambda content: None if content is None else decoded(content)
    if origin is tuple and inner[-1] is Ellipsis:
        decoded = _decoder(inner[0])
        return lambda content: tuple(map(decoded, content))
    if origin is tuple:
        parts = tuple(map(_decoder, inner))
        return lambda content: tuple(each(part) for part, each in zip(content, parts, strict=True))
    if is_dataclass(kind):
        return _maker(typing.cast("type[Any]", kind))
    if kind is bytes:
        return lambda content: (
            base64.b64decode(content["base64"]) if isinstance(content, dict) else content.encode("utf-8")
        )
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    if kind is float:
        return lambda content: float(content) if isinstance(content, int) else content
    if kind is int:
        return lambda content: int(content) if isinstance(content, float) else content
    return lambda content: content


def _maker(kind: type[Any]) -> Callable[[Any], Any]:
    """What makes a record of its fields."""
    decoders = {name: _decoder(hint) for name, hint in typing.get_type_hints(kind).items()}
    return lambda content: kind(**{name: decoders[name](value) for name, value in content.items()})
