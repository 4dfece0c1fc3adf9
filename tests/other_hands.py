"""Partners that others might have written (`partners/`), started and judged as operators would do it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from delaying_proxy import Pace, delaying
from kit_process import SECRETS, begun, finished, free_port, report
from starvation import watching

__all__ = ["PATIENT", "Condition", "Hand", "Judged", "Setting", "Trials", "judged", "missing"]

_PROGRAMS: Final = Path(__file__).parent / "partners"
_AGAIN: Final = str(_PROGRAMS / "again.py")
# A run takes half a minute where nothing else happens, much longer through a slow network or on a starved machine.
_WITHIN: Final = 1500.0
_PARTNER_ID: Final = "CONFORMANCE_PARTNER_ID"
# A machine that starves every run is not worth the time of trying all of them again.
_SECOND_TRIES: Final = 4
# Runs mostly wait, so that some share the machine well; more make partners late that are not.
_AT_ONCE: Final = 3


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
class Setting:
    """What a run is given beside the partner: settings of the kit, what is judged, and the partner's environment.

    Without `requirements` all are judged.
    """

    given: Mapping[str, str] = field(default_factory=dict, hash=False)
    requirements: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)

    def waiting(self, waits: Mapping[str, str]) -> Setting:
        """The same, with these waits."""
        return replace(self, given={**self.given, **waits})


# Waits that end when something is seen; a slow network, or a machine that has other things to do, needs longer ones.
PATIENT: Final = {"waits.effect": "20", "waits.retry": "25"}


@dataclass(frozen=True, slots=True)
class Hand:
    """A program of `partners/` on one platform: where it takes deliveries, where it is controlled, what it needs.

    `manner` is which of several a program has; one that `restarts` is killed and started again where the kit asks for
    it, one that is `supervised` sees to the latter itself. `idle` and `strained` are its settings on a quiet machine
    and otherwise. `needs` are modules of Python, `packages` are of npm. `departures` is what it does that it should
    not, by requirement, each with its reason; `unseen` is what it leaves open.
    """

    program: str
    platform: str
    webhooks: str = ""
    control: str = "/control"
    manner: str = ""
    restarts: bool = False
    supervised: bool = False
    idle: Setting = Setting()
    strained: Setting = Setting(given=PATIENT)
    needs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    departures: Mapping[str, str] = field(default_factory=dict, hash=False)
    unseen: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.manner or self.program.partition('.')[0]}-{self.platform}"

    @property
    def words(self) -> tuple[str, ...]:
        """What starts it."""
        runner = "node" if self.program.endswith(".mjs") else sys.executable
        return runner, str(_PROGRAMS / self.program)


def missing(hand: Hand) -> list[str]:
    """What the program needs and what is not installed."""
    runner = hand.words[0]
    return [name for name in hand.needs if find_spec(name) is None] + ([] if shutil.which(runner) else [runner])


def judged(
    hand: Hand, folder: Path, condition: Condition, *, packages: Path | None, patiently: bool = False
) -> dict[str, Any]:
    """The report of a whole run against the partner; `patiently` makes no haste on a quiet machine either.

    `packages` is the package.json beside which those of npm are installed.
    """
    with ExitStack() as stack:
        partner, api, outer_partner, outer_api = (stack.enter_context(free_port()) for _ in range(4))
        if condition.paces is None:
            outer_partner, outer_api = partner, api
        else:
            towards, back = condition.paces
            stack.enter_context(delaying(partner, port=outer_partner, towards=towards, back=back))
            stack.enter_context(delaying(api, port=outer_api, towards=towards, back=back))
        setting = hand.strained if condition is not Condition.IDLE else hand.idle
        setting = setting.waiting(PATIENT) if patiently and condition is Condition.IDLE else setting
        environment = {
            **{name: value for name, value in SECRETS.items() if name != _PARTNER_ID or hand.platform == "feewise"},
            "PARTNER_PORT": str(partner),
            "PARTNER_API_URL": f"http://127.0.0.1:{outer_api}",
            "PARTNER_DATABASE": str(folder / "partner.sqlite3"),
            "PARTNER_MANNER": hand.manner,
            "PARTNER_PLATFORM": hand.platform,
            "PACKAGES": str(packages or ""),
            "PYTHONDONTWRITEBYTECODE": "1",
            **setting.environment,
        }
        start = stack.enter_context(_started(hand, folder, environment))
        if condition is Condition.BURNING:
            stack.enter_context(_FIRE.burning())
        url = f"http://127.0.0.1:{outer_partner}"
        arguments = ["--platform-bind", f"127.0.0.1:{api}", "-p", "no:cacheprovider"]
        arguments += ["--platform-public-url", f"http://127.0.0.1:{outer_api}"]
        arguments += ["--partner-control-url", f"{url}{hand.control}"] if hand.control else []
        arguments += ["--partner-restart-command", shlex.join(start)] if hand.restarts else []
        arguments += [word for name in setting.requirements for word in ("--requirement", name)]
        arguments += [word for at, value in setting.given.items() for word in ("--conformance-set", f"{at}={value}")]
        webhooks = f"{url}{hand.webhooks}"
        run = begun(folder, *arguments, partner=webhooks, platform=hand.platform, environment=environment)
        done = finished(run, within=_WITHIN)
    assert (folder / "reports" / "report.json").exists(), done.output
    return report(folder)


@contextmanager
def _started(hand: Hand, folder: Path, environment: Mapping[str, str]) -> Iterator[Sequence[str]]:
    """The partner runs; the words are the command that kills it, so that it is started again."""
    group = folder / "partner.group"
    words = [sys.executable, _AGAIN, str(group), *hand.words]
    child = shlex.quote(f"{environment['PARTNER_DATABASE']}.pid")
    try:
        subprocess.run(words, cwd=folder, env={**os.environ, **environment}, check=True, timeout=150)
        yield ["sh", "-c", f"kill -9 $(cat {child})"] if hand.supervised else words
    finally:
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int(group.read_text(encoding="ascii")), signal.SIGKILL)


class _Fire:
    """Every core has something else to do while anybody wants it; runs side by side share the one fire."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._wanted = 0
        self._burners: list[subprocess.Popen[bytes]] = []

    @contextmanager
    def burning(self) -> Iterator[None]:
        """It burns while the block runs, at the least."""
        with self._guard:
            self._wanted += 1
            if self._wanted == 1:
                words = [sys.executable, "-c", "while True: pass"]
                self._burners = [subprocess.Popen(words) for _ in range(os.cpu_count() or 1)]
        try:
            yield
        finally:
            with self._guard:
                self._wanted -= 1
                if not self._wanted:
                    for burner in self._burners:
                        burner.kill()
                        burner.wait()


_FIRE: Final = _Fire()


@dataclass(frozen=True, slots=True)
class Judged:
    """A report, and what the machine did meanwhile: `starved` excuses lateness, `busy` no more than open verdicts."""

    report: dict[str, Any]
    starved: str
    busy: str


class Trials:
    """Runs of hands under conditions, some at a time; each can be had a second time, then alone and without haste."""

    def __init__(self, new_folder: Callable[[str], Path], packages: Path | None) -> None:
        """`new_folder` makes an empty folder from a name; `packages` as for `judged`."""
        self._new_folder = new_folder
        self._packages = packages
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._first: dict[tuple[Hand, Condition], Future[Judged]] = {}
        self._second: dict[tuple[Hand, Condition], Judged] = {}

    def plan(self, hand: Hand, condition: Condition) -> None:
        """Have a run begin as soon as there is room; those of one condition had better come together."""
        if (hand, condition) not in self._first:
            folder = self._folder(hand, condition)
            self._first[hand, condition] = self._pool.submit(self._watched, hand, folder, condition)

    def judged(self, hand: Hand, condition: Condition, *, fits: Callable[[dict[str, Any]], bool]) -> Judged:
        """What came of the run; of a second one, alone, where the first does not fit.

        After some of these, one that the machine starved stays the only one.
        """
        first = self._first[hand, condition].result()
        if fits(first.report) or (first.starved and len(self._second) >= _SECOND_TRIES):
            return first
        if (hand, condition) not in self._second:
            wait(self._first.values())
            folder = self._folder(hand, condition)
            self._second[hand, condition] = self._watched(hand, folder, condition, patiently=True)
        return self._second[hand, condition]

    def close(self) -> None:
        """Begin nothing more, and wait for what has begun."""
        self._pool.shutdown(cancel_futures=True)

    def _folder(self, hand: Hand, condition: Condition) -> Path:
        # Not where runs are played: what makes folders need not bear several threads.
        return self._new_folder(f"{hand}-{condition.value}")

    def _watched(self, hand: Hand, folder: Path, condition: Condition, *, patiently: bool = False) -> Judged:
        with watching() as watch:
            found = judged(hand, folder, condition, packages=self._packages, patiently=patiently)
        return Judged(found, watch.starved(folder / "reports" / "journal.jsonl"), watch.busy())
