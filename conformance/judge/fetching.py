"""Judges of the chapter Fetching and unknown objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from conformance.exchange import Call, CallProblem, ProblemKind
from conformance.judge.binding import Case, Said, judges, judges_run
from conformance.judge.evidence import answered, fetches, forbidden_effects, not_accepted, seconds, wrong_state
from conformance.judge.retries import BUDGET
from conformance.quantity import named
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__: list[str] = []

# Who still tries in the last part of the window has not given up.
STILL: Final = 0.8
# What stands where a secret stood, up to its name.
_MARK: Final = b"[secret "
_CREDENTIALS: Final = frozenset({ProblemKind.CREDENTIAL, ProblemKind.CREDENTIAL_IN_URL})


@judges("FET-01", story="announced-object")
def gets_the_object_it_was_told_of(play: Play, case: Case) -> Said:
    """Told of an id that is new to it, the partner acknowledges and calls the get operation for that very object."""
    delivery = play.deliveries("event")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
        return
    tries = fetches(play, delivery.object_id)
    if any(call.succeeded for call in tries):
        return
    others = tuple(call for call in play.calls() if call.started >= delivery.started)
    actual = f"no such call within {seconds(play.waited('fetch'))}"
    if tries:
        actual = f"no such call succeeded; {len(tries)} of them, the last one answered with {tries[-1].outcome()}"
    elif others:
        actual += f"; instead: {others[0].request.method} {others[0].request.target}"
    yield Finding(
        expected=f"a get of the {delivery.object_type} {delivery.object_id}",
        actual=actual,
        exchanges=(delivery.id, *(call.id for call in (tries[-3:] or others[:3]))),
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
    broken = _broken(calls, lambda p: p.kind not in _CREDENTIALS)
    # What only warns comes last, so that it crowds out nothing that fails.
    for call, problem in sorted(broken, key=lambda found: _only_warns(found[1]))[:5]:
        yield Finding(
            expected="a call that the platform's document allows",
            actual=problem.text,
            exchanges=(call.id,),
            evidence=Evidence.DEED,
            level=Level.SHOULD if _only_warns(problem) else Level.MUST,
        )


def _only_warns(problem: CallProblem) -> bool:
    return problem.kind is ProblemKind.UNDECLARED


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
            actual=f"{named(len(struck), 'failed try', 'failed tries')}, "
            f"then none within {seconds(play.waited('fetch'))}",
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
            actual=f"{named(len(tries), 'try', 'tries')} answered 404, "
            f"then none within {seconds(play.waited('fetch'))}",
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


def _secrets_in(call: Call) -> tuple[str, ...]:
    """Where a call carries a secret of the run, by the marks that take the place of secrets as they are recorded."""
    headers = [f"the header {name.decode('latin-1')}" for name, value in call.request.headers if _MARK in value]
    body = ["the body"] if _MARK in call.request.body else []
    return (*headers, *(["the URL"] if _MARK.decode() in call.request.target else []), *body)


@judges("FET-09", story="bait")
def keeps_its_credentials_for_the_platform(play: Play, case: Case) -> Said:
    """The partner sends its credentials neither to a URL in an event's data nor to the target of a redirect."""
    visits = play.calls("bait")
    for call in visits:
        where = _secrets_in(call)
        if where:
            yield Finding(
                expected="no credentials to a place that is not the platform's API",
                actual=f"{call.request.method} {call.request.target}: a secret in {', '.join(where)}",
                exchanges=(call.id,),
                evidence=Evidence.DEED,
            )
            return
    if visits:
        yield Remark("the partner followed a URL that is not the platform's, without its credentials")
    elif not any(d.succeeded for d in play.deliveries()) and not any(call.fault for call in play.calls()):
        yield Unassessable("positive control failed: no genuine event with the URL was accepted")
    elif case.description.thin and not play.calls("get"):
        yield Unassessable("positive control failed: the partner got no object that an event named (see FET-01)")


@judges("FET-11", story="known-objects")
def does_not_fetch_what_it_knows(play: Play, case: Case) -> Said:
    """The partner gets the objects of events that carry them for fewer than half of these events."""
    events = answered(play, "created", "updated")
    got = [call for d in answered(play, "created") for call in fetches(play, d.object_id)]
    if 2 * len(got) >= len(events):
        yield Finding(
            expected=f"fewer than {len(events) / 2:.0f} gets for {len(events)} events that carry the whole object",
            actual=named(len(got), "get"),
            exchanges=tuple(call.id for call in got[:12]),
            evidence=Evidence.DEED,
        )
    elif got:
        yield Remark(f"{named(len(got), 'get')} for {len(events)} events that carry the whole object")


@judges("FET-12", story="renewed-object")
def holds_the_object_as_it_is_now(play: Play, case: Case) -> Said:
    """After a notification of a change the partner holds the object as it is, not as it was before or at the event."""
    yield from wrong_state(play, case, cites=play.deliveries("announced", "event"), if_kept=True)


@judges("UNK-01", story="unknown-event-type")
def acknowledges_an_unknown_event_type_without_effect(play: Play, case: Case) -> Said:
    """The partner acknowledges an event type that the platform does not have, and does nothing about it."""
    delivery = play.deliveries("unknown")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
    yield from forbidden_effects(play, delivery, count=False)
    if play.note("control effect") in {"not seen", "cannot be seen"}:
        yield Remark("a genuine event shows no effect here, so the status alone decides")


@judges("UNK-02", story="unsubscribed-type")
def acknowledges_a_type_that_it_did_not_subscribe_to(play: Play, case: Case) -> Said:
    """The partner acknowledges an authentic event of a known type that it did not subscribe to."""
    delivery = play.deliveries("unsubscribed")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery, *(asking.id for asking in play.askings("subscribe")))
    elif any(forbidden_effects(play, delivery, count=True)):
        yield Remark("the partner acted on the event, which it may: what it holds of an older subscription is not seen")
