"""Plays of stories about objects that the partner makes itself, and about its own operations."""

from __future__ import annotations

from conformance.exchange import Call, Failure
from histories.performance import Answer, Performance, Told, uuid
from histories.repertoire import plays

__all__: list[str] = []

_NO_CREATE = "the partner's control endpoint does not offer 'create'"


def _created(stage: Performance, *, fault: str | None = None, took: float | None = None) -> tuple[Told, Call] | None:
    """Have the partner create an object; None where it cannot be asked to."""
    if not stage.offers("create"):
        stage.unassessable(_NO_CREATE)
        return None
    began = stage.now
    call = _create(stage, began + 0.01, stage.new_operation(), fault=fault, took=took)
    stage.ask("create", kind=stage.parameter, answer={"id": call.object_id}, started=began, ended=call.ended + 0.01)
    told = stage.event(stage.parameter, about=call.object_id or "", correlation=call.correlation or "")
    return told, call


def _create(
    stage: Performance,
    at: float,
    operation: str | None,
    *,
    fault: str | None = None,
    took: float | None = None,
    failure: Failure | None = None,
    body: bytes = b'{"name": "one"}',
) -> Call:
    kind = stage.description.object_types[stage.parameter]
    missing = stage.breaks("COR-01") and not stage.operation_id
    return stage.call(
        "create",
        uuid(stage.random),
        at,
        kind=stage.parameter,
        operation=kind.create,
        correlation=None if missing else operation,
        fault=fault,
        took=took,
        failure=failure,
        body=body,
    )


@plays("own-object", "OWN-01", "COR-01", "COR-05", "FET-02", "FET-03")
def own_object(stage: Performance) -> None:
    """The partner creates an object, and the notification of it is no news."""
    made = _created(stage)
    if made is None:
        return
    told, _ = made
    if stage.breaks("OWN-01") and stage.chance(0.3):
        stage.note("unknown id", uuid(stage.random))
        return
    stage.held[told.about] = 1
    stage.take(told, "own")
    if stage.breaks("OWN-01"):
        _create(stage, stage.now, stage.new_operation())
    elif stage.breaks("COR-05"):
        _react(stage, told)
    stage.until_effect(told)
    stage.ask_applied(told)
    kind = stage.description.object_types[stage.parameter]
    if kind.update and stage.offers("update"):
        _updated(stage, told, kind.update)
    stage.settle()


def _react(stage: Performance, told: Told) -> None:
    """Take an event of its own making for somebody else's."""
    how = stage.random.choice(("change", "twice", "loop"))
    if how == "change":
        stage.call("update", told.about, stage.now, kind=told.kind, correlation=stage.new_operation())
    elif how == "twice":
        stage.applied[told.id] += 1
    else:
        for number in range(12):
            stage.get(told, stage.now + number)


def _updated(stage: Performance, told: Told, operation: str) -> None:
    """The partner updates its object when it is asked to."""
    began, name = stage.now, stage.new_operation()
    stage.change(told)
    call = stage.call(
        "update", told.about, began + 0.01, kind=told.kind, operation=operation, correlation=name, version=2
    )
    stage.ask("update", told.about, told.kind, started=began, ended=call.ended + 0.01)
    stage.held[told.about] = 2
    again = stage.event(told.kind, about=told.about, version=2, correlation=call.correlation or "")
    stage.take(again, "own")
    stage.until_effect(again)
    stage.ask_applied(again)


@plays("overtaking-notification", "OWN-02", "OWN-03")
def overtaking_notification(stage: Performance) -> None:
    """A notification of a change arrives before the answer to the create call."""
    if not stage.offers("create"):
        stage.unassessable(_NO_CREATE)
        return
    limit = stage.description.ack_limit
    began = stage.now
    late = limit + 1 if stage.breaks("OWN-03") else limit * stage.manner.slowness
    call = _create(stage, began + 0.01, stage.new_operation(), fault="hold", took=late + 2.0)
    told = stage.event(stage.parameter, version=2, about=call.object_id or "")
    stage.expect(told)
    stage.now = began + 0.1
    refused = stage.breaks("OWN-02") and stage.chance(0.5)
    delivery = stage.deliver(told, "overtaking", took=late, answer=Answer(404) if refused else None, steady=True)
    if stage.breaks("OWN-02"):
        stage.held[told.about] = 1
    else:
        # Who has no object yet may keep the event until its call has returned.
        stage.work_on(told, delivery)
        stage.held[told.about] = 2
    stage.now = max(stage.now, call.ended) + 0.1
    stage.ask("create", kind=stage.parameter, answer={"id": told.about}, started=began, ended=stage.now)
    stage.settle()
    stage.ask_effect(told)


@plays("lost-answer", "OWN-04")
def lost_answer(stage: Performance) -> None:
    """The answer to a create call is lost; whoever creates again has looked before."""
    if not stage.offers("create"):
        stage.unassessable(_NO_CREATE)
        return
    began, name = stage.now, stage.new_operation()
    lost = _create(stage, began + 0.01, name, fault="lose", failure=Failure.CLOSED, took=0.2)
    told = stage.event(stage.parameter, about=lost.object_id or "", correlation=lost.correlation or "")
    stage.deliver(told, "own", steady=True)
    how = stage.random.choice(("gives up", "finds it", "finds nothing"))
    ended = stage.ready
    if stage.breaks("OWN-04"):
        ended = _create(stage, ended + 1.0, name).ended
    elif how == "finds it":
        ended = stage.call("get", told.about, ended + 1.0, kind=told.kind, correlation=name, version=1).ended
    elif how == "finds nothing":
        looked = stage.call("find", None, ended + 1.0, kind=told.kind, correlation=name, status=404)
        ended = _create(stage, looked.ended + 0.1, name).ended
    status = 200 if how != "gives up" or stage.broken else 502
    stage.ask("create", kind=stage.parameter, status=status, started=began, ended=ended + 0.01)
    stage.settle()


@plays("foreign-correlation", "COR-06")
def foreign_correlation(stage: Performance) -> None:
    """Others change what the partner has created, under ids that are not, or look like, its own."""
    made = _created(stage)
    if made is None:
        return
    told, call = made
    own = call.correlation or ""
    stage.held[told.about] = 1
    stage.take(told, "own")
    stage.until_effect(told)
    missed = stage.random.choice(("foreign", "prefixed")) if stage.breaks("COR-06") else ""
    names = {"foreign": uuid(stage.random), "prefixed": f"{own}-0001", "again": own}
    for version, (role, name) in enumerate(names.items(), start=2):
        event = stage.event(told.kind, about=told.about, version=version, correlation=name)
        if role == missed:
            stage.deliver(event, role, answer=Answer(400) if stage.chance(0.2) else None)
            stage.now = max(stage.now, stage.ready)
        else:
            stage.take(event, role)
            stage.until_effect(event)
        stage.ask_effect(event)
    stage.expect(told)
