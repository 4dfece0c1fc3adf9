from __future__ import annotations

import asyncio
import shlex
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import NotAssessable, RunRefused
from conformance.exchange import Request
from conformance.hooks import Hooks
from conformance.kit import Secrets
from conformance.partner import Partner, StartOrders
from conformance.partner_process import listens
from conformance.wire import WireSender
from kits import kit
from senders import answers
from servers import free_port, serving, writing
from shipped import SECRETS, specification

SHOPS: dict[str, str] = {}
TAKEN = b"HTTP/1.1 202 Taken\r\nContent-Length: 0\r\n\r\n"


def lived(
    folder: Path, act: Callable[[Partner], Coroutine[Any, Any, None]], *, url: str = "", **orders: object
) -> Partner:
    """A partner that was started as ordered, and what was done with it."""
    given: dict[str, Any] = {"demo": not url, "command": "", "restart_command": "", **orders}

    async def live() -> Partner:
        made = kit("feewise", answers)
        made.partner_url = url or made.partner_url
        partner = Partner(
            orders=StartOrders(defect="", wait=10, control_url="", **given),
            specification=specification("feewise"),
            secrets=SECRETS,
            api_url="http://127.0.0.1:9",
            folder=folder,
            kit=made,
        )
        try:
            await partner.start()
            await act(partner)
        finally:
            await partner.stop()
        return partner

    return asyncio.run(live())


async def answered(partner: Partner) -> int | None:
    """The status of a request to the partner."""
    sender = WireSender()
    sent = await sender.send(Request("GET", partner.kit.partner_url), deadline=5)
    await sender.aclose()
    return sent.response.status if sent.response is not None else None


def test_the_embedded_partner_comes_back_where_it_was(tmp_path: Path) -> None:
    """Another process at the same port, with the same store, and the watch over it sees no death in that."""

    async def restart(partner: Partner) -> None:
        watching = asyncio.create_task(partner.watch())
        before, url = partner._process, partner.kit.partner_url
        assert partner.kit.restart is not None
        await partner.kit.restart()
        assert before is not partner._process
        assert before is not None
        assert -9 == before.ended
        assert url == partner.kit.partner_url
        assert 405 == await answered(partner)
        assert not watching.done()
        watching.cancel()

    partner = lived(tmp_path, restart)

    assert "" == partner.kit.partner_gone


def test_an_embedded_partner_that_dies_is_lost(tmp_path: Path) -> None:
    """The watch tells with which status it ended."""

    async def die(partner: Partner) -> None:
        assert partner._process is not None
        await partner._process.kill()
        await partner.watch()

    assert "ended with status -9" in lived(tmp_path, die).kit.partner_gone


def test_a_partner_without_orders_cannot_be_restarted(tmp_path: Path) -> None:
    """One that runs already is only waited for."""

    async def look(partner: Partner) -> None:
        assert partner.kit.restart is None

    async def serve() -> str:
        return f"http://127.0.0.1:{await free_port()}"

    command = f"{shlex.quote(sys.executable)} -m http.server --bind 127.0.0.1 "
    url = asyncio.run(serve())
    lived(tmp_path, look, url=url, command=command + url.rpartition(":")[2])


def _hooked(folder: Path, start: Callable[[str, Secrets], Any] | None, platform: str = "feewise") -> str:
    """The URL of a partner that was started by a function."""

    async def live() -> str:
        partner = Partner(
            orders=StartOrders(
                demo=False, hook=True, defect="", command="", restart_command="", wait=5, control_url=""
            ),
            specification=specification(platform),
            secrets=SECRETS,
            api_url="http://127.0.0.1:9",
            folder=folder,
            kit=kit(platform, answers),
            hooks=Hooks(start=start),
        )
        async with serving(writing(TAKEN)) as url:
            partner.hooks = Hooks(start=start and (lambda _, secrets: start(url + "/", secrets)))
            await partner.start()
            assert partner.kit.restart is None
        return partner.kit.partner_url.removeprefix(url)

    return asyncio.run(live())


def test_a_function_starts_the_partner(tmp_path: Path) -> None:
    """Its URL is used as given, without the last slash where the paths of endpoints are put behind it."""
    seen: list[Secrets] = []

    def start(url: str, secrets: Secrets) -> str:
        seen.append(secrets)
        return url

    assert "/" == _hooked(tmp_path, start)
    assert "" == _hooked(tmp_path, start, "wawex")
    assert [SECRETS, SECRETS] == seen


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (None, "needs the hook pytest_partner_start"),
        (lambda *_: None, "returned None, which is not a http or https URL"),
        (lambda *_: "127.0.0.1:80", "returned '127.0.0.1:80'"),
        (lambda *_: SHOPS["shop"], "pytest_partner_start raised KeyError: 'shop'"),
        (lambda *_: threading.Event().wait(30), "did not return within 0.1 s; serve in a thread"),
    ],
    ids=["none", "nothing", "no URL", "raises", "serves itself"],
)
def test_a_function_that_does_not_start_the_partner_refuses_the_run(
    start: Callable[[str, Secrets], Any] | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator is told what the function did."""
    monkeypatch.setattr("conformance.partner._BACK_WITHIN", 0.1 if "within" in why else 10.0)
    with pytest.raises(RunRefused) as refused:
        _hooked(tmp_path, start)

    assert why in str(refused.value)


def test_a_command_restarts_the_partner(tmp_path: Path) -> None:
    """It ends with 0, the partner listens, and what it left behind ends with the run."""
    url = f"http://127.0.0.1:{asyncio.run(free_port())}"
    child = [sys.executable, "-m", "http.server", url.rpartition(":")[2], "--bind", "127.0.0.1"]
    start = shlex.join([sys.executable, "-c", f"import subprocess; subprocess.Popen({child})"])

    async def restart(partner: Partner) -> None:
        assert partner._process is not None
        await partner._process.stop()
        assert partner.kit.restart is not None
        await partner.kit.restart()
        assert 200 == await answered(partner)

    lived(tmp_path, restart, url=url, command=start, restart_command=start)

    assert not asyncio.run(listens(url))


@pytest.mark.parametrize(
    ("code", "why"), [("raise SystemExit(3)", "ended with status 3"), ("import time; time.sleep(60)", "did not end")]
)
def test_a_restart_that_fails_proves_nothing(
    code: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command has to end with 0, and in time."""
    if "sleep" in code:
        monkeypatch.setattr("conformance.partner._BACK_WITHIN", 0.2)

    async def restart() -> None:
        async with serving(writing(TAKEN)) as url:
            made = kit("feewise", answers)
            made.partner_url = url
            orders = StartOrders(
                demo=False,
                defect="",
                command="",
                restart_command=shlex.join([sys.executable, "-c", code]),
                wait=5,
                control_url="",
            )
            partner = Partner(
                orders=orders,
                specification=specification("feewise"),
                secrets=SECRETS,
                api_url="",
                folder=tmp_path,
                kit=made,
            )
            await partner.start()
            assert made.restart is not None
            try:
                with pytest.raises(NotAssessable, match=why):
                    await made.restart()
            finally:
                await partner.stop()

    asyncio.run(restart())


def test_a_partner_that_does_not_come_back_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing more can be proven in that run."""
    url = f"http://127.0.0.1:{asyncio.run(free_port())}"
    command = shlex.join([sys.executable, "-m", "http.server", url.rpartition(":")[2], "--bind", "127.0.0.1"])

    async def restart(partner: Partner) -> None:
        assert partner._process is not None
        await partner._process.kill()
        monkeypatch.setattr("conformance.partner._BACK_WITHIN", 3.0)
        assert partner.kit.restart is not None
        partner.orders = StartOrders(
            demo=False,
            defect="",
            command=command,
            restart_command="true",
            wait=1,
            control_url="",
        )
        with pytest.raises(NotAssessable):
            await partner.kit.restart()

    partner = lived(tmp_path, restart, url=url, command=command, restart_command="true")

    assert "did not listen" in partner.kit.partner_gone
