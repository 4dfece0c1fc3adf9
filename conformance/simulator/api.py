"""The simulated platform's API: each call is checked, met with its fault, answered, and recorded."""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from conformance import pointer
from conformance.clock import Clock
from conformance.exchange import Call, CallProblem, Failure, ProblemKind, Request, Response
from conformance.generate.names import fresh_id
from conformance.identifier import canonical
from conformance.journal import Journal
from conformance.platform.call_rules import CallRules
from conformance.platform.description import OperationRole
from conformance.platform.event import compact
from conformance.platform.specification import Specification
from conformance.redaction import Redactor
from conformance.simulator.faults import Fault, FaultKind, Faults
from conformance.simulator.owners import Owners
from conformance.simulator.permissions import Permissions
from conformance.simulator.server import Manner, Reply
from conformance.simulator.state import Answer, Params, PlatformState
from conformance.transcript import Note

__all__ = ["SimulatedApi"]

_REFUSALS: Final = {
    ProblemKind.CREDENTIAL: (401, "Unauthorized"),
    ProblemKind.CREDENTIAL_IN_URL: (401, "Unauthorized"),
    ProblemKind.PATH: (404, "Not Found"),
    ProblemKind.METHOD: (405, "Method Not Allowed"),
    ProblemKind.PARAMETER: (400, "Bad Request"),
    ProblemKind.BODY: (400, "Bad Request"),
}
# The calls in which a partner names a URL.
_SUBSCRIBES: Final = frozenset({"create-subscription", "update-subscription"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call, understood."""

    request: Request
    started: float
    role: OperationRole | None
    path: Mapping[str, str]
    correlation: str | None
    problems: tuple[CallProblem, ...]


@dataclass(slots=True, kw_only=True)
class SimulatedApi:
    """Answers the partner's calls.

    `credentials` are the headers that a call must carry, with their values; `secrets` may not stand in a URL.
    `verify` asks the URL of a new subscription, or the new one of an old subscription, whether it wants deliveries, and
    says why not; it is told whose call it is. `permissions` are those that come by a call.
    """

    specification: Specification
    state: PlatformState
    faults: Faults
    owners: Owners
    rules: CallRules
    journal: Journal
    clock: Clock
    redactor: Redactor
    random: Random
    credentials: Mapping[str, str]
    secrets: tuple[str, ...]
    verify: Callable[[str | None, object], Awaitable[str]] | None = None
    permissions: Permissions = field(default_factory=Permissions)
    numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)

    async def handle(self, request: Request) -> Reply:
        """Answer one call and write it down."""
        if self.permissions.take(request):
            return self._granted(request)
        asked = self._understand(request)
        play = self._owner(asked)
        fault: Fault | None = None
        answer = self._refusal(asked)
        manner = Manner.WHOLE
        try:
            if answer is None and asked.role is not None:
                fault = self._fault(asked)
                answer, manner = await self._perform(asked, fault)
        except asyncio.CancelledError:
            self._record(asked, play, Answer(0), None, fault, Failure.CANCELLED)
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the partner gets an answer and the journal a record
            answer = self._failed(play, error)
        answer = answer or self._not_played()
        reply = self._reply(asked, answer, fault, manner)
        self._claim(asked, answer)
        response = (
            Response(reply.status, reply.headers, reply.body) if manner in {Manner.WHOLE, Manner.TRUNCATED} else None
        )
        self._record(asked, play, answer, response, fault, None if manner is Manner.WHOLE else Failure.CLOSED)
        return reply

    def _granted(self, request: Request) -> Reply:
        """Thank for a permission to deliver, which is no call of the API that the document describes."""
        response = Response(200)
        asked = _Asked(request, self.clock.elapsed, None, {}, None, ())
        play = self.owners.of(request, does="", object_type="", correlation=None)
        self._record(asked, play, Answer(200), response, None, None)
        return Reply(response.status)

    def _failed(self, play: str | None, error: Exception) -> Answer:
        """What to answer, and to note, when the simulated platform itself fails."""
        text = self.redactor.text(f"{type(error).__name__}: {error}")
        self.journal.add(Note(play or "", "simulator failed", text))
        return Answer(500, self.state.error(500, "Internal Server Error", "The simulated platform failed."))

    def _not_played(self) -> Answer:
        """What to answer to a call that the document allows and the description leaves unused."""
        return Answer(501, self.state.error(501, "Not Implemented", "The simulated platform does not play this call."))

    def broken(self, head: bytes, why: str) -> None:
        """Write down what is no HTTP request."""
        problem = CallProblem(ProblemKind.PATH, f"not an HTTP request: {why}")
        request = Request("", "", (), self.redactor.raw(head)[:1000])
        asked = _Asked(request, self.clock.elapsed, None, {}, None, (problem,))
        self._record(asked, None, Answer(400), Response(400), None, None)

    def _understand(self, request: Request) -> _Asked:
        parts = urlsplit(request.target)
        matched = self.specification.document.match(request.method, parts.path)
        role = self.specification.description.operations.get(matched[0].id) if matched else None
        header = self.specification.description.correlation_header
        return _Asked(
            request,
            self.clock.elapsed,
            role,
            matched[1] if matched else {},
            request.header(header) if header else None,
            (*self._credential_problems(request), *self.rules.problems(request)),
        )

    def _credential_problems(self, request: Request) -> list[CallProblem]:
        found = []
        for name, wanted in self.credentials.items():
            sent = request.header(name)
            if sent is None:
                found.append(CallProblem(ProblemKind.CREDENTIAL, f"the header {name} is missing"))
            elif not hmac.compare_digest(_plain(sent).encode("latin-1"), _plain(wanted).encode("latin-1")):
                found.append(
                    CallProblem(ProblemKind.CREDENTIAL, f"the header {name} does not hold the partner's credential")
                )
        if any(secret in request.target for secret in self.secrets):
            found.append(CallProblem(ProblemKind.CREDENTIAL_IN_URL, "the URL holds a secret"))
        return found

    def _owner(self, asked: _Asked) -> str | None:
        role = asked.role
        return self.owners.of(
            asked.request,
            does=role.does if role else "",
            object_type=role.object_type if role else "",
            correlation=asked.correlation,
        )

    def _refusal(self, asked: _Asked) -> Answer | None:
        for problem in asked.problems:
            if problem.kind in _REFUSALS:
                status, title = _REFUSALS[problem.kind]
                return Answer(status, self.state.error(status, title, problem.text))
        return None

    def _fault(self, asked: _Asked) -> Fault | None:
        role = asked.role
        if role is None:
            return None
        ids = frozenset(map(canonical, asked.path.values()))
        return self.faults.take(ids=ids, does=role.does, object_type=role.object_type)

    async def _perform(self, asked: _Asked, fault: Fault | None) -> tuple[Answer, Manner]:
        role = asked.role
        assert role is not None  # a call without an operation was refused
        if fault is None:
            return await self._unverified(role, asked) or self.state.perform(role, _params(asked)), Manner.WHOLE
        if fault.kind is FaultKind.STATUS:
            body = self.state.error(fault.status, "Fault", "The platform fails this call on purpose.")
            return Answer(fault.status, body), Manner.WHOLE
        if fault.kind is FaultKind.RESET:
            return Answer(0), Manner.RESET
        if fault.kind is FaultKind.BODY:
            return Answer(fault.status), Manner.WHOLE
        if fault.kind is FaultKind.LOSE:
            answer = self.state.perform(role, _params(asked))
            fault.hold(answer.thing)
            return answer, Manner.RESET
        if fault.kind is FaultKind.TRUNCATE:
            return self.state.perform(role, _params(asked)), Manner.TRUNCATED
        return await self._hold(role, asked, fault)

    async def _unverified(self, role: OperationRole, asked: _Asked) -> Answer | None:
        """The refusal of a subscription whose URL does not answer the platform's handshake, which is made now."""
        rules, handshake = self.state.description.subscriptions, self.state.description.handshake
        if role.does not in _SUBSCRIBES or self.verify is None or rules is None or handshake is None:
            return None
        url = pointer.read(_params(asked).body, rules.url)
        if role.does == "update-subscription" and url in self.state.urls:
            return None
        complaint = await self.verify(self._owner(asked), url)
        if not complaint:
            return None
        return Answer(handshake.refused, self.state.error(handshake.refused, "URL Not Verified", complaint))

    async def _hold(self, role: OperationRole, asked: _Asked, fault: Fault) -> tuple[Answer, Manner]:
        if not fault.late:
            fault.make.set()
        fault.holding.set()
        try:
            async with asyncio.timeout(fault.seconds):
                await fault.make.wait()
                answer = self.state.perform(role, _params(asked))
                self._claim(asked, answer)
                fault.hold(answer.thing)
                await fault.release.wait()
        except TimeoutError:
            if fault.reset_after or not fault.made.is_set():
                return Answer(0), Manner.RESET
        return answer, Manner.WHOLE

    def _claim(self, asked: _Asked, answer: Answer) -> None:
        """A new object belongs to the play that its creation belongs to."""
        play = self._owner(asked)
        if answer.thing is not None and play is not None:
            self.owners.claim(answer.thing.id, play)

    def _reply(self, asked: _Asked, answer: Answer, fault: Fault | None, manner: Manner) -> Reply:
        body = b"" if answer.body is None else compact(answer.body)
        content_type = "application/json"
        if fault is not None and fault.kind is FaultKind.BODY:
            body, content_type = fault.body, fault.content_type
        headers: list[tuple[bytes, bytes]] = [(b"Content-Type", content_type.encode())] if body else []
        header = self.specification.description.correlation_header
        if header:
            headers.append((header.encode(), self._returned(asked.correlation)))
        if fault is not None and fault.kind in {FaultKind.STATUS, FaultKind.BODY}:
            headers += (*fault.headers, *fault.headers_then())
        if answer.status == 401:
            headers.append((b"WWW-Authenticate", b"Bearer"))
        return Reply(answer.status, tuple(headers), body, manner)

    def _returned(self, correlation: str | None) -> bytes:
        if correlation is not None and correlation.isascii() and correlation.isprintable():
            return correlation.encode("ascii")
        return fresh_id(self.random).encode()

    def _record(
        self,
        asked: _Asked,
        play: str | None,
        answer: Answer,
        response: Response | None,
        fault: Fault | None,
        failure: Failure | None,
    ) -> None:
        role, text = asked.role, self.redactor.text
        named = next((asked.path[k] for k, at in role.keys if at == self._id_at(role)), None) if role else None
        self.journal.add(
            Call(
                id=f"c{self.numbers()}",
                play=play,
                request=self.redactor.request(asked.request),
                response=self.redactor.response(response),
                failure=failure,
                started=asked.started,
                ended=self.clock.elapsed,
                operation=role.operation if role else None,
                does=role.does if role else None,
                object_type=(role.object_type or None) if role else None,
                object_id=answer.thing.id if answer.thing else named and text(named),
                problems=tuple(CallProblem(each.kind, text(each.text)) for each in asked.problems),
                version=answer.version,
                fault=fault.name if fault else None,
                correlation=asked.correlation and text(asked.correlation),
                listed=answer.listed,
            )
        )

    def _id_at(self, role: OperationRole) -> str:
        kind = self.specification.description.object_types.get(role.object_type)
        return kind.id if kind is not None else ""


def _plain(credential: str) -> str:
    """A credential with its scheme in lower case: schemes are the same in any case (RFC 9110 §11.1)."""
    scheme, space, rest = credential.strip().partition(" ")
    return f"{scheme.lower()} {rest.strip()}" if space else credential.strip()


def _params(asked: _Asked) -> Params:
    query = dict(parse_qsl(urlsplit(asked.request.target).query, keep_blank_values=True))
    body: Any = None
    if asked.request.body:
        try:
            body = json.loads(asked.request.body)
        except (ValueError, RecursionError):
            body = None
    return Params(asked.path, query, body)
