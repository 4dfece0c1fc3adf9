"""One run, from settings to a written report, without pytest: a thread with an event loop that the caller waits for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from conformance import __version__
from conformance.clock import Clock
from conformance.driver import Driver, heartbeat
from conformance.errors import ConformanceError, NotAssessable, RunRefused
from conformance.generate.corpus import Corpus
from conformance.hooks import HOOK_URL, Hooks, HookSender
from conformance.journal import Journal
from conformance.judge.verdicts import judge_transcript
from conformance.kit import Kit
from conformance.outfit import Outfit, redactor_of
from conformance.partner import Partner
from conformance.report import Report
from conformance.reporting.writer import write
from conformance.rig import Rig
from conformance.scenarios.programme import Programme
from conformance.settings import Settings
from conformance.signing import needs_hook
from conformance.tls import shake_hands
from conformance.transcript import Ending, Note, RunEnd, RunHeader, Transcript

__all__ = ["Progress", "Run", "refusal"]

JOURNAL: Final = "journal.jsonl"
# What an exploration found.
_SHORTEST: Final = "shortest-story.json"
# What hand-written tests exchange; no verdict is made of it.
_OF_TESTS: Final = "tests.jsonl"
_WRITTEN: Final = (
    "report.json",
    "report.html",
    "summary.md",
    "exchanges.har",
    "badge.svg",
    "attestation.json",
    JOURNAL,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    planned: int
    playing: str


class Run:
    """A run in a thread of its own.

    `start` begins it, `wait` blocks until all is played or a while has passed, `stop` interrupts it, `finish` writes.
    With `stay` platform and partner stay up for hand-written tests after that, until `finish`.
    """

    def __init__(
        self,
        settings: Settings,
        programme: Programme,
        *,
        shared_machine: bool = False,
        hooks: Hooks | None = None,
        clock: Clock | None = None,
        stay: bool = False,
    ) -> None:
        self.settings = settings
        self.programme = programme
        self.progress = Progress(0, 0, "getting ready")
        self.error: BaseException | None = None
        self._planned = settings.planned_items()
        self._redactor = redactor_of(settings)
        self._shared_machine = shared_machine
        # The demo partner has a control endpoint of its own.
        self._hooks = Hooks() if hooks is None or settings.is_demo else hooks
        self._clock = clock or Clock()
        self._thread = threading.Thread(target=self._main, name="conformance-run", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._interrupted = ""
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self._played = threading.Event()
        self._stay = stay
        self._leave = asyncio.Event()
        self._judged: Transcript | None = None
        self._at_hand: tuple[Kit, str] | None = None
        self._partner: Partner | None = None
        self._lost = ""
        self._journal: Journal | None = None
        self._lock: FileLock | None = None

    def start(self) -> None:
        """Take the report folder and begin.

        Raises RunRefused when another run has the folder, or it cannot be written, or two control channels are named,
        or nobody can sign.
        """
        if self._hooks.calls and self.settings.control_url:
            given = ", ".join(f"pytest_partner_{name}" for name in self._hooks.calls)
            raise RunRefused(f"Give either --partner-control-url or the hooks {given}, not both.")
        if needs_hook(self.settings.description.signature) and self._hooks.sign is None:
            raise RunRefused(
                "The platform signs by a scheme of its own (signature.scheme: own): sign in the hook "
                "pytest_conformance_sign of a conftest.py beside your tests. The embedded partner does not know it."
            )
        directory = self.settings.report_dir
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(directory / ".lock")
            self._lock.acquire(timeout=0)
            # An old report beside a new run that is refused could be taken for its own.
            judged = self.programme.requirements
            replayed = self.settings.replay_file and Path(self.settings.replay_file).resolve()
            if replayed != (directory / _SHORTEST).resolve():
                (directory / _SHORTEST).unlink(missing_ok=True)
            for name in (*(_WRITTEN if judged else ()), "junit.xml", _OF_TESTS):
                (directory / name).unlink(missing_ok=True)
            (directory / (JOURNAL if judged else _OF_TESTS)).touch()
            self._journal = Journal()
        except Timeout:
            self._lock = None
            raise RunRefused(
                f"Another run is writing to {directory}. Wait for it, or give another --report-dir."
            ) from None
        except OSError as error:
            raise RunRefused(
                f"The report folder {directory} cannot be written: {error.strerror or error}. "
                "Give another --report-dir."
            ) from None
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until everything is played, at most so long; whether it is."""
        # Not Thread.join: a KeyboardInterrupt inside it makes Python 3.11 take the thread for ended.
        return self._played.wait(seconds)

    def rig(self, name: str) -> Rig:
        """The stage of a hand-written test.

        Raises RunRefused when there is none.
        """
        if self._at_hand is None or self._loop is None or self._ended.is_set():
            raise RunRefused(
                "The simulated platform is not up for this test. Name the fixture among the arguments of the test, "
                "so that it is known before the run begins."
            )
        kit, api_url = self._at_hand
        return Rig(kit, self._loop, name, api_url)

    def stop(self, reason: str) -> None:
        """Interrupt the run; what has been played is kept."""
        with self._guard:
            self._interrupted = self._interrupted or reason
            if self._loop is not None and self._task is not None and not self._ended.is_set():
                with contextlib.suppress(RuntimeError):  # the loop closed this very moment
                    self._loop.call_soon_threadsafe(self._task.cancel)
        self._ended.wait()

    @property
    def refusal(self) -> str:
        """What to tell the operator of the error that ended the run, without secrets."""
        return self._redactor.text(refusal(self.error)) if self.error is not None else ""

    def judge(self) -> Report | None:
        """The report of a run that has ended; None when nothing was recorded."""
        journal = self._journal
        if self._judged is not None:
            return judge_transcript(self._judged, self.settings.catalogue)
        if journal is None or not self.programme.requirements:
            return None
        if not any(isinstance(record, RunHeader) for record in journal.records):
            return None
        if not isinstance(journal.records[-1], RunEnd):
            journal.add(self._end())
        return judge_transcript(journal.transcript(), self.settings.catalogue)

    def finish(self, *, step_summary: Path | None = None, files: bool = True) -> Report | None:
        """Judge what was recorded and write the report, unless no `files` are wanted; None when nothing was recorded.

        Raises RunRefused when the report cannot be written.
        """
        self._close()
        try:
            report = self.judge()
            if report is not None and files:
                write(report, self.settings.report_dir, step_summary=step_summary)
                self._write_shortest(report)
            return report
        finally:
            if self._journal is not None:
                self._journal.close()
            if self._lock is not None:
                self._lock.release()

    def _write_shortest(self, report: Report) -> None:
        """Write the shortest story that an exploration found."""
        found = next((text for play in report.plays if (text := play.note("story"))), "")
        if found and self.settings.replay is None:
            (self.settings.report_dir / _SHORTEST).write_text(found, encoding="ascii")

    def _close(self) -> None:
        """End the time of hand-written tests."""
        if self._at_hand is not None and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._leave.set)
            self._ended.wait()

    def _end(self) -> RunEnd:
        at = self._clock.elapsed
        if self._interrupted:
            return RunEnd(at, Ending.INTERRUPTED, self._interrupted)
        if self.error is not None:
            return RunEnd(at, Ending.REFUSED, self._redactor.text(str(self.error)))
        if self._lost:
            return RunEnd(at, Ending.INTERRUPTED, self._lost)
        return RunEnd(at, Ending.FINISHED)

    def _main(self) -> None:
        try:
            self._play()
        finally:
            self._played.set()
            self._ended.set()

    def _play(self) -> None:
        try:
            asyncio.run(self._begin())
        except asyncio.CancelledError:
            pass  # stopped: what was recorded is judged by `finish`
        except BaseExceptionGroup as group:
            self.error = group.exceptions[0]
        except Exception as error:  # noqa: BLE001  # handed over to the thread that waits
            self.error = error

    async def _begin(self) -> None:
        with self._guard:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
            self._loop.set_exception_handler(self._left_over)
            if self._interrupted:
                return
        async with AsyncExitStack() as stack:
            await self._run(stack)

    def _left_over(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Write down what went wrong where nobody waits any more, without its words: they may hold secrets.

        The loop would print a traceback into the operator's terminal. What a story began and left behind when it ended
        early has said nothing new when it ends in the same way.
        """
        error, task = context.get("exception"), context.get("future") or context.get("task")
        journal = self._journal
        if journal is None or isinstance(error, NotAssessable | asyncio.CancelledError):
            return
        where = f" in {task.get_coro()!r}".partition(" at 0x")[0] if isinstance(task, asyncio.Task) else ""
        text = f"{context['message']}: {type(error).__name__}{where}"
        with contextlib.suppress(RuntimeError):  # the loop is closed, and so is the journal
            loop.call_soon_threadsafe(journal.add, Note("", "left over", text))

    async def _run(self, stack: AsyncExitStack) -> None:
        settings, journal = self.settings, self._journal
        assert journal is not None  # `start` made it
        outfit = Outfit(settings, self._clock, self._hooks, self._redactor)
        kit, corpus = await outfit.equip(journal, stack)
        api_url = await outfit.serve(kit, stack)
        self._partner = partner = await outfit.start_partner(kit, api_url, stack)
        kit.control.url = partner.control_url
        if self._hooks.calls:
            kit.control.url, kit.control.sender = HOOK_URL, HookSender(self._hooks.calls)
        if not await _refused_by_tls(kit):
            await kit.control.read_offers()
        header = self._header(kit, corpus)
        journal.begin(header, settings.report_dir / (JOURNAL if self.programme.requirements else _OF_TESTS))
        for item in self.programme.items:
            journal.add(item)
        for watching in (heartbeat(kit), partner.watch()):
            stack.callback(asyncio.create_task(watching).cancel)
        driver = Driver(
            kit=kit,
            programme=self.programme,
            catalogue=settings.catalogue,
            concurrency=settings.concurrency,
            progress=self._progressed,
            negative=settings.negative,
        )
        await driver.run()
        self._lost = kit.partner_gone
        if self._stay:
            await self._stay_up(kit, api_url, header)

    async def _stay_up(self, kit: Kit, api_url: str, header: RunHeader) -> None:
        """Keep everything up for hand-written tests; what they exchange is written apart, and not judged."""
        if self.programme.requirements:
            kit.journal.add(self._end())
            self._judged = kit.journal.turn(header, self.settings.report_dir / _OF_TESTS)
        self._at_hand = kit, api_url
        self._played.set()
        await self._leave.wait()
        kit.journal.add(RunEnd(self._clock.elapsed, Ending.FINISHED))

    def _progressed(self, done: int, planned: int, playing: str) -> None:
        self.progress = Progress(done, planned, playing)

    def _header(self, kit: Kit, corpus: Corpus) -> RunHeader:
        settings, d, text = self.settings, self.settings.description, kit.redactor.text
        own = [name for name in self.programme.requirements if name in settings.catalogue.own]
        chapters = dict.fromkeys(settings.catalogue[name].chapter for name in own)
        control = "hooks of pytest" if self._hooks.calls else kit.control.url
        return RunHeader(
            kit=__version__,
            started_at=self._clock.started_at(),
            platform=settings.platform,
            partner=text(settings.partner),
            invocation=tuple(map(text, settings.invocation())),
            selected=len(self.programme.items),
            planned=self._planned,
            seed=settings.seed,
            offers=kit.control.offers,
            settings=tuple((name, text(value)) for name, value in settings.shown(control=control)),
            overrides=tuple((at, text(json.dumps(value))) for at, value in settings.overrides.items()),
            description=d.as_text(),
            description_digest=d.digest,
            document_digest=settings.specification.document.digest,
            corpus_digest=corpus.digest,
            requirements=self.programme.requirements,
            shared_machine=self._shared_machine,
            waivers=settings.waivers,
            partly=self.programme.partly(settings.programme()),
            own=tuple(settings.catalogue[name] for name in own),
            nonce=settings.nonce,
            run_by=settings.run_by,
            own_chapters=tuple((each, settings.catalogue.chapters[each]) for each in chapters),
        )


async def _refused_by_tls(kit: Kit) -> bool:
    """Whether the control endpoint is on the partner's own server and no handshake with that succeeds.

    Such a partner is judged by TLS-01, and offers nothing.
    """
    control, partner = urlsplit(kit.control.url), urlsplit(kit.partner_url)
    if control.scheme != "https" or control.netloc != partner.netloc:
        return False
    return bool((await shake_hands(kit.control.url, kit.tls, deadline=kit.waits.deadline)).fault)


def refusal(error: BaseException) -> str:
    """What to tell the operator of an error that ended a run."""
    if isinstance(error, ConformanceError):
        return str(error)
    return f"The kit failed: {type(error).__name__}: {error}. This is a fault of webhook-conformance; please report it."
