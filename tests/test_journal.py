from __future__ import annotations

import hashlib
import json
import typing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conformance.errors import JournalError
from conformance.exchange import Asking, Call, CallProblem, Delivery, Failure, ProblemKind, Request, Response
from conformance.journal import Journal, line_of, read_journal
from conformance.resources import schemas
from conformance.transcript import (
    Ending,
    Fingerprint,
    Note,
    Outcome,
    PlannedItem,
    Play,
    Record,
    RunEnd,
    RunHeader,
    Stall,
    Transcript,
    Wait,
)

HEADER = RunHeader(
    kit="0.1.0",
    started_at="2026-01-01T00:00:00Z",
    platform="small",
    partner="http://partner.example",
    seed=7,
    offers=("events",),
    settings=(("level", "may"),),
    overrides=(),
    description="{}",
    description_digest="",
    document_digest="",
    corpus_digest="",
    requirements=("ACK-01",),
)

TEXTS = st.text(max_size=12)
TIMES = st.floats(min_value=0, max_value=1e6)
MAYBE = st.none() | TEXTS
HEADERS = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=3).map(tuple)
REQUESTS = st.builds(Request, TEXTS, TEXTS, HEADERS, st.binary(max_size=40))
RESPONSES = st.none() | st.builds(Response, st.integers(100, 599), HEADERS, st.binary(max_size=40))
EXCHANGE: dict[str, st.SearchStrategy[Any]] = {
    "id": st.uuids().map(str),
    "play": MAYBE,
    "request": REQUESTS,
    "response": RESPONSES,
    "failure": st.none() | st.sampled_from(Failure),
    "started": TIMES,
    "ended": TIMES,
}
PROBLEMS = st.lists(st.builds(CallProblem, st.sampled_from(ProblemKind), TEXTS), max_size=2).map(tuple)
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(PlannedItem, TEXTS, TEXTS, TEXTS, TEXTS),
    st.builds(
        Play,
        id=st.uuids().map(str),
        story=TEXTS,
        parameter=TEXTS,
        round=st.integers(0, 2),
        alone=st.booleans(),
        started=TIMES,
        ended=TIMES,
        outcome=st.sampled_from(Outcome),
        reason=TEXTS,
    ),
    st.builds(
        Delivery,
        **EXCHANGE,
        role=TEXTS,
        genuine=st.booleans(),
        event_id=TEXTS,
        event_type=TEXTS,
        object_type=MAYBE,
        object_id=MAYBE,
        version=st.none() | st.integers(1, 9),
        correlation=MAYBE,
        attempt=st.integers(1, 9),
    ),
    st.builds(
        Call,
        **EXCHANGE,
        operation=MAYBE,
        does=MAYBE,
        object_type=MAYBE,
        object_id=MAYBE,
        problems=PROBLEMS,
        version=st.none() | st.integers(1, 9),
        fault=MAYBE,
        correlation=MAYBE,
        listed=st.lists(TEXTS, max_size=2).map(tuple),
    ),
    st.builds(Asking, **EXCHANGE, call=TEXTS, object_type=MAYBE, about=MAYBE),
    st.builds(Wait, play=TEXTS, what=TEXTS, started=TIMES, ended=TIMES, allowed=TIMES, rewarded=st.booleans()),
    st.builds(Note, TEXTS, TEXTS, TEXTS),
    st.builds(Stall, TIMES, TIMES),
    st.builds(RunEnd, TIMES, st.sampled_from(Ending), TEXTS),
)


def written(path: Path, *records: Record) -> Transcript:
    """Write records and read them again."""
    journal = Journal()
    for record in records:
        if isinstance(record, RunHeader):
            journal.begin(record, path)
        else:
            journal.add(record)
    journal.close()
    return read_journal(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal is written."""
    return tmp_path / "journal.jsonl"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(records=st.lists(RECORDS, max_size=8))
def test_what_is_read_is_what_was_written(path: Path, records: list[Record]) -> None:
    """Every record comes back as it was, bytes that are no text and letters that are no ASCII included."""
    every: list[Record] = [HEADER, *records]
    read = written(path, *every)
    unbound = None if read.end is None else replace(read.end, lines=0, sha256="")

    assert Transcript.from_records(every) == replace(read, end=unbound)


def test_the_end_is_bound_to_all_that_stands_before_it(path: Path) -> None:
    """It holds the number and the SHA-256 of the lines before it; the transcript knows those of the whole file."""
    read = written(path, HEADER, Note("p1", "settle", "1 s"), RunEnd(2.0, Ending.FINISHED))
    content = path.read_bytes()
    before = b"".join(content.splitlines(keepends=True)[:-1])

    assert read.end == RunEnd(2.0, Ending.FINISHED, lines=2, sha256=hashlib.sha256(before).hexdigest())
    assert Fingerprint(hashlib.sha256(content).hexdigest(), 3) == read.journal


def test_a_journal_knows_its_own_file(path: Path) -> None:
    """Records in memory and the file read again have the same fingerprint."""
    journal = Journal()
    journal.add(Note("p1", "settle", "1 s"))
    journal.begin(HEADER, path)
    journal.add(RunEnd(2.0, Ending.FINISHED))
    journal.close()

    assert read_journal(path).journal == journal.transcript().journal


def test_an_end_of_an_older_kit_is_read(path: Path) -> None:
    """A journal whose end is not bound to anything is a journal still."""
    path.write_text(line_of(HEADER) + '{"record":"end","at":2.0,"ending":"finished","reason":""}\n', encoding="ascii")

    assert read_journal(path).end == RunEnd(2.0, Ending.FINISHED)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(records=st.lists(RECORDS, max_size=8))
def test_every_line_follows_the_schema(path: Path, records: list[Record]) -> None:
    """The shipped schema knows every record, and nothing more: a line with a field of another kind is refused."""
    schema = json.loads((schemas() / "journal.schema.json").read_text(encoding="ascii"))
    validator = Draft202012Validator(schema)
    written(path, HEADER, *records)
    lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]

    assert [] == [error.message for line in lines for error in validator.iter_errors(line)]
    assert not any(validator.is_valid({**line, "surprise": 1}) for line in lines)


def test_every_kind_of_record_can_be_written() -> None:
    """The property above covers all kinds that there are, the header included."""
    covered = {RunHeader, PlannedItem, Play, Delivery, Call, Asking, Wait, Note, Stall, RunEnd}

    assert covered == set(typing.get_args(Record))


@pytest.mark.parametrize(
    "body", [b"", b"text", b"\xff\xfe", b"\x00\x01", '{"ö": "\U0001f600"}'.encode(), b"\xed\xa0\x80"]
)
def test_bodies_stay_bytes(path: Path, body: bytes) -> None:
    """Text is readable in the file, other bytes are base64, and both come back."""
    exchange = Asking(
        id="q1",
        play=None,
        request=Request("GET", "/"),
        response=Response(200, (), body),
        failure=None,
        started=0.0,
        ended=0.0,
        call="offers",
        object_type=None,
        about=None,
    )
    read = written(path, HEADER, exchange).exchange("q1")

    assert read == exchange
    assert path.read_bytes().isascii()


def test_a_record_is_on_disk_at_once(path: Path) -> None:
    """A killed run can still be judged, so nothing waits in a buffer."""
    journal = Journal()
    journal.begin(HEADER, path)
    journal.add(Note("p1", "settle time", "1 s"))

    assert 2 == len(path.read_text(encoding="ascii").splitlines())
    journal.close()


def test_a_line_that_a_kill_cut_off_is_left_out(path: Path) -> None:
    """Wherever the last line ends, the records before it are read."""
    whole = written(path, HEADER, Stall(1.0, 2.0), Stall(3.0, 4.0))
    text = path.read_text(encoding="ascii")
    last = text.rstrip("\n").rindex("\n") + 1
    for end in range(last, len(text) - 1):
        path.write_text(text[:end], encoding="ascii")

        assert (Stall(1.0, 2.0),) == read_journal(path).stalls
    path.write_text(text.rstrip("\n"), encoding="ascii")
    assert whole == read_journal(path)


@pytest.mark.parametrize(
    "line",
    [
        "garbage",
        "[]",
        "12",
        "{}",
        '{"record": "surprise"}',
        '{"record": "stall", "started": 1.0}',
        '{"record": "stall", "started": 1.0, "ended": 2.0, "more": 3}',
        '{"record": "end", "at": 1.0, "ending": "somehow"}',
        "[" * 100_000,
    ],
    ids=["text", "list", "number", "no kind", "unknown kind", "field missing", "field too many", "no enum", "too deep"],
)
def test_garbage_is_told_with_the_number_of_its_line(path: Path, line: str) -> None:
    """A line that is no record, in the midst of a journal, is an error that names it."""
    written(path, HEADER, Stall(1.0, 2.0))
    before, after = path.read_text(encoding="ascii").splitlines()
    path.write_text(f"{before}\n{line}\n{after}\n", encoding="ascii")

    with pytest.raises(JournalError, match=r"journal\.jsonl: line 2 is not a record of a journal"):
        read_journal(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [("", "is empty"), ("\n", "is empty"), ('{"record": "stall", "started": 1.0, "ended": 2.0}\n', "hold no header")],
)
def test_a_journal_without_a_header_is_none(path: Path, text: str, what: str) -> None:
    """The first line says what was run; without it nothing can be judged."""
    path.write_text(text, encoding="ascii")

    with pytest.raises(JournalError, match=what):
        read_journal(path)


def test_a_file_that_cannot_be_read_is_told(path: Path) -> None:
    """A missing file and one that is not ASCII are errors of the operator."""
    with pytest.raises(JournalError, match="cannot be read"):
        read_journal(path)
    path.write_bytes(b"\xff\n")
    with pytest.raises(JournalError, match="is not a journal"):
        read_journal(path)


def test_listeners_hear_every_record_until_they_leave() -> None:
    """A listener hears what is added, after it is kept, and no more once it has left."""
    journal = Journal()
    heard: list[tuple[Record, int]] = []
    leave = journal.listen(lambda record: heard.append((record, len(journal.records))))
    journal.add(Stall(1.0, 2.0))
    leave()
    journal.add(Stall(3.0, 4.0))

    assert [(Stall(1.0, 2.0), 1)] == heard


def test_a_listener_may_leave_while_it_listens() -> None:
    """Who has heard enough can leave at once, and the others hear on."""
    journal = Journal()
    heard: list[Record] = []
    leave = journal.listen(lambda _: leave())
    journal.listen(heard.append)
    journal.add(Stall(1.0, 2.0))

    assert [Stall(1.0, 2.0)] == heard


def call(name: str, play: str | None, *, does: str | None = None, at: float = 0.0, status: int = 200) -> Call:
    """A call of the partner."""
    return Call(
        id=name,
        play=play,
        request=Request("GET", "/"),
        response=Response(status),
        failure=None,
        started=at,
        ended=at,
        operation=None,
        does=does,
        object_type=None,
        object_id=None,
        problems=(),
        version=None,
        fault=None,
        correlation=None,
        listed=(),
    )


def test_calls_are_found_by_their_play() -> None:
    """A stage asks for its own calls again and again, so they are kept apart."""
    journal = Journal()
    for record in (call("c1", "p1"), call("c2", None), call("c3", "p2"), call("c4", "p1")):
        journal.add(record)

    assert ["c1", "c4"] == [c.id for c in journal.calls_of("p1")]
    assert [] == journal.calls_of("p9")


def test_a_kind_of_call_is_found_whosever_it_is() -> None:
    """Only a call that succeeded counts, and only from a time on."""
    journal = Journal()
    journal.add(Stall(1.0, 2.0))
    journal.add(call("c1", None, does="list-events", at=3.0))
    journal.add(call("c2", None, does="list-events", at=5.0, status=503))

    assert journal.was_called("list-events", since=3.0)
    assert not journal.was_called("list-events", since=4.0)
    assert not journal.was_called("find", since=0.0)


def test_a_closed_journal_keeps_on_remembering(path: Path) -> None:
    """After the file is closed, records are in memory only."""
    journal = Journal()
    journal.begin(HEADER, path)
    journal.close()
    journal.close()
    journal.add(Stall(1.0, 2.0))

    assert [HEADER, Stall(1.0, 2.0)] == journal.records
    assert 1 == len(path.read_text(encoding="ascii").splitlines())


def test_a_line_says_what_it_is(path: Path) -> None:
    """A reader without the kit sees what each line is, and the parts of a play are on lines of their own."""
    written(path, HEADER, Play(id="p1", story="s", parameter="", round=0, alone=True))
    kinds = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]

    assert ["run", "play"] == [kind["record"] for kind in kinds]
    assert not {"exchanges", "waits", "notes"} & kinds[1].keys()
