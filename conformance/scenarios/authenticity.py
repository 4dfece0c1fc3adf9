"""Stories about events that the platform did not send, or not now, and about keys that change."""

from __future__ import annotations

import secrets as random_secrets
from typing import Final

from conformance.errors import ControlChannelError, NotAssessable, PlatformRefusal
from conformance.exchange import Delivery, Headers
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.scenarios.forgeries import forged, forgeries
from conformance.scenarios.parameters import orderable_types, told_types
from conformance.scenarios.payloads import truncated
from conformance.scenarios.story import story
from conformance.signing import Signer
from conformance.stage import Stage

__all__ = ["MALFORMED_FORGERIES", "control_accepted", "first_kind"]

MALFORMED_FORGERIES: Final = ("forged-and-malformed",)


def first_kind(description: Description) -> str:
    """The object type of these stories."""
    return (orderable_types(description) or told_types(description))[0]


async def control_accepted(stage: Stage, kind: str) -> Delivery:
    """The positive control: a genuine event is accepted, and has its effect where one can be seen.

    Raises NotAssessable when it is not accepted.
    """
    event = stage.event(stage.make(kind), "created", age=30)
    delivery = await stage.deliver_accepted(event, "control")
    await stage.see_control(event, delivery)
    return delivery


@story("forged-event", per=forgeries, negative=True)
async def forged_event(stage: Stage) -> None:
    """After a genuine event comes a forged one about another object, and then a genuine one again."""
    kind = first_kind(stage.description)
    await control_accepted(stage, kind)
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(event, "forged", genuine=False, wrapping=forged(stage, event))
    await stage.quiet(kind)
    await stage.ask_effect(event)


def malformed_forgeries(description: Description) -> tuple[str, ...]:
    """Forged and malformed at once, where events are signed."""
    return MALFORMED_FORGERIES if description.signature is not None else ()


@story("forged-and-malformed", per=malformed_forgeries, negative=True)
async def forged_and_malformed(stage: Stage) -> None:
    """A forged event, a malformed one that is genuinely signed, one that is both, and one that was forged before."""
    kind = first_kind(stage.description)
    await control_accepted(stage, kind)
    key = stage.random.randbytes(24).hex().encode()
    well_formed = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(well_formed, "forged", genuine=False, wrapping=Wrapping(key=key))
    broken = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(broken, "malformed", genuine=False, wrapping=Wrapping(body=truncated(broken.body)))
    both = stage.event(stage.make(kind), "created", age=30, listed=False)
    await stage.deliver(both, "both", genuine=False, wrapping=Wrapping(key=key, body=truncated(both.body)))
    twin = stage.event(stage.make(kind), "created", age=30)
    await stage.deliver(twin, "forged-twin", genuine=False, wrapping=Wrapping(key=key))
    await stage.quiet(kind)
    await stage.ask_effect(well_formed)
    genuine = await stage.deliver(twin, "twin", retry=True)
    if genuine.succeeded:
        stage.note("twin effect", await stage.until_effect(twin, after=genuine.started))


def key_changes(description: Description) -> tuple[str, ...]:
    """Once, where a delivery can carry the signatures of several keys."""
    return ("key-change",) if "signature-rotation" in description.features else ()


@story("key-change", per=key_changes, exclusive=True, negative=True)
async def key_change(stage: Stage) -> None:
    """The platform changes its key: for a while it signs with both, then with the new one alone."""
    if not stage.offers("secrets"):
        raise NotAssessable("the partner's control endpoint does not offer 'secrets'")
    kind = first_kind(stage.description)
    await control_accepted(stage, kind)
    retired = stage.event(stage.make(kind), "created", age=30, listed=False)
    try:
        await _change_keys(stage, kind, retired)
    finally:
        await _restore_key(stage)
    await stage.quiet(kind)
    await stage.ask_effect(retired)


async def _change_keys(stage: Stage, kind: str, retired: Event) -> None:
    # Not from the seed, which is printed: for a moment this key opens the door.
    old, new = stage.kit.secrets.signing, random_secrets.token_hex(24)
    stage.kit.redactor.learn("new_signing_secret", new)
    await stage.control.accept_secrets(stage.play, (old, new))
    for role, keys in (("old-and-new", (old, new)), ("new-and-old", (new, old))):
        await _deliver_signed(stage, kind, role, *keys)
    await stage.control.accept_secrets(stage.play, (new,))
    await _deliver_signed(stage, kind, "new-alone", new)
    await stage.deliver(retired, "retired", genuine=False)


async def _deliver_signed(stage: Stage, kind: str, role: str, *keys: str) -> None:
    event = stage.event(stage.make(kind), "created", age=30)

    def signed(signer: Signer, key: bytes) -> Headers:
        return signer.headers(*(signer.signature(each.encode()) for each in keys))

    await stage.deliver(event, role, wrapping=Wrapping(sign=signed), retry=True)


async def _restore_key(stage: Stage) -> None:
    """Give the partner its own key back: with another one, it would refuse all that is still to come."""
    try:
        await stage.control.accept_secrets(stage.play, (stage.kit.secrets.signing,))
    except (ControlChannelError, PlatformRefusal) as error:
        stage.kit.lose_partner(f"the signing secret that was changed could not be restored: {error}")
        raise
