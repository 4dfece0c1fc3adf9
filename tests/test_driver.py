from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from conformance import driver as driver_module
from conformance import stage as stage_module
from conformance.catalogue import shipped_catalogue
from conformance.delivery import Sent
from conformance.driver import Driver, heartbeat
from conformance.errors import ControlChannelError, NotAssessable, RunRefused
from conformance.exchange import Failure, Request
from conformance.kit import Kit, Vain
from conformance.scenarios import calibration
from conformance.scenarios.programme import Programme, Scene, plan
from conformance.scenarios.story import STORIES, Story, once
from conformance.stage import Stage
from conformance.transcript import Outcome, PlannedItem, Play, Stall
from kits import PARTNER, kit
from senders import answers, fails
from shipped import specification

Act = Callable[[Stage], Awaitable[None]]
EVERY_TYPE = "every-event-type"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redeliveries follow at once, and nobody waits for a partner that works in batches."""
    monkeypatch.setattr(calibration, "_FOLLOWS_WITHIN", 0.1)
    monkeypatch.setattr(stage_module, "_RECONNECT_AFTER", (0.0,))
    monkeypatch.setattr(stage_module, "_RETRY_AFTER", (0.0,))


@dataclass
class Run:
    """A run over scenes of a test, and what it told of its progress."""

    plays: list[Play] = field(default_factory=list)
    told: list[tuple[int, int, str]] = field(default_factory=list)
    kit: Kit | None = None

    def outcomes(self) -> dict[str, tuple[Outcome, str]]:
        """How each play ended, calibration left out."""
        return {p.name: (p.outcome, p.reason) for p in self.plays if p.story != "calibration"}

    def rounds(self, name: str) -> list[tuple[int, bool]]:
        """The rounds of a story, and whether it was alone in each."""
        return [(p.round, p.alone) for p in self.plays if p.name == name]


def scene(
    name: str,
    act: Act,
    *,
    parameter: str = "",
    exclusive: bool = False,
    creates: bool = False,
    negative: bool = False,
) -> Scene:
    """A story of a test, known to the register as long as the test's run lasts."""
    story = Story(name, act, once, exclusive, creates, negative)
    STORIES[name] = story
    return Scene(story, parameter)


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories of a test leave no trace in the register."""
    for name in ("a", "b", "c", "d"):
        monkeypatch.setitem(STORIES, name, STORIES[EVERY_TYPE])


def driven(
    *scenes: Scene,
    partner: Callable[[Request], Sent] = answers,
    concurrency: int = 8,
    programme: Programme | None = None,
    interrupt: asyncio.Event | None = None,
    negative: bool = True,
) -> Run:
    """Drive a run of these scenes, on a platform where no effect can be seen."""
    run = Run()
    items = (PlannedItem("X-1"),)
    programme = programme or Programme((), items, {"X-1": scenes})

    async def drive() -> None:
        made = run.kit = kit("feewise", partner)
        for item in programme.items if programme.items != items else ():
            made.journal.add(item)
        driver = Driver(
            kit=made,
            programme=programme,
            catalogue=shipped_catalogue(),
            concurrency=concurrency,
            progress=lambda *told: run.told.append(told),
            negative=negative,
        )
        driving = asyncio.create_task(driver.run())
        if interrupt is not None:
            await interrupt.wait()
            driving.cancel()
        try:
            await driving
        finally:
            run.plays = list(made.journal.transcript().plays)

    try:
        asyncio.run(drive())
    except asyncio.CancelledError:
        assert interrupt is not None
    return run


async def nothing(stage: Stage) -> None:
    """Play nothing."""


def test_every_scene_is_played_once_after_the_calibration() -> None:
    """A run begins with genuine events, and each play is written down from its beginning to its end."""
    run = driven(scene("a", nothing), scene("b", nothing, parameter="x"))

    assert "calibration" == run.plays[0].story
    assert {"a": (Outcome.PLAYED, ""), "b[x]": (Outcome.PLAYED, "")} == run.outcomes()
    assert all(p.started <= p.ended for p in run.plays)
    assert (2, 2, "") == run.told[-1]


def test_what_no_platform_sends_can_be_left_out() -> None:
    """A story that forges, breaks or bursts is not played then, and proves nothing."""
    played: list[str] = []

    async def forging(stage: Stage) -> None:
        played.append("forged")

    run = driven(scene("a", nothing), scene("b", forging, negative=True), negative=False)

    assert [] == played
    assert (Outcome.PLAYED, "") == run.outcomes()["a"]
    assert Outcome.NOT_ASSESSABLE is run.outcomes()["b"][0]
    assert "--conformance-no-negative" in run.outcomes()["b"][1]


def test_scenes_overlap() -> None:
    """Two stories that wait for each other both end."""
    here, there = asyncio.Event(), asyncio.Event()

    async def first(stage: Stage) -> None:
        here.set()
        await there.wait()

    async def second(stage: Stage) -> None:
        there.set()
        await here.wait()

    run = driven(scene("a", first), scene("b", second))

    assert {Outcome.PLAYED} == {outcome for outcome, _ in run.outcomes().values()}
    assert [(0, False)] == run.rounds("a")


def test_no_more_scenes_than_allowed_play_at_once() -> None:
    """`--conformance-concurrency` is a bound."""
    now, most = 0, 0

    async def story(stage: Stage) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(5):
            await asyncio.sleep(0)
        now -= 1

    driven(*(scene("a", story, parameter=str(number)) for number in range(6)), concurrency=2)

    assert 2 == most


def test_an_exclusive_scene_has_the_partner_to_itself() -> None:
    """It is played after all others, alone, and gets the calls that nobody claims."""
    playing: set[str] = set()
    beside: dict[str, set[str]] = {}
    owners: dict[str, bool] = {}

    def story(name: str) -> Act:
        async def act(stage: Stage) -> None:
            playing.add(name)
            await asyncio.sleep(0)
            beside[name] = set(playing) - {name}
            owners[name] = stage.kit.owners.alone == stage.play
            await asyncio.sleep(0)
            playing.discard(name)

        return act

    run = driven(
        scene("c", story("c"), exclusive=True),
        scene("a", story("a")),
        scene("b", story("b")),
        scene("d", story("d"), exclusive=True),
    )

    assert (set(), set()) == (beside["c"], beside["d"])
    assert {"b"} == beside["a"]
    assert {"a": False, "b": False, "c": True, "d": True} == owners
    assert [(0, True)] == run.rounds("c")
    assert run.kit is not None
    assert None is run.kit.owners.alone


def test_creations_of_one_type_do_not_overlap() -> None:
    """Of the stories that have objects of a type created one plays at a time; other types go on meanwhile."""
    playing: list[str] = []
    met: set[frozenset[str]] = set()

    def story(name: str) -> Act:
        async def act(stage: Stage) -> None:
            playing.append(name)
            for _ in range(5):
                met.update(frozenset({name, other}) for other in playing if other != name)
                await asyncio.sleep(0)
            playing.remove(name)

        return act

    driven(
        scene("a", story("a"), parameter="invoice", creates=True),
        scene("b", story("b"), parameter="invoice", creates=True),
        scene("c", story("c"), parameter="firm", creates=True),
    )

    assert frozenset({"a", "b"}) not in met
    assert frozenset({"a", "c"}) in met


def test_creations_belong_to_the_play_as_long_as_it_lasts() -> None:
    """The driver says whose creations they are, and takes it back."""
    owned: list[str | None] = []

    def owner(made: Kit) -> str | None:
        return made.owners.of(Request("POST", "/"), does="create", object_type="invoice", correlation=None)

    async def story(stage: Stage) -> None:
        owned.append(owner(stage.kit))
        assert owned[-1] == stage.play
        raise NotAssessable("enough")

    run = driven(scene("a", story, parameter="invoice", creates=True))
    assert run.kit is not None

    assert None is not owned[0]
    assert None is owner(run.kit)


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (NotAssessable("no reason"), Outcome.NOT_ASSESSABLE, "no reason"),
        (ControlChannelError("no JSON"), Outcome.ERROR, "no JSON"),
        (LookupError("a"), Outcome.ERROR, "the kit failed in this story: LookupError: a"),
        (TimeoutError("late"), Outcome.ERROR, "the kit failed in this story: TimeoutError: late"),
        (RecursionError("deep"), Outcome.ERROR, "the kit failed in this story: RecursionError: deep"),
    ],
)
def test_what_goes_wrong_in_a_story_ends_that_story(error: Exception, outcome: Outcome, reason: str) -> None:
    """Whatever a story raises is its outcome, and the others go on."""

    async def story(stage: Stage) -> None:
        await asyncio.sleep(0)
        raise error

    run = driven(scene("a", story), scene("b", nothing))

    assert {"a": (outcome, reason), "b": (Outcome.PLAYED, "")} == run.outcomes()


def test_no_secret_stands_in_a_reason() -> None:
    """A reason may quote what was sent."""

    async def story(stage: Stage) -> None:
        raise LookupError(stage.kit.secrets.signing)

    (_, reason) = driven(scene("a", story)).outcomes()["a"]

    assert "[secret signing_secret]" in reason


def test_an_interruption_leaves_what_played_and_what_did_not() -> None:
    """Stories that were under way are not run, those that ended stand, and those to come are not there."""
    reached = asyncio.Event()

    async def endless(stage: Stage) -> None:
        reached.set()
        await asyncio.Event().wait()

    run = driven(scene("a", nothing), scene("b", endless), scene("c", nothing, exclusive=True), interrupt=reached)

    assert {"a": (Outcome.PLAYED, ""), "b": (Outcome.NOT_RUN, "")} == run.outcomes()


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_partner_that_goes_away_ends_the_run_soon(concurrency: int) -> None:
    """The story that met it and those after it say since when the partner is gone."""
    gone = False

    def partner(request: Request) -> Sent:
        return fails(request, Failure.REFUSED) if gone else answers(request)

    async def leave(stage: Stage) -> None:
        nonlocal gone
        gone = True
        await stage.deliver(stage.event(stage.make("invoice"), "created"), "event")

    async def after(stage: Stage) -> None:
        await stage.deliver(stage.event(stage.make("invoice"), "created"), "event")

    run = driven(scene("a", leave), scene("b", after, exclusive=True), partner=partner, concurrency=concurrency)

    assert {Outcome.NOT_ASSESSABLE} == {outcome for outcome, _ in run.outcomes().values()}
    assert all("partner stopped answering" in reason for _, reason in run.outcomes().values())


def test_a_partner_that_only_acknowledges_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """After effects that were awaited in vain the next story alone waits for a look at the partner."""

    async def vain(stage: Stage) -> None:
        stage.kit.reacts = True
        stage.kit.vain += [Vain(stage.event(stage.make("invoice"), "created"), 0.0, 0.0)] * 3

    async def gives_up(stage: Stage) -> None:
        stage.kit.lose_partner("partner stopped reacting")

    async def after(stage: Stage) -> None:
        await stage.deliver(stage.event(stage.make("invoice"), "created"), "event")

    monkeypatch.setattr("conformance.scenarios.check_up.check_up", gives_up)
    run = driven(scene("a", vain), scene("b", after, exclusive=True))

    assert ["calibration", "a", "check-up", "b"] == [p.name for p in run.plays]
    assert (Outcome.NOT_ASSESSABLE, "partner stopped reacting") == run.outcomes()["b"]


def test_a_partner_that_is_kept_is_not_looked_at_again() -> None:
    """Whatever the check-up saw of a partner that goes on, the count begins anew."""

    async def vain(stage: Stage) -> None:
        stage.kit.reacts = True
        stage.kit.vain += [Vain(stage.event(stage.make("invoice"), "created"), 0.0, 0.0)] * 3

    run = driven(scene("a", vain), scene("b", nothing, exclusive=True), scene("c", nothing, exclusive=True))

    assert ["calibration", "a", "check-up", "b", "c"] == [p.name for p in run.plays]
    assert (Outcome.PLAYED, "") == run.outcomes()["c"]


def test_a_partner_that_was_never_there_refuses_the_run() -> None:
    """Before anything is played the operator is told where nobody answers."""
    with pytest.raises(RunRefused, match=f"does not answer at {PARTNER}"):
        driven(scene("a", nothing), partner=lambda request: fails(request, Failure.REFUSED))


# Confirmation: real judges, over a real story


def statuses(*failing: str, answers_of: Callable[[int], int] = lambda _: 500) -> Callable[[Request], Sent]:
    """A partner that fails event types; which status the n-th event of a type gets is up to the test."""
    seen: dict[str, int] = {}

    def partner(request: Request) -> Sent:
        kind = next((name for name in failing if f'"{name}"'.encode() in request.body), "")
        if not kind:
            return answers(request)
        seen[kind] = seen.get(kind, 0) + 1
        return answers(request, status=answers_of(seen[kind]))

    return partner


def judged(partner: Callable[[Request], Sent]) -> Run:
    """A run of ACK-01, every event type once."""
    programme = plan(shipped_catalogue(), specification("feewise").description, ("ACK-01",))
    return driven(partner=partner, programme=programme)


def test_nothing_is_repeated_where_nothing_failed() -> None:
    """A partner that conforms plays each story once."""
    run = judged(answers)

    assert {0} == {p.round for p in run.plays}
    assert 25 == len(run.plays) - 1


def test_a_failure_is_repeated_alone() -> None:
    """What failed while stories overlapped is played again with the partner to itself."""
    run = judged(statuses("firm.pricing.updated"))
    (first, *again) = run.rounds(f"{EVERY_TYPE}[firm.pricing.updated]")

    assert (0, False) == first
    assert again
    assert all(alone and number in driver_module._ROUNDS for number, alone in again)


def test_what_comes_last_is_played_when_no_doubt_is_left() -> None:
    """A story that may leave the partner in pieces disturbs neither others nor their repetitions."""
    planned = plan(shipped_catalogue(), specification("feewise").description, ("ACK-01",))
    last = Scene(Story("d", nothing, once, exclusive=True, creates=False, last=True), "")
    STORIES["d"] = last.story
    items = (PlannedItem("ACK-05"), *planned.items)
    programme = Programme(("ACK-05", "ACK-01"), items, {"ACK-05": (last,)})
    run = driven(partner=statuses("firm.pricing.updated"), programme=programme)

    assert "d" == run.plays[-1].story
    assert 1 == max(p.round for p in run.plays[:-1])


def test_what_comes_first_is_played_before_all_others() -> None:
    """After it a partner may be in pieces, and then nothing else is to blame."""
    first = Scene(Story("d", nothing, once, exclusive=True, creates=False, first=True), "")
    STORIES["d"] = first.story
    run = driven(scene("a", nothing), scene("b", nothing, exclusive=True), first)

    assert ["calibration", "d", "a", "b"] == [p.story for p in run.plays]


def test_a_partner_without_effects_is_looked_at_again_before_it_is_waited_for() -> None:
    """What would wait for it in vain is not played."""

    async def in_vain(stage: Stage) -> None:
        event = stage.event(stage.make("invoice"), "created", age=30)
        stage.kit.reacts, stage.kit.vain = True, [Vain(event, 0.0, 1.0)] * 3

    async def gone(stage: Stage) -> None:
        stage.kit.lose_partner("it handles nothing more")

    async def endless(stage: Stage) -> None:
        await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("conformance.scenarios.check_up.check_up", gone)
        run = driven(scene("a", in_vain), scene("b", endless, exclusive=True))

    assert (Outcome.PLAYED, "") == run.outcomes()["a"]
    assert (Outcome.NOT_ASSESSABLE, "it handles nothing more") == run.outcomes()["b"]


def test_a_failure_that_does_not_come_back_is_repeated_twice() -> None:
    """Two lone passes make it a pass, so two are played; no other story is."""
    run = judged(statuses("firm.pricing.updated", answers_of=lambda n: 500 if n == 1 else 200))

    assert [(0, False), (1, True), (2, True)] == run.rounds(f"{EVERY_TYPE}[firm.pricing.updated]")
    assert 25 + 2 == len(run.plays) - 1


def test_a_heartbeat_notices_when_the_kit_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in which the kit did not get to run is written down, and none is where it did."""

    async def beat() -> list[Stall]:
        made = kit("feewise", answers)
        jumps = iter([0.0, 0.05, 0.05, 1.0])
        monkeypatch.setattr(type(made.clock), "elapsed", property(lambda _: next(jumps)))
        monkeypatch.setattr(driver_module, "_BEAT", 0.0)
        beating = asyncio.create_task(heartbeat(made))
        with pytest.raises(RuntimeError):  # the hand of the clock has no further place to go
            await beating
        return [record for record in made.journal.records if isinstance(record, Stall)]

    assert [Stall(0.05, 1.0)] == asyncio.run(beat())
