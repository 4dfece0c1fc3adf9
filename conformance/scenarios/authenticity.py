"""Stories about events that the platform did not send, or not now."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, compact
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.scenarios.payloads import truncated
from conformance.scenarios.story import story
from conformance.stage import Stage

__all__ = ["FORGERIES", "MALFORMED_FORGERIES", "STRANGERS"]

FORGERIES: Final = (
    "no-signature",
    "another-key",
    "empty-key",
    "one-byte",
    "white-space",
    "key-order",
    "twice-the-tolerance",
    "one-day-old",
)
STRANGERS: Final = ("no-credential", "another-credential", "half-the-credential")
MALFORMED_FORGERIES: Final = ("forged-and-malformed",)
_DAY: Final = 86_400.0


def forgeries(description: Description) -> tuple[str, ...]:
    """The forgeries that the platform's scheme knows."""
    signature = description.signature
    signed = FORGERIES if signature is not None else ()
    aged = {"twice-the-tolerance", "one-day-old"} if signature is None or signature.tolerance is None else set()
    strangers = STRANGERS if description.credential_header else ()
    return tuple(form for form in (*signed, *strangers) if form not in aged)


@story("forged-event", per=forgeries, negative=True)
async def forged_event(stage: Stage) -> None:
    """After a genuine event comes a forged one about another object, and then a genuine one again."""
    kind = _kind(stage.description)
    await _control(stage, kind)
    forged = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(forged, "forged", genuine=False, wrapping=_wrapping(stage, forged))
    await stage.quiet(kind)
    await stage.ask_effect(forged)


def _kind(description: Description) -> str:
    return (orderable_types(description) or told_types(description))[0]


async def _control(stage: Stage, kind: str) -> None:
    event = stage.event(stage.make(kind), "created", age=30)
    delivery = await stage.deliver_accepted(event, "control")
    stage.note("control effect", await stage.until_effect(event, after=delivery.started))


def _wrapping(stage: Stage, event: Event) -> Wrapping:
    """The forgery that the parameter names."""
    signature, token = stage.description.signature, stage.kit.secrets.webhook_token
    tolerance = signature.tolerance or 0.0 if signature is not None else 0.0
    made: dict[str, Callable[[], Wrapping]] = {
        "no-signature": lambda: Wrapping(unsigned=True),
        "another-key": lambda: Wrapping(key=stage.random.randbytes(24).hex().encode()),
        "empty-key": lambda: Wrapping(key=b""),
        "one-byte": lambda: Wrapping(sent=_one_byte(stage, event)),
        "white-space": lambda: Wrapping(sent=json.dumps(event.content, ensure_ascii=True).encode("ascii")),
        "key-order": lambda: Wrapping(sent=compact(dict(reversed(event.content.items())))),
        "twice-the-tolerance": lambda: Wrapping(age=2 * tolerance),
        "one-day-old": lambda: Wrapping(age=max(_DAY, 2 * tolerance)),
        "no-credential": lambda: Wrapping(credential=""),
        "another-credential": lambda: Wrapping(credential=stage.random.randbytes(24).hex()),
        "half-the-credential": lambda: Wrapping(credential=token[: len(token) // 2]),
    }
    return made[stage.parameter]()


def _one_byte(stage: Stage, event: Event) -> bytes:
    """The body with the last digit of the object's id changed: still JSON, still about an object."""
    digit = event.thing.id[-1]
    other = event.thing.id[:-1] + ("1" if digit != "1" else "2")
    stage.kit.owners.claim(other, stage.play)
    return event.body.replace(event.thing.id.encode(), other.encode())


def malformed_forgeries(description: Description) -> tuple[str, ...]:
    """Forged and malformed at once, where events are signed."""
    return MALFORMED_FORGERIES if description.signature is not None else ()


@story("forged-and-malformed", per=malformed_forgeries, negative=True)
async def forged_and_malformed(stage: Stage) -> None:
    """A forged event, a malformed one that is genuinely signed, and one that is both."""
    kind = _kind(stage.description)
    await _control(stage, kind)
    key = stage.random.randbytes(24).hex().encode()
    forged = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(forged, "forged", genuine=False, wrapping=Wrapping(key=key))
    broken = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(broken, "malformed", genuine=False, wrapping=Wrapping(body=truncated(broken.body)))
    both = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(both, "both", genuine=False, wrapping=Wrapping(key=key, body=truncated(both.body)))
    await stage.quiet(kind)
    await stage.ask_effect(forged)
