"""A kit whose partner is a function: everything of a run but sockets, and waits that are short."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from conformance.clock import Clock
from conformance.control import Control
from conformance.delivery import Sent
from conformance.exchange import Call, Request, Response
from conformance.generate.composer import Composer
from conformance.journal import Journal
from conformance.kit import Kit, Waits
from conformance.platform.event import Thing
from conformance.redaction import Redactor
from conformance.simulator.faults import Faults
from conformance.simulator.owners import Owners
from conformance.simulator.state import PlatformState
from conformance.transcript import RunHeader
from senders import FakeSender
from shipped import SECRETS, corpus, secrets_of, seeded, specification

__all__ = ["PARTNER", "fetch", "header", "kit"]

PARTNER = "http://partner.example"


async def at_once() -> None:
    """Let everything through."""


def kit(platform: str, partner: Callable[[Request], Sent], *, offers: Iterable[str] = ()) -> Kit:
    """A kit that plays the platform to that partner; made where an event loop runs."""
    shipped, clock, journal, sender = specification(platform), Clock(), Journal(), FakeSender(partner)
    composer = Composer(shipped, corpus(platform))
    redactor = Redactor({"signing_secret": SECRETS.signing, "webhook_token": SECRETS.webhook_token}, key=b"k")
    made = Kit(
        specification=shipped,
        composer=composer,
        state=PlatformState(shipped.description, composer, corpus(platform), clock, seeded(7)),
        faults=Faults(),
        owners=Owners(),
        sender=sender,
        wire=sender,
        control=Control(
            url=f"{PARTNER}/control",
            token=SECRETS.control_token,
            sender=sender,
            journal=journal,
            clock=clock,
            redactor=redactor,
            offers=tuple(offers),
        ),
        journal=journal,
        clock=clock,
        redactor=redactor,
        secrets=secrets_of(platform),
        waits=Waits(effect=0.2, retry=0.2, deadline=1.0, settle=0.01),
        partner_url=PARTNER,
        user_agent="tests",
        seed=7,
        in_flight=asyncio.Semaphore(32),
        faulty=asyncio.Semaphore(4),
        pace=at_once,
    )
    journal.add(header(platform, offers))
    return made


def header(platform: str, offers: Iterable[str] = ()) -> RunHeader:
    """The header of such a run."""
    return RunHeader(
        kit="0.1.0",
        started_at="",
        platform=platform,
        partner=PARTNER,
        seed=7,
        offers=tuple(offers),
        settings=(),
        overrides=(),
        description=specification(platform).description.as_text(),
        description_digest="",
        document_digest="",
        corpus_digest="",
        requirements=(),
    )


def fetch(made: Kit, play: str, thing: Thing, *, version: int = 1, status: int = 200, does: str = "get") -> None:
    """The partner got an object, or did something else to it."""
    now = made.clock.elapsed
    made.journal.add(
        Call(
            id=f"c{made.numbers()}",
            play=play,
            request=Request("GET" if does == "get" else "POST", f"/{thing.id}"),
            response=Response(status),
            failure=None,
            started=now,
            ended=now,
            operation=does,
            does=does,
            object_type=thing.object_type,
            object_id=thing.id,
            problems=(),
            version=version,
            fault=None,
            correlation=None,
            listed=(),
        )
    )
