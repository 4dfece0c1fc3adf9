"""Judges of the chapter Fetching that look at what the partner does after a call has failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from conformance.exchange import Call
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import fetches, not_accepted, seconds
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__ = ["BUDGET"]

# More tries than this for one event within the retry window are no longer "not yet".
BUDGET: Final = 10
# Seconds between tries, from the second retry on, and how much of it the way to the kit may seem to take away.
_PAUSE: Final = 1.0
_MARGIN: Final = 0.1
# Between half a pause and a whole one, a busy machine may have held up one call and not the next.
_NEAR_MISS: Final = 0.5
# A partner may cut off the fraction of a second that a date leaves, and its clock may differ a little.
_DATE_MARGIN: Final = 1.25
_NO_CALL: Final = "positive control failed: the partner made no call that could be failed"
_AWAY: Final = "the partner was away between the two tries, and who starts again may not know when it was to come back"


def _tries(play: Play) -> tuple[Call, ...]:
    """The gets of the object that met a failure first, or the creates that the partner was asked for."""
    told = {delivery.object_id for delivery in play.deliveries("event")}
    if not told:
        return tuple(call for call in play.calls("create") if call.object_type == play.parameter)
    gets = sorted((call for name in told for call in fetches(play, name)), key=lambda call: call.started)
    failed = next((call for call in gets if call.fault), None)
    return fetches(play, failed.object_id) if failed else tuple(gets)


def _obeys(play: Play, case: Case) -> Said:
    tries = _tries(play)
    told = next((n for n, call in enumerate(tries) if call.status == 429), None)
    if told is None:
        yield Unassessable(_NO_CALL)
        return
    throttled = tries[told]
    # A get that was under way already is no answer to the refusal: a partner may get an object twice.
    later = [call for call in tries[told + 1 :] if call.started >= throttled.ended]
    header = (throttled.response.header("Retry-After") if throttled.response else None) or ""
    in_seconds = header.isdecimal()
    due = throttled.ended + float(header) if in_seconds else float(play.note_all("come again at")[0])
    if later and case.was_away(throttled.started, later[0].started):
        yield Unassessable(_AWAY)
    elif later and later[0].started < due - (_MARGIN if in_seconds else _DATE_MARGIN):
        yield Finding(
            expected=f"no further try for {seconds(due - throttled.ended)} (Retry-After: {header})",
            actual=f"tried again after {seconds(later[0].started - throttled.ended)}",
            exchanges=(throttled.id, later[0].id),
            evidence=Evidence.DEED,
        )


@judges("FET-05", story="throttled-fetch")
def comes_again_when_it_is_told_to(play: Play, case: Case) -> Said:
    """After 429 the partner does not try to get the same object again before the time that Retry-After names."""
    yield from _obeys(play, case)


@judges("FET-05", story="throttled-create")
def creates_again_when_it_is_told_to(play: Play, case: Case) -> Said:
    """After 429 the partner does not try to create again before the time that Retry-After names."""
    yield from _obeys(play, case)


def _storms(play: Play, case: Case) -> Said:
    """Retries that follow each other too fast, or are too many."""
    calls = _tries(play)
    if not any(not call.succeeded for call in calls):
        yield Unassessable(_NO_CALL)
        return
    series: defaultdict[str | None, list[Call]] = defaultdict(list)
    for call in calls:
        series[call.operation].append(call)
    for tries in series.values():
        hasty = [found for stretch in _stretches(tries, case) if (found := _hasty(stretch, case))]
        if hasty:
            yield hasty[0]
        elif len(tries) > BUDGET:
            yield Finding(
                expected=f"at most {BUDGET} tries within {seconds(case.description.retry_window)}",
                actual=f"{len(tries)} tries within {seconds(tries[-1].started - tries[0].started)}",
                exchanges=tuple(call.id for call in tries[:12]),
                evidence=Evidence.DEED,
                level=Level.SHOULD,
            )


def _stretches(tries: list[Call], case: Case) -> Iterator[list[Call]]:
    """The tries of each life of the partner: one that was away and starts again may begin anew."""
    stretch: list[Call] = []
    for call in tries:
        if stretch and case.was_away(stretch[-1].started, call.started):
            yield stretch
            stretch = []
        stretch.append(call)
    yield stretch


def _hasty(tries: list[Call], case: Case) -> Finding | None:
    """The shortest pause before a retry that is not the first one, where it is too short."""
    pauses = [
        # What the kit slept through looks as if the earlier call had come later than it did.
        (after.started - before.started + case.stalled_for(before.started - _PAUSE, after.started), number)
        for number, (before, after) in enumerate(pairwise(tries[1:]), start=2)
        # A call that began before the other had failed is none of its retries.
        if not before.succeeded and after.started >= before.ended
    ]
    pause, number = min(pauses, default=(_PAUSE, 0))
    if pause >= _PAUSE - _MARGIN:
        return None
    return Finding(
        expected=f"at least {seconds(_PAUSE)} between retries, from the second one on",
        actual=f"retry {number} came {seconds(pause)} after the one before; {len(tries)} tries in all",
        exchanges=tuple(dict.fromkeys(tries[n].id for n in (0, number - 1, number))),
        evidence=Evidence.DEED if pause < _NEAR_MISS else Evidence.ABSENCE,
    )


@judges("FET-06", story="broken-fetch")
def does_not_storm(play: Play, case: Case) -> Said:
    """After a failed get the first retry may come at once; from the second on they are a second apart, and few."""
    yield from _storms(play, case)


@judges("FET-06", story="not-yet-there", only=("never",))
def does_not_storm_for_what_is_not_there(play: Play, case: Case) -> Said:
    """A get that is answered 404 again and again is retried no faster than one that meets an error."""
    yield from _storms(play, case)


@judges("FET-06", story="failing-create")
def does_not_storm_with_calls_of_its_own(play: Play, case: Case) -> Said:
    """A create call that fails is not made again faster, or more often, than a get."""
    yield from _storms(play, case)


def _goes_on(play: Play) -> Said:
    """Whether the next event was handled."""
    delivery = play.deliveries("follow-up")[-1]
    effect = play.note("follow-up effect")
    failed = tuple(call.id for call in _tries(play)[:3])
    if not delivery.succeeded:
        yield not_accepted(delivery, *failed)
    elif effect == "not seen":
        waited = max(play.waited("effect"), play.waited("fetch"))
        yield Finding(
            expected="the next event is handled",
            actual=f"{delivery.outcome()}, and no effect within {seconds(waited)}",
            exchanges=(*failed, delivery.id),
        )
    elif effect == "cannot be seen":
        yield Remark("a genuine event shows no effect here, so the status alone decides")


@judges("FET-08", story="garbled-fetch")
def survives_an_answer_that_is_not_the_object(play: Play, case: Case) -> Said:
    """The partner handles the next event after a get was answered with something that is not the object."""
    if not any(call.fault for call in _tries(play)):
        yield Unassessable(_NO_CALL)
        return
    event = play.deliveries("event")[-1]
    if not event.succeeded:
        yield Remark(f"the event itself was answered with {event.outcome()}, so that the platform sends it again")
    yield from _goes_on(play)


@judges("FET-10", story="refused-fetch")
def survives_refused_credentials(play: Play, case: Case) -> Said:
    """The partner does not try again and again while its get is answered 401, and handles the next event."""
    yield from _storms(play, case)
    yield from _goes_on(play)
