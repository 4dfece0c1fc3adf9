"""The reference partner as somebody has set it up, in a process of its own: right, or wrong in its configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conformance.partner_process import profile
from kit_process import SECRETS, started
from shipped import specification

__all__ = ["set_up"]


@contextmanager
def set_up(folder: Path, platform: str, api_url: str, given: Mapping[str, str]) -> Iterator[str]:
    """A partner that listens while the block runs, with `given` over what is right; the value is its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "profile.json"
    path.write_text(json.dumps(profile(specification(platform))), encoding="utf-8")
    environment = {
        **SECRETS,
        "PARTNER_PROFILE": str(path),
        "PARTNER_DATABASE": str(folder / "partner.sqlite3"),
        "PARTNER_API_URL": api_url,
        **given,
    }
    process = started((sys.executable, "-m", "conformance.reference"), folder, environment=environment)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("{"), line + process.stdout.read()
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
