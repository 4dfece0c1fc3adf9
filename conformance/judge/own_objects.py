"""Judges of the chapter Objects of the partner's own making."""

from __future__ import annotations

from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import applied, changing_calls, fetches, not_accepted, wrong_state
from conformance.requirement import Evidence, Finding
from conformance.transcript import Play

__all__: list[str] = []


@judges("OWN-01", story="own-object")
def recognises_what_it_created(play: Play, case: Case) -> Said:
    """The partner takes the id from the answer to its create call, and a notification leads to no second create."""
    creates = play.calls("create")
    stranger = play.note("unknown id")
    if stranger:
        yield Finding(
            expected="the id that the platform answered",
            actual=f"the partner reports the id {stranger}",
            exchanges=tuple(e.id for e in (*creates, *play.askings("create"))),
            evidence=Evidence.DEED,
        )
        return
    first = play.deliveries("own")[0]
    after = [
        call
        for call in changing_calls(play, after=first.started)
        if call.does == "create" and call.object_type == play.parameter
    ]
    if after:
        yield Finding(
            expected="no create call after the notification",
            actual=f"{len(after)} more: {after[0].request.method} {after[0].request.target}",
            exchanges=(first.id, *(call.id for call in after[:3])),
            evidence=Evidence.DEED,
        )


@judges("OWN-02", story="overtaking-notification")
def keeps_a_notification_that_overtakes_the_answer(play: Play, case: Case) -> Said:
    """The partner acknowledges, and does not lose, a notification that overtakes the answer to its own create call."""
    delivery = play.deliveries("overtaking")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery, *(call.id for call in play.calls("create")))
        return
    # Who has got the new state, or says that it applied the event, and then holds the old one has gone back.
    count = applied(play, delivery.event_id)
    got = any((call.version or 0) > 1 for call in fetches(play, delivery.object_id, succeeded=True))
    handled = got or (count is not None and count[0] > 0)
    yield from wrong_state(play, case, cites=(delivery,), late=1 if handled else 0)
