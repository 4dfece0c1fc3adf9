"""What a story may do with the partner: as the platform, and by deliveries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any, Final

from conformance import pointer
from conformance.delivery import Sent
from conformance.errors import NotAssessable
from conformance.exchange import Delivery, Failure, Headers, Request
from conformance.generate.names import UUIDS, Ids
from conformance.kit import Effect, Kit, Wrapping
from conformance.observation import Observer
from conformance.platform.description import Change, EventType
from conformance.platform.event import Event, Thing
from conformance.platform.template import filled
from conformance.retry_after import retry_after
from conformance.signing import key_of, signer_of
from conformance.simulator.faults import Fault, FaultKind
from conformance.wire import Form, Gate

__all__ = ["Stage"]

# As a platform would: a connection that failed is tried again soon, a refusal a little later.
_RECONNECT_AFTER: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
# A partner that restarts refuses connections for a while; one that closes them again and again means it.
_CLOSED_AGAIN: Final = 1.0
_RETRY_AFTER: Final = (0.5, 2.0)
# Who asks for a longer pause than this is not asked again.
_LONGEST_PAUSE: Final = 10.0
# Deliveries that go together are all at their last byte within this time, or something is in their way.
_ASSEMBLE: Final = 10.0
# A partner that answered, and then does not for so many deliveries and so many deadlines, has fallen over.
_UNHEARD: Final = 10
# After so many ids that were there before, there is no fresh one to be had.
_DRAWS: Final = 1000
_DEADLINES: Final = 2
_AT_LEAST: Final = 30.0


_GENUINE: Final = Wrapping()


class Stage(Observer):
    """The stage of one play of a story; `alone` says that no other is played meanwhile."""

    def __init__(self, kit: Kit, play: str, parameter: str, random: Random, *, alone: bool = True) -> None:
        super().__init__(kit, play, parameter, random, alone=alone)
        self._attempts: dict[tuple[str, str], int] = {}

    # The platform's side

    def new_id(self, ids: Ids = UUIDS) -> str:
        """A fresh id that belongs to this play: a uuid, where nothing else is named.

        Raises ValueError where the platform has no more ids of this form.
        """
        for _ in range(_DRAWS):
            name = ids.fresh(self.random)
            if self.kit.owners.claimant(name) is None:
                self.kit.owners.claim(name, self.play)
                return name
        raise ValueError("the form of the platform's ids leaves too few of them")

    def new_event_id(self) -> str:
        """A fresh id of an event."""
        return self.new_id(self.kit.composer.names.of_events)

    def make(self, object_type: str, *, age: float = 60.0, name: str = "") -> Thing:
        """The platform makes an object that the partner has never heard of, `age` seconds ago; `name` is its id."""
        kind = self.description.object_types[object_type]
        names = self.kit.composer.names
        name = name or self.new_id(names.of_objects(object_type))
        tenant = name if kind.tenant == kind.id else ""
        if kind.tenant and not tenant:
            tenant = self.new_id(names.of_tenants(object_type))
        thing = Thing(object_type, name, tenant)
        self.kit.state.make(thing, age=age, random=self.random)
        return thing

    def change(self, thing: Thing, *, age: float = 0.0, event_type: EventType | None = None) -> int:
        """The platform changes an object; returns its new version."""
        return self.kit.state.change(thing, age=age, sets=event_type.sets if event_type else ())

    def event_type(self, object_type: str, change: Change) -> EventType:
        """The event type that tells of that change, or else any that tells of the object type.

        Raises NotAssessable when the platform sends none.
        """
        types = self.description.event_types_about(object_type, change) or self.description.event_types_about(
            object_type
        )
        if not types:
            raise NotAssessable(f"the platform sends no event about {object_type}")
        return types[0]

    def event(
        self,
        thing: Thing,
        change: Change,
        *,
        age: float = 0.0,
        event_type: EventType | None = None,
        version: int = 0,
        event_id: str = "",
        correlation: str | None = None,
        listed: bool = True,
    ) -> Event:
        """An event about an object as it is in that version, the newest when none is named.

        Raises ValueError when the event breaks the platform's own document: that is a fault of the kit.
        """
        kind = event_type or self.event_type(thing.object_type, change)
        told = change if change in kind.changes else kind.changes[0]
        state = self.kit.state
        number = version or state.version(thing)
        event = self.kit.composer.event(
            kind,
            thing,
            state.held(thing, number),
            change=told,
            version=number,
            event_id=event_id or self.new_event_id(),
            at=self.kit.clock.stamp(age=age),
            correlation=correlation or (self.new_id() if self.description.correlation_header else None),
            random=self.random,
        )
        document = self.kit.specification.document
        broken = document.violations(document.event_schema_at(kind.name), event.content)
        if broken:
            raise ValueError(
                f"the kit composed a {kind.name} that the document does not allow: {'; '.join(broken[:3])}"
            )
        if listed:
            state.remember(event)
        return event

    def news(
        self,
        object_type: str,
        *,
        age: float = 30.0,
        event_id: str = "",
        correlation: str | None = None,
        listed: bool = True,
    ) -> Event:
        """An event about an object that the partner has never seen, of the kind whose effect it shows.

        As a rule that is a creation. Where a partner shows its effects by nothing but gets, and gets what it only heard
        has changed, it is a change.
        """
        if object_type not in self.kit.followed:
            thing = self.make(object_type, age=age + 30)
            return self.event(thing, "created", age=age, event_id=event_id, correlation=correlation, listed=listed)
        thing = self.make(object_type, age=age + 60)
        self.change(thing, age=age)
        event = self.event(thing, "updated", age=age, event_id=event_id, correlation=correlation, listed=listed)
        self._followed.add(event.id)
        self.note("followed", event.id)
        return event

    def expect(self, thing: Thing) -> None:
        """Write down what a partner that is up to date holds of an object, and what it held at each earlier version."""
        kind = self.description.object_types[thing.object_type]
        told = {at for t in self.description.event_types_about(thing.object_type) for at, _ in t.sets}
        places = [*(f.at for f in kind.changing), *sorted(told)]
        versions = [
            {at: pointer.read(self.kit.state.held(thing, number), at) for at in places}
            for number in range(1, self.kit.state.version(thing) + 1)
        ]
        self.note("versions", json.dumps({"object": thing.id, "versions": versions}))

    def fault_about(self, thing: Thing, kind: FaultKind, **settings: Any) -> AbstractAsyncContextManager[Fault]:
        """A fault of the calls that name an object while the block runs, whichever of its ids they name it by."""
        return self.fault(self.fault_of(thing, kind, **settings))

    def fault_of(self, thing: Thing, kind: FaultKind, **settings: Any) -> Fault:
        """A fault of the calls that name an object, not yet in force."""
        role = self.description.operations.get(self.description.object_types[thing.object_type].get)
        id_at = self.description.object_types[thing.object_type].id
        named = thing.id if role is None or any(at == id_at for _, at in role.keys) else thing.tenant
        return Fault(kind=kind, object_id=named, **settings)

    @asynccontextmanager
    async def fault(self, fault: Fault) -> AsyncIterator[Fault]:
        """A fault of the platform's API while the block runs; it begins when one of the few places is free."""
        async with self.faults([fault]):
            yield fault

    @asynccontextmanager
    async def faults(self, faults: Sequence[Fault]) -> AsyncIterator[None]:
        """Several faults of one story, in one of the few places."""
        async with self.kit.faulty:
            for fault in faults:
                self.kit.faults.add(fault)
            try:
                yield
            finally:
                for fault in faults:
                    self.kit.faults.remove(fault)

    def bait(self, text: str) -> str:
        """A URL that is not the platform's: what comes there is written down as a call of this play."""
        return f"{self.kit.bait_url}/{self.new_id()}/{text}"

    @property
    def restartable(self) -> bool:
        """Whether the partner can be killed and started again."""
        return self.kit.restart is not None

    async def restart(self) -> None:
        """Kill the partner, start it again, and wait for its port.

        Raises NotAssessable when there is no way to.
        """
        if self.kit.restart is None:
            raise NotAssessable("the kit cannot restart the partner (see --partner-restart-command)")
        started = self.kit.clock.elapsed
        await self.kit.restart()
        self.waited("restart", started, self.waits.deadline, rewarded=True)

    # Deliveries

    async def deliver(
        self,
        event: Event,
        role: str,
        *,
        genuine: bool = True,
        wrapping: Wrapping = _GENUINE,
        retry: bool = False,
        patient: bool = True,
    ) -> Delivery:
        """Deliver an event; what fails to connect is tried again, with `retry` a refusal too, as a platform would.

        Where the partner asks to wait, the kit waits and tries again, unless it is not `patient`: 429 and 503 say
        nothing of this event, be it genuine or not.
        Raises NotAssessable when the partner is no longer there, or never could be reached over TLS.
        """
        again = iter(_RETRY_AFTER)
        reconnect = iter(_RECONNECT_AFTER)
        while True:
            delivery = await self._attempt(event, role, wrapping, genuine=genuine)
            if delivery.failure is Failure.TLS and self.kit.untrusted:
                raise NotAssessable(self.kit.untrusted)
            self._listen(delivery)
            if delivery.failure is Failure.REFUSED or (
                delivery.failure is Failure.CLOSED and delivery.response is None
            ):
                pause = next(reconnect, None)
                if delivery.failure is Failure.CLOSED and pause is not None and pause > _CLOSED_AGAIN:
                    return delivery
                if pause is None:
                    self._partner_gone(delivery)
                    return delivery
            elif (retry and not delivery.succeeded) or (patient and delivery.asks_to_wait):
                pause = self._pause_before_retry(delivery, next(again, None))
                if pause is None:
                    return delivery
            else:
                return delivery
            await asyncio.sleep(pause)

    def _pause_before_retry(self, delivery: Delivery, usual: float | None) -> float | None:
        """The pause that a platform makes, or the longer one that it was asked for; None where it gives up."""
        asked = retry_after(delivery.response, now=self.kit.clock.now) or 0.0
        return None if usual is None or asked > _LONGEST_PAUSE else max(usual, asked)

    async def deliver_once(
        self, event: Event, role: str, *, genuine: bool = True, wrapping: Wrapping = _GENUINE
    ) -> Delivery:
        """Deliver an event a single time, whatever comes of it: even a connection that is refused is no news here."""
        return await self._attempt(event, role, wrapping, genuine=genuine)

    async def deliver_accepted(self, event: Event, role: str, *, wrapping: Wrapping = _GENUINE) -> Delivery:
        """Deliver a genuine event that the story builds on, retried as a platform would.

        Raises NotAssessable when the partner does not accept it.
        """
        delivery = await self.deliver(event, role, wrapping=wrapping, retry=True)
        if not delivery.succeeded:
            raise NotAssessable(f"positive control failed: a genuine event is not accepted ({delivery.outcome()})")
        return delivery

    async def deliver_together(self, copies: Sequence[tuple[Event, str, Wrapping]]) -> list[Delivery]:
        """Deliver genuine events in their roles, all of them released at their last byte at the same instant.

        Raises NotAssessable when they cannot be assembled, because the partner or a cap is in the way.
        """
        gate = Gate(len(copies))
        tasks: list[asyncio.Task[Delivery]] = []
        try:
            async with self.kit.together:
                tasks = [
                    asyncio.create_task(self._attempt(event, role, _held_at(gate, wrapping), genuine=True))
                    for event, role, wrapping in copies
                ]
                async with asyncio.timeout(_ASSEMBLE):
                    await gate.ready()
                gate.open()
            return list(await asyncio.gather(*tasks))
        except TimeoutError:
            why = f"{len(copies)} deliveries at once could not be assembled within {_ASSEMBLE:g} s"
            raise NotAssessable(f"{why} (see --conformance-in-flight)") from None
        finally:
            gate.open()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _listen(self, delivery: Delivery) -> None:
        """Notice a partner that still takes connections, or something in its place does, but answers nothing more."""
        kit = self.kit
        # Who waits for an answer that the kit holds back may keep others waiting, which is judged and no end of it.
        if (delivery.response is not None and not delivery.is_of_gateway) or (kit.heard and kit.faults.holding):
            kit.heard, kit.unheard = delivery.ended, 0
        elif kit.heard and (delivery.is_of_gateway or delivery.failure in {Failure.TIMEOUT, Failure.CLOSED}):
            kit.unheard += 1
            long_enough = max(_DEADLINES * self.waits.deadline, _AT_LEAST)
            if kit.unheard >= _UNHEARD and delivery.ended - kit.heard > long_enough:
                kit.lose_partner(
                    f"partner stopped answering after {kit.heard:.0f} s: "
                    f"{kit.unheard} deliveries since got no answer of its own, the last one: {delivery.outcome()}"
                )
                raise NotAssessable(kit.partner_gone)

    def _partner_gone(self, delivery: Delivery) -> None:
        if delivery.failure is Failure.REFUSED:
            self.kit.lose_partner(
                f"partner stopped answering after {self.kit.clock.elapsed:.0f} s: {delivery.outcome()}"
            )
            raise NotAssessable(self.kit.partner_gone)

    async def _attempt(self, event: Event, role: str, wrapping: Wrapping, *, genuine: bool) -> Delivery:
        kit = self.kit
        if kit.partner_gone:
            raise NotAssessable(kit.partner_gone)
        counted = (event.id, role)
        self._attempts[counted] = self._attempts.get(counted, 0) + 1
        if kit.deliveries_left <= 0:
            raise NotAssessable("the cap on deliveries is reached (--conformance-total)")
        kit.deliveries_left -= 1
        async with kit.in_flight:
            await kit.pace()
            request = self._request(event, wrapping)
            started = kit.clock.elapsed
            sent = await self._send(request, wrapping.form)
            ended = kit.clock.elapsed
        delivery = self._delivery(event, role, sent, started + sent.held, ended, genuine=genuine)
        kit.journal.add(delivery)
        if delivery.succeeded and genuine and event.id in kit.state.events:
            kit.state.events[event.id].delivered = True
        return delivery

    async def _send(self, request: Request, form: Form | None) -> Sent:
        deadline = self.kit.waits.deadline
        if form is None:
            return await self.kit.sender.send(request, deadline=deadline)
        return await self.kit.wire.send(request, deadline=deadline, form=form)

    def _delivery(
        self, event: Event, role: str, sent: Sent, started: float, ended: float, *, genuine: bool
    ) -> Delivery:
        return Delivery(
            id=f"d{self.kit.numbers()}",
            play=self.play,
            request=self.kit.redactor.request(sent.request),
            response=self.kit.redactor.response(sent.response),
            failure=sent.failure,
            started=started,
            ended=ended,
            role=role,
            genuine=genuine,
            event_id=event.id,
            event_type=event.type,
            object_type=event.thing.object_type,
            object_id=event.thing.id,
            version=event.version,
            correlation=event.correlation,
            attempt=self._attempts[event.id, role],
        )

    def _request(self, event: Event, wrapping: Wrapping) -> Request:
        d, kit = self.description, self.kit
        body = d.form.wrapped(event.body if wrapping.body is None else wrapping.body, *wrapping.beside)
        headers: list[tuple[bytes, bytes]] = [
            (b"User-Agent", kit.user_agent.encode()),
            (b"Content-Type", d.form.content_type.encode()),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity"),
        ]
        words = {"id": event.id, "type": event.type, "time": event.occurred_at}
        headers += ((name.encode(), d.form.header_value(filled(value, words))) for name, value in d.delivery_headers)
        token = kit.secrets.webhook_token if wrapping.credential is None else wrapping.credential
        if d.credential is not None and token:
            headers += d.credential.carried(token)
        url = self._url(event, wrapping)
        if d.signature is not None and not wrapping.unsigned:
            key = key_of(d.signature, kit.secrets.signing) if wrapping.key is None else wrapping.key
            now = kit.clock.now - wrapping.age
            signer = signer_of(d.signature, body, event.id, now, url=url, own=kit.sign_own)
            headers += wrapping.sign(signer, key) if wrapping.sign else signer.headers(signer.signature(key))
        if d.correlation_header and event.correlation is not None:
            headers.append((d.correlation_header.encode(), event.correlation.encode()))
        sent: Headers = tuple(headers)
        if wrapping.edit is not None:
            sent = wrapping.edit(sent)
        return Request(
            wrapping.method,
            url,
            sent,
            body if wrapping.sent is None else d.form.wrapped(wrapping.sent, *wrapping.beside),
        )

    def _url(self, event: Event, wrapping: Wrapping) -> str:
        d, url = self.description, self.kit.partner_url
        if d.endpoint_per_type:
            return url + d.paths[wrapping.endpoint or event.thing.object_type]
        targets = self.kit.state.targets(event.type)
        return url if url in targets or not targets else targets[0]

    async def see_control(self, event: Event, delivery: Delivery) -> None:
        """Wait for the effect of a positive control, and write down what was seen of it.

        Raises NotAssessable where a partner that reacts shows nothing while stories overlap: what a forged event brings
        about would not be seen in time either. The story is played again alone.
        """
        effect = await self.until_effect(event, after=delivery.started)
        self.note("control effect", effect)
        if effect is Effect.UNSEEN and self.note_lateness():
            raise NotAssessable("positive control failed: the effect of a genuine event was not seen in time")

    async def quiet(self, object_type: str) -> None:
        """Wait until nothing more is to come: a sentinel event has had its effect, and the settle time has passed.

        What the partner then holds of the sentinel's object tells judges whether it keeps such objects at all.
        """
        sentinel = self.make(object_type)
        event = self.event(sentinel, "created")
        delivery = await self.deliver(event, "sentinel")
        if delivery.succeeded:
            effect = await self.until_effect(event, after=delivery.started)
            self.note("sentinel", str(effect))
        await self.settle()
        if delivery.succeeded:
            await self.ask_held(sentinel)


def _held_at(gate: Gate, wrapping: Wrapping) -> Wrapping:
    return replace(wrapping, form=replace(wrapping.form or Form(), gate=gate))
