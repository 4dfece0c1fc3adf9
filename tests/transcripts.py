"""Transcripts written by hand: what a partner did in a story, moment by moment, on a shipped platform."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, TypeAlias

from conformance import pointer
from conformance.exchange import (
    Asking,
    Call,
    CallProblem,
    Delivery,
    Exchange,
    Failure,
    Headers,
    ProblemKind,
    Request,
    Response,
)
from conformance.judge.bench import judges_of
from conformance.platform.description_file import locate, read_description
from conformance.transcript import (
    Ending,
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

__all__ = [
    "ALL_CALLS",
    "FINISHED",
    "Moment",
    "Scene",
    "applied",
    "asked",
    "called",
    "delivered",
    "feewise",
    "grew",
    "holds",
    "noted",
    "planned",
    "play",
    "problem",
    "run",
    "waited",
    "wawex",
]

ALL_CALLS: Final = ("create", "update", "objects", "events", "subscribe", "unsubscribe", "recover", "secrets")
FINISHED: Final = RunEnd(1_000.0, Ending.FINISHED)
# Between two moments of a play, and between two plays, in seconds of the run's clock.
_STEP: Final = 0.1
_GAP: Final = 100.0
_METHODS: Final = {"create": "POST", "update": "PUT", "create-subscription": "POST", "delete-subscription": "DELETE"}

_Happening: TypeAlias = Delivery | Call | Asking | Wait | Note


@dataclass(frozen=True, slots=True)
class Moment:
    """One record of a play; it happens a little after the one before, or at a time of its own in the play."""

    record: _Happening
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A play as a test states it: its ids and times are given when the transcript is put together."""

    story: str
    parameter: str
    moments: tuple[Moment, ...]
    round: int
    alone: bool
    outcome: Outcome
    reason: str


def play(
    story: str,
    parameter: str = "",
    *moments: Moment,
    round: int = 0,  # noqa: A002  # the word of the transcript
    alone: bool = True,
    outcome: Outcome = Outcome.PLAYED,
    reason: str = "",
) -> Scene:
    """A performance of a story; it had the partner to itself unless it is said otherwise."""
    return Scene(
        story=story, parameter=parameter, moments=moments, round=round, alone=alone, outcome=outcome, reason=reason
    )


def delivered(
    role: str,
    event: str = "e1",
    about: str = "o1",
    *,
    status: int = 202,
    failure: Failure | None = None,
    took: float = 0.05,
    at: float | None = None,
    genuine: bool = True,
    correlation: str | None = None,
    location: str = "",
    retry_after: str = "",
    url: str = "http://partner.example/hooks",
    version: int = 1,
    answer: bytes = b"",
    answer_type: str | None = None,
    sent: Mapping[str, str] | None = None,
    got: Mapping[str, str] | None = None,
    method: str = "POST",
) -> Moment:
    """The platform delivered an event and the partner answered, or failed to; `sent` and `got` are headers."""
    named = {b"Location": location or None, b"Retry-After": retry_after or None, b"Content-Type": answer_type}
    headers = tuple((name, value.encode()) for name, value in named.items() if value is not None)
    body = json.dumps({"id": event, "about": about}).encode()
    record = Delivery(
        id="",
        play="",
        request=Request(method, url, _headers(sent), body),
        response=Response(status, (*headers, *_headers(got)), answer) if failure is None else None,
        failure=failure,
        started=0.0,
        ended=took,
        role=role,
        genuine=genuine,
        event_id=event,
        event_type="TOLD",
        object_type="thing",
        object_id=about,
        version=version,
        correlation=correlation,
        attempt=1,
    )
    return Moment(record, at)


def called(
    does: str,
    about: str | None = "o1",
    *,
    status: int = 200,
    failure: Failure | None = None,
    version: int | None = 1,
    at: float | None = None,
    target: str = "",
    body: bytes = b"",
    fault: str | None = None,
    problems: tuple[CallProblem, ...] = (),
    correlation: str | None = None,
    listed: tuple[str, ...] = (),
    object_type: str = "thing",
    sent: Mapping[str, str] | None = None,
    got: Mapping[str, str] | None = None,
    operation: str = "",
    took: float = 0.01,
) -> Moment:
    """The partner called the platform's API and got an answer, or none; `sent` and `got` are headers."""
    record = Call(
        id="",
        play="",
        request=Request(_METHODS.get(does, "GET"), target or f"/things/{about}", _headers(sent), body),
        response=Response(status, _headers(got)) if failure is None else None,
        failure=failure,
        started=0.0,
        ended=took,
        operation=operation or f"{does}Thing",
        does=does,
        object_type=object_type,
        object_id=about,
        problems=problems,
        version=version,
        fault=fault,
        correlation=correlation,
        listed=listed,
    )
    return Moment(record, at)


def _headers(named: Mapping[str, str] | None) -> Headers:
    return tuple((name.encode(), value.encode()) for name, value in (named or {}).items())


def problem(kind: ProblemKind, text: str) -> tuple[CallProblem, ...]:
    """What a call breaks, alone."""
    return (CallProblem(kind, text),)


def asked(
    call: str,
    about: str | None = None,
    *,
    answer: object = None,
    status: int = 200,
    tenant: str = "",
    failure: Failure | None = None,
    took: float = 0.01,
) -> Moment:
    """The kit asked the partner's control endpoint."""
    query = f"?tenant={tenant}" if tenant else ""
    record = Asking(
        id="",
        play="",
        request=Request("GET", f"http://partner.example/control/{call}/{about or ''}{query}"),
        response=Response(status, (), json.dumps({} if answer is None else answer).encode()) if not failure else None,
        failure=failure,
        started=0.0,
        ended=took,
        call=call,
        object_type="thing",
        about=about,
    )
    return Moment(record)


def applied(event: str, count: int) -> Moment:
    """The partner said how often it handled an event."""
    return asked("events", event, answer={"applied": count})


def holds(about: str, content: Mapping[str, Any] | None, *, tenant: str = "") -> Moment:
    """The partner said what it holds of an object, None for nothing."""
    status = 404 if content is None else 200
    return asked("objects", about, answer=content, status=status, tenant=tenant)


def noted(name: str, text: str) -> Moment:
    """The story wrote down a fact that no exchange shows."""
    return Moment(Note("", name, text))


def grew(about: str, *versions: Mapping[str, Any]) -> Moment:
    """The story wrote down the versions of its object, the newest last."""
    return noted("versions", json.dumps({"object": about, "versions": versions}))


def waited(what: str, lasted: float, *, rewarded: bool = False) -> Moment:
    """The story waited for something, as a rule in vain."""
    return Moment(Wait(play="", what=what, started=0.0, ended=lasted, allowed=lasted, rewarded=rewarded))


@cache
def _shipped(platform: str) -> Mapping[str, Any]:
    return read_description(locate(platform)).raw


def wawex(*scenes: Scene, **settings: Any) -> Transcript:
    """A run on a platform of thin events, with an endpoint per object type and no signature."""
    return run("wawex", *scenes, **settings)


def feewise(*scenes: Scene, **settings: Any) -> Transcript:
    """A run on a platform of thick, signed events with correlation ids, subscriptions and recovery."""
    return run("feewise", *scenes, **settings)


def run(
    platform: str,
    *scenes: Scene,
    offers: Iterable[str] = ALL_CALLS,
    changed: Mapping[str, Any] | None = None,
    confirmed: Mapping[str, Any] | None = None,
    stalls: Iterable[Stall] = (),
    strays: Iterable[Moment] = (),
    shared_machine: bool = False,
    end: RunEnd | None = FINISHED,
) -> Transcript:
    """These plays one after the other; `changed` and `confirmed` are values of the description by their pointers."""
    raw: Any = _shipped(platform)
    for at, value in {**(changed or {}), **(confirmed or {})}.items():
        raw = pointer.write(raw, at, value)
    header = RunHeader(
        kit="0.1.0",
        started_at="2026-11-20T09:30:00+00:00",
        platform=platform,
        partner="http://partner.example",
        seed=7,
        offers=tuple(offers),
        settings=(),
        overrides=tuple((at, str(value)) for at, value in (confirmed or {}).items()),
        description=json.dumps(raw),
        description_digest="",
        document_digest="",
        corpus_digest="",
        requirements=(),
        shared_machine=shared_machine,
    )
    records: list[Record] = [header, *stalls]
    for number, scene in enumerate(scenes, start=1):
        records += _played(scene, f"p{number}", begins=(number - 1) * _GAP)
    records += _happened(strays, None, "stray", begins=0.0)
    return Transcript.from_records([*records, end] if end else records)


def _played(scene: Scene, name: str, *, begins: float) -> list[Record]:
    told = Play(
        id=name,
        story=scene.story,
        parameter=scene.parameter,
        round=scene.round,
        alone=scene.alone,
        started=begins,
        ended=begins + _GAP,
        outcome=scene.outcome,
        reason=scene.reason,
    )
    return [told, *_happened(scene.moments, name, name, begins=begins)]


def _happened(moments: Iterable[Moment], of: str | None, prefix: str, *, begins: float) -> list[_Happening]:
    """The records of a play with their ids (`p1.1`, `p1.2` …) and their times."""
    records: list[_Happening] = []
    now = 0.0
    for number, moment in enumerate(moments, start=1):
        record = moment.record
        now = moment.at if moment.at is not None else now + _STEP
        started = begins + now
        if isinstance(record, Exchange):
            took = record.ended - record.started
            records.append(replace(record, id=f"{prefix}.{number}", play=of, started=started, ended=started + took))
        elif isinstance(record, Wait):
            records.append(replace(record, play=prefix, started=started, ended=started + record.ended))
        else:
            records.append(replace(record, play=prefix))
    return records


def planned(transcript: Transcript, *requirements: str) -> Transcript:
    """The transcript of a run that was to judge these requirements, with the items that its plays decide."""
    items = tuple(item for name in requirements for item in _items(transcript, name))
    return replace(transcript, items=items, header=replace(transcript.header, requirements=requirements))


def _items(transcript: Transcript, requirement: str) -> Iterable[PlannedItem]:
    scenes = dict.fromkeys((p.story, p.parameter) for p in transcript.plays)
    for judge in judges_of(requirement):
        if judge.of_run is not None:
            yield PlannedItem(requirement)
        yield from (
            PlannedItem(requirement, parameter, story)
            for story, parameter in scenes
            if judge.of_play is not None and judge.covers(story, parameter)
        )
