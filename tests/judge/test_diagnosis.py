"""What a whole run has in common is said first."""

from __future__ import annotations

import pytest

from conformance.exchange import Failure, ProblemKind
from conformance.judge.court import description_of
from conformance.judge.diagnosis import diagnoses
from conformance.transcript import Transcript
from transcripts import Moment, applied, called, delivered, feewise, holds, play, problem, wawex


def _said(transcript: Transcript) -> str:
    return "\n".join(diagnoses(transcript, description_of(transcript)))


def _told(*moments: Moment) -> Transcript:
    return feewise(play("every-event-type", "A", *moments))


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        *((status, "compare the secrets") for status in (401, 403)),
        *((status, "may not be the URL of the webhook") for status in (404, 405, 410)),
        *((status, "may lack a slash") for status in (301, 302, 303, 307, 308)),
        *((status, "its own log comes first") for status in (500, 502, 599)),
        *((status, "doctor looks for what is in the way") for status in (304, 400, 402, 406, 418, 499, 600)),
    ],
)
def test_what_refuses_everything_is_diagnosed_by_its_status(status: int, hint: str) -> None:
    """Each status has its usual cause."""
    said = _said(_told(*[delivered("event", status=status)] * 3))

    assert said.startswith(f"None of 3 genuine events was accepted (status {status})")
    assert hint in said


def test_different_refusals_are_not_named() -> None:
    """Only what is common is told."""
    moments = (
        delivered("event", status=500),
        delivered("event", failure=Failure.TIMEOUT),
        delivered("event", status=401),
    )

    said = _said(_told(*moments))

    assert "(something other than 2xx)" in said
    assert "its own log comes first" in said
    assert "doctor looks for what is in the way" in _said(_told(moments[1], moments[0], moments[2]))


@pytest.mark.parametrize(
    "moments",
    [
        (delivered("event", status=401),) * 2,
        (*[delivered("event", status=401)] * 9, delivered("event")),
        (delivered("forged", status=401, genuine=False),) * 9,
    ],
    ids=["few", "one-accepted", "forged"],
)
def test_a_run_that_has_nothing_in_common_has_no_diagnosis(moments: tuple[Moment, ...]) -> None:
    """A few deliveries, one that was accepted, or deliveries that were to be refused."""
    assert "" == _said(_told(*moments))


ACCEPTED = (delivered("event"),) * 3


def test_a_sink_is_no_partner() -> None:
    """Who accepts forged events like genuine ones and calls nobody shows nothing of a partner."""
    said = _said(_told(*ACCEPTED, delivered("forged", genuine=False)))

    assert said.startswith("All of 1 forged events were accepted")
    assert "" == _said(_told(*ACCEPTED[1:], delivered("forged", genuine=False)))
    assert "" == _said(_told(*ACCEPTED, delivered("forged", genuine=False), called("get")))
    assert "" == _said(_told(*ACCEPTED, *(delivered("forged", status=n, genuine=False) for n in (200, 401))))


def test_who_accepts_nothing_genuine_is_no_sink() -> None:
    """What it does with forged events shows nothing then."""
    refused = (delivered("event", status=401),) * 3

    assert _said(_told(*refused, delivered("forged", genuine=False))).startswith("None of 3 genuine events")
    assert 1 == len(_said(_told(*refused, delivered("forged", genuine=False))).splitlines())


@pytest.mark.parametrize(
    ("shown", "is_sink"),
    [
        (applied("e1", 1), False),
        (holds("o1", {"id": "o1"}), False),
        (applied("e1", 0), True),
        (holds("o1", None), True),
    ],
    ids=["an event", "an object", "no event", "no object"],
)
def test_who_shows_what_it_did_is_no_sink(shown: Moment, *, is_sink: bool) -> None:
    """A partner that accepts forgeries is a partner all the same, if its control endpoint shows an effect."""
    said = _said(_told(*ACCEPTED, delivered("forged", genuine=False), shown))

    assert is_sink == said.startswith("All of 1 forged events were accepted")


def test_one_event_that_was_handled_shows_a_partner() -> None:
    """Another one was not; and one that was refused makes no sink a partner."""
    forged = delivered("forged", genuine=False)
    refused = delivered("event", status=500)

    assert "" == _said(_told(*ACCEPTED, forged, applied("e1", 0), applied("e2", 1)))
    assert _said(_told(*ACCEPTED, refused, forged)).startswith("All of 1 forged events were accepted")


def test_a_partner_that_refuses_forgeries_is_no_sink() -> None:
    """Thick events need no call."""
    assert "" == _said(_told(*ACCEPTED, delivered("forged", status=401, genuine=False)))
    assert "" == _said(_told(*ACCEPTED))


def test_a_partner_of_thin_events_that_never_calls_is_told_so() -> None:
    """Its client may point elsewhere; one call is enough to see that it does not."""
    silent = wawex(play("every-event-type", "A", *ACCEPTED))
    calling = wawex(play("every-event-type", "A", *ACCEPTED, called("get")))

    assert "its API client may point elsewhere" in _said(silent)
    assert "" == _said(calling)


def test_calls_that_are_all_refused_for_their_credentials_have_one_cause() -> None:
    """The key is compared before anything else; one call with the right key is enough."""
    wrong = called("get", status=401, problems=problem(ProblemKind.CREDENTIAL, "the header X-API-KEY is missing"))
    said = _said(_told(*ACCEPTED, *[wrong] * 3))

    assert said.startswith(
        "All 3 calls of the partner were refused for their credentials (the header X-API-KEY is missing)"
    )
    assert "CONFORMANCE_API_KEY" in said
    assert "" == _said(_told(*ACCEPTED, *[wrong] * 3, called("get")))
    assert "" == _said(_told(*ACCEPTED, wrong, wrong))


def test_the_first_call_shows_what_is_wrong_with_its_credentials() -> None:
    """A key in the URL is as wrong as none; another fault beside it changes nothing."""
    fault = problem(ProblemKind.CREDENTIAL_IN_URL, "the key is in the URL")
    there = called("get", problems=(*fault, *problem(ProblemKind.UNDECLARED, "the parameter expand")))
    missing = called("get", problems=problem(ProblemKind.CREDENTIAL, "the header is missing"))
    other = called("get", problems=problem(ProblemKind.UNDECLARED, "the parameter expand"))

    assert "(the key is in the URL)" in _said(_told(*ACCEPTED, there, missing, missing))
    assert "" == _said(_told(*ACCEPTED, other, other, other))


def test_what_comes_to_the_bait_is_no_call_to_the_platform() -> None:
    """A client that follows a bait does not thereby reach the platform."""
    assert "made no call" in _said(wawex(play("every-event-type", "A", *ACCEPTED, called("bait"))))
