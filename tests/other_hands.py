"""Partners that others might have written (`partners/`), started and judged as operators would do it."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from delaying_proxy import Pace, delaying
from kit_process import SECRETS, begun, finished, free_port, report

__all__ = ["Condition", "Hand", "judged", "misses"]

_PROGRAMS: Final = Path(__file__).parent / "partners"
_AGAIN: Final = str(_PROGRAMS / "again.py")
# A run takes half a minute where nothing else happens, and longer through a slow network or beside others.
_WITHIN: Final = 500.0
_PARTNER_ID: Final = "CONFORMANCE_PARTNER_ID"


class Condition(Enum):
    """What surrounds a run: how bytes pass between kit and partner, and what else the machine has to do."""

    IDLE = "idle"
    JITTER = "jitter"
    SLOW_READS = "slow-reads"
    BURNING = "burning"

    @property
    def paces(self) -> tuple[Pace, Pace] | None:
        """How requests and answers pass, None where nothing stands between."""
        match self:
            case Condition.JITTER:
                return Pace(up_to=0.2), Pace(up_to=0.2)
            case Condition.SLOW_READS:
                return Pace(pieces=2048, up_to=0.02), Pace()
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Hand:
    """A program of `partners/` on one platform: where it takes deliveries, where it is controlled, what it needs.

    `waits` are longer ones than the short ones of tests, for partners that take their time.
    """

    program: str
    platform: str
    webhooks: str
    control: str = ""
    restarts: bool = False
    waits: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.program}-{self.platform}"


def misses(hand: Hand) -> list[str]:
    """The packages that the program needs and that are not installed."""
    return [name for name in hand.needs if find_spec(name) is None]


def judged(hand: Hand, folder: Path, condition: Condition = Condition.IDLE) -> dict[str, Any]:
    """The report of a whole run against the partner."""
    with ExitStack() as stack:
        partner, api, outer_partner, outer_api = (stack.enter_context(free_port()) for _ in range(4))
        if condition.paces is None:
            outer_partner, outer_api = partner, api
        else:
            towards, back = condition.paces
            stack.enter_context(delaying(partner, port=outer_partner, towards=towards, back=back))
            stack.enter_context(delaying(api, port=outer_api, towards=towards, back=back))
        environment = {
            **{name: value for name, value in SECRETS.items() if name != _PARTNER_ID or hand.platform == "feewise"},
            "PARTNER_PORT": str(partner),
            "PARTNER_API_URL": f"http://127.0.0.1:{outer_api}",
            "PARTNER_DATABASE": str(folder / "partner.sqlite3"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        start = stack.enter_context(_started(hand, folder, environment))
        if condition is Condition.BURNING:
            stack.enter_context(_burning())
        url = f"http://127.0.0.1:{outer_partner}"
        arguments = ["--platform-bind", f"127.0.0.1:{api}", "-p", "no:cacheprovider"]
        arguments += ["--platform-public-url", f"http://127.0.0.1:{outer_api}"]
        arguments += ["--partner-control-url", f"{url}{hand.control}"] if hand.control else []
        arguments += ["--partner-restart-command", shlex.join(start)] if hand.restarts else []
        arguments += [word for wait in hand.waits for word in ("--conformance-set", wait)]
        webhooks = f"{url}{hand.webhooks}"
        run = begun(folder, *arguments, partner=webhooks, platform=hand.platform, environment=environment)
        done = finished(run, within=_WITHIN)
    assert (folder / "reports" / "report.json").exists(), done.output
    return report(folder)


@contextmanager
def _started(hand: Hand, folder: Path, environment: Mapping[str, str]) -> Iterator[list[str]]:
    """The partner runs; the words are the command that kills it and starts it again."""
    group = folder / "partner.group"
    words = [sys.executable, _AGAIN, str(group), str(_PROGRAMS / f"{hand.program}.py")]
    try:
        subprocess.run(words, cwd=folder, env={**os.environ, **environment}, check=True, timeout=60)
        yield words
    finally:
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int(group.read_text(encoding="ascii")), signal.SIGKILL)


@contextmanager
def _burning() -> Iterator[None]:
    """Every core has something else to do."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
