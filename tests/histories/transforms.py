"""What may be done to a history without a change of its verdicts: other names, another clock, more traffic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

import pytest

from conformance import pointer
from conformance.exchange import Exchange
from conformance.judge import acknowledging, load, own_objects
from conformance.transcript import Note, Play, Record, RunEnd, Stall, Wait
from histories.history import History

__all__ = ["margins", "renamed", "retimed", "slowed"]

_Told = TypeVar("_Told")
# Whole ids, with or without hyphens, and the beginnings of ids; no number and no date.
_NAME: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{1,12})+|[0-9a-fA-F]{32}")
_OTHERS: Final = str.maketrans("0123456789abcdefABCDEF", "7350918264cefdabCEFDAB")
# Notes that hold a time of the run's clock.
_MOMENTS: Final = frozenset({"released", "come again at"})
_LIMITS: Final = ("/acknowledgement/limit", "/acknowledgement/soft_limit", "/waits/effect", "/waits/retry")
_DEFAULT_WAIT: Final = 30.0


def renamed(history: History) -> History:
    """The same history with other ids of objects, events and operations."""
    return replace(history, records=tuple(_in_other_names(record) for record in history.records))


def _in_other_names(told: _Told) -> _Told:
    """Whatever this is, with other ids in it, however deep they stand."""
    changed: Any = told
    if isinstance(told, str):
        changed = _NAME.sub(lambda found: found[0].translate(_OTHERS), str(told)) if type(told) is str else told
    elif isinstance(told, bytes):
        changed = _in_other_names(told.decode("latin-1")).encode("latin-1")
    elif isinstance(told, tuple):
        changed = tuple(map(_in_other_names, told))
    elif is_dataclass(told) and not isinstance(told, type):
        changed = replace(told, **{f.name: _in_other_names(getattr(told, f.name)) for f in fields(told)})
    return changed  # type: ignore[no-any-return]  # it is what it was, in other words


def retimed(history: History, moved: Callable[[float], float]) -> History:
    """The same history on another clock."""
    return replace(history, records=tuple(_at_another_time(record, moved) for record in history.records))


def _at_another_time(record: Record, moved: Callable[[float], float]) -> Record:
    if isinstance(record, Play | Exchange | Stall):
        return replace(record, started=moved(record.started), ended=moved(record.ended))
    if isinstance(record, Wait):
        allowed = moved(record.allowed) - moved(0.0)
        return replace(record, started=moved(record.started), ended=moved(record.ended), allowed=allowed)
    if isinstance(record, Note) and record.name in _MOMENTS:
        return replace(record, text=repr(moved(float(record.text))))
    return replace(record, at=moved(record.at)) if isinstance(record, RunEnd) else record


def slowed(history: History, times: float) -> History:
    """The same history on a platform whose limits are longer, and on which everything takes longer, by one factor."""
    description = json.loads(history.header.description)
    for at in _LIMITS:
        description = pointer.write(description, at, times * float(pointer.read(description, at, _DEFAULT_WAIT)))
    header = replace(history.header, description=json.dumps(description))
    return replace(retimed(history, lambda moment: times * moment), header=header)


@contextmanager
def margins(times: float) -> Iterator[None]:
    """Judges leave room for what lateness cannot be told from, in seconds; here it grows by a factor as limits do."""
    with pytest.MonkeyPatch.context() as changed:
        for judges in (acknowledging, load, own_objects):
            changed.setattr(judges, "MARGIN", times * vars(judges)["MARGIN"])
        yield
