"""The examination: one look after the other, and none at what cannot be seen for what was found before."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random
from typing import Final

from conformance.clock import Clock
from conformance.credentials import without_secrets
from conformance.doctor.calls import calls
from conformance.doctor.control import control
from conformance.doctor.reach import certificate, reached
from conformance.doctor.secrets import RoundTrip
from conformance.doctor.symptom import CHECKS, Examination, State, Symptom
from conformance.doctor.welcome import endpoint, said, skew
from conformance.errors import ConfigurationError, NotAssessable, Problem, RunRefused
from conformance.hooks import Hooks
from conformance.journal import Journal
from conformance.kit import Kit
from conformance.outfit import Outfit, redactor_of
from conformance.scenarios.parameters import told_types
from conformance.settings import Settings
from conformance.signing import needs_hook
from conformance.stage import Stage

__all__ = ["examine", "misconfigured"]

_PLAY: Final = "doctor"
_SERVER_ERROR: Final = 500
_UNSERVED: Final = frozenset({404, 405, 410})


def misconfigured(error: ConfigurationError, *, platform: str, partner: str) -> Examination:
    """What the settings alone say, where they cannot be used."""
    symptoms = (Symptom.problem("settings", f"{p.where}: {p.what}", p.hint) for p in error.problems)
    return Examination(platform, without_secrets(partner), tuple(dict.fromkeys(symptoms)))


async def examine(settings: Settings) -> Examination:
    """Look at everything that a run needs, and play none of its stories.

    Raises ConfigurationError without a partner, and for one that only pytest can start.
    """
    if not settings.partner:
        raise ConfigurationError(Problem("--partner-url", "is missing", "Give the URL that deliveries go to."))
    if settings.is_hooked:
        hint = "Start the partner and give its URL, or run pytest itself."
        raise ConfigurationError(Problem("--partner-url", "hooks of pytest are not called here", hint))
    found = [_settings(settings)]
    async with AsyncExitStack() as stack:
        outfit = Outfit(settings, Clock(), Hooks(), redactor_of(settings))
        kit, _ = await outfit.equip(Journal(), stack)
        api_url = await _platform(outfit, kit, stack, found)
        if await _partner(outfit, kit, api_url, stack, found):
            await _visit(settings, kit, api_url, found)
    looked = {symptom.check for symptom in found}
    in_the_way = next((symptom.check for symptom in reversed(found) if symptom.state is State.PROBLEM), "")
    found += [
        Symptom.unknown(check, f"not looked at, because of {in_the_way}") for check in CHECKS if check not in looked
    ]
    found.sort(key=lambda symptom: CHECKS.index(symptom.check))
    clean = outfit.redactor.text
    told = (replace(each, found=clean(each.found), remedy=clean(each.remedy)) for each in found)
    return Examination(settings.description.title, clean(kit.partner_url), tuple(told))


def _settings(settings: Settings) -> Symptom:
    d = settings.description
    found = f"settings and secrets are complete; {len(d.delivered_types)} event types of {d.title} can be sent"
    return Symptom.ok("settings", found)


async def _platform(outfit: Outfit, kit: Kit, stack: AsyncExitStack, found: list[Symptom]) -> str:
    try:
        api_url = await outfit.serve(kit, stack)
    except RunRefused as error:
        what, _, remedy = str(error).partition(". ")
        found.append(Symptom.problem("platform", what, remedy))
        return ""
    found.append(Symptom.ok("platform", f"the simulated platform listens, and the partner is to call {api_url}"))
    return api_url


async def _partner(outfit: Outfit, kit: Kit, api_url: str, stack: AsyncExitStack, found: list[Symptom]) -> bool:
    """Whether the partner is there, started where that was asked for, and shakes hands."""
    try:
        partner = await outfit.start_partner(kit, api_url, stack)
        kit.control.url = partner.control_url
    except RunRefused as error:
        look = await reached(kit.partner_url)
        if outfit.settings.partner_command or look.state is State.OK:
            look = Symptom.problem(
                "partner", str(error), "Mend --partner-command, or allow more time with --partner-wait."
            )
        found.append(look)
        return False
    for look in (await reached(kit.partner_url), await certificate(kit.partner_url, kit.tls, now=kit.clock.now)):
        found.append(look)
        if look.state is State.PROBLEM:
            return False
    return True


async def _visit(settings: Settings, kit: Kit, api_url: str, found: list[Symptom]) -> None:
    """Talk to the partner: by deliveries, by its control endpoint, and by what it calls."""
    random = Random(f"{settings.seed}/{_PLAY}")  # noqa: S311  # reproducible on purpose
    stage = Stage(kit, _PLAY, "", random)
    kit.owners.alone = _PLAY
    look = await control(kit)
    found.append(look)
    accepted = False
    try:
        accepted = await _deliver(stage, found, negative=settings.negative)
    except NotAssessable as reason:
        found.append(Symptom.unknown("endpoint", str(reason)))
    if api_url and (accepted or stage.offers("create") or not any(s.state is State.PROBLEM for s in found)):
        found.append(await calls(stage, api_url, accepted=accepted))


async def _deliver(stage: Stage, found: list[Symptom], *, negative: bool) -> bool:
    """Whether the partner accepts what the platform sends."""
    if needs_hook(stage.description.signature):
        why = "deliveries are signed by the hook pytest_conformance_sign, which only pytest calls"
        found += [Symptom.unknown(check, why) for check in ("endpoint", "clock", "secrets")]
        return False
    trip = RoundTrip(stage, negative=negative)
    first = await trip.send()
    misplaced = endpoint(first)
    if misplaced is not None:
        found.append(misplaced)
        return False
    clock, secrets = await trip.examine(first, skew(first, stage.kit.clock.now - stage.kit.clock.elapsed))
    place = Symptom.ok("endpoint", f"a genuine event is answered ({said(first)})")
    if not trip.explained and (first.status or 0) >= _SERVER_ERROR:
        # Whoever fails at a signature that it cannot read answers so as well: only then is a cause found.
        place = Symptom.problem("endpoint", f"the partner fails at a genuine event ({said(first)})", "Look at its log.")
        secrets = Symptom.unknown("secrets", "a genuine event is answered by an error, whatever it is signed with")
    found += [await _other_endpoints(trip, stage, place) if trip.accepted else place, clock, secrets]
    return trip.accepted


async def _other_endpoints(trip: RoundTrip, stage: Stage, place: Symptom) -> Symptom:
    """Whether the endpoints of the other object types are served, on platforms that have several."""
    d = stage.description
    if not d.endpoint_per_type:
        return place
    missing = [
        d.paths[kind]
        for kind in told_types(d)
        if kind != trip.kind and (await trip.send(kind=kind)).status in _UNSERVED
    ]
    if not missing:
        return replace(place, found=f"{place.found}, at each of the {len(d.paths)} endpoints")
    served = f"{len(missing)} of {len(d.paths)} endpoints are not served: {', '.join(missing)}"
    remedy = "Add the routes. If the partner does not take these events, the run will hold that against it."
    return Symptom.unknown("endpoint", served, remedy)
