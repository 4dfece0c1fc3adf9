"""The story of what lies below HTTP."""

from __future__ import annotations

import json
from dataclasses import asdict
from urllib.parse import urlsplit

from conformance.errors import NotAssessable
from conformance.scenarios.positive_control import usual_type
from conformance.scenarios.story import story
from conformance.stage import Stage
from conformance.tls import shake_hands

__all__: list[str] = []


@story("transport")
async def transport(stage: Stage) -> None:
    """The platform shakes hands with the partner's server where its URL is https, and delivers one genuine event."""
    url = stage.kit.partner_url
    if urlsplit(url).scheme == "https":
        handshake = await shake_hands(url, stage.kit.tls, deadline=stage.waits.deadline)
        stage.note("handshake", json.dumps(asdict(handshake)))
    event = stage.event(stage.make(usual_type(stage.description)), "created", age=30)
    try:
        await stage.deliver(event, "event")
    except NotAssessable:
        # Without TLS no other story can go on; this one is about just that.
        if not stage.kit.untrusted:
            raise
