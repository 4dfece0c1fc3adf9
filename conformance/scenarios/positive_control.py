"""The positive control: a genuine event, accepted, beside which a refusal counts."""

from __future__ import annotations

from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.stage import Stage

__all__ = ["accepted_control", "usual_type"]


def usual_type(description: Description) -> str:
    """The object type of stories that need just one."""
    return (orderable_types(description) or told_types(description))[0]


async def accepted_control(stage: Stage, kind: str, event: Event | None = None) -> None:
    """Deliver a genuine event, a creation unless another is given, and write down whether its effect can be seen.

    Raises NotAssessable when the partner does not accept it.
    """
    event = event or stage.event(stage.make(kind), "created", age=30)
    delivery = await stage.deliver_accepted(event, "control")
    await stage.see_control(event, delivery)
