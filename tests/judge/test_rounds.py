"""One item over its rounds: what load excuses, and what is never forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.catalogue import shipped_catalogue
from conformance.exchange import Failure
from conformance.judge import court
from conformance.judge.binding import Case, Judge, Said
from conformance.judge.decision import doubts, requirement_results
from conformance.report import ItemResult
from conformance.requirement import Finding, Inapplicable, Unassessable
from conformance.transcript import Outcome, Play, Stall
from conformance.verdict import Verdict
from judge.cases import judged
from judge.overlaps import BAD, EVERY, GOOD, LATE, again, overlapped
from transcripts import Moment, Scene, delivered, feewise, grew, holds, noted, planned, play, wawex


def _item(*scenes: Scene) -> ItemResult:
    (item,) = judged("ACK-01", wawex(*scenes)).items
    return item


def test_two_lone_passes_outweigh_a_failure_under_load() -> None:
    """What was missing while stories overlapped and comes twice alone passes, with a word about it."""
    item = _item(overlapped(LATE), again(1, GOOD), again(2, GOOD))

    assert (Verdict.PASS, "slow under load: failed while stories overlapped, passed twice alone") == (
        item.verdict,
        item.reason,
    )
    assert item.findings
    assert ("p1", "p2", "p3") == item.plays
    assert ("p1.1", "p2.1", "p3.1") == item.exchanges


def test_load_excuses_no_deed() -> None:
    """What happened and must not is not made good by two lone passes."""
    item = _item(overlapped(BAD), again(1, GOOD), again(2, GOOD))

    assert Verdict.FLAKY is item.verdict
    assert "load excuses no deed" in item.reason


@pytest.mark.parametrize("moment", [LATE, BAD])
def test_a_lone_failure_stands(moment: Moment) -> None:
    """Whatever its kind, and the findings shown are those of the lone round."""
    item = _item(overlapped(moment), again(1, moment))

    assert Verdict.FAIL is item.verdict
    assert ("p2.1",) == item.findings[0].exchanges


def test_two_lone_failures_stand() -> None:
    """Repeated more often than needed, it still fails."""
    assert Verdict.FAIL is _item(overlapped(LATE), again(1, LATE), again(2, LATE)).verdict


@pytest.mark.parametrize("rounds", [(GOOD, LATE), (LATE, GOOD)])
def test_lone_rounds_that_disagree_are_flaky(rounds: tuple[Moment, Moment]) -> None:
    """In either order."""
    item = _item(overlapped(LATE), again(1, rounds[0]), again(2, rounds[1]))

    assert (Verdict.FLAKY, "the same story alone fails once and passes once") == (item.verdict, item.reason)


def test_one_lone_pass_is_not_enough() -> None:
    """A run that ends before the second lone round has not excused the failure."""
    item = _item(overlapped(LATE), again(1, GOOD))

    assert Verdict.NOT_ASSESSABLE is item.verdict
    assert "passed alone; judged alone only once" in item.reason


def test_a_lone_round_that_decides_nothing_excuses_nothing() -> None:
    """One pass beside a round that could not be assessed is one pass."""
    nothing = again(2, outcome=Outcome.NOT_ASSESSABLE)

    assert Verdict.NOT_ASSESSABLE is _item(overlapped(LATE), again(1, GOOD), nothing).verdict


def test_what_was_missing_and_cannot_be_repeated_is_not_assessable() -> None:
    """Nobody knows whether load was the cause."""
    item = _item(overlapped(LATE), again(1, outcome=Outcome.NOT_ASSESSABLE))

    assert Verdict.NOT_ASSESSABLE is item.verdict
    assert "could not be repeated alone: no control" in item.reason


def test_a_deed_that_cannot_be_repeated_stands() -> None:
    """It was seen once, and once is enough."""
    item = _item(overlapped(BAD), again(1, outcome=Outcome.NOT_ASSESSABLE))

    assert (Verdict.FAIL, "seen once; it could not be repeated alone") == (item.verdict, item.reason)


def test_a_failure_that_was_alone_needs_no_repetition() -> None:
    """A play that had the partner to itself decides at once."""
    transcript = wawex(play(EVERY, "A", LATE, alone=True))

    assert (Verdict.FAIL, "") == (judged("ACK-01", transcript).verdict, judged("ACK-01", transcript).reason)
    assert () == doubts(planned(transcript, "ACK-01"), shipped_catalogue())


def test_a_deed_that_nobody_repeated_stands() -> None:
    """A run that ended before the lone rounds keeps what it saw happen."""
    item = _item(overlapped(BAD))

    assert (Verdict.FAIL, "seen once; the run ended before it was repeated alone") == (item.verdict, item.reason)


def test_an_absence_that_nobody_repeated_proves_nothing() -> None:
    """What was only missing under load may have been missing because of it, or because the partner had died."""
    item = _item(overlapped(LATE))

    assert Verdict.NOT_ASSESSABLE is item.verdict
    assert "the run ended before it was repeated alone" in item.reason


def test_a_pass_under_load_is_a_pass() -> None:
    """Lone rounds that others asked for do not touch it."""
    item = _item(overlapped(GOOD), again(1, BAD))

    assert (Verdict.PASS, ("p1",), ()) == (item.verdict, item.plays, item.findings)


def test_a_deed_under_load_is_not_turned_into_a_warning() -> None:
    """A forgery that was accepted once is not made good by crashes that refuse it."""
    control = (delivered("control"), noted("control effect", "seen"))
    forged = [delivered("forged", event="e2", about="o2", genuine=False, status=status) for status in (202, 500, 500)]
    scenes = [play("forged-event", "no-signature", *control, f, round=n, alone=n > 0) for n, f in enumerate(forged)]

    assert Verdict.FLAKY is judged("SIG-01", feewise(*scenes)).verdict


def test_a_warning_that_does_not_return_is_no_worse_than_one_that_does() -> None:
    """A refusal with 500 under load and 401 alone is a warning: FLAKY would leave the run incomplete."""
    control = (delivered("control"), noted("control effect", "seen"))
    forged = [delivered("forged", event="e2", about="o2", genuine=False, status=status) for status in (500, 401, 401)]
    scenes = [play("forged-event", "no-signature", *control, f, round=n, alone=n > 0) for n, f in enumerate(forged)]

    assert Verdict.WARN is judged("SIG-01", feewise(*scenes)).verdict


def test_a_warning_that_load_explains_is_excused_by_two_lone_passes() -> None:
    """Lateness beyond an assumed limit that does not come back alone is not even a warning."""
    transcript = wawex(overlapped(delivered("event", took=6)), again(1, GOOD), again(2, GOOD))
    result = judged("ACK-02", transcript)

    assert Verdict.PASS is result.verdict
    assert "slow under load: a warning while stories overlapped, none in two runs alone" in result.reason


def test_one_lone_pass_leaves_a_warning_open() -> None:
    """Two clear it, and without any it is open as well."""
    result = judged("ACK-02", wawex(overlapped(delivered("event", took=6)), again(1, GOOD)))

    assert Verdict.NOT_ASSESSABLE is result.verdict
    assert "a warning while stories overlapped, none alone; judged alone only once" in result.reason


def test_a_shed_load_is_excused_by_two_lone_passes() -> None:
    """A partner that answers 503 under load and takes the event alone is slow, not flaky."""
    busy = delivered("event", status=503)

    assert Verdict.PASS is _item(overlapped(busy), again(1, GOOD), again(2, GOOD)).verdict


def test_a_forgery_that_is_answered_late_is_excused_by_two_lone_passes() -> None:
    """Under load the answer to what is forged and malformed was missing; alone it is that to a forgery, twice."""
    form = "forged-and-malformed"
    forged = delivered("forged", event="e2", about="o2", genuine=False, status=401)
    malformed = delivered("malformed", event="e3", about="o3", genuine=False, status=400)
    silent = delivered("both", event="e4", about="o4", genuine=False, failure=Failure.TIMEOUT, took=20)
    refused = delivered("both", event="e4", about="o4", genuine=False, status=401)
    scenes = [
        play(form, form, forged, malformed, both, round=n, alone=n > 0)
        for n, both in enumerate((silent, refused, refused))
    ]

    assert Verdict.PASS is judged("SIG-12", feewise(*scenes)).verdict


def test_a_change_that_is_applied_late_is_excused_by_two_lone_passes() -> None:
    """Under load the object was still at its first state when it was asked for; alone it is at its second, twice."""
    grown = grew("o1", {"/status": "ONBOARDING"}, {"/status": "ACTIVE"})
    scenes = [
        play(
            "overtaking-notification",
            "customer",
            grown,
            delivered("overtaking"),
            holds("o1", state),
            round=n,
            alone=n > 0,
        )
        for n, state in enumerate(({"status": "ONBOARDING"}, {"status": "ACTIVE"}, {"status": "ACTIVE"}))
    ]

    assert Verdict.PASS is judged("OWN-02", wawex(*scenes)).verdict


def test_absence_while_the_kit_stood_still_proves_nothing() -> None:
    """In a lone play of which the kit missed a good part, what is missing may have been the kit's fault."""
    (item,) = judged("ACK-01", wawex(play(EVERY, "A", LATE), stalls=[Stall(10, 40)])).items

    assert (Verdict.NOT_ASSESSABLE, "the kit itself stood still for 30.0 s of this story") == (
        item.verdict,
        item.reason,
    )


@pytest.mark.parametrize("stall", [Stall(10, 11), Stall(500, 600)])
def test_a_short_stall_or_another_time_excuses_nothing(stall: Stall) -> None:
    """A second of a hundred, or a stretch in which another story played."""
    assert Verdict.FAIL is judged("ACK-01", wawex(play(EVERY, "A", LATE), stalls=[stall])).verdict


def test_a_stall_excuses_no_deed() -> None:
    """What was done was done."""
    assert Verdict.FAIL is judged("ACK-01", wawex(play(EVERY, "A", BAD), stalls=[Stall(10, 90)])).verdict


def test_a_stall_while_stories_overlapped_leaves_it_to_the_lone_rounds() -> None:
    """They are played anyway."""
    transcript = wawex(overlapped(LATE), again(1, GOOD), again(2, GOOD), stalls=[Stall(10, 90)])

    assert Verdict.PASS is judged("ACK-01", transcript).verdict


def test_a_judge_may_see_that_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the item is not applicable, with the reason."""

    def judge(played: Play, case: Case) -> Said:
        yield Inapplicable("no TLS on loopback")

    bound = Judge("ACK-01", (EVERY,), (), judge, None)
    monkeypatch.setattr(court, "judges_of", lambda _: (bound,))
    (item,) = judged("ACK-01", wawex(play(EVERY, "A", GOOD))).items

    assert (Verdict.NOT_APPLICABLE, "no TLS on loopback") == (item.verdict, item.reason)


def _redelivered(status: int, **settings: Any) -> Scene:
    """A play of a story that the judge of redirects looks at, though its requirement does not ask for it."""
    return play("redelivery", "document", delivered("first", status=status), **settings)


@pytest.mark.parametrize(
    ("lone", "verdict"), [((307,), Verdict.FAIL), ((202, 202), Verdict.FLAKY), ((202, 307), Verdict.FLAKY)]
)
def test_a_judge_of_the_whole_run_hears_the_lone_rounds_of_any_story(lone: tuple[int, ...], verdict: Verdict) -> None:
    """What it objected to is repeated, whatever story that is, and the repetition decides as it does elsewhere."""
    rounds = [_redelivered(status, round=number) for number, status in enumerate(lone, start=1)]
    transcript = wawex(play(EVERY, "A", GOOD), _redelivered(307, alone=False), *rounds)

    assert verdict is judged("ACK-05", transcript).verdict


def test_plays_that_were_repeated_for_others_clear_nobody() -> None:
    """A lone round says something of what it played, and nothing of a story that was not played in it."""
    bad = play("redelivery", "document", delivered("first", status=307), alone=False)
    others = [play(EVERY, "A", GOOD, round=number) for number in (1, 2)]

    assert Verdict.FAIL is judged("ACK-05", wawex(play(EVERY, "A", GOOD), bad, *others)).verdict


def test_a_lone_round_that_broke_off_clears_nobody() -> None:
    """Its positive control failed, so that what is missing in it is no sign of good manners."""
    broken_off = [
        _redelivered(202, round=number, outcome=Outcome.NOT_ASSESSABLE, reason="no control") for number in (1, 2)
    ]
    transcript = wawex(play(EVERY, "A", GOOD), _redelivered(307, alone=False), *broken_off)

    assert (Verdict.FAIL, "seen once; it could not be repeated alone") == (
        judged("ACK-05", transcript).verdict,
        judged("ACK-05", transcript).reason,
    )


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("wrong", "it yielded str, which is no Finding"),
        (Unassessable(7), "a Unassessable with a field that is no text"),  # type: ignore[arg-type]  # what is tested
        (Finding(expected="a", actual=b"b", exchanges=("d1",)), "with a field that is no text"),  # type: ignore[arg-type]  # what is tested
        (Finding(expected="a", actual="b", exchanges=()), "without a tuple of the ids"),
        (Finding(expected="a", actual="b", exchanges=("nothing",)), "cites ('nothing',)"),
        (Finding(expected="a", actual="b", exchanges=("d1",), level="MUST"), "whose level is no Level"),  # type: ignore[arg-type]  # what is tested
        (pytest.fail.Exception("no"), "Failed: no"),
    ],
)
def test_what_a_judge_says_wrongly_is_an_error(monkeypatch: pytest.MonkeyPatch, word: Any, told: str) -> None:
    """A judge of somebody's own may yield or raise anything; its item is an error, and the report can be written."""

    def judge(played: Play, case: Case) -> Said:
        if isinstance(word, BaseException):
            raise word
        yield word

    monkeypatch.setattr(court, "judges_of", lambda _: (Judge("ACK-01", (EVERY,), (), judge, None, "it"),))
    (item,) = judged("ACK-01", wawex(play(EVERY, "A", GOOD))).items

    assert Verdict.ERROR is item.verdict
    assert item.reason.startswith("it failed while judging: ")
    assert told in item.reason


def test_without_its_judge_a_requirement_is_not_assessable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal names requirements of somebody's own; the reason says what is missing."""
    transcript = planned(wawex(play(EVERY, "A", BAD)), "ACK-01")
    monkeypatch.setattr(court, "judges_of", lambda _: ())
    catalogue = replace(shipped_catalogue(), own=("ACK-01",))
    (result,) = requirement_results(transcript, catalogue)

    assert Verdict.NOT_ASSESSABLE is result.verdict
    assert "its judge does not ship with the kit" in result.reason
    assert () == doubts(transcript, catalogue)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_who_interrupts_the_judging_is_obeyed(
    monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    """Ctrl-C is no fault of a judge."""

    def judge(played: Play, case: Case) -> Said:
        raise interruption
        yield

    monkeypatch.setattr(court, "judges_of", lambda _: (Judge("ACK-01", (EVERY,), (), judge, None, "it"),))
    with pytest.raises(interruption):
        judged("ACK-01", wawex(play(EVERY, "A", GOOD)))
