"""One play of a story, written as the kit would record it: a correct partner on its stage, on a clock that jumps.

`breaks` names the one requirement that the partner departs from; the plays ask for it where they have a choice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

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
from conformance.platform.description import Description
from conformance.scenarios.story import STORIES
from conformance.transcript import Note, Outcome, Play, Record, Stall, Wait
from histories.manner import Hiccup, Manner

__all__ = ["LOOKS", "Answer", "Performance", "Told", "uuid"]

_METHODS: Final = {"create": "POST", "update": "PUT", "create-subscription": "POST", "delete-subscription": "DELETE"}
_TICK: Final = 0.001
# What a partner looks at unasked, where the platform has it.
LOOKS: Final = ("list", "list-subscriptions", "list-event-types", "list-events")
_WITHIN: Final = 30.0
PARTNER: Final = "http://127.0.0.1:8000/hooks"


def uuid(random: Random) -> str:
    """A fresh id of the usual form."""
    digits = f"{random.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@dataclass(frozen=True, slots=True)
class Told:
    """An event: what it tells of which object, in which version."""

    id: str
    about: str
    kind: str
    version: int
    correlation: str | None
    type: str = "TOLD"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a delivery is answered with."""

    status: int = 202
    headers: Headers = ()
    body: bytes = b""
    failure: Failure | None = None


@dataclass(slots=True)
class Performance:
    """A play that is being written: the kit's side by the name of what it does, the partner's by its manner."""

    story: str
    parameter: str
    name: str
    description: Description
    manner: Manner
    random: Random
    begins: float
    alone: bool = True
    round: int = 0
    broken: str = ""
    operation_id: str = ""
    now: float = 0.0
    ready: float = 0.0
    outcome: Outcome = Outcome.PLAYED
    reason: str = ""
    records: list[Record] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[float, str, int]] = field(default_factory=list)
    looks: set[str] = field(default_factory=set)
    held: dict[str, int] = field(default_factory=dict)
    applied: Counter[str] = field(default_factory=Counter)
    followed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.now = self.begins

    def breaks(self, requirement: str) -> bool:
        """Whether the partner departs from this requirement, here and now."""
        return self.broken == requirement

    @property
    def thin(self) -> bool:
        """Whether events only name their objects."""
        return self.description.thin

    @property
    def usual(self) -> str:
        """The object type of stories that need just one."""
        d = self.description
        return d.ordered_types[0] if d.ordered_types else next(t.object_type for t in d.delivered_types)

    def offers(self, call: str) -> bool:
        """Whether the partner's control endpoint has this call."""
        return call in self.manner.offers

    def chance(self, part: float) -> bool:
        """Whether something happens that happens in this part of all cases."""
        return self.random.random() < part

    # The kit's side

    def event(
        self,
        kind: str = "",
        *,
        version: int = 1,
        about: str = "",
        event_id: str = "",
        correlation: str = "",
        event_type: str = "TOLD",
    ) -> Told:
        """An event about an object as it is in that version; the platform's object is at least as new."""
        about = about or uuid(self.random)
        self._is_now(about, max(version, self.versions.get(about, 1)))
        correlates = bool(self.description.correlation_header)
        return Told(
            event_id or uuid(self.random),
            about,
            kind or self.usual,
            version,
            (correlation or uuid(self.random)) if correlates else None,
            event_type,
        )

    def news(self, kind: str = "", *, event_id: str = "") -> Told:
        """An event about a new object, of the kind whose effect this partner shows."""
        kind = kind or self.usual
        if self.thin or not self.manner.gets_strangers or not self._gettable(kind):
            return self.event(kind, event_id=event_id)
        told = self.event(kind, version=2, event_id=event_id)
        self.followed.add(told.id)
        self.note("followed", told.id)
        return told

    def change(self, told: Told) -> int:
        """The platform changes the object; returns its new version."""
        self._is_now(told.about, self.versions[told.about] + 1)
        return self.versions[told.about]

    def _is_now(self, about: str, version: int) -> None:
        self.versions[about] = version
        self.changes.append((self.now, about, version))

    def expect(self, told: Told) -> None:
        """Write down what each version of the object says."""
        versions = [self.state(told.kind, n) for n in range(1, self.versions[told.about] + 1)]
        self.note("versions", json.dumps({"object": told.about, "versions": versions}))

    def expect_back(self, told: Told) -> None:
        """Write down the versions of an object that changes and changes back: the fourth says what the second said."""
        states = [self.state(told.kind, version) for version in (1, 2, 3, 2)]
        self.note("versions", json.dumps({"object": told.about, "versions": states}))

    def state(self, kind: str, version: int) -> dict[str, Any]:
        """The changing fields of an object in that version, by their pointers."""
        fields = self.description.object_types[kind].changing
        return {f.at: f.values[(version - 1) % len(f.values)] for f in fields}

    def note(self, name: str, text: str) -> None:
        """Write down a fact that no exchange shows."""
        self.records.append(Note(self.name, name, text))

    def wait(self, what: str, lasted: float = 0.0, *, rewarded: bool = True) -> None:
        """Write down a wait, which begins now."""
        ended = self.now + lasted
        allowed = max(lasted, _WITHIN)
        self.records.append(
            Wait(play=self.name, what=what, started=self.now, ended=ended, allowed=allowed, rewarded=rewarded)
        )
        self.now = ended

    def unassessable(self, reason: str) -> None:
        """End the play here: the kit cannot go on."""
        self.outcome, self.reason = Outcome.NOT_ASSESSABLE, reason

    def deliver(
        self,
        told: Told,
        role: str,
        *,
        genuine: bool = True,
        answer: Answer | None = None,
        took: float | None = None,
        at: float | None = None,
        body: bytes | None = None,
        method: str = "POST",
        url: str = PARTNER,
        steady: bool = False,
        sent: Headers = (),
    ) -> Delivery:
        """Deliver an event; the answer is that of a partner that accepts it, unless another is given.

        What does not reach the partner, or comes at a bad moment, is made again as the kit does, unless it is `steady`.
        """
        if not steady and answer is None:
            for hiccup in self.manner.hiccups:
                if self.chance(0.15):
                    self._stumble(told, role, hiccup, genuine=genuine)
        started = self.now if at is None else at
        took = self.quick() if took is None else took
        if self.manner.kit_stalls and self.chance(0.1):
            lost = self.random.uniform(0.5, 8.0)
            self.records.append(Stall(started + took / 2, started + took / 2 + lost))
            took += lost
        if self.manner.shares and not steady and self.chance(0.1):
            took += self.random.uniform(0.0, 2 * self.description.ack_limit)
        delivery = self._delivery(told, role, answer or self.accepts(), started, took, genuine=genuine)
        content = self._body(told) if body is None else body
        request = Request(method, url, (*delivery.request.headers, *sent), content)
        delivery = replace(delivery, request=request)
        self.records.append(delivery)
        if at is None:
            self.now = delivery.ended + _TICK
        return delivery

    def take(self, told: Told, role: str, **settings: Any) -> Delivery:
        """Deliver a genuine event that the partner accepts and works on."""
        delivery = self.deliver(told, role, **settings)
        self.work_on(told, delivery)
        return delivery

    def quick(self) -> float:
        """How long an answer takes that is in time."""
        return self.description.soft_ack_limit * self.manner.slowness * self.random.uniform(0.5, 1.0) + 0.001

    def accepts(self) -> Answer:
        """The answer to what is accepted."""
        if self.manner.talkative and self.manner.accepted != 204:
            return Answer(self.manner.accepted, ((b"content-type", b"application/json"),), b'{"ok": true}')
        return Answer(self.manner.accepted)

    def refuses(self, status: int) -> Answer:
        """The answer to what is refused."""
        if self.manner.talkative:
            return Answer(status, ((b"Content-Type", b"text/plain"),), b"refused")
        return Answer(status)

    @property
    def unauthorized(self) -> int:
        """With what this partner refuses what is forged: as the platform wants it."""
        wanted = self.description.refused_with
        return self.manner.unauthorized if self.manner.unauthorized in wanted else wanted[0]

    def _body(self, told: Told) -> bytes:
        return json.dumps({"id": told.id, "about": told.about}).encode()

    def _delivery(
        self, told: Told, role: str, answer: Answer, started: float, took: float, *, genuine: bool
    ) -> Delivery:
        header = self.description.correlation_header
        headers = ((header.encode(), told.correlation.encode()),) if header and told.correlation else ()
        return Delivery(
            id=self._id(),
            play=self.name,
            request=Request("POST", PARTNER, headers, b""),
            response=Response(answer.status, answer.headers, answer.body) if answer.failure is None else None,
            failure=answer.failure,
            started=started,
            ended=started + took,
            role=role,
            genuine=genuine,
            event_id=told.id,
            event_type=told.type,
            object_type=told.kind,
            object_id=told.about,
            version=told.version,
            correlation=told.correlation,
            attempt=1,
        )

    def _stumble(self, told: Told, role: str, hiccup: Hiccup, *, genuine: bool) -> None:
        """A first attempt that says nothing of the event; the kit pauses before the next one."""
        later = ((b"Retry-After", b"1"),)
        answers = {
            "refused": Answer(failure=Failure.REFUSED),
            "closed": Answer(failure=Failure.CLOSED),
            "limited": Answer(429, later),
            "overloaded": Answer(503, later),
        }
        self.records.append(self._delivery(told, role, answers[hiccup], self.now, 0.01, genuine=genuine))
        self.now += 1.5

    def _id(self) -> str:
        return f"{self.name}.{len(self.records):04}"

    def until_effect(self, told: Told) -> str:
        """Wait until an effect is seen, in the way in which this partner shows it."""
        if self.offers("events"):
            return self._seen("effect")
        if self._shows_by_get(told):
            return self._seen("fetch")
        if self.offers("objects") and self.manner.keeps_objects:
            return self._seen("effect")
        return "not seen" if self.offers("objects") else "cannot be seen"

    def _shows_by_get(self, told: Told) -> bool:
        return told.id in self.followed or (self.thin and self._gettable(told.kind))

    def _seen(self, what: str) -> str:
        self.wait(what, max(0.0, self.ready - self.now) + _TICK)
        return "seen"

    def see_control(self, told: Told) -> None:
        """Wait for the effect of a positive control, and write it down."""
        self.note("control effect", self.until_effect(told))

    def control(self, kind: str = "") -> Told:
        """The positive control."""
        told = self.news(kind)
        self.take(told, "control")
        self.see_control(told)
        return told

    def settle(self) -> None:
        """Let the quiet time pass."""
        self.wait("settle", self.random.uniform(0.5, 5.0))
        self.now = max(self.now, self.ready)

    def quiet(self, kind: str = "") -> None:
        """A sentinel event has its effect, and then nothing more comes."""
        told = self.event(kind or self.usual)
        self.take(told, "sentinel")
        self.note("sentinel", self.until_effect(told))
        self.settle()
        self.ask_held(told)

    def ask(self, call: str, about: str | None = None, kind: str = "", **settings: Any) -> Asking:
        """A call of the kit to the partner's control endpoint."""
        answer: Any = settings.get("answer", {})
        status: int = settings.get("status", 200)
        ended: float = settings.get("ended", self.now + 0.01)
        query = f"?tenant={settings['tenant']}" if "tenant" in settings else ""
        asking = Asking(
            id=self._id(),
            play=self.name,
            request=Request("GET", f"http://127.0.0.1:8000/control/{call}/{about or ''}{query}"),
            response=Response(status, (), json.dumps(answer).encode()),
            failure=None,
            started=settings.get("started", self.now),
            ended=ended,
            call=call,
            object_type=kind or None,
            about=about,
        )
        self.records.append(asking)
        self.now = max(self.now, ended) + _TICK
        return asking

    def ask_applied(self, told: Told) -> None:
        """Ask how often the event was handled."""
        if self.offers("events"):
            self.ask("events", told.id, answer={"applied": self.applied[told.id]})

    def ask_held(self, told: Told, *, kind: str = "", **settings: Any) -> None:
        """Ask what the partner holds of the object."""
        if not self.offers("objects"):
            return
        version = self.held.get(told.about, 0)
        if not version or not self.manner.keeps_objects:
            self.ask("objects", told.about, kind or told.kind, status=404, **settings)
            return
        content: Any = {}
        for at, value in self.state(told.kind, version).items():
            content = pointer.write(content, at, value)
        self.ask("objects", told.about, kind or told.kind, answer=content, **settings)

    def ask_effect(self, told: Told) -> None:
        """Ask for both."""
        self.ask_applied(told)
        self.ask_held(told)

    def ask_effect_seen(self, told: Told) -> None:
        """Ask what shows the effect of an event, where it shows by an answer and not by a get."""
        if self.offers("events"):
            self.ask_applied(told)
        elif not self._shows_by_get(told):
            self.ask_held(told)

    # The partner's side

    def _gettable(self, kind: str) -> bool:
        return kind in self.description.object_types and bool(self.description.object_types[kind].get)

    def fetches(self, told: Told) -> bool:
        """Whether this event makes the partner get its object."""
        if not self._gettable(told.kind):
            return False
        return self.thin or (self.manner.gets_strangers and told.version > 1 and told.about not in self.held)

    def work_on(self, told: Told, delivery: Delivery) -> None:
        """Do what a correct partner does with an event that it has accepted; nothing with one that it knows."""
        if not delivery.succeeded:
            return
        at = delivery.ended + self.manner.reaction
        if self.manner.begins_early:
            at = self.random.uniform(delivery.started, delivery.ended)
        if self.applied[told.id]:
            if self.manner.gets_again and self.fetches(told):
                self.get(told, at)
            return
        self.applied[told.id] += 1
        self.ready = max(self.ready, at)
        newest = told.version
        if self.fetches(told):
            for number in range(2 if self.manner.gets_twice else 1):
                self.get(told, at + number * self.random.choice((0.0, 0.005, 0.3)))
            newest = self.versions[told.about]
        self.held[told.about] = max(newest, self.held.get(told.about, 0))
        self._go_on(told, delivery)

    def _go_on(self, told: Told, delivery: Delivery) -> None:
        """What an event may lead to beside its effect: a change of something else, and a later look at the object."""
        if self.manner.reacts and delivery.role != "own":
            operation = f"note-{told.kind}"
            target = f"/notes/{told.about}"
            self.call("update", None, self.ready, operation=operation, target=target, correlation=told.correlation)
        # Who gets at once whatever it has been told of is no correct partner where events carry their objects.
        polls = self.manner.polls and self.story != "known-objects"
        if polls and self._gettable(told.kind) and self.chance(0.2):
            ready = self.ready
            self.get(told, ready + self.random.uniform(0.1, 20.0), correlation=self.new_operation())
            self.ready = ready

    def get(
        self,
        told: Told,
        at: float,
        *,
        status: int = 200,
        fault: str | None = None,
        failure: Failure | None = None,
        took: float | None = None,
        correlation: str | None = "",
        version: int | None = None,
        got: Headers = (),
    ) -> Call:
        """The partner gets the object of an event, under the event's correlation id."""
        kind = self.description.object_types[told.kind]
        about = told.about.upper() if self.manner.spells_loud else told.about
        fine = status == 200 and failure is None
        call = self.call(
            "get",
            told.about,
            at,
            kind=told.kind,
            operation=kind.get,
            target=f"/{told.kind}/{about}",
            status=status,
            fault=fault,
            failure=failure,
            took=took,
            correlation=told.correlation if correlation == "" else correlation,
            version=(version or self.versions[told.about]) if fine else None,
            got=got,
        )
        if fine and version is None:
            self.looks.add(call.id)
        return call

    def _shown(self, record: Record) -> Record:
        """A get as it is answered: with the version of the object at that time."""
        if not isinstance(record, Call) or record.id not in self.looks:
            return record
        known = [v for at, about, v in self.changes if about == record.object_id and at <= record.ended]
        return replace(record, version=max(known, default=1))

    def call(
        self,
        does: str,
        about: str | None,
        at: float,
        *,
        kind: str | None = None,
        operation: str = "",
        target: str = "",
        status: int = 200,
        fault: str | None = None,
        failure: Failure | None = None,
        took: float | None = None,
        correlation: str | None = None,
        version: int | None = None,
        got: Headers = (),
        sent: Headers = (),
        body: bytes = b"",
        listed: tuple[str, ...] = (),
        unasked: bool = False,
    ) -> Call:
        """A call of the partner to the platform's API, which keeps it ready no sooner than the call has ended."""
        took = self.random.uniform(0.001, 0.05) if took is None else took
        call = Call(
            id=self._id(),
            play=self.name,
            request=Request(_METHODS.get(does, "GET"), target or f"/{does}", sent, body),
            response=Response(status, got) if failure is None else None,
            failure=failure,
            started=at,
            ended=at + took,
            operation=operation or does,
            does=does,
            object_type=kind,
            object_id=about,
            problems=self._problems(),
            version=version,
            fault=fault,
            correlation=correlation if self.description.correlation_header else None,
            listed=listed,
        )
        self.records.append(replace(call, play=None) if unasked else call)
        self.ready = max(self.ready, call.ended) if not unasked else self.ready
        return call

    def _problems(self) -> tuple[CallProblem, ...]:
        """What is wrong with the partner's calls."""
        wrong = {
            "FET-02": (
                CallProblem(ProblemKind.CREDENTIAL, "no X-Api-Key header"),
                CallProblem(ProblemKind.CREDENTIAL_IN_URL, "the API key stands in the URL"),
            ),
            "FET-03": (
                CallProblem(ProblemKind.PATH, "no such path"),
                CallProblem(ProblemKind.METHOD, "no such method there"),
                CallProblem(ProblemKind.PARAMETER, "a parameter of another type"),
                CallProblem(ProblemKind.BODY, "the body lacks a field"),
            ),
        }
        found = wrong.get(self.broken, ())
        return (self.random.choice(found),) if found else ()

    def new_operation(self) -> str:
        """The correlation id of an operation that the partner starts: a fresh one, unless it has one for all."""
        return self.operation_id or uuid(self.random)

    def pauses(self) -> list[float]:
        """The pauses before its retries; who is patient makes more of them."""
        pauses = list(self.manner.pauses)
        return [*pauses, pauses[-1] + 1, pauses[-1] + 2] if self.manner.patient else pauses

    def polls(self, count: int, *does: str, until: float) -> None:
        """Calls that the partner makes unasked: in rounds, each with an id of its own."""
        for _ in range(count):
            at, operation = self.random.uniform(self.begins, until), self.new_operation()
            for call in self.random.sample(does, self.random.randint(1, len(does))):
                named = uuid(self.random) if call == "get" else None
                role = "listEvents" if call == "list-events" else ""
                target = "/events?since=2026-11-20T09:00:00Z" if role else ""
                at = self.call(call, named, at, operation=role, target=target, correlation=operation).ended + 0.01

    def finished(self) -> list[Record]:
        """The records of the play: that it took place, and what happened."""
        if self.manner.polls and self.story in STORIES and STORIES[self.story].exclusive:
            # While no other story plays, what names no object is taken for a part of the one that does.
            does = LOOKS if self.description.subscriptions else ("list",)
            self.polls(self.random.randint(0, 3), *does, until=self.now)
        ends = [e.ended for e in self.records if isinstance(e, Exchange)]
        play = Play(
            id=self.name,
            story=self.story,
            parameter=self.parameter,
            round=self.round,
            alone=self.alone,
            started=self.begins,
            ended=max([self.now, *ends]),
            outcome=self.outcome,
            reason=self.reason,
        )
        return [play, *map(self._shown, self.records)]
