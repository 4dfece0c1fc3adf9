"""What judges of the chapter Payloads share: an event beside a control, and items that a platform has no use for."""

from __future__ import annotations

from conformance.exchange import Asking, Delivery
from conformance.judge.binding import Said
from conformance.judge.evidence import seconds
from conformance.requirement import Finding, Inapplicable
from conformance.transcript import Play

__all__ = ["changed_at", "left_out", "missing_effect", "silent_or_failed"]


def left_out(play: Play) -> Said:
    """Say so where the platform has nothing to play the item with."""
    reason = play.note("left out")
    if reason:
        yield Inapplicable(reason)


def changed_at(play: Play) -> str:
    """The pointers of what the story changed, as a reader is told them."""
    return ", ".join(play.note("changed").splitlines())


def missing_effect(play: Play, delivery: Delivery) -> Said:
    """Object to an event without effect beside a control that had one."""
    if play.note("control effect") == "seen" and play.note("effect") == "not seen":
        asked = [e.id for e in play.exchanges if isinstance(e, Asking) and e.started >= delivery.started]
        yield Finding(
            expected="the same effect as that of the event beside it",
            actual=f"acknowledged with {delivery.outcome()}, and no effect within {seconds(play.waited())}",
            exchanges=(*(d.id for d in play.deliveries("control")), delivery.id, *asked[-1:]),
        )


def silent_or_failed(delivery: Delivery) -> bool:
    """Whether an answer is none, or says that the partner failed."""
    return delivery.status is None or delivery.status >= 500
