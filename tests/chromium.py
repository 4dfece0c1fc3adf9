"""A Chromium for tests: the one of this machine, or one from npm where tests may install packages of npm."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

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
    if not os.environ.get("CONFORMANCE_NPM"):
        raise NoChromium("needs Chromium: install it, or set CONFORMANCE_NPM=1 to have npm install one")
    if not (shutil.which("node") and shutil.which("npm")):
        raise NoChromium("needs Chromium, and node and npm are not installed either")
    return _installed(folder)


def _installed(folder: Path) -> Chromium:
    (folder / "package.json").write_text('{"private": true}', encoding="ascii")
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    told = {**os.environ, **_RUNTIME, "TMPDIR": str(unpacked)}
    for command in (
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", _PACKAGE],
        ["node", "-e", _UNPACK],
    ):
        try:
            done = subprocess.run(
                command, cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=240
            )
        except subprocess.TimeoutExpired:
            raise NoChromium(f"{command[0]} did not bring {_PACKAGE} in time") from None
        if done.returncode:
            raise NoChromium(f"{command[0]} could not bring {_PACKAGE}: {done.stderr[-500:]}")
    libraries = str(unpacked / "al2023" / "lib")
    return Chromium(
        unpacked / "chromium", ("--no-zygote", "--disable-gpu"), {**os.environ, "LD_LIBRARY_PATH": libraries}
    )
