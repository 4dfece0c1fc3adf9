from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from conformance import stage as stage_module
from conformance.clock import Clock
from conformance.delivery import Sent
from conformance.errors import ControlChannelError, NotAssessable, PlatformRefusal
from conformance.exchange import Delivery, Failure, Request, Response
from conformance.kit import Effect, Wrapping
from conformance.platform.event import Thing
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage
from conformance.transcript import Note, Record, Wait
from conformance.wire import PLAIN, Form
from kits import PARTNER, fetch, kit
from senders import FakeSender, answers, fails
from shipped import SECRETS, seeded, specification


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redeliveries follow at once: that they come is tested, not when."""
    monkeypatch.setattr(stage_module, "_RECONNECT_AFTER", (0.0, 0.0, 0.0))
    monkeypatch.setattr(stage_module, "_RETRY_AFTER", (0.0, 0.0))


def played(
    platform: str,
    story: Callable[[Stage], Coroutine[Any, Any, object]],
    partner: Callable[[Request], Sent] = answers,
    *,
    offers: tuple[str, ...] = (),
) -> tuple[Any, Stage]:
    """What a story yields, and its stage."""

    async def play() -> tuple[Any, Stage]:
        stage = Stage(kit(platform, partner, offers=offers), "p1", "", seeded(7))
        return await story(stage), stage

    return asyncio.run(play())


def script(*outcomes: int | Failure) -> Callable[[Request], Sent]:
    """A partner that does one after the other, and the last one again and again."""
    left = list(outcomes)

    def partner(request: Request) -> Sent:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        return fails(request, outcome) if isinstance(outcome, Failure) else answers(request, status=outcome)

    return partner


def requests(stage: Stage) -> list[Request]:
    """What was sent."""
    assert isinstance(stage.kit.sender, FakeSender)
    return stage.kit.sender.requests


async def told(stage: Stage, *, wrapping: Wrapping | None = None, **how: bool) -> Delivery:
    """One event about a new invoice."""
    event = stage.event(stage.make("invoice"), "created")
    return await stage.deliver(event, "event", wrapping=wrapping or Wrapping(), **how)


# Deliveries


def test_a_delivery_is_signed_and_authenticated() -> None:
    """Genuine headers: credential, signature over time and body, correlation id; the journal shows no secret."""
    delivery, stage = played("feewise", told)
    (request,) = requests(stage)
    stamp = request.header("X-FeeWise-Webhook-Signature-Timestamp")
    assert stamp is not None
    signed = hmac.digest(SECRETS.signing.encode(), stamp.encode() + b"." + request.body, "sha256")

    assert b64encode(signed).decode() == request.header("X-FeeWise-Webhook-Signature")
    assert f"Bearer {SECRETS.webhook_token}" == request.header("Authorization")
    assert delivery.correlation == request.header("x-correlation-id")
    assert ("POST", PARTNER, "application/json") == (request.method, request.target, request.header("Content-Type"))
    assert delivery.event_id == json.loads(request.body)["event_id"]
    assert SECRETS.webhook_token not in repr(delivery)
    assert delivery in stage.kit.journal.records
    assert stage.kit.state.events[delivery.event_id].delivered


@pytest.mark.parametrize(
    ("wrapping", "absent"),
    [
        (Wrapping(unsigned=True), "X-FeeWise-Webhook-Signature"),
        (Wrapping(credential=""), "Authorization"),
    ],
)
def test_a_wrapping_leaves_out_what_it_says(wrapping: Wrapping, absent: str) -> None:
    """An unsigned event has no signature, one without a credential has none."""
    _, stage = played("feewise", lambda s: told(s, wrapping=wrapping))

    assert None is requests(stage)[0].header(absent)


def test_a_wrapping_forges_as_it_says() -> None:
    """Another key, another age, another body before or after signing."""
    wrapping = Wrapping(key=b"wrong", age=600, body=b"{}", sent=b"[]", credential="other")
    _, stage = played("feewise", lambda s: told(s, wrapping=wrapping))
    (request,) = requests(stage)
    stamp = request.header("X-FeeWise-Webhook-Signature-Timestamp")
    assert stamp is not None

    assert b"[]" == request.body
    assert "Bearer other" == request.header("Authorization")
    assert 595 < stage.kit.clock.now - int(stamp) < 605
    assert b64encode(hmac.digest(b"wrong", stamp.encode() + b".{}", "sha256")).decode() == request.header(
        "X-FeeWise-Webhook-Signature"
    )


def test_each_object_type_has_its_endpoint() -> None:
    """Where the platform says so, an event goes to the path of its type, or to a foreign one on purpose."""

    async def story(stage: Stage) -> None:
        event = stage.event(stage.make("document"), "created")
        await stage.deliver(event, "event")
        await stage.deliver(event, "foreign", wrapping=Wrapping(endpoint="customer"))

    _, stage = played("wawex", story)

    assert [f"{PARTNER}/document", f"{PARTNER}/customer"] == [r.target for r in requests(stage)]
    assert None is requests(stage)[0].header("x-correlation-id")


@pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.CLOSED])
def test_a_connection_that_failed_is_tried_again(failure: Failure) -> None:
    """As the platform would; every attempt is written down and counted."""
    delivery, stage = played("feewise", told, script(failure, failure, 200))
    deliveries = [r for r in stage.kit.journal.records if isinstance(r, Delivery)]

    assert [1, 2, 3] == [d.attempt for d in deliveries]
    assert delivery is deliveries[-1]
    assert delivery.succeeded


@pytest.mark.parametrize(
    ("retry", "outcomes", "expected"),
    [
        (False, (500, 200), [500]),
        (True, (500, 200), [500, 200]),
        (True, (500, 401, 503, 200), [500, 401, 503]),
        (True, (Failure.TIMEOUT, 200), [None, 200]),
        (False, (Failure.TIMEOUT, 200), [None]),
    ],
)
def test_a_refusal_is_retried_only_where_the_story_wants_it(
    outcomes: tuple[int | Failure, ...], expected: list[int | None], *, retry: bool
) -> None:
    """Two retries at most; without `retry` the first answer counts."""
    _, stage = played("feewise", lambda s: told(s, retry=retry), script(*outcomes))

    assert expected == [r.status for r in stage.kit.journal.records if isinstance(r, Delivery)]


@pytest.mark.parametrize("genuine", [True, False])
@pytest.mark.parametrize(
    ("patient", "outcomes", "expected"),
    [
        (True, (429, 503, 401), [429, 503, 401]),
        (True, (429, 200), [429, 200]),
        (True, (503,), [503, 503, 503]),
        (False, (429, 200), [429]),
    ],
)
def test_who_asks_to_wait_is_asked_again(
    outcomes: tuple[int, ...], expected: list[int], *, patient: bool, genuine: bool
) -> None:
    """Be the event genuine or not: two retries at most, and none where a first answer is what the story is about."""
    _, stage = played("feewise", lambda s: told(s, patient=patient, genuine=genuine), script(*outcomes))

    assert expected == [r.status for r in stage.kit.journal.records if isinstance(r, Delivery)]


@pytest.mark.parametrize(("asked", "expected"), [(b"0", [429, 429, 429]), (b"11", [429])])
def test_who_asks_to_wait_for_long_is_not_asked_again(asked: bytes, expected: list[int]) -> None:
    """A run has no hour."""

    def partner(request: Request) -> Sent:
        return Sent(request, Response(429, ((b"Retry-After", asked),)), None)

    _, stage = played("feewise", told, partner)

    assert expected == [r.status for r in stage.kit.journal.records if isinstance(r, Delivery)]


def test_a_partner_that_is_gone_ends_every_story() -> None:
    """After the last refused connection nothing is assessable any more, in no story, and nothing is sent."""

    async def story(stage: Stage) -> list[str]:
        reasons = []
        for _ in range(2):
            with pytest.raises(NotAssessable) as caught:
                await told(stage)
            reasons.append(str(caught.value))
        return reasons

    reasons, stage = played("feewise", story, script(Failure.REFUSED))

    assert 4 == len(requests(stage))
    assert [stage.kit.partner_gone] * 2 == reasons
    assert "connection refused" in stage.kit.partner_gone


@pytest.mark.parametrize("failure", [Failure.TIMEOUT, Failure.CLOSED, 502, 504])
def test_a_partner_that_answers_nothing_any_more_is_gone(
    failure: Failure | int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something may still take its connections: what has answered before, and then nothing for long, fell over."""
    monkeypatch.setattr(stage_module, "_DEADLINES", 0)
    monkeypatch.setattr(stage_module, "_AT_LEAST", 0.0)

    async def story(stage: Stage) -> list[str]:
        for _ in range(12):
            with contextlib.suppress(NotAssessable):
                await told(stage)
        return [stage.kit.partner_gone]

    (why,), stage = played("feewise", story, script(200, failure))
    (silent,), _ = played("feewise", story, script(failure))

    assert "10 deliveries since got no answer of its own" in why
    assert 11 == len([r for r in stage.kit.journal.records if isinstance(r, Delivery)])
    assert not silent


def test_a_partner_that_hangs_up_is_not_gone() -> None:
    """Whoever accepts a connection is there, so the delivery failed and the story goes on."""
    delivery, stage = played("feewise", told, script(Failure.CLOSED))

    assert Failure.CLOSED is delivery.failure
    assert "" == stage.kit.partner_gone


def test_what_a_story_builds_on_must_be_accepted() -> None:
    """A positive control that fails makes the story not assessable, with the reason."""

    async def story(stage: Stage) -> object:
        return await stage.deliver_accepted(stage.event(stage.make("invoice"), "created"), "control")

    delivery, _ = played("feewise", story, script(500, 200))
    assert delivery.succeeded
    with pytest.raises(NotAssessable, match=r"positive control failed: a genuine event is not accepted \(status 500\)"):
        played("feewise", story, script(500))


def test_deliveries_keep_to_the_bound() -> None:
    """No more are in flight than settings allow."""

    async def story(stage: Stage) -> int:
        stage.kit.in_flight = asyncio.Semaphore(2)
        full, gate, most, now = asyncio.Event(), asyncio.Event(), 0, 0

        class Slow(FakeSender):
            async def send(self, request: Request, *, deadline: float, form: Form = PLAIN) -> Sent:
                nonlocal most, now
                now += 1
                most = max(most, now)
                if now == 2:
                    full.set()
                await gate.wait()
                now -= 1
                return answers(request)

        stage.kit.sender = Slow(answers)
        deliveries = [asyncio.create_task(told(stage)) for _ in range(5)]
        await full.wait()
        gate.set()
        await asyncio.gather(*deliveries)
        return most

    most, _ = played("feewise", story)

    assert 2 == most


# Events


def test_an_event_that_the_document_does_not_allow_is_a_fault_of_the_kit() -> None:
    """Every event is checked before it goes out."""

    async def story(stage: Stage) -> None:
        thing = stage.make("invoice")
        stage.kit.state.held(thing)["amount"] = 7
        stage.event(thing, "created")

    with pytest.raises(ValueError, match=r"the kit composed a artifact\.invoice\.created that the document"):
        played("feewise", story)


def test_ids_of_a_story_hang_on_its_seed_and_belong_to_it() -> None:
    """The same seed gives the same ids, and calls about them are those of the play."""

    async def story(stage: Stage) -> str:
        thing = stage.make("invoice")
        owner = stage.kit.owners.of(Request("GET", f"/{thing.id}"), does="get", object_type="", correlation=None)
        assert owner == "p1"
        return thing.id

    assert played("feewise", story)[0] == played("feewise", story)[0]


def test_an_event_tells_of_an_older_version_where_it_is_asked_to() -> None:
    """Late events carry the state of their time."""

    async def story(stage: Stage) -> list[str]:
        thing = stage.make("invoice")
        stage.change(thing)
        return [stage.event(thing, "updated", version=version).content["event"]["status"] for version in (1, 2, 0)]

    assert ["Draft", "Awaiting Payment", "Awaiting Payment"] == played("feewise", story)[0]


def test_an_event_that_is_not_listed_cannot_be_recovered() -> None:
    """Forged events are not on the platform's list."""

    async def story(stage: Stage) -> list[bool]:
        thing = stage.make("invoice")
        events = [stage.event(thing, "created", listed=listed) for listed in (True, False)]
        return [event.id in stage.kit.state.events for event in events]

    assert [True, False] == played("feewise", story)[0]


def test_a_type_that_is_never_told_of_is_not_assessable() -> None:
    """A platform may hold objects that it sends no event about."""

    async def story(stage: Stage) -> None:
        stage.event_type("nothing", "created")

    with pytest.raises(NotAssessable, match="no event about nothing"):
        played("feewise", story)


def test_what_is_expected_is_written_down() -> None:
    """The judge learns what each version held, in the fields that change."""

    async def story(stage: Stage) -> str:
        thing = stage.make("document")
        stage.change(thing)
        stage.expect(thing)
        return thing.id

    name, stage = played("wawex", story)
    (note,) = [r for r in stage.kit.journal.records if isinstance(r, Note)]

    assert {"object": name, "versions": [{"/status": "PENDING"}, {"/status": "AVAILABLE"}]} == json.loads(note.text)


# Waits


def test_a_wait_ends_when_what_it_waits_for_is_seen() -> None:
    """A fetch ends the wait at once, and the wait is written down as rewarded."""

    async def story(stage: Stage) -> bool:
        thing = stage.make("document")
        waiting = asyncio.create_task(stage.until_fetched(thing, within=30))
        await asyncio.sleep(0)
        fetch(stage.kit, "p1", stage.make("document"))
        fetch(stage.kit, "p1", thing, status=404)
        fetch(stage.kit, "p2", thing)
        await asyncio.sleep(0)
        assert not waiting.done()
        fetch(stage.kit, "p1", thing)
        return await waiting

    fetched, stage = played("wawex", story)
    (wait,) = [r for r in stage.kit.journal.records if isinstance(r, Wait)]

    assert fetched
    assert ("fetch", 30, True) == (wait.what, wait.allowed, wait.rewarded)
    assert wait.ended - wait.started < 5


def test_a_wait_in_vain_ends_in_its_time() -> None:
    """And is written down as such."""

    async def story(stage: Stage) -> bool:
        return await stage.until_fetched(stage.make("document"), within=0.02)

    fetched, stage = played("wawex", story)
    (wait,) = [r for r in stage.kit.journal.records if isinstance(r, Wait)]

    assert not fetched
    assert not wait.rewarded
    assert wait.ended - wait.started >= 0.02


@pytest.mark.parametrize(("version", "times", "expected"), [(1, 1, True), (2, 1, True), (3, 1, False), (1, 3, False)])
def test_a_wait_may_be_for_a_version_and_for_a_number(version: int, times: int, *, expected: bool) -> None:
    """What was seen before the wait began counts."""

    async def story(stage: Stage) -> bool:
        thing = stage.make("document")
        fetch(stage.kit, "p1", thing, version=1)
        fetch(stage.kit, "p1", thing, version=2)
        return await stage.until_fetched(thing, version=version, times=times, within=0.02)

    assert expected == played("wawex", story)[0]


def control(**contents: object) -> Callable[[Request], Sent]:
    """A partner whose control endpoint answers by the first word of the path; deliveries are accepted."""

    def partner(request: Request) -> Sent:
        word = request.target.removeprefix(PARTNER).strip("/").split("/")
        if word[0] != "control":
            return answers(request)
        content = contents.get(word[1])
        return answers(request, status=404) if content is None else answers(request, content)

    return partner


@pytest.mark.parametrize(
    ("platform", "kind", "offers", "contents", "expected"),
    [
        ("feewise", "invoice", ("events", "objects"), {"events": {"applied": 1}}, Effect.SEEN),
        ("feewise", "invoice", ("events", "objects"), {"events": {"applied": 0}, "objects": {}}, Effect.UNSEEN),
        ("feewise", "invoice", ("objects",), {"objects": {"invoice_id": "1"}}, Effect.SEEN),
        ("feewise", "invoice", ("objects",), {}, Effect.UNSEEN),
        ("feewise", "invoice", (), {}, Effect.INVISIBLE),
        ("wawex", "document", (), {}, Effect.UNSEEN),
        ("wawex", "document", ("events",), {"events": {"applied": 2}}, Effect.SEEN),
    ],
)
def test_an_effect_is_seen_in_the_way_that_the_partner_allows(
    platform: str, kind: str, offers: tuple[str, ...], contents: dict[str, object], expected: Effect
) -> None:
    """By the count of the event, else by a fetch where events are thin, else by the object, else not at all."""

    async def story(stage: Stage) -> Effect:
        event = stage.event(stage.make(kind), "created")
        return await stage.until_effect(event, within=0.02)

    assert expected is played(platform, story, control(**contents), offers=offers)[0]


@pytest.mark.parametrize(("does", "settled"), [("create", 4), ("get", 0)])
def test_an_effect_has_ended_when_no_changing_call_comes_any_more(does: str, settled: int) -> None:
    """Each call that follows while the kit lets things settle makes it wait once more; what only looks does not."""

    async def story(stage: Stage) -> int:
        event = stage.event(stage.make("invoice"), "created")
        stage.waits.effect = 60.0
        fetch(stage.kit, stage.play, event.thing, does=does)

        def follow(record: Record) -> None:
            if isinstance(record, Wait) and record.what == "settle" and settles(stage) < 4:
                fetch(stage.kit, stage.play, event.thing, does=does)

        stop = stage.kit.journal.listen(follow)
        await stage.until_done(event, after=0.0)
        stop()
        return settles(stage)

    partner = control(events={"applied": 1})

    assert settled == played("feewise", story, partner, offers=("events",))[0]


def settles(stage: Stage) -> int:
    """How often the kit has let things settle."""
    return sum(isinstance(record, Wait) and record.what == "settle" for record in stage.kit.journal.records)


def test_a_receiver_that_never_fetches_shows_no_effect() -> None:
    """Where calibration saw no fetch, none is waited for."""

    async def story(stage: Stage) -> Effect:
        stage.kit.fetches = False
        return await stage.until_effect(stage.event(stage.make("document"), "created"))

    assert Effect.INVISIBLE is played("wawex", story)[0]


@pytest.mark.parametrize(("reacts", "alone"), [(False, False), (True, True)])
def test_a_control_without_effect_is_written_down(reacts: bool, alone: bool) -> None:  # noqa: FBT001  # both cases
    """Of a partner that never shows one, and of one that had no other story to attend to."""

    async def story(stage: Stage) -> None:
        stage.kit.reacts, stage.alone, stage.waits.effect = reacts, alone, 0.02
        event = stage.event(stage.make("invoice"), "created")
        await stage.see_control(event, await stage.deliver(event, "control"))

    _, stage = played("feewise", story, control(events={"applied": 0}), offers=("events",))

    assert [("control effect", "not seen")] == _notes(stage)


def test_a_control_without_effect_ends_a_story_that_overlaps_with_others() -> None:
    """What a forged event brings about would not be seen in time either, so the story is played again alone."""

    async def story(stage: Stage) -> None:
        stage.kit.reacts, stage.alone, stage.waits.effect = True, False, 0.02
        event = stage.event(stage.make("invoice"), "created")
        delivery = await stage.deliver(event, "control")
        with pytest.raises(NotAssessable, match="was not seen in time"):
            await stage.see_control(event, delivery)

    _, stage = played("feewise", story, control(events={"applied": 0}), offers=("events",))

    assert ["control effect", "control late"] == [name for name, _ in _notes(stage)]


@pytest.mark.parametrize(("platform", "notes"), [("wawex", ["control late"]), ("feewise", [])])
def test_a_call_that_is_not_there_to_be_held_may_be_late(platform: str, notes: list[str]) -> None:
    """Only where events are thin: where they carry the object, none need come."""

    async def story(stage: Stage) -> None:
        stage.kit.reacts, stage.alone, stage.waits.effect, stage.waits.settle = True, False, 0.02, 0.02
        async with stage.fault_about(
            stage.make("document" if platform == "wawex" else "invoice"), FaultKind.HOLD
        ) as fault:
            await stage.until_held_call(fault)

    _, stage = played(platform, story)

    assert notes == [name for name, _ in _notes(stage)]


def _notes(stage: Stage) -> list[tuple[str, str]]:
    return [(record.name, record.text) for record in stage.kit.journal.records if isinstance(record, Note)]


def test_quiet_is_a_sentinel_and_a_settle_time() -> None:
    """A last event is seen to have had its effect, and then the calibrated time passes."""
    _, stage = played("feewise", lambda s: s.quiet("invoice"), control(events={"applied": 1}), offers=("events",))
    deliveries = [r for r in stage.kit.journal.records if isinstance(r, Delivery)]
    waits = [r for r in stage.kit.journal.records if isinstance(r, Wait)]

    assert ["sentinel"] == [d.role for d in deliveries]
    assert ["effect", "settle"] == [w.what for w in waits]
    assert waits[1].ended - waits[1].started >= stage.waits.settle


def test_quiet_without_an_accepted_sentinel_is_the_settle_time() -> None:
    """A partner that refuses everything is waited for no longer."""
    _, stage = played("feewise", lambda s: s.quiet("invoice"), script(500), offers=("events",))

    assert ["settle"] == [r.what for r in stage.kit.journal.records if isinstance(r, Wait)]


def test_the_newest_version_is_waited_for() -> None:
    """A partner that shows an older state is asked again; one that shows the newest ends the wait."""
    shown = iter(["Draft", "Draft", "Awaiting Payment"])

    def partner(request: Request) -> Sent:
        return answers(request, {"status": next(shown)})

    async def story(stage: Stage) -> bool:
        stage.waits.effect = 10
        thing = stage.make("invoice")
        return await stage.until_shown(thing, version=stage.change(thing))

    assert played("feewise", story, partner, offers=("objects",))[0]


REFUSAL = PlatformRefusal("POST /recover answers 502")


def test_the_platform_is_not_blamed_for_a_call_that_never_came() -> None:
    """A control endpoint that says so breaks its contract: nothing is known of what the partner can do."""

    async def story(stage: Stage) -> None:
        fetch(stage.kit, stage.play, stage.make("invoice"))
        stage.note_refusal(REFUSAL, of="list-events")

    with pytest.raises(ControlChannelError, match="no call of the partner came to the platform"):
        played("feewise", story)


@pytest.mark.parametrize(("of", "unseen"), [("get", False), ("", False), ("list-events", True)])
def test_a_refusal_of_the_platform_is_written_down(of: str, *, unseen: bool) -> None:
    """Where the call came, or is still being held."""

    async def story(stage: Stage) -> None:
        fetch(stage.kit, stage.play, stage.make("invoice"))
        stage.note_refusal(REFUSAL, of=of, unseen=unseen)

    _, stage = played("feewise", story)

    assert [str(REFUSAL)] == [r.text for r in stage.kit.journal.records if isinstance(r, Note) and r.name == "refused"]


def test_only_what_is_offered_is_asked() -> None:
    """A control endpoint is not asked for what it does not have."""

    async def story(stage: Stage) -> None:
        await stage.ask_effect(stage.event(stage.make("invoice"), "created"))

    _, without = played("feewise", story)
    _, some = played("feewise", story, control(events={"applied": 1}), offers=("events",))

    assert [] == requests(without)
    assert 1 == len(requests(some))


def test_a_fault_is_in_force_while_its_block_runs() -> None:
    """An object is struck by the id that its get operation names it by, and let go at the end, whatever happens."""

    async def struck(stage: Stage, thing: Thing, named: str) -> None:
        async with stage.fault_about(thing, FaultKind.STATUS):
            taken = stage.kit.faults.take(ids=frozenset({named}), does="get", object_type=thing.object_type)
            raise LookupError(taken is not None)

    async def story(stage: Stage) -> list[object]:
        seen: list[object] = []
        for kind in ("invoice", "payout"):
            thing = stage.make(kind)
            named = thing.id if kind == "invoice" else thing.tenant
            with pytest.raises(LookupError) as caught:
                await struck(stage, thing, named)
            seen.append(caught.value.args[0])
            seen.append(stage.kit.faults.take(ids=frozenset({named}), does="get", object_type=kind))
        return seen

    assert [True, None, True, None] == played("feewise", story)[0]


def test_stories_with_faults_share_a_budget() -> None:
    """No more faults are in force at once than the kit allows."""

    async def story(stage: Stage) -> tuple[int, int]:
        stage.kit.faulty = asyncio.Semaphore(2)
        full, gate, now, most = asyncio.Event(), asyncio.Event(), 0, 0

        async def faulty() -> None:
            nonlocal now, most
            async with stage.fault_about(stage.make("invoice"), FaultKind.RESET):
                now += 1
                most = max(most, now)
                if now == 2:
                    full.set()
                await gate.wait()
                now -= 1

        tasks = [asyncio.create_task(faulty()) for _ in range(5)]
        await full.wait()
        gate.set()
        await asyncio.gather(*tasks)
        return most, now

    assert (2, 0) == played("feewise", story)[0]


def test_faults_of_one_story_share_a_place() -> None:
    """However many they are, they are in force together and take one place of the budget."""

    async def story(stage: Stage) -> list[bool]:
        stage.kit.faulty = asyncio.Semaphore(1)
        things = [stage.make("invoice") for _ in range(2)]
        faults = [stage.fault_of(thing, FaultKind.HOLD) for thing in things]

        def struck(thing: Thing) -> bool:
            return stage.kit.faults.take(ids=frozenset({thing.id}), does="get", object_type="invoice") is not None

        async with stage.faults(faults):
            within = [stage.kit.faulty.locked(), *map(struck, things)]
        return [*within, stage.kit.faulty.locked(), *map(struck, things), *(fault.release.is_set() for fault in faults)]

    assert [True, True, True, False, False, False, True, True] == played("feewise", story)[0]


def test_the_shipped_terminal_type_is_one_that_is_told_of() -> None:
    """The stage finds an event type for each change, and another one where the platform has none for it."""

    async def story(stage: Stage) -> list[str]:
        return [stage.event_type("payout", change).name for change in ("created", "updated", "deleted")]

    assert ["payout.paid", "payout.failed", "payout.paid"] == played("feewise", story)[0]
    assert specification("feewise").description.terminal


def test_copies_are_delivered_together() -> None:
    """Each in its role, and each is written down."""

    async def story(stage: Stage) -> list[Delivery]:
        thing = stage.make("invoice")
        event = stage.event(thing, "created")
        return await stage.deliver_together([(event, "first", Wrapping()), (event, "copy", Wrapping(key=b"k"))])

    got, stage = played("feewise", story)

    assert [("first", 200), ("copy", 200)] == [(d.role, d.status) for d in got]
    assert stage.kit.state.events[got[0].event_id].delivered
    assert set(got) <= set(stage.kit.journal.records)


def test_copies_that_cannot_be_assembled_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cap below the number of copies is in the way."""
    monkeypatch.setattr(stage_module, "_ASSEMBLE", 0.05)

    async def story(stage: Stage) -> None:
        stage.kit.in_flight = asyncio.Semaphore(1)
        event = stage.event(stage.make("invoice"), "created")
        await stage.deliver_together([(event, "first", Wrapping()), (event, "copy", Wrapping())])

    with pytest.raises(NotAssessable, match="2 deliveries at once could not be assembled"):
        played("feewise", story)


def test_a_wrapping_has_the_last_word_on_headers_method_and_form() -> None:
    """What is signed is sent otherwise, by the sender that can."""
    seen: list[Form] = []

    async def story(stage: Stage) -> Delivery:
        class Wire(FakeSender):
            async def send(self, request: Request, *, deadline: float, form: Form = PLAIN) -> Sent:
                seen.append(form)
                return answers(request)

        stage.kit.wire = Wire(answers)
        wrapping = Wrapping(method="PUT", edit=lambda headers: headers[:1], form=Form(chunks=2))
        return await stage.deliver(stage.event(stage.make("invoice"), "created"), "event", wrapping=wrapping)

    got, _ = played("feewise", story)

    assert ("PUT", ((b"User-Agent", b"tests"),)) == (got.request.method, got.request.headers)
    assert [Form(chunks=2)] == seen


def test_a_single_delivery_is_a_single_one() -> None:
    """Even a connection that is refused is not tried again, and the partner is not taken for gone."""

    async def once(stage: Stage) -> Delivery:
        return await stage.deliver_once(stage.event(stage.make("invoice"), "created"), "event")

    delivery, stage = played("feewise", once, script(Failure.REFUSED, 202))

    assert (Failure.REFUSED, 1) == (delivery.failure, len(requests(stage)))
    assert "" == stage.kit.partner_gone


def test_a_single_delivery_is_listed_as_sent() -> None:
    """What came through is not among the failed ones."""

    async def once(stage: Stage) -> bool:
        event = stage.event(stage.make("invoice"), "created")
        await stage.deliver_once(event, "event")
        return stage.kit.state.events[event.id].delivered

    assert played("feewise", once)[0]


def test_a_partner_that_cannot_be_trusted_ends_every_story() -> None:
    """Where no handshake succeeded at the start, the first delivery of a story says so; else it is news like any."""

    async def twice(stage: Stage) -> tuple[Delivery, str]:
        delivery = await told(stage)
        stage.kit.untrusted = "no delivery can be made"
        with pytest.raises(NotAssessable) as caught:
            await told(stage)
        return delivery, str(caught.value)

    (delivery, why), _ = played("feewise", twice, script(Failure.TLS))

    assert (Failure.TLS, "no delivery can be made") == (delivery.failure, why)


def test_two_tenants_may_have_objects_of_one_id() -> None:
    """They are two objects, each with its own versions."""

    async def make(stage: Stage) -> tuple[Thing, Thing, list[int]]:
        one = stage.make("invoice")
        other = stage.make("invoice", name=one.id)
        stage.change(other)
        return one, other, [stage.kit.state.version(thing) for thing in (one, other)]

    (one, other, versions), _ = played("feewise", make)

    assert one.id == other.id
    assert one.tenant != other.tenant
    assert [1, 2] == versions


def test_the_total_of_deliveries_is_a_cap() -> None:
    """Once it is reached, nothing more is sent."""

    async def story(stage: Stage) -> None:
        stage.kit.deliveries_left = 1
        await told(stage)
        await told(stage)

    with pytest.raises(NotAssessable, match="the cap on deliveries is reached"):
        played("feewise", story)


def test_a_bait_belongs_to_its_play() -> None:
    """Its path holds an id that the play has claimed."""

    async def story(stage: Stage) -> str | None:
        stage.kit.bait_url = "http://bait.example"
        url = stage.bait("pay")
        assert url.startswith("http://bait.example/")
        assert url.endswith("/pay")
        return stage.kit.owners.of(Request("GET", url), does="", object_type="", correlation=None)

    owner, _ = played("feewise", story)

    assert "p1" == owner


def test_a_partner_is_restarted_where_there_is_a_way() -> None:
    """And where there is none, the story proves nothing."""
    restarts: list[str] = []

    async def story(stage: Stage) -> None:
        assert not stage.restartable
        with pytest.raises(NotAssessable, match="--partner-restart-command"):
            await stage.restart()

        async def restart() -> None:
            restarts.append("again")

        stage.kit.restart = restart
        assert stage.restartable
        await stage.restart()

    _, stage = played("feewise", story)

    assert ["again"] == restarts
    assert ["restart"] == [w.what for w in stage.kit.journal.records if isinstance(w, Wait)]


def test_quiet_time_is_time_in_which_the_kit_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stretch in which the loop stood still does not count."""
    now, slices = [0.0], []

    async def stalling(seconds: float) -> None:
        slices.append(round(seconds, 3))
        now[0] += 9.0 if len(slices) == 1 else seconds

    async def story(stage: Stage) -> None:
        stage.waits.settle = 0.15
        stage.kit.clock = Clock(monotonic=lambda: now[0])
        monkeypatch.setattr(asyncio, "sleep", stalling)
        await stage.settle()

    played("feewise", story)

    assert [0.1, 0.1, 0.05] == slices


def test_news_are_creations_as_a_rule() -> None:
    """A partner hears of an object for the first time when it is made."""

    async def story(stage: Stage) -> str:
        return stage.news("invoice").change

    change, stage = played("feewise", story)

    assert "created" == change
    assert [] == [n.name for n in stage.kit.journal.records if isinstance(n, Note)]


def test_news_are_changes_for_who_shows_itself_by_them_alone() -> None:
    """Their effect is seen as a get, and the judge is told which events these are."""

    async def story(stage: Stage) -> tuple[str, int, Effect, str]:
        stage.kit.followed = frozenset({"invoice"})
        event = stage.news("invoice", age=300)
        fetch(stage.kit, stage.play, event.thing, version=2)
        return event.change, event.version, await stage.until_effect(event), event.id

    (change, version, effect, event_id), stage = played("feewise", story)

    assert ("updated", 2, Effect.SEEN) == (change, version, effect)
    assert [event_id] == [n.text for n in stage.kit.journal.records if isinstance(n, Note) and n.name == "followed"]
