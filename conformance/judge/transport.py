"""Judges of what lies below HTTP."""

from __future__ import annotations

import ipaddress
import json
from typing import Final
from urllib.parse import urlsplit

from conformance.exchange import Failure
from conformance.judge.binding import Case, Said, judges
from conformance.requirement import Evidence, Finding, Inapplicable, Remark, Unassessable
from conformance.transcript import Play

__all__ = ["is_loopback"]

_SAFE: Final = frozenset({"TLSv1.2", "TLSv1.3"})


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine, by its name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@judges("TLS-01", story="transport")
def is_reached_over_verified_tls(play: Play, case: Case) -> Said:
    """The partner serves https with a certificate that verifies, over TLS 1.2 or newer."""
    delivery = play.deliveries("event")[-1]
    parts = urlsplit(delivery.request.target)
    if parts.scheme != "https" and is_loopback(parts.hostname or ""):
        yield Inapplicable("the partner is reached over the loopback interface, where plain http is fine")
        return
    if parts.scheme != "https":
        yield Finding(
            expected="a URL with https",
            actual=f"plain http to {parts.hostname}, which is not on the loopback interface",
            exchanges=(delivery.id,),
            evidence=Evidence.DEED,
        )
        return
    handshake = json.loads(play.note("handshake") or "{}")
    fault = handshake.get("fault") or ("the TLS handshake failed" if delivery.failure is Failure.TLS else "")
    if not handshake.get("reached"):
        yield Unassessable(fault or "the story did not come to its end")
    elif fault:
        yield Finding(
            expected="a handshake with TLS 1.2 or newer, and a certificate that verifies",
            actual=fault,
            exchanges=(delivery.id,),
            hint="an authority of your own is trusted with --conformance-ca-file FILE",
        )
    elif handshake.get("version") not in _SAFE:
        yield Finding(
            expected="TLS 1.2 or newer",
            actual=str(handshake.get("version")),
            exchanges=(delivery.id,),
            evidence=Evidence.DEED,
        )
    else:
        yield Remark(f"{handshake['version']} with {handshake['cipher']}")
