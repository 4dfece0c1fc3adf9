from __future__ import annotations

import asyncio
import shlex
import signal
import sys
from pathlib import Path

import pytest

from conformance import partner_process as module
from conformance.errors import RunRefused
from conformance.exchange import Request
from conformance.partner_process import PartnerProcess, listens, profile, start_command, start_demo, wait_for_port
from conformance.wire import WireSender
from servers import free_port, serving, writing
from shipped import SECRETS, specification

READY = "import sys, time; print('ready', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}"


def refused(url: str, seconds: float, command: str = "") -> str:
    """Why a run is refused whose partner does not listen."""

    async def wait() -> None:
        process = await start_command(command) if command else None
        try:
            await wait_for_port(url, seconds, process)
        finally:
            if process is not None:
                await process.stop()

    with pytest.raises(RunRefused) as caught:
        asyncio.run(wait())
    return str(caught.value)


def test_a_port_that_answers_is_enough() -> None:
    """One try is made even where there is no time to wait."""

    async def wait() -> None:
        async with serving(writing(b"")) as url:
            await wait_for_port(f"{url}/hooks", 0, None)

    asyncio.run(wait())


def test_a_partner_never_sees_the_key_that_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever signs what a run left may have the key in the same environment; all else is handed on."""
    for name in ("CONFORMANCE_ATTESTATION_KEY", "CONFORMANCE_ATTESTATION_KEY_FILE", "CONFORMANCE_API_KEY"):
        monkeypatch.setenv(name, "canary-8fK2")
    told = tmp_path / "environment"

    async def play() -> None:
        process = await start_command(shlex.join(["sh", "-c", f"env > {shlex.quote(str(told))}"]))
        assert 0 == await process.wait()
        await process.stop()

    asyncio.run(play())
    lines = told.read_text(encoding="utf-8").splitlines()

    assert ["CONFORMANCE_API_KEY=canary-8fK2"] == [line for line in lines if "canary-8fK2" in line]


def test_a_command_may_start_the_partner_and_leave() -> None:
    """A launcher that ends with 0 is no dead partner, and what it started ends with the run."""

    async def play() -> None:
        port = await free_port()
        url = f"http://127.0.0.1:{port}"
        child = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
        process = await start_command(
            shlex.join([sys.executable, "-c", f"import subprocess; subprocess.Popen({child})"])
        )
        await wait_for_port(url, 20, process)
        assert 0 == await process.wait()

        await process.stop()

        async with asyncio.timeout(120):
            while await listens(url):
                pass  # each look takes a turn of the loop

    asyncio.run(play())


def test_a_port_that_opens_later_is_waited_for() -> None:
    """A partner that takes its time to start is given the time that the operator allows."""

    async def wait() -> None:
        port = await free_port()
        waiting = asyncio.create_task(wait_for_port(f"http://127.0.0.1:{port}", 20, None))
        await asyncio.sleep(0)
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
        await waiting
        server.close()
        await server.wait_closed()

    asyncio.run(wait())


def test_a_port_on_which_nobody_listens_refuses_the_run() -> None:
    """The operator is told why, and after how long."""
    url = f"http://127.0.0.1:{asyncio.run(free_port())}"

    assert f"Nothing listens at {url} (connection refused). Start the partner" in refused(url, 0)
    assert "(connection refused) after 0.1 s" in refused(url, 0.1)
    assert "(host name not found)" in refused("http://partner.invalid/", 0)


def test_a_command_that_ends_before_it_listens_is_told_with_its_status() -> None:
    """Waiting on would be in vain."""
    url = f"http://127.0.0.1:{asyncio.run(free_port())}"

    assert "ended with status 3 before it listened" in refused(url, 30, f'{sys.executable} -c "raise SystemExit(3)"')


@pytest.mark.parametrize("command", ["no-such-program-anywhere", "'", " ", "/"])
def test_a_command_that_cannot_be_started_refuses_the_run(command: str) -> None:
    """No program, no words, a folder."""
    with pytest.raises(RunRefused, match="cannot be started"):
        asyncio.run(start_command(command))


@pytest.mark.parametrize(("program", "status"), [(READY, -signal.SIGTERM), (STUBBORN, -signal.SIGKILL)])
def test_a_process_ends_with_the_run(monkeypatch: pytest.MonkeyPatch, program: str, status: int) -> None:
    """Politely, or, where it does not listen, not; stopping twice is harmless."""
    monkeypatch.setattr(module, "_END_WITHIN", 0.5)

    async def run() -> int | None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert process.stdout is not None
        await process.stdout.readline()
        running = PartnerProcess(process)
        before = running.ended
        await running.stop()
        await running.stop()
        assert before is None
        return running.ended

    assert status == asyncio.run(run())


def test_the_children_of_a_process_end_with_it() -> None:
    """A shell script that starts a server leaves no server behind: nobody holds its output any more."""
    sleeper = "import time; time.sleep(60)"
    program = (
        f"import subprocess as s, sys; p = s.Popen([sys.executable, '-c', {sleeper!r}]); print(flush=True); p.wait()"
    )

    async def run() -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert process.stdout is not None
        await process.stdout.readline()
        await PartnerProcess(process).stop()
        return await process.stdout.read()

    assert b"" == asyncio.run(asyncio.wait_for(run(), 120))


def test_the_demo_partner_says_where_it_listens(tmp_path: Path) -> None:
    """Its webhook and its control endpoint answer, with the secrets that it was given, until it is stopped."""
    shipped = specification("feewise")

    async def run() -> tuple[int | None, object, int | None]:
        sender = WireSender()
        process, url, control = await start_demo(
            shipped, SECRETS, api_url="http://127.0.0.1:9", defect="", folder=tmp_path
        )
        try:
            token = f"Bearer {SECRETS.control_token}".encode()
            hook = await sender.send(
                Request("POST", url, ((b"Content-Type", b"application/json"),), b"{}"), deadline=10
            )
            offers = await sender.send(Request("GET", control, ((b"Authorization", token),)), deadline=10)
        finally:
            await process.stop()
            await sender.aclose()
        assert offers.response is not None
        return hook.response.status if hook.response else None, offers.response.json(), process.ended

    status, offers, ended = asyncio.run(run())

    assert 401 == status
    assert isinstance(offers, dict)
    assert "events" in offers["offers"]
    assert ended is not None


def test_a_demo_partner_that_does_not_start_refuses_the_run(tmp_path: Path) -> None:
    """An unknown defect ends it before it listens."""
    with pytest.raises(RunRefused, match="did not start"):
        asyncio.run(
            start_demo(specification("feewise"), SECRETS, api_url="http://127.0.0.1:9", defect="flies", folder=tmp_path)
        )


def test_the_demo_partner_knows_the_platform_and_not_the_kit() -> None:
    """Its profile is the description, the operations, and which ids are numbers, as JSON types."""
    known = profile(specification("wawex"))

    assert {"description", "operations", "numbered"} == known.keys()
    assert isinstance(known["operations"], dict)
    assert {"method": "GET", "path": "/documents/{id}"} == known["operations"]["getDocument"]
