"""A Chromium for tests: the one of this machine, or one from npm where tests may install packages of npm."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from npm_packages import installed

__all__ = ["Chromium", "NoChromium", "found_chromium"]

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGE: Final = "@sparticuz/chromium@147"
# It unpacks itself, and the libraries that it needs, when it believes to be where its authors use it.
_UNPACK: Final = "const c = require('@sparticuz/chromium'); (c.default || c).executablePath().then(console.log)"
_RUNTIME: Final = {"AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}


class NoChromium(Exception):
    """There is none; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """Where it is, and how it is started."""

    path: Path
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def found_chromium(folder: Path) -> Chromium:
    """The Chromium of this machine, or, with CONFORMANCE_NPM=1, one that npm installs into `folder`.

    Raises NoChromium when there is neither.
    """
    for name in _NAMES:
        path = shutil.which(name)
        if path is not None:
            return Chromium(Path(path))
    installation = installed(folder, [_PACKAGE])
    if isinstance(installation, str):
        raise NoChromium(f"needs Chromium, and there is none on this machine; {installation}")
    return _unpacked(folder)


def _unpacked(folder: Path) -> Chromium:
    """The Chromium that its package in a folder unpacks."""
    target = folder / "unpacked"
    target.mkdir()
    told = {**os.environ, **_RUNTIME, "TMPDIR": str(target)}
    try:
        done = subprocess.run(
            ["node", "-e", _UNPACK], cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=240
        )
    except subprocess.TimeoutExpired:
        raise NoChromium(f"{_PACKAGE} did not unpack itself in time") from None
    if done.returncode:
        raise NoChromium(f"{_PACKAGE} could not unpack itself: {done.stderr[-500:]}")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(target / "al2023" / "lib")}
    return Chromium(target / "chromium", ("--no-zygote", "--disable-gpu"), environment)
