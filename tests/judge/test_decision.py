"""From rounds to verdicts: what is repeated, what stands together, and what did not run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.catalogue import shipped_catalogue
from conformance.exchange import ProblemKind
from conformance.judge.court import description_of, level_of
from conformance.judge.decision import doubts, requirement_results
from conformance.report import ItemResult, RequirementResult
from conformance.transcript import Ending, Outcome, PlannedItem, RunEnd, Transcript
from conformance.verdict import Level, Verdict
from judge.cases import judged
from judge.overlaps import BAD, EVERY, GOOD, LATE, again, overlapped
from transcripts import FINISHED, Scene, called, delivered, feewise, noted, planned, play, problem, wawex

LIMIT = {"/acknowledgement/limit": 5}


def _item(*scenes: Scene) -> ItemResult:
    (item,) = judged("ACK-01", wawex(*scenes)).items
    return item


def _doubted(requirement: str, transcript: Transcript) -> list[tuple[tuple[str, str], ...]]:
    return [doubt.plays for doubt in doubts(planned(transcript, requirement), shipped_catalogue())]


def _many(*scenes: Scene) -> RequirementResult:
    return judged("ACK-01", wawex(*scenes))


def test_items_stand_with_their_siblings() -> None:
    """Of many failing items a sample is repeated; the others stand with it."""
    four = [overlapped(LATE, name) for name in "ABCD"]
    result = _many(*four, again(1, LATE, parameter="A"), again(1, LATE, parameter="B"))

    assert [Verdict.FAIL] * 4 == [item.verdict for item in result.items]
    assert "other items of this requirement were, and failed again" in result.items[3].reason


def test_the_worst_item_decides_the_requirement() -> None:
    """The reason is that of the items with this verdict."""
    result = _many(overlapped(GOOD, "A"), overlapped(BAD, "B"), overlapped(LATE, "C"), again(1, GOOD, parameter="C"))

    assert Verdict.FAIL is result.verdict
    assert "seen once; the run ended before it was repeated alone" == result.reason
    assert ["ACK-01[A]", "ACK-01[B]", "ACK-01[C]"] == [item.name for item in result.items]


def test_a_sample_is_repeated_first() -> None:
    """Two items at a time are enough to see whether load was the cause."""
    four = [overlapped(LATE, name) for name in "ABCD"]

    assert [((EVERY, "A"),), ((EVERY, "B"),)] == _doubted("ACK-01", wawex(*four))


def test_a_sample_that_is_half_repeated_is_completed() -> None:
    """One item was repeated: one more is asked for."""
    three = [overlapped(LATE, name) for name in "ABC"]

    assert [((EVERY, "B"),)] == _doubted("ACK-01", wawex(*three, again(1, LATE, parameter="A")))


def test_nothing_is_repeated_once_the_sample_has_failedagain() -> None:
    """The others stand with it."""
    four = [overlapped(LATE, name) for name in "ABCD"]
    sample = [again(1, LATE, parameter="A"), again(1, LATE, parameter="B")]

    assert [] == _doubted("ACK-01", wawex(*four, *sample))


def test_everything_is_repeated_once_the_sample_disagrees() -> None:
    """An item that passed alone is repeated once more, and those that were left out are repeated now."""
    four = [overlapped(LATE, name) for name in "ABCD"]
    sample = [again(1, LATE, parameter="A"), again(1, GOOD, parameter="B")]

    assert [((EVERY, "B"),), ((EVERY, "C"),), ((EVERY, "D"),)] == _doubted("ACK-01", wawex(*four, *sample))


def test_two_lone_rounds_end_all_doubt() -> None:
    """There is no third."""
    assert [] == _doubted("ACK-01", wawex(overlapped(LATE), again(1, GOOD), again(2, LATE)))


def test_what_passed_is_not_in_doubt() -> None:
    """Nor is what did not run."""
    transcript = wawex(overlapped(GOOD), play(EVERY, "B", outcome=Outcome.NOT_RUN, alone=False))

    assert [] == _doubted("ACK-01", transcript)


MOVED = delivered("event", status=302)


def test_a_judge_of_the_run_repeats_the_plays_that_it_cites() -> None:
    """Not those where nothing was found."""
    transcript = wawex(overlapped(GOOD, "A"), overlapped(MOVED, "B"), play("redelivery", "proxy", MOVED, alone=False))

    assert [((EVERY, "B"), ("redelivery", "proxy"))] == _doubted("ACK-05", transcript)


def test_a_lone_round_counts_when_it_has_all_plays_that_were_cited() -> None:
    """A repetition of some of them for another requirement says nothing of the rest."""
    two = (overlapped(MOVED, "A"), overlapped(MOVED, "B"))

    assert [((EVERY, "A"), (EVERY, "B"))] == _doubted("ACK-05", wawex(*two, again(1, GOOD, parameter="A")))


def test_a_judge_of_the_run_decides_over_its_rounds() -> None:
    """Its item cites what the findings cite, not all that was exchanged."""
    scenes = (overlapped(GOOD, "A"), overlapped(MOVED, "B"), again(1, MOVED, parameter="B"))
    (item,) = judged("ACK-05", wawex(*scenes)).items

    assert (Verdict.FAIL, ("p3.1",), ()) == (item.verdict, item.exchanges, item.plays)


def _malformed(form: str, status: int, *, round: int = 0) -> Scene:  # noqa: A002  # the word of the transcript
    control = (delivered("control"), called("get"), noted("control effect", "seen"))
    malformed = delivered("malformed", event="e2", about="o2", genuine=False, status=status)
    return play("malformed-json", form, *control, malformed, round=round, alone=round > 0)


def test_a_warning_is_no_sample_of_a_failure() -> None:
    """Two items that warn, also alone, say nothing of one that fails: it is repeated itself."""
    first = (_malformed("truncated", 500), _malformed("unquoted-key", 500), _malformed("trailing-garbage", 200))
    alone = (_malformed("truncated", 500, round=1), _malformed("unquoted-key", 500, round=1))
    result = judged("ERR-01", wawex(*first, *alone))

    assert [(("malformed-json", "trailing-garbage"),)] == _doubted("ERR-01", wawex(*first, *alone))
    assert "other items" not in result.items[2].reason


def test_failures_that_only_warn_alone_confirm_no_other() -> None:
    """What came back as a warning is too little to let a third item stand as a failure."""
    forms = ("truncated", "unquoted-key", "trailing-garbage")
    first = [_malformed(form, 200) for form in forms]
    alone = [_malformed(form, 500, round=1) for form in forms[:2]]
    result = judged("ERR-01", wawex(*first, *alone))

    assert [(("malformed-json", "trailing-garbage"),)] == _doubted("ERR-01", wawex(*first, *alone))
    assert [Verdict.FLAKY, Verdict.FLAKY] == [item.verdict for item in result.items[:2]]
    assert "other items" not in result.items[2].reason


def test_the_calibration_is_never_repeated() -> None:
    """A lateness that was seen there had the partner to itself."""
    transcript = wawex(play("calibration", "", delivered("event", took=9)), overlapped(GOOD), confirmed=LIMIT)

    assert [] == _doubted("ACK-02", transcript)
    assert Verdict.FAIL is judged("ACK-02", transcript).verdict


def test_what_belongs_to_no_story_is_judged_and_not_repeated() -> None:
    """A call that no story led to breaks the rules of every call."""
    bare = called("list", status=401, problems=problem(ProblemKind.CREDENTIAL, "the header Authorization is missing"))
    told = play("announced-object", "document", delivered("event"), called("get"), alone=False)
    transcript = wawex(play("calibration", "", GOOD), told, strays=[bare])

    assert "seen outside of any story, so it is not repeated" == judged("FET-02", transcript).reason
    assert Verdict.FAIL is judged("FET-02", transcript).verdict
    assert [] == _doubted("FET-02", transcript)


def test_strays_belong_to_the_first_round() -> None:
    """A lone round of a judge of the run sees its own plays only."""
    wrong = called("get", problems=problem(ProblemKind.PATH, "GET /document/o1: the document has no such path"))
    stray = called("list", problems=problem(ProblemKind.METHOD, "HEAD /documents: no such method"))
    first = play("announced-object", "document", wrong, alone=False)
    later = [play("announced-object", "document", called("get"), round=n) for n in (1, 2)]
    transcript = wawex(play("calibration", "", GOOD), first, *later, strays=[stray])

    assert Verdict.FLAKY is judged("FET-03", transcript).verdict


def test_a_story_that_was_cut_off_did_not_run() -> None:
    """A play without an end proves nothing, whatever was exchanged."""
    item = _item(play(EVERY, "A", GOOD, outcome=Outcome.NOT_RUN))

    assert (Verdict.NOT_RUN, "the story did not run to its end") == (item.verdict, item.reason)


def test_a_story_that_never_began_did_not_run() -> None:
    """An item that was planned and has no play is told as such."""
    transcript = planned(wawex(end=RunEnd(1.0, Ending.INTERRUPTED)), "ACK-01")
    waiting = replace(transcript, items=(PlannedItem("ACK-01", "A", EVERY),))
    (result,) = requirement_results(waiting, shipped_catalogue())

    assert (Verdict.NOT_RUN, Verdict.NOT_RUN) == (result.verdict, result.items[0].verdict)


def test_a_fault_of_the_kit_is_an_error() -> None:
    """It is not held against the partner."""
    item = _item(play(EVERY, "A", outcome=Outcome.ERROR, reason="control channel: no answer"))

    assert (Verdict.ERROR, "control channel: no answer") == (item.verdict, item.reason)


def test_a_fault_of_a_judge_is_an_error_of_its_item_alone() -> None:
    """A play that lacks what its story always has makes the judge fail, and nothing else."""
    transcript = planned(wawex(play("held-api", "document"), play(EVERY, "A", GOOD)), "ACK-04", "ACK-01")
    broken, fine = requirement_results(transcript, shipped_catalogue())

    assert (Verdict.ERROR, Verdict.PASS) == (broken.verdict, fine.verdict)
    assert "the kit failed while judging: IndexError" in broken.reason


def test_a_judge_of_the_run_needs_one_of_its_stories() -> None:
    """When none came to its end, nothing ran."""
    transcript = wawex(play("calibration", "", GOOD), play(EVERY, "A", GOOD, outcome=Outcome.NOT_RUN))

    assert (Verdict.NOT_RUN, "the stories did not run to their end") == (
        judged("ACK-05", transcript).verdict,
        judged("ACK-05", transcript).reason,
    )


def test_a_judge_of_the_run_passes_only_what_ran_to_its_end() -> None:
    """When some of its stories were cut off, what was not seen may still be there."""
    transcript = wawex(play(EVERY, "A", GOOD), play(EVERY, "B", outcome=Outcome.NOT_RUN))

    assert (Verdict.NOT_RUN, "not all stories ran to their end") == (
        judged("ACK-05", transcript).verdict,
        judged("ACK-05", transcript).reason,
    )


def test_a_judge_of_the_run_passes_nothing_beside_an_error() -> None:
    """A story that the kit broke may have hidden what was looked for."""
    transcript = wawex(play(EVERY, "A", GOOD), play(EVERY, "B", outcome=Outcome.ERROR, reason="our fault"))

    assert (Verdict.ERROR, "our fault") == (judged("ACK-05", transcript).verdict, judged("ACK-05", transcript).reason)


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.NOT_RUN])
def test_what_a_judge_of_the_run_found_stands_beside_what_is_missing(outcome: Outcome) -> None:
    """A redirect is a redirect."""
    transcript = wawex(play(EVERY, "A", MOVED), play(EVERY, "B", outcome=outcome, reason="cut off"))

    assert Verdict.FAIL is judged("ACK-05", transcript).verdict


@pytest.mark.parametrize("end", [RunEnd(9.0, Ending.INTERRUPTED), None])
def test_a_judge_of_the_run_passes_nothing_in_a_run_that_was_cut_off(end: RunEnd | None) -> None:
    """An interrupt after the calibration leaves all stories unplayed."""
    transcript = wawex(play("calibration", "", GOOD), end=end)

    assert Verdict.NOT_RUN is judged("ACK-05", transcript).verdict


@pytest.mark.parametrize("end", [RunEnd(9.0, Ending.INTERRUPTED), None])
def test_a_judge_of_the_run_passes_no_run_without_its_end(end: RunEnd | None) -> None:
    """All plays that began came to their end, and others did not begin."""
    result = judged("ACK-05", wawex(play(EVERY, "A", GOOD), end=end))

    assert (Verdict.NOT_RUN, "not all stories ran to their end") == (result.verdict, result.reason)


def test_a_run_that_was_cut_off_keeps_what_it_found() -> None:
    """A redirect is a redirect, however the run ended."""
    assert Verdict.FAIL is judged("ACK-05", wawex(play(EVERY, "A", MOVED), end=None)).verdict


_HURRIED = play(
    "forged-event",
    "no-signature",
    noted("control late", "d1"),
    alone=False,
    outcome=Outcome.NOT_ASSESSABLE,
    reason="positive control failed",
)


def _forged(*, status: int, number: int = 1) -> Scene:
    moments = (
        delivered("control"),
        noted("control effect", "seen"),
        delivered("forged", "e2", "o2", status=status, genuine=False),
    )
    return play("forged-event", "no-signature", *moments, round=number)


def test_a_late_control_is_repeated_alone_once() -> None:
    """What could not be decided only because the partner was busy is played again; then that counts."""
    wanted = [(("forged-event", "no-signature"),)]

    assert wanted == _doubted("SIG-01", feewise(_HURRIED))
    assert [] == _doubted("SIG-01", feewise(_HURRIED, _forged(status=401)))


@pytest.mark.parametrize(("status", "verdict"), [(401, Verdict.PASS), (202, Verdict.FAIL)])
def test_a_late_control_is_decided_alone(status: int, verdict: Verdict) -> None:
    """By the repetition and nothing else; the reader is told why."""
    (item,) = judged("SIG-01", feewise(_HURRIED, _forged(status=status))).items

    assert verdict is item.verdict
    assert "decided alone, because a genuine event showed no effect" in item.reason


def test_a_late_control_that_was_not_repeated_leaves_the_item_open() -> None:
    """A run that was cut off proves nothing of it."""
    (item,) = judged("SIG-01", feewise(_HURRIED)).items

    assert (Verdict.NOT_ASSESSABLE, "positive control failed") == (item.verdict, item.reason)


def test_an_item_that_no_judge_covers_is_a_fault() -> None:
    """A journal cannot ask for what nobody judges."""
    transcript = replace(planned(wawex(), "SIG-01"), items=(PlannedItem("SIG-01", "unheard-of", "forged-event"),))

    with pytest.raises(LookupError, match=r"no judge for SIG-01\[unheard-of\]"):
        doubts(transcript, shipped_catalogue())


def test_missing_control_calls_come_before_everything() -> None:
    """A reader is told what to offer, whatever was played."""
    transcript = feewise(play("outage", "", outcome=Outcome.ERROR, reason="our fault"), offers=("objects",))

    assert (
        "the partner's control endpoint does not offer 'recover', 'events' (see --partner-control-url)"
        == judged("REC-02", transcript).reason
    )


def test_a_platform_that_lacks_a_feature_does_not_ask() -> None:
    """All that is lacking is named."""
    result = judged("SUB-05", wawex())

    assert (Verdict.NOT_APPLICABLE, "Wawex has no subscriptions, no event type list", ()) == (
        result.verdict,
        result.reason,
        result.items,
    )


def test_a_platform_without_anything_to_play_does_not_ask() -> None:
    """An applicable requirement without items says why."""
    result = judged("ACK-01", wawex())

    assert (Verdict.NOT_APPLICABLE, "Wawex has nothing to play this with") == (result.verdict, result.reason)


def test_a_platform_may_lower_a_level() -> None:
    """The level in force decides between failure and warning."""
    transcript = wawex(play(EVERY, "A", BAD), changed={"/levels": {"ACK-01": "SHOULD"}})
    result = judged("ACK-01", transcript)

    assert (Level.SHOULD, Verdict.WARN) == (result.level, result.verdict)


def test_a_level_is_that_of_the_catalogue_unless_the_platform_says_otherwise() -> None:
    """Where the description is silent, the catalogue decides."""
    transcript = wawex(changed={"/levels": {"ACK-01": "MAY"}})
    levels = [
        level_of(shipped_catalogue()[name], description_of(transcript)) for name in ("ACK-01", "ACK-02", "ACK-06")
    ]

    assert [Level.MAY, Level.MUST, Level.SHOULD] == levels


def test_a_warning_says_on_which_assumption_it_rests() -> None:
    """Until the operator confirms the value; then it is a failure."""
    late = play(EVERY, "A", delivered("event", took=6))

    assert Verdict.WARN is judged("ACK-02", wawex(late)).verdict
    assert "rests on /acknowledgement/limit" in judged("ACK-02", wawex(late)).reason
    assert Verdict.FAIL is judged("ACK-02", wawex(late, confirmed=LIMIT)).verdict


def test_an_item_says_how_to_run_it_again() -> None:
    """Seed and parameter are all that is needed."""
    rerun = _item(play(EVERY, "A", GOOD)).rerun

    assert "pytest --conformance-seed=7 'conformance::ACK-01[A]'" == rerun


def test_an_item_of_the_whole_run_has_no_parameter() -> None:
    """Nothing is selected within it."""
    transcript = wawex(play(EVERY, "A", GOOD), confirmed=LIMIT, end=FINISHED)
    (item,) = judged("ACK-05", transcript).items

    assert "-k" not in item.rerun.split()
    assert "pytest --conformance-seed=7 conformance::ACK-05" == item.rerun


def test_a_judge_of_the_run_needs_a_play() -> None:
    """Where nothing was played, it did not run."""
    transcript = wawex()
    named = replace(transcript, items=(PlannedItem("ACK-05"),))
    given = replace(named, header=replace(named.header, requirements=("ACK-05",)))
    (result,) = requirement_results(given, shipped_catalogue())

    assert (Verdict.NOT_RUN, "the stories did not run to their end") == (result.verdict, result.reason)
