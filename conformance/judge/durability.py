"""Judges of the chapter Load and life: what a partner still knows after it was killed."""

from __future__ import annotations

from typing import Final

from conformance.exchange import Failure
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import applied
from conformance.judge.losses import accepted, is_visible, loss_findings
from conformance.quantity import times
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

_GONE: Final = frozenset({Failure.REFUSED, Failure.CLOSED})
_NOT_KILLED: Final = (
    "no delivery met a partner that was gone: whatever --partner-restart-command does, it seems not to kill the partner"
)


def _was_killed(play: Play) -> bool:
    """Whether some delivery broke off, or found nobody, once the restart had begun."""
    begun = min((wait.started for wait in play.waits if wait.what == "restart"), default=float("inf"))
    return any(d.failure in _GONE and d.ended >= begun for d in play.deliveries("burst"))


@judges("DUR-01", story="killed-partner")
def loses_no_acknowledged_event(play: Play, case: Case) -> Said:
    """What the partner acknowledged before it was killed has its effect after the restart."""
    taken = accepted(play, "burst")
    if not is_visible(play):
        yield Unassessable("positive control failed: a genuine event shows no effect here")
        return
    if not _was_killed(play):
        yield Unassessable(_NOT_KILLED)
        return
    found = tuple(loss_findings(play, taken, expected="every acknowledged event has its effect, in spite of the kill"))
    yield from found
    if not found:
        yield Remark(f"events that were acknowledged around the kill, and had their effect: {len(taken)}")


@judges("DUR-02", story="killed-partner")
def remembers_event_ids_over_a_restart(play: Play, case: Case) -> Said:
    """An event that was applied before the partner was killed is not applied again when it is delivered again."""
    known, again = play.deliveries("known")[-1], play.deliveries("again")
    before = applied(play, known.event_id, before=again[0].started)
    after = applied(play, known.event_id)
    if not _was_killed(play):
        yield Unassessable(_NOT_KILLED)
    elif before is None or after is None:
        yield Unassessable("the partner's control endpoint does not offer 'events': a second effect cannot be seen")
    elif after[0] > before[0]:
        yield Finding(
            expected="the event is not applied again",
            actual=f"applied {times(before[0])} before it was delivered again after the restart, "
            f"{times(after[0])} then",
            exchanges=(known.id, before[1].id, *(d.id for d in again), after[1].id),
            evidence=Evidence.DEED,
        )
    elif after[0] == 0:
        yield Unassessable("the partner does not report that it handled the event even once: it may have no use for it")
