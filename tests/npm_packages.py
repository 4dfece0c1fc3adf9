"""Packages of npm for programs on Node that tests judge, installed where somebody asked for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

__all__ = ["installed"]


def installed(folder: Path, packages: Sequence[str]) -> Path | str:
    """The package.json in an empty folder beside which npm has installed the packages, or why there is none."""
    if not os.environ.get("CONFORMANCE_NPM"):
        return "installs packages of npm: set CONFORMANCE_NPM=1 to have it do so"
    if not (shutil.which("node") and shutil.which("npm")):
        return "node or npm is not installed"
    (folder / "package.json").write_text('{"private": true}', encoding="ascii")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", *packages]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    except subprocess.TimeoutExpired:
        return f"npm did not install {' '.join(packages)} in time"
    if done.returncode:
        return f"npm could not install {' '.join(packages)}: {done.stderr[-500:]}"
    return folder / "package.json"
