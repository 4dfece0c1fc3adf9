"""Judges of the chapter Payloads on texts, and on JSON that is odd or not even text."""

from __future__ import annotations

from conformance.judge.binding import Case, Said, judges
from conformance.judge.effects import left_out, missing_effect, silent_or_failed
from conformance.judge.evidence import answered, no_refusal, not_accepted, refusal_findings, refused_because
from conformance.requirement import Finding, Remark
from conformance.transcript import Play

__all__: list[str] = []


@judges("PAY-03", story="unicode-text")
def accepts_all_of_unicode(play: Play, case: Case) -> Said:
    """The partner accepts texts of any script, in UTF-8 and escaped."""
    yield from left_out(play)
    for delivery in play.deliveries("text")[-1:]:
        if not delivery.succeeded:
            yield not_accepted(delivery, play.deliveries("control")[-1].id)
        elif play.note("control effect") != "seen":
            yield Remark("a genuine event shows no effect here, so the status alone decides")
        else:
            yield from missing_effect(play, delivery)


@judges("PAY-04", story="odd-json")
def answers_odd_json(play: Play, case: Case) -> Said:
    """The partner answers JSON that is well-formed and odd with 2xx or 4xx, and goes on."""
    yield from left_out(play)
    for delivery in play.deliveries("odd")[-1:]:
        yield from no_refusal(delivery)
        if silent_or_failed(delivery):
            yield Finding(
                expected="a 2xx or 4xx status",
                actual=delivery.outcome(),
                exchanges=(delivery.id,),
                evidence=refused_because(delivery),
            )
        for after in answered(play, "after")[-1:]:
            if after.succeeded:
                yield from missing_effect(play, after)
            else:
                yield not_accepted(after, delivery.id)


@judges("PAY-05", story="broken-text")
def refuses_what_is_not_utf_8(play: Play, case: Case) -> Said:
    """The partner refuses a body that is not UTF-8 with 4xx, without effect."""
    yield from left_out(play)
    for delivery in play.deliveries("broken")[-1:]:
        yield from refusal_findings(play, case, delivery, statuses=())
