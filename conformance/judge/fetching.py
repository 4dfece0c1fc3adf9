"""Judges of the chapter Fetching and unknown objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from conformance.exchange import Call, CallProblem, ProblemKind
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import answered, fetches, forbidden_effects, not_accepted, seconds
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__: list[str] = []

# More tries than this for one event within the retry window are no longer "not yet".
BUDGET: Final = 10
# Who still tries in the last part of the window has not given up.
STILL: Final = 0.8
_CREDENTIALS: Final = frozenset({ProblemKind.CREDENTIAL, ProblemKind.CREDENTIAL_IN_URL})


@judges("FET-01", story="announced-object")
def gets_the_object_it_was_told_of(play: Play, case: Case) -> Said:
    """Told of an id that is new to it, the partner acknowledges and calls the get operation for that very object."""
    delivery = play.deliveries("event")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
        return
    if fetches(play, delivery.object_id, succeeded=True):
        return
    others = tuple(call for call in play.calls() if call.started >= delivery.started)
    actual = f"no such call within {seconds(play.waited('fetch'))}"
    if others:
        actual += f"; instead: {others[0].request.method} {others[0].request.target}"
    yield Finding(
        expected=f"a get of the {delivery.object_type} {delivery.object_id}",
        actual=actual,
        exchanges=(delivery.id, *(call.id for call in others[:3])),
    )


def _broken(calls: list[Call], wanted: Callable[[CallProblem], bool]) -> list[tuple[Call, CallProblem]]:
    """One call for each problem that is worded differently."""
    found: dict[tuple[str | None, ProblemKind], tuple[Call, CallProblem]] = {}
    for call in calls:
        for problem in call.problems:
            if wanted(problem):
                found.setdefault((call.operation, problem.kind), (call, problem))
    return list(found.values())


@judges_run("FET-02", stories=("announced-object", "own-object", "correlated-event", "outage", "subscription"))
def sends_its_credentials(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner sends its credentials on every call, in the header that the platform documents, never in the URL."""
    calls = [call for play in plays for call in play.calls()]
    if not calls:
        yield Unassessable("the partner made no call to the platform's API")
    for call, problem in _broken(calls, lambda p: p.kind in _CREDENTIALS)[:5]:
        yield Finding(
            expected="the partner's credentials in their header"
            + (", and not in the URL" if "URL" in problem.text else ""),
            actual=f"{call.request.method} {call.operation or call.request.target}: {problem.text}",
            exchanges=(call.id,),
            evidence=Evidence.DEED,
        )


@judges_run("FET-03", stories=("announced-object", "own-object", "correlated-event", "outage", "subscription"))
def makes_only_calls_that_the_document_allows(plays: tuple[Play, ...], case: Case) -> Said:
    """The partner makes only calls that the platform's API document allows: path, method, parameters, body."""
    calls = [call for play in plays for call in play.calls()]
    if not calls:
        yield Unassessable("the partner made no call to the platform's API")
    for call, problem in _broken(calls, lambda p: p.kind not in _CREDENTIALS)[:5]:
        undeclared = problem.kind is ProblemKind.UNDECLARED
        yield Finding(
            expected="a call that the platform's document allows",
            actual=problem.text,
            exchanges=(call.id,),
            evidence=Evidence.DEED,
            level=Level.SHOULD if undeclared else Level.MUST,
        )


@judges("FET-04", story="failing-fetch")
def gets_the_object_in_the_end(play: Play, case: Case) -> Said:
    """The partner gets the object although its first tries fail."""
    delivery = play.deliveries("event")[-1]
    tries = fetches(play, delivery.object_id)
    struck = [call for call in tries if call.fault]
    if not tries:
        yield Unassessable("positive control failed: the partner made no call to get the object (see FET-01)")
    elif not struck:
        yield Unassessable("no call met the fault")
    elif not any(call.succeeded for call in tries):
        yield Finding(
            expected="the object is got in the end",
            actual=f"{len(struck)} failed tries, then none within {seconds(play.waited('fetch'))}",
            exchanges=(delivery.id, *(call.id for call in tries)),
        )


@judges("FET-07", story="not-yet-there", only=("appears",))
def gets_the_object_when_it_appears(play: Play, case: Case) -> Said:
    """The partner takes 404 for an object just announced as "not yet" and gets it when it appears."""
    delivery = play.deliveries("event")[-1]
    tries = fetches(play, delivery.object_id)
    if not tries:
        yield Unassessable("positive control failed: the partner made no call to get the object (see FET-01)")
    elif not any(call.fault for call in tries):
        yield Unassessable("no call met the fault")
    elif not any(call.succeeded for call in tries):
        yield Finding(
            expected="the object is got once it is there",
            actual=f"{len(tries)} tries answered 404, then none within {seconds(play.waited('fetch'))}",
            exchanges=(delivery.id, *(call.id for call in tries)),
        )


@judges("FET-07", story="not-yet-there", only=("never",))
def gives_up_what_never_appears_and_goes_on(play: Play, case: Case) -> Said:
    """The partner gives up on an object that never appears, within its budget, and goes on working."""
    delivery = play.deliveries("event")[-1]
    tries = fetches(play, delivery.object_id)
    if not tries:
        yield Unassessable("positive control failed: the partner made no call to get the object (see FET-01)")
        return
    if len(tries) > BUDGET:
        window = case.description.retry_window
        spent = tries[-1].started - delivery.started
        goes_on = spent >= window * STILL
        yield Finding(
            expected=f"at most {BUDGET} tries within {seconds(window)}",
            actual=f"{len(tries)} tries within {seconds(spent)}" + (", and no end in sight" if goes_on else ""),
            exchanges=(delivery.id, *(call.id for call in tries[:12])),
            evidence=Evidence.DEED,
            level=Level.MUST if goes_on else Level.SHOULD,
        )
    for follow_up in answered(play, "follow-up"):
        if not fetches(play, follow_up.object_id, succeeded=True):
            yield Finding(
                expected="the next event is handled",
                actual=f"{follow_up.outcome()}, and no get of its object within {seconds(play.waited('fetch'))}",
                exchanges=(delivery.id, follow_up.id),
            )
            return


@judges("UNK-01", story="unknown-event-type")
def acknowledges_an_unknown_event_type_without_effect(play: Play, case: Case) -> Said:
    """The partner acknowledges an event type that the platform does not have, and does nothing about it."""
    delivery = play.deliveries("unknown")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
    yield from forbidden_effects(play, delivery, count=False)
    if play.note("control effect") in {"not seen", "cannot be seen"}:
        yield Remark("a genuine event shows no effect here, so the status alone decides")
