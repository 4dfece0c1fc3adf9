"""Plays of stories about what a partner refuses: what is forged, and what is no event."""

from __future__ import annotations

import json

from conformance.exchange import Failure
from histories.performance import Answer, Performance, Told
from histories.repertoire import plays
from histories.unknown import misbehave

__all__: list[str] = []

_SIGNED = ("SIG-01", "SIG-02", "SIG-03", "SIG-05", "SIG-06", "SIG-08", "SIG-10", "SIG-11", "SIG-13")


def _refused(stage: Performance, told: Told, role: str, status: int, *requirements: str, **settings: str) -> None:
    """Deliver what is to be refused; who breaks that accepts it, or refuses it and acts on it all the same."""
    broken = stage.broken in requirements
    accepted = broken and stage.chance(0.5)
    answer = stage.accepts() if accepted else stage.refuses(status)
    method = settings.get("method", "POST")
    stage.deliver(told, role, genuine=False, answer=answer, method=method)
    if broken and not accepted:
        misbehave(stage, told)
    stage.quiet()
    stage.ask_effect(told)


@plays("forged-event", *_SIGNED)
def forged_event(stage: Performance) -> None:
    """After a genuine event comes a forged one."""
    stage.control()
    _refused(stage, stage.event(), "forged", stage.unauthorized, *_SIGNED)


@plays("forged-and-malformed", "SIG-12")
def forged_and_malformed(stage: Performance) -> None:
    """What is both forged and malformed is refused as forged."""
    stage.control()
    forged = stage.refuses(stage.unauthorized)
    well_formed = stage.event()
    how = stage.random.choice(("accepted", "looked", "acted")) if stage.breaks("SIG-12") else ""
    stage.deliver(well_formed, "forged", genuine=False, answer=stage.accepts() if how == "accepted" else forged)
    malformed = stage.refuses(stage.manner.malformed)
    stage.deliver(stage.event(), "malformed", genuine=False, answer=malformed)
    stage.deliver(stage.event(), "both", genuine=False, answer=malformed if how == "looked" else forged)
    if how == "acted":
        misbehave(stage, well_formed)
    stage.quiet()
    stage.ask_effect(well_formed)


@plays("key-change", "SIG-09")
def key_change(stage: Performance) -> None:
    """The platform changes its key."""
    stage.control()
    for role in ("old-and-new", "new-and-old", "new-alone"):
        stage.take(stage.event(), role)
    _refused(stage, stage.event(), "retired", stage.unauthorized, "SIG-09")


@plays("malformed-json", "ERR-01")
def malformed_json(stage: Performance) -> None:
    """A body that is not JSON."""
    stage.control()
    _refused(stage, stage.event(), "malformed", stage.manner.malformed, "ERR-01")


@plays("defective-event", "ERR-02")
def defective_event(stage: Performance) -> None:
    """An event with one fault of one field."""
    if not stage.broken and stage.chance(0.1):
        stage.note("no defect", "the platform's document allows an event like this")
        return
    stage.note("defect", f"{stage.parameter} of the envelope")
    stage.control()
    _refused(stage, stage.event(), "defective", stage.manner.malformed, "ERR-02")


@plays("no-object", "ERR-03")
def no_object(stage: Performance) -> None:
    """A body that holds no object."""
    stage.control()
    _refused(stage, stage.event(), "defective", stage.manner.malformed, "ERR-03")


@plays("broken-text", "PAY-05")
def broken_text(stage: Performance) -> None:
    """A body that is not UTF-8."""
    stage.control()
    _refused(stage, stage.event(), "broken", stage.manner.malformed, "PAY-05")


@plays("foreign-content-type", "CTN-02")
def foreign_content_type(stage: Performance) -> None:
    """A body that is called something else than JSON."""
    stage.control()
    _refused(stage, stage.event(), "refusable", stage.random.choice((415, 400)), "CTN-02")


@plays("other-method", "MTH-01")
def other_method(stage: Performance) -> None:
    """A method by which no event comes."""
    stage.control()
    told = stage.event()
    how = stage.random.choice(("accepted", "no allow", "acted")) if stage.breaks("MTH-01") else ""
    status = 405 if how == "no allow" else stage.manner.unallowed
    allow = ((b"Allow", b"POST, OPTIONS"),) if status == 405 and how != "no allow" else ()
    answer = stage.accepts() if how == "accepted" else Answer(status, allow)
    stage.deliver(told, "refusable", genuine=False, answer=answer, method=stage.parameter)
    if how == "acted":
        misbehave(stage, told)
    stage.quiet()
    stage.ask_effect(told)


@plays("provoked-errors", "ERR-04")
def provoked_errors(stage: Performance) -> None:
    """Answers to what is wrong tell nothing of the inside."""
    stage.take(stage.event(), "control")
    page = ((b"Content-Type", b"text/plain"),)
    leak = stage.random.choice(
        (
            b'Traceback (most recent call last):\n  File "views.py", line 3, in post',
            b'near "WHERE": syntax error',
            b"could not open /srv/app/config/settings.yaml",
            b"signature is not [secret signing_secret]",
        )
    )
    for number in range(6):
        answer = stage.refuses(stage.random.choice((400, 401, 405, 413, 415, 422)))
        if stage.breaks("ERR-04") and number == 3:
            answer = Answer(stage.random.choice((400, 500)), page, leak)
        stage.deliver(stage.event(), "provoked", genuine=False, answer=answer)


@plays("poison-event", "ERR-05")
def poison_event(stage: Performance) -> None:
    """Events about other objects are handled after one that cannot be."""
    stage.control()
    if stage.parameter == "failing-fetch":
        told = stage.event()
        stage.deliver(told, "poison")
        first = stage.get(told, stage.now, status=500, fault="status 500")
        stage.get(told, first.ended + 2.0, status=500, fault="status 500")
    else:
        answers = (stage.accepts(), stage.refuses(stage.manner.malformed), Answer(500), Answer(failure=Failure.CLOSED))
        for _ in range(3):
            stage.deliver(stage.event(), "poison", genuine=False, answer=stage.random.choice(answers))
    how = stage.random.choice(("refused", "stuck")) if stage.breaks("ERR-05") else ""
    effects = {}
    for number in range(3):
        told = stage.news()
        if number and how == "refused":
            stage.deliver(told, "follow-up", answer=Answer(503))
        elif number and how == "stuck":
            stage.deliver(told, "follow-up")
            effects[told.id] = "not seen"
        else:
            stage.take(told, "follow-up")
            effects[told.id] = stage.until_effect(told)
    if how:
        stage.wait("effect", 30.0, rewarded=False)
    stage.note("effects", json.dumps(effects))
