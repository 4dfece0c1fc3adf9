"""Plays of stories about the correlation ids of events."""

from __future__ import annotations

from typing import Final

from conformance.exchange import Failure
from histories.performance import Answer, Performance, uuid
from histories.repertoire import plays

__all__: list[str] = []

_HEADER: Final = "x-correlation-id"


def _calls(stage: Performance) -> bool:
    """Whether events of strangers lead to calls: those of a partner that breaks something about calls do."""
    return stage.thin or stage.manner.gets_strangers or bool(stage.broken)


@plays("correlated-event", "COR-02", "COR-03", "FET-02", "FET-03")
def correlated_event(stage: Performance) -> None:
    """The first call of an event fails, and its retry carries the same id."""
    told = stage.event(stage.parameter, version=2)
    stage.deliver(told, "event")
    if not _calls(stage):
        if stage.manner.polls:
            stage.get(told, stage.now + 1.0, correlation=stage.new_operation())
        stage.settle()
        return
    first = stage.get(told, stage.now + stage.manner.reaction, status=503, fault="status 503")
    wrong = _wrong(stage, told.correlation or "")
    second = stage.get(told, first.ended + 1.5, correlation=wrong if stage.broken else told.correlation)
    if stage.manner.polls and not stage.broken:
        stage.get(told, second.ended + 0.5, correlation=stage.new_operation())
    stage.now = stage.ready


def _wrong(stage: Performance, event: str) -> str | None:
    """What stands in the place of an event's id."""
    if stage.breaks("COR-02"):
        return stage.random.choice((None, uuid(stage.random)))
    if stage.breaks("COR-03"):
        return stage.random.choice((event.upper(), event.replace("-", ""), f"{event}-1", event[:20]))
    return event


@plays("opaque-correlation", "COR-03")
def opaque_correlation(stage: Performance) -> None:
    """An id of another form is kept as it is."""
    told = stage.event(stage.parameter, version=2, correlation="Op.hJkMnPqRsTuVwXyZ23-x_7")
    stage.deliver(told, "event")
    if _calls(stage):
        wrong = stage.random.choice(("op.hjkmnpqrstuvwxyz23-x_7", "OphJkMnPqRsTuVwXyZ23x7"))
        carried = wrong if stage.breaks("COR-03") else told.correlation
        stage.get(told, stage.now + stage.manner.reaction, correlation=carried)
    stage.settle()


@plays("concurrent-events", "COR-04")
def concurrent_events(stage: Performance) -> None:
    """Calls about several objects are under way at once, each with the id of its own event."""
    told = [stage.event(stage.parameter, version=2) for _ in range(5)]
    began = stage.now
    for number, each in enumerate(told):
        stage.deliver(each, "event", at=began + number / 100, steady=True)
    stage.now = began + 0.2
    if _calls(stage):
        for number, each in enumerate(told):
            mixed = told[number - 1] if stage.breaks("COR-04") and number == 3 else each
            at = stage.now + number / 100
            stage.get(each, at, fault="hold", took=3.0 - number / 10, correlation=mixed.correlation)
    stage.now = max(stage.now, stage.ready)


@plays("hostile-correlation", "COR-07")
def hostile_correlation(stage: Performance) -> None:
    """A hostile id is text and nothing more; it may be refused."""
    stage.control()
    values = {
        "8-kilobytes": "a" * 8192,
        "quotes": "'\";\\`--",
        "line-break-in-percent-codes": "x%0d%0aX-Injected-1:%20yes",
        "markup": "<script>alert('x')</script>",
        "lookup": "${jndi:ldap://127.0.0.1:1/lookup}",
        "no-uuid": "order 1/7",
    }
    if stage.parameter == "8-kilobytes":
        stage.note("large", "yes")
    if stage.parameter == "line-break-in-percent-codes":
        stage.note("injected header", "X-Injected-1")
    told = stage.event(version=2, correlation=values[stage.parameter])
    how = stage.random.choice(_WRONGS[stage.parameter]) if stage.breaks("COR-07") else ""
    page = ((b"Content-Type", b"text/html"),)
    answers = {
        "fails": Answer(500),
        "splits": Answer(202, ((b"x-injected-1", b"yes"),)),
        "reflects": Answer(400, page, values[stage.parameter].encode()),
    }
    fine = stage.accepts() if stage.manner.takes_oddities else _refusal(stage)
    stage.deliver(told, "hostile", genuine=False, answer=answers.get(how, fine))
    if how == "looks it up":
        stage.call("bait", None, stage.now, target="/bait/lookup")
    following = stage.news()
    if how == "stuck":
        stage.deliver(following, "follow-up", answer=Answer(500))
    else:
        stage.take(following, "follow-up")
        stage.note("follow-up effect", stage.until_effect(following))
    stage.settle()


_WRONGS: Final = {
    "8-kilobytes": ("fails", "stuck"),
    "quotes": ("fails", "stuck"),
    "line-break-in-percent-codes": ("fails", "splits", "stuck"),
    "markup": ("fails", "reflects", "stuck"),
    "lookup": ("fails", "looks it up", "stuck"),
    "no-uuid": ("fails", "stuck"),
}


def _refusal(stage: Performance) -> Answer:
    if stage.parameter == "8-kilobytes" and stage.chance(0.5):
        return Answer(failure=Failure.CLOSED)
    return stage.refuses(stage.random.choice((400, 431)))


@plays("uncorrelated-event", "COR-08")
def uncorrelated_event(stage: Performance) -> None:
    """An event without an id: the partner makes one for the calls that it leads to."""
    control = stage.event(stage.parameter, version=2)
    stage.take(control, "control")
    told = stage.event(stage.parameter, version=2)
    how = stage.random.choice(("refused", "none", "another's")) if stage.breaks("COR-08") else ""
    bare = type(told)(told.id, told.about, told.kind, told.version, None)
    stage.deliver(bare, "bare", answer=Answer(400) if how == "refused" else None)
    if _calls(stage) and how != "refused":
        made = {"none": None, "another's": control.correlation}.get(how, stage.new_operation())
        stage.get(bare, stage.now + stage.manner.reaction, correlation=made)
    stage.settle()


@plays("header-spellings", "COR-09")
def header_spellings(stage: Performance) -> None:
    """The header is found in whatever case its name is written."""
    for number, name in enumerate((_HEADER, "X-Correlation-Id", _HEADER.upper())):
        told = stage.event(stage.parameter, version=2)
        value = (told.correlation or "").encode()
        bare = type(told)(told.id, told.about, told.kind, told.version, told.correlation)
        missed = stage.breaks("COR-09") and number == 2
        stage.deliver(bare, "spelled", sent=((name.encode(), value),))
        if _calls(stage):
            carried = uuid(stage.random) if missed else told.correlation
            stage.get(told, stage.now + stage.manner.reaction, correlation=carried)
        stage.settle()
