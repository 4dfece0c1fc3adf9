"""For what a story is played on a platform: event types, object types."""

from __future__ import annotations

from conformance.platform.description import Description

__all__ = [
    "announced_types",
    "created_types",
    "delivered_event_types",
    "gettable_types",
    "orderable_types",
    "told_types",
]


def delivered_event_types(description: Description) -> tuple[str, ...]:
    """Every event type that the platform sends."""
    return tuple(t.name for t in description.delivered_types)


def told_types(description: Description) -> tuple[str, ...]:
    """Every object type that the platform sends events about."""
    return tuple(name for name in description.object_types if description.event_types_about(name))


def gettable_types(description: Description) -> tuple[str, ...]:
    """Every object type that the platform sends events about and that a partner can get."""
    return tuple(name for name in told_types(description) if description.object_types[name].get)


def announced_types(description: Description) -> tuple[str, ...]:
    """The object types that a partner learns of from an event that does not carry them."""
    return gettable_types(description) if description.thin else ()


def created_types(description: Description) -> tuple[str, ...]:
    """Every object type that a partner can create and that the platform then sends events about."""
    return tuple(name for name in told_types(description) if description.object_types[name].create)


def orderable_types(description: Description) -> tuple[str, ...]:
    """The object types of the order stories, those with terminal states left out: they have a story of their own."""
    terminal = {rule.object_type for rule in description.terminal}
    return tuple(name for name in description.ordered_types if name not in terminal)
