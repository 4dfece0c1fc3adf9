"""What a hand-written test does with platform and partner: the stage of the kit's stories, without coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any, Final, TypeVar

from conformance import pointer
from conformance.errors import ConfigurationError, NotAssessable, Problem
from conformance.exchange import Call, Delivery, Exchange, Headers
from conformance.kit import Effect, Kit, Wrapping
from conformance.platform.description import Description, EventType
from conformance.platform.event import Event, Thing
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage
from conformance.transcript import Outcome, Play

__all__ = ["PartnerSide", "PlatformSide", "Rig"]

_Result = TypeVar("_Result")
# A made-up object is older than what happens to it in a test.
_BEFORE: Final = 60.0


class Rig:
    """The stage of one test. Everything is done in the loop of the run, and waited for in the thread of the test."""

    def __init__(self, kit: Kit, loop: asyncio.AbstractEventLoop, name: str, api_url: str) -> None:
        self._loop = loop
        play = f"t{kit.numbers()}"
        random = Random(f"{kit.seed}/test/{name}/{play}")  # noqa: S311  # reproducible on purpose
        self.stage = Stage(kit, play, "", random)
        self.platform = PlatformSide(self, api_url)
        self.partner = PartnerSide(self)
        self._play = Play(id=play, story=name, parameter="", round=0, alone=True, started=kit.clock.elapsed)

    def begin(self) -> None:
        """From now on what the partner does unasked belongs to this test."""
        kit = self.stage.kit
        self.now(lambda: kit.journal.add(self._play))
        kit.owners.alone = self._play.id

    def end(self) -> None:
        """The test is over."""
        kit = self.stage.kit
        kit.owners.alone = None
        self.now(lambda: kit.journal.add(replace(self._play, ended=kit.clock.elapsed, outcome=Outcome.PLAYED)))

    def run(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        """Wait for a coroutine, one of the stage's say; what it raises is raised."""
        doing = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return doing.result()
        except BaseException:
            doing.cancel()  # Ctrl-C ends the wait, not only the test
            raise

    def now(self, act: Callable[[], _Result]) -> _Result:
        """Do something that takes no time, where nothing else of the run happens meanwhile."""

        async def acted() -> _Result:
            return act()

        return self.run(acted())

    def exchanges(self) -> tuple[Exchange, ...]:
        """What was exchanged for this test up to now."""
        records = self.now(lambda: tuple(self.stage.kit.journal.records))
        mine = (each for each in records if isinstance(each, Exchange) and each.play == self._play.id)
        return tuple(sorted(mine, key=lambda each: each.started))

    def make_event(
        self, name: str, thing: Thing | None = None, *, age: float = 0.0, sets: Mapping[str, object] | None = None
    ) -> Event:
        """An event of that type, or about that object type's creation; about a new object unless `thing` is given.

        Where the object is not in the state that the event type tells of, it comes into it. `age` is how many seconds
        ago that happened; `sets` puts values at JSON pointers of the body.
        Raises ConfigurationError where the platform sends no such event, ValueError where its document forbids it.
        """
        kind, object_type = self._kind(name, thing)

        def make() -> Event:
            about = thing or self.stage.make(object_type, age=age + _BEFORE)
            state = self.stage.kit.state.held(about)
            as_told = all(pointer.read(state, at) == value for at, value in kind.sets)
            if not as_told or (thing is None and "created" not in kind.changes):
                self.stage.change(about, age=age, event_type=kind)
            event = self.stage.event(about, kind.changes[0], age=age, event_type=kind)
            return self._with(event, sets or {})

        return self.now(make)

    def _kind(self, name: str, thing: Thing | None) -> tuple[EventType, str]:
        description = self.stage.description
        kind = description.event_types.get(name)
        if kind is None and name in description.object_types:
            kind = self.stage.event_type(name, "created")
        if kind is None:
            known = ", ".join(t.name for t in description.delivered_types)
            raise ConfigurationError(Problem(f"make_event({name!r})", "no such event type", f"There are: {known}."))
        if thing is not None and thing.object_type != kind.object_type:
            what = f"tells of {kind.object_type}, not of {thing.object_type}"
            raise ConfigurationError(Problem(f"make_event({name!r})", what))
        return kind, kind.object_type

    def _with(self, event: Event, sets: Mapping[str, object]) -> Event:
        content = event.content
        for at, value in sets.items():
            content = pointer.write(content, at, value)
        document = self.stage.kit.specification.document
        broken = document.violations(document.event_schema_at(event.type), content)
        if broken:
            raise ValueError(f"the platform's document does not allow this {event.type}: {'; '.join(broken[:3])}")
        changed = replace(event, content=content)
        self.stage.kit.state.remember(changed)
        return changed

    def deliver(
        self,
        event: Event,
        *,
        unsigned: bool = False,
        key: bytes | None = None,
        age: float = 0.0,
        body: bytes | None = None,
        sent: bytes | None = None,
        credential: str | None = None,
        headers: Mapping[str, str] | None = None,
        retry: bool = False,
    ) -> Delivery:
        """Deliver an event to the partner, signed as the platform signs, and return what came of it.

        `unsigned` leaves the signature out, `key` signs with another secret, `age` makes the signature so many seconds
        old; `body` replaces the body before it is signed, `sent` after that; `credential` replaces the one that
        deliveries carry, an empty one leaves it out; `headers` are added, or take the place of those of their name.
        With `retry` a refusal is tried again, as a platform would.
        """
        added = tuple((name.encode(), value.encode()) for name, value in (headers or {}).items())
        wrapping = Wrapping(
            unsigned=unsigned,
            key=key,
            age=age,
            body=body,
            sent=sent,
            credential=credential,
            edit=(lambda given: _replaced(given, added)) if added else None,
        )
        genuine = wrapping == Wrapping()
        return self.run(
            self.stage.deliver(event, "test", genuine=genuine, wrapping=wrapping, retry=retry, patient=retry)
        )


def _replaced(given: Headers, added: Headers) -> Headers:
    names = {name.lower() for name, _ in added}
    return (*((name, value) for name, value in given if name.lower() not in names), *added)


class PlatformSide:
    """The simulated platform of one test; `url` is where the partner calls it."""

    def __init__(self, rig: Rig, url: str) -> None:
        self._rig = rig
        self.url = url

    @property
    def description(self) -> Description:
        """What the platform description says."""
        return self._rig.stage.description

    def make(self, object_type: str, *, age: float = _BEFORE, sets: Mapping[str, object] | None = None) -> Thing:
        """Make an object that the partner has never heard of, `age` seconds ago; `sets` puts values at JSON pointers.

        Raises ConfigurationError where there is no such object type.
        """
        if object_type not in self.description.object_types:
            hint = f"There are: {', '.join(self.description.object_types)}."
            raise ConfigurationError(Problem(f"platform.make({object_type!r})", "no such object type", hint))

        def make() -> Thing:
            stage = self._rig.stage
            thing = stage.make(object_type, age=age)
            state = stage.kit.state.held(thing)
            for at, value in (sets or {}).items():
                state = pointer.write(state, at, value)
            stage.kit.state.restate(thing, state)
            return thing

        return self._rig.now(make)

    def change(self, thing: Thing, *, age: float = 0.0, sets: Mapping[str, object] | None = None) -> int:
        """Change an object; returns the number of its new version."""
        given = tuple((sets or {}).items())
        return self._rig.now(lambda: self._rig.stage.kit.state.change(thing, age=age, sets=given))

    def shows(self, thing: Thing) -> dict[str, Any]:
        """The object as the platform's API shows it now."""
        return self._rig.now(lambda: self._rig.stage.kit.state.held(thing))

    def calls(self, does: str = "") -> list[Call]:
        """The calls of the partner that belong to this test: all, or those that do what is named, `get` say."""
        return self._rig.now(lambda: [call for call in self._rig.stage.calls() if not does or call.does == does])

    def wait_for_get(self, thing: Thing, *, within: float | None = None) -> bool:
        """Wait until the partner got an object, the effect window if no time is given; whether it did."""
        version = self._rig.stage.kit.state.version(thing)
        return self._rig.run(self._rig.stage.until_fetched(thing, within=within, version=version))

    @contextmanager
    def failing(self, thing: Thing, *, status: int = 503, times: int | None = None) -> Iterator[None]:
        """Answer calls about an object with that status while the block runs, so many `times` at most."""
        stage = self._rig.stage
        fault = stage.fault_of(thing, FaultKind.STATUS, status=status, times=times)
        self._rig.now(lambda: stage.kit.faults.add(fault))
        try:
            yield
        finally:
            self._rig.now(lambda: stage.kit.faults.remove(fault))


class PartnerSide:
    """The partner of one test; what it cannot be asked for want of a control endpoint raises NotAssessable."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    @property
    def url(self) -> str:
        """Where deliveries go."""
        return self._rig.stage.kit.partner_url

    @property
    def offers(self) -> tuple[str, ...]:
        """The calls that its control endpoint offers."""
        return self._rig.stage.kit.control.offers

    def _need(self, call: str) -> None:
        if call not in self.offers:
            raise NotAssessable(f"the partner's control endpoint does not offer {call!r} (see --partner-control-url)")

    def create(self, object_type: str) -> Thing:
        """Have the partner's API client create such an object; returns what the platform made."""
        self._need("create")
        stage, kit = self._rig.stage, self._rig.stage.kit

        async def create() -> Thing | None:
            kit.owners.begin_creating(object_type, stage.play)
            try:
                name = await stage.control.create(stage.play, object_type)
            finally:
                kit.owners.end_creating(object_type)
            if name is not None:
                kit.owners.claim(name, stage.play)
            return kit.state.find(object_type, name) if name is not None else None

        made = self._rig.run(create())
        if made is None:
            raise NotAssessable(f"the partner creates no {object_type}, or names one that the platform does not hold")
        return made

    def update(self, thing: Thing) -> None:
        """Have the partner's API client update an object."""
        self._need("update")
        if not self._rig.run(self._rig.stage.control.update(self._rig.stage.play, thing)):
            raise NotAssessable(f"the partner updates no {thing.object_type}")

    def holds(self, thing: Thing) -> dict[str, Any] | None:
        """What the partner holds of an object, None for nothing."""
        self._need("objects")
        held: dict[str, Any] | None = self._rig.run(self._rig.stage.control.held(self._rig.stage.play, thing))
        return held

    def applied(self, event: Event) -> int:
        """How often the partner handled an event to its end."""
        self._need("events")
        return self._rig.run(self._rig.stage.control.applied(self._rig.stage.play, event.id))

    def wait_for_effect(self, event: Event, *, within: float | None = None) -> bool:
        """Wait for what a delivered event brings about, the effect window if no time is given; whether it came.

        It is seen by the control endpoint, or by a get of the object.
        """
        effect = self._rig.run(self._rig.stage.until_effect(event, within=within))
        if effect is Effect.INVISIBLE:
            raise NotAssessable("this partner shows no effect: no control endpoint, and no get of the object")
        return effect is Effect.SEEN

    def wait_until_it_holds(self, thing: Thing) -> bool:
        """Wait until the partner holds an object as the platform shows it now; whether it came to that."""
        self._need("objects")
        version = self._rig.stage.kit.state.version(thing)
        return self._rig.run(self._rig.stage.until_shown(thing, version=version))

    def settle(self) -> None:
        """Let the quiet time pass after which nothing more is expected of this partner."""
        self._rig.run(self._rig.stage.settle())

    def restart(self) -> None:
        """Kill the partner and start it again."""
        self._rig.run(self._rig.stage.restart())
