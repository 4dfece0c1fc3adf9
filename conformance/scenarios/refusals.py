"""Stories about events that are genuine and not as the platform's document wants them, and about answers to those."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from conformance.exchange import Headers
from conformance.generate.event_defects import EventDefect, Flaw, event_defect
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event
from conformance.scenarios.payloads import truncated
from conformance.scenarios.positive_control import accepted_control, usual_type
from conformance.scenarios.story import story
from conformance.signing import Signer, stranger
from conformance.stage import Stage

__all__ = ["NO_OBJECTS", "defective_forms"]

# Bodies that hold no object, by the words of their defects.
NO_OBJECTS: Final[Mapping[str, str]] = {
    "empty": "empty body",
    "null": "null instead of object",
    "list": "list instead of object",
    "scalar": "number instead of object",
}
# What ends the names of single faults.
_FLAWS: Final = {"-missing": Flaw.MISSING, "-of-another-type": Flaw.ANOTHER_TYPE}
# Deeper than any event, and than what recursive parsers bear.
_DEPTH: Final = 2_000


def defective_forms(description: Description) -> tuple[str, ...]:
    """The single faults of an event: fields by what they are for, so that the names are the same on every platform."""
    places = _places(description)
    essential = [name for name in ("id", "type", "payload", "object-id") if name in places]
    missing = [*(name for name in places if name != "payload-field"), *_carriers(description)]
    typed = [*essential, *(["payload-field"] if "payload-field" in places else [])]
    return (*(f"{name}-missing" for name in missing), *(f"{name}-of-another-type" for name in typed))


def _places(description: Description) -> dict[str, str]:
    """Where in an event stands what."""
    d = description
    thing = d.object_types[usual_type(d)]
    if d.thin:
        about = {"object-id": d.object_id_at, "object-type": d.object_type_at, "change": d.change_at}
    else:
        changing = thing.changing[0].at if thing.changing else ""
        about = {
            "payload": d.payload_at,
            "payload-id": d.payload_at + thing.id,
            "payload-field": changing and d.payload_at + changing,
        }
    return {name: at for name, at in {"id": d.id_at, "type": d.type_at, "time": d.time_at, **about}.items() if at}


def _carriers(description: Description) -> dict[str, str]:
    """The headers without which an event is none, by what they are for; a time may always be missing."""
    return {part: name for part, name in description.form.carriers.items() if part != "time"}


def _defect(stage: Stage, event: Event, form: str) -> EventDefect | None:
    """The event with the fault that the form names; None where the platform's document forbids no such thing."""
    ending, flaw = next((ending, flaw) for ending, flaw in _FLAWS.items() if form.endswith(ending))
    return event_defect(
        stage.kit.specification,
        event.type,
        event.content,
        at=_places(stage.description)[form.removesuffix(ending)],
        flaw=flaw,
    )


@story("defective-event", per=defective_forms, negative=True)
async def defective_event(stage: Stage) -> None:
    """A delivery that is genuine in every way but for one fault of one field."""
    kind = usual_type(stage.description)
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    header = _carriers(stage.description).get(stage.parameter.removesuffix("-missing"))
    if header is not None:
        stage.note("defect", f"header {header}: missing")
        await accepted_control(stage, kind)
        await _deliver_defective(stage, event, Wrapping(edit=lambda headers: _without(headers, header)))
        return
    defect = _defect(stage, event, stage.parameter)
    if defect is None:
        stage.note("no defect", f"the platform's document allows an event like this ({stage.parameter})")
        return
    stage.note("defect", defect.name)
    await accepted_control(stage, kind)
    await _deliver_defective(stage, event, Wrapping(body=defect.body))


def no_objects(description: Description) -> tuple[str, ...]:
    """The bodies that hold no object."""
    return tuple(NO_OBJECTS)


@story("no-object", per=no_objects, negative=True)
async def no_object(stage: Stage) -> None:
    """A delivery that is genuine in every way but that its body holds no object."""
    kind = usual_type(stage.description)
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    defect = event_defect(
        stage.kit.specification,
        event.type,
        event.content,
        at="",
        flaw=Flaw.NO_OBJECT,
        words=NO_OBJECTS[stage.parameter],
    )
    assert defect is not None  # no platform's events are anything but objects
    await accepted_control(stage, kind)
    await _deliver_defective(stage, event, Wrapping(body=defect.body))


def _without(headers: Headers, name: str) -> Headers:
    return tuple(header for header in headers if header[0].lower() != name.lower().encode())


async def _deliver_defective(stage: Stage, event: Event, wrapping: Wrapping) -> None:
    await stage.deliver(event, "defective", genuine=False, wrapping=wrapping)
    await stage.quiet(event.thing.object_type)
    await stage.ask_effect(event)


@story("provoked-errors", negative=True)
async def provoked_errors(stage: Stage) -> None:
    """Deliveries that a partner is likely to answer with an error, each wrong in another way."""
    kind = usual_type(stage.description)
    await stage.deliver_accepted(stage.event(stage.make(kind), "created", age=30), "control")
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    for wrapping in _provocations(stage, event):
        await stage.deliver(event, "provoked", genuine=False, wrapping=wrapping)


def _provocations(stage: Stage, event: Event) -> Iterator[Wrapping]:
    body = event.body
    yield Wrapping(body=truncated(body))
    yield Wrapping(body=b"")
    yield Wrapping(body=b"\xff\xfe" + body)
    yield Wrapping(body=body[:-1] + b',"extra":' + b"[" * _DEPTH + b"]" * _DEPTH + b"}")
    known = defective_forms(stage.description)
    for form in ("id-of-another-type", "type-of-another-type", *known[-1:]):
        if form not in known:
            continue
        defect = _defect(stage, event, form)
        if defect is not None:
            yield Wrapping(body=defect.body)
    yield Wrapping(unsigned=True, credential="")
    if stage.description.signature is not None:
        yield Wrapping(sign=_strangely_signed(stage))
    yield Wrapping(method="PUT")
    yield Wrapping(edit=lambda headers: _without(headers, "Content-Type"))


def _strangely_signed(stage: Stage) -> Callable[[Signer, bytes], Headers]:
    """A stranger's signature; the right one is a secret from here on, so that an answer that tells it shows itself."""
    scheme = stage.description.signature
    assert scheme is not None  # or there is no signature that could be told
    other = stranger(scheme, stage.random)

    def signed(signer: Signer, key: bytes) -> Headers:
        stage.kit.redactor.learn("right_signature", signer.signature(key, version="").decode())
        return signer.headers(signer.signature(other))

    return signed
