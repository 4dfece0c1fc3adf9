from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.errors import NotAssessable, RunRefused
from conformance.kit import Kit
from conformance.outfit import _pace
from conformance.run import Run, refusal
from conformance.settings import Settings
from kit_run import settings_for
from shipped import SECRETS

ENVIRONMENT = {"CONFORMANCE_API_KEY": SECRETS.api_key, "CONFORMANCE_WEBHOOK_TOKEN": SECRETS.webhook_token}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def free() -> int:
    """A port on which nobody listens: it was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def settings(folder: Path, *, partner: str = "http://127.0.0.1:9/", bind: str = "127.0.0.1:0") -> Settings:
    """Settings of a short run on Wawex."""
    return settings_for(partner, "wawex", folder, requirements=("ACK-05",), environment=ENVIRONMENT, platform_bind=bind)


def run_of(found: Settings) -> Run:
    """The run that they ask for."""
    return Run(found, found.programme())


def ended(run: Run) -> Run:
    """The run, once it has ended."""
    run.start()
    assert run.wait(60)
    return run


def test_a_port_that_is_taken_refuses_the_run(tmp_path: Path, taken: int) -> None:
    """Nothing was recorded, so there is no report, and the folder is free again."""
    run = ended(run_of(settings(tmp_path, bind=f"127.0.0.1:{taken}")))

    assert isinstance(run.error, RunRefused)
    assert "--platform-bind" in str(run.error)
    assert None is run.finish()
    again = ended(run_of(settings(tmp_path, bind=f"127.0.0.1:{taken}")))
    assert None is again.finish()


def test_a_partner_that_does_not_listen_refuses_the_run(tmp_path: Path, free: int) -> None:
    """Before a single event is sent."""
    run = ended(run_of(settings(tmp_path, partner=f"http://127.0.0.1:{free}/")))

    assert isinstance(run.error, RunRefused)
    assert "Nothing listens at" in str(run.error)
    assert None is run.finish()


def test_two_runs_do_not_share_a_folder(tmp_path: Path, taken: int) -> None:
    """The second is refused while the first has not written its report."""
    first = ended(run_of(settings(tmp_path, bind=f"127.0.0.1:{taken}")))
    second = run_of(settings(tmp_path))
    with pytest.raises(RunRefused, match="Another run is writing to"):
        second.start()

    assert None is first.finish()


def test_a_folder_that_cannot_be_written_refuses_the_run(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "reports").write_text("a file", encoding="utf-8")

    with pytest.raises(RunRefused, match="cannot be written"):
        run_of(settings(tmp_path)).start()


def test_a_refused_run_leaves_no_report_of_an_earlier_one(tmp_path: Path, taken: int) -> None:
    """A pipeline that reads the report after a run that never began must not find the last one."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("report.json", "report.html", "summary.md", "exchanges.har", "badge.svg", "junit.xml"):
        (folder / name).write_text("old", encoding="utf-8")
    ended(run_of(settings(tmp_path, bind=f"127.0.0.1:{taken}"))).finish()

    assert {".lock", "journal.jsonl"} >= {path.name for path in folder.iterdir()}


def test_a_run_writes_what_it_found(tmp_path: Path) -> None:
    """From settings to files, with the demo partner, for one requirement."""
    found = settings_for("demo", "wawex", tmp_path, requirements=("ACK-05",), environment={})
    run = ended(run_of(found))
    report = run.finish()
    written = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))

    assert None is run.error
    assert report is not None
    assert ["ACK-05"] == [entry["id"] for entry in written["requirements"]]
    assert "PASS" == written["requirements"][0]["verdict"]
    assert (found.seed, "wawex") == (written["seed"], written["platform"])
    assert run.progress.done == run.progress.planned
    everything = b"".join(path.read_bytes() for path in (tmp_path / "reports").iterdir())
    assert not [
        secret for secret in (found.secrets.api_key, found.secrets.webhook_token) if secret.encode() in everything
    ]


def test_who_wants_no_files_gets_the_report_alone(tmp_path: Path) -> None:
    """What a self-test asks for is verdicts, a hundred times."""
    run = ended(run_of(settings_for("demo", "wawex", tmp_path, requirements=("ACK-05",), environment={})))
    report = run.finish(files=False)

    assert report is not None
    assert ["PASS"] == [result.verdict for result in report.requirements]
    assert {".lock", "journal.jsonl"} >= {path.name for path in (tmp_path / "reports").iterdir()}


def test_a_run_that_is_stopped_ends(tmp_path: Path) -> None:
    """However early the interruption comes, the run is over when `stop` returns."""
    run = run_of(settings_for("demo", "wawex", tmp_path, requirements=("ACK-05",), environment={}))
    run.start()
    run.stop("Ctrl-C")

    assert run.wait(0)
    assert None is run.error
    run.finish()


async def _left_behind(error: BaseException) -> None:
    """A task fails after everybody who could have waited for it has gone."""

    async def failing() -> None:
        raise error

    task = asyncio.create_task(failing())
    await asyncio.wait({task})
    error.__traceback__ = None  # it holds the frame, which holds the task


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LookupError("a secret"), ["Task exception was never retrieved: LookupError"]),
        (NotAssessable("the partner is gone"), []),
    ],
    ids=["a fault", "the end of a story"],
)
def test_what_nobody_waits_for_any_more_is_written_down(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    said: list[str],
) -> None:
    """It goes into the journal, without its words, and not to the terminal; what says nothing new is left out."""

    async def leaving(kit: Kit) -> None:
        await _left_behind(error)
        gc.collect()

    monkeypatch.setattr("conformance.run.heartbeat", leaving)
    run = ended(run_of(settings_for("demo", "wawex", tmp_path, requirements=("ACK-05",), environment={})))
    run.finish()
    records = map(json.loads, (tmp_path / "reports" / "journal.jsonl").read_text(encoding="ascii").splitlines())
    notes = [r["text"] for r in records if r["record"] == "note" and r["name"] == "left over"]

    assert said == [note.partition(" in ")[0] for note in notes]
    assert "a secret" not in "".join(notes)
    assert ([], "") == ([r for r in caplog.records if r.name == "asyncio"], capfd.readouterr().err)


def test_requests_keep_their_distance() -> None:
    """At most so many a second, the first one at once."""

    async def through() -> list[float]:
        loop = asyncio.get_running_loop()
        pace, began, passed = _pace(100), loop.time(), []
        for _ in range(5):
            await pace()
            passed.append(loop.time() - began)
        return passed

    passed = asyncio.run(through())

    assert passed[0] < 0.04
    assert passed[-1] >= 0.039


def test_the_operator_is_told_whose_fault_it_is() -> None:
    """A refusal speaks for itself; anything else is a fault of the kit, and says so."""
    assert "The port is taken." == refusal(RunRefused("The port is taken."))
    assert "fault of webhook-conformance" in refusal(LookupError("x"))
