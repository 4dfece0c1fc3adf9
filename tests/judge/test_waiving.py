"""What waivers do to verdicts, and what they cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from conformance.catalogue import shipped_catalogue
from conformance.journal import Journal, read_journal
from conformance.judge.verdicts import judge_transcript
from conformance.report import Report
from conformance.transcript import Outcome, Transcript
from conformance.verdict import RunVerdict, Verdict
from conformance.waiver import Waiver, WaiverState
from transcripts import Moment, delivered, feewise, planned, play

BARE: Final = delivered("bare")
REFUSED: Final = delivered("bare", status=400)
FINE: Final = delivered("event")
BROKEN: Final = delivered("event", status=500)
ALLOWED: Final = {"/waivers": {"may_waive": ["ACK-01"]}}


def waiver(requirement: str, *, expires: str = "2026-11-20") -> Waiver:
    """A waiver that counts on the day of the transcripts, unless it is said otherwise."""
    return Waiver(requirement, "Planned.", "payments", expires)


def report(transcript: Transcript, *waivers: Waiver, partly: tuple[str, ...] = ()) -> Report:
    """The report of a run of ACK-01 and COR-08 with these waivers."""
    whole = planned(transcript, "ACK-01", "COR-08")
    header = replace(whole.header, waivers=waivers, partly=partly)
    return judge_transcript(replace(whole, header=header), shipped_catalogue())


def verdicts(given: Report) -> dict[str, Verdict]:
    """Verdict by requirement."""
    return {result.requirement.id: result.verdict for result in given.requirements}


def states(given: Report) -> list[tuple[WaiverState, Verdict | None]]:
    """What became of the waivers."""
    return [(use.state, use.verdict) for use in given.waivers]


def run(*bare: Moment, event: Moment = FINE, changed: Mapping[str, object] | None = None) -> Transcript:
    """A run in which one event type was delivered, and events without a correlation id to some object types."""
    types = ("invoice", "firm", "payout")
    plays = [play("uncorrelated-event", name, moment) for name, moment in zip(types, bare, strict=False)]
    return feewise(play("every-event-type", "payout.paid", event), *plays, changed=changed)


def test_a_broken_should_is_waived() -> None:
    """What is broken is waived, item by item, and its findings stay; what passed has passed."""
    given = report(run(BARE, REFUSED), waiver("COR-08"))
    result = given.requirements[1]
    accepted = "WARN is waived until 2026-11-20 by payments: Planned."

    assert (Verdict.WAIVED, accepted) == (result.verdict, result.reason)
    assert [Verdict.PASS, Verdict.WAIVED] == [item.verdict for item in result.items]
    assert accepted == result.items[1].reason.partition(";")[0]
    assert 1 == len(result.items[1].findings)
    assert [(WaiverState.APPLIED, Verdict.WARN)] == states(given)
    assert "1 of 1 MUST proven, 1 waived" == given.headline()


def test_a_must_is_waived_where_the_platform_allows_it() -> None:
    """It fails the run no more, and it proves nothing."""
    broken = run(BARE, event=BROKEN)
    allowed = run(BARE, event=BROKEN, changed=ALLOWED)

    assert RunVerdict.FAILS is report(allowed).verdict
    assert Verdict.FAIL is verdicts(report(broken, waiver("ACK-01")))["ACK-01"]
    assert [(WaiverState.NOT_ALLOWED, Verdict.FAIL)] == states(report(broken, waiver("ACK-01")))
    assert RunVerdict.FAILS is report(broken, waiver("ACK-01")).verdict
    assert Verdict.WAIVED is verdicts(report(allowed, waiver("ACK-01")))["ACK-01"]
    assert RunVerdict.INCOMPLETE is report(allowed, waiver("ACK-01")).verdict
    assert "0 of 1 MUST proven, 1 waived" == report(allowed, waiver("ACK-01")).headline()


def test_beside_a_proven_must_a_waived_one_conforms() -> None:
    """A run is not green for what is waived, but it may be green with it."""
    transcript = planned(run(BARE, event=BROKEN, changed=ALLOWED), "ACK-01", "ACK-05")
    header = replace(transcript.header, waivers=(waiver("ACK-01"),))
    given = judge_transcript(replace(transcript, header=header), shipped_catalogue())

    assert {"ACK-01": Verdict.WAIVED, "ACK-05": Verdict.PASS} == verdicts(given)
    assert RunVerdict.CONFORMS is given.verdict


def test_an_expired_waiver_does_not_count() -> None:
    """The day is that on which the run began, whenever it is judged."""
    given = report(run(REFUSED), waiver("COR-08", expires="2026-11-19"))

    assert Verdict.WARN is verdicts(given)["COR-08"]
    assert [(WaiverState.EXPIRED, Verdict.WARN)] == states(given)


def test_a_waiver_that_nothing_needs_is_told() -> None:
    """Unless some items were left out: one of them might have needed it."""
    fine = run(BARE)

    assert [(WaiverState.NOT_NEEDED, Verdict.PASS)] == states(report(fine, waiver("COR-08")))
    assert [(WaiverState.UNDECIDED, Verdict.PASS)] == states(report(fine, waiver("COR-08"), partly=("COR-08",)))


def test_what_was_not_judged_decides_nothing() -> None:
    """A requirement that was not selected, or that the platform does not ask for."""
    elsewhere = run(BARE, changed={"/correlation/enabled": False})

    assert [(WaiverState.UNDECIDED, None)] == states(report(run(BARE), waiver("DUP-01")))
    assert [(WaiverState.UNDECIDED, Verdict.NOT_APPLICABLE)] == states(report(elsewhere, waiver("COR-08")))


def test_what_has_no_answer_cannot_be_waived() -> None:
    """Nobody can accept what nobody knows."""
    silent = feewise(play("uncorrelated-event", "invoice", outcome=Outcome.NOT_ASSESSABLE, reason="no"))
    given = report(silent, waiver("COR-08"))

    assert Verdict.NOT_ASSESSABLE is verdicts(given)["COR-08"]
    assert [(WaiverState.NOT_COVERED, Verdict.NOT_ASSESSABLE)] == states(given)


def test_an_error_beside_a_break_stays_an_error() -> None:
    """The item that is broken is waived; the other is worse than that."""
    ended = play("uncorrelated-event", "firm", outcome=Outcome.ERROR, reason="the kit failed")
    transcript = run(REFUSED)
    both = feewise(play("every-event-type", "payout.paid", FINE), play("uncorrelated-event", "invoice", REFUSED), ended)
    given = report(both, waiver("COR-08"))

    assert Verdict.WAIVED is verdicts(report(transcript, waiver("COR-08")))["COR-08"]
    assert (Verdict.ERROR, "the kit failed") == (given.requirements[1].verdict, given.requirements[1].reason)
    assert [Verdict.WAIVED, Verdict.ERROR] == [item.verdict for item in given.requirements[1].items]


def test_what_is_broken_now_and_then_is_waived() -> None:
    """FLAKY means that it was seen broken at least once."""
    rounds = (
        play("every-event-type", "payout.paid", BROKEN, alone=False),
        play("every-event-type", "payout.paid", BROKEN, round=1),
        play("every-event-type", "payout.paid", FINE, round=2),
    )
    flaky = feewise(*rounds, changed=ALLOWED)

    assert Verdict.FLAKY is verdicts(report(flaky))["ACK-01"]
    assert Verdict.WAIVED is verdicts(report(flaky, waiver("ACK-01")))["ACK-01"]


def test_the_journal_alone_judges_the_same(tmp_path: Path) -> None:
    """Waivers and the day of the run stand in it."""
    transcript = planned(run(REFUSED), "ACK-01", "COR-08")
    journal = Journal()
    for told in transcript.plays:
        journal.records += [replace(told, exchanges=(), waits=(), notes=()), *told.deliveries()]
    journal.records += transcript.items
    journal.begin(replace(transcript.header, waivers=(waiver("COR-08"),), partly=("ACK-01",)), tmp_path / "journal")
    journal.close()
    given = judge_transcript(read_journal(tmp_path / "journal"), shipped_catalogue())

    assert Verdict.WAIVED is verdicts(given)["COR-08"]
    assert ((waiver("COR-08"),), ("ACK-01",)) == (given.header.waivers, given.header.partly)
