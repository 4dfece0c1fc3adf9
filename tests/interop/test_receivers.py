"""Receivers built in ten lines on libraries that none of us wrote, judged as their authors would have them judged.

What differs from PASS is written down with its reason: a library's defect is a finding here, not an excuse.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from conformance.catalogue import shipped_catalogue
from kit_process import begun, finished, free_port, report

RECEIVERS: Final = Path(__file__).parent / "receivers"
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CHAPTERS: Final = frozenset({"authenticity", "payloads"})
_WITHIN: Final = 500.0

# Whatever the library: ten lines verify, and do nothing else.
TEN_LINES: Final[Mapping[str, str]] = {
    "SIG-14": "NOT_ASSESSABLE",  # over a network nobody can tell
    "RPL-01": "NOT_ASSESSABLE",  # without a control endpoint a second effect is not seen
    "FWD-01": "NOT_ASSESSABLE",  # the same for a first one
    "FWD-03": "NOT_ASSESSABLE",  # nor what the receiver now holds
    "ERR-05": "NOT_ASSESSABLE",  # nor whether it goes on
    "ERR-02": "FAIL",  # the library verifies and parses; what an event must hold is for the receiver to check
    "CTN-02": "WARN",  # nor does the library look at the content type
    "ERR-03": "WARN",
}


@dataclass(frozen=True)
class Receiver:
    """A program of `receivers/`, and where its verdicts differ from those of all such receivers, by the reason why."""

    program: str
    differs: Mapping[str, str]
    needs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.program


PYTHON: Final = Receiver(
    "standardwebhooks_flask.py",
    needs=("flask", "standardwebhooks"),
    differs={
        **TEN_LINES,
        # standardwebhooks 1.1 raises ValueError, and no error of its own, for a signature that is malformed, for a body
        # that is not UTF-8, and for one that is not JSON: who catches what its documentation names answers 500.
        "SIG-11": "WARN",
        "PAY-05": "WARN",
        "ERR-01": "WARN",
    },
)
NODE: Final = Receiver(
    "standardwebhooks_node.mjs",
    packages=("standardwebhooks@1.1.1",),
    # Its ten lines look at no method, so a GET with a body and a right signature is taken.
    differs={**TEN_LINES, "MTH-01": "WARN"},
)


@pytest.mark.parametrize("receiver", [PYTHON, NODE], ids=str)
def test_verdicts_are_as_written_down(receiver: Receiver, tmp_path: Path) -> None:
    """With no configuration but the secret, each chapter that traffic can judge ends as it was written down before."""
    environment = _environment(receiver, tmp_path)
    asked = [r.id for r in shipped_catalogue().requirements.values() if r.chapter in CHAPTERS]
    with free_port() as port, free_port() as api, _serving(receiver, tmp_path, port, environment):
        words = [f"--requirement={name}" for name in asked]
        words += ["--partner-wait=60", f"--platform-bind=127.0.0.1:{api}", "-p", "no:cacheprovider"]
        url = f"http://127.0.0.1:{port}/webhooks"
        run = begun(tmp_path, *words, partner=url, platform="standard-webhooks", environment=environment)
        done = finished(run, within=_WITHIN)
    assert (tmp_path / "reports" / "report.json").exists(), done.output
    judged = {r["id"]: r["verdict"] for r in report(tmp_path)["requirements"] if r["id"] in asked}
    found = {name: verdict for name, verdict in judged.items() if verdict not in {"PASS", "NOT_APPLICABLE"}}

    assert {name: verdict for name, verdict in receiver.differs.items() if name in asked} == found, done.output


def _environment(receiver: Receiver, folder: Path) -> dict[str, str]:
    """What the receiver needs to run; the test is skipped where it is not there."""
    missing = [name for name in receiver.needs if find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (pip install -e '.[test]')")
    if not receiver.packages:
        return {"CONFORMANCE_SIGNING_SECRET": SECRET}
    if not os.environ.get("CONFORMANCE_NPM"):
        pytest.skip("installs packages of npm: set CONFORMANCE_NPM=1 to have it do so")
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node or npm is not installed")
    (folder / "package.json").write_text('{"private": true}', encoding="ascii")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", *receiver.packages]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if installed.returncode:
        pytest.skip(f"npm could not install {' '.join(receiver.packages)}: {installed.stderr[-500:]}")
    return {"CONFORMANCE_SIGNING_SECRET": SECRET, "PACKAGES": str(folder / "package.json")}


@contextmanager
def _serving(receiver: Receiver, folder: Path, port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """The receiver runs."""
    program = sys.executable if receiver.program.endswith(".py") else "node"
    words = [program, str(RECEIVERS / receiver.program)]
    # Into a file: a receiver that says much would stop where nobody reads its pipe.
    with (folder / "receiver.log").open("wb") as log:
        told = {**os.environ, **environment, "PORT": str(port)}
        process = subprocess.Popen(words, cwd=folder, env=told, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.kill()
            process.wait()
