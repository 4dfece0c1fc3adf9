"""Processes that are partners: one that a command starts, and the embedded reference partner."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from conformance.errors import RunRefused
from conformance.generate.names import Names
from conformance.guard import Guard
from conformance.kit import Secrets
from conformance.platform.specification import Specification
from conformance.signing import partner_secret

__all__ = ["PartnerProcess", "listens", "profile", "refuse_stranger", "start_command", "start_demo", "wait_for_port"]

_ATTESTATION: Final = "CONFORMANCE_ATTESTATION_"
_END_WITHIN: Final = 5.0
_DEMO_WITHIN: Final = 30.0


class PartnerProcess:
    """A process group that ends with the run, or with the kit; with it goes the folder of its own files."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path | None = None) -> None:
        self._process = process
        self._guard = Guard(process.pid, folder)

    @property
    def ended(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait for its end; the exit status."""
        return await self._process.wait()

    async def kill(self) -> None:
        """End it at once, with all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._guard.dismiss()

    async def stop(self) -> None:
        """End it: politely first, then not; what an ended launcher has left behind is told once."""
        try:
            await self._end()
        finally:
            self._guard.dismiss()

    async def _end(self) -> None:
        if self._process.returncode is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_WITHIN):
                    await self._process.wait()


def _variables(secrets: Secrets) -> dict[str, str]:
    return {
        "CONFORMANCE_SIGNING_SECRET": secrets.signing,
        "CONFORMANCE_API_KEY": secrets.api_key,
        "CONFORMANCE_PARTNER_ID": secrets.partner_id,
        "CONFORMANCE_WEBHOOK_TOKEN": secrets.webhook_token,
        "CONFORMANCE_CONTROL_TOKEN": secrets.control_token,
    }


def _inherited() -> dict[str, str]:
    """The environment of the kit, but for the key that signs what a run left: whom it is about never sees that."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_ATTESTATION)}


async def start_command(command: str) -> PartnerProcess:
    """Start the partner with the operator's command, in the operator's environment.

    Raises RunRefused when there is no such program.
    """
    try:
        words = shlex.split(command)
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, env=_inherited(), start_new_session=True
        )
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise RunRefused(f"--partner-command {command!r} cannot be started: {error}") from None
    return PartnerProcess(process)


async def refuse_stranger(url: str) -> None:
    """Make sure that nobody listens yet where the command is to listen, or the wrong partner would be judged.

    Raises RunRefused when somebody does.
    """
    if await listens(url):
        raise RunRefused(f"Something listens at {url} already, before --partner-command was started. Stop it first.")


async def listens(url: str) -> bool:
    """Whether something accepts connections where the URL points."""
    host, port = _address(url)
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _address(url: str) -> tuple[str | None, int]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


async def wait_for_port(url: str, seconds: float, process: PartnerProcess | None) -> None:
    """Wait until something listens where the URL points, at least one try.

    Raises RunRefused when nothing does in time, or when the process that should ended.
    """
    host, port = _address(url)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        try:
            async with asyncio.timeout(5):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
        except (OSError, TimeoutError) as error:
            if process is not None and process.ended:  # one that ends with 0 may have started the partner and left
                raise RunRefused(
                    f"--partner-command ended with status {process.ended} before it listened at {url}."
                ) from None
            if loop.time() >= deadline:
                why = f"Nothing listens at {url} ({_reason(error)})"
                waited = f" after {seconds:g} s" if seconds else ""
                raise RunRefused(
                    f"{why}{waited}. Start the partner, check --partner-url, or let the kit start it with "
                    "--partner-command and wait for it with --partner-wait SECONDS."
                ) from None
            await asyncio.sleep(0.05)
        else:
            return


def _reason(error: Exception) -> str:
    text = str(error).lower()
    if isinstance(error, TimeoutError):
        return "no answer"
    return "host name not found" if "name" in text or "getaddrinfo" in text else "connection refused"


def profile(specification: Specification) -> dict[str, object]:
    """What the reference partner knows of a platform."""
    operations = {o.id: {"method": o.method, "path": o.path} for o in specification.document.operations}
    names = Names(specification)
    numbered = {"events": names.of_events.whole, "object_types": _numbered(specification, names)}
    return {"description": dict(specification.description.raw), "operations": operations, "numbered": numbered}


def _numbered(specification: Specification, names: Names) -> dict[str, bool]:
    """The object types whose ids are whole numbers."""
    return {name: names.of_objects(name).whole for name in specification.description.object_types}


async def start_demo(
    specification: Specification, secrets: Secrets, *, api_url: str, defect: str, folder: Path, port: int = 0
) -> tuple[PartnerProcess, str, str]:
    """Start the reference partner; returns the process, its webhook URL and its control URL.

    The folder is for its files, and goes with it should the kit be killed.

    Raises RunRefused when it does not start.
    """
    path = folder / "profile.json"
    path.write_text(json.dumps(profile(specification)), encoding="utf-8")
    environment = {
        **_inherited(),
        **_variables(secrets),
        "CONFORMANCE_SIGNING_SECRET": partner_secret(specification.description.signature, secrets.signing),
        "PARTNER_PROFILE": str(path),
        "PARTNER_DATABASE": str(folder / "partner.sqlite3"),
        "PARTNER_PORT": str(port),
        "PARTNER_API_URL": api_url,
        "PARTNER_DEFECT": defect,
        "PARTNER_EXIT_WITH_STDIN": "1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "conformance.reference",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    running = PartnerProcess(process, folder)
    assert process.stdout is not None  # asked for above
    try:
        async with asyncio.timeout(_DEMO_WITHIN):
            ready = json.loads(await process.stdout.readline())
        return running, ready["url"], ready["control"]
    except (TimeoutError, ValueError, KeyError):
        await running.stop()
        raise RunRefused(f"The embedded partner did not start (status {process.returncode}).") from None
    except asyncio.CancelledError:
        # Whoever interrupts the run now has nobody else who knows of it.
        await running.stop()
        raise
