"""The life of the partner under test, as far as it is in the hand of the kit: start, watch, restart, end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from conformance.errors import NotAssessable, RunRefused
from conformance.hooks import Hooks, outcome_of
from conformance.kit import Kit, Secrets
from conformance.partner_process import (
    PartnerProcess,
    listens,
    refuse_stranger,
    start_command,
    start_demo,
    wait_for_port,
)
from conformance.platform.specification import Specification
from conformance.signing import partner_secret

__all__ = ["Partner", "StartOrders"]

# A partner that was killed may have to replay what it stored before it listens again.
_BACK_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOrders:
    """What the operator said about the life of the partner; `demo` means the embedded one, with that defect.

    `hook` means one in this process, which a hook starts.
    """

    demo: bool
    defect: str
    command: str
    restart_command: str
    wait: float
    control_url: str
    hook: bool = False


@dataclass(slots=True, kw_only=True)
class Partner:
    """The partner of one run; `folder` is for the files of the embedded one."""

    orders: StartOrders
    specification: Specification
    secrets: Secrets
    api_url: str
    folder: Path
    kit: Kit
    hooks: Hooks = field(default_factory=Hooks)
    control_url: str = ""
    _process: PartnerProcess | None = None
    _helpers: list[PartnerProcess] = field(default_factory=list)
    _steady: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Start the partner where that is asked for, and wait for its port.

        Raises RunRefused when nothing listens in time, or a stranger does.
        """
        orders = self.orders
        self.control_url = orders.control_url
        if orders.demo:
            await self._start_demo(port=0)
            self.kit.restart = self._restart_demo
        elif orders.hook:
            self.kit.partner_url = await self._start_by_hook()
        elif orders.command:
            await refuse_stranger(self.kit.partner_url)
            self._process = await start_command(orders.command)
        await wait_for_port(self.kit.partner_url, orders.wait, self._process)
        if orders.restart_command:
            self.kit.restart = self._restart_by_command

    async def stop(self) -> None:
        """End what the kit has started."""
        for process in (self._process, *self._helpers):
            if process is not None:
                await process.stop()

    async def watch(self) -> None:
        """Notice the end of a partner that the kit itself has started; a launcher may end while its partner goes on."""
        while self._process is not None:
            watched = self._process
            status = await watched.wait()
            async with self._steady:
                if watched is not self._process:
                    continue
                if not await listens(self.kit.partner_url):
                    at = f"{self.kit.clock.elapsed:.0f} s"
                    self.kit.lose_partner(f"the partner's process ended with status {status} after {at}")
                return

    async def _start_by_hook(self) -> str:
        """Have the operator's own code start the partner; returns its URL.

        Raises RunRefused when it does not.
        """
        start, name = self.hooks.start, "pytest_partner_start"
        if start is None:
            raise RunRefused(f"--partner-url=hook needs the hook {name} in a conftest.py beside your tests.")
        try:
            told = replace(
                self.secrets, signing=partner_secret(self.specification.description.signature, self.secrets.signing)
            )
            outcome = await outcome_of(lambda: start(self.api_url, told), deadline=_BACK_WITHIN)
        except TimeoutError:
            raise RunRefused(f"{name} did not return within {_BACK_WITHIN:g} s; serve in a thread.") from None
        if outcome.error is not None:
            raise RunRefused(f"{name} raised {outcome.complaint}")
        url = outcome.value
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise RunRefused(f"{name} returned {url!r}, which is not a http or https URL.")
        return url.rstrip("/") if self.specification.description.endpoint_per_type else url

    async def _start_demo(self, *, port: int) -> None:
        self._process, self.kit.partner_url, self.control_url = await start_demo(
            self.specification,
            self.secrets,
            api_url=self.api_url,
            defect=self.orders.defect,
            folder=self.folder,
            port=port,
        )

    async def _restart_demo(self) -> None:
        async with self._steady:
            assert self._process is not None  # the demo was started before it can be restarted
            await self._process.kill()
            await self._start_demo(port=int(self.kit.partner_url.rpartition(":")[2]))
            await self._await_port()

    async def _restart_by_command(self) -> None:
        async with self._steady:
            helper = await start_command(self.orders.restart_command)
            self._helpers.append(helper)
            try:
                async with asyncio.timeout(_BACK_WITHIN):
                    status = await helper.wait()
            except TimeoutError:
                raise NotAssessable(f"--partner-restart-command did not end within {_BACK_WITHIN:g} s") from None
            if status:
                raise NotAssessable(f"--partner-restart-command ended with status {status}")
            await self._await_port()

    async def _await_port(self) -> None:
        try:
            await wait_for_port(self.kit.partner_url, _BACK_WITHIN, None)
        except RunRefused:
            why = f"the partner did not listen within {_BACK_WITHIN:g} s after its restart"
            self.kit.lose_partner(why)
            raise NotAssessable(why) from None
