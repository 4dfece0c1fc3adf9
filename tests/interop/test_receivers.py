"""Receivers built in few lines on libraries that none of us wrote, judged as their authors would have them judged."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.catalogue import shipped_catalogue
from foreign_receivers import NPM, RECEIVERS, Receiver
from kit_process import begun, finished, free_port, report
from npm_packages import installed

# Handshakes are those of platforms that have one.
CHAPTERS: Final = frozenset({"authenticity", "payloads", "handshakes"})
CARELESS: Final = tuple(receiver for receiver in RECEIVERS if receiver.verifies)
# Unsigned, signed with another key, changed after signing.
_FORGED: Final = ("SIG-01", "SIG-02", "SIG-03")
_WITHIN: Final = 500.0
# Runs mostly wait, so that some share the machine well, be it as slow as it may.
_AT_ONCE: Final = 3


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path | str:
    """The package.json beside which npm has installed what receivers on Node need, or why there is none."""
    return installed(tmp_path_factory.mktemp("packages"), NPM)


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, packages: Path | str
) -> Iterator[Mapping[str, Future[Mapping[str, str]]]]:
    """A run for every receiver whose test was selected and that can run here, some at a time."""
    functions = (item for item in request.session.items if isinstance(item, pytest.Function))
    parameters = [f.callspec.params.get("receiver") for f in functions if "runs" in f.fixturenames]
    chosen = [r for r in parameters if isinstance(r, Receiver) and not _hindrance(r, packages)]
    at = packages if isinstance(packages, Path) else None
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {r.program: pool.submit(_found, r, tmp_path_factory.mktemp("run"), at) for r in chosen}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("receiver", RECEIVERS, ids=str)
def test_verdicts_are_as_written_down(
    receiver: Receiver, runs: Mapping[str, Future[Mapping[str, str]]], packages: Path | str
) -> None:
    """With no configuration but the secret, each chapter that traffic can judge ends as it was written down before."""
    hindrance = _hindrance(receiver, packages)
    if hindrance:
        pytest.skip(hindrance)

    assert receiver.differs == runs[receiver.program].result()


@pytest.mark.parametrize("receiver", CARELESS, ids=str)
def test_a_receiver_that_does_not_verify_fails(receiver: Receiver, tmp_path: Path) -> None:
    """The same lines without the call that verifies: every kind of forgery is taken, and each is a finding."""
    if receiver.missing:
        pytest.skip(receiver.missing)
    text = Path(receiver.words(0)[-1]).read_text(encoding="utf-8")
    assert 1 == text.count(f"{receiver.verifies}(")
    (tmp_path / receiver.program).write_text(text.replace(receiver.verifies, "(lambda *_, **__: True)"))
    careless = replace(receiver, program=str(tmp_path / receiver.program))

    assert dict.fromkeys(_FORGED, "FAIL") == _judged(careless, tmp_path, None, _FORGED)


def _hindrance(receiver: Receiver, packages: Path | str) -> str:
    """Why the receiver cannot run here, empty if it can."""
    return receiver.missing or (packages if receiver.packages and isinstance(packages, str) else "")


def _found(receiver: Receiver, folder: Path, packages: Path | None) -> Mapping[str, str]:
    """The verdicts that are no PASS; where a machine that stood still left one open, those of a second run."""
    found = _judged(receiver, folder, packages)
    opened = {name for name, verdict in found.items() if verdict in {"NOT_ASSESSABLE", "NOT_RUN"}}
    return _judged(receiver, folder, packages) if opened - receiver.differs.keys() else found


def _judged(receiver: Receiver, folder: Path, packages: Path | None, asked: Collection[str] = ()) -> Mapping[str, str]:
    """The verdicts on a receiver that are no PASS, by requirement; of those asked for, else of all chapters."""
    asked = asked or [r.id for r in shipped_catalogue().requirements.values() if r.chapter in CHAPTERS]
    with free_port() as port, free_port() as api:
        environment = receiver.environment(port, packages)
        with _serving(receiver, folder, port, environment):
            words = [f"--requirement={name}" for name in asked]
            words += ["--partner-wait=60", f"--platform-bind=127.0.0.1:{api}", "-p", "no:cacheprovider"]
            url = f"http://127.0.0.1:{port}{receiver.path}"
            run = begun(folder, *words, partner=url, platform=receiver.described, environment=environment)
            done = finished(run, within=_WITHIN)
    assert (folder / "reports" / "report.json").exists(), done.output
    judged = {r["id"]: r["verdict"] for r in report(folder)["requirements"] if r["id"] in asked}
    return {name: verdict for name, verdict in judged.items() if verdict not in {"PASS", "NOT_APPLICABLE"}}


@contextmanager
def _serving(receiver: Receiver, folder: Path, port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """The receiver runs."""
    # Into a file: a receiver that says much would stop where nobody reads its pipe.
    with (folder / "receiver.log").open("wb") as log:
        told = {**os.environ, **environment}
        words = receiver.words(port)
        process = subprocess.Popen(words, cwd=folder, env=told, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.kill()
            process.wait()
