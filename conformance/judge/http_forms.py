"""Judges of the forms of HTTP in which an event comes, or in which it must not come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.exchange import Delivery
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import (
    answered,
    forbidden_effects,
    no_refusal,
    not_accepted,
    refusal_findings,
    refused_because,
)
from conformance.requirement import Evidence, Finding
from conformance.transcript import Play

__all__: list[str] = []

_JSON_TYPES: Final = ("plain", "mixed-case", "charset", "charset-upper-case")
_CODINGS: Final = ("chunked", "expect-continue", "reused-connection")
_HEADERS: Final = ("lower-case-headers", "upper-case-headers", "mixed-case-headers", "many-headers", "long-header")


@judges("CTN-01", story="unusual-form", only=_JSON_TYPES)
def accepts_json_however_it_is_called(play: Play, case: Case) -> Said:
    """The partner accepts application/json in any case, with and without charset."""
    yield from _refused_forms(play)


@judges("CTN-02", story="foreign-content-type")
def refuses_another_content_type(play: Play, case: Case) -> Said:
    """The partner refuses an event that calls its body something else than JSON."""
    yield from refusal_findings(play, case, play.deliveries("refusable")[-1], statuses=())


@judges("CTN-03", story="unusual-form", only=_CODINGS)
def accepts_every_framing_of_a_body(play: Play, case: Case) -> Said:
    """The partner accepts chunked bodies, asks for the body when it is to, and takes several events on a connection."""
    yield from _refused_forms(play)


@judges("HDR-01", story="unusual-form", only=_HEADERS)
def reads_headers_as_http_means_them(play: Play, case: Case) -> Said:
    """The partner finds its headers whatever their case, and ignores unknown ones, many or long."""
    yield from _refused_forms(play)


def _refused_forms(play: Play) -> Iterator[Finding]:
    """A finding for the first delivery that a server refuses for its form."""
    for delivery in answered(play, "unusual"):
        if not delivery.succeeded:
            yield not_accepted(delivery)
            return


@judges("MTH-01", story="other-method")
def refuses_other_methods(play: Play, case: Case) -> Said:
    """The partner answers GET, PUT, PATCH and DELETE with 405 and Allow, or with 404, and without effect."""
    delivery = play.deliveries("refusable")[-1]
    method = delivery.request.method
    if any(no_refusal(delivery)):
        yield from no_refusal(delivery)
    elif delivery.status == 405:
        yield from _wrong_allow(delivery)
    elif delivery.failure is not None or delivery.status not in {404, 501}:
        yield Finding(
            expected=f"405 with Allow, or 404, to {method}",
            actual=delivery.outcome(),
            exchanges=(delivery.id,),
            evidence=refused_because(delivery),
        )
    yield from forbidden_effects(play, delivery, count=True)


def _wrong_allow(delivery: Delivery) -> Iterator[Finding]:
    allow = delivery.response.header("Allow") if delivery.response is not None else None
    if "POST" in {name.strip() for name in (allow or "").split(",")}:
        return
    yield Finding(
        expected="an Allow header that names POST, as 405 demands",
        actual="no Allow header" if allow is None else f"Allow: {allow[:80]}",
        exchanges=(delivery.id,),
        evidence=Evidence.DEED,
    )
