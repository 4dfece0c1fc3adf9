"""Judges of the chapter Handshakes: what a partner answers when it is asked whether it wants deliveries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from conformance.exchange import Call, Delivery, Failure
from conformance.identifier import names
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import (
    answered,
    forbidden_call,
    forbidden_holding,
    manner_findings,
    no_refusal,
    not_accepted,
    refused_because,
)
from conformance.platform.handshake import Handshake
from conformance.requirement import Evidence, Finding, Remark, Unassessable
from conformance.transcript import Play
from conformance.verdict import Level

__all__: list[str] = []

_FORGED: Final = ("wrong-token", "no-token", "no-signature", "another-key")
# What a browser shows as a page, or may: without a type it looks at the content.
_SHOWN_AS_A_PAGE: Final = frozenset(
    {"", "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"}
)


@judges("HSK-01", story="handshake")
def answers_the_handshake(play: Play, case: Case) -> Said:
    """The partner answers the platform's handshake in a form that the platform takes."""
    yield from _answered_rightly(play, case)


@judges("HSK-05", story="verified-subscription")
def answers_while_it_subscribes(play: Play, case: Case) -> Said:
    """The partner answers the handshake while its own call, which creates the subscription, waits for its answer."""
    if not _greetings(play):
        yield Unassessable(_why_not_asked(play))
        return
    yield from _answered_rightly(play, case)
    creates = play.calls("create-subscription")
    if play.note("refused") and creates and all(call.succeeded for call in creates):
        yield Finding(
            expected="a call that waits until the handshake is answered",
            actual="the platform made the subscription, and the partner says that its call failed",
            exchanges=(*(delivery.id for delivery, _, _ in _greetings(play)), creates[-1].id),
        )


def _why_not_asked(play: Play) -> str:
    creates = play.calls("create-subscription")
    if not creates:
        return "the partner made no call that creates a subscription (see SUB-01)"
    return f"the call that creates the subscription was answered with {creates[-1].outcome()} (see SUB-01)"


def _answered_rightly(play: Play, case: Case) -> Said:
    handshake = _of(case)
    for delivery, kind, words in _greetings(play):
        if delivery.failure is not None or delivery.response is None:
            complaint, blemish = delivery.outcome(), ""
        else:
            complaint = handshake.complaint(kind, delivery.response, words)
            blemish = handshake.blemish(kind, delivery.response, words)
        if complaint or blemish:
            yield Finding(
                expected=handshake.shown(kind),
                actual=complaint or blemish,
                exchanges=(delivery.id,),
                evidence=refused_because(delivery) if complaint else Evidence.DEED,
                level=Level.MUST if complaint else Level.SHOULD,
                rests_on="/handshake/limit" if delivery.failure is Failure.TIMEOUT and handshake.limit else "",
            )


def _greetings(play: Play) -> list[tuple[Delivery, str, Mapping[str, str]]]:
    """The genuine handshakes of a play as they were answered in the end, and the words of a right answer."""
    told = _told(play)
    return [
        (delivery, told[delivery.id]["kind"], told[delivery.id]["words"])
        for delivery in answered(play, "challenge", "options")
    ]


def _told(play: Play) -> dict[str, Any]:
    """What the kit wrote down of each handshake, by its exchange."""
    return {told["exchange"]: told for told in map(json.loads, play.note_all("handshake"))}


def _of(case: Case) -> Handshake:
    handshake = case.description.handshake
    assert handshake is not None  # or nothing of it is judged
    return handshake


@judges("HSK-02", story="forged-challenge")
def answers_no_challenge_of_a_stranger(play: Play, case: Case) -> Said:
    """The partner does not answer a challenge whose token or signature is missing or wrong."""
    handshake = _of(case)
    told = _told(play)
    for delivery in answered(play, *_FORGED)[-1:]:
        words = told[delivery.id]["words"]
        body = delivery.response.body if delivery.response is not None else b""
        given = words.get("proof", "")
        right = delivery.response is not None and not handshake.complaint("challenge", delivery.response, words)
        if right or (given and given.encode() in body):
            yield Finding(
                expected="no answer to the challenge",
                actual=f"the right answer, with {delivery.outcome()}",
                exchanges=(delivery.id,),
                evidence=Evidence.DEED,
            )
        elif delivery.succeeded:
            yield Finding(
                expected="refused with a 4xx status",
                actual=f"{delivery.outcome()}, without the answer",
                exchanges=(delivery.id,),
                evidence=Evidence.DEED,
                level=Level.SHOULD,
            )
        else:
            yield from manner_findings(delivery, ())


@judges("HSK-04", story="markup-challenge")
def echoes_no_markup_into_a_page(play: Play, case: Case) -> Said:
    """The partner sends a challenge back as data, and not as a page in which a browser would run it."""
    told = _told(play)
    for delivery in answered(play, "markup")[-1:]:
        yield from no_refusal(delivery)
        response = delivery.response
        if response is None:
            continue
        kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
        if told[delivery.id]["words"]["challenge"].encode() in response.body and kind in _SHOWN_AS_A_PAGE:
            yield Finding(
                expected="the challenge as text/plain or JSON, or with its markup escaped, or a refusal",
                actual=f"its markup as it stands, with {f'Content-Type {kind}' if kind else 'no Content-Type'}",
                exchanges=(delivery.id,),
                evidence=Evidence.DEED,
            )


@judges("HSK-03", story="ping")
def acknowledges_a_ping_and_does_nothing(play: Play, case: Case) -> Said:
    """The partner acknowledges a ping, does nothing because of it, and takes events as before."""
    delivery = answered(play, "ping")[-1]
    if not delivery.succeeded:
        yield not_accepted(delivery)
    yield from _effects(play, case, delivery)
    for sentinel in answered(play, "sentinel")[-1:]:
        if not sentinel.succeeded:
            yield Finding(
                expected="events after the ping are accepted as those before",
                actual=sentinel.outcome(),
                exchanges=(delivery.id, sentinel.id),
                evidence=refused_because(sentinel),
            )
    if play.note("control effect") in {"not seen", "cannot be seen"}:
        yield Remark("a genuine event shows no effect here, so the acknowledgement alone decides")


def _effects(play: Play, case: Case, delivery: Delivery) -> Iterator[Finding]:
    """What a ping brought about: calls that name its object, and the object among what the partner holds."""
    for call in [c for c in play.calls() if c.started >= delivery.started and _names(c, delivery.object_id)][:1]:
        yield forbidden_call(delivery, call, case.proof(call.does or ""))
    yield from forbidden_holding(play, delivery)


def _names(call: Call, object_id: str | None) -> bool:
    carried = f"{call.request.target} {call.request.body.decode('utf-8', 'replace')}"
    return object_id is not None and names(carried, object_id)
