"""The round trip of the secrets: a genuine event is accepted and a forged one is not, or the cause is looked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from conformance.doctor.symptom import Symptom
from conformance.doctor.variations import Variation, clocks, credentials, signatures
from conformance.doctor.welcome import endpoint, is_page, said
from conformance.exchange import Delivery
from conformance.kit import Wrapping
from conformance.scenarios.forgeries import strangers_wrapping
from conformance.scenarios.parameters import gettable_types, told_types
from conformance.stage import Stage

__all__ = ["RoundTrip"]

# By so many seconds clocks may differ without anybody having to do something.
_NO_MATTER: Final = 60.0
_GENUINE: Final = Wrapping()
_OF_SIGNATURE: Final = "CONFORMANCE_SIGNING_SECRET"
_OF_CREDENTIAL: Final = "CONFORMANCE_WEBHOOK_TOKEN"
_SETTINGS: Final = "webhook-conformance settings --platform NAME shows how deliveries are signed and what they carry."
# The words by which a refusal says what it is about.
_WORDS: Final = {
    _OF_SIGNATURE: ("signature", "digest", "timestamp"),
    _OF_CREDENTIAL: ("credential", "token", "bearer", "authorization", "authorisation", "password"),
}


class RoundTrip:
    """Sends events to one partner, genuine and otherwise, each about a new object; `negative` lets it forge.

    A genuine event is `accepted` as it is, or once it is signed by another clock; why it is refused is `explained`
    where a variation of it is accepted.
    """

    def __init__(self, stage: Stage, *, negative: bool) -> None:
        self.accepted = False
        self.explained = False
        self._stage = stage
        self._negative = negative
        self.kind = (gettable_types(stage.description) or told_types(stage.description))[0]

    async def send(self, wrapping: Wrapping = _GENUINE, *, kind: str = "") -> Delivery:
        """Deliver an event in that wrapping, once; `kind` is the object type that it is about."""
        stage = self._stage
        event = stage.event(stage.make(kind or self.kind), "created", age=30)
        return await stage.deliver_once(event, "doctor", genuine=wrapping == _GENUINE, wrapping=wrapping)

    async def examine(self, genuine: Delivery, skew: float | None) -> tuple[Symptom, Symptom]:
        """How the clock and the secrets are, from the answer to a genuine event that came from the right place."""
        self.accepted = self.explained = genuine.succeeded
        if genuine.succeeded:
            return self._clock_of_accepting(skew), await self._accepting()
        if not self._negative:
            found = f"a genuine event is refused ({said(genuine)}); without forgeries nobody can tell why"
            return _clock(skew), Symptom.problem("secrets", found, f"Compare secrets and clocks. {_SETTINGS}")
        return await self._refusing(genuine, skew)

    # A partner that accepts

    async def _accepting(self) -> Symptom:
        wrapping = strangers_wrapping(self._stage)
        if wrapping is None:
            return Symptom.ok("secrets", "a genuine event is accepted; deliveries of this platform carry no secret")
        if not self._negative:
            found = "a genuine event is accepted; whether a forged one is refused is not tried (no-negative)"
            return Symptom.unknown("secrets", found)
        forged = await self.send(wrapping)
        if not forged.succeeded:
            return Symptom.ok("secrets", f"a genuine event is accepted, a forged one is refused ({said(forged)})")
        found = "a genuine event is accepted, and so is a forged one: whether the secrets agree cannot be told"
        remedy = (
            "Switch verification on, if it is off in this environment; if it is on, the run will hold this against it."
        )
        return Symptom.unknown("secrets", found, remedy)

    def _clock_of_accepting(self, skew: float | None) -> Symptom:
        signature = self._stage.description.signature
        if skew is None or abs(skew) <= _NO_MATTER:
            return _clock(skew)
        found = f"{_ahead(skew)}, and an event signed by ours is accepted"
        if signature is None or signature.tolerance is None:
            return Symptom.ok("clock", f"{_ahead(skew)}; nothing that this platform signs depends on it")
        remedy = "Set the clocks of both machines (NTP), unless the time comes from a proxy before the partner."
        return Symptom.unknown("clock", found, remedy)

    # A partner that refuses

    async def _refusing(self, genuine: Delivery, skew: float | None) -> tuple[Symptom, Symptom]:
        d, secrets = self._stage.description, self._stage.kit.secrets
        blamed = await self._blamed(genuine)
        if blamed == _OF_CREDENTIAL:
            variation = await self._first(credentials(d, secrets))
            return _clock(skew), _caused(variation, genuine, blamed)
        signed = d.signature is not None and d.signature.tolerance is not None
        ahead = skew if signed and skew is not None and abs(skew) > _NO_MATTER else 0.0
        # By the clock that the partner shows first; whoever verifies by yet another is found last.
        late = await self._first(clocks(d, ahead)) if ahead else None
        variation = None if late else await self._first(signatures(d, secrets, age=-ahead))
        if late is None and variation is None and not ahead:
            late = await self._first(clocks(d, None))
        if late is not None:
            self.accepted = True
            found = "a genuine event is accepted once it is signed by the partner's clock"
            return Symptom.problem("clock", late.found, late.remedy), Symptom.ok("secrets", found)
        if variation is None and blamed != _OF_SIGNATURE:
            variation = await self._first(credentials(d, secrets))
        return _clock(skew, matters=signed), _caused(variation, genuine, blamed)

    async def _blamed(self, genuine: Delivery) -> str:
        """The secret that the partner refuses, as far as its answers tell; empty where they do not.

        Whoever looks at one first refuses in the same words whatever the other is.
        """
        d = self._stage.description
        if d.signature is None or d.credential is None:
            only = _OF_SIGNATURE if d.signature is not None else _OF_CREDENTIAL
            return only if d.signature is not None or d.credential is not None else ""
        bare = await self.send(Wrapping(credential=""))
        unsigned = await self.send(Wrapping(unsigned=True))
        look = _look(genuine)
        if look == _look(bare) != _look(unsigned):
            return _OF_CREDENTIAL
        if look == _look(unsigned) != _look(bare):
            return _OF_SIGNATURE
        named = [variable for variable, words in _WORDS.items() if any(word in look[1] for word in words)]
        return named[0] if len(named) == 1 else ""

    async def _first(self, variations: Iterable[Variation]) -> Variation | None:
        """The first variation that is accepted, while a genuine event still is not."""
        for variation in variations:
            delivery = await self.send(variation.wrapping)
            if delivery.succeeded:
                self.explained = not (await self.send()).succeeded
                return variation if self.explained else None
            if delivery.response is None or delivery.asks_to_wait or endpoint(delivery) is not None:
                return None
        return None


def _look(delivery: Delivery) -> tuple[int | None, str]:
    """What tells one refusal from another."""
    response = delivery.response
    if response is None:
        return None, ""
    text = response.body.decode("utf-8", "replace").lower()
    for name in (delivery.event_id, delivery.object_id):
        text = text.replace((name or "\0").lower(), "")
    return response.status, text + (response.header("WWW-Authenticate") or "").lower()


def _clock(skew: float | None, *, matters: bool = True) -> Symptom:
    if skew is None:
        return Symptom.unknown("clock", "the partner's answer has no Date header that tells its time")
    if abs(skew) <= _NO_MATTER or not matters:
        return Symptom.ok("clock", _ahead(skew))
    return Symptom.problem("clock", _ahead(skew), "Set the clocks of both machines (NTP).")


def _ahead(skew: float) -> str:
    if abs(skew) < 1:
        return "the partner's clock agrees with ours"
    return f"the partner's clock is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}"


def _caused(variation: Variation | None, genuine: Delivery, blamed: str) -> Symptom:
    page = genuine.response is not None and is_page(genuine.response)
    perhaps = "A page for people says so: a proxy or a login may stand before the partner. " if page else ""
    refused = f"a genuine event is refused ({said(genuine)})"
    if variation is not None:
        return Symptom.problem("secrets", f"{refused}: {variation.found}", variation.remedy)
    if blamed:
        found = f"{refused}: {blamed} differs between the two sides"
        return Symptom.problem(
            "secrets", found, f"{perhaps}Set the same value on both sides, and start the partner anew. {_SETTINGS}"
        )
    found = f"{refused}, and no variation of the secrets is accepted"
    compare = f"Compare {_OF_SIGNATURE} and {_OF_CREDENTIAL} on both sides, and look at the partner's log."
    remedy = f"{perhaps}{compare} {_SETTINGS}"
    return Symptom.problem("secrets", found, remedy)
