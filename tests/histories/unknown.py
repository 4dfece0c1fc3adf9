"""Plays of stories about events that a partner cannot know, or did not ask for."""

from __future__ import annotations

from histories.performance import Answer, Performance, Told
from histories.repertoire import plays

__all__ = ["misbehave"]


def misbehave(stage: Performance, told: Told, *, count: bool = True) -> None:
    """Let an event have an effect that must have none: a call, an object, or that it counts as handled."""
    ways = ["call", "object", *(["count"] if count else [])]
    how = stage.random.choice(ways)
    if how == "call":
        stage.call("get", told.about, stage.now, kind=told.kind, target=f"/{told.kind}/{told.about}")
    elif how == "object":
        stage.held[told.about] = 1
    else:
        stage.applied[told.id] = 1


@plays("unknown-event-type", "UNK-01")
def unknown_event_type(stage: Performance) -> None:
    """An event of a type that nobody knows is acknowledged, and nothing is done about it."""
    stage.control()
    told = stage.event(event_type=stage.description.unknown_type)
    refused = stage.breaks("UNK-01") and stage.chance(0.5)
    stage.deliver(told, "unknown", answer=Answer(stage.random.choice((400, 422, 500))) if refused else None)
    if stage.breaks("UNK-01") and not refused:
        misbehave(stage, told, count=False)
    elif stage.manner.takes_oddities:
        stage.applied[told.id] += 1
    stage.quiet()
    stage.ask_held(told)


@plays("unsubscribed-type", "UNK-02")
def unsubscribed_type(stage: Performance) -> None:
    """An event of a type that the partner did not subscribe to is acknowledged."""
    if not stage.offers("subscribe"):
        stage.unassessable("the partner's control endpoint does not offer 'subscribe'")
        return
    stage.ask("subscribe", answer={"ids": ["w1"]})
    stage.take(stage.event(), "subscribed")
    told = stage.event()
    stage.deliver(told, "unsubscribed", answer=Answer(410) if stage.breaks("UNK-02") else None)
    if stage.manner.takes_oddities:
        misbehave(stage, told)
    stage.settle()
    stage.ask_effect(told)
