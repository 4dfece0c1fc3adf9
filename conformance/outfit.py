"""What a run is played with: the kit that all stories share, the simulated platform, and the partner."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import urlsplit

from conformance import __version__, credentials
from conformance.clock import Clock
from conformance.control import Control
from conformance.generate.composer import Composer
from conformance.generate.corpus import Corpus, read_corpus
from conformance.greeter import Greeter
from conformance.hooks import Hooks
from conformance.journal import Journal
from conformance.kit import Kit, Waits
from conformance.partner import Partner
from conformance.platform.call_rules import CallRules
from conformance.redaction import Redactor
from conformance.settings import Settings
from conformance.simulator.api import SimulatedApi
from conformance.simulator.bait import Bait
from conformance.simulator.faults import Faults
from conformance.simulator.owners import Owners
from conformance.simulator.server import HttpServer
from conformance.simulator.state import PlatformState
from conformance.tls import trusting
from conformance.wire import WireSender

__all__ = ["Outfit", "redactor_of"]

# No correct partner is slower than this many limits; a longer wait would only make failing runs long.
_DEADLINE_LIMITS: Final = 4
# So many stories may hold or fail the partner's calls at once, or a partner with few workers would starve.
_FAULTY_AT_ONCE: Final = 4


def redactor_of(settings: Settings) -> Redactor:
    """Keeps the secrets of a run out of all that it writes and says."""
    urls = (settings.partner, settings.control_url, settings.public_url)
    return credentials.redactor_of(settings.description, settings.secrets, urls)


@dataclass(frozen=True, slots=True)
class Outfit:
    """Gets everything ready, one after the other, until a stack unwinds; who asks for it decides how far to go."""

    settings: Settings
    clock: Clock
    hooks: Hooks
    redactor: Redactor

    async def equip(self, journal: Journal, stack: AsyncExitStack) -> tuple[Kit, Corpus]:
        """What all stories share, until the stack unwinds; nothing listens yet, and nothing is sent."""
        corpus = await asyncio.to_thread(read_corpus, self.settings.specification, self.settings.cache_dir)
        tls = trusting(self.settings.ca_file)
        wire = WireSender(tls=lambda: tls)
        stack.push_async_callback(wire.aclose)
        return self._kit(corpus, wire, tls, journal), corpus

    def _kit(self, corpus: Corpus, wire: WireSender, tls: ssl.SSLContext, journal: Journal) -> Kit:
        settings, d, redactor = self.settings, self.settings.description, self.redactor
        secrets = settings.secrets
        composer = Composer(settings.specification, corpus)
        random = Random(f"{settings.seed}/platform")  # noqa: S311  # reproducible on purpose
        state = PlatformState(d, composer, corpus, self.clock, random)
        control = Control(
            url="", token=secrets.control_token, sender=wire, journal=journal, clock=self.clock, redactor=redactor
        )
        return Kit(
            specification=settings.specification,
            composer=composer,
            state=state,
            faults=Faults(),
            owners=Owners(),
            sender=wire,
            wire=wire,
            control=control,
            journal=journal,
            clock=self.clock,
            redactor=redactor,
            secrets=secrets,
            waits=Waits(effect=d.effect_window, retry=d.retry_window, deadline=_DEADLINE_LIMITS * d.ack_limit),
            partner_url=settings.partner,
            user_agent=d.user_agent if settings.incognito else f"webhook-conformance/{__version__}",
            seed=settings.seed,
            in_flight=asyncio.Semaphore(settings.in_flight),
            faulty=asyncio.Semaphore(_FAULTY_AT_ONCE),
            pace=_pace(settings.rate),
            deliveries_left=settings.total,
            tls=tls,
            soak=settings.soak,
            sign_own=self.hooks.sign,
            exploring=settings.replay or settings.explore or None,
        )

    async def serve(self, kit: Kit, stack: AsyncExitStack) -> str:
        """Start the simulated platform; returns the URL under which the partner reaches it.

        Raises RunRefused when its address cannot be had.
        """
        settings, d = self.settings, self.settings.description
        words = {"api_key": settings.secrets.api_key, "partner_id": settings.secrets.partner_id}
        api = SimulatedApi(
            specification=settings.specification,
            state=kit.state,
            faults=kit.faults,
            owners=kit.owners,
            rules=CallRules(settings.specification.document, clean=kit.redactor.text),
            journal=kit.journal,
            clock=self.clock,
            redactor=kit.redactor,
            random=Random(f"{settings.seed}/api"),  # noqa: S311  # reproducible on purpose
            credentials={name: value.format(**words) for name, value in d.api_credentials},
            secrets=(settings.secrets.api_key,),
            permissions=kit.permissions,
        )
        if d.handshake is not None and d.handshake.at_subscription:
            api.verify = Greeter(kit, d.handshake, Random(f"{settings.seed}/handshakes")).verify  # noqa: S311  # likewise
        host, port = await _listen(HttpServer(api.handle, broken=api.broken), settings.bind, stack)
        bait = Bait(owners=kit.owners, journal=kit.journal, clock=self.clock, redactor=kit.redactor)
        _, bait_port = await _listen(HttpServer(bait.handle, broken=bait.broken), (settings.bind[0], 0), stack)
        named = urlsplit(settings.public_url).hostname if settings.public_url else ""
        kit.bait_url = f"http://{_in_url(named or host)}:{bait_port}"
        kit.permissions.base_url = (settings.public_url or f"http://{_in_url(host)}:{port}").rstrip("/")
        return settings.public_url or kit.permissions.base_url

    async def start_partner(self, kit: Kit, api_url: str, stack: AsyncExitStack) -> Partner:
        """Start or await the partner, and subscribe it to everything.

        Raises RunRefused when it does not come.
        """
        settings, secrets = self.settings, self.settings.secrets
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-demo-")))
        partner = Partner(
            orders=settings.start_orders(),
            specification=settings.specification,
            secrets=secrets,
            api_url=api_url,
            folder=folder,
            kit=kit,
            hooks=self.hooks,
        )
        stack.push_async_callback(partner.stop)
        await partner.start()
        words = {"partner_id": secrets.partner_id, "webhook_token": secrets.webhook_token}
        kit.state.subscribe_partner(kit.partner_url, words)
        return partner


async def _listen(server: HttpServer, bind: tuple[str, int], stack: AsyncExitStack) -> tuple[str, int]:
    """Have a server listen until the stack unwinds; returns where it does."""
    await server.start(*bind)
    stack.push_async_callback(server.stop)
    return server.host, server.port


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _pace(rate: float) -> Callable[[], Awaitable[None]]:
    """A gate that lets one through every `1 / rate` seconds at most."""
    free_at = 0.0

    async def pace() -> None:
        nonlocal free_at
        now = asyncio.get_running_loop().time()
        free_at = max(free_at + 1 / rate, now)
        await asyncio.sleep(free_at - now)

    return pace
