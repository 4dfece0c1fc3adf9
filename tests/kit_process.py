"""Starting the kit as a user does: pytest and the command in processes of their own, in a folder of the test."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = [
    "QUICKLY",
    "SECRETS",
    "Finished",
    "begun",
    "command",
    "finished",
    "free_port",
    "journal",
    "kit",
    "report",
    "script",
    "started",
    "until",
]

# A partner on this machine reacts in milliseconds, so what never comes need not be awaited for half a minute.
QUICKLY: Final = ("--conformance-set", "waits.effect=4", "--conformance-set", "waits.retry=9")
SECRETS: Final = {
    "CONFORMANCE_SIGNING_SECRET": "signing-kQ7vXw2pL9",
    "CONFORMANCE_API_KEY": "api-key-Zr4tYb8nM1",
    "CONFORMANCE_PARTNER_ID": "6f2c1d3e-5a4b-4c6d-8e7f-9a0b1c2d3e4f",
    "CONFORMANCE_WEBHOOK_TOKEN": "webhook-Hs6dFg3jK5",
    "CONFORMANCE_CONTROL_TOKEN": "control-Pq1wEr9uT2",
}
_WITHIN: Final = 600.0
# Other plugins take longer to import than these runs take to play; tests of how plugins meet load them all.
_ALONE: Final = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process left: its exit status, and all that it wrote to both streams."""

    status: int
    output: str


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a user who has set nothing, so that the pytest around us does not leak in."""
    ours = ("PYTEST_", "CONFORMANCE_", "PARTNER_", "GITHUB_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", **extra}


def started(
    words: Sequence[str], folder: Path, *, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a program in the folder, in a session of its own, so that it can be signalled by itself."""
    return subprocess.Popen(
        words,
        cwd=folder,
        env=_environment(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str], *, within: float = _WITHIN) -> Finished:
    """Wait for the end of a process."""
    try:
        output, _ = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
        raise AssertionError(f"still running after {within:g} s:\n{output}") from None
    return Finished(process.returncode, output)


def kit(
    folder: Path,
    *arguments: str,
    partner: str = "demo",
    platform: str = "feewise",
    environment: Mapping[str, str] | None = None,
    all_plugins: bool = False,
) -> Finished:
    """Run `pytest --partner-url=… --platform=…` to its end."""
    return finished(
        begun(
            folder,
            *arguments,
            partner=partner,
            platform=platform,
            environment=environment,
            all_plugins=all_plugins,
        )
    )


def begun(
    folder: Path,
    *arguments: str,
    partner: str = "demo",
    platform: str = "feewise",
    environment: Mapping[str, str] | None = None,
    all_plugins: bool = False,
) -> subprocess.Popen[str]:
    """Start `pytest --partner-url=… --platform=…`; without a partner, pytest as it is."""
    load = () if all_plugins else ("-p", "conformance.plugin")
    who = (f"--partner-url={partner}", f"--platform={platform}", *QUICKLY) if partner else ()
    words = (sys.executable, "-m", "pytest", *load, *who, *arguments)
    return started(words, folder, environment={**({} if all_plugins else _ALONE), **(environment or {})})


def command(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> Finished:
    """Run `webhook-conformance WORDS`."""
    return finished(started((script(), *words), folder, environment=environment))


def script() -> str:
    """The path of the command."""
    return str(Path(sysconfig.get_path("scripts")) / "webhook-conformance")


def report(folder: Path) -> dict[str, Any]:
    """The report of the last run in the folder."""
    content: dict[str, Any] = json.loads((folder / "reports" / "report.json").read_text(encoding="ascii"))
    return content


def journal(folder: Path) -> list[dict[str, Any]]:
    """The records of the last run in the folder; a line that is being written is left out."""
    path = folder / "reports" / "journal.jsonl"
    text = path.read_text(encoding="ascii") if path.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def until(what: str, seen: Callable[[], bool], *, within: float = 300.0) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + within
    while not seen():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} has not come within {within:g} s")
        time.sleep(0.05)


@contextmanager
def free_port() -> Iterator[int]:
    """A port of the loopback interface on which nothing listens, and that nobody else is given meanwhile."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
