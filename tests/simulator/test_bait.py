from __future__ import annotations

import asyncio

from conformance.clock import Clock
from conformance.exchange import Call, Request
from conformance.journal import Journal
from conformance.redaction import Redactor
from conformance.simulator.bait import Bait
from conformance.simulator.owners import Owners

PLAYS_OWN = "6f1c2d3e-4b5a-4c6d-8e7f-90a1b2c3d4e5"


def baited() -> tuple[Bait, Journal]:
    """A bait of which one path belongs to a play."""
    owners, journal = Owners(), Journal()
    owners.claim(PLAYS_OWN, "p1")
    redactor = Redactor({"api_key": "the key"}, key=b"k", credential_headers=["X-API-KEY"])
    return Bait(owners=owners, journal=journal, clock=Clock(), redactor=redactor), journal


def test_who_comes_is_written_down_with_what_it_brings() -> None:
    """The credential shows as what it is, and not what it was."""
    bait, journal = baited()
    headers = ((b"X-Api-Key", b"the key"), (b"Authorization", b"Bearer other"))
    reply = asyncio.run(bait.handle(Request("GET", f"/{PLAYS_OWN}/pay", headers)))
    (call,) = journal.records

    assert 200 == reply.status
    assert isinstance(call, Call)
    assert ("p1", "bait", None) == (call.play, call.does, call.operation)
    assert "[secret api_key]" == call.request.header("x-api-key")
    assert "Bearer [unknown" in str(call.request.header("authorization"))


def test_who_speaks_no_http_is_written_down_too() -> None:
    """With the beginning of what was said."""
    bait, journal = baited()
    bait.broken(b"\x16\x03\x01", "not HTTP")
    (call,) = journal.records

    assert isinstance(call, Call)
    assert (b"\x16\x03\x01", None, 400) == (call.request.body, call.play, call.status)
