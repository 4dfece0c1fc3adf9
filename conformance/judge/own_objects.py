"""Judges of the chapter Objects of the partner's own making."""

from __future__ import annotations

from typing import Final

from conformance.exchange import Call, Failure
from conformance.judge.acknowledging import MARGIN, took_for_sure
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import answered, applied, changing_calls, fetches, not_accepted, seconds, wrong_state
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play

__all__: list[str] = []

# How a partner finds out whether an object that it meant to create is there.
_LOOKS: Final = frozenset({"get", "find", "list", "view", "list-events"})


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
            evidence=case.proof("create"),
        )


@judges("OWN-02", story="overtaking-notification")
def keeps_a_notification_that_overtakes_the_answer(play: Play, case: Case) -> Said:
    """The partner acknowledges, and does not lose, a notification that overtakes the answer to its own create call."""
    delivery = play.deliveries("overtaking")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery, *(call.id for call in play.calls("create")))
        return
    if play.note("create failed"):
        yield Unassessable(play.note("create failed"))
        return
    # Who has got the new state, or says that it applied the event, and then holds the old one has gone back.
    count = applied(play, delivery.event_id)
    got = any((call.version or 0) > 1 for call in fetches(play, delivery.object_id, succeeded=True))
    handled = got or (count is not None and count[0] > 0)
    yield from wrong_state(play, case, cites=(delivery,), late=1 if handled else 0)


@judges("OWN-03", story="overtaking-notification")
def does_not_deadlock_on_its_own_create(play: Play, case: Case) -> Said:
    """The partner acknowledges within the limit while the answer to its own create call is held."""
    delivery = answered(play, "overtaking")[-1]
    limit = case.description.ack_limit
    holding = tuple(call.id for call in play.calls("create") if call.fault)
    late = delivery.took > limit + MARGIN
    if not holding:
        yield Unassessable("no create call was held while the notification was delivered")
    elif late and took_for_sure(delivery, case) <= limit + MARGIN:
        yield Unassessable("the kit itself stalled while the create call was held")
    elif late and case.shared_machine and delivery.failure is not Failure.TIMEOUT:
        yield Unassessable("the answer came late, but other test workers share the machine")
    elif late:
        yield Finding(
            expected=f"an answer within {limit:g} s while the create call is held",
            actual=f"{delivery.outcome()} after {seconds(delivery.took)}",
            exchanges=(delivery.id, *holding),
            rests_on="" if delivery.failure is Failure.TIMEOUT else "/acknowledgement/limit",
            hint="If the control endpoint and the webhook share one worker, the control call itself may hold it up.",
        )
    elif not delivery.succeeded:
        yield Unassessable(f"the notification is answered in time, but not acknowledged: {delivery.outcome()}")


@judges("OWN-04", story="lost-answer")
def creates_once_when_the_answer_is_lost(play: Play, case: Case) -> Said:
    """The partner does not create a second object, without having looked, when the answer to a create call is lost."""
    creates = [call for call in play.calls("create") if call.object_type == play.parameter]
    lost = next((call for call in creates if call.fault), None)
    if lost is None:
        yield Unassessable("the partner made no create call whose answer could be lost")
        return
    again = next((call for call in creates if call.started > lost.started and call.succeeded), None)
    if again is None:
        return
    looks = [c for c in play.calls() if c.does in _LOOKS and lost.started <= c.started <= again.started and _told(c)]
    found = [c for c in looks if c.succeeded and c.object_id == lost.object_id]
    if found or not (looks or play.note("looked at events")):
        yield Finding(
            expected="one object, or a look whether it is there before it is created again",
            actual=f"{again.request.method} {again.request.target} makes a second object"
            + (", though the platform had shown the first" if found else ""),
            exchanges=(lost.id, *(c.id for c in found[:1]), again.id),
            evidence=case.proof("create"),
            hint=_marker(lost, again),
        )
    else:
        yield Remark("it looked for the object, did not find it, and created it again")


def _told(look: Call) -> bool:
    """Whether the platform said what is there."""
    return look.succeeded or look.status == 404


def _marker(lost: Call, again: Call) -> str:
    """What to tell a partner that sends the same twice and trusts the platform to make one object of it."""
    key = lost.request.header("idempotency-key")
    if lost.request.body == again.request.body or (key and key == again.request.header("idempotency-key")):
        return "Both calls carry the same marker; the platform does not promise to make one object of them."
    return ""
