"""Sends what was remade, to where the operator says and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conformance.clock import Clock
from conformance.exchange import Delivery
from conformance.redaction import Redactor
from conformance.resend.remaking import Remade
from conformance.tls import trusting
from conformance.wire import WireSender

__all__ = ["sent"]


async def sent(
    delivery: Delivery, remade: Remade, redactor: Redactor, *, deadline: float, ca_file: Path | None
) -> Delivery:
    """The delivery as it went out now, and what came of it; without secrets."""
    tls, clock = trusting(ca_file), Clock()
    wire = WireSender(tls=lambda: tls)
    try:
        came = await wire.send(remade.request, deadline=deadline, form=remade.form)
    finally:
        await wire.aclose()
    return replace(
        delivery,
        request=redactor.request(came.request),
        response=redactor.response(came.response),
        failure=came.failure,
        started=0.0,
        ended=clock.elapsed,
    )
