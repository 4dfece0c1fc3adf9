"""Judges of deliveries that somebody recorded and plays back."""

from __future__ import annotations

from conformance.judge.authenticity import TOLERANCE, refusal_statuses, resting_on
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import accepted_findings, manner_findings
from conformance.judge.single_effect import applied_once
from conformance.requirement import Finding
from conformance.transcript import Play

__all__: list[str] = []


@judges("RPL-01", story="replay")
def replays_nothing_while_a_signature_is_fresh(play: Play, case: Case) -> Said:
    """A delivery that comes again byte for byte, within the tolerance, has no second effect."""
    yield from applied_once(play, play.deliveries("first", "replayed"), refusable=True)


@judges("RPL-02", story="late-replay", only=("twice-the-tolerance",))
def refuses_a_replay_beyond_the_tolerance(play: Play, case: Case) -> Said:
    """The partner refuses an event that it knows under a signature twice as old as the tolerance."""
    yield from resting_on(TOLERANCE, _refused(play, case))


@judges("RPL-02", story="late-replay", only=("one-day-old",))
def refuses_a_replay_of_yesterday(play: Play, case: Case) -> Said:
    """The partner refuses an event that it knows under a signature that is a day old."""
    yield from _refused(play, case)


def _refused(play: Play, case: Case) -> Said:
    replayed = play.deliveries("replayed")[-1]
    yield from accepted_findings(replayed)
    # The answer decides; how often the event was applied need not be known, unless it is too often.
    counted = applied_once(play, play.deliveries("first", "replayed"))
    yield from (said for said in counted if isinstance(said, Finding))
    yield from manner_findings(replayed, refusal_statuses(case))
