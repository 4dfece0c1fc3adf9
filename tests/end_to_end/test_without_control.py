"""A correct partner without a control endpoint: what traffic alone decides is decided, and the rest is documented."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from conformance.partner_process import profile
from conformance.platform.specification import read_specification
from conformance.verdict import Verdict
from kit_process import SECRETS, free_port
from kit_run import QUICK, run_kit, settings_for, verdicts

PAGE: Final = Path(__file__).parents[2] / "docs" / "explanation" / "what-traffic-cannot-decide.md"
PLATFORMS: Final = ("feewise", "wawex")
# So many of the requirements may stay open on the platforms together.
MOST: Final = 35

# Kills the partner, if there is one, starts it, and leaves its process id.
RESTART: Final = """
import json, os, pathlib, signal, subprocess, sys
folder = pathlib.Path(sys.argv[1])
left = folder / "pid"
if left.exists():
    os.kill(int(left.read_text()), signal.SIGKILL)
environment = {**os.environ, **json.loads((folder / "environment.json").read_text())}
words = [sys.executable, "-m", "conformance.reference"]
left.write_text(str(subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL).pid))
"""


@contextmanager
def _partner(platform: str, folder: Path, port: int, api: int, secrets: Mapping[str, str]) -> Iterator[str]:
    """What a partner is started and restarted with; it has ended when the block ends."""
    known = folder / "profile.json"
    known.write_text(json.dumps(profile(read_specification(platform))), encoding="utf-8")
    settings = {
        **secrets,
        "PARTNER_PROFILE": str(known),
        "PARTNER_DATABASE": str(folder / "partner.sqlite"),
        "PARTNER_PORT": str(port),
        "PARTNER_API_URL": f"http://127.0.0.1:{api}",
    }
    (folder / "environment.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "restart.py").write_text(RESTART, encoding="utf-8")
    try:
        yield shlex.join([sys.executable, str(folder / "restart.py"), str(folder)])
    finally:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((folder / "pid").read_text(encoding="ascii")), signal.SIGKILL)


def _judged(platform: str, folder: Path) -> Mapping[str, Verdict]:
    secrets = {name: value for name, value in SECRETS.items() if "CONTROL" not in name}
    with free_port() as port, free_port() as api, _partner(platform, folder, port, api, secrets) as command:
        settings = settings_for(
            f"http://127.0.0.1:{port}",
            platform,
            folder,
            overrides=QUICK,
            environment=secrets,
            platform_bind=f"127.0.0.1:{api}",
            partner_command=command,
            partner_restart_command=command,
            partner_wait="20",
            conformance_soak="2s",
        )
        return verdicts(run_kit(settings))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Verdict]]:
    """The verdicts by platform."""
    return {name: _judged(name, tmp_path_factory.mktemp(name)) for name in PLATFORMS}


def _documented() -> set[str]:
    return set(re.findall(r"^\| ([A-Z]{3}-\d\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_nothing_is_held_against_a_partner_without_control(judged: Mapping[str, Mapping[str, Verdict]]) -> None:
    """What cannot be seen is neither a failure nor a warning."""
    allowed = {Verdict.PASS, Verdict.NOT_ASSESSABLE, Verdict.NOT_APPLICABLE}

    assert {} == {(p, n): v for p, found in judged.items() for n, v in found.items() if v not in allowed}


def test_what_traffic_cannot_decide_is_documented(judged: Mapping[str, Mapping[str, Verdict]]) -> None:
    """The page lists what stays open on one of the platforms at least, and nothing else; it is not much."""
    undecided = {n for found in judged.values() for n, v in found.items() if v is Verdict.NOT_ASSESSABLE}

    assert undecided == _documented()
    assert len(undecided) <= MOST
