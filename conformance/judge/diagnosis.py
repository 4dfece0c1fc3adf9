"""What a whole run has in common, said first: one cause, in the set-up or the partner, for most of its verdicts.

A diagnosis changes no verdict. It is said only of what held for every delivery, or every call, of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.exchange import Asking, Call, Delivery, ProblemKind
from conformance.judge.evidence import applied
from conformance.platform.description import Description
from conformance.transcript import Play, Transcript

__all__ = ["diagnoses"]

# Fewer than so many deliveries have nothing in common yet.
_ENOUGH: Final = 3
_CREDENTIALS: Final = frozenset({ProblemKind.CREDENTIAL, ProblemKind.CREDENTIAL_IN_URL})
_FORGED: Final = "forged"
_COMPARE: Final = (
    "compare the secrets on both sides: CONFORMANCE_SIGNING_SECRET and CONFORMANCE_WEBHOOK_TOKEN, "
    "and the clocks (webhook-conformance settings says what the partner has to be given)"
)
_LOOK: Final = "the partner's own log says more, and webhook-conformance doctor looks for what is in the way"
_EXPLAINED: Final = (
    (frozenset({401, 403}), _COMPARE),
    (frozenset({404, 405, 410}), "--partner-url may not be the URL of the webhook itself"),
    (frozenset({301, 302, 303, 307, 308}), "--partner-url may lack a slash, or have one too many, or want https"),
    (frozenset(range(500, 600)), "the partner fails on every event: its own log comes first"),
)


def diagnoses(transcript: Transcript, description: Description) -> tuple[str, ...]:
    """What explains most of a run, in sentences; most runs have none."""
    deliveries = [d for play in transcript.plays for d in play.deliveries() if d.genuine and d.is_event]
    calls = [e for e in transcript.exchanges() if isinstance(e, Call) and e.does != "bait"]
    return (
        *_of_refusals(deliveries),
        *_of_a_sink(transcript.plays, deliveries, calls, description),
        *_of_calls(calls),
    )


def _of_refusals(deliveries: list[Delivery]) -> Iterator[str]:
    if len(deliveries) < _ENOUGH or any(d.succeeded for d in deliveries):
        return
    outcomes = {d.outcome() for d in deliveries}
    told = outcomes.pop() if len(outcomes) == 1 else "something other than 2xx"
    first = deliveries[0].status
    why = next((text for statuses, text in _EXPLAINED if first in statuses), _LOOK)
    yield (
        f"None of {len(deliveries)} genuine events was accepted ({told}), so what builds on an accepted event "
        f"proves nothing here: {why}."
    )


def _of_a_sink(
    plays: tuple[Play, ...], deliveries: list[Delivery], calls: list[Call], description: Description
) -> Iterator[str]:
    if len(deliveries) < _ENOUGH or calls or not any(d.succeeded for d in deliveries):
        return
    forged = [d for play in plays for d in play.deliveries(_FORGED)]
    if forged and all(d.succeeded for d in forged) and not any(map(_shows_an_effect, plays)):
        yield (
            f"All of {len(forged)} forged events were accepted like the genuine ones, and the partner made no call to "
            "the platform: something answers there, and nothing shows that it is a partner."
        )
    elif description.thin:
        yield (
            "The partner made no call to the platform in the whole run, though its events name objects without "
            "carrying them: its API client may point elsewhere (webhook-conformance settings names the URL)."
        )


def _shows_an_effect(play: Play) -> bool:
    """Whether the partner showed an object or an event that it handled: who does that is a partner."""
    told = [e for e in play.exchanges if isinstance(e, Asking) and e.succeeded]
    counts = [applied(play, e.about or "") for e in told if e.call == "events"]
    return any(e.call == "objects" for e in told) or any(count[0] for count in counts if count is not None)


def _of_calls(calls: list[Call]) -> Iterator[str]:
    if len(calls) < _ENOUGH or not all(any(p.kind in _CREDENTIALS for p in call.problems) for call in calls):
        return
    yield (
        f"All {len(calls)} calls of the partner were refused for their credentials ({calls[0].problems[0].text}): "
        "compare CONFORMANCE_API_KEY, and CONFORMANCE_PARTNER_ID where the platform has one, with what it sends."
    )
