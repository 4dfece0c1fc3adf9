"""Stories about bodies that are not what they should be."""

from __future__ import annotations

import re
from typing import Final

from conformance.kit import Wrapping
from conformance.platform.delivery_form import Shape
from conformance.platform.description import Description
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__ = ["MALFORMED", "truncated"]

MALFORMED: Final = ("truncated", "unquoted-key", "trailing-garbage")


def malformed_forms(description: Description) -> tuple[str, ...]:
    """The ways in which a body is not JSON."""
    return MALFORMED


def truncated(body: bytes) -> bytes:
    """The body without its last third: no JSON parser takes it."""
    return body[: len(body) * 2 // 3]


@story("malformed-json", per=malformed_forms, negative=True)
async def malformed_json(stage: Stage) -> None:
    """A delivery that is genuine in every way but that its body is not JSON."""
    kind = (orderable_types(stage.description) or told_types(stage.description))[0]
    control = stage.event(stage.make(kind), "created", age=30)
    accepted = await stage.deliver_accepted(control, "control")
    await stage.see_control(control, accepted)
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(
        event,
        "malformed",
        genuine=False,
        wrapping=Wrapping(body=_malformed(event.body, stage.parameter, stage.description.form.shape)),
    )
    await stage.quiet(kind)
    await stage.ask_effect(event)


def _malformed(body: bytes, form: str, shape: Shape) -> bytes:
    if form == "truncated":
        return truncated(body)
    if form == "unquoted-key":
        return re.sub(rb'^\{"((?:[^"\\]|\\.)*)":', rb"{\1:", body)
    # What follows a batch follows its list, which the form closes once more.
    return body + (b"]" if shape is Shape.BATCH else b"") + b'}{"garbage'
