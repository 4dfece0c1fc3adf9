"""What the stories of load do, with partners that are functions."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from conformance import stage as stage_module
from conformance.delivery import Sent
from conformance.errors import NotAssessable
from conformance.exchange import Failure, Request, Response
from conformance.kit import Kit
from conformance.scenarios import load
from conformance.scenarios.durability import killed_partner
from conformance.stage import Stage
from conformance.transcript import Play
from kits import kit
from senders import answers, fails
from shipped import seeded

Partner = Callable[[Request], Sent]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the kit waits is tested, not how long."""
    monkeypatch.setattr(stage_module, "_RECONNECT_AFTER", (0.0,))
    monkeypatch.setattr(stage_module, "_RETRY_AFTER", (0.0,))
    monkeypatch.setattr(load, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(load, "_SPREAD", 0.0)


def played(
    story: Callable[[Stage], Awaitable[None]],
    partner: Partner = answers,
    *,
    offers: tuple[str, ...] = (),
    ready: Callable[[Kit], None] = lambda _: None,
) -> Play:
    """A play of the story, with a kit that was made ready."""

    async def play() -> Play:
        made = kit("feewise", partner, offers=offers)
        ready(made)
        made.journal.add(Play(id="p1", story="s", parameter="invoice", round=0, alone=True))
        await story(Stage(made, "p1", "invoice", seeded(7)))
        return made.journal.transcript().plays[0]

    return asyncio.run(play())


def waiting(*first: Response) -> Partner:
    """A partner that takes its first event, and gives each other one these answers before it takes it."""
    seen: Counter[str] = Counter()
    known: list[str] = []

    def partner(request: Request) -> Sent:
        name = json.loads(request.body)["event_id"]
        known.append(name)
        seen[name] += 1
        if name == known[0]:
            return answers(request)
        return Sent(request, first[seen[name] - 1], None) if seen[name] <= len(first) else answers(request)

    return partner


def busy(status: int, retry_after: str = "") -> Response:
    """An answer that asks to wait."""
    return Response(status, ((b"Retry-After", retry_after.encode()),) if retry_after else ())


# A burst


def test_a_burst_is_as_large_as_the_platform_says() -> None:
    """About as many objects, after one event that shows what an effect looks like."""
    play = played(load.burst)

    assert 50 == len({d.object_id for d in play.deliveries("burst")})
    assert 1 == len(play.deliveries("control"))


def test_who_asks_to_wait_is_asked_again() -> None:
    """After the time that it named, or after a pause where it named none."""
    play = played(load.burst, waiting(busy(429, "0"), busy(503)), ready=_patiently)
    tries = Counter(d.event_id for d in play.deliveries("burst"))

    assert {3} == set(tries.values())
    assert 50 == sum(d.succeeded for d in play.deliveries("burst"))


def _patiently(made: Kit) -> None:
    made.waits.retry = 30.0
    made.waits.deadline = 30.0


def test_who_asks_to_wait_for_too_long_is_not_asked_again() -> None:
    """The run has no hour, and the judge is told."""
    play = played(load.burst, waiting(busy(429, "3600")))

    assert {1} == set(Counter(d.event_id for d in play.deliveries("burst")).values())
    assert 50 == len(play.note_all("asked to wait too long"))


def test_a_refusal_is_final() -> None:
    """Only 429 and 503 ask to wait."""
    play = played(load.burst, waiting(busy(500, "0")))

    assert 50 == len(play.deliveries("burst"))


# A fetch that hangs, requests that are half sent, a soak


def test_other_events_arrive_while_a_fetch_may_hang() -> None:
    """All at once, each about an object of its own."""
    play = played(load.hung_fetch)

    assert 10 == len({d.object_id for d in play.deliveries("meanwhile")} - {play.deliveries("hanging")[0].object_id})
    assert "no" == play.note("held")
    assert all(d.ended < float(play.note("released")) for d in play.deliveries("meanwhile"))


def test_half_sent_requests_are_no_genuine_events() -> None:
    """Genuine ones come meanwhile and afterwards."""
    play = played(load.half_sent)

    assert {"control": 1, "broken-off": 5, "dripping": 5, "meanwhile": 1, "after": 1} == Counter(
        d.role for d in play.deliveries()
    )
    assert {"broken-off", "dripping"} == {d.role for d in play.deliveries() if not d.genuine}


def test_a_wedged_partner_is_not_asked_again() -> None:
    """One event that is not answered says enough."""
    seen: list[Request] = []

    def partner(request: Request) -> Sent:
        seen.append(request)
        return answers(request) if len(seen) == 1 else fails(request, Failure.TIMEOUT)

    assert not played(load.half_sent, partner).deliveries("after")


def test_a_soak_lasts_as_long_as_the_operator_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each object is created, and then changes."""
    monkeypatch.setattr(load, "_STEADY", 500.0)
    monkeypatch.setattr(load, "_STEADY_OBJECTS", 2)

    def ready(made: Kit) -> None:
        made.soak = 0.05

    steady = played(load.soak, ready=ready).deliveries("steady")

    assert ["artifact.invoice.created"] * 2 == [d.event_type for d in steady[:2]]
    assert {"artifact.invoice.updated"} == {d.event_type for d in steady[2:]}
    assert 2 == len({d.object_id for d in steady})


def test_a_soak_ends_with_the_deliveries_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap of the operator holds, and what was measured by then is told."""
    monkeypatch.setattr(load, "_STEADY", 500.0)

    def ready(made: Kit) -> None:
        made.soak, made.deliveries_left = 60.0, 5

    assert 5 == len(played(load.soak, ready=ready).deliveries("steady"))


def test_no_soak_is_played_that_nobody_asked_for() -> None:
    """The reason names the option."""
    with pytest.raises(NotAssessable, match="--conformance-soak"):
        played(load.soak)


# A partner that is killed


class Mortal:
    """A partner that is gone while it is restarted, and that counts what it handled."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.restarts = 0
        self.acknowledged = 0
        self.at_kill = 0
        self._refuses = refuses
        self._gone = False

    def __call__(self, request: Request) -> Sent:
        """Answer a delivery or a question."""
        if self._gone:
            return fails(request, Failure.REFUSED)
        if request.method == "GET":
            return answers(request, {"applied": 1})
        if self._refuses and self.acknowledged > 1:
            return answers(request, status=500)
        self.acknowledged += 1
        return answers(request)

    def ready(self, made: Kit) -> None:
        """Let the kit restart it."""
        made.restart = self._restart

    async def _restart(self) -> None:
        self.restarts += 1
        self.at_kill = self.acknowledged
        self._gone = True
        for _ in range(200):
            await asyncio.sleep(0)
        self._gone = False


def test_a_partner_is_killed_in_the_middle_of_a_burst() -> None:
    """Right after the hundredth acknowledgement, with other deliveries under way."""
    mortal = Mortal()
    play = played(killed_partner, mortal, offers=("events",), ready=mortal.ready)
    burst = play.deliveries("burst")

    assert 1 == mortal.restarts
    assert 100 <= mortal.at_kill - 1 < 130
    assert Failure.REFUSED in {d.failure for d in burst}
    assert {d.event_id for d in burst if d.succeeded} <= {a.about for a in play.askings("events")}
    assert play.deliveries("known")[0].event_id == play.deliveries("again")[0].event_id


def test_without_a_way_to_restart_it_the_partner_is_left_alone() -> None:
    """The reason names the option."""
    with pytest.raises(NotAssessable, match="--partner-restart-command"):
        played(killed_partner)


def test_a_partner_that_accepts_too_little_is_not_killed() -> None:
    """Nothing could be lost."""
    mortal = Mortal(refuses=True)

    with pytest.raises(NotAssessable, match="only 1 of 160 events were acknowledged"):
        played(killed_partner, mortal, offers=("events",), ready=mortal.ready)
    assert 0 == mortal.restarts
