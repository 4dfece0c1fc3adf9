"""Whether a journal is whole: each line as the kit writes it, each number in its place, the end bound to the rest.

`webhook-conformance judge` is lenient with a journal that a kill cut off; a gate is not.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import jsonschema_rs

from conformance.exchange import Asking, Call, Delivery
from conformance.journal import line_of, record_of
from conformance.resources import schemas
from conformance.transcript import Ending, Note, Play, Record, RunEnd, RunHeader, Stall, Wait

__all__ = ["faults_of_ending", "faults_of_form", "records_of"]

_EXCHANGES: Final = (Delivery, Call, Asking)
_SHOWN: Final = 5
_LONGEST: Final = 200


def records_of(journal: bytes) -> list[Record]:
    """The records of all lines; a last line that was cut off is no record, but something wrong with the ending.

    Raises ValueError that names a line which is none.
    """
    if not journal.strip():
        raise ValueError("it is empty: the run was refused before it began")
    validator = _validator()
    records: list[Record] = []
    lines = journal.split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            content = json.loads(line.decode("ascii"), parse_constant=_no_number)
            validator.validate(content)
            records.append(record_of(line.decode("ascii")))
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            if number == len(lines):
                break
            what = str(error).partition("\n")[0][:_LONGEST]
            raise ValueError(f"line {number} is not a record of a journal ({what})") from None
    return records


@cache
def _validator() -> jsonschema_rs.Validator:
    schema = json.loads((schemas() / "journal.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def faults_of_form(journal: bytes, records: list[Record], *, same_kit: bool) -> tuple[str, ...]:
    """What a kit would not have written, the first few; what another version writes may be spelt otherwise."""
    faults = [
        *(_misspelt(journal, records) if same_kit else ()),
        *_misplaced(records),
        *_at_odds(records),
        *_misnumbered(records),
        *_unheard_of(records),
        *_out_of_time(records),
        *_unbound(journal, records),
    ]
    return tuple(faults[:_SHOWN])


def faults_of_ending(journal: bytes, records: list[Record]) -> tuple[str, ...]:
    """Why this is not a run that was played to its end."""
    if not journal.endswith(b"\n"):
        return ("its last line is cut off: the run was killed, or something was taken away",)
    end = records[-1] if records else None
    if not isinstance(end, RunEnd):
        return ("it has no end: the run was killed, or something was cut off",)
    if not end.sha256:
        return ("its end is not bound to what stands before it: an older kit wrote it; run again",)
    if end.ending is not Ending.FINISHED:
        return (f"the run was {end.ending}: {end.reason or 'no reason is given'}",)
    return ()


def _unbound(journal: bytes, records: list[Record]) -> Iterator[str]:
    """The end says how many lines stand before it, and which."""
    end = records[-1]
    if isinstance(end, RunEnd) and end.sha256:
        before = journal[: journal[:-1].rfind(b"\n") + 1]
        found = len(records) - 1, hashlib.sha256(before).hexdigest()
        if (end.lines, end.sha256) != found:
            yield f"its end was written behind {end.lines} lines, and these are not the {found[0]} that stand there now"


def _misspelt(journal: bytes, records: Iterable[Record]) -> Iterator[str]:
    for number, (line, record) in enumerate(zip(journal.split(b"\n"), records, strict=False), start=1):
        if line + b"\n" != line_of(record).encode("ascii"):
            yield f"line {number} is not spelt as the kit spells it"


def _misplaced(records: list[Record]) -> Iterator[str]:
    kinds = [type(record) for record in records]
    if not records or kinds[0] is not RunHeader or kinds.count(RunHeader) != 1:
        yield "it does not begin with the one record that says what was run"
    if kinds.count(RunEnd) > 1 or RunEnd in kinds[:-1]:
        yield "something stands behind its end"


def _at_odds(records: list[Record]) -> Iterator[str]:
    """The kit names the partner three times, and each time alike."""
    header = records[0]
    if not isinstance(header, RunHeader):
        return
    option = "--partner-url="
    named = [word.removeprefix(option) for word in header.invocation if word.startswith(option)]
    named += [value for name, value in header.settings if name == "partner"]
    others = dict.fromkeys(name for name in named if name != header.partner)
    yield from (f"it says that {header.partner} was judged, and that {other} was" for other in others)


def _misnumbered(records: Iterable[Record]) -> Iterator[str]:
    """The kit numbers plays and exchanges as it writes them: a gap is something that was taken out."""
    last: Counter[str] = Counter()
    begun: dict[str, Play] = {}
    ended: set[str] = set()
    for record in records:
        if isinstance(record, Play) and record.id in begun:
            if record.id in ended:
                yield f"the play {record.id} ends twice"
            elif _named(record) != _named(begun[record.id]):
                yield f"the play {record.id} ends as another than it began"
            ended.add(record.id)
        elif isinstance(record, (Play, *_EXCHANGES)):
            if isinstance(record, Play):
                begun[record.id] = record
            # The tries of an exploration bear the id of its play: p7.1, p7.2.
            within, dot, _ = record.id.rpartition(".") if isinstance(record, Play) else ("", "", "")
            kind = within + dot if within in begun and within not in ended else record.id[:1]
            if record.id != f"{kind}{last[kind] + 1}":
                yield f"{record.id} stands where {kind}{last[kind] + 1} should"
            last[kind] += 1


def _named(play: Play) -> tuple[str, str, int, bool, float]:
    return play.story, play.parameter, play.round, play.alone, play.started


def _unheard_of(records: Iterable[Record]) -> Iterator[str]:
    """What belongs to a play is written after its beginning, and a story is played once in each round."""
    begun: set[str] = set()
    played: set[tuple[str, str, int]] = set()
    for record in records:
        if isinstance(record, Play) and record.id not in begun:
            begun.add(record.id)
            scene = record.story, record.parameter, record.round
            if scene in played:
                yield f"the play {record.id} is {record.name} once more, in the same round"
            played.add(scene)
        elif isinstance(record, (Wait, Note, *_EXCHANGES)) and record.play and record.play not in begun:
            yield f"something belongs to the play {record.play}, which has not begun"


def _out_of_time(records: list[Record]) -> Iterator[str]:
    """Nothing ends before it begins, or after the end of the run."""
    end = records[-1].at if isinstance(records[-1], RunEnd) else math.inf
    for record in records:
        if isinstance(record, (Play, Wait, Stall, *_EXCHANGES)):
            # A play is written first when it begins.
            ended = record.ended if record.ended or not isinstance(record, Play) else record.started
            if not 0.0 <= record.started <= ended <= end:
                what = f"what is {record.id}" if isinstance(record, (Play, *_EXCHANGES)) else "something"
                yield f"{what} began at {record.started} and ended at {ended}, in a run that ended at {end}"
