"""The way back: whether the partner calls the simulated platform, where it should and with the right key."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from conformance.doctor.symptom import Symptom
from conformance.errors import ControlChannelError, NotAssessable, PlatformRefusal
from conformance.exchange import Call, CallProblem, ProblemKind
from conformance.platform.document import Document
from conformance.reporting.plain_text import shortened
from conformance.scenarios.parameters import created_types, gettable_types
from conformance.stage import Stage

__all__ = ["calls"]

# For so many seconds, at most, a call is waited for.
_PATIENCE: Final = 15.0
_LONGEST: Final = 120
_CREDENTIALS: Final = frozenset({ProblemKind.CREDENTIAL, ProblemKind.CREDENTIAL_IN_URL})
_CREDENTIALS_ARE: Final = (
    "Give the partner's API client the CONFORMANCE_API_KEY of the run, and CONFORMANCE_PARTNER_ID where there is one, "
    "in the headers that webhook-conformance settings --platform NAME shows."
)


async def calls(stage: Stage, api_url: str, *, accepted: bool) -> Symptom:
    """What the partner's API client did, after an event that was `accepted`, or asked by its control endpoint."""
    d = stage.description
    if not d.operations:
        return Symptom.ok("calls", "this platform has no API that a partner calls")
    creates = created_types(d) if stage.offers("create") else ()
    fetches = accepted and d.thin and bool(gettable_types(d))
    asked = ""
    if creates and not _seen(stage):
        asked = await _create(stage, creates[0])
    if not _seen(stage) and (fetches or asked):
        await stage.until("call", lambda: bool(_seen(stage)), within=min(stage.waits.effect, _PATIENCE))
    seen = _seen(stage)
    if seen:
        return _judged(seen, stage.kit.specification.document, api_url)
    if asked:
        return _missing(f"asked to create {creates[0]}, the partner called nothing here ({asked})", api_url)
    if fetches:
        found = "a genuine event was accepted, and the partner did not get the object that it tells of"
        return _missing(found, api_url)
    found = "no call was seen, and none was due: this platform's events carry their objects"
    if d.thin or not accepted:
        found = "no call was seen, and none was due before a genuine event is accepted"
    remedy = (
        f"The partner's API client has to call {api_url}; a control endpoint that offers create lets this be tried."
    )
    return Symptom.unknown("calls", found, remedy)


def _seen(stage: Stage) -> list[Call]:
    return [record for record in stage.kit.journal.records if isinstance(record, Call)]


async def _create(stage: Stage, object_type: str) -> str:
    """Have the partner create an object; what came of it, empty where it creates none."""
    owners = stage.kit.owners
    owners.begin_creating(object_type, stage.play)
    try:
        name = await stage.control.create(stage.play, object_type)
    except (ControlChannelError, NotAssessable, PlatformRefusal) as error:
        return shortened(str(error), _LONGEST)
    finally:
        owners.end_creating(object_type)
    return "" if name is None else "it says that it did"


def _judged(seen: list[Call], document: Document, api_url: str) -> Symptom:
    good = next((call for call in seen if call.succeeded and not call.problems), None)
    if good is not None:
        return Symptom.ok("calls", f"{_shown(good)} came with the right credentials")
    call = seen[0]
    told = {problem.kind: problem for problem in reversed(call.problems)}
    wrong = [told[kind] for kind in _CREDENTIALS if kind in told]
    if document.match(call.request.method, urlsplit(call.request.target).path) is None:
        found = f"{_shown(call)} came, and the platform has no such operation"
        remedy = f"The base address of the partner's API client is {api_url}, without a path of its own."
        return Symptom.problem("calls", found, remedy)
    if wrong:
        return Symptom.problem("calls", f"{_shown(call)} came: {_texts(wrong)}", _CREDENTIALS_ARE)
    found = f"{_shown(call)} came and was answered with {call.outcome()}: {_texts(list(call.problems))}"
    return Symptom.unknown("calls", found, "The way is right; the run judges what the partner calls.")


def _texts(problems: list[CallProblem]) -> str:
    return "; ".join(shortened(problem.text, _LONGEST) for problem in problems) or "nothing is wrong with it"


def _shown(call: Call) -> str:
    return shortened(f"{call.request.method} {urlsplit(call.request.target).path}", _LONGEST)


def _missing(found: str, api_url: str) -> Symptom:
    remedy = (
        f"Point the partner's API client at {api_url}. In a container or on another machine that address is its own: "
        "listen beyond loopback (--platform-bind, --conformance-listen-beyond-loopback), and name the address by which "
        "the partner reaches the kit (--platform-public-url)."
    )
    return Symptom.problem("calls", found, remedy)
